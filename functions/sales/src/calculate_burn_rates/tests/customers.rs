//! The customers' pass: nights in a row, what counts, and what goes wrong.

use chrono::TimeDelta;

use super::*;

/// A distributor with so many of the fixture's customers.
async fn vins(count: u32) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("sales", "vins", "UTC").await;
    let mut connection = db.connect().await;
    Customers::seed(&mut connection, tenant, count).await.unwrap();
    (db, connection, tenant)
}

#[tokio::test]
async fn paces_come_stay_move_and_go() {
    let (db, mut connection, tenant) = vins(2).await;
    let first = counted(&run(&db, as_of()).await);
    assert_eq!(first, json!({"customers": 2, "ratesWritten": 4}));
    let versions = "select xmin::text, calculated_at, id from sales.customer_sku_rate order by id";
    let before = rows(&mut connection, versions).await;
    let next = as_of() + TimeDelta::days(1);
    assert_eq!(
        counted(&run(&db, next).await),
        json!({"customers": 2, "ratesUnchanged": 4})
    );
    assert_eq!(
        rows(&mut connection, versions).await,
        before,
        "unchanged rows stay"
    );

    // One customer closes, and the other one is late with one product.
    let (closed, open) = (subject_id(tenant, 1), subject_id(tenant, 2));
    let change = format!(
        "update sales.customer set is_permanently_closed = true where id = '{closed}';
        update sales.\"order\" set delivered_at = delivered_at + interval '2 days' where id = md5('{open}1')::uuid"
    );
    execute(&mut connection, &change).await;
    let third = counted(&run(&db, next).await);
    assert_eq!(
        third,
        json!({"customers": 2, "ratesWritten": 1, "ratesUnchanged": 1, "ratesDeleted": 2})
    );
    let left = "select distinct customer_id from sales.customer_sku_rate";
    assert_eq!(rows(&mut connection, left).await, [json!({"customer_id": open})]);
    let fourth = counted(&run(&db, next).await);
    assert_eq!(
        fourth,
        json!({"customers": 2, "ratesUnchanged": 2}),
        "the closed one bought something of late"
    );

    // A year later nothing of that counts.
    let much_later = as_of() + TimeDelta::days(400);
    assert_eq!(
        counted(&run(&db, much_later).await),
        json!({"customers": 1, "ratesDeleted": 2})
    );
    assert_eq!(counted(&run(&db, much_later).await), json!({}));
}

#[tokio::test]
async fn samples_and_what_is_no_demand_set_no_pace() {
    for (spoilt, expected) in [
        ("update sales.order_line set is_sample = true", json!({})),
        ("update sales.order_line set quantity = -quantity", json!({})),
        (
            "update sales.order_line set usage_type = 'OTHER_ONE_OFF'",
            json!({}),
        ),
        ("update sales.\"order\" set status = 'CANCELLED'", json!({})),
        ("update sales.\"order\" set is_event_sale = true", json!({})),
        ("update sales.\"order\" set delivered_at = null", json!({})),
        (
            "update sales.\"order\" set delivered_at = '2026-11-22 02:00Z'",
            json!({}),
        ),
        // Of today, it counts; but one date is no pace.
        (
            "update sales.\"order\" set delivered_at = '2026-11-22 01:59Z'",
            json!({"customers": 1}),
        ),
        (
            "update sales.order_line set usage_type = 'WINE_CLUB'",
            json!({"customers": 1, "ratesWritten": 2}),
        ),
    ] {
        let (db, mut connection, _) = vins(1).await;
        execute(&mut connection, spoilt).await;
        assert_eq!(counted(&run(&db, as_of()).await), expected, "{spoilt}");
    }
}

#[tokio::test]
async fn the_first_date_that_counts_is_a_year_ago() {
    for (at, intervals) in [("2025-11-22 00:00Z", 6), ("2025-11-21 23:59Z", 5)] {
        let (db, mut connection, tenant) = vins(1).await;
        let oldest = format!(
            "with older as (
                insert into sales.\"order\" (id, tenant_id, customer_id, ordered_at, delivered_at)
                values ('{tenant}', '{tenant}', '{}', '{at}', '{at}')
            )
            insert into sales.order_line (tenant_id, order_id, sku_id, quantity)
            values ('{tenant}', '{tenant}', md5('{tenant}1')::uuid, 6)",
            subject_id(tenant, 1)
        );
        execute(&mut connection, &oldest).await;
        run(&db, as_of()).await;
        let weekly = "select max(intervals) as intervals from sales.customer_sku_rate";
        assert_eq!(
            rows(&mut connection, weekly).await,
            [json!({"intervals": intervals})],
            "{at}"
        );
    }
}

#[tokio::test]
async fn a_refused_pace_harms_its_customer_alone() {
    let (db, mut connection, tenant) = vins(5).await;
    let guilty = subject_id(tenant, 3);
    let huge = format!(
        "update sales.order_line l set quantity = 2147483647
        from sales.\"order\" o where o.id = l.order_id and o.customer_id = '{}';
        create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end';
        create trigger refuse before insert on sales.customer_sku_rate for each row
            when (new.customer_id = '{guilty}' and new.intervals = 2) execute function refuse()",
        subject_id(tenant, 5)
    );
    execute(&mut connection, &huge).await;
    let report = run(&db, as_of()).await;
    assert_eq!((report.totals.processed, report.totals.failed), (4, 1));
    assert_eq!(report.errors[0].subject, format!("customer:{guilty}"));
    assert_eq!(
        counted(&report),
        json!({"customers": 5, "ratesWritten": 8}),
        "none of the guilty one's, not even half"
    );
}

#[tokio::test]
async fn a_dry_run_shows_how_many_paces_and_when_the_first_is_due() {
    let (db, _, tenant) = vins(1).await;
    let request = shared::request::Request {
        dry_run: true,
        ..invoked(as_of())
    };
    let report = db.run(&CalculateBurnRates, &request).await;
    let change = &report.changes[0];
    assert_eq!(change.subject, format!("customer:{}", subject_id(tenant, 1)));
    assert_eq!(change.before, json!({"rates": 0, "nextReorderDate": null}));
    assert_eq!(change.after, json!({"rates": 2, "nextReorderDate": "2026-11-21"}));
}
