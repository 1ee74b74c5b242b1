//! How old what must be to go.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, SubsecRound, TimeDelta, Utc};
use serde_json::{Value, json};
use shared::config::{ConfigError, Variables};
use uuid::Uuid;

use super::part::Part;

/// monthly-report reads two months, and the ninety days of a quarter are what people look back on.
const DETAIL_DAYS_MIN: u32 = 90;
/// Ten years.
const DAYS_MAX: u32 = 3650;

pub const PERFORMANCE_DAYS: i64 = 90;
const MINUTE_STAT_DAYS: i64 = 30;
const READ_NOTIFICATION_DAYS: i64 = 90;
const UNREAD_NOTIFICATION_DAYS: i64 = 180;
/// A year and a month: what somebody was told a year ago can still be looked up.
const MESSAGE_DAYS: i64 = 400;
const MESSAGE_TEXT_DAYS: i64 = 30;
const CONTACT_DAYS: i64 = 400;
const MARK_DAYS: u64 = 180;
const EVENT_DAYS: i64 = 90;
const SEGMENT_MONTHS: u32 = 13;
const ARCHIVE_DAYS: i64 = 730;
/// Time to think better of it.
const ERASURE_DAYS: i64 = 30;

/// The ages, in days, that an operator has to set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// From which on sessions and finished goals are archived.
    pub detail_days: u32,
    /// From which on numbers of days are deleted. No less than the other.
    pub metrics_days: u32,
}

impl Ages {
    /// Reads both from the process's variables: what deletes must not go by a number that nobody chose.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable that is missing, malformed or out of its bounds.
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let detail_days = variables.required("CLEANUP_INTERVAL_DAYS", DETAIL_DAYS_MIN..=DAYS_MAX)?;
        let metrics_days = variables.required("ANALYTICS_RETENTION_DAYS", detail_days..=DAYS_MAX)?;
        Ok(Self {
            detail_days,
            metrics_days,
        })
    }
}

/// The instants, to the microsecond, before which things are too old.
#[derive(Debug, Clone)]
pub struct Cutoffs {
    /// As exact as the database is.
    as_of: DateTime<Utc>,
    detail: DateTime<Utc>,
    metrics: DateTime<Utc>,
}

impl Cutoffs {
    /// The cut-offs of a run by its clock.
    pub fn of(as_of: DateTime<Utc>, ages: Ages) -> Self {
        let as_of = as_of.trunc_subsecs(6);
        let before = |days: u32| midnight(day_before(as_of, days.into()));
        Self {
            as_of,
            detail: before(ages.detail_days),
            metrics: before(ages.metrics_days),
        }
    }

    /// What is older than this is due. Of tables that know days, the UTC date of this midnight is the first that is not.
    pub fn before(&self, part: Part) -> DateTime<Utc> {
        let days = |days| days_before(self.as_of, days);
        match part {
            Part::Timer | Part::Session | Part::Goal | Part::End => self.detail,
            Part::DailyMetric
            | Part::MetricTrend
            | Part::Anomaly
            | Part::BehaviorInsight
            | Part::UserActivityDay => self.metrics,
            Part::PerformanceMetric => days(PERFORMANCE_DAYS),
            Part::HttpMinuteStat => days(MINUTE_STAT_DAYS),
            Part::ReadNotification => days(READ_NOTIFICATION_DAYS),
            Part::UnreadNotification => days(UNREAD_NOTIFICATION_DAYS),
            Part::Message => days(MESSAGE_DAYS),
            Part::MessageText => days(MESSAGE_TEXT_DAYS),
            Part::ContactLog => days(CONTACT_DAYS),
            Part::GoalReminderMark => midnight(day_before(self.as_of, MARK_DAYS)),
            Part::ActivityEvent => days(EVENT_DAYS),
            Part::UserSegment => midnight(month_before(self.as_of, SEGMENT_MONTHS)),
            Part::TimerSessionArchive => days(ARCHIVE_DAYS),
            Part::User => days(ERASURE_DAYS),
        }
    }

    /// The key after which a part begins: before all others, but that texts are taken only from messages that are not old
    /// enough to be deleted.
    pub fn first(&self, part: Part) -> Value {
        match part {
            Part::MessageText => json!({"age": self.before(Part::Message), "id": Uuid::nil()}),
            _ => json!({"age": "-infinity"}),
        }
    }

    /// As they are noted with the run.
    pub fn noted(&self) -> Value {
        json!({"detail": self.detail, "metrics": self.metrics})
    }
}

/// So many times 24 hours earlier.
pub fn days_before(as_of: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    as_of.trunc_subsecs(6) - TimeDelta::days(days)
}

fn day_before(as_of: DateTime<Utc>, days: u64) -> NaiveDate {
    let today = as_of.date_naive();
    today.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

fn month_before(as_of: DateTime<Utc>, months: u32) -> NaiveDate {
    let today = as_of.date_naive();
    let this = today.with_day(1).unwrap_or(today);
    this.checked_sub_months(Months::new(months))
        .unwrap_or(NaiveDate::MIN)
}

fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}
