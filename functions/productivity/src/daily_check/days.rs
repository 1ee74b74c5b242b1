//! The last two weeks on the wall of each zone.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use shared::calendar;

use crate::reminder::{clock::DueZones, person::after};

/// Zone by zone, in the order of their names: the columns of a query's arrays. The last one, whose name is empty, is the
/// company's own, for whoever has none of the others.
#[derive(Debug, Clone, Default)]
pub struct Days {
    pub names: Vec<String>,
    pub are_due: Vec<bool>,
    pub today: Vec<NaiveDate>,
    /// Where the seven days begin that end with today.
    pub week_from: Vec<DateTime<Utc>>,
    /// Where the seven days before those begin.
    pub week_before_from: Vec<DateTime<Utc>>,
}

impl Days {
    pub fn at(as_of: DateTime<Utc>, due: &DueZones) -> Self {
        let zones: Vec<Tz> = due.zones.iter().copied().chain([due.own]).collect();
        let today = |zone: &Tz| calendar::local_date(as_of, *zone);
        let begins = |zone: &Tz, days_ago: i64| {
            let date = after(today(zone), -days_ago);
            calendar::first_instant(date.and_time(NaiveTime::MIN), *zone)
        };
        Self {
            names: due.names.iter().cloned().chain([String::new()]).collect(),
            are_due: due.are_due.iter().copied().chain([due.own_is_due]).collect(),
            today: zones.iter().map(today).collect(),
            week_from: zones.iter().map(|zone| begins(zone, 6)).collect(),
            week_before_from: zones.iter().map(|zone| begins(zone, 13)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_at_midnight_on_the_wall_whenever_clocks_are_changed() {
        let due = DueZones {
            names: vec!["America/New_York".into(), "Asia/Kathmandu".into()],
            zones: vec![Tz::America__New_York, Tz::Asia__Kathmandu],
            are_due: vec![true, false],
            own: Tz::UTC,
            own_is_due: true,
        };
        // On Sunday 10 March the clocks of New York were put forward.
        let days = Days::at("2024-03-13T22:00:00Z".parse().unwrap(), &due);
        assert_eq!(days.names, ["America/New_York", "Asia/Kathmandu", ""]);
        assert_eq!(days.are_due, [true, false, true]);
        let text = |at: &[DateTime<Utc>]| at.iter().map(DateTime::to_rfc3339).collect::<Vec<_>>();
        let dates: Vec<String> = days.today.iter().map(NaiveDate::to_string).collect();
        assert_eq!(dates, ["2024-03-13", "2024-03-14", "2024-03-13"]);
        assert_eq!(
            text(&days.week_from),
            [
                "2024-03-07T05:00:00+00:00",
                "2024-03-07T18:15:00+00:00",
                "2024-03-07T00:00:00+00:00"
            ]
        );
        assert_eq!(
            text(&days.week_before_from),
            [
                "2024-02-29T05:00:00+00:00",
                "2024-02-29T18:15:00+00:00",
                "2024-02-29T00:00:00+00:00"
            ]
        );
    }
}
