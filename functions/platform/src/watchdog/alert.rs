//! Alerts: one row each from opening to resolving.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::{report::SubjectChange, sql::column};
use sqlx::PgConnection;

use super::rule::{Finding, Rule, Verdict};

/// What became of alerts.
pub struct Written {
    pub opened: u64,
    pub still_open: u64,
    pub resolved: u64,
    pub changes: Vec<SubjectChange>,
}

/// Opens, keeps and resolves alerts.
pub async fn write(tx: &mut PgConnection, findings: &[Finding], now: DateTime<Utc>) -> Result<Written> {
    let mut bad = Vec::new();
    let mut good = Vec::new();
    for finding in findings {
        match &finding.verdict {
            Verdict::Bad(message) => bad.push((finding, message.as_str())),
            Verdict::Good => good.push(finding),
            Verdict::Unknown => {}
        }
    }
    let rows = sqlx::query_file!(
        "sql/watchdog/write_alerts.sql",
        now,
        &column(&bad, |(finding, _)| finding.job.as_str()) as &[&str],
        &column(&bad, |(finding, _)| finding.rule.name()) as &[&str],
        &column(&bad, |(finding, _)| finding.rule.severity()) as &[&str],
        &column(&bad, |(_, message)| *message) as &[&str],
        &column(&good, |finding| finding.job.as_str()) as &[&str],
        &column(&good, |finding| finding.rule.name()) as &[&str],
        &Rule::ALL.map(Rule::name) as &[&str],
    )
    .fetch_all(tx)
    .await
    .context("write the alerts")?;
    let mut written = Written {
        opened: 0,
        still_open: 0,
        resolved: 0,
        changes: Vec::new(),
    };
    for row in rows {
        let said = json!(row.message);
        let (before, after) = match row.became.as_str() {
            "opened" => {
                written.opened += 1;
                (Value::Null, said)
            }
            "resolved" => {
                written.resolved += 1;
                (said, Value::Null)
            }
            _ => {
                written.still_open = row.standing.try_into()?;
                continue;
            }
        };
        written.changes.push(SubjectChange {
            tenant: String::new(),
            subject: format!("alert:{}:{}", row.job, row.rule),
            before,
            after,
        });
    }
    written.still_open = written.still_open.saturating_sub(written.resolved);
    Ok(written)
}
