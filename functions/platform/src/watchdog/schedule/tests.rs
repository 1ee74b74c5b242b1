//! The examples of EventBridge's user guide, as instants, and where it counts otherwise than cron does.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn schedule(text: &str) -> Schedule {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error:#}"))
}

/// The occurrences after an instant, as many as are expected.
fn assert_next(text: &str, after: &str, expected: &[&str]) {
    let schedule = schedule(text);
    let mut instant = at(after);
    for next in expected {
        instant = schedule.next_after(instant).unwrap();
        assert_eq!(instant, at(next), "{text}");
    }
}

#[test]
fn the_documented_examples_are_due_when_the_documentation_says() {
    // 1 November 2026 is a Sunday.
    assert_next(
        "cron(0 10 * * ? *)",
        "2026-11-01T10:00:00Z",
        &["2026-11-02T10:00:00Z", "2026-11-03T10:00:00Z"],
    );
    assert_next(
        "cron(15 12 * * ? *)",
        "2026-11-01T12:14:59Z",
        &["2026-11-01T12:15:00Z", "2026-11-02T12:15:00Z"],
    );
    assert_next(
        "cron(0 18 ? * MON-FRI *)",
        "2026-11-05T18:00:00Z",
        &["2026-11-06T18:00:00Z", "2026-11-09T18:00:00Z"],
    );
    assert_next(
        "cron(0 8 1 * ? *)",
        "2026-11-01T08:00:00Z",
        &["2026-12-01T08:00:00Z", "2027-01-01T08:00:00Z"],
    );
    assert_next(
        "cron(0/15 * * * ? *)",
        "2026-11-01T09:45:00Z",
        &["2026-11-01T10:00:00Z", "2026-11-01T10:15:00Z"],
    );
    assert_next(
        "cron(0/10 * ? * MON-FRI *)",
        "2026-11-06T23:45:00Z",
        &["2026-11-06T23:50:00Z", "2026-11-09T00:00:00Z"],
    );
    assert_next(
        "cron(0/5 8-17 ? * MON-FRI *)",
        "2026-11-06T17:50:00Z",
        &["2026-11-06T17:55:00Z", "2026-11-09T08:00:00Z"],
    );
    // Every 30 minutes of the hours 20 to 2, on these days: in the night to Monday from midnight on, in that to Saturday
    // until midnight.
    assert_next(
        "cron(0/30 20-2 ? * MON-FRI *)",
        "2026-11-01T23:30:00Z",
        &["2026-11-02T00:00:00Z", "2026-11-02T00:30:00Z"],
    );
    assert_next(
        "cron(0/30 20-2 ? * MON-FRI *)",
        "2026-11-02T02:30:00Z",
        &["2026-11-02T20:00:00Z"],
    );
    assert_next(
        "cron(0/30 20-2 ? * MON-FRI *)",
        "2026-11-06T23:30:00Z",
        &["2026-11-09T00:00:00Z"],
    );
    // The last Friday of each month from 2019 to 2022.
    assert_next(
        "cron(15 10 ? * 6L 2019-2022)",
        "2022-10-28T10:15:00Z",
        &["2022-11-25T10:15:00Z", "2022-12-30T10:15:00Z"],
    );
    let over = schedule("cron(15 10 ? * 6L 2019-2022)");
    assert_eq!(over.next_after(at("2022-12-30T10:15:00Z")), None);
    assert_eq!(
        over.last_before(at("2026-11-01T00:00:00Z")),
        Some(at("2022-12-30T10:15:00Z"))
    );
    // The first Monday.
    assert_next(
        "cron(0 9 ? * 2#1 *)",
        "2026-11-01T00:00:00Z",
        &["2026-11-02T09:00:00Z", "2026-12-07T09:00:00Z"],
    );
}

#[test]
fn the_documented_wildcards_mean_what_the_documentation_says() {
    // 3#2 is the second Tuesday.
    assert_next(
        "cron(0 9 ? * 3#2 *)",
        "2026-11-01T00:00:00Z",
        &["2026-11-10T09:00:00Z"],
    );
    // 1/10 begins with the first minute: 11, 21, 31.
    assert_next(
        "cron(1/10 * * * ? *)",
        "2026-11-01T09:01:00Z",
        &[
            "2026-11-01T09:11:00Z",
            "2026-11-01T09:21:00Z",
            "2026-11-01T09:31:00Z",
        ],
    );
    // 3W is the working day next to the third: 3 October 2026 is a Saturday, 3 January 2027 a Sunday.
    assert_next(
        "cron(0 9 3W * ? *)",
        "2026-10-01T00:00:00Z",
        &["2026-10-02T09:00:00Z"],
    );
    assert_next(
        "cron(0 9 3W * ? *)",
        "2027-01-01T00:00:00Z",
        &["2027-01-04T09:00:00Z"],
    );
    assert_next(
        "cron(0 9 L * ? *)",
        "2028-02-01T00:00:00Z",
        &["2028-02-29T09:00:00Z"],
    );
    // L as a weekday is the last of the week.
    assert_next(
        "cron(0 9 ? * L *)",
        "2026-11-01T00:00:00Z",
        &["2026-11-07T09:00:00Z"],
    );
    assert_next(
        "cron(0 9 ? JAN,FEB,MAR 1 *)",
        "2026-11-01T00:00:00Z",
        &["2027-01-03T09:00:00Z"],
    );
}

#[test]
fn a_week_begins_with_sunday_which_is_1() {
    let days = [
        ("1", "SUN", Weekday::Sun),
        ("2", "MON", Weekday::Mon),
        ("3", "TUE", Weekday::Tue),
        ("4", "WED", Weekday::Wed),
        ("5", "THU", Weekday::Thu),
        ("6", "FRI", Weekday::Fri),
        ("7", "SAT", Weekday::Sat),
    ];
    for (number, name, weekday) in days {
        for text in [number, name] {
            for pattern in [
                text.to_owned(),
                format!("{text}L"),
                format!("{text}#3"),
                format!("{text}-{text}"),
            ] {
                let next =
                    schedule(&format!("cron(0 9 ? * {pattern} *)")).next_after(at("2026-11-01T12:00:00Z"));
                assert_eq!(next.unwrap().weekday(), weekday, "{pattern}");
            }
        }
    }
    for (pattern, expected) in [
        (
            "6-2",
            [
                Weekday::Fri,
                Weekday::Sat,
                Weekday::Sun,
                Weekday::Mon,
                Weekday::Fri,
            ],
        ),
        (
            "FRI-SUN",
            [
                Weekday::Fri,
                Weekday::Sat,
                Weekday::Sun,
                Weekday::Fri,
                Weekday::Sat,
            ],
        ),
        (
            "2,4,7",
            [
                Weekday::Wed,
                Weekday::Sat,
                Weekday::Mon,
                Weekday::Wed,
                Weekday::Sat,
            ],
        ),
        (
            "2/2",
            [
                Weekday::Wed,
                Weekday::Fri,
                Weekday::Mon,
                Weekday::Wed,
                Weekday::Fri,
            ],
        ),
    ] {
        let schedule = schedule(&format!("cron(0 9 ? * {pattern} *)"));
        // A Tuesday.
        let mut instant = at("2026-11-03T12:00:00Z");
        for weekday in expected {
            instant = schedule.next_after(instant).unwrap();
            assert_eq!(instant.weekday(), weekday, "{pattern}");
        }
    }
}

#[test]
fn an_occurrence_is_the_last_one_at_its_own_instant_and_not_a_second_before() {
    let daily = schedule("cron(0 2 * * ? *)");
    let occurrence = at("2026-11-02T02:00:00Z");
    assert_eq!(daily.last_before(occurrence), Some(occurrence));
    assert_eq!(
        daily.last_before(occurrence + TimeDelta::milliseconds(999)),
        Some(occurrence)
    );
    assert_eq!(
        daily.last_before(occurrence - TimeDelta::milliseconds(1)),
        Some(occurrence - TimeDelta::days(1))
    );
    assert_eq!(
        daily.next_after(occurrence),
        Some(occurrence + TimeDelta::days(1))
    );
    assert_eq!(
        daily.next_after(occurrence - TimeDelta::milliseconds(1)),
        Some(occurrence)
    );
    let ahead = schedule("cron(0 2 * * ? 2030)");
    assert_eq!(ahead.last_before(occurrence), None);
}

#[test]
fn what_is_no_schedule_of_eventbridge_is_refused() {
    for text in [
        "rate(5 minutes)",
        "0 2 * * *",
        "cron(0 2 * * *)",
        "cron(0 2 * * * *)",
        "cron(0 2 ? * ? *)",
        "cron(60 2 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 2 0 * ? *)",
        "cron(0 2 * 13 ? *)",
        "cron(0 2 ? * 0 *)",
        "cron(0 2 ? * 8 *)",
        "cron(0 2 ? * SUNDAY *)",
        "cron(0 2 ? * 6#6 *)",
        "cron(0 2 * * ? 1969)",
        "cron(0/0 2 * * ? *)",
        "cron(0 20-2/2 * * ? *)",
        "cron(1,,2 9 * * ? *)",
        "cron(? 2 * * ? *)",
    ] {
        assert!(text.parse::<Schedule>().is_err(), "{text}");
    }
}

proptest! {
    /// Whatever the instant: the last occurrence is not after it, the next is, none lies between, and each is one.
    #[test]
    fn the_last_and_the_next_occurrence_enclose_an_instant(
        seconds in 1_700_000_000_i64..2_000_000_000,
        which in 0_usize..5,
    ) {
        let texts = [
            "cron(0 2 * * ? *)", "cron(0/25 9-17 ? * MON-FRI *)", "cron(0 9 1 * ? *)", "cron(0 19 ? * SUN *)", "cron(* * * * ? *)",
        ];
        let schedule = schedule(texts[which]);
        let instant = DateTime::from_timestamp(seconds, 0).unwrap();
        let (last, next) = (schedule.last_before(instant).unwrap(), schedule.next_after(instant).unwrap());
        prop_assert!(last <= instant && instant < next);
        prop_assert_eq!(schedule.next_after(last), Some(next));
        prop_assert_eq!(schedule.last_before(next - TimeDelta::seconds(1)), Some(last));
        prop_assert_eq!((last.second(), next.second()), (0, 0));
    }
}
