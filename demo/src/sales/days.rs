//! A distributor's working days.

use chrono::{DateTime, Datelike, Days as Span, NaiveDate, NaiveTime, TimeDelta, Utc};
use shared::calendar;

use crate::random::Random;

/// How far back orders go: two years and a quarter.
pub const HISTORY_DAYS: i64 = 820;

/// For what was ordered before the first delivery.
const BEFORE: i64 = 60;

const MORNING: NaiveTime = NaiveTime::from_hms_opt(8, 0, 0).expect("a time");
const MINUTES_A_DAY: i64 = 9 * 60;

pub struct Days {
    today: NaiveDate,
    /// Eight o'clock of each day, by how many days ago it was.
    mornings: Vec<DateTime<Utc>>,
}

impl Days {
    /// A distributor in a zone that nobody knows still lives by some calendar.
    pub fn new(as_of: DateTime<Utc>, time_zone: &str) -> Self {
        let zone = calendar::zone(time_zone).unwrap_or_default();
        let today = calendar::local_date(as_of, zone);
        let morning = |ago: u64| calendar::instants((today - Span::new(ago)).and_time(MORNING), zone).0;
        Self {
            today,
            mornings: (0..=(HISTORY_DAYS + BEFORE).unsigned_abs())
                .map(morning)
                .collect(),
        }
    }

    pub fn date(&self, ago: i64) -> NaiveDate {
        self.today - TimeDelta::days(ago)
    }

    /// Eight o'clock of a day, or of the first that there is.
    pub fn morning(&self, ago: i64) -> DateTime<Utc> {
        let place = usize::try_from(ago).unwrap_or_default();
        self.mornings[place.min(self.mornings.len() - 1)]
    }

    /// Some minute of a working day.
    pub fn hour(&self, ago: i64, random: &mut Random) -> DateTime<Utc> {
        self.morning(ago) + TimeDelta::minutes(random.between(0, MINUTES_A_DAY))
    }

    /// The day, or the Friday before it when it is at a weekend.
    pub fn working(&self, ago: i64) -> i64 {
        const FRIDAY: i64 = 5;
        let weekday = i64::from(self.date(ago).weekday().number_from_monday());
        ago + (weekday - FRIDAY).max(0)
    }

    /// Before all orders.
    pub fn beginning(&self) -> DateTime<Utc> {
        self.morning(HISTORY_DAYS + BEFORE)
    }
}
