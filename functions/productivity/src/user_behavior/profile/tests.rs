//! The rule by examples, and what holds of whatever somebody did.

use chrono::TimeDelta;
use proptest::{collection, prelude::*};

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn session(kind: &str, started_at: &str, seconds: i32) -> Session {
    Session {
        started_at: at(started_at),
        kind: kind.into(),
        seconds,
        is_counted: true,
        is_completed: true,
    }
}

fn hours(zone: Tz, starts: [&str; 5]) -> Option<i16> {
    let sessions = starts.map(|start| session("focus", start, 1500));
    Profile::of(zone, &sessions, Breaks::default()).usual_hour
}

#[test]
fn the_usual_hour_is_one_at_which_somebody_began_and_not_a_mean() {
    let late = [
        "2026-11-01T23:10:00Z",
        "2026-11-02T23:50:00Z",
        "2026-11-03T23:00:00Z",
    ];
    let early = ["2026-11-05T01:10:00Z", "2026-11-06T01:50:00Z"];
    let five = [late[0], late[1], late[2], early[0], early[1]];
    assert_eq!(hours(Tz::UTC, five), Some(23));
    assert_eq!(
        hours(
            Tz::UTC,
            [late[0], late[1], early[0], early[1], "2026-11-09T12:00:00Z"]
        ),
        Some(1),
        "a tie"
    );
    assert_eq!(
        hours(Tz::Asia__Kathmandu, five),
        Some(4),
        "at 4:55, 5:35, 4:45, 6:55 and 7:35"
    );
    // The clock is set back at 6:00 UTC: half past one comes twice.
    let twice = ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"];
    assert_eq!(
        hours(
            Tz::America__New_York,
            [twice[0], twice[1], late[0], late[0], early[0]]
        ),
        Some(1)
    );
}

#[test]
fn a_cancelled_start_is_no_sample_but_no_completion_either() {
    let mut sessions = vec![session("focus", "2026-11-01T09:00:00Z", 1500); 5];
    let false_start = Session {
        is_counted: false,
        is_completed: false,
        seconds: 10,
        kind: "custom".into(),
        ..sessions[0].clone()
    };
    sessions.extend(vec![false_start; 6]);
    let profile = Profile::of(Tz::UTC, &sessions, Breaks { base: 3, kept: 2 });
    let expected = Profile {
        sample: 5,
        preferred_type: Some("focus".into()),
        best_daypart: Some("morning".into()),
        usual_hour: Some(9),
        median_seconds: Some(1500),
        completion_rate: "0.4545".parse().ok(),
        break_adherence: "0.6667".parse().ok(),
    };
    assert_eq!(profile, expected);
}

#[test]
fn what_took_no_time_is_of_no_part_of_the_day_and_nothing_is_divided_by_nothing() {
    let sessions = vec![session("focus", "2026-11-01T09:00:00Z", 0); 5];
    let profile = Profile::of(Tz::UTC, &sessions, Breaks::default());
    assert_eq!((profile.best_daypart, profile.break_adherence), (None, None));
    assert_eq!(profile.median_seconds, Some(0));
    assert_eq!(Profile::of(Tz::UTC, &[], Breaks::default()), Profile::default());
}

#[test]
fn the_best_part_of_the_day_is_the_one_with_the_most_work_and_of_those_the_first() {
    let best = |evening: i32| {
        let mut sessions = vec![session("focus", "2026-11-01T12:00:00Z", 100); 4];
        sessions.push(session("focus", "2026-11-01T21:59:59Z", evening));
        Profile::of(Tz::UTC, &sessions, Breaks::default()).best_daypart
    };
    assert_eq!(best(400).as_deref(), Some("afternoon"));
    assert_eq!(best(401).as_deref(), Some("evening"));
}

fn sessions() -> impl Strategy<Value = Vec<Session>> {
    let one = (0..3_usize, 0..2_419_200_i64, 0..28_801_i32, any::<bool>());
    let session = one.prop_map(|(kind, second, seconds, is_completed)| Session {
        started_at: at("2026-10-20T00:00:00Z") + TimeDelta::seconds(second),
        kind: ["pomodoro", "focus", "custom"][kind].into(),
        seconds,
        is_counted: is_completed || seconds >= 300,
        is_completed,
    });
    collection::vec(session, 0..60)
}

proptest! {
    #[test]
    fn a_profile_agrees_with_what_it_is_of(sessions in sessions(), zone in 0..chrono_tz::TZ_VARIANTS.len()) {
        let zone = chrono_tz::TZ_VARIANTS[zone];
        let profile = Profile::of(zone, &sessions, Breaks { base: 7, kept: 3 });
        let counted: Vec<&Session> = sessions.iter().filter(|session| session.is_counted).collect();
        prop_assert_eq!(profile.sample as usize, counted.len());
        if counted.len() < 5 {
            let nothing = Profile { sample: profile.sample, ..Profile::default() };
            prop_assert_eq!(profile, nothing);
            return Ok(());
        }
        let median = profile.median_seconds.unwrap();
        let up_to = counted.iter().filter(|session| session.seconds <= median).count();
        let below = counted.iter().filter(|session| session.seconds < median).count();
        prop_assert!(2 * up_to >= counted.len() && 2 * below < counted.len());
        let hour = |session: &Session| session.started_at.with_timezone(&zone).hour();
        let times = |of: u32| sessions.iter().filter(|session| hour(session) == of).count();
        let usual = profile.usual_hour.unwrap() as u32;
        prop_assert!((0..24).all(|other| times(other) < times(usual) || times(other) == times(usual) && other >= usual));
        let rate = profile.completion_rate.unwrap();
        prop_assert!(rate >= Decimal::ZERO && rate <= Decimal::ONE && rate.scale() <= 4);
        let kind = profile.preferred_type.unwrap();
        let of = |kind: &str| counted.iter().filter(|session| session.kind == kind).count();
        prop_assert!(["pomodoro", "focus", "custom"].iter().all(|other| of(other) <= of(&kind)));
    }

    #[test]
    fn the_order_in_which_sessions_are_told_does_not_matter(mut sessions in sessions()) {
        let profile = Profile::of(Tz::Europe__Berlin, &sessions, Breaks::default());
        sessions.reverse();
        prop_assert_eq!(Profile::of(Tz::Europe__Berlin, &sessions, Breaks::default()), profile);
    }
}
