use proptest::prelude::*;

use super::*;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn nine() -> DateTime<Utc> {
    utc("2024-06-26T09:00:00Z")
}

fn running(started_at: DateTime<Utc>) -> Running {
    Running {
        id: Uuid::from_u128(1 << 64),
        is_pomodoro: false,
        started_at,
        planned_seconds: 28_800,
        paused_seconds: 0,
        pause_count: 0,
        last_pause_seconds: None,
        resumed_at: None,
    }
}

const WISH: Wish = Wish {
    after: 50,
    repeat: 25,
};

#[test]
fn a_break_is_called_for_three_times_in_a_stretch_and_then_no_more() {
    let session = running(nine());
    let said = |seconds: i64| match session.verdict(nine() + TimeDelta::seconds(seconds), &[], WISH) {
        Verdict::Break(of) => of.n,
        Verdict::Nothing => 0,
        Verdict::Forgotten { .. } => -1,
    };
    for (seconds, n) in [
        (2999, 0),
        (3000, 1),
        (4499, 1),
        (4500, 2),
        (6000, 3),
        (7499, 3),
        (7500, 0),
        (28_799, 0),
        (28_800, -1),
    ] {
        assert_eq!(said(seconds), n, "{seconds}");
    }
}

#[test]
fn hours_over_midnight_belong_to_the_day_on_which_they_begin() {
    let at = |text: &str| text.parse::<NaiveDateTime>().unwrap();
    let hours = |days: &[i16], start: &str, end: &str| WorkHours {
        days: days.to_vec(),
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
    };
    // 2024-06-28 is a Friday.
    let friday_night = hours(&[5], "22:00:00", "06:00:00");
    for (wall, expected) in [
        ("2024-06-28T05:00:00", false),
        ("2024-06-28T21:59:59", false),
        ("2024-06-28T22:00:00", true),
        ("2024-06-29T05:59:59", true),
        ("2024-06-29T06:00:00", false),
        ("2024-06-29T22:00:00", false),
    ] {
        assert_eq!(friday_night.contain(at(wall)), expected, "{wall}");
    }
    let all_friday = hours(&[5], "09:00:00", "09:00:00");
    assert!(all_friday.contain(at("2024-06-28T00:00:00")));
    assert!(!all_friday.contain(at("2024-06-29T00:00:00")));
}

/// Sessions of at most 90 minutes with gaps of at most 20, the latest first, and one that runs.
fn day() -> impl Strategy<Value = (Running, Vec<Ended>, DateTime<Utc>)> {
    let sessions = prop::collection::vec((60..5400_i64, 0..1200_i64, any::<bool>()), 0..8);
    (sessions, 0..20_000_i64, any::<bool>()).prop_map(|(sessions, runs, is_pomodoro)| {
        let mut at = nine();
        let mut ended = Vec::new();
        for (index, (seconds, gap, is_completed)) in sessions.into_iter().enumerate() {
            let started_at = at;
            at += TimeDelta::seconds(seconds);
            ended.insert(
                0,
                Ended {
                    id: Uuid::from_u128(index as u128),
                    started_at,
                    ended_at: at,
                    seconds,
                    is_completed,
                },
            );
            at += TimeDelta::seconds(gap);
        }
        let session = Running {
            is_pomodoro,
            planned_seconds: 1500,
            ..running(at)
        };
        (session, ended, at + TimeDelta::seconds(runs))
    })
}

proptest! {
    /// The same words by another way: seconds at work since the last gap of five minutes, told from the day's gaps.
    #[test]
    fn a_stretch_is_all_work_since_the_last_gap_of_five_minutes((session, ended, as_of) in day()) {
        let mut next = session.started_at;
        let (mut work, mut first) = (session.elapsed(as_of), session.id);
        for one in &ended {
            if (next - one.ended_at).num_seconds() >= 300 {
                break;
            }
            (next, first) = (one.started_at, one.id);
            work += one.seconds;
        }
        let verdict = session.verdict(as_of, &ended, WISH);
        let pomodoro = session.is_pomodoro && session.elapsed(as_of) >= 1800;
        match verdict {
            Verdict::Break(of) => {
                prop_assert_eq!((of.continuous, of.block), (work, format!("{first}:0")));
                prop_assert!(work >= 3000 || (pomodoro && of.n == 1));
                prop_assert!((1..=3).contains(&of.n));
            }
            Verdict::Nothing => prop_assert!((work < 3000 && !pomodoro) || work >= 7500),
            Verdict::Forgotten { elapsed } => prop_assert!(elapsed >= 28_800),
        }
    }

    /// However often it is asked, each number is said once a stretch: numbers only rise while a session runs.
    #[test]
    fn numbers_only_rise_while_a_session_runs((session, ended, _) in day()) {
        let mut last = 0;
        for minute in 0..480 {
            let as_of = session.started_at + TimeDelta::minutes(minute);
            if let Verdict::Break(of) = session.verdict(as_of, &ended, WISH) {
                prop_assert!(of.n >= last);
                last = of.n;
            }
        }
    }
}
