//! Examples of the specification that no golden case tells.

use serde_json::{Value, json};
use shared::testing::{all, golden::Case, invoked};

use super::{Reminder, testing};
use crate::{
    break_reminders::Breaks, daily_check::Check, goal_deadlines::Deadlines, golden, monthly_report::Monthly,
};

/// What a world looks like, by a query, after a job's runs in it at these times.
async fn after<R: Reminder>(given: Value, at: &[&str], query: &str) -> Vec<Value> {
    let as_of = at[0].parse().unwrap();
    let db = golden::company(&Case {
        name: String::new(),
        as_of,
        given,
        expect: Value::Null,
    })
    .await;
    for at in at {
        db.run(&testing::job::<R>("utc"), &invoked(at.parse().unwrap()))
            .await;
    }
    all(&mut db.connect().await, query).await
}

const MARKS: &str = "select bucket, local_date from productivity.goal_reminder_mark order by local_date";

#[tokio::test]
async fn a_goal_set_yesterday_evening_for_today_is_announced_as_due_today() {
    let given = json!({"goals": [{"created_at": "2024-06-28T20:00:00Z", "due_on": "2024-06-29"}]});
    let marks = after::<Deadlines>(given, &["2024-06-29T09:00:00Z"], MARKS).await;
    assert_eq!(marks, [json!({"bucket": "today", "local_date": "2024-06-29"})]);
}

#[tokio::test]
async fn a_goal_of_next_week_is_announced_once_and_again_the_day_before() {
    let days: Vec<String> = (29..=30)
        .map(|day| format!("2024-06-{day}T09:00:00Z"))
        .chain((1..=6).map(|day| format!("2024-07-0{day}T09:00:00Z")))
        .collect();
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    let marks = after::<Deadlines>(json!({"goals": [{"due_on": "2024-07-06"}]}), &days, MARKS).await;
    assert_eq!(
        marks,
        [
            json!({"bucket": "week", "local_date": "2024-06-29"}),
            json!({"bucket": "tomorrow", "local_date": "2024-07-05"})
        ]
    );
}

#[tokio::test]
async fn a_session_that_began_half_an_hour_before_the_evenings_slot_is_work() {
    let given = json!({
        "user": {"last_active_at": "2024-06-26T17:30:00Z"},
        "sessions": [{"started_at": "2024-06-26T17:30:00Z", "status": "running"}],
    });
    let told = "select dedupe_key from platform.notification union select dedupe_key from platform.message";
    let told = after::<Check>(given, &["2024-06-26T18:00:00Z"], told).await;
    assert!(told.is_empty(), "{told:?}");
}

/// By the rule that the job is called by.
#[tokio::test]
async fn breaks_are_announced_at_the_ticks_after_they_are_due() {
    let ticks = [
        "09:25", "09:50", "10:00", "10:25", "10:50", "11:00", "11:25", "11:50", "12:00",
    ]
    .map(|time| format!("2024-06-26T{time}:00Z"));
    let ticks = ticks.each_ref().map(String::as_str);
    let told = "select body, expires_at at time zone 'UTC' - interval '10 minutes' as at
        from platform.notification where channel = 'push' order by expires_at";
    for (start, expected) in [
        ("09:10", [("10:00", 50), ("10:25", 75), ("10:50", 100)]),
        ("09:01", [("10:00", 59), ("10:25", 84), ("10:50", 109)]),
    ] {
        let given =
            json!({"sessions": [{"started_at": format!("2024-06-26T{start}:00Z"), "status": "running"}]});
        let told = after::<Breaks>(given, &ticks, told).await;
        let expected = expected.map(|(at, minutes)| {
            let body =
                format!("You have focused for {minutes} minutes. Take 5–10 minutes away from the screen.");
            json!({"at": format!("2024-06-26T{at}:00"), "body": body})
        });
        assert_eq!(told, expected, "begun at {start}");
    }
}

#[tokio::test]
async fn goals_created_and_completed_are_two_counts() {
    let new = json!({"created_at": "2024-06-10T08:00:00Z"});
    let old = json!({"status": "completed", "progress": 100, "completed_at": "2024-06-20T08:00:00Z"});
    let goals: Vec<&Value> = std::iter::repeat_n(&new, 12)
        .chain(std::iter::repeat_n(&old, 15))
        .collect();
    let given = json!({"activityDays": {"u1": ["2024-06-10"]}, "goals": goals});
    let report = "select goals_created, goals_completed, on_time_rate from productivity.user_monthly_report";
    let report = after::<Monthly>(given, &["2024-07-01T09:00:00Z"], report).await;
    assert_eq!(
        report,
        [json!({"goals_created": 12, "goals_completed": 15, "on_time_rate": null})]
    );
}
