//! Nothing is lost: what was not due is as it was, and a run that is killed anywhere leaves every session in one place.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use serde_json::Value;
use shared::report::{Report, Status};
use shared::testing::{TestDb, all, execute, invoked, ran, scheduled};
use sqlx::{AssertSqlSafe, PgConnection};

use super::world;
use super::{JOB, as_of, done, tried};

/// Whether a row with this column is an erased user's.
pub fn erased(user: &str) -> String {
    format!(
        "exists (
            select from productivity.app_user u
            where u.tenant_id = t.tenant_id and u.id = {user}
            and u.deleted_at < '2024-05-31 04:00Z' and not u.legal_hold
        )"
    )
}

const HELD: &str = "exists (
    select from productivity.app_user u where u.tenant_id = t.tenant_id and u.id = t.user_id and u.legal_hold
)";

/// What of a table is due, told a second time and by the calendar, and how a row looks that was changed.
pub fn due(table: &str) -> (String, &'static str) {
    let due = match table {
        "app_user" => "t.deleted_at < '2024-05-31 04:00Z' and not t.legal_hold",
        "timer_session" => {
            "t.status = 'paused' and t.paused_at < '2024-06-23 04:00Z'
            or t.status = 'running' and t.started_at + t.paused_seconds * interval '1 second' <= '2024-06-29 03:59:59Z'
            or t.ended_at < '2024-01-02' and not $held and exists (
                select from productivity.user_daily_focus f join productivity.app_user u on u.id = f.user_id
                where f.user_id = t.user_id and f.day = (t.ended_at at time zone case
                    when u.time_zone in ('Asia/Tokyo', 'America/New_York', 'UTC') then u.time_zone else 'Europe/Berlin'
                end)::date
            )"
        }
        "goal" => {
            "t.status in ('completed', 'cancelled') and coalesce(t.completed_at, t.cancelled_at, t.updated_at) < '2024-01-02'
            and t.archived_at is null and t.deleted_at is null and not t.is_recurring"
        }
        "daily_metric" | "metric_trend" | "user_activity_day" => "t.day < '2023-07-01'",
        "anomaly" => "t.period_start < '2023-07-01'",
        "behavior_insight" => "t.window_start < '2023-07-01'",
        "performance_metric" => "t.hour_at < '2024-04-01 04:00Z'",
        "http_minute_stat" => "t.minute_at < '2024-05-31 04:00Z'",
        "notification" => {
            "case when t.read_at is null then t.created_at < '2024-01-02 04:00Z' else t.read_at < '2024-04-01 04:00Z' end"
        }
        "message" => {
            "t.status not in ('pending', 'sending') and (
                t.created_at < '2023-05-27 04:00Z' or t.created_at < '2024-05-31 04:00Z' and t.body_text || t.body_html <> ''
            )
            or exists (
                select from productivity.contact_log c join productivity.app_user u on u.id = c.user_id
                where c.dedupe_key = t.dedupe_key and c.created_at >= '2023-05-27 04:00Z'
                and u.deleted_at < '2024-05-31 04:00Z' and not u.legal_hold
            )"
        }
        "contact_log" => "t.created_at < '2023-05-27 04:00Z'",
        "goal_reminder_mark" => "t.due_on < '2024-01-02'",
        "activity_event" => "t.occurred_at < '2024-04-01 04:00Z'",
        "user_segment" => "t.month < '2023-05-01'",
        "timer_session_archive" => "t.ended_at < '2022-07-01 04:00Z' and not $held",
        _ => "false",
    };
    let changed = match table {
        "timer_session" => "t.updated_at = '2024-06-30 04:00Z'",
        "timer_session_archive" => "t.archived_at = '2024-06-30 04:00Z'",
        "goal" => "t.archived_at = '2024-06-30 04:00Z'",
        "message" => "t.payload = '{}'",
        "cleanup_run" => "t.as_of = '2024-06-30 04:00Z'",
        _ => "false",
    };
    (due.replace("$held", HELD), changed)
}

/// The tables that hold what the job might harm, and whether their rows are somebody's.
async fn tables(connection: &mut PgConnection) -> Vec<(String, String, bool)> {
    sqlx::query_as(
        "select t.table_schema::text, t.table_name::text, exists (
            select from information_schema.columns c
            where c.table_schema = t.table_schema and c.table_name = t.table_name and c.column_name = 'user_id'
        )
        from information_schema.tables t
        where t.table_schema = 'productivity' and t.table_type = 'BASE TABLE'
        or t.table_schema = 'platform' and t.table_name in ('message', 'notification', 'suppression')
        order by 1, 2",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

/// Table by table a checksum of its rows that are not due, or after a run of those that were not changed.
async fn checksums(connection: &mut PgConnection, is_after: bool) -> Vec<(String, i64, Option<String>)> {
    let mut checksums = Vec::new();
    for (schema, table, is_somebodys) in tables(connection).await {
        let (due, changed) = due(&table);
        let gone = match (is_after, is_somebodys, table.as_str()) {
            (true, _, _) => changed.to_owned(),
            (false, true, _) => format!("({due}) or {}", erased("t.user_id")),
            (false, false, "notification") => format!("({due}) or {}", erased("t.recipient_id")),
            (false, false, _) => due,
        };
        let checksum = format!(
            "select count(*), md5(string_agg(row::text, ',' order by row::text)) from (
                select to_jsonb(t) as row from {schema}.{table} t where ({gone}) is not true
            ) kept"
        );
        let (rows, checksum) = sqlx::query_as(AssertSqlSafe(checksum))
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        checksums.push((table, rows, checksum));
    }
    checksums
}

/// Every session that was there, by where it is: in both places, in none.
async fn astray(connection: &mut PgConnection) -> Vec<Value> {
    all(
        connection,
        "select b.id from scratch.session b
        where (exists (select from productivity.timer_session s where s.id = b.id))
            = (exists (select from productivity.timer_session_archive a where a.id = b.id))
        and exists (select from productivity.app_user u where u.id = b.user_id)",
    )
    .await
}

const REMEMBER_SESSIONS: &str =
    "create table scratch.session as select id, user_id from productivity.timer_session";

#[tokio::test]
async fn what_is_not_due_is_untouched_and_a_second_run_does_nothing() {
    for seed in [11, 12, 13] {
        let (db, _) = world::company(seed).await;
        let connection = &mut db.connect().await;
        execute(connection, REMEMBER_SESSIONS).await;
        let expected = checksums(connection, false).await;

        let dry = db.runner(7).run(&JOB, &tried(), None, &mut ()).await;
        let dry = ran(dry.unwrap());
        assert_eq!(checksums(connection, false).await, expected, "a dry run");

        let report = db.run(&JOB, &invoked(as_of())).await;
        assert_eq!((report.status, done(&report)), (Status::Succeeded, done(&dry)));
        assert_eq!(report.totals, dry.totals, "pages of 7 and of 500");
        let named = done(&report);
        let counters = [
            "expiredTimers",
            "archivedSessions",
            "blocked",
            "archivedGoals",
            "deletedMetrics",
            "deletedNotifications",
            "deletedMails",
            "scrubbedMails",
            "deletedOperational",
            "erasedUsers",
        ];
        for counter in counters {
            assert!(named[counter].as_u64() > Some(0), "{counter} in {named}");
        }
        let acted = counters.iter().filter(|counter| **counter != "blocked");
        assert_eq!(
            acted
                .map(|counter| named[*counter].as_u64().unwrap())
                .sum::<u64>(),
            report.totals.total
        );
        assert_eq!(checksums(connection, true).await, expected, "seed {seed}");
        assert!(astray(connection).await.is_empty());

        let state = db.state("productivity").await;
        let second = db.run(&JOB, &invoked(as_of())).await;
        assert_eq!(
            (second.status, second.totals.total),
            (Status::Succeeded, 0),
            "{:?}",
            second.counters
        );
        let noted = |rows: Vec<String>| -> Vec<String> {
            rows.into_iter()
                .filter(|row| !row.starts_with("cleanup_run "))
                .collect()
        };
        assert_eq!(noted(db.state("productivity").await), noted(state));
    }
}

/// Polls a run so many times, and drops it there as a killed process drops what it holds. None: it was killed.
async fn polled<T>(run: impl Future<Output = T>, mut polls: u32) -> Option<T> {
    let mut run = pin!(run);
    poll_fn(|context| match run.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if polls == 0 => Poll::Ready(None),
        Poll::Pending => {
            polls -= 1;
            Poll::Pending
        }
    })
    .await
}

/// All that a run leaves, but for what tells of the run.
async fn left(db: &TestDb) -> Vec<String> {
    let mut state = db.state("productivity").await;
    let connection = &mut db.connect().await;
    for table in ["message", "notification"] {
        let rows = format!("select to_jsonb(t) as row from platform.{table} t order by id");
        state.extend(all(connection, &rows).await.iter().map(Value::to_string));
    }
    state
}

#[tokio::test]
async fn a_run_that_is_killed_anywhere_and_comes_again_loses_nothing() {
    let (undisturbed, _) = world::company(21).await;
    let event = scheduled("event", as_of());
    let run = undisturbed.runner(5).run(&JOB, &event, None, &mut ()).await;
    let expected = ran(run.unwrap());

    let (db, _) = world::company(21).await;
    let connection = &mut db.connect().await;
    execute(connection, REMEMBER_SESSIONS).await;
    let mut killed = 0;
    let report: Report = loop {
        // Each attempt comes a little further than the one before, and is killed somewhere else.
        let polls = 5 + 3 * killed;
        let runner = db.runner(5);
        if let Some(answer) = polled(runner.run(&JOB, &event, None, &mut ()), polls).await {
            break ran(answer.unwrap());
        }
        killed += 1;
        // The server has noticed when it lets the lock go.
        execute(
            connection,
            "select pg_advisory_lock(482242), pg_advisory_unlock(482242)",
        )
        .await;
        assert_eq!(
            astray(connection).await,
            Vec::<Value>::new(),
            "after {polls} polls"
        );
    };
    assert!(killed > 20, "the run was killed {killed} times only");
    assert_eq!(
        (report.status, report.totals, &report.counters),
        (Status::Succeeded, expected.totals, &expected.counters)
    );
    assert_eq!(left(&db).await, left(&undisturbed).await);
}

#[tokio::test]
async fn a_run_whose_connection_is_cut_in_a_statement_does_the_page_again() {
    let (undisturbed, _) = world::company(22).await;
    let expected = undisturbed.run(&JOB, &invoked(as_of())).await;
    let (db, _) = world::company(22).await;
    let connection = &mut db.connect().await;
    execute(connection, REMEMBER_SESSIONS).await;
    // Once only: a sequence keeps its number when the transaction is gone.
    execute(
        connection,
        "create sequence scratch.moved;
        grant usage on schema scratch to public;
        grant usage on sequence scratch.moved to public;
        create function scratch.cut() returns trigger language plpgsql security definer as $$
        begin
            if nextval('scratch.moved') = 3 then
                perform pg_terminate_backend(pg_backend_pid());
            end if;
            return new;
        end $$;
        create trigger cut before insert on productivity.timer_session_archive
            for each row execute function scratch.cut()",
    )
    .await;
    let report = db.run(&JOB, &invoked(as_of())).await;
    assert_eq!(
        (report.status, &report.counters),
        (Status::Succeeded, &expected.counters)
    );
    assert!(astray(connection).await.is_empty());
    let cut: i64 = sqlx::query_scalar("select last_value from scratch.moved")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(cut, 3 + expected.counters["archivedSessions"].as_i64().unwrap());
    assert_eq!(left(&db).await, left(&undisturbed).await);
}
