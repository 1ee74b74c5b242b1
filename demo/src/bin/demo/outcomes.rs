//! What became of the shops' appointments. Each chapter checks what it says.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use demo::words::thousands;
use sqlx::PgConnection;

use crate::{
    night::Run,
    paper::{Paper, Set},
    shops::Shop,
    words::{counter, evenly},
};

/// How many refunds are shown.
const REFUNDS_SHOWN: usize = 4;

/// What was made.
pub async fn shops(paper: Paper, database: &mut PgConnection, shops: &[Shop]) -> Result<()> {
    paper.heading("The booking shops, made up as well");
    let head = [
        "shop",
        "time zone",
        "customers",
        "appointments",
        "open slots",
        "paid in advance",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for shop in shops {
        let extent = shop.extent(database).await?;
        rows.push([
            shop.name.clone(),
            shop.time_zone.clone(),
            thousands(extent.customers),
            thousands(extent.appointments),
            thousands(extent.open_slots),
            match extent.payment_mode.as_str() {
                "deposit" => "a deposit",
                "full_prepay" => "everything",
                _ => "nothing",
            }
            .to_owned(),
        ]);
    }
    let right = Set::Right;
    paper.table([Set::Left, Set::Left, right, right, right, Set::Left], &rows);
    Ok(())
}

/// What became of the appointments, by reason.
pub async fn outcomes(paper: Paper, database: &mut PgConnection, shops: &[Shop], run: &Run) -> Result<()> {
    let report = &run.report;
    let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
    for shop in shops {
        for row in shop.outcomes(database, report.run_id).await? {
            *counts.entry((row.outcome, row.reason)).or_default() += row.count;
        }
    }
    let mut rows = Vec::new();
    for outcome in ["settled", "voided", "refunded"] {
        let of_it = || counts.iter().filter(|((found, _), _)| found == outcome);
        let (stored, reported) = (
            of_it().map(|(_, count)| *count).sum::<i64>().cast_unsigned(),
            counter(report, outcome)?,
        );
        ensure!(
            stored == reported,
            "{stored} appointments are {outcome}, and the report says {reported}"
        );
        for ((_, reason), count) in of_it() {
            rows.push((
                *count,
                [
                    thousands(count),
                    in_plain_words(reason)?.to_owned(),
                    outcome.to_owned(),
                ],
            ));
        }
    }
    let all: i64 = counts.values().sum();
    let reported = counter(report, "resolved")? + counter(report, "backfilled")?;
    ensure!(
        all.cast_unsigned() == reported,
        "{all} appointments have an outcome, and the report says {reported}"
    );

    rows.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let head = ["", "what became of it", "the money is"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head)
        .chain(rows.into_iter().map(|(_, row)| row))
        .collect();
    paper.heading(&format!(
        "What became of the appointments: {} have an outcome now",
        thousands(all)
    ));
    paper.table([Set::Right, Set::Left, Set::Left], &rows);
    Ok(())
}

/// What the shops owe, and how their owners learn of it.
pub async fn refunds(paper: Paper, database: &mut PgConnection, shops: &[Shop], run: &Run) -> Result<()> {
    let mut due = Vec::new();
    for shop in shops {
        for refund in shop.refunds_due(database, run.report.run_id).await? {
            ensure!(
                refund.has_owner == refund.subject.is_some(),
                "{} has an owner to be told of a refund: {}, and an e-mail: {}",
                shop.slug,
                refund.has_owner,
                refund.subject.is_some()
            );
            due.push(refund);
        }
    }
    let reported = counter(&run.report, "refundsDue")?;
    ensure!(
        due.len() as u64 == reported,
        "{} refunds are due, and the report says {reported}",
        due.len()
    );
    let mails: Vec<_> = due
        .iter()
        .filter_map(|refund| refund.target.as_ref().zip(refund.subject.as_ref()))
        .collect();
    paper.text(
        2,
        &format!(
            "Refunds due: {}. Where the shop has named an owner, an e-mail to them waits in the outbox: {}.",
            thousands(due.len()),
            thousands(mails.len())
        ),
    );
    for (target, subject) in evenly(&mails, REFUNDS_SHOWN) {
        paper.line(format_args!(
            "    “{subject}” {}",
            paper.dim(&format!("· to {target}"))
        ));
    }
    Ok(())
}

/// What a reason of `booking.appointment` says.
fn in_plain_words(reason: &str) -> Result<&'static str> {
    Ok(match reason {
        "payment_captured" => "visit, paid for",
        "payment_not_captured" => "visit, never paid for",
        "no_payment_required" => "visit, with nothing to pay in advance",
        "visit_refunded" => "visit, and the payment given back",
        "cancelled_refunded_before_cutoff" => "cancelled in time, payment given back",
        "cancelled_refunded_after_cutoff" => "cancelled late, payment given back all the same",
        "cancelled_no_refund_after_cutoff" => "cancelled late, payment kept",
        "cancelled_before_cutoff_no_refund_policy" => "cancelled in time, payment kept as the terms say",
        "cancelled_refund_due" => "cancelled in time, payment to be given back",
        "cancelled_by_shop_not_refunded" => "cancelled by the shop, payment to be given back",
        "cancelled_no_payment_captured" => "cancelled before it was paid for",
        "cancelled_free_before_cutoff" => "cancelled in time, nothing to pay",
        "cancelled_free_after_cutoff" => "cancelled late, nothing to pay",
        "booking_not_paid" => "released: the payment never came",
        "booking_not_payable" => "released: no payment was begun",
        "booking_not_confirmed" => "released: nobody confirmed it",
        "orphan_payment_captured" => "paid for after it was cancelled, payment to be given back",
        "orphan_payment_refunded" => "paid for after it was cancelled, payment given back",
        _ => bail!("nobody has put the reason {reason} into words"),
    })
}
