//! The products' pass: nights in a row, what counts, and what goes wrong.

use chrono::{Days, NaiveDate, TimeDelta};
use shared::report::Status;

use super::*;

/// A distributor with a product that sells five a day, of which there are so many.
struct Vins {
    db: TestDb,
    connection: PgConnection,
    tenant: Uuid,
}

impl Vins {
    async fn new(zone: &str) -> Self {
        let db = TestDb::new().await;
        let tenant = db.tenant("sales", "vins", zone).await;
        let mut connection = db.connect().await;
        let customer = json!({"id": tenant, "tenant_id": tenant, "name": "Bar"});
        insert(&mut connection, "sales.customer", &customer).await;
        Self {
            db,
            connection,
            tenant,
        }
    }

    async fn with_stock(on_hand: i32) -> (Self, Uuid) {
        let mut vins = Self::new("UTC").await;
        let sku = vins.sku(1, "2026-08-01T12:00:00Z").await;
        // Until the days after the first night are over, too.
        vins.samples(sku, "2026-08-01", 120, 5).await;
        vins.stock(sku, on_hand).await;
        (vins, sku)
    }

    async fn sku(&mut self, n: u32, created_at: &str) -> Uuid {
        let id = subject_id(self.tenant, n);
        let row = json!({
            "id": id, "tenant_id": self.tenant, "code": format!("W-{n}"), "name": "Rioja", "created_at": created_at,
        });
        insert(&mut self.connection, "sales.sku", &row).await;
        id
    }

    /// Delivers samples, which are demand and no customer's pace, at noon of so many dates.
    async fn samples(&mut self, sku: Uuid, first: &str, days: u64, quantity: i64) {
        let first: NaiveDate = first.parse().unwrap();
        for day in 0..days {
            let at = (first + Days::new(day)).and_hms_opt(12, 0, 0).unwrap().and_utc();
            self.sample_at(sku, at, quantity).await;
        }
    }

    async fn sample_at(&mut self, sku: Uuid, at: DateTime<Utc>, quantity: i64) {
        self.deliver(sku, at, json!({}), json!({"quantity": quantity}))
            .await;
    }

    async fn deliver(&mut self, sku: Uuid, at: DateTime<Utc>, of_order: Value, of_line: Value) {
        let id = Uuid::new_v4();
        let mut order = json!({
            "id": id, "tenant_id": self.tenant, "customer_id": self.tenant, "ordered_at": at, "delivered_at": at,
        });
        let mut line = json!({"tenant_id": self.tenant, "order_id": id, "sku_id": sku, "is_sample": true});
        for (row, given) in [(&mut order, of_order), (&mut line, of_line)] {
            row.as_object_mut()
                .unwrap()
                .extend(given.as_object().unwrap().clone());
        }
        insert(&mut self.connection, "sales.\"order\"", &order).await;
        insert(&mut self.connection, "sales.order_line", &line).await;
    }

    async fn stock(&mut self, sku: Uuid, on_hand: i32) {
        let statement = format!(
            "insert into sales.inventory (tenant_id, sku_id, location, on_hand) values ('{}', '{sku}', 'A', {on_hand})
            on conflict (tenant_id, sku_id, location, status) do update set on_hand = excluded.on_hand",
            self.tenant
        );
        execute(&mut self.connection, &statement).await;
    }

    async fn night(&self, days: i64) -> Report {
        run(&self.db, as_of() + TimeDelta::days(days)).await
    }

    async fn rows(&mut self, query: &str) -> Vec<Value> {
        rows(&mut self.connection, query).await
    }

    async fn demand(&mut self) -> Value {
        self.rows("select * from sales.sku_demand").await.remove(0)
    }
}

#[tokio::test]
async fn an_alert_comes_stays_goes_and_comes_again() {
    let (mut vins, sku) = Vins::with_stock(0).await;
    // Five a day over 14 days: R 87, and a tenth more 95.7.
    let setting = json!({"tenant_id": vins.tenant, "lead_time_days": 14});
    insert(&mut vins.connection, "sales.setting", &setting).await;
    let nights = [
        (
            40,
            json!({"skus": 1, "skusUpdated": 1, "alertsOpened": 1, "recommendations": 1}),
        ),
        (40, json!({"skus": 1, "skusUnchanged": 1, "recommendations": 1})),
        (
            60,
            json!({"skus": 1, "skusUpdated": 1, "alertsUpdated": 1, "recommendations": 1}),
        ),
        (95, json!({"skus": 1, "skusUpdated": 1})),
        (96, json!({"skus": 1, "skusUpdated": 1, "alertsResolved": 1})),
        (95, json!({"skus": 1, "skusUpdated": 1})),
        (
            40,
            json!({"skus": 1, "skusUpdated": 1, "alertsOpened": 1, "recommendations": 1}),
        ),
    ];
    for (night, (on_hand, expected)) in (0..).zip(nights) {
        vins.stock(sku, on_hand).await;
        assert_eq!(counted(&vins.night(night).await), expected, "night {night}");
    }
    let alerts = "select severity, available, resolved, opened_at::date, resolved_at::date, message
        from sales.inventory_alert order by opened_at";
    let message = |available, days| {
        format!("Low stock: W-1 Rioja. Available: {available}, reorder point: 87, days of supply: {days}.")
    };
    assert_eq!(
        vins.rows(alerts).await,
        [
            json!({
                "severity": "WARNING", "available": 60, "resolved": true, "opened_at": "2026-11-22",
                "resolved_at": "2026-11-26", "message": message(60, "12.0"),
            }),
            json!({
                "severity": "CRITICAL", "available": 40, "resolved": false, "opened_at": "2026-11-28",
                "resolved_at": null, "message": message(40, "8.0"),
            })
        ]
    );
}

#[tokio::test]
async fn another_alert_opens_in_the_same_night() {
    let (mut vins, sku) = Vins::with_stock(0).await;
    for (on_hand, counter) in [(0, "alertsOpened"), (100, "alertsResolved"), (10, "alertsOpened")] {
        vins.stock(sku, on_hand).await;
        assert_eq!(vins.night(0).await.counters[counter], 1, "{on_hand}");
    }
    let alerts = "select alert_type, available, resolved from sales.inventory_alert order by resolved";
    assert_eq!(
        vins.rows(alerts).await,
        [
            json!({"alert_type": "LOW_STOCK", "available": 10, "resolved": false}),
            json!({"alert_type": "OUT_OF_STOCK", "available": 0, "resolved": true}),
        ]
    );
}

#[tokio::test]
async fn too_little_after_too_much_closes_the_one_alert_and_opens_the_other() {
    let (mut vins, sku) = Vins::with_stock(1_000).await;
    assert_eq!(vins.night(0).await.counters["alertsOpened"], 1);
    vins.stock(sku, 10).await;
    let turned = vins.night(1).await;
    assert_eq!(
        (
            &turned.counters["alertsOpened"],
            &turned.counters["alertsResolved"]
        ),
        (&json!(1), &json!(1))
    );
    let open = "select alert_family from sales.inventory_alert where not resolved";
    assert_eq!(vins.rows(open).await, [json!({"alert_family": "STOCK"})]);
}

#[tokio::test]
async fn a_second_run_writes_no_row_of_any_table_anew() {
    let (mut vins, sku) = Vins::with_stock(20).await;
    let unsold = vins.sku(2, "2026-01-01T12:00:00Z").await;
    vins.stock(unsold, 3).await;
    vins.sku(3, "2026-11-20T12:00:00Z").await;
    let expected = json!({
        "skus": 3, "skusUpdated": 3, "insufficientHistory": 1, "withoutInventory": 1, "alertsOpened": 2,
        "recommendations": 1,
    });
    assert_eq!(counted(&vins.night(0).await), expected);
    let versions = "select xmin::text, id from sales.sku
        union all select xmin::text, id from sales.sku_demand
        union all select xmin::text, id from sales.inventory_alert
        union all select xmin::text, id from sales.inventory_recommendation
        order by 2, 1";
    let before = vins.rows(versions).await;
    let expected = json!({
        "skus": 3, "skusUnchanged": 3, "insufficientHistory": 1, "withoutInventory": 1, "recommendations": 1,
    });
    assert_eq!(counted(&vins.night(0).await), expected);
    assert_eq!(vins.rows(versions).await, before);
    // What came in meanwhile makes today's recommendation go, and leaves that of another date.
    let earlier = json!({
        "tenant_id": vins.tenant, "sku_id": sku, "calc_date": "2026-11-21", "quantity": 1, "reorder_point": 1,
        "order_by_date": "2026-11-21", "inventory_position": 1, "reason": "OUT_OF_STOCK",
    });
    insert(&mut vins.connection, "sales.inventory_recommendation", &earlier).await;
    vins.stock(sku, 100).await;
    let third = vins.night(0).await;
    assert_eq!(
        (
            &third.counters["recommendations"],
            &third.counters["recommendationsDeleted"]
        ),
        (&json!(0), &json!(1))
    );
    let dates = vins
        .rows("select calc_date from sales.inventory_recommendation")
        .await;
    assert_eq!(dates, [json!({"calc_date": "2026-11-21"})]);
}

#[tokio::test]
async fn of_a_product_that_is_not_sold_any_more_the_alerts_are_resolved_and_nothing_else() {
    let (mut vins, sku) = Vins::with_stock(20).await;
    vins.night(0).await;
    let gone = format!("update sales.sku set is_active = false where id = '{sku}'");
    execute(&mut vins.connection, &gone).await;
    let untouched = "select xmin::text from sales.sku union all select xmin::text from sales.sku_demand
        union all select xmin::text from sales.inventory_recommendation";
    let before = vins.rows(untouched).await;
    vins.stock(sku, 0).await;
    let expected = json!({"skus": 1, "skusUnchanged": 1, "alertsResolved": 1, "recommendations": 1});
    assert_eq!(counted(&vins.night(0).await), expected);
    assert_eq!(vins.rows(untouched).await, before);
    assert_eq!(
        counted(&vins.night(0).await),
        json!({}),
        "it is no subject any more"
    );
}

#[tokio::test]
async fn only_what_was_delivered_and_left_the_stock_is_demand() {
    let mut vins = Vins::new("UTC").await;
    let sku = vins.sku(1, "2026-08-01T12:00:00Z").await;
    let at: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
    for (of_order, of_line) in [
        (json!({"status": "DRAFT"}), json!({"quantity": 1})),
        (
            json!({}),
            json!({"quantity": 20, "is_sample": false, "usage_type": "BTG"}),
        ),
        (json!({"status": "CANCELLED"}), json!({"quantity": 300})),
        (json!({"is_event_sale": true}), json!({"quantity": 300})),
        (json!({"delivered_at": null}), json!({"quantity": 300})),
        // Of today, and of the instant of the run.
        (
            json!({"delivered_at": "2026-11-22T00:00:00Z"}),
            json!({"quantity": 300}),
        ),
        (json!({"delivered_at": as_of()}), json!({"quantity": 300})),
        (json!({}), json!({"quantity": 300, "usage_type": "OTHER_ONE_OFF"})),
        (json!({}), json!({"quantity": -5})),
        // Just within the series, and the day before.
        (
            json!({"delivered_at": "2026-08-24T00:00:00Z"}),
            json!({"quantity": 4_000}),
        ),
        (
            json!({"delivered_at": "2026-08-23T23:59:59Z"}),
            json!({"quantity": 300}),
        ),
    ] {
        vins.deliver(sku, at, of_order, of_line).await;
    }
    vins.night(0).await;
    let demand = vins.demand().await;
    assert_eq!(
        (&demand["total_units"], &demand["sample_units"]),
        (&json!(4_021), &json!(4_001))
    );
    assert_eq!(demand["days_with_demand"], 2);
}

#[tokio::test]
async fn what_is_available_and_on_order_is_counted_as_it_stands() {
    let (mut vins, sku) = Vins::with_stock(100).await;
    let (tenant, other) = (vins.tenant, vins.sku(2, "2026-08-01T12:00:00Z").await);
    let statement = format!(
        "insert into sales.inventory (tenant_id, sku_id, location, status, on_hand, allocated) values
            ('{tenant}', '{sku}', 'B', 'AVAILABLE', 40, 15), ('{tenant}', '{sku}', 'A', 'DAMAGED', 999, 0),
            ('{tenant}', '{other}', 'A', 'QUARANTINE', 7, 0);
        insert into sales.inventory_reservation (tenant_id, sku_id, quantity, status, expires_at) values
            ('{tenant}', '{sku}', 3, 'ACTIVE', null), ('{tenant}', '{sku}', 2, 'ACTIVE', '2026-11-22 02:00:01Z'),
            ('{tenant}', '{sku}', 50, 'ACTIVE', '2026-11-22 02:00Z'), ('{tenant}', '{sku}', 50, 'RELEASED', null);
        insert into sales.supplier (id, tenant_id, name) values ('{tenant}', '{tenant}', 'Bodega');
        insert into sales.purchase_order (id, tenant_id, supplier_id, status, ordered_at)
            select md5(n::text)::uuid, '{tenant}', '{tenant}', status, ordered_at from (values
                (1, 'OPEN', timestamptz '2026-11-01Z'), (2, 'CANCELLED', '2026-11-01Z'), (3, 'OPEN', '2026-11-22 02:00Z')
            ) p (n, status, ordered_at);
        insert into sales.purchase_order_line (tenant_id, purchase_order_id, sku_id, quantity, received_quantity)
            select '{tenant}', md5(n::text)::uuid, '{sku}', quantity, received
            from (values (1, 30, 10), (1, 10, 25), (2, 500, 0), (3, 500, 0)) l (n, quantity, received)"
    );
    execute(&mut vins.connection, &statement).await;
    let report = vins.night(0).await;
    assert_eq!(
        report.counters["withoutInventory"], 1,
        "what is in quarantine is no stock"
    );
    let stock = "select available, inventory_position from sales.sku_demand order by sku_id";
    let expected = [
        json!({"available": 120, "inventory_position": 140}),
        json!({"available": null, "inventory_position": null}),
    ];
    assert_eq!(vins.rows(stock).await, expected);
}

#[tokio::test]
async fn a_days_units_are_those_of_the_local_date_where_clocks_change_and_where_they_are_odd() {
    // In each zone the clock changes within the series, or stands between the hours.
    for (zone, midnight) in [
        ("America/New_York", "2026-11-01T04:00:00Z"),
        ("America/New_York", "2026-11-02T05:00:00Z"),
        ("Europe/Berlin", "2026-10-24T22:00:00Z"),
        ("Europe/Berlin", "2026-10-25T23:00:00Z"),
        ("Asia/Kolkata", "2026-11-09T18:30:00Z"),
        ("Asia/Kathmandu", "2026-11-09T18:15:00Z"),
        ("Pacific/Chatham", "2026-09-27T10:15:00Z"),
        ("Pacific/Chatham", "2026-09-26T11:15:00Z"),
    ] {
        let mut vins = Vins::new(zone).await;
        let sku = vins.sku(1, "2026-08-01T12:00:00Z").await;
        let midnight: DateTime<Utc> = midnight.parse().unwrap();
        vins.sample_at(sku, midnight - TimeDelta::microseconds(1), 5)
            .await;
        vins.night(0).await;
        assert_eq!(vins.demand().await["days_with_demand"], 1, "{zone}");
        vins.sample_at(sku, midnight, 5).await;
        vins.sample_at(sku, midnight + TimeDelta::hours(22), 5).await;
        vins.night(0).await;
        let demand = vins.demand().await;
        assert_eq!(
            (&demand["days_with_demand"], &demand["total_units"]),
            (&json!(2), &json!(15)),
            "{zone} {midnight}"
        );
    }
}

#[tokio::test]
async fn a_distributor_without_a_time_zone_fails_alone() {
    let (vins, _) = Vins::with_stock(20).await;
    vins.db.tenant("sales", "mars", "Mars/Olympus").await;
    let report = vins.night(0).await;
    assert_eq!(
        (report.status, report.tenants.processed, report.tenants.failed),
        (Status::Partial, 1, 1)
    );
    assert_eq!(report.errors[0].subject, "tenant");
    assert_eq!(report.errors[0].message, "time zone 'Mars/Olympus' is unknown");
    assert_eq!(report.totals.total, 1);
}

#[tokio::test]
async fn a_refused_alert_or_recommendation_harms_its_product_alone() {
    for (table, column) in [
        ("inventory_alert", "sku_id"),
        ("inventory_recommendation", "sku_id"),
        ("sku", "id"),
    ] {
        let mut vins = Vins::new("UTC").await;
        for n in 1..=5 {
            let sku = vins.sku(n, "2026-08-01T12:00:00Z").await;
            vins.samples(sku, "2026-11-01", 21, 5).await;
            vins.stock(sku, 3).await;
        }
        let guilty = subject_id(vins.tenant, 3);
        let poison = format!(
            "create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end';
            create trigger refuse before insert or update on sales.{table} for each row
                when (new.{column} = '{guilty}') execute function refuse()"
        );
        execute(&mut vins.connection, &poison).await;
        let report = vins.night(0).await;
        assert_eq!((report.totals.processed, report.totals.failed), (4, 1), "{table}");
        assert_eq!(report.errors[0].subject, format!("sku:{guilty}"));
        let expected = json!({"skus": 5, "skusUpdated": 4, "alertsOpened": 4, "recommendations": 4});
        assert_eq!(counted(&report), expected, "{table}");
        let left = format!(
            "select id from sales.sku where id = '{guilty}' and burn_rate is not null
            union all select id from sales.sku_demand where sku_id = '{guilty}'
            union all select id from sales.inventory_alert where sku_id = '{guilty}'
            union all select id from sales.inventory_recommendation where sku_id = '{guilty}'"
        );
        assert_eq!(
            vins.rows(&left).await,
            [] as [Value; 0],
            "{table}: nothing of it is written"
        );
    }
}

#[tokio::test]
async fn figures_that_no_column_holds_are_the_products_error() {
    let (mut vins, _) = Vins::with_stock(20).await;
    let much = vins.sku(2, "2026-08-01T12:00:00Z").await;
    vins.samples(much, "2026-11-01", 21, i64::from(i32::MAX)).await;
    let stock = vins.sku(3, "2026-08-01T12:00:00Z").await;
    vins.stock(stock, i32::MAX).await;
    let more = json!({"tenant_id": vins.tenant, "sku_id": stock, "location": "B", "on_hand": i32::MAX});
    insert(&mut vins.connection, "sales.inventory", &more).await;
    let report = vins.night(0).await;
    assert_eq!((report.totals.processed, report.totals.failed), (1, 2));
    let errors: Vec<(&str, &str)> = report
        .errors
        .iter()
        .map(|error| (error.subject.as_str(), error.message.as_str()))
        .collect();
    let (much, stock) = (format!("sku:{much}"), format!("sku:{stock}"));
    assert_eq!(
        errors,
        [
            (much.as_str(), "its burn rate is too large to be stored"),
            (stock.as_str(), "its stock is too large to be stored")
        ]
    );
}

#[tokio::test]
async fn a_dry_run_shows_the_figures_and_the_alert() {
    let (vins, sku) = Vins::with_stock(30).await;
    let request = shared::request::Request {
        dry_run: true,
        ..invoked(as_of())
    };
    let report = vins.db.run(&CalculateBurnRates, &request).await;
    assert_eq!(report.changes.len(), 1);
    let change = &report.changes[0];
    assert_eq!(change.subject, format!("sku:{sku}"));
    assert_eq!(
        (&change.before, &change.after),
        (
            &json!({"burnRate": null, "reorderPoint": null, "daysOfSupply": null, "alert": null}),
            &json!({
                "burnRate": "5.0000", "reorderPoint": 52, "daysOfSupply": "6.0", "alert": "LOW_STOCK WARNING",
            })
        )
    );
}

#[tokio::test]
async fn a_category_lends_its_months_and_those_of_its_inactive_products() {
    let mut vins = Vins::new("UTC").await;
    let young = vins.sku(1, "2026-08-01T12:00:00Z").await;
    vins.samples(young, "2026-08-01", 113, 5).await;
    let old = vins.sku(2, "2025-10-01T12:00:00Z").await;
    for month in 0..12 {
        let at = "2025-11-15T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + chrono::Months::new(month);
        vins.sample_at(old, at, if month == 0 { 9_000 } else { 3_000 })
            .await;
    }
    let categorise =
        "update sales.sku set category = 'red'; update sales.sku set is_active = false where code = 'W-2'";
    execute(&mut vins.connection, categorise).await;
    vins.night(0).await;
    let demand = vins.demand().await;
    assert_eq!(demand["month_source"], "CATEGORY");
    assert!(demand["month_factor"].as_f64().unwrap() > 1.2, "{demand}");
    execute(
        &mut vins.connection,
        "update sales.sku set category = '' where code = 'W-1'",
    )
    .await;
    vins.night(0).await;
    let demand = vins.demand().await;
    assert_eq!(
        (&demand["month_source"], &demand["month_factor"]),
        (&json!("NONE"), &json!(1.0))
    );
}

#[tokio::test]
async fn another_distributors_orders_are_no_demand() {
    let (mut vins, _) = Vins::with_stock(30).await;
    vins.night(0).await;
    let before = vins.demand().await;
    let other = vins.db.tenant("sales", "zz-other", "UTC").await;
    Skus::seed(&mut vins.connection, other, 2).await.unwrap();
    assert_eq!(vins.night(0).await.counters["skusUnchanged"], 1);
    assert_eq!(vins.demand().await, before);
}
