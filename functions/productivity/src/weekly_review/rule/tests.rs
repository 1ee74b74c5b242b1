use chrono::{Datelike, Weekday};
use proptest::prelude::*;

use super::*;
use crate::weekly_review::REACH;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A completed session.
fn session(ended_at: DateTime<Utc>, seconds: i32) -> Session {
    Session {
        ended_at,
        seconds,
        is_counted: true,
        is_completed: true,
    }
}

fn reached(completed_at: DateTime<Utc>) -> Reached {
    Reached {
        id: Uuid::nil(),
        title: "Thesis".to_owned(),
        completed_at,
    }
}

fn history(sessions: Vec<Session>) -> History {
    History {
        sessions,
        reached: Vec::new(),
        open: Vec::new(),
        days: Days {
            recent: Vec::new(),
            recent_from: date("2024-06-27"),
            earlier: 0,
        },
    }
}

const AS_OF: &str = "2024-06-30T19:00:00Z";
const CREATED_AT: &str = "2024-01-01T00:00:00Z";

fn review(history: &History) -> Option<Review> {
    reviewed(history).unwrap()
}

fn reviewed(history: &History) -> Result<Option<Review>, Reason> {
    let weeks = Weeks::at(at(AS_OF), Tz::UTC).unwrap();
    Review::of(history, weeks, at(CREATED_AT), at(AS_OF), Tz::UTC)
}

#[test]
fn a_week_is_a_week_of_the_calendar() {
    for (zone, as_of, start, hours) in [
        (Tz::UTC, "2024-06-30T21:59:59Z", "2024-06-23T19:00:00Z", 168),
        (
            Tz::America__New_York,
            "2024-03-10T23:00:00Z",
            "2024-03-04T00:00:00Z",
            167,
        ),
        (
            Tz::America__New_York,
            "2024-11-04T00:00:00Z",
            "2024-10-27T23:00:00Z",
            169,
        ),
        (
            Tz::Asia__Kathmandu,
            "2024-06-30T13:15:00Z",
            "2024-06-23T13:15:00Z",
            168,
        ),
        // Samoa had no 30 December 2011.
        (
            Tz::Pacific__Apia,
            "2012-01-01T05:00:00Z",
            "2011-12-26T05:00:00Z",
            144,
        ),
    ] {
        let weeks = Weeks::at(at(as_of), zone).unwrap();
        assert_eq!(weeks.start, at(start), "{zone}");
        assert_eq!((weeks.end - weeks.start).num_hours(), hours, "{zone}");
    }
    for (zone, as_of) in [
        (Tz::UTC, "2024-06-30T18:59:59Z"),
        (Tz::UTC, "2024-06-30T22:00:00Z"),
        (Tz::UTC, "2024-07-01T19:00:00Z"),
        (Tz::Asia__Tokyo, "2024-06-30T19:00:00Z"),
    ] {
        assert_eq!(Weeks::at(at(as_of), zone), None, "{zone} {as_of}");
    }
}

#[test]
fn there_is_a_review_of_whoever_completed_anything_in_two_weeks() {
    let in_week = at("2024-06-24T08:00:00Z");
    let before = at("2024-06-17T08:00:00Z");
    let long_ago = at("2024-06-16T18:59:59Z");
    for (told, ended_at) in [(true, in_week), (true, before), (false, long_ago)] {
        let goal = History {
            reached: vec![reached(ended_at)],
            ..history(Vec::new())
        };
        assert_eq!(review(&goal).is_some(), told, "a goal at {ended_at}");
        let completed = session(ended_at, 60);
        assert_eq!(review(&history(vec![completed])).is_some(), told, "{ended_at}");
        let cancelled = Session {
            is_completed: false,
            ..session(ended_at, 3600)
        };
        assert_eq!(review(&history(vec![cancelled])), None, "cancelled at {ended_at}");
    }
}

#[test]
fn a_session_that_does_not_count_is_only_in_the_rate() {
    let short = Session {
        is_counted: false,
        is_completed: false,
        ..session(at("2024-06-25T08:00:00Z"), 299)
    };
    let review = review(&history(vec![session(at("2024-06-24T08:00:00Z"), 60), short])).unwrap();
    let expected = Review {
        focus_seconds: 60,
        previous_focus_seconds: 0,
        sessions_completed: 1,
        sessions_ended: 2,
        goals_completed: 0,
        active_days: 1,
        streak: 0,
        completion_rate: Some(Decimal::new(5, 1)),
        best_day: Some(date("2024-06-24")),
        has_comparison: true,
    };
    assert_eq!(review, expected);
}

#[test]
fn the_best_day_is_the_first_of_those_with_the_most_focus() {
    let sessions = [
        ("2024-06-28T08:00:00Z", 600),
        ("2024-06-26T08:00:00Z", 500),
        ("2024-06-26T09:00:00Z", 100),
        ("2024-06-25T08:00:00Z", 599),
    ];
    let sessions = sessions.map(|(ended_at, seconds)| session(at(ended_at), seconds));
    let review = review(&history(sessions.to_vec())).unwrap();
    assert_eq!(review.best_day, Some(date("2024-06-26")));
}

#[test]
fn more_focus_than_a_review_can_hold_is_an_error() {
    let longest = session(at("2024-06-24T08:00:00Z"), 28_800);
    let most = i32::MAX as usize / 28_800;
    assert!(review(&history(vec![longest; most])).is_some());
    let error = reviewed(&history(vec![longest; most + 1])).unwrap_err();
    assert_eq!(error.0, "a week of so much focus is more than a review can hold");
}

fn sunday() -> impl Strategy<Value = NaiveDateTime> {
    let sundays = (date("1990-01-07") - NaiveDate::default()).num_days() / 7;
    (sundays..sundays + 3000).prop_map(|week| {
        let thursday = NaiveDate::default() + TimeDelta::weeks(week);
        let sunday = after(thursday, 3);
        assert_eq!(sunday.weekday(), Weekday::Sun);
        sunday.and_hms_opt(19, 0, 0).unwrap()
    })
}

proptest! {
    #[test]
    fn nothing_falls_between_two_reviews(slot in sunday(), index in 0..chrono_tz::TZ_VARIANTS.len()) {
        let zone = chrono_tz::TZ_VARIANTS[index];
        let this = Weeks::up_to(slot, zone);
        let last = Weeks::up_to(slot - TimeDelta::weeks(1), zone);
        prop_assert_eq!((this.before, this.start), (last.start, last.end), "{} {}", zone, slot);
        prop_assert!(this.before < this.start && this.start < this.end, "{} {}", zone, slot);
    }

    #[test]
    fn a_week_has_ended_when_it_is_told_and_is_read_whole(
        slot in sunday(), seconds in 0..10_800_i64, index in 0..chrono_tz::TZ_VARIANTS.len()
    ) {
        let zone = chrono_tz::TZ_VARIANTS[index];
        let as_of = calendar::first_instant(slot + TimeDelta::seconds(seconds), zone);
        let Some(weeks) = Weeks::at(as_of, zone) else {
            return Ok(());
        };
        prop_assert!(weeks.end <= as_of && as_of < weeks.end + TimeDelta::hours(4), "{} {}", zone, as_of);
        prop_assert!(weeks.before > as_of - REACH, "{} {}", zone, as_of);
    }

    #[test]
    fn every_session_is_in_one_review_by_its_end(
        minutes in proptest::collection::vec(0..7 * 24 * 60 * 5_i64, 0..40), slot in sunday(),
        index in 0..chrono_tz::TZ_VARIANTS.len()
    ) {
        let zone = chrono_tz::TZ_VARIANTS[index];
        let last = Weeks::up_to(slot, zone);
        let first_at = Weeks::up_to(slot - TimeDelta::weeks(4), zone).start;
        let sessions = minutes.iter().map(|minute| session(first_at + TimeDelta::minutes(*minute), 60));
        let sessions: Vec<Session> = sessions.filter(|session| session.ended_at < last.end).collect();
        let total: i32 = sessions.iter().map(|session| session.seconds).sum();
        let history = history(sessions);
        let (mut told, mut expected) = (0, None);
        for week in (0..5).rev() {
            let weeks = Weeks::up_to(slot - TimeDelta::weeks(week), zone);
            let review = Review::of(&history, weeks, at(CREATED_AT), weeks.end, zone).unwrap();
            let (focus, previous) = review
                .as_ref()
                .map_or((0, 0), |review| (review.focus_seconds, review.previous_focus_seconds));
            prop_assert_eq!(previous, expected.unwrap_or_default(), "the week before, as it was told");
            prop_assert!(review.is_none_or(|review| review.active_days <= 8));
            (told, expected) = (told + focus, Some(focus));
        }
        prop_assert_eq!(told, total);
    }

    /// Whatever is told by the day and whatever only by live sessions of the last three dates.
    #[test]
    fn a_streak_is_as_long_as_dates_are_in_a_row(
        done in any::<u16>(), counted in any::<u16>(), hour in 0..24_i64, index in 0..chrono_tz::TZ_VARIANTS.len()
    ) {
        let zone = chrono_tz::TZ_VARIANTS[index];
        let as_of = at("2024-06-30T00:00:00Z") + TimeDelta::hours(hour);
        let today = calendar::local_date(as_of, zone);
        let is_done = |days: i64| days < 16 && done & 1 << days != 0;
        // Dates before the last three are known by the day only.
        let is_counted = |days: i64| is_done(days) && (days >= LIVE_DAYS || counted & 1 << days != 0);
        let recent_from = date("2024-06-27");
        let ago = |date: NaiveDate| (today - date).num_days();
        let noon = |days: i64| calendar::first_instant(after(today, -days).and_hms_opt(12, 0, 0).unwrap(), zone);
        let history = History {
            days: Days {
                recent: (0..16).filter(|days| is_counted(*days)).map(|days| after(today, -days))
                    .filter(|date| *date >= recent_from).collect(),
                recent_from,
                earlier: (1_i64..).take_while(|days| is_counted(ago(after(recent_from, -*days)))).count() as i64,
            },
            // Those of earlier dates have been counted, or are not counted again.
            ..history((0..16).filter(|days| is_done(*days) || *days >= LIVE_DAYS).map(|days| session(noon(days), 60)).collect())
        };
        let in_a_row = (0..).skip(usize::from(!is_done(0))).take_while(|days| is_done(*days)).count();
        prop_assert_eq!(streak(&history, today, zone), in_a_row, "{} {:b}", zone, done);
    }
}
