//! Whether a number is far from what its like has been, by the median and the absolute deviations from it.
//!
//! Medians, because one odd week must not hide the next; the score is that of Iglewicz and Hoaglin, "How to Detect and
//! Handle Outliers" (1993). All of it is exact: comparisons divide nothing, and only what is shown is rounded.

use anyhow::{Context, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;
use shared::sql::column;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::rate::rounded;

/// What makes the median absolute deviation comparable with a standard deviation: 0.6745.
const OF_MEDIAN_DEVIATION: Decimal = decimal(6745, 4);
/// The same of the mean absolute deviation, which steps in where most values are equal: 1.253314.
const OF_MEAN_DEVIATION: Decimal = decimal(1_253_314, 6);
/// From this score on a value is an anomaly: the authors' 3.5.
const WARNING: Decimal = decimal(35, 1);
/// And from twice that it is critical.
const CRITICAL: Decimal = decimal(70, 1);
/// A rate moves by at least five points, and is one of 20 at least.
const LEAST_MOVE_OF_RATE: Decimal = decimal(5, 2);
const LEAST_BASE: i64 = 20;
/// A count moves by at least 5, and was or is 20 at least.
const LEAST_MOVE_OF_COUNT: Decimal = decimal(5, 0);
const LEAST_COUNT: Decimal = decimal(20, 0);
/// Where all earlier values are equal, a count moves by at least a fifth.
const LEAST_SHARE: Decimal = decimal(2, 1);
/// What `anomaly.score` can hold.
const HIGHEST_SCORE: Decimal = decimal(999_999_999_999, 2);

/// Same weekdays looked back at, so that a weekend is no anomaly, and how many of them have to have a value.
const WEEKS: u64 = 8;
pub const LEAST_VALUES: usize = 5;
/// Where they have not: days looked back at, and how many of these have to.
const DAYS: u64 = 28;
const LEAST_DAYS: usize = 14;

/// What kind of number is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Count,
    /// A share, from 0 to 1, of so many.
    Rate {
        base: i64,
    },
}

/// How far from ordinary a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    Critical,
}

/// A value that is far from what its like has been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    pub value: Decimal,
    pub expected: Decimal,
    /// With two decimals. None: there is nothing to measure the distance with.
    pub score: Option<Decimal>,
    pub severity: Severity,
}

/// What a table of anomalies has of one: of which metric, and of the period that begins when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub metric: &'static str,
    pub period_start: DateTime<Utc>,
    pub anomaly: Anomaly,
}

/// How long the periods are that values are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Day,
    Slot,
}

/// What a day's value is judged by: the same weekday of the eight weeks before, else the 28 days before. None: too few of
/// them have a value.
pub fn baseline(day: NaiveDate, value: impl Fn(NaiveDate) -> Option<Decimal>) -> Option<Vec<Decimal>> {
    let before = |days| day.checked_sub_days(Days::new(days)).and_then(&value);
    let weekdays: Vec<Decimal> = (1..=WEEKS).filter_map(|week| before(7 * week)).collect();
    if weekdays.len() >= LEAST_VALUES {
        return Some(weekdays);
    }
    let days: Vec<Decimal> = (1..=DAYS).filter_map(before).collect();
    (days.len() >= LEAST_DAYS).then_some(days)
}

/// Judges a value by earlier ones; without any there is no verdict.
pub fn judge(kind: Kind, value: Decimal, earlier: &[Decimal]) -> Option<Anomaly> {
    let expected = median(earlier)?;
    let away = value - expected;
    let is_worth_telling = match kind {
        Kind::Count => away.abs() >= LEAST_MOVE_OF_COUNT && value.max(expected) >= LEAST_COUNT,
        Kind::Rate { base } => away.abs() >= LEAST_MOVE_OF_RATE && base >= LEAST_BASE,
    };
    let verdict = Score::of(away, expected, earlier).verdict(kind, away, expected);
    let (score, severity) = verdict.filter(|_| is_worth_telling)?;
    Some(Anomaly {
        value,
        expected,
        score,
        severity,
    })
}

/// A quotient: how far away a value is, in deviations.
struct Score {
    numerator: Decimal,
    /// 0: all earlier values are equal.
    denominator: Decimal,
}

impl Score {
    fn of(away: Decimal, expected: Decimal, earlier: &[Decimal]) -> Self {
        let deviations: Vec<Decimal> = earlier.iter().map(|value| (value - expected).abs()).collect();
        match median(&deviations).filter(|deviation| !deviation.is_zero()) {
            Some(deviation) => Self {
                numerator: OF_MEDIAN_DEVIATION * away,
                denominator: deviation,
            },
            // Their mean is their sum over their number.
            None => Self {
                numerator: away * Decimal::from(deviations.len()),
                denominator: OF_MEAN_DEVIATION * deviations.iter().sum::<Decimal>(),
            },
        }
    }

    fn verdict(&self, kind: Kind, away: Decimal, expected: Decimal) -> Option<(Option<Decimal>, Severity)> {
        if self.denominator.is_zero() {
            let least = match kind {
                Kind::Count => LEAST_MOVE_OF_COUNT.max(LEAST_SHARE * expected.abs()),
                Kind::Rate { .. } => LEAST_MOVE_OF_RATE,
            };
            return (away.abs() >= least).then_some((None, Severity::Warning));
        }
        let reaches = |score: Decimal| self.numerator.abs() >= score * self.denominator;
        let severity = match (reaches(WARNING), reaches(CRITICAL)) {
            (false, _) => return None,
            (true, false) => Severity::Warning,
            (true, true) => Severity::Critical,
        };
        let score = rounded(self.numerator / self.denominator, 2).clamp(-HIGHEST_SCORE, HIGHEST_SCORE);
        Some((Some(score), severity))
    }
}

/// The value in the middle, or the mean of the two there.
fn median(values: &[Decimal]) -> Option<Decimal> {
    let mut values = values.to_vec();
    values.sort_unstable();
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some((lower + upper) / Decimal::TWO)
}

/// The number of these digits, so many of them behind the point.
pub const fn decimal(digits: u64, decimals: u32) -> Decimal {
    Decimal::from_parts(digits as u32, (digits >> 32) as u32, 0, false, decimals)
}

impl Finding {
    /// `dau 60, expected about 100.5`.
    fn message(&self) -> String {
        let Anomaly { value, expected, .. } = &self.anomaly;
        format!(
            "{} {}, expected about {}",
            self.metric,
            value.normalize(),
            expected.normalize()
        )
    }
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl Period {
    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Slot => "slot",
        }
    }
}

/// Makes these the anomalies of the periods that were judged: writes what is new or differs, and deletes what is none any
/// more. What people made of one, and when it was found, stays.
pub async fn write(
    tx: &mut PgConnection,
    tenant_id: Uuid,
    as_of: DateTime<Utc>,
    period: Period,
    judged: &[DateTime<Utc>],
    found: &[&Finding],
) -> Result<()> {
    sqlx::query_file!(
        "sql/anomaly/write.sql",
        tenant_id,
        as_of,
        period.name(),
        judged,
        &column(found, |finding| finding.metric) as &[&str],
        &column(found, |finding| finding.period_start),
        &column(found, |finding| rounded(finding.anomaly.value, 4)),
        &column(found, |finding| rounded(finding.anomaly.expected, 4)),
        &column(found, |finding| finding.anomaly.score) as &[Option<Decimal>],
        &column(found, |finding| finding.anomaly.severity.name()) as &[&str],
        &column(found, |finding| finding.message())
    )
    .execute(tx)
    .await
    .context("write the anomalies")?;
    Ok(())
}

#[cfg(test)]
mod tests;
