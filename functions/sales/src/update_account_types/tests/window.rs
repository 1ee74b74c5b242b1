//! Where the window of the volume begins.

use super::*;

/// The window begins with the local midnight, on the days too on which the clock is changed there.
#[tokio::test]
async fn the_window_begins_at_the_local_midnight_whatever_the_clock_does_that_day() {
    // Zone, clock, the first instant of the window.
    let table = [
        // 25 October 2026 has 25 hours in Berlin.
        ("Europe/Berlin", "2027-01-23T12:00:00Z", "2026-10-24T22:00:00Z"),
        ("Europe/Berlin", "2027-01-24T12:00:00Z", "2026-10-25T23:00:00Z"),
        // In Santiago midnight of 6 September 2026 is skipped: the day begins at 1:00 of the summer time.
        ("America/Santiago", "2026-12-05T12:00:00Z", "2026-09-06T04:00:00Z"),
    ];
    for (zone, as_of, begins_at) in table {
        let db = TestDb::new().await;
        let tenant = db.tenant("sales", "vins", zone).await;
        let mut connection = db.connect().await;
        let begins_at: DateTime<Utc> = begins_at.parse().unwrap();
        for (n, delivered_at) in [
            (1, begins_at - chrono::TimeDelta::microseconds(1)),
            (2, begins_at),
        ] {
            let id = subject_id(tenant, n);
            insert(
                &mut connection,
                "sales.customer",
                &json!({"id": id, "tenant_id": tenant, "name": "Bar"}),
            )
            .await;
            let order = json!({
                "tenant_id": tenant, "customer_id": id, "status": "DELIVERED", "total": "100.00",
                "ordered_at": delivered_at, "delivered_at": delivered_at,
            });
            insert(&mut connection, "sales.\"order\"", &order).await;
        }
        db.run(&UpdateAccountTypes, &invoked(as_of.parse().unwrap()))
            .await;
        let types = "select array_agg(account_type order by id) as types from sales.customer";
        assert_eq!(
            one(&mut connection, types).await["types"],
            json!([null, "LOW_VOLUME"]),
            "{zone} {as_of}"
        );
    }
}
