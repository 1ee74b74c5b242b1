//! Time zones and local days. Local days are built from calendar dates, so the 23 and 25 hour days
//! around a change of clocks come out right.

use chrono::{
    DateTime, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike,
    Utc,
};
use chrono_tz::Tz;

/// A time zone name that the IANA database does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownZone(pub String);

impl std::fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "time zone '{}' is unknown", self.0)
    }
}

impl std::error::Error for UnknownZone {}

/// Finds a zone or link of the IANA database by its exact name; white space around the name is ignored.
///
/// # Errors
/// [`UnknownZone`], with the name as it was given.
pub fn zone(name: &str) -> Result<Tz, UnknownZone> {
    name.trim().parse().map_err(|_| UnknownZone(name.to_owned()))
}

/// The calendar date that a clock on the wall shows at an instant.
pub fn local_date(instant: DateTime<Utc>, zone: Tz) -> NaiveDate {
    instant.with_timezone(&zone).date_naive()
}

/// The first instant of a local day and the first of the next: `[start, end)`.
///
/// Where midnight is skipped the day starts at the end of the gap; where it comes twice the day is taken
/// as long as possible, so that every instant of the date lies inside.
pub fn day_bounds(date: NaiveDate, zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
    let next = date.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    let midnights = |date: NaiveDate| instants(date.and_time(NaiveTime::MIN), zone);
    (midnights(date).0, midnights(next).1)
}

/// The earliest and the latest instant at which a clock on the wall shows a time: different where the clock is
/// set back over it. A time that is skipped is read with the offset before the gap, so 02:30 becomes 03:30.
pub fn instants(local: NaiveDateTime, zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) => (instant.to_utc(), instant.to_utc()),
        LocalResult::Ambiguous(first, second) => (first.to_utc(), second.to_utc()),
        LocalResult::None => {
            let before = local.checked_sub_days(Days::new(1)).unwrap_or(local);
            let instant = (local - zone.offset_from_utc_datetime(&before).fix()).and_utc();
            (instant, instant)
        }
    }
}

/// The first instant at which a clock on the wall shows a time or a later one of its date: the earlier one where the
/// clock is set back over it, and where it is skipped the first instant after the gap.
pub fn first_instant(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => instant.to_utc(),
        LocalResult::None => {
            let offset = |utc: NaiveDateTime| zone.offset_from_utc_datetime(&utc).fix();
            let before = offset(local.checked_sub_days(Days::new(1)).unwrap_or(local));
            let after = offset(local.checked_add_days(Days::new(1)).unwrap_or(local));
            // The clock is changed, at a whole second, between the two: halve until they are a second apart.
            let whole = local.with_nanosecond(0).unwrap_or(local);
            let (mut early, mut late) = (whole - after, whole - before);
            while late - early > TimeDelta::seconds(1) {
                let middle = early + TimeDelta::seconds((late - early).num_seconds() / 2);
                match offset(middle) == before {
                    true => early = middle,
                    false => late = middle,
                }
            }
            late.and_utc()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_zone_is_named_exactly_but_for_white_space_around_it() {
        assert_eq!(zone(" Europe/London\n"), Ok(Tz::Europe__London));
        assert_eq!(zone("Asia/Calcutta"), Ok(Tz::Asia__Calcutta), "links count too");
        for unknown in ["europe/london", "Europe/ London", "", "+02:00", "Mars/Olympus"] {
            assert_eq!(zone(unknown), Err(UnknownZone(unknown.to_owned())));
        }
        assert_eq!(UnknownZone(" x".into()).to_string(), "time zone ' x' is unknown");
    }

    #[test]
    fn days_around_a_change_of_clocks_have_23_and_25_hours() {
        let hours = |date: &str, zone| {
            let (start, end) = day_bounds(date.parse().unwrap(), zone);
            (end - start).num_hours()
        };
        assert_eq!(hours("2026-03-29", Tz::Europe__Berlin), 23);
        assert_eq!(hours("2026-10-25", Tz::Europe__Berlin), 25);
        assert_eq!(hours("2026-07-01", Tz::Europe__Berlin), 24);
    }

    #[test]
    fn a_skipped_midnight_begins_the_day_at_the_end_of_the_gap() {
        // São Paulo, 2018-11-04: 00:00 did not exist, the day began at 01:00 -02.
        let (start, _) = day_bounds("2018-11-04".parse().unwrap(), Tz::America__Sao_Paulo);
        assert_eq!(start, utc("2018-11-04T03:00:00Z"));
    }

    #[test]
    fn a_time_on_the_wall_is_told_where_the_clock_is_changed_over_it() {
        let new_york = |local: &str| instants(local.parse().unwrap(), Tz::America__New_York);
        let skipped = utc("2027-03-14T07:30:00Z");
        assert_eq!(new_york("2027-03-14T02:30:00"), (skipped, skipped), "as 03:30");
        let twice = (utc("2026-11-01T05:30:00Z"), utc("2026-11-01T06:30:00Z"));
        assert_eq!(new_york("2026-11-01T01:30:00"), twice);
        let once = utc("2026-11-01T07:30:00Z");
        assert_eq!(new_york("2026-11-01T02:30:00"), (once, once));
    }

    #[test]
    fn a_time_that_is_skipped_is_first_reached_at_the_end_of_the_gap() {
        for (local, zone, instant) in [
            (
                "2027-03-14T02:00:00",
                Tz::America__New_York,
                "2027-03-14T07:00:00Z",
            ),
            (
                "2027-03-14T02:59:59",
                Tz::America__New_York,
                "2027-03-14T07:00:00Z",
            ),
            (
                "2027-03-14T03:00:00",
                Tz::America__New_York,
                "2027-03-14T07:00:00Z",
            ),
            (
                "2026-11-01T01:30:00",
                Tz::America__New_York,
                "2026-11-01T05:30:00Z",
            ),
            (
                "2018-11-04T00:00:00",
                Tz::America__Sao_Paulo,
                "2018-11-04T03:00:00Z",
            ),
            ("2011-12-30T18:00:00", Tz::Pacific__Apia, "2011-12-30T10:00:00Z"),
            ("2026-07-01T09:00:00", Tz::Asia__Kathmandu, "2026-07-01T03:15:00Z"),
        ] {
            assert_eq!(
                first_instant(local.parse().unwrap(), zone),
                utc(instant),
                "{local} {zone}"
            );
        }
    }

    #[test]
    fn a_date_that_was_skipped_whole_has_no_instant() {
        // Samoa crossed the date line: there was no 2011-12-30.
        let (start, end) = day_bounds("2011-12-30".parse().unwrap(), Tz::Pacific__Apia);
        assert_eq!(start, end);
    }

    proptest! {
        #[test]
        fn every_instant_lies_in_the_bounds_of_its_own_date(
            seconds in 946_684_800_i64..4_102_444_800, index in 0..chrono_tz::TZ_VARIANTS.len()
        ) {
            let zone = chrono_tz::TZ_VARIANTS[index];
            let instant = DateTime::from_timestamp(seconds, 0).unwrap();
            let (start, end) = day_bounds(local_date(instant, zone), zone);
            prop_assert!(start <= instant && instant < end, "{zone} {instant} {start} {end}");
        }

        #[test]
        fn a_time_is_reached_first_after_every_earlier_one(
            seconds in 946_684_800_i64..4_102_444_800, index in 0..chrono_tz::TZ_VARIANTS.len()
        ) {
            let zone = chrono_tz::TZ_VARIANTS[index];
            let shown = |instant: DateTime<Utc>| instant.with_timezone(&zone).naive_local();
            let local = DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
            let first = first_instant(local, zone);
            prop_assert!(shown(first) >= local, "{zone} {local} {first}");
            prop_assert!(shown(first - TimeDelta::seconds(1)) < local, "{zone} {local} {first}");
        }
    }
}
