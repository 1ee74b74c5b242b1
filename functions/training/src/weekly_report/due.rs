//! Whose report is due: early on Monday by the user's own clock, or once a day to make up for one that was missed.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use shared::calendar;

use crate::{
    app::{App, Setting},
    days::{after, before},
};

/// A week from Monday to Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    pub start: NaiveDate,
}

/// A report that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub week: Week,
    /// Whether it makes up for one that was missed on Monday.
    pub is_catch_up: bool,
}

/// The users of a zone whose reports are due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueZone {
    /// As users have it; '' for those who have none.
    pub name: String,
    pub due: Due,
    /// The first instant after the week: who registered from then on has no report of it.
    pub registered_before: DateTime<Utc>,
}

impl Week {
    /// The week that was over when this date began.
    pub fn before(date: NaiveDate) -> Self {
        let since_monday = date.weekday().num_days_from_monday();
        Self {
            start: before(date, u64::from(since_monday) + 7),
        }
    }

    pub fn end(self) -> NaiveDate {
        after(self.start, 6)
    }
}

impl Due {
    /// What is due at an instant in a zone.
    pub fn at(as_of: DateTime<Utc>, zone: Tz, setting: &Setting) -> Option<Self> {
        let local = as_of.with_timezone(&zone);
        let hour = |hour: i16| u32::try_from(hour).unwrap_or_default();
        let window = hour(setting.report_from_hour)..hour(setting.report_until_hour);
        let is_in_window = local.weekday() == Weekday::Mon && window.contains(&local.hour());
        let is_catch_up = !is_in_window && local.hour() == hour(setting.catch_up_hour);
        (is_in_window || is_catch_up).then(|| Self {
            week: Week::before(local.date_naive()),
            is_catch_up,
        })
    }
}

impl DueZone {
    /// The reports that are due to users who have set this zone. Where nobody knows which one that is they are told that
    /// on Monday by UTC.
    pub fn at(as_of: DateTime<Utc>, name: String, app: &App) -> Option<Self> {
        let known = app.zone_of(Some(&name)).map(|zone| zone.zone);
        let zone = known.as_ref().copied().unwrap_or(Tz::UTC);
        let due = Due::at(as_of, zone, &app.setting)?;
        (known.is_ok() || !due.is_catch_up).then(|| Self {
            name,
            due,
            registered_before: calendar::day_bounds(after(due.week.end(), 1), zone).0,
        })
    }
}

#[cfg(test)]
mod tests;
