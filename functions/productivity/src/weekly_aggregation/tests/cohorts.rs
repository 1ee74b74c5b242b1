//! Which cohorts are told, and which of them a week pools.

use proptest::prelude::*;

use super::{
    week::{people, run_here, week},
    *,
};
use crate::weekly_aggregation::cohort::{Cell, Cohort};

#[tokio::test]
async fn cohorts_are_told_from_90_days_before_the_last_day_to_the_one_before_it() {
    let (db, mut connection, tenant) = people().await;
    let days = [
        "08-22T23:59:59Z",
        "08-23T00:00:00Z",
        "10-21T12:00:00Z",
        "10-22T12:00:00Z",
        "10-23T12:00:00Z",
        "11-20T23:59:59Z",
        "11-21T00:00:00Z",
    ];
    for (n, created) in (8..).zip(days) {
        let user = json!({
            "id": subject_id(tenant, n), "tenant_id": tenant, "created_at": format!("2026-{created}"),
        });
        insert(&mut connection, "productivity.app_user", &user).await;
    }
    run_here(&db).await;
    let cells = "select jsonb_object_agg(cohort_day, n) as cells from (
        select cohort_day, jsonb_agg(day_n order by day_n) as n from productivity.retention_cohort group by 1) c";
    assert_eq!(
        one(&mut connection, cells).await["cells"],
        json!({
            "2026-08-23": [1, 7, 14, 30], "2026-10-21": [1, 7, 14, 30], "2026-10-22": [1, 7, 14, 30], "2026-10-23": [1, 7, 14],
            "2026-11-20": [1],
        })
    );
    let week = week(&mut connection).await;
    // The 30th day of those of 22 October is the 21st; that of the 21st is the 20th.
    assert_eq!(
        ["d1_size", "d7_size", "d30_size"].map(|column| week[column].as_i64().unwrap()),
        [1, 0, 2]
    );
}

/// Cohorts of consecutive days, with all cells.
fn cohorts(sizes: &[(i32, i32)]) -> Vec<Cohort> {
    let first = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap();
    let cohort = |(day, (size, classic)): (u64, &(i32, i32))| Cohort {
        day: first + Days::new(day),
        cells: [1, 7, 14, 30]
            .map(|day_n| Cell {
                day_n,
                size: *size,
                classic: *classic,
                rolling: *size,
            })
            .to_vec(),
        stored: vec![],
    };
    (0..).zip(sizes).map(cohort).collect()
}

proptest! {
    #[test]
    fn a_pool_is_as_large_as_the_cohorts_in_it_and_pools_of_all_weeks_hold_every_cohort_once(
        sizes in prop::collection::vec((1..1000i32, 0..1000i32).prop_map(|(size, classic)| (size, classic.min(size))), 0..60),
        day_n in prop::sample::select(vec![1, 7, 30])
    ) {
        let cohorts = cohorts(&sizes);
        let first = NaiveDate::from_ymd_opt(2026, 9, 27).unwrap();
        let weeks = (0..20).map(|week| first + Days::new(7 * week));
        let pools = weeks.map(|start| Pool::of(&cohorts, day_n, start, start + Days::new(7)));
        let pools: Vec<Pool> = pools.collect();
        prop_assert!(pools.iter().all(|pool| pool.retained <= pool.size));
        prop_assert_eq!(pools.iter().map(|pool| pool.size).sum::<i32>(), sizes.iter().map(|size| size.0).sum::<i32>());
        prop_assert_eq!(pools.iter().map(|pool| pool.retained).sum::<i32>(), sizes.iter().map(|size| size.1).sum::<i32>());
    }
}
