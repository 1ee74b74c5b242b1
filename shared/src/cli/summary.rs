//! The answer as a person reads it.

use serde_json::Value;

use crate::report::{Answer, Report, Skip};

/// A few lines for stdout.
pub fn summary(answer: &Answer) -> String {
    match answer {
        Answer::Skipped { job, reason } => {
            let remedy = match reason {
                Skip::Locked => "another run of it is under way",
                Skip::Paused => "platform.job_setting has it switched off",
                Skip::TenantNotFound => "no active tenant of its product has that slug or id",
            };
            format!("{job} skipped: {} ({remedy})\n", reason.as_str())
        }
        Answer::Ran(report) => of_report(report),
    }
}

fn of_report(report: &Report) -> String {
    let Report {
        job,
        status,
        totals,
        tenants,
        ..
    } = report;
    let dry = if report.dry_run {
        ", dry run: nothing was written"
    } else {
        ""
    };
    let mut lines = vec![format!(
        "{job} {} in {:.1} s (as of {}{dry})",
        status.as_str(),
        report.duration_ms as f64 / 1000.0,
        report.as_of.format("%Y-%m-%d %H:%M:%S UTC")
    )];
    lines.extend(report.error.as_ref().map(|error| format!("  {error}")));
    lines.push(format!(
        "  tenants   {} of {} processed, {} failed",
        tenants.processed, tenants.total, tenants.failed
    ));
    lines.push(format!(
        "  subjects  {} of {} processed, {} failed",
        totals.processed, totals.total, totals.failed
    ));
    let counters = report.counters.as_object().into_iter().flatten();
    let width = counters
        .clone()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    lines.extend(counters.map(|(name, value)| format!("    {name:width$}  {value}")));
    for error in &report.errors {
        lines.push(format!(
            "  failed: {} {}: {}",
            error.tenant, error.subject, error.message
        ));
    }
    if report.errors_truncated {
        lines.push("  more failed; all stand in platform.job_run_error".into());
    }
    for change in &report.changes {
        lines.push(format!("  would change: {} {}", change.tenant, change.subject));
        lines.extend(differences(&change.before, &change.after));
    }
    lines.join("\n") + "\n"
}

/// The fields that differ, one a line.
fn differences(before: &Value, after: &Value) -> Vec<String> {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
        return vec![format!("    {before} -> {after}")];
    };
    let differs = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value));
    differs
        .map(|(name, value)| {
            format!(
                "    {name}: {} -> {value}",
                before.get(name).unwrap_or(&Value::Null)
            )
        })
        .collect()
}
