mod goals;

use proptest::prelude::*;

use super::*;
use crate::words::Daypart;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A completed session.
fn session(ended_at: DateTime<Utc>, seconds: i32) -> Session {
    Session {
        started_at: ended_at - chrono::TimeDelta::minutes(1),
        ended_at,
        kind: "focus".to_owned(),
        goal_id: None,
        seconds,
        is_counted: true,
        is_completed: true,
    }
}

fn history(sessions: Vec<Session>, goals: Vec<Goal>) -> History {
    History {
        is_active: true,
        sessions,
        goals,
    }
}

fn june() -> Month {
    Month::before(date("2024-07-01"))
}

fn reported(history: &History) -> Result<Option<Report>, Reason> {
    Report::of(history, june(), at("2024-01-01T00:00:00Z"), Tz::UTC)
}

fn report(sessions: &[(&str, i32)]) -> Report {
    let sessions = sessions
        .iter()
        .map(|(ended_at, seconds)| session(at(ended_at), *seconds));
    reported(&history(sessions.collect(), Vec::new()))
        .unwrap()
        .unwrap()
}

#[test]
fn whoever_joined_in_the_last_week_or_was_not_active_is_told_nothing() {
    let told = |created_at, is_active, zone| {
        let history = History {
            is_active,
            ..history(Vec::new(), Vec::new())
        };
        let report = Report::of(&history, june(), at(created_at), zone).unwrap();
        report.map(|report| report.details.since)
    };
    let on = |day| Some(Some(date(day)));
    assert_eq!(told("2024-05-31T23:59:59Z", true, Tz::UTC), Some(None));
    assert_eq!(told("2024-06-01T00:00:00Z", true, Tz::UTC), on("2024-06-01"));
    assert_eq!(told("2024-06-23T23:59:59Z", true, Tz::UTC), on("2024-06-23"));
    assert_eq!(told("2024-06-24T00:00:00Z", true, Tz::UTC), None);
    assert_eq!(
        told("2024-06-24T00:00:00Z", true, Tz::America__New_York),
        on("2024-06-23")
    );
    assert_eq!(
        told("2024-05-31T12:00:00Z", true, Tz::Pacific__Auckland),
        on("2024-06-01")
    );
    assert_eq!(told("2024-07-01T00:00:00Z", true, Tz::UTC), None);
    assert_eq!(told("2024-01-01T00:00:00Z", false, Tz::UTC), None);
}

#[test]
fn a_month_of_nothing_has_no_averages() {
    let report = report(&[]);
    assert_eq!(
        (
            report.focus_seconds,
            report.per_calendar_day_seconds,
            report.best_streak
        ),
        (0, Some(0), 0)
    );
    assert_eq!(
        [
            report.avg_session_seconds,
            report.median_session_seconds,
            report.longest_session_seconds,
            report.per_active_day_seconds
        ],
        [None; 4]
    );
    assert_eq!((report.best_weekday, report.best_daypart), (None, None));
    assert_eq!((report.on_time_rate, report.focus_change_pct), (None, None));
}

#[test]
fn lengths_have_a_mean_rounded_half_up_and_the_lower_of_two_medians() {
    let days = [
        "2024-06-03T09:00:00Z",
        "2024-06-03T12:00:00Z",
        "2024-06-05T18:00:00Z",
    ];
    let two = report(&[(days[0], 100), (days[1], 101)]);
    assert_eq!(two.avg_session_seconds, Some(101));
    assert_eq!(two.median_session_seconds, Some(100));
    assert_eq!(two.per_active_day_seconds, Some(201));
    let three = report(&[(days[0], 300), (days[1], 100), (days[2], 200)]);
    assert_eq!(three.median_session_seconds, Some(200));
    assert_eq!(three.longest_session_seconds, Some(300));
    assert_eq!((three.active_days, three.per_calendar_day_seconds), (2, Some(20)));
}

#[test]
fn the_best_weekday_and_part_of_the_day_are_the_first_of_those_with_the_most_focus() {
    let best = |sessions: &[(&str, i32)]| {
        let report = report(sessions);
        (report.best_weekday, report.best_daypart)
    };
    let (monday, sunday) = ("2024-06-03T23:00:00Z", "2024-06-02T17:00:00Z");
    // The latter began at 16:59.
    assert_eq!(
        best(&[(sunday, 60), (monday, 60)]),
        (Some(Weekday::Mon), Some(Daypart::Afternoon))
    );
    assert_eq!(
        best(&[(sunday, 60), (monday, 61)]),
        (Some(Weekday::Mon), Some(Daypart::Night))
    );
    assert_eq!(
        best(&[(sunday, 60), (monday, 59)]),
        (Some(Weekday::Sun), Some(Daypart::Afternoon))
    );
    assert_eq!(best(&[(sunday, 0)]), (None, None));
}

#[test]
fn a_change_is_told_as_far_as_the_table_can_hold_it() {
    let change = |focus: &[i32], previous: i32| {
        let june = focus.iter().map(|seconds| ("2024-06-03T09:00:00Z", *seconds));
        let sessions: Vec<(&str, i32)> = june.chain([("2024-05-03T09:00:00Z", previous)]).collect();
        report(&sessions)
            .focus_change_pct
            .map(|change| change.to_string())
    };
    assert_eq!(change(&[100], 0), None);
    assert_eq!(change(&[0], 60), Some("-100".to_owned()));
    assert_eq!(
        change(&[2001], 2000),
        Some("0.1".to_owned()),
        "0.05 away from zero"
    );
    assert_eq!(change(&[1999], 2000), Some("-0.1".to_owned()));
    assert_eq!(change(&[28_800; 34], 1), Some("97919900".to_owned()));
    assert_eq!(change(&[28_800; 35], 1), None);
}

#[test]
fn more_focus_than_a_report_can_hold_is_an_error() {
    let longest = session(at("2024-06-24T08:00:00Z"), 28_800);
    let most = i32::MAX as usize / 28_800;
    assert!(reported(&history(vec![longest.clone(); most], Vec::new())).is_ok());
    let error = reported(&history(vec![longest; most + 1], Vec::new())).unwrap_err();
    assert_eq!(error.0, "a month of so much focus is more than a report can hold");
}

proptest! {
    /// In any zone: a session is in the month of its end.
    #[test]
    fn every_session_is_in_one_report(
        hours in proptest::collection::vec(0..24 * 120_i64, 0..40), start in 946_684_800_i64..4_102_444_800,
        index in 0..chrono_tz::TZ_VARIANTS.len()
    ) {
        let zone = chrono_tz::TZ_VARIANTS[index];
        let first = DateTime::from_timestamp(start, 0).unwrap();
        let sessions: Vec<Session> = hours.iter().map(|hour| session(first + chrono::TimeDelta::hours(*hour), 60)).collect();
        let total: i32 = sessions.iter().map(|session| session.seconds).sum();
        let history = history(sessions, Vec::new());
        let mut month = Month::before(calendar::local_date(first, zone));
        let mut told = 0;
        for _ in 0..7 {
            let report = Report::of(&history, month, at("1990-01-01T00:00:00Z"), zone).unwrap().unwrap();
            // The clock may be set back over the midnight before a month, which then has a minute of one date more.
            prop_assert!(i64::from(report.active_days) <= month.days() + 1);
            prop_assert!(i64::from(report.best_streak) <= month.days());
            prop_assert!(report.best_streak <= report.active_days);
            prop_assert_eq!(report.details.by_type.values().sum::<i64>(), i64::from(report.focus_seconds));
            told += report.focus_seconds;
            month = month.next();
        }
        prop_assert_eq!(told, total);
    }

    #[test]
    fn a_streak_is_the_longest_run_of_dates(done in any::<u32>()) {
        let dates = (0..30).filter(|day| done & 1 << day != 0).map(|day| after(date("2024-06-01"), day));
        let bits: String = (0..30).map(|day| if done & 1 << day != 0 { '1' } else { '0' }).collect();
        let longest = bits.split('0').map(str::len).max().unwrap_or_default();
        prop_assert_eq!(work::longest_run(dates), longest);
    }
}
