//! The marks of first orders, and that nothing is written twice.

use super::*;

/// Every row of the customers and their orders with the transaction that wrote it.
async fn versions(connection: &mut PgConnection) -> Value {
    let versions = "select
            (select array_agg(xmin::text || id order by id) from sales.customer) as customer,
            (select array_agg(xmin::text || id order by id) from sales.order) as ordered,
            (select array_agg(xmin::text || id order by id) from sales.customer_type_change) as change";
    one(connection, versions).await
}

#[tokio::test]
async fn a_second_run_writes_nothing_and_a_mark_alone_leaves_the_customer_as_it_is() {
    let (db, mut connection, tenant) = distributor(3).await;
    run(&db).await;
    let before = versions(&mut connection).await;
    let report = run(&db).await;
    assert_eq!(
        (report.status, counted(&report)["unchanged"].take()),
        (Status::Succeeded, json!(3))
    );
    assert_eq!(versions(&mut connection).await, before);
    let unmark = format!(
        "update sales.order set is_first_order = false where customer_id = '{}'",
        subject_id(tenant, 2)
    );
    execute(&mut connection, &unmark).await;
    let report = run(&db).await;
    assert_eq!(
        (
            &report.counters["unchanged"],
            &report.counters["changed"],
            &report.counters["firstOrdersMarked"]
        ),
        (&json!(3), &json!(0), &json!(1))
    );
    let after = versions(&mut connection).await;
    assert_eq!(
        (&after["customer"], &after["change"]),
        (&before["customer"], &before["change"])
    );
}

#[tokio::test]
async fn the_first_order_moves_when_it_is_cancelled_and_an_undelivered_one_loses_its_mark() {
    let (db, mut connection, tenant) = distributor(3).await;
    run(&db).await;
    let orders = format!(
        "select array_agg(is_first_order order by ordered_at, delivered_at) as marks
        from sales.order where customer_id = '{}'",
        subject_id(tenant, 3)
    );
    assert_eq!(
        one(&mut connection, &orders).await["marks"],
        json!([true, false, false])
    );
    let cancel = "update sales.order set status = 'CANCELLED' where is_first_order";
    execute(&mut connection, cancel).await;
    let report = run(&db).await;
    // The first customer had but that one, and is left without.
    assert_eq!(
        (
            &report.counters["firstOrdersMarked"],
            &report.counters["firstOrdersCleared"]
        ),
        (&json!(2), &json!(3))
    );
    assert_eq!(
        one(&mut connection, &orders).await["marks"],
        json!([false, true, false])
    );
    execute(
        &mut connection,
        "update sales.order set delivered_at = null where is_first_order",
    )
    .await;
    run(&db).await;
    assert_eq!(
        one(&mut connection, &orders).await["marks"],
        json!([false, true, false]),
        "nulls come last"
    );
}
