//! What called for somebody at the distributors. The chapter checks what it says.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use demo::words::thousands;
use serde_json::Value;
use sqlx::PgConnection;

use crate::{
    distributors::Distributor,
    night::Run,
    paper::{Paper, Set},
    words::counter,
};

/// What the triggers noticed, what was done, and what was not.
pub async fn triggers(
    paper: Paper,
    database: &mut PgConnection,
    distributors: &[Distributor],
    run: &Run,
) -> Result<()> {
    let report = &run.report;
    let mut sums: BTreeMap<String, [i64; 6]> = BTreeMap::new();
    let mut tasks = BTreeMap::new();
    for distributor in distributors {
        for noticed in distributor.noticed(database, report.run_id).await? {
            let numbers = [
                noticed.noticed,
                noticed.done,
                noticed.tasks,
                noticed.mails,
                noticed.calls,
                noticed.updates,
            ];
            let sum = sums.entry(noticed.trigger_type).or_default();
            *sum = std::array::from_fn(|column| sum[column] + numbers[column]);
        }
        for task in distributor.new_tasks(database, report.run_id).await? {
            tasks.entry(task.trigger_type.clone()).or_insert(task);
        }
    }
    let head = [
        "trigger",
        "new",
        "dealt with",
        "tasks",
        "e-mails",
        "webhooks",
        "CRM",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let mut all = [0; 6];
    for (kind, sum) in &sums {
        all = std::array::from_fn(|column| all[column] + sum[column]);
        let [noticed, done, tasks, mails, calls, updates] = sum.map(thousands);
        rows.push([
            in_plain_words(kind)?.to_owned(),
            noticed,
            done,
            tasks,
            mails,
            calls,
            updates,
        ]);
    }
    let [_, done, made @ ..] = all;
    for (count, name) in [done].into_iter().chain(made).zip([
        "executed",
        "tasksCreated",
        "emailsQueued",
        "webhooksQueued",
        "crmQueued",
    ]) {
        let reported = counter(report, name)?;
        ensure!(
            count.cast_unsigned() == reported,
            "{name} is {count}, and the report says {reported}"
        );
    }
    ensure!(
        report.counters["stale"] == Value::Bool(false),
        "the triggers went by old figures: {report:?}"
    );
    paper.heading("What the triggers noticed");
    let right = Set::Right;
    paper.table([Set::Left, right, right, right, right, right, right], &rows);
    skipped(paper, run)?;
    paper.text(2, "Of the tasks, one of each kind:");
    for task in tasks.into_values() {
        let priority = paper.level(
            &task.priority.to_lowercase(),
            &format!("{:<6}", task.priority.to_lowercase()),
        );
        let owner = task.owner.as_deref().unwrap_or("the office");
        paper.line(format_args!(
            "    {priority}  {} {}",
            task.title,
            paper.dim(&format!("· {owner}, due {}", task.due_on))
        ));
    }
    Ok(())
}

/// Why some of what was noticed was left alone.
fn skipped(paper: Paper, run: &Run) -> Result<()> {
    let mut reasons = Vec::new();
    for (name, reason) in [
        (
            "skippedDoNotContact",
            "because the customer is not to be contacted yet",
        ),
        ("skippedMissingOwner", "because nobody is there to do it"),
        ("skippedNoTarget", "because nothing could be sent to anybody"),
        ("skippedCooldown", "because the same trigger fired of late"),
        (
            "skippedCustomerLimit",
            "because the customer has been contacted today",
        ),
        ("skippedOwnerLimit", "because the rep has enough to do today"),
        (
            "skippedTenantLimit",
            "because the distributor has had enough today",
        ),
    ] {
        let count = counter(&run.report, name)?;
        if count > 0 {
            reasons.push(format!("{} {reason}", thousands(count)));
        }
    }
    if !reasons.is_empty() {
        paper.text(2, &format!("Skipped until a later run: {}.", reasons.join(", ")));
    }
    Ok(())
}

/// What a type of `sales.trigger` looks for.
fn in_plain_words(kind: &str) -> Result<&'static str> {
    Ok(match kind {
        "CUSTOMER_DORMANCY" => "has not bought for long",
        "LOW_INVENTORY" => "stock runs low",
        "MISSED_ORDER_PATTERN" => "missed its usual order",
        "REVENUE_DECLINE" => "buys for less",
        "SAMPLE_NO_ORDER" => "tasted and did not order",
        "FIRST_ORDER_FOLLOWUP" => "bought for the first time",
        "CUSTOMER_TIMING" => "may be contacted again",
        "BURN_RATE_ALERT" => "will need more soon",
        _ => bail!("nobody has put the trigger {kind} into words"),
    })
}
