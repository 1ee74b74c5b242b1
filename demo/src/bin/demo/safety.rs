//! What happens when the same comes again, when somebody only wants to look, and when a request is wrong.

use anyhow::{Result, ensure};
use chrono::{Days, SecondsFormat};
use demo::words::thousands;
use serde_json::{Value, json};
use shared::report::Status;
use sqlx::PgConnection;

use crate::{
    gyms::Gym,
    night::{Night, Run},
    paper::Paper,
    words::{counter, days},
};

/// How many changes of the dry run are shown.
const CHANGES_SHOWN: usize = 3;

/// What happens when the same comes again, when somebody only wants to look, and when a request is wrong.
pub async fn repeated(
    paper: Paper,
    database: &mut PgConnection,
    gyms: &[Gym],
    night: &Night,
    events: &[Value],
    runs: &[Run],
) -> Result<()> {
    paper.heading("And when it comes again?");
    let before = fingerprints(database, gyms).await?;

    for (again, first) in night.work(events).await?.iter().zip(runs) {
        let same = again.report.duplicate && again.report.run_id == first.report.run_id;
        ensure!(
            same,
            "{} ran again on an event that it had already: {:?}",
            again.job,
            again.report
        );
    }
    ensure!(
        before == fingerprints(database, gyms).await?,
        "an event that came twice changed the gyms' rows"
    );
    paper.checked(
        "The same three events came a second time: each was answered from its run's row (\"duplicate\": true), \
         and nothing was done.",
    );

    let mut unchanged = 0;
    for run in night.work(&night.events()).await? {
        let report = &run.report;
        for written in [
            "updated",
            "winBack",
            "historyRows",
            "levelChanged",
            "actionsCreated",
            "actionsExpired",
        ] {
            let count = report.counters[written].as_u64().unwrap_or_default();
            ensure!(
                count == 0,
                "{} wrote in its second run of the night: {written} {count}",
                run.job
            );
        }
        ensure!(
            report.status != Status::Failed && !report.duplicate,
            "{} did not run again: {report:?}",
            run.job
        );
        unchanged += report.totals.processed;
    }
    ensure!(
        before == fingerprints(database, gyms).await?,
        "the second run of a night changed the gyms' rows"
    );
    paper.checked(&format!(
        "Three new events for the same night: all jobs worked through {} decisions again, 0 rows were written.",
        thousands(unchanged)
    ));

    dry_run(paper, night, runs).await?;
    ensure!(
        before == fingerprints(database, gyms).await?,
        "a dry run changed the gyms' rows"
    );

    let request = json!({"dryrun": true});
    let message = night.refusal("coach-actions", &request).await?;
    ensure!(
        message.contains("dryRun"),
        "the error does not name the field that was meant: {message}"
    );
    paper.checked(&format!("The request {request} was refused: “{message}”."));
    Ok(())
}

async fn dry_run(paper: Paper, night: &Night, runs: &[Run]) -> Result<()> {
    let in_a_week = runs[1].report.as_of + Days::new(7);
    let request = json!({"dryRun": true, "asOf": in_a_week.to_rfc3339_opts(SecondsFormat::Secs, true)});
    let report = night.request("at-risk-detection", &request).await?;
    ensure!(
        report.dry_run && !report.changes.is_empty(),
        "the dry run shows no change: {report:?}"
    );
    paper.checked(&format!(
        "A dry run in which nobody comes for {}: {} members would change their level, {} of them to high. \
         Everything was rolled back.",
        days(7),
        thousands(counter(&report, "levelChanged")?),
        thousands(counter(&report, "becameHigh")?),
    ));
    let to_another_level = report
        .changes
        .iter()
        .filter(|change| change.before["churn_risk_level"] != change.after["churn_risk_level"]);
    for change in to_another_level.take(CHANGES_SHOWN) {
        let (before, after) = (risk(&change.before), risk(&change.after));
        paper.aside(
            4,
            &format!("{} · {}: {before} → {after}", change.tenant, change.subject),
        );
    }
    Ok(())
}

/// A member's risk in a change: `41 medium`, or that there was none yet.
fn risk(side: &Value) -> String {
    match (
        side["churn_risk_score"].as_i64(),
        side["churn_risk_level"].as_str(),
    ) {
        (Some(score), Some(level)) => format!("{score} {level}"),
        _ => "not started".to_owned(),
    }
}

async fn fingerprints(database: &mut PgConnection, gyms: &[Gym]) -> Result<Vec<String>> {
    let mut fingerprints = Vec::new();
    for gym in gyms {
        fingerprints.push(gym.fingerprint(database).await?);
    }
    Ok(fingerprints)
}
