//! Local days near midnight: an hour that another zone counts to another date changes what is noticed, at both ends of
//! every window.

use chrono::{Days, NaiveTime};
use chrono_tz::Tz;
use shared::calendar;

use super::*;

/// A distributor near whose midnight everything happens.
struct Wall<'a> {
    connection: &'a mut PgConnection,
    tenant: Uuid,
    zone: Tz,
    time: NaiveTime,
}

fn instant(days_ago: u64, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    calendar::instants((today() - Days::new(days_ago)).and_time(time), zone).0
}

impl Wall<'_> {
    fn at(&self, days_ago: u64) -> DateTime<Utc> {
        instant(days_ago, self.time, self.zone)
    }

    fn id(&self, n: u32) -> Uuid {
        subject_id(self.tenant, n)
    }

    async fn customer(&mut self, n: u32, given: Value) {
        customer(self.connection, self.tenant, n, given).await;
    }

    /// An order that was made and delivered at once.
    async fn bought(&mut self, n: u32, days_ago: u64, given: Value) {
        let mut row = json!({
            "tenant_id": self.tenant, "customer_id": self.id(n), "status": "DELIVERED", "total": "100.00",
            "ordered_at": self.at(days_ago), "delivered_at": self.at(days_ago),
        });
        row.as_object_mut().unwrap().extend(object(given));
        insert(self.connection, "sales.\"order\"", &row).await;
    }

    /// A customer who bought on these days only.
    async fn buyer(&mut self, n: u32, days_ago: &[u64]) {
        self.customer(n, json!({})).await;
        for days_ago in days_ago {
            self.bought(n, *days_ago, json!({})).await;
        }
    }

    /// The customers, products and orders of the triggers 1 to 8 have the numbers from ten times that on.
    async fn fill(&mut self) {
        let sku = self.id(20);
        let row = json!({"id": sku, "tenant_id": self.tenant, "code": "SKU-20", "name": "Gamay"});
        insert(self.connection, "sales.sku", &row).await;
        for (n, days_ago) in [(10, 44), (11, 45), (12, 365), (13, 366)] {
            self.buyer(n, &[days_ago]).await;
        }
        let alert = json!({
            "id": sku, "tenant_id": self.tenant, "sku_id": sku, "alert_family": "STOCK", "alert_type": "LOW_STOCK",
            "severity": "WARNING", "message": "", "available": 1, "opened_at": self.at(1),
        });
        insert(self.connection, "sales.inventory_alert", &alert).await;
        self.buyer(30, &[17, 31, 45]).await;
        self.buyer(31, &[16, 30, 44]).await;
        self.customer(40, json!({})).await;
        for (days_ago, total) in [
            (1, "10.00"),
            (90, "100.00"),
            (91, "1000.00"),
            (200, "1000.00"),
            (300, "1000.00"),
            (365, "1000.00"),
            (366, "7.00"),
        ] {
            self.bought(40, days_ago, json!({"total": total})).await;
        }
        self.samples(sku).await;
        for (n, days_ago) in [(60, 0), (61, 1), (62, 8), (63, 9)] {
            self.customer(n, json!({})).await;
            let order = json!({"id": self.id(n), "is_first_order": true});
            self.bought(n, days_ago, order).await;
        }
        for (n, date) in [
            (70, today() + Days::new(1)),
            (71, today()),
            (72, today() - Days::new(30)),
            (73, today() - Days::new(31)),
        ] {
            self.customer(n, json!({"do_not_contact_until": date})).await;
        }
        self.buyer(80, &[24, 44, 64]).await;
        self.buyer(81, &[23, 43, 63]).await;
        for (n, days_ahead) in [(82, 7), (83, 8)] {
            self.customer(n, json!({})).await;
            let rate = json!({
                "tenant_id": self.tenant, "customer_id": self.id(n), "sku_id": sku, "intervals": 5,
                "average_interval_days": 14, "interval_sd_days": 0, "quantity_per_order": 6,
                "last_order_date": "2026-11-10", "predicted_reorder_date": today() + Days::new(days_ahead),
                "confidence": "0.9", "calculated_at": as_of(),
            });
            insert(self.connection, "sales.customer_sku_rate", &rate).await;
        }
    }

    /// Samples of these days, and on which day their customer ordered the product.
    async fn samples(&mut self, sku: Uuid) {
        let rep = json!({"id": self.id(50), "tenant_id": self.tenant, "name": "Rita"});
        insert(self.connection, "sales.sales_rep", &rep).await;
        for (n, days_ago, ordered) in [
            (50, 6, None),
            (51, 7, None),
            (52, 37, None),
            (53, 38, None),
            (54, 37, Some(7)),
            (55, 37, Some(6)),
        ] {
            self.customer(n, json!({})).await;
            let sample = json!({
                "id": self.id(n), "tenant_id": self.tenant, "sales_rep_id": self.id(50), "customer_id": self.id(n),
                "sku_id": sku, "tasted_at": self.at(days_ago),
            });
            insert(self.connection, "sales.sample_usage", &sample).await;
            let Some(ordered) = ordered else { continue };
            self.bought(n, ordered, json!({"id": self.id(n)})).await;
            let line = json!({
                "tenant_id": self.tenant, "order_id": self.id(n), "sku_id": sku, "quantity": 1, "unit_price": "5.00",
            });
            insert(self.connection, "sales.order_line", &line).await;
        }
    }
}

/// Half an hour before midnight in New York it is tomorrow in Greenwich, half an hour after it in Tokyo yesterday. Either
/// the run or what happened is then, so that a date of Greenwich would differ from the other.
#[tokio::test]
async fn what_happened_near_midnight_is_noticed_on_the_date_on_the_wall() {
    for (time_zone, run_at, time) in [
        ("America/New_York", "12:00:00", "23:30:00"),
        ("America/New_York", "23:30:00", "00:30:00"),
        ("Asia/Tokyo", "12:00:00", "00:30:00"),
        ("Asia/Tokyo", "00:30:00", "23:30:00"),
    ] {
        let (db, mut connection, tenant) = distributor(json!({})).await;
        for (n, trigger_type) in (1..).zip(TYPES) {
            trigger(&mut connection, tenant, n, trigger_type, json!({})).await;
        }
        let zone: Tz = time_zone.parse().unwrap();
        let mut wall = Wall {
            connection: &mut connection,
            tenant,
            zone,
            time: time.parse().unwrap(),
        };
        wall.fill().await;
        let at = instant(0, run_at.parse().unwrap(), zone);
        let scope = opened(&mut db.connect().await, time_zone, at).await;
        let of_trigger = |candidate: &Candidate| {
            let of = (1..=8).find(|n| trigger_id(*n) == candidate.trigger.id).unwrap();
            (10..90)
                .find(|n| subject_id(tenant, *n) == candidate.subject)
                .filter(|n| u128::from(n / 10) == of)
        };
        let mut noticed: Vec<_> = scope
            .settings
            .rows
            .iter()
            .filter_map(|row| match row {
                Row::Candidate(candidate) => {
                    let days_ago = (today() - candidate.condition_on).num_days();
                    Some((of_trigger(candidate)?, days_ago, candidate.facts()))
                }
                Row::Unusable(..) => None,
            })
            .collect();
        noticed.sort_by_key(|(n, ..)| *n);
        let numbers: Vec<_> = noticed.iter().map(|(n, days_ago, _)| (*n, *days_ago)).collect();
        let expected = [
            (11, 45),
            (12, 365),
            (20, 1),
            (30, 3),
            // The first day of November.
            (40, 21),
            (51, 7),
            (52, 37),
            (55, 37),
            (61, 1),
            (62, 8),
            (71, 0),
            (72, 30),
            (80, 4),
            (82, -7),
        ];
        assert_eq!(numbers, expected, "{time_zone}: {run_at}, {time}");
        let declined = &noticed.iter().find(|(n, ..)| *n == 40).unwrap().2;
        assert_eq!(
            (&declined["revenue90"], &declined["baseline90"]),
            (&json!("110.00"), &json!("1309.09")),
            "{time_zone}: {run_at}, {time}"
        );
    }
}
