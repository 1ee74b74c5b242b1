//! Shops for a demo, a test or a benchmark: the same rows with the same ids for the same seed.
//!
//! Customers pay, come, forget, cancel in time or late, dispute, or leave before they have paid; the nights before
//! have fixed what became of the older appointments, and slots that became free are on offer. No score is filled:
//! that is what the jobs are for.

mod customer;
mod diary;
mod fate;
mod offers;
mod places;
mod slots;
mod terms;

use std::rc::Rc;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::{bare, copy::Rows, names::Place, random::Random};
use customer::Customers;
use diary::Diary;
use fate::Habit;
use offers::Offers;
use places::{PLACES, Trade};
use slots::Slots;
use terms::{Setting, Terms};

pub use offers::{Opening, USUAL as USUAL_OPENINGS};

/// Customers in one round of inserts: some twenty thousand appointments, a few megabytes in memory.
const CHUNK: u32 = 2_000;

/// How far back appointments go, and how far ahead, in days.
const PAST_DAYS: i64 = 200;
const FUTURE_DAYS: i64 = 14;

/// Nights before which no appointment of [`PAST_DAYS`] was cancelled, and then some.
const NIGHTS: usize = 280;

/// The tables that are filled without their indexes: those that grow with every appointment and what refers to
/// them.
pub const LARGEST: &str = "booking.appointment, booking.payment, booking.appointment_event, booking.slot_opening, booking.slot_offer";

/// How much is made up.
#[derive(Debug, Clone, Copy)]
pub struct Size<'a> {
    pub shops: u32,
    pub customers_per_shop: u32,
    /// The mean of all customers, nearly.
    pub appointments_per_customer: u32,
    /// How often each kind of slot that became free occurs in a shop.
    pub openings: &'a [(Opening, u32)],
    /// Days for which nobody has fixed an outcome.
    pub unresolved_days: u32,
    /// Whether the last shop has a time zone that nobody knows.
    pub unknown_zone: bool,
}

/// How many rows were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    pub shops: u64,
    pub customers: u64,
    pub suppressions: u64,
    pub appointments: u64,
    pub payments: u64,
    pub events: u64,
    pub openings: u64,
    pub offers: u64,
    pub messages: u64,
}

/// Fills a migrated database with shops as they stand at `as_of`, in one transaction.
///
/// The connection must be a superuser's: PostgreSQL copies into no table whose policies bind the writer.
///
/// # Errors
/// When the database refuses, as it does when shops of the same names are there already.
pub async fn fill(
    conn: &mut PgConnection,
    seed: u64,
    as_of: DateTime<Utc>,
    size: Size<'_>,
) -> Result<Filled> {
    let mut random = Random::new(seed);
    let mut filled = Filled::default();
    let mut tx = conn.begin().await.context("begin to fill the shops")?;
    bare::set_aside(&mut tx, LARGEST).await?;
    let nights: Rc<[Uuid]> = (0..NIGHTS).map(|_| random.id()).collect();
    for number in 0..size.shops {
        let shop = Shop::draw(number, as_of, size, nights.clone(), &mut random);
        shop.fill(&mut tx, size, &mut random, &mut filled)
            .await
            .with_context(|| format!("fill shop {}", shop.slug))?;
    }
    bare::put_back(&mut tx).await?;
    // Lets the planner know what has come.
    let analyze = format!("analyze booking.customer, booking.policy_version, {LARGEST}, platform.message");
    tx.execute(sqlx::AssertSqlSafe(analyze))
        .await
        .context("analyse the tables")?;
    tx.commit().await.context("commit the shops")?;
    Ok(filled)
}

/// Gives every customer a score and no-show statistics, plausible and not those that recompute-scores would give.
///
/// # Errors
/// When the database refuses, as it does when there are some already.
pub async fn score(conn: &mut PgConnection, as_of: DateTime<Utc>) -> Result<()> {
    sqlx::query(include_str!("../sql/booking/score.sql"))
        .bind(as_of)
        .execute(&mut *conn)
        .await
        .context("score the customers")?;
    conn.execute("analyze booking.customer_score, booking.no_show_stat")
        .await
        .context("analyse the scores")?;
    Ok(())
}

/// A shop and the day that it is there.
struct Shop {
    id: Uuid,
    place: Place,
    trade: &'static Trade,
    name: String,
    slug: String,
    time_zone: &'static str,
    as_of: DateTime<Utc>,
    setting: Option<Setting>,
    /// Of bookings that have no version of their own.
    terms: Terms,
    versions: [Terms; 3],
    settle_hours: i32,
    unpaid_counts_as_no_show: bool,
    unresolved_days: i64,
    /// The runs of the nights before `as_of`, the latest first.
    nights: Rc<[Uuid]>,
}

impl Shop {
    fn draw(
        number: u32,
        as_of: DateTime<Utc>,
        size: Size<'_>,
        nights: Rc<[Uuid]>,
        random: &mut Random,
    ) -> Self {
        let (place, trade) = PLACES[number as usize % PLACES.len()];
        let (name, slug) = place.branch(number as usize / PLACES.len());
        let setting = Setting::of(number, trade.mode);
        let terms = setting.map_or(Terms::DEFAULT, |setting| setting.terms);
        Self {
            id: random.id(),
            place,
            trade,
            name,
            slug,
            time_zone: place.time_zone(size.unknown_zone && number + 1 == size.shops),
            as_of,
            setting,
            terms,
            versions: terms::versions(terms, trade.mode, random),
            settle_hours: setting.map_or(Setting::DEFAULT_SETTLE_HOURS, |setting| setting.settle_hours),
            unpaid_counts_as_no_show: setting.is_some_and(|setting| setting.unpaid_counts_as_no_show),
            unresolved_days: i64::from(size.unresolved_days),
            nights,
        }
    }

    async fn fill(
        &self,
        tx: &mut PgConnection,
        size: Size<'_>,
        random: &mut Random,
        filled: &mut Filled,
    ) -> Result<()> {
        filled.shops += self.insert(tx, random).await?;
        // Half of the hours stay free.
        let most = size.customers_per_shop * size.appointments_per_customer * 2;
        let mut slots = Slots::new(self.as_of, self.time_zone, -PAST_DAYS..=FUTURE_DAYS, 0, most);
        let mut reachable = Vec::new();
        for first in (0..size.customers_per_shop).step_by(CHUNK as usize) {
            let mut customers = Customers::new();
            let mut diary = Diary::new();
            for number in first..size.customers_per_shop.min(first + CHUNK) {
                let (customer, is_reachable) = customers.add(self, number, random);
                if is_reachable {
                    reachable.push(customer);
                }
                let habit = Habit::draw(random);
                for _ in 0..habit.appointments(size.appointments_per_customer, random) {
                    let slot = slots.draw(random).context("find a free hour")?;
                    diary.add(self, customer, habit, slot, random);
                }
            }
            customers.write(tx, filled).await?;
            diary.write(tx, filled).await?;
        }
        self.open(tx, &slots, reachable, size, random, filled).await
    }

    /// Opens hours of the days to come, on resources of their own.
    async fn open(
        &self,
        tx: &mut PgConnection,
        taken: &Slots,
        reachable: Vec<Uuid>,
        size: Size<'_>,
        random: &mut Random,
        filled: &mut Filled,
    ) -> Result<()> {
        let number = size.openings.iter().map(|(_, number)| number).sum();
        let mut slots = Slots::new(
            self.as_of,
            self.time_zone,
            1..=FUTURE_DAYS,
            taken.resources(),
            number,
        );
        let mut offers = Offers::new(reachable);
        let mut diary = Diary::new();
        for &(kind, number) in size.openings {
            for _ in 0..number {
                let slot = slots.draw(random).context("find an hour to open")?;
                offers.add(self, kind, slot, &mut diary, random)?;
            }
        }
        diary.write(tx, filled).await?;
        offers.write(tx, filled).await
    }

    async fn insert(&self, tx: &mut PgConnection, random: &mut Random) -> Result<u64> {
        let mut tenant = Rows::new(
            "copy platform.tenant (id, slug, name, product, time_zone, created_at) from stdin (format binary)",
        );
        tenant.push(&[
            &self.id,
            &self.slug,
            &self.name,
            &"booking",
            &self.time_zone,
            &self.as_of,
        ]);
        let mut settings = Setting::rows();
        if let Some(setting) = &self.setting {
            let shop = (self.id, self.place.slug);
            setting.push(&mut settings, random.id(), shop, self.trade.currency, self.as_of);
        }
        let mut versions = terms::version_rows();
        for terms in &self.versions {
            terms::push_version(&mut versions, self.id, self.trade.currency, terms, self.as_of);
        }
        let shops = tenant.write(tx).await?;
        settings.write(tx).await?;
        versions.write(tx).await?;
        Ok(shops)
    }

    fn resource(&self, number: u32) -> String {
        format!("{} {number}", self.trade.resource)
    }

    /// The night that fixed the outcome of what was due at `due_at`, where one has.
    fn resolved_at(&self, due_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let waited = self.as_of - due_at;
        (waited >= TimeDelta::days(self.unresolved_days))
            .then(|| self.as_of - TimeDelta::days(waited.num_days()))
    }

    /// The run of the night in or after which it was `at`.
    fn run(&self, at: DateTime<Utc>) -> Option<Uuid> {
        let ago = usize::try_from((self.as_of - at).num_days()).ok()?;
        self.nights.get(ago).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Generator, count, filled, filled_at, has_each, seeded};

    struct Shops;

    impl Generator for Shops {
        type Size = Size<'static>;
        type Filled = Filled;

        const AS_OF: &'static str = "2026-01-29T02:00:00Z";
        const SIZE: Size<'static> = Size {
            shops: 4,
            customers_per_shop: 400,
            appointments_per_customer: 6,
            openings: USUAL_OPENINGS,
            unresolved_days: 2,
            unknown_zone: false,
        };
        const LOST: Size<'static> = Size {
            unknown_zone: true,
            ..Self::SIZE
        };
        const UNCOUNTED: &'static [&'static str] = &["booking.setting", "booking.policy_version"];
        const ASKED: &'static [(&'static str, u64)] = &[("platform.tenant", 4), ("booking.customer", 1_600)];

        async fn fill(
            connection: &mut PgConnection,
            seed: u64,
            as_of: DateTime<Utc>,
            size: Size<'static>,
        ) -> Result<Filled> {
            fill(connection, seed, as_of, size).await
        }

        fn written(filled: &Filled) -> Vec<(&'static str, u64)> {
            let Filled {
                shops,
                customers,
                suppressions,
                appointments,
                payments,
                events,
                openings,
                offers,
                messages,
            } = *filled;
            vec![
                ("platform.tenant", shops),
                ("booking.customer", customers),
                ("platform.suppression", suppressions),
                ("booking.appointment", appointments),
                ("booking.payment", payments),
                ("booking.appointment_event", events),
                ("booking.slot_opening", openings),
                ("booking.slot_offer", offers),
                ("platform.message", messages),
            ]
        }
    }

    seeded!(Shops);

    #[tokio::test]
    async fn scores_each_customer_who_is_there() {
        let db = filled::<Shops>().await;
        score(&mut db.connect().await, Shops::AS_OF.parse().unwrap())
            .await
            .unwrap();
        let present = "select count(*) from booking.customer where deleted_at is null";
        let scored =
            "select count(*) from booking.customer_score join booking.no_show_stat using (customer_id)";
        assert_eq!(count(&db, present).await, count(&db, scored).await);
    }

    #[tokio::test]
    async fn leaves_nothing_unresolved_that_was_due_longer_ago_than_it_was_told() {
        const DUE: &str = "
            select count(*) from booking.appointment
            where financial_outcome = 'unresolved' and status <> 'pending' and event_at < '2026-01-29T02:00:00Z'::timestamptz - ";
        let older = |days: &str| format!("{DUE} interval '{days} days'");
        let two_days = filled::<Shops>().await;
        let never = filled_at::<Shops>(Size {
            unresolved_days: 300,
            ..Shops::SIZE
        })
        .await;
        assert!(count(&two_days, &older("1")).await > 0);
        // The longest grace, and the longest wait for a payment, are two hours and two days.
        assert_eq!(count(&two_days, &older("5")).await, 0);
        assert!(count(&never, &older("5")).await > 8_000);
        assert_eq!(
            count(
                &never,
                "select count(*) from booking.appointment_event where type = 'outcome_resolved'"
            )
            .await,
            0
        );
    }

    #[tokio::test]
    async fn has_someone_for_every_case_that_a_job_must_tell_apart() {
        let db = filled::<Shops>().await;
        let reasons = count(
            &db,
            "select count(distinct resolution_reason) from booking.appointment",
        )
        .await;
        assert_eq!(reasons, 21, "reasons");
        let payments = count(&db, "select count(distinct status) from booking.payment").await;
        assert_eq!(payments, 6, "states of a payment");
        let offers = count(&db, "select count(distinct status) from booking.slot_offer").await;
        assert_eq!(offers, 6, "states of an offer");
        let closed = count(
            &db,
            "select count(distinct closed_reason) from booking.slot_opening",
        )
        .await;
        assert_eq!(closed, 6, "reasons of a closed opening");
        let cases = [
            ("shop without settings", "select count(*) from platform.tenant where not exists (
              select from booking.setting where tenant_id = tenant.id)"),
            ("shop that makes no offers", "select count(*) from booking.setting where not offers_enabled"),
            ("shop whose owner is told", "select count(*) from booking.setting where owner_email is not null"),
            ("without an e-mail address", "select count(*) from booking.customer where email is null"),
            ("with what is no address", "select count(*) from booking.customer where email not like '%@%'"),
            ("with blanks around it", "select count(*) from booking.customer where email like ' %@% '"),
            ("opted out", "select count(*) from booking.customer where not email_opt_in"),
            ("deleted", "select count(*) from booking.customer where deleted_at is not null"),
            ("suppressed", "select count(*) from booking.customer join platform.suppression
              on lower(trim(email)) = address"),
            ("without an appointment", "select count(*) from booking.customer where not exists (
              select from booking.appointment where customer_id = customer.id)"),
            ("without terms of its own", "select count(*) from booking.appointment where policy_version_id is null"),
            ("settled and still booked", "select count(*) from booking.appointment
              where status = 'booked' and financial_outcome = 'settled'"),
            ("no-show", "select count(*) from booking.appointment where attendance = 'no_show'"),
            ("seen", "select count(*) from booking.appointment where attendance = 'attended'"),
            ("visit due", "select count(*) from booking.appointment where financial_outcome = 'unresolved'
              and status = 'booked' and ends_at < '2026-01-29T00:00:00Z'"),
            ("cancellation due", "select count(*) from booking.appointment where financial_outcome = 'unresolved'
              and status = 'cancelled' and cancelled_at < '2026-01-29T00:00:00Z'"),
            ("lost confirmation", "select count(*) from booking.appointment join booking.payment
              on appointment_id = appointment.id
              where appointment.status = 'pending' and payment.status = 'succeeded'"),
            ("payment under way", "select count(*) from booking.appointment join booking.payment
              on appointment_id = appointment.id
              where financial_outcome = 'unresolved' and payment.status = 'processing'"),
            ("refunded in part", "select count(*) from booking.payment
              where refunded_amount > 0 and refunded_amount < amount"),
            ("unpaid for too long", "select count(*) from booking.appointment where status = 'pending'
              and payment_required and starts_at > '2026-01-29T02:00:00Z' and created_at < '2026-01-29T00:00:00Z'"),
            ("unpaid for a moment", "select count(*) from booking.appointment where status = 'pending'
              and payment_required and starts_at > '2026-01-29T02:00:00Z' and created_at > '2026-01-29T01:30:00Z'"),
            ("never confirmed", "select count(*) from booking.appointment where status = 'pending'
              and not payment_required and starts_at < '2026-01-29T02:00:00Z'"),
            ("from an offer and unpaid", "select count(*) from booking.appointment
              join booking.slot_offer on slot_opening_id = source_slot_opening_id
              and slot_offer.customer_id = appointment.customer_id and slot_offer.status = 'accepted'
              where appointment.status = 'pending' and payment_required"),
            ("open without an offer", "select count(*) from booking.slot_opening where status = 'open' and not exists (
              select from booking.slot_offer where slot_opening_id = slot_opening.id)"),
            ("open and not to be looked at", "select count(*) from booking.slot_opening
              where status = 'open' and next_action_at > '2026-01-29T02:00:00Z'"),
            ("open with an offer", "select count(*) from booking.slot_opening join booking.slot_offer
              on slot_opening_id = slot_opening.id where slot_opening.status = 'open'
              and slot_offer.status = 'sent' and expires_at > '2026-01-29T02:00:00Z'"),
            ("open with a lapsed offer", "select count(*) from booking.slot_opening join booking.slot_offer
              on slot_opening_id = slot_opening.id where slot_opening.status = 'open'
              and slot_offer.status = 'sent' and expires_at <= '2026-01-29T02:00:00Z'"),
            ("undeliverable", "select count(*) from platform.message join booking.slot_offer
              on dedupe_key = 'offer:' || slot_offer.id where slot_offer.status = 'sent'
              and message.status in ('failed', 'suppressed', 'expired')"),
            ("open and past", "select count(*) from booking.slot_opening
              where status = 'open' and starts_at < '2026-01-29T02:00:00Z'"),
            ("open and taken", "select count(*) from booking.slot_opening opening join booking.appointment visit
              on visit.tenant_id = opening.tenant_id and visit.resource = opening.resource
              and visit.starts_at = opening.starts_at
              where opening.status = 'open' and visit.status = 'booked'"),
            ("filled with a stray offer", "select count(*) from booking.slot_opening join booking.slot_offer
              on slot_opening_id = slot_opening.id where slot_opening.status = 'filled'
              and slot_offer.status = 'sent'"),
            ("filled without one", "select count(*) from booking.slot_opening where status = 'filled' and not exists (
              select from booking.slot_offer where slot_opening_id = slot_opening.id and status = 'sent')"),
        ];
        has_each(&db, &cases).await;
    }
}
