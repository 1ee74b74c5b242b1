//! What the mail says.

use super::*;

#[tokio::test]
async fn the_mail_tells_two_weeks_of_the_readers_own_days() {
    let (db, mut connection, tenant) = company(1).await;
    let user = subject_id(tenant, 1);
    execute(
        &mut connection,
        "delete from productivity.timer_session;
        update productivity.app_user set time_zone = 'America/New_York', first_name = null,
            display_name = ' <b>Ann</b> Lee', last_active_at = '2026-11-04 12:00Z'",
    )
    .await;
    // The week up to 4 November begins on 29 October, 00:00 -04; clocks were put back on 1 November.
    for (until, seconds) in [
        ("2026-10-22T04:00:00Z", 60),
        ("2026-10-22T03:59:59Z", 7),
        ("2026-10-29T03:59:59Z", 600),
        ("2026-10-29T04:00:00Z", 1000),
        ("2026-11-03T04:59:59Z", 40_000),
    ] {
        work(&mut connection, user, until, seconds).await;
    }
    execute(
        &mut connection,
        "update productivity.timer_session set type = 'break' where actual_seconds = 7",
    )
    .await;
    let as_of = "2026-11-04T18:30:00Z".parse().unwrap();
    let report = db.run(&Idlers::job(), &invoked(as_of)).await;
    assert_eq!(report.counters["queuedEmail"], 1, "{:?}", report.counters);
    let mail = one(&mut connection, "select * from platform.message").await;
    assert_eq!(
        mail["payload"]["facts"],
        json!({"name": "<b>Ann</b>", "lastFocusOn": "2026-11-02", "weekSeconds": 29_800, "weekBeforeSeconds": 660,
            "goal": null, "link": "https://app.example/timer"})
    );
    crate::golden::assert_mail_says(
        &mail,
        &[
            "Hi <b>Ann</b>,",
            "Monday 2 November 2026",
            "8 h 16 min",
            "11 min",
            "Pick one goal.",
            "Start 25 minutes",
        ],
    );
    assert!(!mail["body_html"].as_str().unwrap().contains("<b>Ann"), "{mail}");
}

#[tokio::test]
async fn the_nearest_goal_is_the_most_important_of_the_next_date() {
    let (db, mut connection, tenant) = company(1).await;
    for (title, due_on, priority, and) in [
        ("Late", "2026-11-22", "urgent", ""),
        ("Done", "2026-11-23", "urgent", ", progress = 100"),
        ("Paused", "2026-11-23", "urgent", ", status = 'paused'"),
        ("Archived", "2026-11-23", "urgent", ", archived_at = now()"),
        ("Low", "2026-11-24", "low", ""),
        ("a", "2026-11-24", "high", ""),
        ("<i>B</i>", "2026-11-24", "high", ""),
        ("Later", "2026-11-25", "urgent", ""),
    ] {
        let goal = format!(
            "insert into productivity.goal (tenant_id, user_id, title, due_on, priority)
            values ('{tenant}', '{}', '{title}', '{due_on}', '{priority}');
            update productivity.goal set updated_at = now(){and} where title = '{title}'",
            subject_id(tenant, 1)
        );
        execute(&mut connection, &goal).await;
    }
    db.run(&Idlers::job(), &invoked(Idlers::as_of())).await;
    let bodies = all(&mut connection, "select distinct body from platform.notification").await;
    assert_eq!(
        bodies,
        [json!({"body": "<i>B</i>, due Tuesday 24 November 2026"})]
    );
    let mail = one(&mut connection, "select * from platform.message").await;
    crate::golden::assert_mail_says(&mail, &["<i>B</i>", "Tuesday 24 November 2026", "0 % done"]);
    assert!(!mail["body_html"].as_str().unwrap().contains("<i>"), "{mail}");
}
