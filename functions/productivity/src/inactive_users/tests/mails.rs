//! What the mails say, and which of them somebody gets.

use super::*;
use crate::golden::assert_mail_says;

/// The mail to somebody, told of as away for so many days when it is sent, whom `given` says more about.
async fn mail(days: i64, given: &str) -> Value {
    let (db, mut connection, _) = company(1).await;
    let seen = Absent::as_of() - TimeDelta::days(days);
    execute(
        &mut connection,
        &format!("update productivity.app_user set last_active_at = '{seen}'; {given}"),
    )
    .await;
    db.run(&Absent::job(), &invoked(Absent::as_of())).await;
    one(&mut connection, "select * from platform.message").await
}

/// Sessions and goals of everybody.
fn session(kind: &str, status: &str, started_at: &str, ended_at: &str) -> String {
    format!(
        "insert into productivity.timer_session (tenant_id, user_id, type, status, started_at, ended_at)
        select tenant_id, id, '{kind}', '{status}', '{started_at}', {ended_at} from productivity.app_user;"
    )
}

fn goal(title: &str, due_on: &str, priority: &str) -> String {
    format!(
        "insert into productivity.goal (tenant_id, user_id, title, due_on, priority, progress)
        select tenant_id, id, '{title}', {due_on}, '{priority}', 40 from productivity.app_user;"
    )
}

#[tokio::test]
async fn after_three_days_it_tells_of_the_last_session_and_the_next_goal() {
    let given = [
        session("focus", "completed", "2026-11-20 10:00Z", "'2026-11-20 11:05Z'"),
        session("focus", "cancelled", "2026-11-21 10:00Z", "'2026-11-21 10:04Z'"),
        session("break", "completed", "2026-11-21 11:00Z", "'2026-11-21 11:30Z'"),
        goal("Yesterday", "'2026-11-23'", "urgent"),
        goal("Low", "'2026-11-25'", "low"),
        goal("<i>Thesis</i>", "'2026-11-25'", "medium"),
    ]
    .concat();
    let mail = mail(3, &given).await;
    assert_eq!(mail["subject"], "Pick up where you left off");
    let facts = &mail["payload"]["facts"];
    assert_eq!(facts["lastSession"], json!({"on": "2026-11-20", "seconds": 3900}));
    assert_eq!(facts["goal"]["dueOn"], "2026-11-25");
    assert_mail_says(
        &mail,
        &[
            "Friday 20 November 2026, 1 h 5 min",
            "<i>Thesis</i>",
            "Wednesday 25 November 2026",
            "40 % done",
        ],
    );
    assert!(!mail["body_html"].as_str().unwrap().contains("<i>"), "{mail}");
}

/// By the wall of somebody who sleeps now and reads it tomorrow.
#[tokio::test]
async fn the_next_goal_is_that_of_the_day_on_which_it_is_read() {
    let given = [
        "update productivity.app_user set time_zone = 'Pacific/Auckland';".to_owned(),
        goal("Yesterday", "'2026-11-23'", "urgent"),
        goal("Today", "'2026-11-24'", "urgent"),
        goal("Tomorrow", "'2026-11-25'", "urgent"),
        goal("Later", "'2026-11-26'", "urgent"),
    ]
    .concat();
    let mail = mail(3, &given).await;
    assert_eq!(mail["payload"]["localDate"], "2026-11-25");
    assert_eq!(mail["payload"]["facts"]["goal"]["title"], "Tomorrow");
}

#[tokio::test]
async fn after_seven_days_it_tells_of_five_goals() {
    let given = [
        goal("Some day", "null", "urgent"),
        goal("Last", "'2026-12-31'", "urgent"),
        goal("Low", "'2026-11-25'", "low"),
        goal("High", "'2026-11-25'", "high"),
        goal("b", "'2026-11-26'", "medium"),
        goal("B", "'2026-11-26'", "medium"),
    ]
    .concat();
    let mail = mail(7, &given).await;
    assert_eq!(mail["subject"], "Your goals are still here");
    let goals = mail["payload"]["facts"]["goals"].as_array().unwrap();
    let titles: Vec<_> = goals.iter().map(|goal| goal["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["High", "Low", "B", "b", "Last"]);
    assert_mail_says(
        &mail,
        &[
            "High",
            "Wednesday 25 November 2026",
            "40 % done",
            "See your goals",
        ],
    );
}

#[tokio::test]
async fn after_seven_days_it_says_so_where_no_goal_is_open() {
    let mail = mail(7, "").await;
    assert_eq!(mail["payload"]["facts"]["goals"], json!([]));
    assert_mail_says(&mail, &["None of your goals is open", "See your goals"]);
}

#[tokio::test]
async fn after_fourteen_days_it_tells_what_was_done() {
    // Four days in a row, then one on which nothing was completed.
    let given = "insert into productivity.user_daily_focus (
            tenant_id, user_id, day, sessions_completed, sessions_cancelled, sessions_expired, sessions_counted,
            focus_seconds, break_sessions, break_seconds, by_type, computed_at
        )
        select tenant_id, id, date '2026-10-01' + d.day, d.completed, 1, 0, 1, 3000, 0, 0, '{}', now()
        from productivity.app_user,
            (values (0, 1), (2, 1), (3, 2), (4, 1), (5, 1), (6, 0), (7, 1), (9, 1)) as d (day, completed);"
        .to_owned()
        + &goal("Done", "null", "low")
        + "update productivity.goal set status = 'completed', completed_at = now(), archived_at = now();";
    let mail = mail(14, &given).await;
    assert_eq!(mail["subject"], "What you have done so far");
    assert_eq!(
        mail["payload"]["facts"],
        json!({"topic": "soFar", "focusSeconds": 25_500, "goalsCompleted": 1, "bestStreak": 4,
            "link": "https://app.example/goals"})
    );
    assert_mail_says(
        &mail,
        &[
            "Focus time: 7 h 5 min",
            "Goals completed: 1",
            "Most days in a row: 4",
        ],
    );
}

/// Whose days were not summed up yet.
#[tokio::test]
async fn what_nobody_measured_is_not_told() {
    let given = "delete from productivity.user_daily_focus;".to_owned()
        + &session("focus", "completed", "2026-11-10 09:00Z", "'2026-11-10 09:25Z'");
    let mail = mail(14, &given).await;
    let facts = &mail["payload"]["facts"];
    assert_eq!(
        (&facts["focusSeconds"], &facts["bestStreak"]),
        (&Value::Null, &Value::Null)
    );
    assert_mail_says(&mail, &["Goals completed: 0"]);
    for text in [&mail["body_text"], &mail["body_html"]] {
        let text = text.as_str().unwrap();
        assert!(
            !text.contains("Focus time") && !text.contains("in a row"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn after_thirty_days_it_says_goodbye() {
    let mail = mail(30, "").await;
    assert_eq!(mail["subject"], "We will stop these reminders");
    assert_mail_says(
        &mail,
        &[
            "Keep the weekly summary",
            "Pause all e-mails for 3 months",
            "Stop all e-mails",
        ],
    );
}

/// Whoever has never begun a session gets another mail, and it is his last.
#[tokio::test]
async fn a_session_of_long_ago_counts_wherever_it_is_kept() {
    let none = "delete from productivity.user_daily_focus;";
    let archived = |kind: &str| {
        session(kind, "completed", "2026-02-01 10:00Z", "'2026-02-01 10:25Z'")
            + "insert into productivity.timer_session_archive (
                    tenant_id, id, user_id, type, started_at, ended_at, planned_seconds, status, paused_seconds,
                    pause_count, notifications_enabled, created_at, updated_at, archived_at
                )
                select tenant_id, id, user_id, type, started_at, ended_at, planned_seconds, status, paused_seconds,
                    pause_count, notifications_enabled, created_at, updated_at, now()
                from productivity.timer_session;
            delete from productivity.timer_session;"
    };
    let (first, known) = ("One small goal is enough", "Your goals are still here");
    for (given, subject) in [
        (String::new(), first),
        (
            session("break", "completed", "2026-11-01 10:00Z", "'2026-11-01 10:25Z'"),
            first,
        ),
        (session("focus", "running", "2026-11-24 10:00:01Z", "null"), first),
        (archived("break"), first),
        (session("focus", "running", "2026-11-24 10:00:00Z", "null"), known),
        (
            session(
                "focus",
                "cancelled",
                "2026-11-01 10:00Z",
                "'2026-11-01 10:00:01Z'",
            ),
            known,
        ),
        (archived("focus"), known),
    ] {
        assert_eq!(
            mail(7, &format!("{none}{given}")).await["subject"],
            subject,
            "{given}"
        );
    }
    let mail = mail(3, none).await;
    assert_eq!(mail["subject"], "Your first 25 minutes");
    assert_mail_says(
        &mail,
        &["A session is 25 minutes for one thing", "Start 25 minutes"],
    );
}
