//! How many appointments of a shop a run takes.

use super::*;

#[tokio::test]
async fn a_shops_limit_leaves_the_rest_for_the_next_night_and_says_so() {
    let (db, mut connection, _) = shop(5).await;
    let small = db.tenant("booking", "small", "UTC").await;
    Visits::seed(&mut connection, small, 3).await.unwrap();
    let first = run(&db, Some(3)).await;
    assert_eq!(
        (first.totals.total, &first.counters["tenantsWithMore"]),
        (6, &json!(1))
    );
    assert_eq!(first.counters["limit"], 3, "once, not once a shop");
    // Exactly as many as there are is not fewer than there are.
    let second = run(&db, Some(2)).await;
    assert_eq!(
        (second.totals.total, &second.counters["tenantsWithMore"]),
        (2, &json!(0))
    );
}

#[tokio::test]
async fn more_than_the_most_is_the_most_with_a_warning_counted() {
    let (db, _, _) = shop(1).await;
    for (limit, in_force, clamped) in [(1000, 1000, 0), (1001, 1000, 1), (u64::MAX, 1000, 1)] {
        let request = Request {
            limit: Some(limit),
            dry_run: true,
            ..invoked(Visits::as_of())
        };
        let report = db.run(&JOB, &request).await;
        assert_eq!(
            (&report.counters["limit"], &report.counters["limitClamped"]),
            (&json!(in_force), &json!(clamped)),
            "{limit}"
        );
    }
}

#[test]
fn its_variable_is_a_limit_from_1_to_1000() {
    let made = |value: Option<&str>| {
        let variable = |name: &str| {
            value
                .filter(|_| name == "RESOLVE_OUTCOMES_LIMIT")
                .map(str::to_owned)
        };
        ResolveOutcomes::from_variables(&Variables::new(&variable)).map(|job| job.limit)
    };
    assert_eq!(made(None), Ok(200));
    assert_eq!(made(Some("1000")), Ok(1000));
    for refused in ["0", "1001", "-1", "many"] {
        let error = made(Some(refused)).unwrap_err().to_string();
        assert_eq!(
            error,
            "RESOLVE_OUTCOMES_LIMIT must be a whole number from 1 to 1000"
        );
    }
}
