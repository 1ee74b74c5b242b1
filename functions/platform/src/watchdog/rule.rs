//! The rules: what is wrong with a job, by its last runs. Pure.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::observed::{Ended, Finished, Messages, Observed};

/// How long after its time a scheduled run may come: EventBridge and Lambda try for a while before they give up, and a run
/// that waits for another one's lock is tried again after minutes.
pub const GRACE: TimeDelta = TimeDelta::minutes(15);

/// How long a run may give no sign of life. No Lambda function lives longer.
pub const SILENCE: TimeDelta = TimeDelta::minutes(15);

/// So many attempts a run that stops without a word is given.
pub const ATTEMPTS: i32 = 3;

/// How long an alert about a run that stopped stands, when nothing else is heard of the job.
const STUCK_STANDS: TimeDelta = TimeDelta::hours(24);

/// How many runs are judged.
pub const RUNS: i64 = 50;

/// `slow`: more than three times the median of up to 20 successes, and more than 10 s.
const SLOW_FACTOR: i64 = 3;
const SLOW_SUCCESSES: usize = 20;
const SLOW_MS: i64 = 10_000;

/// `failed-subjects`: more than 10 % of at least 20.
const FAILED_SUBJECTS: i64 = 20;
const FAILED_PERCENT: i64 = 10;

/// `no-subjects`: none, where up to seven runs before had some in the median.
const BEFORE_EMPTY: usize = 7;

/// `failing`: two runs in a row.
const FAILING: usize = 2;

/// The most that is counted of one tenant's messages.
pub const MESSAGES_MAX: i64 = 1000;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    Failing,
    Slow,
    FailedSubjects,
    NoSubjects,
    Missing,
    Stuck,
    MessagesFailed,
    MessagesWaiting,
}

impl Rule {
    pub const ALL: [Self; 8] = [
        Self::Failing,
        Self::Slow,
        Self::FailedSubjects,
        Self::NoSubjects,
        Self::Missing,
        Self::Stuck,
        Self::MessagesFailed,
        Self::MessagesWaiting,
    ];

    /// The word in `platform.alert.rule`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Slow => "slow",
            Self::FailedSubjects => "failed-subjects",
            Self::NoSubjects => "no-subjects",
            Self::Missing => "missing",
            Self::Stuck => "stuck",
            Self::MessagesFailed => "messages-failed",
            Self::MessagesWaiting => "messages-waiting",
        }
    }

    pub const fn severity(self) -> &'static str {
        match self {
            Self::Failing | Self::Missing => "critical",
            _ => "warning",
        }
    }
}

/// What is to be said of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// And in what way: a sentence that names no person and no tenant.
    Bad(String),
    Good,
    /// Nothing: an open alert stays as it is.
    Unknown,
}

impl Verdict {
    fn of(is_bad: bool, sentence: impl FnOnce() -> String) -> Self {
        match is_bad {
            true => Self::Bad(sentence()),
            false => Self::Good,
        }
    }
}

/// A rule's verdict about a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub job: String,
    pub rule: Rule,
    pub verdict: Verdict,
}

/// What is to be said of a job. One that is paused is not missed, and nothing else is said of it.
pub fn judge(job: &Observed, now: DateTime<Utc>) -> Vec<Finding> {
    let findings = [
        (Rule::Failing, failing(&job.finished)),
        (Rule::Slow, slow(&job.finished)),
        (Rule::FailedSubjects, failed_subjects(&job.finished)),
        (Rule::NoSubjects, no_subjects(job)),
        (Rule::Missing, missing(job)),
        (Rule::Stuck, stuck(job, now)),
    ];
    let said = |(rule, verdict)| Finding {
        job: job.job.clone(),
        rule,
        verdict: match (job.is_paused, rule) {
            (false, _) => verdict,
            (true, Rule::Missing) => Verdict::Good,
            (true, _) => Verdict::Unknown,
        },
    };
    findings.into_iter().map(said).collect()
}

/// What is to be said of the outbox, under the job that empties it.
pub fn judge_messages(job: &str, messages: Messages) -> [Finding; 2] {
    let Messages { failed, waiting } = messages;
    let number = |count: i64| match count {
        1 => "1 message".to_owned(),
        MESSAGES_MAX.. => format!("at least {count} messages"),
        _ => format!("{count} messages"),
    };
    let finding = |rule, verdict| Finding {
        job: job.to_owned(),
        rule,
        verdict,
    };
    [
        finding(
            Rule::MessagesFailed,
            Verdict::of(failed > 0, || {
                format!("{} failed in the last hour", number(failed))
            }),
        ),
        finding(
            Rule::MessagesWaiting,
            Verdict::of(waiting > 0, || {
                format!("{} waited to be sent for more than 30 minutes", number(waiting))
            }),
        ),
    ]
}

fn failing(finished: &[Finished]) -> Verdict {
    let in_a_row = finished
        .iter()
        .take_while(|run| run.ended == Ended::Failed)
        .count();
    Verdict::of(in_a_row >= FAILING, || {
        let all = if in_a_row >= RUNS as usize {
            "at least "
        } else {
            ""
        };
        format!("the last {all}{in_a_row} runs failed")
    })
}

fn slow(finished: &[Finished]) -> Verdict {
    let Some((last, before)) = finished.split_first() else {
        return Verdict::Unknown;
    };
    let successes = before.iter().filter(|run| run.ended == Ended::Well);
    let durations: Vec<i64> = successes
        .filter_map(|run| run.duration_ms)
        .take(SLOW_SUCCESSES)
        .collect();
    let count = durations.len();
    match (last.duration_ms, twice_the_median(durations)) {
        (Some(took), Some(usual)) => Verdict::of(took > SLOW_MS && 2 * took > SLOW_FACTOR * usual, || {
            format!(
                "the last run took {}, more than {SLOW_FACTOR} times the median of {} of the {count} successes before it",
                seconds(took),
                seconds(usual / 2)
            )
        }),
        _ => Verdict::Unknown,
    }
}

fn failed_subjects(finished: &[Finished]) -> Verdict {
    finished.first().map_or(Verdict::Unknown, |last| {
        let is_bad = last.total >= FAILED_SUBJECTS && last.failed * 100 > last.total * FAILED_PERCENT;
        Verdict::of(is_bad, || {
            format!(
                "{} of {} subjects failed in the last run, more than {FAILED_PERCENT} %",
                last.failed, last.total
            )
        })
    })
}

fn no_subjects(job: &Observed) -> Verdict {
    if job.may_be_empty {
        return Verdict::Good;
    }
    match job.finished.split_first() {
        // One that stopped before it had read anybody says nothing of how many there are.
        Some((last, before)) if last.ended == Ended::Well => {
            let totals: Vec<i64> = before.iter().take(BEFORE_EMPTY).map(|run| run.total).collect();
            let count = totals.len();
            let usual = twice_the_median(totals).unwrap_or(0);
            Verdict::of(last.total == 0 && usual > 0, || {
                format!(
                    "the last run had no subjects; the median of the {count} runs before it is {}",
                    halved(usual)
                )
            })
        }
        _ => Verdict::Unknown,
    }
}

fn missing(job: &Observed) -> Verdict {
    match job.expected {
        Some(expected) if !job.came => Verdict::Bad(format!(
            "the run of {} did not come within {} minutes",
            instant(expected),
            GRACE.num_minutes()
        )),
        _ => Verdict::Good,
    }
}

fn stuck(job: &Observed, now: DateTime<Utc>) -> Verdict {
    let minutes = SILENCE.num_minutes();
    if !job.stuck.is_empty() {
        let (runs, were) = match job.stuck.len() {
            1 => ("1 run".to_owned(), "was"),
            count => (format!("{count} runs"), "were"),
        };
        let given_up = job
            .stuck
            .iter()
            .filter(|run| !run.dry_run && run.attempt >= ATTEMPTS)
            .count();
        let then = match given_up {
            0 => String::new(),
            count => format!("; of {count} it was attempt {ATTEMPTS}, which is the last"),
        };
        return Verdict::Bad(format!(
            "{runs} gave no sign of life for {minutes} minutes and {were} marked failed{then}"
        ));
    }
    match job.stuck_since {
        Some(since) if !job.ended_well && now < since + STUCK_STANDS => Verdict::Unknown,
        _ => Verdict::Good,
    }
}

/// Twice the median, so that it is whole where it lies between two numbers; None of nothing.
fn twice_the_median(mut numbers: Vec<i64>) -> Option<i64> {
    numbers.sort_unstable();
    let (below, above) = (numbers.len().checked_sub(1)? / 2, numbers.len() / 2);
    Some(numbers[below] + numbers[above])
}

fn halved(twice: i64) -> String {
    match twice % 2 {
        0 => (twice / 2).to_string(),
        _ => format!("{}.5", twice / 2),
    }
}

fn seconds(ms: i64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}

/// An instant as sentences and keys have it: `2026-11-22T02:00:00Z`.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests;
