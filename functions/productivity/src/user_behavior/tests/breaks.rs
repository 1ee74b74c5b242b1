//! Who takes breaks: told of the window and of each user by the same rule.

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

use super::*;

/// A session as the rule sees it.
#[derive(Debug, Clone, Copy)]
struct Timed {
    start: i64,
    end: Option<i64>,
    is_break: bool,
    is_completed: bool,
}

/// The rule by its words: of the completed focus sessions that ended in a time, those after which another one was begun within
/// two hours, and those of them with a break.
fn told(sessions: &[Timed], from: i64, before: i64) -> (i64, i64) {
    let (mut base, mut kept) = (0, 0);
    for (index, session) in sessions.iter().enumerate() {
        let Some(end) = session.end.filter(|end| (from..before).contains(end)) else {
            continue;
        };
        if session.is_break || !session.is_completed {
            continue;
        }
        let others = sessions.iter().enumerate().filter(|(other, _)| *other != index);
        let focus = others.map(|(_, other)| other).filter(|other| !other.is_break);
        let Some(next) = focus
            .map(|other| other.start)
            .filter(|start| (end..=end + 7200).contains(start))
            .min()
        else {
            continue;
        };
        let until = next.min(end + 600);
        let has_break = sessions
            .iter()
            .any(|other| other.is_break && (end..=until).contains(&other.start));
        base += 1;
        kept += i64::from(next - end >= 180 || has_break);
    }
    (base, kept)
}

#[tokio::test]
async fn breaks_are_told_by_the_same_rule_of_the_window_and_of_users() {
    let mut runner = TestRunner::deterministic();
    let mut drawn = |range: std::ops::Range<i64>| range.new_tree(&mut runner).unwrap().current();
    let (db, mut connection, tenant) = company(30).await;
    let end = instant("2026-11-22T12:00:00Z").timestamp();
    let (mut of_window, mut of_users) = ((0, 0), Vec::new());
    for n in 1..=30 {
        let mut sessions = Vec::new();
        // Enough for a profile, the last one in the window; close together, so that every bound is met.
        let mut at = end - drawn(600..20_000);
        for k in 0..drawn(6..14) {
            let length = drawn(300..3_000);
            let is_break = k > 0 && drawn(0..4) == 0;
            let session = Timed {
                start: at - length,
                end: Some(at),
                is_break,
                is_completed: drawn(0..4) > 0,
            };
            sessions.push(session);
            let gaps = [
                0, 1, 50, 179, 180, 181, 599, 600, 601, 7199, 7200, 7201, 20_000, -60,
            ];
            at = session.start - gaps[drawn(0..14) as usize];
        }
        if drawn(0..2) == 1 {
            // Whoever works on right now has gone on, too.
            let start = end - drawn(0..9_000);
            sessions.push(Timed {
                start,
                end: None,
                is_break: false,
                is_completed: false,
            });
        }
        for (k, session) in sessions.iter().enumerate() {
            let row = json!({
                "id": Uuid::from_u128(u128::from(n) << 64 | k as u128), "tenant_id": tenant,
                "user_id": subject_id(tenant, n), "type": if session.is_break { "break" } else { "focus" },
                "started_at": DateTime::from_timestamp(session.start, 0),
                "ended_at": session.end.and_then(|at| DateTime::from_timestamp(at, 0)),
                "status": match (session.end, session.is_completed) {
                    (None, _) => "running",
                    (_, true) => "completed",
                    (_, false) => "cancelled",
                },
            });
            insert(&mut connection, "productivity.timer_session", &row).await;
        }
        let (base, kept) = told(&sessions, end - 8 * 3600, end - 2 * 3600);
        of_window = (of_window.0 + base, of_window.1 + kept);
        of_users.push(told(&sessions, end - 28 * 86_400, end - 2 * 3600));
    }
    let report = run_at(&db, "2026-11-22T12:00:00Z").await;
    assert_eq!(report.counters["usersProfiled"], 30);
    let window = one(
        &mut connection,
        "select adherence_base, adherence_kept from productivity.behavior_insight",
    )
    .await;
    let (base, kept) = of_window;
    assert_eq!(window, json!({"adherence_base": base, "adherence_kept": kept}));
    assert!(kept > 0 && kept < base, "{kept} of {base}");
    let rate =
        |(base, kept): (i64, i64)| (base > 0).then(|| (kept as f64 / base as f64 * 1e4).round() as i64);
    let profiles = all(
        &mut connection,
        "select (break_adherence * 10000)::bigint as rate, sample from productivity.user_behavior_profile order by user_id",
    )
    .await;
    for (profile, told) in profiles.iter().zip(&of_users) {
        let expected = rate(*told).filter(|_| profile["sample"].as_i64().unwrap() >= 5);
        assert_eq!(profile["rate"], json!(expected), "{told:?}");
    }
}
