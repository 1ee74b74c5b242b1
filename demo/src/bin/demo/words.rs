//! Numbers, names and reports as a person would say them.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use demo::words::thousands;
use shared::report::Report;

/// A report's counters as a person would say them.
pub fn in_words(job: &str, report: &Report) -> Result<String> {
    let words: &[(&str, &str)] = match job {
        "commitment-scores" => &[
            ("updated", "scored"),
            ("unchanged", "as before"),
            ("skippedNewer", "with a newer score"),
            ("notStarted", "not started yet"),
            ("winBack", "left and are to be won back"),
            ("insufficientData", "too new for a score"),
            ("futureDates", "with visits in the future, which do not count"),
        ],
        "at-risk-detection" => &[
            ("high", "at high risk"),
            ("medium", "medium"),
            ("low", "low"),
            ("none", "none"),
            ("notStarted", "not started yet"),
            ("becameHigh", "newly high"),
        ],
        "coach-actions" => &[
            ("actionsCreated", "actions"),
            ("contactMember", "to contact"),
            ("sendCampaign", "to send a campaign"),
            ("checkIn", "to check in with"),
            ("investigateIssue", "to ask what holds them back"),
            ("followUp", "to follow up"),
            ("noAction", "without need"),
            ("skippedExisting", "already on the list"),
            ("skippedOpen", "still in the inbox"),
            ("skippedCooldown", "done a few days ago"),
            ("actionsExpired", "old actions expired"),
            ("unassignedAtRisk", "at risk without a coach"),
        ],
        "resolve-outcomes" => &[
            ("resolved", "visits"),
            ("backfilled", "cancellations"),
            ("settled", "settled"),
            ("voided", "voided"),
            ("refunded", "refunded"),
            ("refundsDue", "refunds due"),
            ("noShowsDetected", "no-shows"),
            ("tenantsWithMore", "shops with more than a night's work"),
        ],
        "recompute-scores" => &[
            ("tierTop", "at the top"),
            ("tierNeutral", "neutral"),
            ("tierRisk", "a risk"),
            ("insufficientHistory", "with little or no history"),
        ],
        "expire-offers" => &[
            ("released", "unpaid bookings released"),
            ("reopened", "slots open again"),
            ("expired", "offers run out"),
            ("undeliverable", "offers undeliverable"),
            ("superseded", "offers overtaken"),
            ("triggered", "offers made"),
            ("held", "slots held back for now"),
            ("waiting", "slots for which everybody was asked of late"),
            ("openingsExpired", "slots closed unfilled"),
        ],
        "update-account-types" => &[
            ("changed", "customers changed"),
            ("accountTypeChanged", "by volume"),
            ("lifecycleChanged", "by how lately they bought"),
            ("firstOrdersMarked", "first orders marked"),
            ("firstOrdersCleared", "marks taken back"),
            ("hold", "on hold"),
        ],
        "sample-metrics" => &[
            ("conversions", "samples led to an order"),
            ("samplesFlagged", "noted now"),
            ("samplesUnflagged", "no longer so"),
            ("rowsWritten", "rows of figures"),
        ],
        "calculate-burn-rates" => &[
            ("skus", "products"),
            ("insufficientHistory", "too new to tell"),
            ("withoutInventory", "never counted"),
            ("alertsOpened", "alerts opened"),
            ("alertsUpdated", "updated"),
            ("alertsResolved", "resolved"),
            ("recommendations", "to be ordered"),
            ("ratesWritten", "paces of customers with products"),
        ],
        "process-triggers" => &[
            ("triggersProcessed", "triggers"),
            ("matched", "occasions"),
            ("deduplicated", "dealt with before"),
            ("executed", "dealt with now"),
            ("skipped", "skipped"),
            ("tasksCreated", "tasks"),
            ("emailsQueued", "e-mails"),
            ("webhooksQueued", "webhooks"),
            ("crmQueued", "CRM updates"),
        ],
        "behavior-metrics" => &[
            ("created", "with metrics of the day"),
            ("updated", "with corrected ones"),
            ("unchanged", "as before"),
            ("skippedNewer", "with newer ones"),
            ("lapsed", "who have stopped"),
            ("timezoneFallbacks", "by the app's time zone"),
            ("llmUsersYesterday", "asked the coach yesterday"),
            ("llmCallsYesterday", "questions of yesterday"),
            ("llmUsersToday", "asked it today, by UTC"),
            ("llmCallsToday", "questions of today"),
        ],
        _ => bail!("nobody has put the counters of {job} into words"),
    };
    let mut parts = Vec::new();
    for (name, word) in words {
        let count = counter(report, name)?;
        if count > 0 {
            parts.push(format!("{} {word}", thousands(count)));
        }
    }
    Ok(parts.join(", "))
}

pub fn counter(report: &Report, name: &str) -> Result<u64> {
    report.counters[name]
        .as_u64()
        .with_context(|| format!("{} reports no counter {name}", report.job))
}

pub fn full_name(first: &str, last: &str) -> String {
    let names: Vec<_> = [first.trim(), last.trim()]
        .into_iter()
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() {
        "(no name)".to_owned()
    } else {
        names.join(" ")
    }
}

pub fn days(count: u64) -> String {
    if count == 1 {
        "1 day".to_owned()
    } else {
        format!("{} days", thousands(count))
    }
}

pub fn duration(duration: Duration) -> String {
    match duration.as_millis() {
        short @ 0..1000 => format!("{short} ms"),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

/// At most `count` of the items, spread over all of them.
pub fn evenly<T>(items: &[T], count: usize) -> impl Iterator<Item = &T> {
    items.iter().step_by(items.len().div_ceil(count).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_few_spread_over_all() {
        let few: Vec<_> = evenly(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3).copied().collect();
        assert_eq!(few, [1, 5, 9]);
        assert_eq!(evenly(&[1, 2], 5).count(), 2);
        assert_eq!(evenly::<u8>(&[], 5).count(), 0);
    }
}
