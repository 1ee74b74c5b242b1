//! The flags of tastings, and who has set them.

use super::*;

const FLAGS: &str = "select resulted_in_order, converted_order_id, converted_at, converted_by
    from sales.sample_usage order by id";

#[tokio::test]
async fn a_flag_moves_to_an_earlier_order_and_goes_with_the_last_one() {
    let (db, mut connection, tenant) = distributor(1).await;
    let id = subject_id(tenant, 1);
    let flag = |order: Option<Uuid>, at: Option<&str>| {
        json!({
            "resulted_in_order": order.is_some(), "converted_order_id": order, "converted_at": at,
            "converted_by": order.map(|_| "job"),
        })
    };
    run(&db).await;
    assert_eq!(
        all(&mut connection, FLAGS).await,
        [flag(Some(id), Some("2026-10-03T12:00:00+00:00"))]
    );
    // An order that came to be known later was placed earlier, in the instant after the tasting.
    let earlier = subject_id(tenant, 2);
    let insert_earlier = format!(
        "insert into sales.order (id, tenant_id, customer_id, status, ordered_at)
         select '{earlier}', tenant_id, customer_id, 'SUBMITTED', '2026-10-02 12:00:00.000001Z' from sales.order;
         insert into sales.order_line (tenant_id, order_id, sku_id, quantity, unit_price)
         select tenant_id, '{earlier}', sku_id, 1, 10 from sales.order_line"
    );
    execute(&mut connection, &insert_earlier).await;
    let report = run(&db).await;
    assert_eq!(report.counters["samplesFlagged"], 1);
    let moved = flag(Some(earlier), Some("2026-10-02T12:00:00.000001+00:00"));
    assert_eq!(all(&mut connection, FLAGS).await, [moved]);
    execute(&mut connection, "update sales.order set status = 'CANCELLED'").await;
    let report = run(&db).await;
    assert_eq!(
        (
            &report.counters["samplesUnflagged"],
            &report.counters["conversions"]
        ),
        (&json!(1), &json!(0))
    );
    assert_eq!(all(&mut connection, FLAGS).await, [flag(None, None)]);
}

#[tokio::test]
async fn what_a_person_said_stands_meanwhile_too() {
    let (_db, mut connection, id) = distributor(4).await;
    let tenant = shared::testing::tenant("vins", "UTC");
    let (scope, changes) = decided(&SampleMetrics, &mut connection, tenant, Tastings::as_of()).await;
    let meanwhile = format!(
        "update sales.sample_usage set resulted_in_order = true where id = '{}';
         update sales.sample_usage set resulted_in_order = true, converted_by = 'user' where id = '{}';
         update sales.sample_usage set converted_by = 'user' where id = '{}'",
        subject_id(id, 1),
        subject_id(id, 2),
        subject_id(id, 3),
    );
    execute(&mut connection, &meanwhile).await;
    let counters = SampleMetrics
        .write(&mut connection, &scope, &changes)
        .await
        .unwrap();
    assert_eq!((counters.samples_flagged, counters.samples_unflagged), (1, 0));
    let flags = "select resulted_in_order as is_set, converted_by as by from sales.sample_usage order by id";
    let expected = [
        (true, None),
        (true, Some("user")),
        (false, Some("user")),
        (true, Some("job")),
    ]
    .map(|(is_set, by)| json!({"is_set": is_set, "by": by}));
    assert_eq!(all(&mut connection, flags).await, expected);
}
