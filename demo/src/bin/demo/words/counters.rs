//! What the jobs' counters are to a person.

use anyhow::{Result, bail};

/// Counters with what they count, in the order in which they are told.
pub type Words = &'static [(&'static str, &'static str)];

/// The counters of a job.
pub fn of(job: &str) -> Result<Words> {
    let words: Words = match job {
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
        _ => return of_productivity(job),
    };
    Ok(words)
}

/// Those of a job that reminds people, measures a company or cleans up.
fn of_productivity(job: &str) -> Result<Words> {
    let words: Words = match job {
        "goal-deadlines" => &[
            ("goals", "goals announced"),
            ("bucketOverdue", "of them overdue"),
            ("bucketToday", "due today"),
            ("bucketTomorrow", "tomorrow"),
            ("bucketWeek", "within a week"),
        ],
        "daily-check" => &[
            ("nudged", "asked for a short session"),
            ("hadActivity", "had worked already"),
        ],
        "weekly-review" => &[
            ("reviews", "weeks summed up"),
            ("withComparison", "of them beside the week before"),
        ],
        "inactive-users" => &[
            ("step3", "asked back after 3 days"),
            ("step7", "after 7"),
            ("step14", "after 14"),
            ("step30", "after 30, for the last time"),
            ("reactivated", "had come back"),
        ],
        "break-reminders" => &[
            ("reminded", "reminded of a break"),
            ("longBreak", "of them of a long one"),
            ("forgotten", "asked whether they forgot their timer"),
            ("skippedHours", "not at their working hours"),
        ],
        "monthly-report" => &[("reportsBuilt", "months summed up")],
        "daily-analytics" => &[
            ("usersRolledUp", "people's dates summed up"),
            ("daysComputed", "days of companies"),
            ("daysFinal", "that are final and were left"),
            ("rowsWritten", "rows of figures"),
            ("trends", "numbers that moved much"),
            ("anomalies", "far from usual"),
            ("timezoneFallbacks", "people by the company's time zone"),
        ],
        "weekly-aggregation" => &[
            ("users", "people were there in the week"),
            ("cohorts", "days on which people came"),
            ("cells", "shares of them that stayed"),
            ("heatmapCells", "hours at which people work"),
        ],
        "monthly-insights" => &[
            ("users", "people sorted"),
            ("segPower", "at full power"),
            ("segActive", "active"),
            ("segNew", "new"),
            ("segAtRisk", "at risk"),
            ("segChurned", "lost"),
            ("segNeverActivated", "never began"),
            ("features", "uses of features"),
        ],
        "user-behavior" => &[
            ("sessions", "sessions in six hours"),
            ("usersProfiled", "people's ways of working"),
            ("anomalies", "numbers far from usual"),
        ],
        "performance-metrics" => &[
            ("scopes", "things measured"),
            ("alertsOpened", "alerts opened"),
            ("alertsClosed", "closed"),
        ],
        "data-cleanup" => &[
            ("expiredTimers", "forgotten timers ended"),
            ("archivedSessions", "sessions archived"),
            ("blocked", "kept because nobody has summed them up"),
            ("archivedGoals", "goals archived"),
            ("deletedMetrics", "old numbers deleted"),
            ("deletedNotifications", "notices deleted"),
            ("deletedMails", "e-mails deleted"),
            ("scrubbedMails", "e-mails' texts deleted"),
            ("deletedOperational", "old notes deleted"),
            ("erasedUsers", "people erased"),
            ("guarded", "tables left alone because too much would have gone"),
        ],
        _ => bail!("nobody has put the counters of {job} into words"),
    };
    Ok(words)
}

/// What all reminder jobs count of whom they told nothing, or not at once.
pub const OF_REMINDERS: Words = &[
    ("skippedPref", "did not want it"),
    ("skippedNoContent", "to whom there was nothing to say"),
    ("skippedCap", "had enough e-mails"),
    ("skippedQuiet", "asleep, for whom it would have come too late"),
    ("skippedSuppressed", "whose address bounced or complained"),
    ("skippedDuplicate", "told already"),
    ("timezoneFallbacks", "by the company's time zone"),
];
