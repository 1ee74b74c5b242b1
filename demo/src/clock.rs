//! A user's own calendar.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use shared::calendar;

/// Days are counted backwards from the user's today, which is 0.
pub struct Clock {
    pub as_of: DateTime<Utc>,
    /// The zone that he lives in.
    pub time_zone: &'static str,
    today: NaiveDate,
}

impl Clock {
    /// By the user's own zone, or the app's; somebody of whom neither is known still lives by some calendar.
    pub fn new(as_of: DateTime<Utc>, own: Option<&'static str>, of_app: &'static str) -> Self {
        let known = |name: &&str| calendar::zone(name).is_ok();
        let time_zone = own
            .filter(known)
            .or(Some(of_app).filter(known))
            .map_or("UTC", str::trim);
        Self {
            as_of,
            time_zone,
            today: calendar::local_date(as_of, calendar::zone(time_zone).unwrap_or_default()),
        }
    }

    pub fn date(&self, ago: i64) -> NaiveDate {
        self.today - TimeDelta::days(ago)
    }

    pub fn ago(&self, date: NaiveDate) -> i64 {
        (self.today - date).num_days()
    }

    pub fn weekday(&self, ago: i64) -> Weekday {
        self.date(ago).weekday()
    }

    /// The instant at which so many minutes of a day have passed on the wall.
    pub fn at(&self, ago: i64, minute: i64) -> DateTime<Utc> {
        let zone = calendar::zone(self.time_zone).unwrap_or_default();
        let time = NaiveTime::MIN + TimeDelta::minutes(minute);
        calendar::instants(self.date(ago).and_time(time), zone).0
    }
}
