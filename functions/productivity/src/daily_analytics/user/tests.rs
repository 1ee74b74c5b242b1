//! What becomes of a user's dates.

use shared::testing::{TestDb, tenant};

use super::*;

fn date(day: &str, sessions: i64, focus_seconds: i64, stored: Option<i32>) -> Date {
    Date {
        day: day.parse().unwrap(),
        sessions,
        work: Work {
            completed: sessions,
            cancelled: 0,
            expired: 0,
            counted: sessions,
            focus_seconds,
            breaks: 0,
            break_seconds: 0,
            by_type: json!({"focus": focus_seconds}),
        },
        stored: stored.map(|focus_seconds| Stored {
            counted: 1,
            focus_seconds,
        }),
        is_same: stored.map(i64::from) == Some(focus_seconds),
    }
}

async fn company() -> Company {
    let db = TestDb::new().await;
    Company::read(&mut db.connect().await, &tenant("acme", "UTC"))
        .await
        .unwrap()
}

#[tokio::test]
async fn only_the_dates_that_differ_are_written_and_shown() {
    let user = User {
        id: Uuid::nil(),
        time_zone: String::new(),
        dates: vec![
            date("2026-11-18", 0, 0, Some(60)),
            date("2026-11-19", 1, 1500, Some(1500)),
            date("2026-11-20", 2, 3000, Some(1500)),
            date("2026-11-21", 1, 900, None),
        ],
    };
    let decision = user.decide(&company().await).unwrap();
    let counted = Counters {
        users_rolled_up: 1,
        rows_unchanged: 1,
        ..Counters::default()
    };
    assert_eq!(decision.counted, counted);
    let Diff { before, after } = user.diff(&decision.change.unwrap());
    let shown = |counted: i32, seconds: i32| json!({"sessionsCounted": counted, "focusSeconds": seconds});
    assert_eq!(
        before,
        json!({"2026-11-20": shown(1, 1500), "2026-11-21": null, "2026-11-18": shown(1, 60)})
    );
    assert_eq!(
        after,
        json!({"2026-11-20": shown(2, 3000), "2026-11-21": shown(1, 900), "2026-11-18": null})
    );
}

#[tokio::test]
async fn a_date_of_more_work_than_a_row_holds_is_its_users_error() {
    let user = |seconds: i64| User {
        id: Uuid::nil(),
        time_zone: String::new(),
        dates: vec![date("2026-11-20", 75_000, seconds, None)],
    };
    let company = company().await;
    let Err(reason) = user(75_000 * 28_800).decide(&company) else {
        panic!("it does not fit");
    };
    assert_eq!(
        reason,
        Reason::from("a date of so much work is more than a row can hold")
    );
    assert!(user(i32::MAX.into()).decide(&company).is_ok());
}
