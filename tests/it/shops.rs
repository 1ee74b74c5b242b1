//! The stage with two shops: five subjects of each kind, each with something to do for its job.

use shared::testing::{execute, subject_id};
use uuid::Uuid;

use crate::{deployed::TENANTS, stage::Stage};

/// The shop's jobs and their locks, in the order of their night.
pub const SHOP_JOBS: [(&str, i64); 3] = [
    ("resolve-outcomes", 482_173),
    ("expire-offers", 482_174),
    ("recompute-scores", 482_175),
];
/// Of each kind but customers, of whom there are twice as many.
pub const SUBJECTS: u32 = 5;

/// What the jobs decide about. The n-th of a kind comes n-th in the order of pages.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// The n-th of the first [`SUBJECTS`] came n times in January; the others never did.
    Customer,
    /// Odd ones are paid visits; even ones were cancelled in time and paid for, so that a refund is due.
    Due,
    /// A booking for tomorrow that was made an hour ago.
    Unpaid,
    /// A slot of tomorrow; its offer, to the n-th customer, lapses now.
    Opening,
}

impl Kind {
    /// The id of a shop's n-th.
    pub fn id(self, shop: Uuid, n: u32) -> Uuid {
        subject_id(shop, self.ids_after() + n)
    }

    fn ids_after(self) -> u32 {
        match self {
            Self::Customer => 0,
            Self::Due => 10_000,
            Self::Unpaid => 20_000,
            Self::Opening => 30_000,
        }
    }

    /// Makes the rows of each `subject`.
    fn insert(self) -> &'static str {
        match self {
            Self::Customer => {
                "insert into booking.customer (id, tenant_id, name, email, created_at)
                select id, tenant_id, 'Zebulon Quagmire', 'zebulon-' || n || '@leak.example', '2025-01-01Z'
                from subject;

                insert into booking.appointment (
                    id, tenant_id, customer_id, resource, starts_at, ends_at, status, financial_outcome,
                    resolution_reason, resolved_at
                )
                select
                    md5(id::text || visit)::uuid, tenant_id, id, 'past of ' || n, ended_at - interval '1 hour',
                    ended_at, 'ended', 'settled', 'payment_captured', ended_at + interval '1 day'
                from subject
                cross join generate_series(1, n) visit
                cross join lateral (select timestamptz '2026-01-20 10:00Z' - visit * interval '1 day') e (ended_at)
                where is_old_customer"
            }
            Self::Due => {
                "insert into booking.appointment (
                    id, tenant_id, customer_id, resource, service_name, starts_at, ends_at, status, payment_required,
                    cancelled_at, cancellation_source
                )
                select
                    id, tenant_id, customer_id, 'due ' || n, 'Quagmire cure', starts_at, starts_at + interval '1 hour',
                    case when is_cancelled then 'cancelled' else 'booked' end, true,
                    case when is_cancelled then happened_at end, case when is_cancelled then 'customer' end
                from subject
                cross join lateral (
                    select n % 2 = 0, timestamptz '2026-02-01 10:00Z' + n * interval '1 minute'
                ) e (is_cancelled, happened_at)
                cross join lateral (
                    select happened_at + case when is_cancelled then interval '1 week' else interval '-1 hour' end
                ) s (starts_at);

                insert into booking.payment (id, tenant_id, appointment_id, amount, status, succeeded_at)
                select id, tenant_id, id, 20, 'succeeded', '2026-01-31Z'
                from subject"
            }
            Self::Unpaid => {
                "insert into booking.appointment (
                    id, tenant_id, customer_id, resource, starts_at, ends_at, payment_required, created_at
                )
                select
                    id, tenant_id, customer_id, 'unpaid ' || n, '2026-02-04 12:00Z', '2026-02-04 13:00Z', true,
                    timestamptz '2026-02-03 03:00Z' + n * interval '1 second'
                from subject"
            }
            Self::Opening => {
                "insert into booking.slot_opening (id, tenant_id, resource, service_name, starts_at, ends_at)
                select id, tenant_id, 'free ' || n, 'Quagmire cure', '2026-02-04 09:00Z', '2026-02-04 10:00Z'
                from subject;

                insert into booking.slot_offer (id, tenant_id, slot_opening_id, customer_id, sent_at, expires_at)
                select id, tenant_id, id, nth_customer_id, '2026-02-03 03:45Z', '2026-02-03 04:00Z'
                from subject"
            }
        }
    }
}

impl Stage {
    pub async fn shops() -> Self {
        let stage = Self::empty().await;
        for slug in TENANTS {
            let shop = stage.shop(slug, 2 * SUBJECTS).await;
            for kind in [Kind::Due, Kind::Unpaid, Kind::Opening] {
                stage.add(shop, kind, SUBJECTS).await;
            }
        }
        stage
    }

    /// Makes a shop with so many customers, [`SUBJECTS`] at least, where it is noon at the stage's clock: offers are
    /// made then.
    pub async fn shop(&self, slug: &str, customers: u32) -> Uuid {
        let shop = self.tenant("booking", slug, "Asia/Tokyo").await;
        let setting = format!(
            "insert into booking.setting (id, tenant_id, owner_email)
             values ('{shop}', '{shop}', 'xanthippe@leak.example')"
        );
        execute(&mut self.db.connect().await, &setting).await;
        self.add(shop, Kind::Customer, customers).await;
        shop
    }

    /// Adds so many subjects of a kind to a shop that has none of it.
    pub async fn add(&self, shop: Uuid, kind: Kind, count: u32) {
        // The ids of `subject_id`.
        let id =
            |n: String| format!("(lpad(to_hex({n}), 8, '0') || left(replace('{shop}', '-', ''), 24))::uuid");
        let subject = format!(
            "create temp table subject as
            select
                n, uuid '{shop}' as tenant_id, {} as id, n <= {SUBJECTS} as is_old_customer,
                {} as nth_customer_id, {} as customer_id
            from generate_series(1, {count}) n",
            id(format!("{} + n", kind.ids_after())),
            id("n".into()),
            id(format!("1 + (n - 1) % {SUBJECTS}")),
        );
        let mut admin = self.db.connect().await;
        for statement in [subject.as_str()].into_iter().chain(kind.insert().split(';')) {
            execute(&mut admin, statement).await;
        }
    }
}
