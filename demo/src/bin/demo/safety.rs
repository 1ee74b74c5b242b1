//! What happens when the same comes again, when somebody only wants to look, and when a request is wrong.

use anyhow::{Result, ensure};
use chrono::Days;
use demo::words::thousands;
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::{
    again,
    gyms::Gym,
    night::{Night, Run},
    paper::Paper,
    tenants::each,
    words::{counter, days},
};

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
    let mut rows = async || each(gyms, async |gym| gym.fingerprint(database).await).await;
    let before = rows().await?;

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
        before == rows().await?,
        "an event that came twice changed the gyms' rows"
    );
    paper.checked(
        "The same three events came a second time: each was answered from its run's row (\"duplicate\": true), \
         and nothing was done.",
    );

    let mut unchanged = 0;
    for run in again::work(night).await? {
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
        unchanged += report.totals.processed;
    }
    ensure!(
        before == rows().await?,
        "the second run of a night changed the gyms' rows"
    );
    paper.checked(&format!(
        "Three new events for the same night: all jobs worked through {} decisions again, 0 rows were written.",
        thousands(unchanged)
    ));

    let in_a_week = runs[1].report.as_of + Days::new(7);
    let report = again::dry_run(night, "at-risk-detection", in_a_week).await?;
    paper.checked(&format!(
        "A dry run in which nobody comes for {}: {} members would change their level, {} of them to high. \
         Everything was rolled back.",
        days(7),
        thousands(counter(&report, "levelChanged")?),
        thousands(counter(&report, "becameHigh")?),
    ));
    again::changes(paper, &report, "churn_risk_level", risk);
    ensure!(before == rows().await?, "a dry run changed the gyms' rows");

    let request = json!({"dryrun": true});
    let message = night.refusal("coach-actions", &request).await?;
    ensure!(
        message.contains("dryRun"),
        "the error does not name the field that was meant: {message}"
    );
    paper.checked(&format!("The request {request} was refused: “{message}”."));
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
