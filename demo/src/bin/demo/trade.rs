//! What the jobs found out about the distributors' trade. Each chapter checks what it says.

use std::{cmp::Reverse, collections::BTreeMap};

use anyhow::{Result, ensure};
use chrono::Days;
use demo::words::thousands;
use serde_json::Value;
use sqlx::PgConnection;

use crate::{
    again,
    distributors::Distributor,
    night::{Night, Run},
    paper::{Paper, Set},
    tenants::each,
    words::{counter, evenly},
};

/// How many ways of moving and products to order are shown.
const MOVES_SHOWN: usize = 8;
const REORDERS_SHOWN: usize = 8;

/// How far ahead the dry run looks.
const DRY_RUN_DAYS: u64 = 60;

/// What was made.
pub async fn distributors(
    paper: Paper,
    database: &mut PgConnection,
    distributors: &[Distributor],
) -> Result<()> {
    paper.heading("The distributors, made up like the rest");
    let head = [
        "distributor",
        "time zone",
        "customers",
        "reps",
        "products",
        "orders",
        "samples",
        "triggers",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for distributor in distributors {
        let range = distributor.range(database).await?;
        let numbers = [
            range.customers,
            range.reps,
            range.skus,
            range.orders,
            range.samples,
            range.triggers,
        ];
        let [customers, reps, skus, orders, samples, triggers] = numbers.map(thousands);
        rows.push([
            distributor.name.clone(),
            distributor.time_zone.clone(),
            customers,
            reps,
            skus,
            orders,
            samples,
            triggers,
        ]);
    }
    let right = Set::Right;
    paper.table(
        [Set::Left, Set::Left, right, right, right, right, right, right],
        &rows,
    );
    Ok(())
}

/// Which types moved.
pub async fn moves(
    paper: Paper,
    database: &mut PgConnection,
    distributors: &[Distributor],
    run: &Run,
) -> Result<()> {
    let mut moves: BTreeMap<[String; 3], i64> = BTreeMap::new();
    for distributor in distributors {
        for moved in distributor.moves(database, run.report.run_id).await? {
            let of_none = || "none".to_owned();
            let way = [
                moved.field,
                moved.old_value.unwrap_or_else(of_none),
                moved.new_value.unwrap_or_else(of_none),
            ];
            *moves.entry(way).or_default() += moved.count;
        }
    }
    let mut all = 0;
    for (field, name) in [
        ("account_type", "accountTypeChanged"),
        ("lifecycle_stage", "lifecycleChanged"),
    ] {
        let of_it = moves.iter().filter(|([found, ..], _)| found == field);
        let stored = of_it.map(|(_, count)| count.cast_unsigned()).sum::<u64>();
        let reported = counter(&run.report, name)?;
        ensure!(
            stored == reported,
            "{stored} customers changed their {field}, and the report says {reported}"
        );
        all += stored;
    }
    let mut moves: Vec<_> = moves.into_iter().collect();
    moves.sort_by_key(|(_, count)| Reverse(*count));
    let mut rows = vec![["", "type", "from", "to"].map(str::to_owned)];
    for ([field, from, to], count) in moves.iter().take(MOVES_SHOWN) {
        let field = field.replace('_', " ");
        rows.push([thousands(count), field, from.clone(), to.clone()]);
    }
    paper.heading(&format!("Which customers moved: {} changes", thousands(all)));
    paper.table([Set::Right, Set::Left, Set::Left, Set::Left], &rows);
    if let Some(more) = moves.len().checked_sub(MOVES_SHOWN).filter(|more| *more > 0) {
        paper.aside(2, &format!("… and {more} rarer ways."));
    }
    Ok(())
}

/// What samples led to.
pub async fn samples(
    paper: Paper,
    database: &mut PgConnection,
    distributors: &[Distributor],
    run: &Run,
) -> Result<()> {
    let head = [
        "distributor",
        "days",
        "samples",
        "led to an order",
        "rate",
        "of the ripe",
        "days until then",
        "revenue",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let (mut given, mut conversions) = (0, 0);
    for distributor in distributors {
        let on = distributor.date(run.report.as_of)?;
        for row in distributor.conversions(database, on).await? {
            if row.window_days == 90 {
                given += u64::from(row.samples_given.cast_unsigned());
                conversions += u64::from(row.conversions.cast_unsigned());
            }
            let unknown = || "–".to_owned();
            rows.push([
                distributor.name.clone(),
                row.window_days.to_string(),
                thousands(row.samples_given),
                thousands(row.conversions),
                row.rate,
                row.matured_rate.unwrap_or_else(unknown),
                row.average_days_to_convert
                    .map_or_else(unknown, |days| days.to_string()),
                row.revenue,
            ]);
        }
    }
    let reported = (run.report.totals.total, counter(&run.report, "conversions")?);
    ensure!(
        (given, conversions) == reported,
        "{given} samples led to {conversions} orders, and the report says {reported:?}"
    );
    paper.heading("What samples led to");
    let right = Set::Right;
    paper.table(
        [Set::Left, right, right, right, right, right, right, right],
        &rows,
    );
    paper.aside(2, "Ripe are those whose time to lead to an order is over.");
    Ok(())
}

/// What runs out, and what to do about it.
pub async fn reorders(
    paper: Paper,
    database: &mut PgConnection,
    distributors: &[Distributor],
    run: &Run,
) -> Result<()> {
    let mut due = Vec::new();
    let mut alerts: BTreeMap<(String, String), i64> = BTreeMap::new();
    for distributor in distributors {
        let on = distributor.date(run.report.as_of)?;
        let reorders = distributor.reorders(database, on).await?;
        due.extend(reorders.into_iter().map(|reorder| (distributor, reorder)));
        for open in distributor.open_alerts(database).await? {
            *alerts.entry((open.severity, open.alert_type)).or_default() += open.count;
        }
    }
    let reported = counter(&run.report, "recommendations")?;
    ensure!(
        due.len() as u64 == reported,
        "{} products are to be ordered, and the report says {reported}",
        due.len()
    );
    due.sort_by_key(|(_, reorder)| reorder.order_by_date);
    let head = [
        "distributor",
        "product",
        "",
        "left",
        "a day",
        "reorder at",
        "order",
        "by",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for (distributor, reorder) in evenly(&due, REORDERS_SHOWN) {
        rows.push([
            distributor.name.clone(),
            reorder.code.clone(),
            reorder.name.clone(),
            thousands(reorder.available),
            reorder.burn_rate.clone(),
            thousands(reorder.reorder_point),
            thousands(reorder.quantity),
            reorder.order_by_date.to_string(),
        ]);
    }
    paper.heading(&format!("What to reorder: {} products", thousands(due.len())));
    let (left, right) = (Set::Left, Set::Right);
    paper.table([left, left, left, right, right, right, right, left], &rows);
    let open: Vec<_> = alerts
        .iter()
        .map(|((severity, kind), count)| {
            format!(
                "{count} {} ({})",
                kind.replace('_', " ").to_lowercase(),
                severity.to_lowercase()
            )
        })
        .collect();
    paper.text(2, &format!("Open alerts: {}.", open.join(", ")));
    Ok(())
}

/// What happens when the night is worked through again, and when somebody only wants to look.
pub async fn repeated(
    paper: Paper,
    database: &mut PgConnection,
    distributors: &[Distributor],
    night: &Night,
) -> Result<()> {
    paper.line("");
    let mut rows = async || {
        each(distributors, async |distributor| {
            distributor.trade_fingerprint(database).await
        })
        .await
    };
    let before = rows().await?;
    let again = again::work(night).await?;
    ensure!(
        before == rows().await?,
        "the second run of a night changed the distributors' rows"
    );
    paper.checked(&format!(
        "Four new events for the same instant: {} decisions were made again, 0 rows were written.",
        thousands(again.iter().map(|run| run.report.totals.processed).sum::<u64>())
    ));
    let later = night.due("update-account-types")? + Days::new(DRY_RUN_DAYS);
    let report = again::dry_run(night, "update-account-types", later).await?;
    paper.checked(&format!(
        "A dry run in which nobody orders for {DRY_RUN_DAYS} days: {} customers would change. Everything was rolled back.",
        thousands(counter(&report, "changed")?),
    ));
    again::changes(paper, &report, "lifecycleStage", types);
    ensure!(
        before == rows().await?,
        "a dry run changed the distributors' rows"
    );
    Ok(())
}

/// A customer's types in a change: `ACTIVE, HIGH_VOLUME`.
fn types(side: &Value) -> String {
    let [lifecycle, account] =
        ["lifecycleStage", "accountType"].map(|name| side[name].as_str().unwrap_or("none"));
    format!("{lifecycle}, {account}")
}
