//! What is shown of every product: a second night, and a dry run.

use anyhow::{Result, ensure};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use shared::report::{Report, Status};

use crate::{
    night::{Night, Run},
    paper::Paper,
};

/// How many changes of a dry run are shown.
const CHANGES_SHOWN: usize = 3;

/// Works through the night again, by new events.
pub async fn work(night: &Night) -> Result<Vec<Run>> {
    let runs = night.work(&night.events()).await?;
    for Run { job, report, .. } in &runs {
        ensure!(
            report.status != Status::Failed && !report.duplicate,
            "{job} did not run again: {report:?}"
        );
    }
    Ok(runs)
}

/// Has a job say what it would change later on.
pub async fn dry_run(night: &Night, job: &str, later: DateTime<Utc>) -> Result<Report> {
    let request = json!({"dryRun": true, "asOf": later.to_rfc3339_opts(SecondsFormat::Secs, true)});
    let report = night.request(job, &request).await?;
    ensure!(
        report.dry_run && !report.changes.is_empty(),
        "the dry run shows no change: {report:?}"
    );
    Ok(report)
}

/// Shows a few of the changes of a field.
pub fn changes(paper: Paper, report: &Report, field: &str, in_words: impl Fn(&Value) -> String) {
    let of_field = report
        .changes
        .iter()
        .filter(|change| change.before[field] != change.after[field]);
    for change in of_field.take(CHANGES_SHOWN) {
        let (before, after) = (in_words(&change.before), in_words(&change.after));
        paper.aside(
            4,
            &format!("{} · {}: {before} → {after}", change.tenant, change.subject),
        );
    }
}
