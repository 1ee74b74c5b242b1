//! The limits of a day and the cool-down: across triggers, pages, runs and days.

use super::*;

/// Two triggers over the same dormant customers: the stricter one comes later in the order.
async fn crowded(settings: Value, count: u32) -> (TestDb, PgConnection, Uuid) {
    let (db, mut connection, tenant) = distributor(settings).await;
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", json!({})).await;
    trigger(
        &mut connection,
        tenant,
        2,
        "CUSTOMER_DORMANCY",
        json!({"minDays": 50, "priority": "LOW"}),
    )
    .await;
    dormant(&mut connection, tenant, count).await;
    (db, connection, tenant)
}

#[tokio::test]
async fn limits_span_pages_in_a_dry_run_as_in_a_run() {
    for (settings, reason) in [
        (json!({"max_executions_per_day": 4}), "skippedTenantLimit"),
        (json!({"max_tasks_per_owner_day": 4}), "skippedOwnerLimit"),
        (json!({}), "skippedCustomerLimit"),
    ] {
        let (db, mut connection, _) = crowded(settings.clone(), 7).await;
        let mut reports = Vec::new();
        for (batch_size, request) in [
            (1, dry_run()),
            (3, dry_run()),
            (500, dry_run()),
            (2, invoked(as_of())),
        ] {
            let answer = db
                .runner(batch_size)
                .run(&job(), &request, None, &mut ())
                .await
                .unwrap();
            let report = shared::testing::ran(answer);
            assert_eq!(report.totals.total, 14);
            reports.push((report.counters, report.totals));
        }
        assert!(
            reports.windows(2).all(|pair| pair[0] == pair[1]),
            "{settings}: {reports:?}"
        );
        assert!(
            reports[0].0[reason].as_u64().unwrap() > 0,
            "{settings}: {reports:?}"
        );
        let executed = reports[0].0["executed"].as_i64().unwrap();
        assert_eq!(count(&mut connection, "sales.task").await, executed, "{settings}");
        assert_eq!(executed, if reason == "skippedCustomerLimit" { 7 } else { 4 });
    }
}

#[tokio::test]
async fn a_run_that_stops_after_any_page_ends_as_one_that_does_not() {
    let settings = json!({"max_executions_per_day": 5, "max_tasks_per_owner_day": 4});
    let (db, _, _) = crowded(settings.clone(), 5).await;
    let whole = run(&db, as_of()).await;
    let expected = db.state("sales").await;
    for stop in 1..10 {
        let (db, _, _) = crowded(settings.clone(), 5).await;
        let first = Request {
            limit: Some(stop),
            ..invoked(as_of())
        };
        db.run(&job(), &first).await;
        let rest = run(&db, as_of()).await;
        assert_eq!(db.state("sales").await, expected, "after {stop}");
        assert_eq!(rest.totals.total, whole.totals.total);
    }
}

#[tokio::test]
async fn a_days_limits_are_of_all_its_runs_and_the_next_day_goes_on() {
    let (db, mut connection, _) = crowded(json!({"max_executions_per_day": 3, "cooldown_days": 0}), 7).await;
    let executed = async |at| run(&db, at).await.counters["executed"].as_u64().unwrap();
    assert_eq!(executed(as_of()).await, 3);
    assert_eq!(executed(as_of() + TimeDelta::hours(6)).await, 0);
    assert_eq!(
        executed(as_of() + TimeDelta::hours(12)).await,
        3,
        "after midnight"
    );
    assert_eq!(executed(as_of() + TimeDelta::days(2)).await, 3);
    assert_eq!(count(&mut connection, "sales.task").await, 9);
    let most = "select executed_on, count(*) from sales.trigger_execution where status = 'SUCCESS' group by 1
        having count(*) > 3";
    assert_eq!(all(&mut connection, most).await, Vec::<Value>::new());
}

#[tokio::test]
async fn who_is_not_to_be_contacted_is_left_alone_by_every_trigger_until_the_date() {
    let (db, mut connection, tenant) = crowded(json!({}), 1).await;
    trigger(&mut connection, tenant, 3, "CUSTOMER_TIMING", json!({})).await;
    execute(
        &mut connection,
        "update sales.customer set do_not_contact_until = '2026-11-24'",
    )
    .await;
    let counters = async |days| counted(&run(&db, as_of() + TimeDelta::days(days)).await);
    for day in 0..=1 {
        let counters = counters(day).await;
        assert_eq!(
            (&counters["skippedDoNotContact"], &counters["matched"]),
            (&json!(2), &json!(2)),
            "{day}"
        );
    }
    // On the date itself the most urgent one is made.
    let on_the_date = counters(2).await;
    assert_eq!(
        (&on_the_date["executed"], &on_the_date["skippedCustomerLimit"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(counters(3).await["executed"], 1, "the next on the next day");
}

/// A customer who buys once and falls dormant again: the same trigger waits out its cool-down.
#[tokio::test]
async fn a_trigger_that_fired_for_a_customer_waits_for_the_cooldown_before_another_condition() {
    let (db, mut connection, tenant) = distributor(json!({})).await;
    trigger(
        &mut connection,
        tenant,
        1,
        "CUSTOMER_DORMANCY",
        json!({"minDays": 7}),
    )
    .await;
    dormant(&mut connection, tenant, 1).await;
    let said = async |days| {
        let counters = counted(&run(&db, as_of() + TimeDelta::days(days)).await);
        ["executed", "skippedCooldown", "deduplicated"].map(|counter| counters[counter].as_u64().unwrap_or(0))
    };
    assert_eq!(said(0).await, [1, 0, 0]);
    assert_eq!(said(1).await, [0, 0, 1], "the same condition never again");
    bought(&mut connection, tenant, subject_id(tenant, 1), -2).await;
    assert_eq!(said(5).await, [0, 0, 0], "bought three days ago");
    assert_eq!(said(10).await, [0, 1, 0]);
    assert_eq!(said(29).await, [0, 1, 0]);
    assert_eq!(said(30).await, [1, 0, 0]);
    assert_eq!(executions(&mut connection).await, ["SUCCESS", "SUCCESS"]);
}

#[tokio::test]
async fn another_triggers_execution_is_no_reason_to_cool_down() {
    let (db, mut connection, tenant) = distributor(json!({})).await;
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", json!({})).await;
    trigger(&mut connection, tenant, 2, "CUSTOMER_TIMING", json!({})).await;
    dormant(&mut connection, tenant, 1).await;
    for (n, status) in [(1, "SKIPPED"), (2, "SUCCESS")] {
        let row = json!({
            "tenant_id": tenant, "trigger_id": trigger_id(n), "dedupe_key": "x", "status": status,
            "customer_id": subject_id(tenant, 1), "condition_on": "2026-11-01", "executed_on": "2026-11-20",
            "executed_at": as_of(),
        });
        insert(&mut connection, "sales.trigger_execution", &row).await;
    }
    assert_eq!(counted(&run(&db, as_of()).await)["executed"], 1);
}

#[tokio::test]
async fn a_dry_run_shows_what_becomes_of_each_candidate() {
    let (db, mut connection, _) = crowded(json!({"max_executions_per_day": 1}), 2).await;
    execute(
        &mut connection,
        "update sales.customer set do_not_contact_until = '2027-01-01' where name = 'Shop 2'",
    )
    .await;
    let first = Request {
        limit: Some(2),
        ..invoked(as_of())
    };
    db.run(&job(), &first).await;
    execute(
        &mut connection,
        "update sales.trigger_execution set status = 'FAILED', skip_reason = null where status = 'SKIPPED'",
    )
    .await;
    let shown: Vec<_> = db
        .run(&job(), &dry_run())
        .await
        .changes
        .into_iter()
        .map(|change| (change.before, change.after))
        .collect();
    let skipped = |reason| json!({"status": "SKIPPED", "skipReason": reason, "actions": []});
    assert_eq!(
        shown,
        [
            (json!("FAILED"), skipped("do_not_contact")),
            (Value::Null, skipped("customer_limit")),
            (Value::Null, skipped("do_not_contact")),
        ],
        "and nothing of what was executed"
    );
}
