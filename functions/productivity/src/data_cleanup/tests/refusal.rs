//! What the database refuses stays where it is, and nothing else stays with it.

use shared::report::Status;
use shared::report::Totals;
use shared::run::Watch;
use shared::testing::{all, execute, invoked, ran, scheduled};
use sqlx::PgConnection;

use super::loss::{due, erased};
use super::{JOB, as_of, done, tried, world};

const TABLES: [&str; 17] = [
    "productivity.timer_session",
    "productivity.goal",
    "productivity.daily_metric",
    "productivity.metric_trend",
    "productivity.anomaly",
    "productivity.behavior_insight",
    "productivity.user_activity_day",
    "productivity.performance_metric",
    "productivity.http_minute_stat",
    "platform.notification",
    "platform.message",
    "productivity.contact_log",
    "productivity.goal_reminder_mark",
    "productivity.activity_event",
    "productivity.user_segment",
    "productivity.timer_session_archive",
    "productivity.app_user",
];

/// Has the database refuse to touch one due row of each table.
async fn poison(connection: &mut PgConnection) {
    execute(
        connection,
        "create table scratch.guilty (row jsonb);
        create function scratch.refuse() returns trigger language plpgsql security definer as $$
        begin
            if exists (select from scratch.guilty where row = to_jsonb(old)) then
                raise exception 'no';
            end if;
            return case tg_op when 'DELETE' then old else new end;
        end $$",
    )
    .await;
    for table in TABLES {
        let (due, _) = due(table.split_once('.').unwrap().1);
        let erased = match table {
            "platform.message" | "productivity.app_user" => "false".to_owned(),
            "platform.notification" => erased("t.recipient_id"),
            _ if due.contains("t.user_id") || has_user(connection, table).await => erased("t.user_id"),
            _ => "false".to_owned(),
        };
        let guilty = format!(
            "insert into scratch.guilty select to_jsonb(t) from {table} t where ({due}) and not ({erased})
            order by to_jsonb(t)::text limit 1;
            create trigger refuse before update or delete on {table} for each row execute function scratch.refuse()"
        );
        execute(connection, &guilty).await;
    }
    // Whom the erasure of somebody else would touch as well is another test's.
    execute(
        connection,
        "create function scratch.pardon() returns void language sql as 'delete from scratch.guilty'",
    )
    .await;
}

async fn has_user(connection: &mut PgConnection, table: &str) -> bool {
    let (schema, table) = table.split_once('.').unwrap();
    let has = "select exists (
        select from information_schema.columns where table_schema = $1 and table_name = $2 and column_name = 'user_id'
    )";
    sqlx::query_scalar(has)
        .bind(schema)
        .bind(table)
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_row_that_is_refused_harms_only_itself() {
    let (db, _) = world::company(31).await;
    let connection = &mut db.connect().await;
    let dry = db.run(&JOB, &tried()).await;
    poison(connection).await;
    let report = db.run(&JOB, &invoked(as_of())).await;
    assert_eq!(
        (report.status, report.totals.total),
        (Status::Partial, dry.totals.total)
    );
    let refused: Vec<_> = report
        .errors
        .iter()
        .map(|error| error.subject.split_once(':').unwrap().0)
        .collect();
    let tables = TABLES.map(|table| table.split_once('.').unwrap().1);
    assert_eq!(refused, tables, "in the order of the parts");
    assert!(
        report
            .errors
            .iter()
            .all(|error| error.message.starts_with("write refused: raised by")),
        "{:?}",
        report.errors
    );

    execute(connection, "select scratch.pardon()").await;
    let second = db.run(&JOB, &invoked(as_of())).await;
    assert_eq!(
        (second.status, second.totals.total),
        (Status::Succeeded, TABLES.len() as u64)
    );
}

#[tokio::test]
async fn a_session_that_is_in_the_archive_already_stays_and_is_told() {
    let (db, _) = world::company(32).await;
    let connection = &mut db.connect().await;
    let dry = db.run(&JOB, &tried()).await;
    let (due, _) = due("timer_session");
    let twin = format!(
        "insert into productivity.timer_session_archive (
            tenant_id, id, user_id, type, started_at, ended_at, planned_seconds, status, paused_seconds, pause_count,
            notifications_enabled, created_at, updated_at, archived_at
        )
        select tenant_id, id, user_id, 'break', started_at, '2024-01-01 00:00Z', 1500, status, 0, 0, true, created_at, updated_at,
            '2024-06-01 00:00Z'
        from productivity.timer_session t where ended_at is not null and ({due}) and not ({}) order by id limit 1",
        erased("t.user_id")
    );
    execute(connection, &twin).await;
    let report = db.run(&JOB, &invoked(as_of())).await;
    assert_eq!((report.status, report.totals.failed), (Status::Partial, 1));
    assert_eq!(
        report.errors[0].message,
        "write refused: violates unique constraint timer_session_archive_pkey"
    );
    let archived = |report: &shared::report::Report| report.counters["archivedSessions"].as_u64().unwrap();
    assert_eq!(archived(&report), archived(&dry) - 1);
    let both = "select a.type from productivity.timer_session s join productivity.timer_session_archive a using (id)";
    assert_eq!(
        all(connection, both).await,
        [serde_json::json!({"type": "break"})],
        "neither is touched"
    );
}

#[tokio::test]
async fn sessions_that_leave_and_do_not_arrive_are_put_back() {
    let (db, _) = world::company(33).await;
    let connection = &mut db.connect().await;
    execute(
        connection,
        "create function scratch.swallow() returns trigger language plpgsql as 'begin return null; end';
        create trigger swallow before insert on productivity.timer_session_archive
            for each row execute function scratch.swallow()",
    )
    .await;
    let sessions = "select id from productivity.timer_session order by id";
    let before = all(connection, sessions).await;
    let report = db.run(&JOB, &invoked(as_of())).await;
    assert_eq!(report.status, Status::Failed);
    let error = report.error.unwrap();
    assert!(
        error.starts_with("archive old sessions: ") && error.ends_with(" left and 0 arrived"),
        "{error}"
    );
    assert_eq!(all(connection, sessions).await, before);
}

/// Lets a run's whole time pass after so many pages.
struct MidnightAfter(u32);

impl Watch for MidnightAfter {
    async fn page(&mut self, _so_far: Totals) {
        self.0 -= 1;
        if self.0 == 0 {
            tokio::time::pause();
            tokio::time::advance(std::time::Duration::from_secs(86_400)).await;
            tokio::time::resume();
        }
    }
}

#[tokio::test]
async fn a_run_that_meets_its_deadline_says_that_something_remains() {
    let (undisturbed, _) = world::company(34).await;
    let expected = undisturbed.run(&JOB, &invoked(as_of())).await;
    let (db, _) = world::company(34).await;
    let connection = &mut db.connect().await;
    let remaining = "select counts -> 'remaining' as remaining from productivity.cleanup_run where as_of = '2024-06-30 04:00Z'";
    let event = scheduled("event", as_of());
    for pages in 1..4 {
        let stopped = db
            .runner(4)
            .run(&JOB, &event, None, &mut MidnightAfter(pages))
            .await;
        let stopped = ran(stopped.unwrap());
        assert_eq!(
            (stopped.status, &stopped.counters["remaining"]),
            (Status::Incomplete, &1.into())
        );
        assert_eq!(all(connection, remaining).await[0]["remaining"], 1);
    }
    let resumed = ran(db.runner(4).run(&JOB, &event, None, &mut ()).await.unwrap());
    assert_eq!(
        (resumed.status, done(&resumed)),
        (Status::Succeeded, done(&expected))
    );
    assert_eq!(all(connection, remaining).await[0]["remaining"], 0);
}
