//! The stage with two distributors: five customers, each of whom tasted a product of its own two months ago, bought it
//! three times, and not since.

use shared::testing::{execute, subject_id};
use uuid::Uuid;

use crate::{deployed::TENANTS, stage::Stage};

/// Of each kind.
pub const SUBJECTS: u32 = 5;

/// What the jobs decide about. The n-th of a kind comes n-th in the order of pages.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Customer,
    Sku,
    Sample,
}

impl Kind {
    /// The id of a distributor's n-th.
    pub fn id(self, distributor: Uuid, n: u32) -> Uuid {
        subject_id(distributor, self.ids_after() + n)
    }

    const fn ids_after(self) -> u32 {
        match self {
            Self::Customer => 0,
            Self::Sku => 10_000,
            Self::Sample => 20_000,
        }
    }
}

impl Stage {
    pub async fn distributors() -> Self {
        let stage = Self::empty().await;
        for slug in TENANTS {
            stage.distributor(slug, SUBJECTS).await;
        }
        stage
    }

    /// A database with one distributor.
    pub async fn with_distributor(count: u32) -> Self {
        let stage = Self::empty().await;
        stage.distributor(TENANTS[0], count).await;
        stage
    }

    /// Makes a distributor with so many customers, products and samples.
    pub async fn distributor(&self, slug: &str, count: u32) -> Uuid {
        let distributor = self.tenant("sales", slug, "Europe/Paris").await;
        // The ids of `subject_id`.
        let id = |n: &str| {
            format!("(lpad(to_hex({n}), 8, '0') || left(replace('{distributor}', '-', ''), 24))::uuid")
        };
        let [sku, sample] = [Kind::Sku, Kind::Sample].map(|kind| id(&format!("{} + n", kind.ids_after())));
        let statements = format!(
            "insert into sales.setting (id, tenant_id, crm_enabled, max_tasks_per_owner_day)
            values ('{distributor}', '{distributor}', true, 200);

            insert into sales.sales_rep (id, tenant_id, user_id, name, email)
            values ('{distributor}', '{distributor}', '{distributor}', 'Xanthippe', 'xanthippe@leak.example');

            insert into sales.trigger (id, tenant_id, trigger_type, name, actions)
            values
                ({}, '{distributor}', 'CUSTOMER_DORMANCY', 'Gone', '{{CREATE_TASK,SEND_EMAIL,UPDATE_CRM}}'),
                ({}, '{distributor}', 'SAMPLE_NO_ORDER', 'Tasted', '{{CREATE_TASK}}');

            create temp table subject as
            select
                n, uuid '{distributor}' as tenant_id, {} as customer_id, {sku} as sku_id, {sample} as sample_id,
                -- The n-th was tasted n-th.
                timestamptz '2025-12-01 10:00Z' + n * interval '1 minute' as tasted_at
            from generate_series(1, {count}) n;

            insert into sales.customer (id, tenant_id, name, email, sales_rep_id)
            select customer_id, tenant_id, 'Zebulon Quagmire', 'zebulon-' || n || '@leak.example', tenant_id
            from subject;

            insert into sales.sku (id, tenant_id, code, name, created_at)
            select sku_id, tenant_id, 'SKU-' || n, 'Quagmire ' || n, '2025-01-01Z'
            from subject;

            insert into sales.inventory (id, tenant_id, sku_id, location, on_hand)
            select sku_id, tenant_id, sku_id, 'cellar', 1000
            from subject;

            insert into sales.sample_usage (id, tenant_id, sales_rep_id, customer_id, sku_id, tasted_at)
            select sample_id, tenant_id, tenant_id, customer_id, sku_id, tasted_at
            from subject;

            insert into sales.\"order\" (id, tenant_id, customer_id, status, ordered_at, delivered_at, total)
            select
                md5(customer_id::text || place)::uuid, tenant_id, customer_id, 'DELIVERED', ordered_at, ordered_at, 60
            from subject
            cross join generate_series(1, 3) place
            cross join lateral (select tasted_at + place * interval '3 days') o (ordered_at);

            insert into sales.order_line (id, tenant_id, order_id, sku_id, quantity, unit_price)
            select md5(customer_id::text || place)::uuid, tenant_id, md5(customer_id::text || place)::uuid, sku_id, 6, 10
            from subject
            cross join generate_series(1, 3) place",
            id("30001"),
            id("30002"),
            id("n"),
        );
        let mut admin = self.db.connect().await;
        for statement in statements.split(';') {
            execute(&mut admin, statement).await;
        }
        distributor
    }
}
