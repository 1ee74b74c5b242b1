//! What a limit leaves undone.

use super::*;

#[tokio::test]
async fn a_limit_that_cuts_the_samples_withholds_the_metrics_and_one_that_does_not_does_not() {
    // The limit, the samples taken, whether metrics are withheld: three tastings and a line of an order.
    for (limit, taken, withheld) in [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 4, 0), (5, 4, 0)] {
        for pages in [1, 2, 500] {
            let (db, mut connection, tenant) = distributor(3).await;
            let line = json!({
                "tenant_id": tenant, "order_id": subject_id(tenant, 1), "sku_id": sku(&mut connection).await,
                "quantity": 1, "is_sample": true,
            });
            insert_line(&mut connection, &line).await;
            let request = Request {
                limit: Some(limit),
                ..invoked(Tastings::as_of())
            };
            let report = db
                .runner(pages)
                .run(&SampleMetrics, &request, None, &mut ())
                .await
                .unwrap();
            let report = shared::testing::ran(report);
            assert_eq!(
                (
                    report.totals.total,
                    &report.counters["samples"],
                    &report.counters["metricsWithheld"]
                ),
                (taken, &json!(taken), &json!(withheld)),
                "limit {limit}, pages of {pages}"
            );
            assert_eq!(
                report.counters["samplesFlagged"],
                taken.min(3),
                "flags are written all the same"
            );
            assert_eq!(
                metrics(&mut connection).await.is_empty(),
                withheld == 1,
                "limit {limit}, pages of {pages}"
            );
        }
    }
}

async fn sku(connection: &mut PgConnection) -> Uuid {
    sqlx::query_scalar("select id from sales.sku order by id limit 1")
        .fetch_one(connection)
        .await
        .unwrap()
}

async fn insert_line(connection: &mut PgConnection, line: &Value) {
    shared::testing::golden::insert_given(connection, "sales.order_line", json!({"unit_price": 0}), line)
        .await;
}
