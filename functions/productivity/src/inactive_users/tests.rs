//! The job end to end.

mod mails;

use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::testing::{TestDb, all, conformance::Fixture, counted, execute, invoked, one, subject_id};

use super::*;
use crate::reminder::testing::{self, assert_golden};

struct Absent;

impl Fixture for Absent {
    type Job = InactiveUsers;

    fn job() -> InactiveUsers {
        testing::job("utc")
    }

    /// A Tuesday.
    fn as_of() -> DateTime<Utc> {
        "2026-11-24T10:00:00Z".parse().unwrap()
    }

    /// People who have been away for three days and had worked before.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        testing::people(connection, tenant, count).await?;
        for statement in [
            "update productivity.app_user set last_active_at = '2026-11-21 12:00Z' where tenant_id = $1",
            "insert into productivity.user_daily_focus (
                tenant_id, user_id, day, sessions_completed, sessions_cancelled, sessions_expired, sessions_counted,
                focus_seconds, break_sessions, break_seconds, by_type, computed_at
            )
            select tenant_id, id, '2026-11-01', 1, 0, 0, 1, 1500, 0, 0, '{}', '2026-11-02 00:00Z'
            from productivity.app_user where tenant_id = $1",
        ] {
            sqlx::query(statement).bind(tenant).execute(&mut *connection).await?;
        }
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("productivity.reengagement_episode", "user_id")
    }
}

shared::conformance!(Absent);

#[tokio::test]
async fn golden_cases() {
    assert_golden::<Ladder>(
        include_str!("../../../../tests/golden/inactive-users.json"),
        &[(
            "reengagement_episode",
            "select * from productivity.reengagement_episode order by episode_start",
        )],
    )
    .await;
}

async fn company(count: u32) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let mut connection = db.connect().await;
    Absent::seed(&mut connection, tenant, count).await.unwrap();
    (db, connection, tenant)
}

/// A company with somebody who was there on 1 June 2024 for the last time.
async fn since_june() -> (TestDb, PgConnection) {
    let (db, mut connection, _) = company(1).await;
    let seen =
        "update productivity.app_user set created_at = '2024-01-01', last_active_at = '2024-06-01 12:00Z'";
    execute(&mut connection, seen).await;
    (db, connection)
}

async fn run_at(db: &TestDb, as_of: &str) -> Value {
    let report = db.run(&Absent::job(), &invoked(as_of.parse().unwrap())).await;
    counted(&report)
}

/// Runs the job on so many days from 2 June 2024 on, but for some.
async fn run_days(db: &TestDb, count: i64, but: &[&str]) {
    let first: DateTime<Utc> = "2024-06-02T10:00:00Z".parse().unwrap();
    for day in 0..count {
        let as_of = first + TimeDelta::days(day);
        if !but.contains(&as_of.format("%m-%d").to_string().as_str()) {
            db.run(&Absent::job(), &invoked(as_of)).await;
        }
    }
}

/// The mails so far, each by its day, the beginning of its episode and its step.
async fn mails(connection: &mut PgConnection) -> Vec<String> {
    let mails = "select
            right(payload ->> 'localDate', 5) || ' ' || split_part(dedupe_key, ':', 3) || ' '
                || split_part(dedupe_key, ':', 4) as mail
        from platform.message order by payload ->> 'localDate'";
    let mails = all(connection, mails).await;
    mails
        .iter()
        .map(|mail| mail["mail"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_absence_of_forty_days_brings_four_mails() {
    let (db, mut connection) = since_june().await;
    run_days(&db, 40, &[]).await;
    // The thirtieth day is the first of a month, on which the report is due.
    assert_eq!(
        mails(&mut connection).await,
        [
            "06-04 2024-06-01 3",
            "06-08 2024-06-01 7",
            "06-15 2024-06-01 14",
            "07-02 2024-06-01 30"
        ]
    );
}

#[tokio::test]
async fn a_missed_day_is_made_up_for_two_days_and_no_longer() {
    for (out, expected) in [
        (
            &["06-04", "06-05"][..],
            ["06-06 2024-06-01 3", "06-08 2024-06-01 7"].as_slice(),
        ),
        (&["06-04", "06-05", "06-06"], &["06-08 2024-06-01 7"]),
        // The ninth is a Sunday, on which the review is due.
        (&["06-04", "06-05", "06-06", "06-08"], &["06-10 2024-06-01 7"]),
    ] {
        let (db, mut connection) = since_june().await;
        run_days(&db, 10, out).await;
        assert_eq!(mails(&mut connection).await, expected, "{out:?}");
    }
}

#[tokio::test]
async fn whoever_came_back_is_asked_anew() {
    let (db, mut connection) = since_june().await;
    run_days(&db, 9, &[]).await;
    let seen = "update productivity.app_user set last_active_at = '2024-06-10 12:00Z'";
    execute(&mut connection, seen).await;
    run_days(&db, 17, &[]).await;
    assert_eq!(
        mails(&mut connection).await,
        [
            "06-04 2024-06-01 3",
            "06-08 2024-06-01 7",
            "06-13 2024-06-10 3",
            "06-17 2024-06-10 7"
        ]
    );
    let closed =
        "select closed_at at time zone 'UTC' as closed_at from productivity.reengagement_episode order by 1";
    assert_eq!(
        all(&mut connection, closed).await,
        [
            json!({"closed_at": "2024-06-11T10:00:00"}),
            json!({"closed_at": null})
        ]
    );
}

#[tokio::test]
async fn what_the_gate_stops_is_tried_again_the_next_day() {
    for (stop, go_on, counter) in [
        (
            "insert into platform.suppression (tenant_id, address, reason)
            select tenant_id, lower(email), 'manual' from productivity.app_user",
            "delete from platform.suppression",
            "skippedSuppressed",
        ),
        (
            "insert into productivity.contact_log (tenant_id, dedupe_key, user_id, kind, local_date)
            select tenant_id, 'x', id, 'goal_digest', '2024-06-04' from productivity.app_user",
            "select",
            "skippedCap",
        ),
        (
            "update productivity.app_user set email_verified_at = null",
            "update productivity.app_user set email_verified_at = created_at",
            "skippedPref",
        ),
    ] {
        let (db, mut connection) = since_june().await;
        execute(&mut connection, stop).await;
        assert_eq!(
            run_at(&db, "2024-06-04T10:00:00Z").await,
            json!({"candidates": 1, "eligible": 1, counter: 1})
        );
        let episodes = all(&mut connection, "select 1 from productivity.reengagement_episode").await;
        assert!(episodes.is_empty(), "{counter}");
        execute(&mut connection, go_on).await;
        run_at(&db, "2024-06-05T10:00:00Z").await;
        assert_eq!(mails(&mut connection).await, ["06-05 2024-06-01 3"], "{counter}");
    }
}

#[tokio::test]
async fn a_mail_that_waits_for_the_morning_counts_the_days_until_then() {
    let (db, mut connection) = since_june().await;
    let away = "update productivity.app_user set time_zone = 'Pacific/Auckland'";
    execute(&mut connection, away).await;
    // 22:30 on the wall, two days after 2 June, on which he was there; the mail is read on 5 June.
    assert_eq!(
        run_at(&db, "2024-06-04T10:30:00Z").await,
        json!({"candidates": 1, "eligible": 1, "queuedEmail": 1, "deferredQuiet": 1, "step3": 1})
    );
    let mail =
        "select not_before at time zone 'UTC' as not_before, expires_at at time zone 'UTC' as expires_at
        from platform.message";
    assert_eq!(
        one(&mut connection, mail).await,
        json!({"not_before": "2024-06-04T20:00:00", "expires_at": "2024-06-05T12:00:00"})
    );
    assert_eq!(mails(&mut connection).await, ["06-05 2024-06-02 3"]);
}

/// Whoever is selected stands in `candidates`, whatever is said to him.
#[tokio::test]
async fn only_those_are_looked_at_who_have_been_away_for_a_while() {
    for (last_active_at, expected) in [
        ("2026-11-23T14:00:00Z", 1),
        ("2026-11-23T14:00:01Z", 0),
        ("2026-10-21T10:00:00Z", 1),
        ("2026-10-21T09:59:59Z", 0),
        ("2026-12-01T00:00:00Z", 0),
    ] {
        let (db, mut connection, _) = company(1).await;
        let seen = format!("update productivity.app_user set last_active_at = '{last_active_at}'");
        execute(&mut connection, &seen).await;
        let report = db.run(&Absent::job(), &invoked(Absent::as_of())).await;
        assert_eq!(report.counters["candidates"], expected, "{last_active_at}");
    }
}

#[tokio::test]
async fn an_episode_ends_with_activity_that_the_clock_has_reached() {
    for (last_active_at, expected) in [
        ("2026-11-22T10:00:01Z", 1),
        ("2026-11-22T10:00:00Z", 0),
        ("2026-11-24T10:00:00Z", 1),
        ("2026-11-24T10:00:01Z", 0),
    ] {
        let (db, mut connection, tenant) = company(1).await;
        execute(
            &mut connection,
            &format!(
                "insert into productivity.reengagement_episode
                    (tenant_id, user_id, episode_start, last_step, last_sent_at)
                values ('{tenant}', '{}', '2026-11-19', 3, '2026-11-22 10:00Z');
                update productivity.app_user set last_active_at = '{last_active_at}'",
                subject_id(tenant, 1)
            ),
        )
        .await;
        let report = db.run(&Absent::job(), &invoked(Absent::as_of())).await;
        assert_eq!(report.counters["reactivated"], expected, "{last_active_at}");
    }
}
