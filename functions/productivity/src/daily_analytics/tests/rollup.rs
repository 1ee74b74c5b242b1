//! How users worked by their own clocks.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use chrono_tz::Tz;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use shared::calendar;

use super::*;

const AS_OF: &str = "2026-11-22T01:00:00Z";

/// A company with one user in a zone.
async fn of_one(zone: &str) -> (TestDb, PgConnection, Uuid, Uuid) {
    let (db, mut connection, tenant) = company("UTC").await;
    let user = subject_id(tenant, 1);
    insert_user(&mut connection, tenant, user, zone).await;
    (db, connection, tenant, user)
}

#[tokio::test]
async fn a_forgotten_timer_that_ended_in_the_past_is_told_on_the_date_on_which_it_ended() {
    let (db, mut connection, tenant, user) = of_one("America/Los_Angeles").await;
    let changed = json!({"status": "expired", "actual_seconds": 1500, "updated_at": "2026-11-21T04:00:00Z"});
    // Of each local date a session that was told in time, and on some one that was told of late.
    for (day, is_late) in [
        ("09-22", true),
        ("09-23", true),
        ("11-10", true),
        ("11-11", false),
    ] {
        let at = |time: &str| instant(&format!("2026-{day}T{time}Z"));
        insert_session(
            &mut connection,
            tenant,
            user,
            at("18:00:00"),
            at("18:10:00"),
            &json!({}),
        )
        .await;
        if is_late {
            insert_session(
                &mut connection,
                tenant,
                user,
                at("19:00:00"),
                at("19:25:00"),
                &changed,
            )
            .await;
        }
    }
    let report = run_at(&db, AS_OF).await;
    assert_eq!(
        (report.totals.failed, report.counters["usersRolledUp"].clone()),
        (0, json!(1))
    );
    // Yesterday less 60 days is 22 September.
    assert_eq!(
        dates(&mut connection, user).await,
        ["2026-09-22 1 2100", "2026-09-23 1 2100", "2026-11-10 1 2100"]
    );
}

#[tokio::test]
async fn what_is_older_than_sixty_days_is_left() {
    let (db, mut connection, tenant, user) = of_one("UTC").await;
    let late = json!({"updated_at": "2026-11-21T04:00:00Z"});
    for day in ["2026-09-21", "2026-09-22"] {
        let at = |time: &str| instant(&format!("{day}T{time}Z"));
        insert_session(
            &mut connection,
            tenant,
            user,
            at("23:00:00"),
            at("23:59:59"),
            &late,
        )
        .await;
    }
    run_at(&db, AS_OF).await;
    assert_eq!(dates(&mut connection, user).await, ["2026-09-22 1 3599"]);
}

#[tokio::test]
async fn a_date_that_lost_what_ended_on_it_loses_its_row() {
    let (db, mut connection, tenant, user) = of_one("UTC").await;
    for day in ["2026-11-17", "2026-11-18", "2026-11-20", "2026-11-21"] {
        let at = |time: &str| instant(&format!("{day}T{time}:00Z"));
        insert_session(
            &mut connection,
            tenant,
            user,
            at("09:00"),
            at("09:25"),
            &json!({}),
        )
        .await;
    }
    run_at(&db, "2026-11-18T01:00:00Z").await;
    run_at(&db, AS_OF).await;
    let all_four = [
        "2026-11-17 1 1500",
        "2026-11-18 1 1500",
        "2026-11-20 1 1500",
        "2026-11-21 1 1500",
    ];
    assert_eq!(dates(&mut connection, user).await, all_four);
    let corrected = "update productivity.timer_session set ended_at = ended_at + interval '1 day' where ended_at < '2026-11-21'
        and ended_at > '2026-11-18'";
    execute(&mut connection, corrected).await;
    execute(
        &mut connection,
        "delete from productivity.timer_session where ended_at < '2026-11-18'",
    )
    .await;
    let report = run_at(&db, AS_OF).await;
    // From the 18th to the 19th, from the 20th to the 21st; the 17th is not looked at any more.
    let mended = ["2026-11-17 1 1500", "2026-11-19 1 87900", "2026-11-21 2 30300"];
    assert_eq!(
        dates(&mut connection, user).await,
        mended.map(|date| date.replace("87900", "28800"))
    );
    let days = 3 - 1;
    assert_eq!(
        report.counters["rowsWritten"],
        json!(4 + days),
        "two dates deleted, two written; and two days"
    );
}

#[tokio::test]
async fn whose_zone_nobody_knows_works_by_the_companys_clock_and_is_counted() {
    let (db, mut connection, tenant) = company("Asia/Tokyo").await;
    for (n, zone) in [
        (1, "Mars/Olympus"),
        (2, ""),
        (3, "Pacific/Kiritimati"),
        (4, "Pacific/Niue"),
    ] {
        let user = subject_id(tenant, n);
        insert_user(&mut connection, tenant, user, zone).await;
        let end = instant("2026-11-20T15:00:00Z");
        insert_session(
            &mut connection,
            tenant,
            user,
            end - TimeDelta::minutes(5),
            end,
            &json!({}),
        )
        .await;
    }
    let report = run_at(&db, AS_OF).await;
    assert_eq!(report.counters["timezoneFallbacks"], 1);
    for (n, date) in [
        (1, "2026-11-21"),
        (2, "2026-11-21"),
        (3, "2026-11-21"),
        (4, "2026-11-20"),
    ] {
        assert_eq!(
            dates(&mut connection, subject_id(tenant, n)).await,
            [format!("{date} 1 300")],
            "{n}"
        );
    }
}

#[tokio::test]
async fn whom_nobody_told_of_or_who_is_deleted_is_left() {
    let (db, mut connection, tenant) = company("UTC").await;
    let end = instant("2026-11-20T15:00:00Z");
    for (n, as_it_is) in [
        (1, "status = 'suspended'"),
        (2, "is_internal = true"),
        (3, "role = 'admin'"),
        (4, "status = 'deleted'"),
        (5, "deleted_at = '2026-11-21Z'"),
    ] {
        let user = subject_id(tenant, n);
        insert_user(&mut connection, tenant, user, "UTC").await;
        execute(
            &mut connection,
            &format!("update productivity.app_user set {as_it_is} where id = '{user}'"),
        )
        .await;
        insert_session(
            &mut connection,
            tenant,
            user,
            end - TimeDelta::minutes(5),
            end,
            &json!({}),
        )
        .await;
    }
    let idle = subject_id(tenant, 6);
    insert_user(&mut connection, tenant, idle, "UTC").await;
    let long_ago = end - TimeDelta::days(30);
    insert_session(&mut connection, tenant, idle, long_ago, long_ago, &json!({})).await;
    let running = json!({"ended_at": null, "status": "running", "updated_at": end});
    insert_session(&mut connection, tenant, idle, end, end, &running).await;
    let report = run_at(&db, AS_OF).await;
    assert_eq!(
        report.counters["usersRolledUp"], 3,
        "whoever reminders may go to, and whom no number counts"
    );
}

#[tokio::test]
async fn nobody_works_longer_than_eight_hours_at_a_stretch() {
    let (db, mut connection, tenant, user) = of_one("UTC").await;
    let end = instant("2026-11-20T15:00:00Z");
    let forgotten = json!({"actual_seconds": i32::MAX});
    insert_session(&mut connection, tenant, user, end, end, &forgotten).await;
    run_at(&db, AS_OF).await;
    assert_eq!(dates(&mut connection, user).await, ["2026-11-20 1 28800"]);
    let day = "select focus_seconds, outliers_capped from productivity.daily_metric where day = '2026-11-20'";
    let expected = json!({"focus_seconds": 28_800, "outliers_capped": 1});
    assert_eq!(all(&mut connection, day).await, [expected]);
}

#[tokio::test]
async fn every_clock_in_the_world_tells_its_own_dates() {
    let (db, mut connection, tenant) = company("UTC").await;
    // Clocks are set back on 1 November in America, and on 25 October in Europe: some of these runs look back at that.
    let mut runner = TestRunner::deterministic();
    let mut drawn = |range: std::ops::Range<i64>| range.new_tree(&mut runner).unwrap().current();
    for as_of in [
        "2026-10-28T01:00:00Z",
        "2026-11-03T23:30:00Z",
        "2027-03-29T12:00:00Z",
    ] {
        let as_of = instant(as_of);
        let mut expected: BTreeMap<(Uuid, NaiveDate), i64> = BTreeMap::new();
        for n in 1..=60 {
            let user = subject_id(tenant, n);
            let zone = chrono_tz::TZ_VARIANTS[drawn(0..chrono_tz::TZ_VARIANTS.len() as i64) as usize];
            let zone = if zone.name() == "localtime" { Tz::UTC } else { zone };
            insert_user(&mut connection, tenant, user, zone.name()).await;
            // One that ended just now, so that all of the last dates are looked at.
            for ago in [0, drawn(0..330_000), drawn(0..330_000), drawn(0..330_000)] {
                let end = as_of - TimeDelta::seconds(ago);
                let length = drawn(300..4_000);
                insert_session(
                    &mut connection,
                    tenant,
                    user,
                    end - TimeDelta::seconds(length),
                    end,
                    &json!({}),
                )
                .await;
                *expected
                    .entry((user, calendar::local_date(end, zone)))
                    .or_default() += length;
            }
        }
        let report = db.run(&DailyAnalytics, &invoked(as_of)).await;
        assert_eq!(report.counters["usersRolledUp"], 60);
        assert_eq!(report.counters["timezoneFallbacks"], 0);
        let stored: Vec<(Uuid, NaiveDate, i32)> =
            sqlx::query_as("select user_id, day, focus_seconds from productivity.user_daily_focus")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        let stored: BTreeMap<_, _> = stored
            .into_iter()
            .map(|(user, day, seconds)| ((user, day), i64::from(seconds)))
            .collect();
        assert_eq!(stored, expected, "{as_of}");
        execute(&mut connection, "delete from productivity.app_user").await;
    }
}
