//! The command face: runs the job once. Logs go to stderr; stdout gets the answer and nothing else.

use std::{
    io::{IsTerminal, Write, stderr, stdout},
    process::ExitCode,
};

use chrono::{DateTime, Utc};
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, error::ErrorKind};
use serde_json::Value;
use tracing::{Instrument, info_span};

use crate::{
    config::ConfigError,
    fault,
    job::Job,
    report::{Answer, Report, Skip, Status, Totals},
    request::{BadRequest, Request, Trigger, instant, limit},
    run::{Runner, Watch},
    telemetry::{self, Sink},
};

/// Exit statuses of the contract.
const SOME_FAILED: u8 = 1;
const UNUSABLE_ARGUMENTS: u8 = 2;

/// Runs the job once.
#[derive(Parser)]
struct Arguments {
    /// Process only this tenant, by slug or id
    #[arg(long, value_name = "SLUG|UUID")]
    tenant: Option<String>,
    /// Decide and try the writes, then roll everything back; show what would change
    #[arg(long, action = ArgAction::SetTrue)]
    dry_run: bool,
    /// Process at most N subjects
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    limit: Option<String>,
    /// The run's clock instead of now
    #[arg(long, value_name = "RFC3339", value_parser = as_of)]
    as_of: Option<DateTime<Utc>>,
    /// Another advisory lock id; refused in production
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    lock_id: Option<i32>,
    /// Print the report as JSON
    #[arg(long, action = ArgAction::SetTrue)]
    json: bool,
}

fn as_of(text: &str) -> Result<DateTime<Utc>, String> {
    instant(text).ok_or_else(|| "it takes an instant such as 2026-11-22T02:00:00Z, from 1970 to 2199".into())
}

/// Reads the arguments, runs the job and prints its answer.
pub async fn run<J: Job>(configured: Result<(J, Runner), ConfigError>) -> ExitCode {
    telemetry::start(Sink::Command);
    let matches = Arguments::command().name(J::NAME).get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let asked = answered(configured, arguments);
    asked.instrument(info_span!("invocation", job = J::NAME)).await
}

async fn answered<J: Job>(configured: Result<(J, Runner), ConfigError>, arguments: Arguments) -> ExitCode {
    let mut progress = Progress {
        shown: stderr().is_terminal(),
    };
    let ran = async {
        let (job, runner) = configured?;
        let limit = arguments.limit.map(|text| {
            // Only the job knows what its limit takes; said as of any other argument.
            limit(&text, job.limit()).unwrap_or_else(|BadRequest(takes)| {
                let why = format!("invalid value '{text}' for '--limit <N>': {takes}");
                Arguments::command()
                    .name(J::NAME)
                    .error(ErrorKind::ValueValidation, why)
                    .exit()
            })
        });
        let request = Request {
            tenant: arguments.tenant,
            dry_run: arguments.dry_run,
            limit,
            as_of: arguments.as_of,
            lock_id: arguments.lock_id,
            ..Request::new(Trigger::Cli)
        };
        runner.run(&job, &request, None, &mut progress).await
    };
    match ran.await {
        Err(error) => {
            telemetry::last_line_without_run(J::NAME, &fault::describe(&error));
            ExitCode::from(if error.is::<BadRequest>() {
                UNUSABLE_ARGUMENTS
            } else {
                SOME_FAILED
            })
        }
        Ok(answer) => {
            telemetry::last_line(J::NAME, &answer);
            let text = if arguments.json {
                format!("{}\n", answer.to_json())
            } else {
                summary(&answer)
            };
            // Whoever closed stdout early does not want the rest.
            drop(stdout().lock().write_all(text.as_bytes()));
            exit_code(&answer)
        }
    }
}

fn exit_code(answer: &Answer) -> ExitCode {
    match answer {
        Answer::Ran(report) if report.status != Status::Succeeded => ExitCode::from(SOME_FAILED),
        _ => ExitCode::SUCCESS,
    }
}

/// How far a long run has come, for whoever watches it at a terminal.
struct Progress {
    shown: bool,
}

impl Watch for Progress {
    async fn page(&mut self, so_far: Totals) {
        if self.shown {
            let Totals { total, failed, .. } = so_far;
            // Progress that cannot be shown is no reason to stop.
            drop(write!(
                stderr().lock(),
                "\r{total} subjects, {failed} failed\x1b[K"
            ));
        }
    }
}

/// The answer as a person reads it.
fn summary(answer: &Answer) -> String {
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
