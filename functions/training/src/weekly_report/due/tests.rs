//! The window, held against the database of time zones.

use chrono::TimeZone;
use chrono_tz::TZ_VARIANTS;
use proptest::prelude::*;

use super::*;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn due(as_of: DateTime<Utc>, zone: Tz) -> Option<Due> {
    Due::at(as_of, zone, &Setting::default())
}

#[test]
fn the_week_before_is_over() {
    // Date, the Monday of the week before.
    let table = [
        ("2026-02-08", "2026-01-26"),
        ("2026-02-09", "2026-02-02"),
        ("2026-02-15", "2026-02-02"),
        ("2026-02-16", "2026-02-09"),
    ];
    for (today, monday) in table {
        let week = Week::before(date(today));
        assert_eq!((week.start, week.end()), (date(monday), after(date(monday), 6)));
    }
}

#[test]
fn a_report_is_due_from_three_to_six_on_monday_and_made_up_for_from_six_to_seven_every_day() {
    let table = [
        ("2026-02-09T02:59:59Z", None),
        ("2026-02-09T03:00:00Z", Some(false)),
        ("2026-02-09T05:59:59.999999Z", Some(false)),
        ("2026-02-09T06:00:00Z", Some(true)),
        ("2026-02-09T06:59:59Z", Some(true)),
        ("2026-02-09T07:00:00Z", None),
        ("2026-02-10T04:00:00Z", None),
        ("2026-02-10T06:30:00Z", Some(true)),
        ("2026-02-15T06:00:00Z", Some(true)),
    ];
    for (as_of, is_catch_up) in table {
        let due = due(utc(as_of), Tz::UTC);
        assert_eq!(due.map(|due| due.is_catch_up), is_catch_up, "{as_of}");
        assert!(due.is_none_or(|due| due.week.start == date("2026-02-02")));
    }
}

#[test]
fn a_catch_up_hour_inside_the_window_is_no_catch_up_on_monday() {
    let setting = Setting {
        catch_up_hour: 4,
        ..Setting::default()
    };
    let due = |as_of| Due::at(utc(as_of), Tz::UTC, &setting).unwrap().is_catch_up;
    assert!(!due("2026-02-09T04:00:00Z"));
    assert!(due("2026-02-10T04:00:00Z"));
}

#[test]
fn whoever_registered_after_the_local_sunday_has_no_report_of_the_week() {
    let app = App {
        zone: Ok(Tz::UTC),
        setting: Setting::default(),
    };
    let zone = |name: &str, as_of: &str| DueZone::at(utc(as_of), name.into(), &app);
    let tokyo = zone("Asia/Tokyo", "2026-02-08T18:00:00Z").unwrap();
    assert_eq!(tokyo.registered_before, utc("2026-02-08T15:00:00Z"));
    assert_eq!(zone("Asia/Tokyo", "2026-02-09T04:00:00Z"), None);
    assert!(
        zone("", "2026-02-09T04:00:00Z").is_some_and(|due| due.name.is_empty()),
        "by the app's zone"
    );
}

#[test]
fn whose_zone_nobody_knows_is_due_on_monday_by_utc_alone() {
    let app = App {
        zone: Err("Mars/Olympus".into()),
        setting: Setting::default(),
    };
    let is_due = |name: &str, as_of: &str| DueZone::at(utc(as_of), name.into(), &app).is_some();
    assert!(is_due("", "2026-02-09T03:00:00Z"));
    assert!(!is_due("", "2026-02-09T06:00:00Z"));
    assert!(!is_due("", "2026-02-10T06:00:00Z"));
    assert!(is_due("UTC", "2026-02-10T06:00:00Z"), "who has one of his own");
}

/// An hour has a tick at each full one of UTC, so where an offset is of half an hour too.
#[test]
fn every_zone_has_three_ticks_in_every_monday_window_of_ten_years() {
    let first = date("2025-01-06");
    for zone in TZ_VARIANTS {
        for monday in (0..).map(|week| after(first, 7 * week)) {
            if monday >= date("2036-01-01") {
                break;
            }
            let three = calendar::instants(monday.and_hms_opt(3, 0, 0).unwrap(), zone).0;
            let hour = three.timestamp().div_euclid(3600);
            let ticks = (hour - 3..hour + 6).filter(|hour| {
                let due = due(Utc.timestamp_opt(hour * 3600, 0).unwrap(), zone);
                due.is_some_and(|due| !due.is_catch_up && after(due.week.start, 7) == monday)
            });
            assert_eq!(ticks.count(), 3, "{zone} {monday}");
        }
    }
}

#[test]
fn every_zone_has_a_tick_to_catch_up_on_every_day_of_ten_years() {
    for zone in TZ_VARIANTS {
        for date in date("2025-01-01")
            .iter_days()
            .take_while(|day| *day < date("2036-01-01"))
        {
            let six = calendar::instants(date.and_hms_opt(6, 0, 0).unwrap(), zone).0;
            let tick = Utc.timestamp_opt((six.timestamp() + 3599).div_euclid(3600) * 3600, 0);
            assert!(due(tick.unwrap(), zone).is_some(), "{zone} {date}");
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_due_is_of_a_week_that_is_over(seconds in 1_700_000_000_i64..2_000_000_000, index in 0..TZ_VARIANTS.len()) {
        let (zone, as_of) = (TZ_VARIANTS[index], Utc.timestamp_opt(seconds, 0).unwrap());
        if let Some(due) = due(as_of, zone) {
            let today = calendar::local_date(as_of, zone);
            prop_assert_eq!(due.week.start.weekday(), Weekday::Mon);
            prop_assert!(due.week.end() < today && (today - due.week.end()).num_days() <= 7);
            prop_assert!(due.is_catch_up || today.weekday() == Weekday::Mon);
        }
    }
}
