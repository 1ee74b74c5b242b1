//! A month that is summed up again: late data, people who are not counted any more, crashes and records refused.

use super::*;
use crate::crowd;

/// What says of a company's month which segments there are, and how many in each.
const SEGMENTS: &str = "select jsonb_object_agg(segment, n) as of_users, (
        select jsonb_strip_nulls(jsonb_build_object(
            'never_activated', nullif(seg_never_activated, 0), 'new', nullif(seg_new, 0),
            'churned', nullif(seg_churned, 0), 'at_risk', nullif(seg_at_risk, 0), 'power', nullif(seg_power, 0),
            'active', nullif(seg_active, 0)
        )) from productivity.monthly_insight m where m.month = s.month
    ) as of_month, sum(n) as total
    from (
        select month, segment, count(*) as n from productivity.user_segment
        where month = '2026-10-01' group by month, segment
    ) s
    group by month";

/// A crowd, and settings under which all segments have somebody in them.
async fn crowd(seed: u32) -> (TestDb, PgConnection) {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let mut connection = db.connect().await;
    crowd::make(&mut connection, tenant, seed, "2026-10-30").await;
    let setting = json!({
        "tenant_id": tenant, "goal_week_mail": false, "goal_overdue_notice": true, "daily_mail_workdays_only": true,
        "nudge_mails_per_week": 2, "at_risk_days": 5 + seed, "churned_days": 10 + 2 * seed, "power_sessions": seed,
        "power_active_days": 6, "max_error_rate": 0.03, "max_p95_ms": 1000, "max_mean_ms": 250,
        "alert_min_requests": 100,
    });
    insert(&mut connection, "productivity.setting", &setting).await;
    (db, connection)
}

/// The rule of one user and that of the whole month are the same, and nobody is in two segments or in none.
#[tokio::test]
async fn the_segments_of_users_add_up_to_those_of_the_month_and_to_all() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 1..=8 {
        let (db, mut connection) = crowd(seed).await;
        let report = run(&db).await;
        let segments = one(&mut connection, SEGMENTS).await;
        assert_eq!(segments["of_users"], segments["of_month"], "seed {seed}");
        assert_eq!(
            segments["total"].as_u64(),
            Some(report.totals.total),
            "seed {seed}"
        );
        let counters = counted(&report);
        for (segment, n) in segments["of_users"].as_object().unwrap() {
            let counter = match segment.as_str() {
                "never_activated" => "segNeverActivated",
                "new" => "segNew",
                "churned" => "segChurned",
                "at_risk" => "segAtRisk",
                "power" => "segPower",
                _ => "segActive",
            };
            assert_eq!(&counters[counter], n, "seed {seed}: {segment}");
            seen.insert(segment.clone());
        }
    }
    assert_eq!(seen.len(), 6, "{seen:?}");
}

#[tokio::test]
async fn late_data_comes_to_the_same_as_data_in_time() {
    for seed in 1..=3 {
        let mut states = Vec::new();
        for is_late in [false, true] {
            let (db, mut connection) = crowd(seed).await;
            if is_late {
                crowd::take_away(&mut connection).await;
                run_at(&db, "2026-10-01T03:00:00Z").await;
                run(&db).await;
                crowd::give_back(&mut connection).await;
            }
            run_at(&db, "2026-10-01T03:00:00Z").await;
            let report = run(&db).await;
            assert!(counted(&report)["rowsWritten"].as_u64() > Some(10), "{report:?}");
            states.push(db.state("productivity").await);
        }
        assert_eq!(states[0], states[1], "seed {seed}");
        let changed = states[0].iter().filter(|row| row.starts_with("user_segment"));
        let changed = changed.filter(|row| !row.contains("\"previous_segment\": null"));
        assert!(changed.count() > 10, "seed {seed}");
    }
}

#[tokio::test]
async fn who_is_not_counted_any_more_goes_and_is_counted_as_written() {
    let (db, mut connection, tenant) = company(4).await;
    run(&db).await;
    let since = [
        "is_internal = true",
        "role = 'admin'",
        "status = 'deleted'",
        "deleted_at = '2026-10-31 23:59Z'",
    ];
    for (n, change) in (1..).zip(since) {
        let change = format!(
            "update productivity.app_user set {change} where id = '{}'",
            subject_id(tenant, n)
        );
        execute(&mut connection, &change).await;
        let report = run(&db).await;
        // His segment deleted, and the month; and with the last of them three features are no share of anybody.
        let written = if n == 4 { 5 } else { 2 };
        assert_eq!(counted(&report)["rowsWritten"], written, "{change}");
        assert_eq!(report.totals.total, u64::from(4 - n), "{change}");
        let left = all(&mut connection, "select user_id from productivity.user_segment").await;
        assert_eq!(left.len(), 4 - n as usize, "{change}");
    }
    let later = format!(
        "update productivity.app_user set status = 'active', deleted_at = '2026-11-01 00:00Z' where id = '{}'",
        subject_id(tenant, 3)
    );
    execute(&mut connection, &later).await;
    assert_eq!(
        run(&db).await.totals.total,
        1,
        "he was there to the end of the month"
    );
}

#[tokio::test]
async fn the_segment_before_is_that_of_the_month_before() {
    let (db, mut connection, tenant) = company(3).await;
    for as_of in [
        "2026-10-01T03:00:00Z",
        "2026-11-01T03:00:00Z",
        "2026-12-05T03:00:00Z",
    ] {
        run_at(&db, as_of).await;
    }
    let segments = format!(
        "select month, segment, previous_segment as previous from productivity.user_segment
        where user_id = '{}' order by month",
        subject_id(tenant, 3)
    );
    let expected = [
        json!({"month": "2026-09-01", "segment": "churned", "previous": null}),
        json!({"month": "2026-10-01", "segment": "at_risk", "previous": "churned"}),
        json!({"month": "2026-11-01", "segment": "churned", "previous": "at_risk"}),
    ];
    assert_eq!(all(&mut connection, &segments).await, expected);
    // September said otherwise, once October is told again.
    execute(
        &mut connection,
        "update productivity.user_segment set segment = 'power' where month = '2026-09-01'",
    )
    .await;
    assert_eq!(counted(&run(&db).await)["rowsWritten"], 3);
    assert_eq!(all(&mut connection, &segments).await[1]["previous"], "power");
}

#[tokio::test]
async fn any_difference_is_mended() {
    let (db, mut connection) = crowd(4).await;
    run(&db).await;
    let state = db.state("productivity").await;
    let columns = "select string_agg(column_name, ',' order by ordinal_position) as columns
        from information_schema.columns where table_schema = 'productivity' and table_name = 'monthly_insight'
        and column_name not in ('tenant_id', 'month', 'computed_at')";
    let columns = one(&mut connection, columns).await["columns"]
        .as_str()
        .unwrap()
        .to_owned();
    let month = columns.split(',').map(|column| {
        let other = match column {
            "insights" => "'[1]'".into(),
            "stale" => "not stale".into(),
            _ => format!("coalesce({column} + 1, 1)"),
        };
        format!("update productivity.monthly_insight set {column} = {other}")
    });
    let one_user = "where user_id = (select user_id from productivity.user_segment order by user_id limit 1)";
    let others = [
        format!(
            "update productivity.user_segment set segment = case segment when 'new' then 'power' else 'new' end {one_user}"
        ),
        format!("update productivity.user_segment set previous_segment = 'power' {one_user}"),
        format!("delete from productivity.user_segment {one_user}"),
        "delete from productivity.monthly_insight".into(),
        "update productivity.feature_usage set users = users + 1 where feature = 'timer'".into(),
        "update productivity.feature_usage set events = null where feature = 'timer'".into(),
        "update productivity.feature_usage set adoption = 0.0001 where feature = 'settings_change'".into(),
        "delete from productivity.feature_usage where feature = 'goals'".into(),
    ];
    for damage in month.chain(others) {
        execute(&mut connection, &damage).await;
        assert_ne!(db.state("productivity").await, state, "{damage}");
        assert_eq!(counted(&run(&db).await)["rowsWritten"], 1, "{damage}");
        assert_eq!(db.state("productivity").await, state, "{damage}");
    }
}

/// A dry run that goes from page to page forgets each, and still says what a run would write.
#[tokio::test]
async fn a_dry_run_in_pages_counts_as_a_run_does_when_the_month_is_told_again() {
    let (db, mut connection) = crowd(5).await;
    run(&db).await;
    execute(
        &mut connection,
        "update productivity.user_segment set segment = case segment when 'new' then 'power' else 'new' end",
    )
    .await;
    let dry = Request {
        dry_run: true,
        ..invoked(Users::as_of())
    };
    let dry = db
        .runner(7)
        .run(&MonthlyInsights, &dry, None, &mut ())
        .await
        .unwrap();
    let dry = shared::testing::ran(dry);
    let report = run(&db).await;
    assert_eq!((dry.totals, dry.counters), (report.totals, report.counters));
}
