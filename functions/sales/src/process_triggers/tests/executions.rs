//! What becomes of an execution's row from run to run, and what goes with it.

use super::*;

#[tokio::test]
async fn a_failed_execution_is_skipped_and_then_executed_and_keeps_its_attempts() {
    let (db, mut connection, tenant) = distributor(json!({})).await;
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", json!({})).await;
    dormant(&mut connection, tenant, 1).await;
    let refuse = "alter table sales.task add constraint refused check (title not like 'Win back%')";
    execute(&mut connection, refuse).await;
    let report = run(&db, as_of()).await;
    assert_eq!(report.status, shared::report::Status::Failed, "all failed");
    assert_eq!(counted(&report)["failedExecutions"], 1);
    assert_eq!(executions(&mut connection).await, ["FAILED 1"]);
    let failed = all(&mut connection, "select * from sales.trigger_execution")
        .await
        .remove(0);
    assert_eq!(
        failed["error_message"],
        "write refused: violates check constraint refused"
    );
    assert_eq!(
        (&failed["metadata"], &failed["task_created"]),
        (&json!({"type": "CUSTOMER_DORMANCY"}), &json!(false))
    );

    execute(
        &mut connection,
        "update sales.customer set do_not_contact_until = '2026-11-23'",
    )
    .await;
    run(&db, as_of() + TimeDelta::minutes(1)).await;
    assert_eq!(executions(&mut connection).await, ["SKIPPED do_not_contact 1"]);
    let skipped = all(
        &mut connection,
        "select error_message from sales.trigger_execution",
    )
    .await
    .remove(0);
    assert_eq!(skipped["error_message"], Value::Null);

    execute(
        &mut connection,
        "update sales.customer set do_not_contact_until = null; alter table sales.task drop constraint refused",
    )
    .await;
    let report = run(&db, as_of() + TimeDelta::minutes(2)).await;
    assert_eq!(counted(&report)["executed"], 1);
    assert_eq!(executions(&mut connection).await, ["SUCCESS 1"]);
    let done = all(&mut connection, "select * from sales.trigger_execution")
        .await
        .remove(0);
    assert_eq!(
        (&done["skip_reason"], &done["error_message"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(done["id"], failed["id"]);
    assert_eq!(done["executed_at"], "2026-11-22T12:02:00+00:00");
    assert_eq!(count(&mut connection, "sales.task").await, 1);
}

#[tokio::test]
async fn a_fifth_failure_is_the_last() {
    let (db, mut connection, tenant) = distributor(json!({})).await;
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", json!({})).await;
    dormant(&mut connection, tenant, 1).await;
    execute(
        &mut connection,
        "alter table sales.task add constraint refused check (title is null)",
    )
    .await;
    for attempt in 1..=5 {
        run(&db, as_of()).await;
        assert_eq!(executions(&mut connection).await, [format!("FAILED {attempt}")]);
    }
    let report = run(&db, as_of()).await;
    assert_eq!(executions(&mut connection).await, ["FAILED 5"]);
    assert_eq!(
        (report.totals.failed, &counted(&report)["deduplicated"]),
        (0, &json!(1))
    );
}

#[tokio::test]
async fn a_skipped_row_is_written_once_whatever_the_reason_is_later() {
    let (db, mut connection, tenant) = distributor(json!({"max_executions_per_day": 1})).await;
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", json!({})).await;
    dormant(&mut connection, tenant, 2).await;
    run(&db, as_of()).await;
    assert_eq!(
        executions(&mut connection).await,
        ["SUCCESS", "SKIPPED tenant_limit"]
    );
    let version = "select xmin::text as version from sales.trigger_execution order by 1";
    let before = all(&mut connection, version).await;
    execute(
        &mut connection,
        "update sales.customer set do_not_contact_until = '2027-01-01'",
    )
    .await;
    let report = run(&db, as_of() + TimeDelta::hours(6)).await;
    assert_eq!(counted(&report)["skippedDoNotContact"], 1);
    assert_eq!(all(&mut connection, version).await, before);
}

/// Of a date that was moved while the run had it in hand, the new one stays.
#[tokio::test]
async fn only_the_date_that_was_answered_is_cleared() {
    let (db, mut connection, tenant) = distributor(json!({})).await;
    trigger(&mut connection, tenant, 1, "CUSTOMER_TIMING", json!({})).await;
    for (n, date) in [
        (1, "2026-11-22"),
        (2, "2026-10-23"),
        (3, "2026-10-22"),
        (4, "2026-11-23"),
    ] {
        customer(&mut connection, tenant, n, json!({"do_not_contact_until": date})).await;
    }
    let moves = format!(
        "create function moves() returns trigger language plpgsql as $$
        begin
            update sales.customer set do_not_contact_until = '2026-12-24' where id = new.customer_id;
            return new;
        end $$;
        create trigger moves after insert on sales.trigger_execution for each row
            when (new.customer_id = '{}') execute function moves()",
        subject_id(tenant, 2)
    );
    // As the application does: not as the job, which may not see the new date either.
    execute(
        &mut connection,
        &moves.replace("language plpgsql", "language plpgsql security definer"),
    )
    .await;
    let report = run(&db, as_of()).await;
    assert_eq!(
        (&counted(&report)["executed"], report.totals.total),
        (&json!(2), 2)
    );
    let dates = all(
        &mut connection,
        "select do_not_contact_until as until from sales.customer order by id",
    )
    .await;
    let until: Vec<_> = dates.iter().map(|row| row["until"].clone()).collect();
    assert_eq!(until[0], Value::Null);
    assert_eq!(
        until[1..],
        [json!("2026-12-24"), json!("2026-10-22"), json!("2026-11-23")]
    );
    let again = run(&db, as_of()).await;
    assert_eq!(again.totals.total, 0);
}

#[tokio::test]
async fn a_contact_that_waited_is_made_again_when_the_date_is_set_anew() {
    let (db, mut connection, tenant) = distributor(json!({})).await;
    trigger(&mut connection, tenant, 1, "CUSTOMER_TIMING", json!({})).await;
    customer(
        &mut connection,
        tenant,
        1,
        json!({"do_not_contact_until": "2026-11-22"}),
    )
    .await;
    run(&db, as_of()).await;
    execute(
        &mut connection,
        "update sales.customer set do_not_contact_until = '2026-11-25'",
    )
    .await;
    run(&db, as_of() + TimeDelta::days(3)).await;
    assert_eq!(executions(&mut connection).await, ["SUCCESS", "SUCCESS"]);
}

#[tokio::test]
async fn what_the_other_jobs_found_is_stale_unless_all_three_ran() {
    let (db, mut connection, tenant) = distributor(json!({})).await;
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", json!({})).await;
    assert_eq!(run(&db, as_of()).await.counters["stale"], true);
    for job in INPUTS {
        assert_eq!(run(&db, as_of()).await.counters["stale"], true);
        let ran = format!(
            "insert into platform.job_run (job, trigger, as_of, status, scope)
            values ('{job}', 'cli', '{}', 'succeeded', '')",
            as_of()
        );
        execute(&mut connection, &ran).await;
    }
    assert_eq!(run(&db, as_of()).await.counters["stale"], false);
}

#[tokio::test]
async fn an_unknown_time_zone_fails_its_distributor_alone() {
    let (db, mut connection, tenant) = distributor(json!({})).await;
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", json!({})).await;
    dormant(&mut connection, tenant, 1).await;
    db.tenant("sales", "another", "Mars/Olympus").await;
    let report = run(&db, as_of()).await;
    assert_eq!(
        (
            report.tenants.failed,
            report.tenants.processed,
            report.totals.total
        ),
        (1, 1, 1)
    );
    assert_eq!(report.errors[0].subject, "tenant");
    assert_eq!(report.errors[0].message, "time zone 'Mars/Olympus' is unknown");
    assert_eq!(executions(&mut connection).await, ["SUCCESS"]);
}

/// An order at half past four in the morning of Greenwich is of the day before in New York.
#[tokio::test]
async fn dates_are_those_on_the_distributors_wall() {
    for (time_zone, since) in [("UTC", 60), ("America/New_York", 61)] {
        let (db, mut connection, tenant) = distributor(json!({})).await;
        execute(
            &mut connection,
            &format!("update platform.tenant set time_zone = '{time_zone}'"),
        )
        .await;
        trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", json!({})).await;
        let id = customer(&mut connection, tenant, 1, json!({})).await;
        let order = json!({
            "tenant_id": tenant, "customer_id": id, "ordered_at": "2026-09-01T00:00:00Z",
            "delivered_at": "2026-09-23T03:30:00Z", "total": "5.00",
        });
        insert(&mut connection, "sales.\"order\"", &order).await;
        run(&db, as_of()).await;
        let facts = all(
            &mut connection,
            "select metadata -> 'facts' as facts from sales.trigger_execution",
        )
        .await;
        assert_eq!(facts[0]["facts"]["daysSince"], since, "{time_zone}");
    }
}

/// Deliveries at the run's clock, cancelled ones and credit notes are no purchases, drafts that were delivered are.
#[tokio::test]
async fn a_purchase_was_delivered_before_the_clock_and_not_cancelled_and_paid() {
    for (given, is_purchase) in [
        (json!({}), true),
        (json!({"status": "CANCELLED"}), false),
        (json!({"total": "0.00"}), false),
        (json!({"total": "-5.00"}), false),
        (json!({"delivered_at": as_of()}), false),
        (
            json!({"delivered_at": as_of() - TimeDelta::microseconds(1)}),
            true,
        ),
        (json!({"delivered_at": null}), false),
    ] {
        let (db, mut connection, tenant) = distributor(json!({})).await;
        trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", json!({})).await;
        dormant(&mut connection, tenant, 1).await;
        let mut order = json!({
            "tenant_id": tenant, "customer_id": subject_id(tenant, 1), "ordered_at": "2026-11-01T00:00:00Z",
            "delivered_at": "2026-11-20T12:00:00Z", "total": "5.00", "status": "DRAFT",
        });
        order.as_object_mut().unwrap().extend(object(given.clone()));
        insert(&mut connection, "sales.\"order\"", &order).await;
        let report = run(&db, as_of()).await;
        assert_eq!(
            report.totals.total,
            u64::from(!is_purchase),
            "{given}: who bought is not dormant"
        );
    }
}
