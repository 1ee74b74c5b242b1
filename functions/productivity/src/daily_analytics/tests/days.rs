//! The company's days: which are computed, what is counted, and what is told of them.

use shared::{report::Status, request::Request, testing::ran};

use super::*;

const AS_OF: &str = "2026-11-22T01:00:00Z";

const DAYS: &str = "select concat_ws(' ', day, dau, case when is_final then 'final' end) as day
    from productivity.daily_metric order by day";

async fn days(connection: &mut PgConnection) -> Vec<String> {
    let rows = all(connection, DAYS).await;
    rows.iter()
        .map(|row| row["day"].as_str().unwrap().to_owned())
        .collect()
}

/// A company with so many users.
async fn of_many(users: u32) -> (TestDb, PgConnection, Uuid) {
    let (db, mut connection, tenant) = company("UTC").await;
    for n in 1..=users {
        insert_user(&mut connection, tenant, subject_id(tenant, n), "UTC").await;
    }
    (db, connection, tenant)
}

/// So many users are active on a day.
async fn active(connection: &mut PgConnection, tenant: Uuid, users: u32, day: &str) {
    for n in 1..=users {
        insert_activity(connection, tenant, subject_id(tenant, n), day).await;
    }
}

#[tokio::test]
async fn days_are_computed_until_they_are_final_and_then_left() {
    let (db, mut connection, tenant) = of_many(3).await;
    active(&mut connection, tenant, 1, "2026-11-19").await;
    let first = run_at(&db, AS_OF).await;
    let expected = json!({"daysComputed": 8, "rowsWritten": 8});
    assert_eq!(counted(&first), expected, "none had a row");
    let of_first = [
        "2026-11-14 0 final",
        "2026-11-15 0 final",
        "2026-11-16 0 final",
        "2026-11-17 0 final",
        "2026-11-18 0 final",
        "2026-11-19 1 final",
        "2026-11-20 0",
        "2026-11-21 0",
    ];
    assert_eq!(days(&mut connection).await, of_first);

    for day in ["2026-11-14", "2026-11-18", "2026-11-19", "2026-11-20"] {
        execute(
            &mut connection,
            &format!("delete from productivity.user_activity_day where day = '{day}'"),
        )
        .await;
        active(&mut connection, tenant, 3, day).await;
    }
    let again = run_at(&db, AS_OF).await;
    let expected = json!({"daysComputed": 2, "daysFinal": 1, "rowsWritten": 2});
    assert_eq!(
        counted(&again),
        expected,
        "wau and mau of the last day changed, too"
    );
    assert_eq!(
        again.totals.total, 3,
        "what is final and older is nobody's subject"
    );
    let mut of_again = of_first;
    of_again[6] = "2026-11-20 3";
    assert_eq!(days(&mut connection).await, of_again);

    let next_night = run_at(&db, "2026-11-23T01:00:00Z").await;
    let expected = json!({"daysComputed": 3, "rowsWritten": 2, "rowsUnchanged": 1});
    assert_eq!(counted(&next_night), expected, "one became final, one is new");
}

#[tokio::test]
async fn a_day_that_an_outage_left_open_is_closed_when_the_job_comes_again() {
    let (db, mut connection, tenant) = of_many(2).await;
    run_at(&db, AS_OF).await;
    active(&mut connection, tenant, 2, "2026-11-20").await;
    let late = run_at(&db, "2026-11-28T01:00:00Z").await;
    assert_eq!(
        counted(&late),
        json!({"daysComputed": 8, "rowsWritten": 8}),
        "six are new"
    );
    assert!(
        days(&mut connection)
            .await
            .contains(&"2026-11-20 2 final".to_owned())
    );
}

#[tokio::test]
async fn any_difference_is_mended() {
    let (db, mut connection, tenant) = of_many(0).await;
    Workers::seed(&mut connection, tenant, 1).await.unwrap();
    run_at(&db, AS_OF).await;
    let stored = "select to_jsonb(m) as row from productivity.daily_metric m
        union all
        select to_jsonb(f) from productivity.user_daily_focus f";
    let as_it_was = all(&mut connection, stored).await;
    let of_days = "dau, wau, mau, new_users, sessions_started, sessions_completed, sessions_cancelled, sessions_expired, \
        sessions_counted, focus_users, outliers_capped, goals_created, goals_completed, goals_overdue_open, mails_failed, \
        focus_seconds, stickiness, dau_wau, completion_rate, on_time_rate, avg_session_seconds, p50_session_seconds, \
        p90_session_seconds, max_session_seconds";
    let of_days = of_days
        .split(", ")
        .map(|column| ("daily_metric where day = '2026-11-21'", column));
    let of_users = "sessions_completed, sessions_cancelled, sessions_expired, sessions_counted, focus_seconds, \
        break_sessions, break_seconds";
    let of_users = of_users
        .split(", ")
        .map(|column| ("user_daily_focus where day = '2026-11-21'", column));
    for (rows, column) in of_days.chain(of_users) {
        let damage = format!("set {column} = coalesce({column}, 0) + 1 where");
        let damage = format!("update productivity.{}", rows.replace("where", &damage));
        execute(&mut connection, &damage).await;
        assert_eq!(run_at(&db, AS_OF).await.counters["rowsWritten"], 1, "{damage}");
    }
    execute(
        &mut connection,
        "update productivity.user_daily_focus set by_type = '{}'",
    )
    .await;
    assert_eq!(run_at(&db, AS_OF).await.counters["rowsWritten"], 2);
    let sorted = |mut rows: Vec<Value>| {
        rows.sort_by_key(ToString::to_string);
        rows
    };
    assert_eq!(sorted(all(&mut connection, stored).await), sorted(as_it_was));
}

#[tokio::test]
async fn what_moved_and_what_is_odd_is_told_and_taken_back_when_late_data_comes() {
    let (db, mut connection, tenant) = of_many(60).await;
    for week in 1..=8 {
        let row = json!({
            "tenant_id": tenant, "day": before("2026-11-21".parse().unwrap(), 7 * week), "dau": 29 + week % 3, "wau": 30,
            "mau": 30, "new_users": 0, "sessions_started": 0, "sessions_completed": 0, "sessions_cancelled": 0,
            "sessions_expired": 0, "sessions_counted": 0, "focus_users": 0, "outliers_capped": 0, "goals_created": 0,
            "goals_completed": 0, "goals_overdue_open": 0, "mails_failed": 0, "focus_seconds": 0, "is_final": true,
            "computed_at": AS_OF,
        });
        insert(&mut connection, "productivity.daily_metric", &row).await;
    }
    active(&mut connection, tenant, 35, "2026-11-21").await;
    let told = "select concat_ws(' ', metric, basis, previous, current, change_pct, direction, level) as told
        from productivity.metric_trend
        union all
        select concat_ws(' ', message, score, severity, status, detected_at) from productivity.anomaly";
    let few = run_at(&db, AS_OF).await;
    let told_of =
        |report: &Report| [&report.counters["trends"], &report.counters["anomalies"]].map(Value::clone);
    assert_eq!(told_of(&few), [json!(0), json!(0)], "35 is not far from 30");

    execute(&mut connection, "delete from productivity.user_activity_day").await;
    active(&mut connection, tenant, 60, "2026-11-21").await;
    let many = run_at(&db, "2026-11-22T02:00:00Z").await;
    assert_eq!(told_of(&many), [json!(2), json!(1)]);
    let expected = [
        "dau last_week 30.00 60.00 100.0 up significant",
        "dau four_weeks 30.00 60.00 100.0 up significant",
        "dau 60, expected about 30 20.24 critical open 2026-11-22 02:00:00+00",
    ];
    let mut rows = all(&mut connection, told).await;
    rows.sort_by_key(|row| expected.iter().position(|told| row["told"] == **told));
    assert_eq!(rows, expected.map(|told| json!({"told": told})));

    let same = run_at(&db, "2026-11-22T03:00:00Z").await;
    assert_eq!(told_of(&same), [json!(2), json!(1)]);
    assert_eq!(all(&mut connection, told).await.len(), 3);
    execute(&mut connection, "delete from productivity.user_activity_day").await;
    active(&mut connection, tenant, 31, "2026-11-21").await;
    run_at(&db, "2026-11-22T04:00:00Z").await;
    assert_eq!(all(&mut connection, told).await, Vec::<Value>::new());
}

#[tokio::test]
async fn days_that_one_run_computes_are_compared_with_each_other_in_a_dry_run_too() {
    let (db, mut connection, tenant) = of_many(40).await;
    active(&mut connection, tenant, 20, "2026-11-14").await;
    active(&mut connection, tenant, 40, "2026-11-21").await;
    let dry = Request {
        dry_run: true,
        ..invoked(instant(AS_OF))
    };
    let dry = ran(db
        .runner(1)
        .run(&DailyAnalytics, &dry, None, &mut ())
        .await
        .unwrap());
    let real = ran(db
        .runner(1)
        .run(&DailyAnalytics, &invoked(instant(AS_OF)), None, &mut ())
        .await
        .unwrap());
    assert_eq!(
        counted(&real),
        json!({"daysComputed": 8, "rowsWritten": 8, "trends": 1})
    );
    assert_eq!((dry.totals, &dry.counters), (real.totals, &real.counters));
}

#[tokio::test]
async fn a_day_that_the_database_refuses_harms_no_other() {
    let (db, mut connection, tenant) = of_many(2).await;
    active(&mut connection, tenant, 2, "2026-11-21").await;
    execute(
        &mut connection,
        "alter table productivity.daily_metric add check (day <> '2026-11-20')",
    )
    .await;
    let report = run_at(&db, AS_OF).await;
    assert_eq!(
        (report.status, report.totals.processed, report.totals.failed),
        (Status::Partial, 7, 1)
    );
    assert_eq!(report.errors[0].subject, "day:2026-11-20");
    assert_eq!(counted(&report), json!({"daysComputed": 7, "rowsWritten": 7}));
}

/// Each number of a day told by its definition and nothing else: slow, but nobody has to think.
const BY_DEFINITION: &str = "select day,
    (select count(distinct user_id) from a join u on u.id = user_id where a.day = m.day) as dau,
    (select count(distinct user_id) from a join u on u.id = user_id where a.day between m.day - 6 and m.day) as wau,
    (select count(distinct user_id) from a join u on u.id = user_id where a.day between m.day - 29 and m.day) as mau,
    (select count(*) from u where created_at::date = m.day) as new_users,
    (select count(*) from s join u on u.id = user_id where started_at::date = m.day and type <> 'break') as sessions_started,
    (select count(*) from goal g join u on u.id = user_id
        where g.created_at::date = m.day and g.deleted_at is null) as goals_created,
    (select count(*) from goal g join u on u.id = user_id
        where g.created_at < m.day + 1 and due_on <= m.day
        and (completed_at is null or completed_at >= m.day + 1) and (cancelled_at is null or cancelled_at >= m.day + 1)
        and (archived_at is null or archived_at >= m.day + 1) and (g.deleted_at is null or g.deleted_at >= m.day + 1)
    ) as goals_overdue_open,
    (select count(*) from platform.message e
        where e.created_at::date = m.day and channel = 'email' and status = 'failed') as mails_failed
    from productivity.daily_metric m order by day";

#[tokio::test]
async fn each_number_is_what_its_definition_says() {
    let (db, mut connection, tenant) = company("UTC").await;
    // Numbers that look like chance and are the same each time: hashes.
    let at = |what: &str| {
        format!("timestamptz '2026-10-10' + interval '1 second' * (hashtext('{what}' || n) & 4194303)")
    };
    let maybe = |what: &str| format!("case when hashtext('{what}?' || n) % 3 = 0 then {} end", at(what));
    let world = format!(
        "insert into productivity.app_user (id, tenant_id, created_at, role)
        select md5(n::text)::uuid, '{tenant}', {}, case n % 9 when 0 then 'admin' else 'user' end
        from generate_series(1, 60) n;
        insert into productivity.user_activity_day (tenant_id, user_id, day, first_at, last_at)
        select '{tenant}', md5((n % 60 + 1)::text)::uuid, ({})::date, '2026-01-01', '2026-01-01'
        from generate_series(1, 400) n on conflict do nothing;
        insert into productivity.timer_session (tenant_id, user_id, type, started_at, ended_at, updated_at, status)
        select '{tenant}', md5((n % 60 + 1)::text)::uuid, case n % 4 when 0 then 'break' else 'focus' end, {}, '2026-11-30', '2026-11-30', 'completed'
        from generate_series(1, 400) n;
        insert into productivity.goal (tenant_id, user_id, title, created_at, due_on, completed_at, cancelled_at, archived_at, deleted_at)
        select '{tenant}', md5((n % 60 + 1)::text)::uuid, 'Thesis', {}, ({})::date, {}, {}, {}, {}
        from generate_series(1, 900) n;
        insert into platform.message (tenant_id, job, channel, dedupe_key, target, created_at, status)
        select '{tenant}', 'j', case n % 3 when 0 then 'crm' else 'email' end, n, 'a', {}, case n % 2 when 0 then 'sent' else 'failed' end
        from generate_series(1, 300) n;",
        at("user"), at("active"), at("session"), at("goal"), at("due"), maybe("completed"), maybe("cancelled"),
        maybe("archived"), maybe("deleted"), at("mail"),
    );
    execute(&mut connection, &world).await;
    let report = run_at(&db, "2026-11-27T01:00:00Z").await;
    assert_eq!(counted(&report), json!({"daysComputed": 8, "rowsWritten": 8}));
    let names = "with u as (select * from productivity.app_user where role <> 'admin'),
        a as (select * from productivity.user_activity_day), s as (select * from productivity.timer_session),
        goal as (select * from productivity.goal) ";
    let expected = all(&mut connection, &format!("{names}{BY_DEFINITION}")).await;
    let columns = expected[0]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let stored = format!("select {columns} from productivity.daily_metric order by day");
    assert_eq!(all(&mut connection, &stored).await, expected);
    let seen = |column: &str| expected.iter().any(|day| day[column] != json!(0));
    assert!(columns.split(", ").all(seen), "{expected:?}");
}
