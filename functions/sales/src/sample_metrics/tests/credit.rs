//! To which sample a line is credited, held against the rule as it is written down.

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rust_decimal::Decimal;

use super::*;

/// Customers of the trial, each with samples and orders of its own.
const CUSTOMERS: u32 = 120;

/// Minutes before the run's clock. Few different ones, so that many come together.
type Minutes = u32;

#[derive(Debug, Clone)]
struct Given {
    /// When, and whether of the other product.
    tastings: Vec<(Minutes, bool)>,
    orders: Vec<GivenOrder>,
}

#[derive(Debug, Clone)]
struct GivenOrder {
    ordered: Minutes,
    delivered: Option<Minutes>,
    status: &'static str,
    /// Quantity, price in cents, whether a sample, whether of the other product, and whether a tasting of the
    /// customer names it.
    lines: Vec<(i32, i64, bool, bool, bool)>,
}

fn given() -> impl Strategy<Value = Given> {
    // Around the days on which something begins or ends: today, an attribution, the cohort.
    let minutes = |days: &'static [u32]| {
        let minute = prop::sample::select(vec![0_u32, 1, 120, 121, 720, 1439]);
        (prop::sample::select(days), minute).prop_map(|(days, minute)| days * 1440 + minute)
    };
    let sampled = &[0, 1, 2, 3, 29, 30, 31, 32, 60, 61, 89, 90, 91];
    let ordered = &[0, 0, 0, 1, 1, 1, 2, 29, 30, 31, 60];
    let line = (
        prop::sample::select(vec![-1, 0, 1, 1, 2]),
        prop::sample::select(vec![0_i64, 1, 1250, 1250]),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.2),
        any::<bool>(),
    );
    let order = (
        minutes(ordered),
        prop::option::weighted(0.8, minutes(sampled)),
        prop::sample::select(vec!["DRAFT", "SUBMITTED", "DELIVERED", "DELIVERED", "CANCELLED"]),
        prop::collection::vec(line, 1..4),
    );
    let order = order.prop_map(|(ordered, delivered, status, lines)| GivenOrder {
        ordered,
        delivered,
        status,
        lines,
    });
    let tasting = (minutes(sampled), prop::bool::weighted(0.2));
    (
        prop::collection::vec(tasting, 0..7),
        prop::collection::vec(order, 0..7),
    )
        .prop_map(|(tastings, orders)| Given { tastings, orders })
}

#[derive(Debug, Clone)]
struct PlainSample {
    id: Uuid,
    at: DateTime<Utc>,
    customer: Uuid,
    sku: Uuid,
}

struct PlainLine {
    order_id: Uuid,
    customer: Uuid,
    sku: Uuid,
    ordered_at: DateTime<Utc>,
    amount: Decimal,
}

/// What the tables hold, as the rule speaks of it.
#[derive(Default)]
struct Plain {
    samples: Vec<PlainSample>,
    lines: Vec<PlainLine>,
}

impl Plain {
    /// Whether a line qualifies for a sample, as it is written down.
    fn qualifies(&self, line: &PlainLine, sample: &PlainSample, distributor: &Distributor) -> bool {
        let date = |at| shared::calendar::local_date(at, distributor.zone);
        let last = date(sample.at) + TimeDelta::days(distributor.setting.sample_attribution_days.into());
        (line.customer, line.sku) == (sample.customer, sample.sku)
            && sample.at < line.ordered_at
            && date(line.ordered_at) <= last
    }

    /// The sample's first order, and the sum of the lines that are credited to it.
    fn outcome(&self, sample: &PlainSample, distributor: &Distributor) -> (Option<Order>, Decimal) {
        let qualifying: Vec<&PlainLine> = self
            .lines
            .iter()
            .filter(|line| self.qualifies(line, sample, distributor))
            .collect();
        let first = qualifying
            .iter()
            .map(|line| (line.ordered_at, line.order_id))
            .min();
        let credited = qualifying.iter().filter(|line| {
            let best = self
                .samples
                .iter()
                .filter(|sample| self.qualifies(line, sample, distributor));
            best.max_by_key(|sample| (sample.at, sample.id))
                .map(|best| best.id)
                == Some(sample.id)
        });
        (
            first.map(|(ordered_at, id)| Order { id, ordered_at }),
            credited.map(|line| line.amount).sum(),
        )
    }
}

#[tokio::test]
async fn each_line_is_credited_as_it_is_written_down() {
    for (zone, as_of) in [
        ("UTC", "2026-11-22T02:00:00Z"),
        ("America/New_York", "2026-11-22T06:00:00Z"),
        ("Pacific/Auckland", "2026-10-20T12:00:00Z"),
    ] {
        let db = TestDb::new().await;
        let tenant = db.tenant("sales", "vins", zone).await;
        let mut connection = db.connect().await;
        let as_of: DateTime<Utc> = as_of.parse().unwrap();
        let plain = fill(&mut connection, tenant, as_of).await;
        let kit_tenant = shared::testing::tenant("vins", zone);
        let scope = shared::testing::scope(
            SampleMetrics
                .settings(&mut connection, as_of, &kit_tenant)
                .await
                .unwrap(),
            kit_tenant,
            as_of,
        );
        let Settings { distributor, .. } = &scope.settings;
        let (begin, end) = (
            distributor.start_of(distributor.days_ago(90)),
            distributor.start_of(distributor.today),
        );
        let mut expected: Vec<_> = plain
            .samples
            .iter()
            .filter(|sample| begin <= sample.at && sample.at < end)
            .map(|sample| (sample.id, plain.outcome(sample, distributor)))
            .collect();
        expected.sort_by_key(|(id, _)| *id);

        // Page by page, so that the places between pages are held as well.
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let batch = SampleMetrics
                .read(&mut connection, &scope, after.as_ref(), 37)
                .await
                .unwrap();
            found.extend(
                batch
                    .rows
                    .iter()
                    .map(|row| (row.place.id(), (row.first_order, row.revenue))),
            );
            after = batch.next;
            if after.is_none() {
                break;
            }
        }
        found.sort_by_key(|(id, _)| *id);
        let converted = found.iter().filter(|(_, (first, _))| first.is_some()).count();
        assert!(
            converted > 50 && converted < found.len(),
            "{converted} of {} convert",
            found.len()
        );
        assert_eq!(found, expected, "{zone}");

        // Of all samples that there are, each qualifying line is credited to one.
        let credited: Decimal = plain
            .samples
            .iter()
            .map(|sample| plain.outcome(sample, distributor).1)
            .sum();
        let is_credited = |line: &&PlainLine| {
            plain
                .samples
                .iter()
                .any(|sample| plain.qualifies(line, sample, distributor))
        };
        let once: Decimal = plain
            .lines
            .iter()
            .filter(is_credited)
            .map(|line| line.amount)
            .sum();
        assert_eq!(credited, once);
    }
}

/// Fills the tables with what chance gives, the same each time, and says what the rule is to make of it.
async fn fill(connection: &mut PgConnection, tenant: Uuid, as_of: DateTime<Utc>) -> Plain {
    let mut runner = TestRunner::deterministic();
    let strategy = given();
    let mut plain = Plain::default();
    let mut made = 0;
    // Ids without an order of their own, as those that are made up.
    let mut next_id = || {
        made += 1;
        Uuid::from_u128(u128::from(made * 0x9E37_79B9_u64 % 0xFFFF_FFFB) << 96 | 0x4000_8000 << 48)
    };
    let skus = [next_id(), next_id()];
    for sku in skus {
        let row = json!({"id": sku, "tenant_id": tenant, "code": sku, "name": "A bottle"});
        insert(connection, "sales.sku", &row).await;
    }
    let rep = json!({"id": tenant, "tenant_id": tenant, "name": "Rep"});
    insert(connection, "sales.sales_rep", &rep).await;
    let at = |minutes: Minutes| as_of - TimeDelta::minutes(minutes.into());
    let (mut orders, mut lines, mut tastings) = (Vec::new(), Vec::new(), Vec::new());
    for n in 1..=CUSTOMERS {
        let customer = subject_id(tenant, n);
        let row = json!({"id": customer, "tenant_id": tenant, "name": "Bar"});
        insert(connection, "sales.customer", &row).await;
        let given = strategy.new_tree(&mut runner).unwrap().current();
        let mut named = Vec::new();
        for order in &given.orders {
            let order_id = next_id();
            orders.push(json!({
                "id": order_id, "tenant_id": tenant, "customer_id": customer, "status": order.status,
                "ordered_at": at(order.ordered), "delivered_at": order.delivered.map(at),
            }));
            for (quantity, cents, is_sample, is_other, is_named) in &order.lines {
                let (id, sku, price) = (next_id(), skus[usize::from(*is_other)], Decimal::new(*cents, 2));
                lines.push(json!({
                    "id": id, "tenant_id": tenant, "order_id": order_id, "sku_id": sku, "quantity": quantity,
                    "unit_price": price.to_string(), "is_sample": is_sample,
                }));
                let amount = Decimal::from(*quantity) * price;
                let ordered_at = at(order.ordered);
                let delivered_at = order
                    .delivered
                    .map(at)
                    .filter(|delivered_at| *delivered_at < as_of);
                let is_valid = order.status != "CANCELLED";
                if *is_sample && *is_named {
                    named.push(id);
                }
                match delivered_at {
                    Some(at) if is_valid && *is_sample && *quantity > 0 && !named.contains(&id) => {
                        plain.samples.push(PlainSample {
                            id,
                            at,
                            customer,
                            sku,
                        });
                    }
                    _ => {}
                }
                let is_ordered = order.status != "DRAFT" || order.delivered.is_some();
                if is_valid && is_ordered && !is_sample && amount > Decimal::ZERO && ordered_at < as_of {
                    plain.lines.push(PlainLine {
                        order_id,
                        customer,
                        sku,
                        ordered_at,
                        amount,
                    });
                }
            }
        }
        // A tasting of its own for each line that is to be named, long ago, and then those of the case.
        let long_ago = named.into_iter().map(|line| (300 * 1440, false, Some(line)));
        let own = given
            .tastings
            .iter()
            .map(|(minutes, is_other)| (*minutes, *is_other, None));
        for (minutes, is_other, line) in long_ago.chain(own) {
            let (id, sku) = (next_id(), skus[usize::from(is_other)]);
            tastings.push(json!({
                "id": id, "tenant_id": tenant, "sales_rep_id": tenant, "customer_id": customer, "sku_id": sku,
                "quantity": 1, "tasted_at": at(minutes), "order_line_id": line, "needs_follow_up": false,
                "resulted_in_order": false,
            }));
            if at(minutes) < as_of {
                plain.samples.push(PlainSample {
                    id,
                    at: at(minutes),
                    customer,
                    sku,
                });
            }
        }
    }
    for (table, rows) in [
        ("sales.\"order\"", orders),
        ("sales.order_line", lines),
        ("sales.sample_usage", tastings),
    ] {
        insert_many(connection, table, rows).await;
    }
    plain
}

/// Inserts rows that all say the same columns.
async fn insert_many(connection: &mut PgConnection, table: &str, rows: Vec<Value>) {
    let columns: Vec<&str> = rows[0].as_object().unwrap().keys().map(String::as_str).collect();
    let columns = columns.join(", ");
    let statement = format!(
        "insert into {table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, $1)"
    );
    sqlx::query(AssertSqlSafe(statement))
        .bind(Value::from(rows))
        .execute(connection)
        .await
        .unwrap();
}
