//! Distributors for a demo, a test or a benchmark: the same rows with the same ids for the same seed.
//!
//! Bars buy every week, terraces in summer, others fade or stay away; products sell every day, on Mondays, before
//! Christmas or not at all; some samples lead to orders. Nights before have left types, alerts and executions. No
//! figure is filled: that is what the jobs are for.

mod account;
mod days;
mod habit;
mod ledger;
mod places;
mod product;
mod stock;
mod triggers;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::{bare, copy::Rows, names::Place, random::Random};
use days::Days;
use ledger::Ledger;
use places::PLACES;
use product::Shelf;

/// Customers in one round of inserts: at forty orders each, some twenty megabytes in memory.
const CHUNK: u32 = 1_000;

/// How many customers one rep looks after, and the fewest and the most reps.
const CUSTOMERS_PER_REP: u32 = 25;
const FEWEST_REPS: u32 = 5;
const MOST_REPS: u32 = 60;

/// The tables that are filled without their indexes: those that grow with every order, and what refers to them.
pub const LARGEST: &str = "sales.\"order\", sales.order_line, sales.sample_usage";

/// How much is made up.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub distributors: u32,
    pub customers_per_distributor: u32,
    /// The mean of all customers, nearly.
    pub orders_per_customer: u32,
    /// The mean, nearly.
    pub lines_per_order: u32,
    pub skus_per_distributor: u32,
    /// Whether each has a trigger whose config cannot be used.
    pub unusable_trigger: bool,
    /// Whether the last distributor has a time zone that nobody knows.
    pub unknown_zone: bool,
}

/// How many rows were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    pub distributors: u64,
    pub reps: u64,
    pub customers: u64,
    pub skus: u64,
    pub orders: u64,
    pub lines: u64,
    pub samples: u64,
    pub inventory: u64,
    pub reservations: u64,
    pub purchase_orders: u64,
    pub executions: u64,
}

/// Fills a migrated database with distributors as they stand at `as_of`, in one transaction.
///
/// The connection must be a superuser's: PostgreSQL copies into no table whose policies bind the writer.
///
/// # Errors
/// When the database refuses, as it does when distributors of the same names are there already.
pub async fn fill(conn: &mut PgConnection, seed: u64, as_of: DateTime<Utc>, size: Size) -> Result<Filled> {
    // Gyms of the same seed may be there, and took the first ids.
    let mut random = Random::new(!seed);
    let mut filled = Filled::default();
    let mut tx = conn.begin().await.context("begin to fill the distributors")?;
    bare::set_aside(&mut tx, LARGEST).await?;
    for number in 0..size.distributors {
        let distributor = Distributor::draw(number, as_of, size, &mut random);
        distributor
            .fill(&mut tx, size, &mut random, &mut filled)
            .await
            .with_context(|| format!("fill distributor {}", distributor.slug))?;
    }
    bare::put_back(&mut tx).await?;
    // Lets the planner know what has come.
    let analyze = format!(
        "analyze sales.customer, sales.sku, sales.inventory, sales.inventory_reservation, sales.purchase_order, \
         sales.purchase_order_line, sales.trigger_execution, {LARGEST}"
    );
    tx.execute(sqlx::AssertSqlSafe(analyze))
        .await
        .context("analyse the tables")?;
    tx.commit().await.context("commit the distributors")?;
    Ok(filled)
}

/// A distributor and the day that it is there.
struct Distributor {
    id: Uuid,
    number: u32,
    place: Place,
    name: String,
    slug: String,
    time_zone: &'static str,
    as_of: DateTime<Utc>,
    days: Days,
    reps: Vec<Rep>,
}

#[derive(Clone, Copy)]
struct Rep {
    id: Uuid,
    /// Who signs in.
    user: Option<Uuid>,
}

impl Distributor {
    fn draw(number: u32, as_of: DateTime<Utc>, size: Size, random: &mut Random) -> Self {
        let place = PLACES[number as usize % PLACES.len()];
        let (name, slug) = place.branch(number as usize / PLACES.len());
        let time_zone = place.time_zone(size.unknown_zone && number + 1 == size.distributors);
        let reps = (size.customers_per_distributor / CUSTOMERS_PER_REP).clamp(FEWEST_REPS, MOST_REPS);
        Self {
            id: random.id(),
            number,
            place,
            name,
            slug,
            time_zone,
            as_of,
            days: Days::new(as_of, time_zone),
            reps: (0..reps)
                .map(|rep| Rep {
                    id: random.id(),
                    // The last of them is a person without a computer.
                    user: (rep + 1 < reps).then(|| random.id()),
                })
                .collect(),
        }
    }

    async fn fill(
        &self,
        tx: &mut PgConnection,
        size: Size,
        random: &mut Random,
        filled: &mut Filled,
    ) -> Result<()> {
        filled.distributors += self.insert(tx).await?;
        filled.reps += self.rep_rows(random).write(tx).await?;
        let suppliers = stock::suppliers(self, tx, size.skus_per_distributor, random).await?;
        let shelf = Shelf::draw(size.skus_per_distributor, &suppliers, random);
        filled.skus += shelf.rows(self).write(tx).await?;
        stock::fill(self, tx, &shelf, &suppliers, random, filled).await?;
        let mut accounts = Vec::new();
        for first in (0..size.customers_per_distributor).step_by(CHUNK as usize) {
            let mut ledger = Ledger::new();
            for number in first..size.customers_per_distributor.min(first + CHUNK) {
                accounts.push(account::add(self, &mut ledger, &shelf, number, size, random));
            }
            ledger.write(tx, filled).await?;
        }
        triggers::fill(self, tx, &accounts, size.unusable_trigger, random, filled).await
    }

    async fn insert(&self, tx: &mut PgConnection) -> Result<u64> {
        let mut tenant = Rows::new(
            "copy platform.tenant (id, slug, name, product, time_zone, created_at) from stdin (format binary)",
        );
        tenant.push(&[
            &self.id,
            &self.slug,
            &self.name,
            &"sales",
            &self.time_zone,
            &self.as_of,
        ]);
        tenant.write(tx).await
    }

    /// The last rep never signs in, and the one before has left.
    fn rep_rows(&self, random: &mut Random) -> Rows {
        let mut rows = Rows::new(
            "copy sales.sales_rep (id, tenant_id, user_id, name, email, is_active, created_at)
             from stdin (format binary)",
        );
        for (number, rep) in self.reps.iter().enumerate() {
            let (first, last) = self.place.city.names.draw(random);
            let email = crate::names::email(first, last, self.place.slug, &format!("rep{number}"));
            let has_left = number + 2 == self.reps.len();
            rows.push(&[
                &rep.id,
                &self.id,
                &rep.user,
                &format!("{first} {last}"),
                &(number % 4 != 3).then_some(email),
                &!has_left,
                &self.days.beginning(),
            ]);
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Generator, count, filled, has_each, seeded};

    struct Distributors;

    impl Generator for Distributors {
        type Size = Size;
        type Filled = Filled;

        const AS_OF: &'static str = "2026-01-29T03:00:00Z";
        const SIZE: Size = Size {
            distributors: 3,
            customers_per_distributor: 300,
            orders_per_customer: 8,
            lines_per_order: 4,
            skus_per_distributor: 60,
            unusable_trigger: true,
            unknown_zone: false,
        };
        const LOST: Size = Size {
            customers_per_distributor: 10,
            unknown_zone: true,
            ..Self::SIZE
        };
        const UNCOUNTED: &'static [&'static str] = &[
            "platform.webhook_endpoint",
            "sales.setting",
            "sales.supplier",
            "sales.inventory_alert",
            "sales.purchase_order_line",
            "sales.trigger",
            "sales.task",
        ];
        const ASKED: &'static [(&'static str, u64)] = &[
            ("platform.tenant", 3),
            ("sales.customer", 900),
            ("sales.sku", 180),
        ];

        async fn fill(
            connection: &mut PgConnection,
            seed: u64,
            as_of: DateTime<Utc>,
            size: Size,
        ) -> Result<Filled> {
            fill(connection, seed, as_of, size).await
        }

        fn written(filled: &Filled) -> Vec<(&'static str, u64)> {
            let Filled {
                distributors,
                reps,
                customers,
                skus,
                orders,
                lines,
                samples,
                inventory,
                reservations,
                purchase_orders,
                executions,
            } = *filled;
            vec![
                ("platform.tenant", distributors),
                ("sales.sales_rep", reps),
                ("sales.customer", customers),
                ("sales.sku", skus),
                ("sales.\"order\"", orders),
                ("sales.order_line", lines),
                ("sales.sample_usage", samples),
                ("sales.inventory", inventory),
                ("sales.inventory_reservation", reservations),
                ("sales.purchase_order", purchase_orders),
                ("sales.trigger_execution", executions),
            ]
        }
    }

    seeded!(Distributors);

    #[tokio::test]
    async fn gives_about_as_many_orders_and_lines_as_asked_for() {
        let db = filled::<Distributors>().await;
        let [orders, lines] = [
            count(&db, "select count(*) from sales.\"order\"").await as f64,
            count(&db, "select count(*) from sales.order_line").await as f64,
        ];
        let (a_customer, an_order) = (orders / 900.0, lines / orders);
        assert!((7.0..9.5).contains(&a_customer), "{a_customer} orders a customer");
        assert!((3.5..4.5).contains(&an_order), "{an_order} lines an order");
    }

    #[tokio::test]
    async fn totals_are_those_of_the_lines() {
        let db = filled::<Distributors>().await;
        let wrong = count(
            &db,
            "select count(*) from sales.\"order\" o where total <> (
              select sum(quantity * unit_price) from sales.order_line where order_id = o.id)",
        )
        .await;
        assert_eq!(wrong, 0);
    }

    #[tokio::test]
    async fn a_distributor_has_all_kinds_of_what_a_job_may_meet() {
        let db = filled::<Distributors>().await;
        let types = count(
            &db,
            "select count(distinct trigger_type) from sales.trigger where is_active",
        )
        .await;
        assert_eq!(types, 8);
        let cases = [
            ("distributor without settings", "select count(*) from platform.tenant where not exists (
              select from sales.setting where tenant_id = tenant.id)"),
            ("inactive rep", "select count(*) from sales.sales_rep where not is_active"),
            ("rep without a user", "select count(*) from sales.sales_rep where is_active and user_id is null"),
            ("customer without a rep", "select count(*) from sales.customer where sales_rep_id is null"),
            ("customer on hold", "select count(*) from sales.customer where lifecycle_stage = 'HOLD'"),
            ("closed", "select count(*) from sales.customer where is_permanently_closed"),
            ("not to be contacted", "select count(*) from sales.customer where do_not_contact_until > '2026-01-29'"),
            ("to be contacted again", "select count(*) from sales.customer
              where do_not_contact_until between '2026-01-01' and '2026-01-27'"),
            ("without an e-mail address", "select count(*) from sales.customer where email is null"),
            ("with what is no address", "select count(*) from sales.customer where email not like '%@%'"),
            ("never typed", "select count(*) from sales.customer where lifecycle_stage is null"),
            ("bought before the import", "select count(*) from sales.customer where last_order_date is not null
              and not exists (select from sales.\"order\" where customer_id = customer.id)"),
            ("dormant", "select count(*) from (select max(delivered_at) as last from sales.\"order\"
              group by customer_id) o where last < '2025-11-20' and last > '2025-02-01'"),
            ("lost", "select count(*) from (select max(delivered_at) as last from sales.\"order\"
              group by customer_id) o where last < '2025-01-28'"),
            ("new", "select count(*) from (select min(delivered_at) as first from sales.\"order\"
              group by customer_id) o where first > '2026-01-14'"),
            ("only in summer", "select count(*) from (
              select bool_and(extract(month from delivered_at) between 4 and 9) as all_summer from sales.\"order\"
              where total > 0 group by customer_id having count(*) > 3) o where all_summer"),
            ("cancelled", "select count(*) from sales.\"order\" where status = 'CANCELLED'"),
            ("delivered draft", "select count(*) from sales.\"order\" where status = 'DRAFT'
              and delivered_at < '2026-01-29'"),
            ("not delivered", "select count(*) from sales.\"order\" where delivered_at is null"),
            ("planned", "select count(*) from sales.\"order\" where delivered_at > '2026-01-29T03:00:00Z'"),
            ("credit note", "select count(*) from sales.\"order\" where total < 0"),
            ("sample order", "select count(*) from sales.\"order\" where total = 0"),
            ("event", "select count(*) from sales.\"order\" where is_event_sale"),
            ("marked as first", "select count(*) from sales.\"order\" where is_first_order"),
            ("cancelled and marked as first", "select count(*) from sales.\"order\"
              where is_first_order and status = 'CANCELLED'"),
            ("return", "select count(*) from sales.order_line where quantity < 0"),
            ("one-off", "select count(*) from sales.order_line where usage_type = 'OTHER_ONE_OFF'"),
            ("sample line", "select count(*) from sales.order_line where is_sample"),
            ("sample of an order line", "select count(*) from sales.sample_usage where order_line_id is not null"),
            ("converted by a person", "select count(*) from sales.sample_usage
              where resulted_in_order and converted_by is distinct from 'job'"),
            ("converted by a job", "select count(*) from sales.sample_usage
              where converted_by = 'job' and converted_order_id is not null"),
            ("sample that leads to an order", "select count(*) from sales.sample_usage s where not resulted_in_order
              and exists (select from sales.\"order\" o join sales.order_line l on l.order_id = o.id
              where o.customer_id = s.customer_id and l.sku_id = s.sku_id and not l.is_sample and l.quantity > 0
              and o.ordered_at > s.tasted_at and o.ordered_at < s.tasted_at + interval '25 days')"),
            ("sample to come", "select count(*) from sales.sample_usage where tasted_at > '2026-01-29T03:00:00Z'"),
            ("followed up", "select count(*) from sales.sample_usage where followed_up_at is not null"),
            ("new product", "select count(*) from sales.sku where created_at > '2026-01-15'"),
            ("off the range with an open alert", "select count(*) from sales.sku join sales.inventory_alert
              on sku_id = sku.id where not is_active and not resolved"),
            ("without a category", "select count(*) from sales.sku where category is null"),
            ("category of one", "select count(*) from (select from sales.sku where category <> ''
              group by tenant_id, category having count(*) = 1) c"),
            ("not sold for a year", "select count(*) from sales.sku where is_active and not exists (
              select from sales.order_line where sku_id = sku.id and created_at > '2025-01-29')"),
            ("never counted", "select count(*) from sales.sku where not exists (
              select from sales.inventory where sku_id = sku.id and status = 'AVAILABLE')"),
            ("at two places", "select count(*) from (select from sales.inventory where status = 'AVAILABLE'
              group by sku_id having count(*) > 1) i"),
            ("out of stock", "select count(*) from (select from sales.inventory where status = 'AVAILABLE'
              group by sku_id having sum(on_hand) = 0) i"),
            ("reserved for ever", "select count(*) from sales.inventory_reservation
              where status = 'ACTIVE' and expires_at is null"),
            ("reservation run out", "select count(*) from sales.inventory_reservation
              where status = 'ACTIVE' and expires_at < '2026-01-29'"),
            ("supplier with enough orders", "select count(*) from (select from sales.purchase_order
              where status = 'RECEIVED' group by supplier_id having count(*) >= 5) s"),
            ("supplier with too few", "select count(*) from (select from sales.purchase_order
              where status = 'RECEIVED' group by supplier_id having count(*) < 5) s"),
            ("received before it was ordered", "select count(*) from sales.purchase_order
              where received_at < ordered_at"),
            ("due soon", "select count(*) from sales.purchase_order where status = 'OPEN'
              and expected_at between '2026-01-29' and '2026-02-04'"),
            ("overdue", "select count(*) from sales.purchase_order where status = 'OPEN' and expected_at < '2026-01-29'"),
            ("received in part", "select count(*) from sales.purchase_order_line
              where received_quantity between 1 and quantity - 1"),
            ("switched off", "select count(*) from sales.trigger where not is_active"),
            ("endpoint switched off", "select count(*) from platform.webhook_endpoint where not is_enabled"),
            ("executed", "select count(*) from sales.trigger_execution where status = 'SUCCESS' and task_created"),
            ("executed today", "select count(*) from sales.trigger_execution where status = 'SUCCESS'
              and executed_on > '2026-01-27'"),
            ("failed for good", "select count(*) from sales.trigger_execution where attempts >= 5"),
            ("skipped", "select count(*) from sales.trigger_execution where status = 'SKIPPED'"),
        ];
        has_each(&db, &cases).await;
    }
}
