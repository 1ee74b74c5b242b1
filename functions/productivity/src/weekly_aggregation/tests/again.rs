//! A week that is summed up again: late data, people who are not counted any more, and cells that know more.

use super::*;
use crate::crowd;

/// The state that a run leaves of a crowd, in one go and after half of what it did came late.
#[tokio::test]
async fn late_data_comes_to_the_same_as_data_in_time() {
    for seed in 1..=3 {
        let mut states = Vec::new();
        for is_late in [false, true] {
            let db = TestDb::new().await;
            let tenant = db.tenant("productivity", "acme", "Europe/Berlin").await;
            let mut connection = db.connect().await;
            crowd::make(&mut connection, tenant, seed, "2026-11-21").await;
            if is_late {
                crowd::take_away(&mut connection).await;
                let report = run(&db).await;
                assert!(counted(&report)["cells"].as_u64().unwrap() > 20, "{report:?}");
                crowd::give_back(&mut connection).await;
            }
            let report = run(&db).await;
            let counters = counted(&report);
            for counter in [
                "cells",
                "users",
                "heatmapCells",
                "rowsWritten",
                "timezoneFallbacks",
            ] {
                assert!(counters[counter].as_u64() > Some(0), "{counter}: {counters}");
            }
            states.push(db.state("productivity").await);
        }
        assert_eq!(states[0], states[1], "seed {seed}");
    }
}

#[tokio::test]
async fn what_is_no_more_goes_and_is_counted_as_written() {
    let (db, mut connection, tenant) = company(2).await;
    let (alone, other) = (subject_id(tenant, 1), subject_id(tenant, 2));
    let given = format!(
        "insert into productivity.app_user (tenant_id, created_at) values ('{tenant}', '2026-10-02 23:59Z');
        insert into productivity.timer_session (tenant_id, user_id, started_at, ended_at, status)
        select '{tenant}', u, at, at + interval '1 hour', 'completed'
        from (values ('{alone}'::uuid, '2026-11-16 08:00Z'::timestamptz), ('{other}', '2026-11-16 09:00Z'),
            ('{other}', '2026-11-17 08:00Z')) s (u, at)"
    );
    execute(&mut connection, &given).await;
    assert_eq!(
        counted(&run(&db).await),
        json!({"cohorts": 2, "cells": 8, "users": 2, "heatmapCells": 3, "rowsWritten": 12})
    );
    // The first is of the staff, the second deleted; the third stays.
    let since = format!(
        "update productivity.app_user set is_internal = true where id = '{alone}';
        update productivity.app_user set status = 'deleted' where id = '{other}'"
    );
    execute(&mut connection, &since).await;
    let report = run(&db).await;
    assert_eq!(report.totals.total, 3, "the cohort that is gone was written, too");
    // Four cells of the one cohort deleted, four of the other smaller, three of the heat map deleted, and the week.
    assert_eq!(
        counted(&report),
        json!({"cohorts": 1, "cells": 4, "rowsWritten": 12})
    );
    let left = "select (select jsonb_agg(distinct cohort_day) from productivity.retention_cohort) as cohorts,
        (select max(size) from productivity.retention_cohort) as size,
        (select count(*) from productivity.usage_heatmap) as heat,
        (select jsonb_build_array(wau, sessions_completed, peak_hour) from productivity.weekly_metric) as week";
    let expected = json!({"cohorts": ["2026-10-02"], "size": 1, "heat": 0, "week": [0, 0, null]});
    assert_eq!(one(&mut connection, left).await, expected);
    assert_eq!(
        counted(&run(&db).await),
        json!({"cohorts": 1, "cells": 4, "rowsUnchanged": 5})
    );
}

#[tokio::test]
async fn a_cell_bears_the_day_of_its_last_change_and_is_not_put_back_to_an_earlier_one() {
    let (db, mut connection, _) = company(1).await;
    run(&db).await;
    let next = Newcomers::as_of() + chrono::TimeDelta::days(7);
    let report = db.run(&WeeklyAggregation, &invoked(next)).await;
    assert_eq!(
        counted(&report),
        json!({"cohorts": 1, "cells": 4, "rowsWritten": 1, "rowsUnchanged": 4})
    );
    execute(
        &mut connection,
        "insert into productivity.user_activity_day (tenant_id, user_id, day, first_at, last_at)
        select tenant_id, id, '2026-10-31', created_at, created_at from productivity.app_user;
        delete from productivity.user_activity_day where day > '2026-10-31'",
    )
    .await;
    db.run(&WeeklyAggregation, &invoked(next)).await;
    let cells = "select jsonb_agg(array[classic, rolling] order by day_n) as cells,
        jsonb_agg(as_of_on order by day_n) as as_of from productivity.retention_cohort";
    let expected = json!({
        "cells": [[0, 1], [1, 1], [0, 1], [1, 1]],
        "as_of": ["2026-11-21", "2026-11-21", "2026-11-21", "2026-11-28"],
    });
    assert_eq!(one(&mut connection, cells).await, expected);
    // As of a day before the 30th: the cell of that day is not there yet, and it is not taken away.
    let earlier = "2026-10-25T02:00:00Z".parse().unwrap();
    let report = db.run(&WeeklyAggregation, &invoked(earlier)).await;
    assert_eq!(counted(&report)["cells"], 3);
    assert_eq!(one(&mut connection, cells).await, expected);
}

#[tokio::test]
async fn any_difference_is_mended() {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "UTC").await;
    let mut connection = db.connect().await;
    crowd::make(&mut connection, tenant, 4, "2026-11-21").await;
    run(&db).await;
    let state = db.state("productivity").await;
    let columns = "select string_agg(column_name, ',' order by ordinal_position) as columns
        from information_schema.columns where table_schema = 'productivity' and table_name = 'weekly_metric'
        and column_name not in ('tenant_id', 'week_start', 'computed_at')";
    let columns = one(&mut connection, columns).await["columns"]
        .as_str()
        .unwrap()
        .to_owned();
    let week = columns.split(',').map(|column| {
        let other = match column {
            "by_type" => "'{\"focus\": 1}'".into(),
            "active_days_histogram" => "'{1,2,3,4,5,6,7}'".into(),
            "peak_hour" | "peak_dow" => format!("({column} + 1) % 7"),
            _ => format!("coalesce({column} + 1, 1)"),
        };
        format!("update productivity.weekly_metric set {column} = {other}")
    });
    let one_cell =
        "where (cohort_day, day_n) = (select cohort_day, day_n from productivity.retention_cohort limit 1)";
    let others = [
        format!("update productivity.retention_cohort set size = size + 1 {one_cell}"),
        format!("update productivity.retention_cohort set size = size + 1, rolling = size + 1 {one_cell}"),
        format!(
            "update productivity.retention_cohort set size = size + 1, classic = size + 1, rolling = size + 1 {one_cell}"
        ),
        format!("delete from productivity.retention_cohort {one_cell}"),
        "delete from productivity.weekly_metric".into(),
        "insert into productivity.usage_heatmap select tenant_id, week_start, d, h, 1
        from productivity.weekly_metric, generate_series(0, 6) d, generate_series(0, 23) h
        where not exists (select from productivity.usage_heatmap m where m.dow = d and m.hour = h) limit 1"
            .into(),
        "update productivity.usage_heatmap set sessions = sessions + 1
        where (dow, hour) = (select dow, hour from productivity.usage_heatmap limit 1)"
            .into(),
    ];
    for damage in week.chain(others) {
        execute(&mut connection, &damage).await;
        assert_ne!(db.state("productivity").await, state, "{damage}");
        assert_eq!(counted(&run(&db).await)["rowsWritten"], 1, "{damage}");
        assert_eq!(db.state("productivity").await, state, "{damage}");
    }
}
