//! What is in stock, promised and on its way.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Distributor, Filled,
    places::SUPPLIERS,
    product::{Kind, Shelf},
};
use crate::{copy::Rows, random::Random};

/// How many products a supplier has, about.
const SKUS_PER_SUPPLIER: u32 = 12;

/// Received orders that are enough for a lead time, and too few.
const ENOUGH: i64 = 8;
const TOO_FEW: i64 = 3;

#[derive(Debug, Clone, Copy)]
pub struct Supplier {
    pub id: Uuid,
    /// From order to receipt.
    lead_days: i64,
    received: i64,
}

pub async fn suppliers(
    distributor: &Distributor,
    tx: &mut PgConnection,
    skus: u32,
    random: &mut Random,
) -> Result<Vec<Supplier>> {
    let mut rows =
        Rows::new("copy sales.supplier (id, tenant_id, name, created_at) from stdin (format binary)");
    let mut suppliers = Vec::new();
    for number in 0..(skus / SKUS_PER_SUPPLIER).max(3) {
        let supplier = Supplier {
            id: random.id(),
            lead_days: random.between(4, 21),
            received: if number % 3 == 2 { TOO_FEW } else { ENOUGH },
        };
        rows.push(&[
            &supplier.id,
            &distributor.id,
            &SUPPLIERS[number as usize % SUPPLIERS.len()],
            &distributor.days.beginning(),
        ]);
        suppliers.push(supplier);
    }
    rows.write(tx).await?;
    Ok(suppliers)
}

pub async fn fill(
    distributor: &Distributor,
    tx: &mut PgConnection,
    shelf: &Shelf,
    suppliers: &[Supplier],
    random: &mut Random,
    filled: &mut Filled,
) -> Result<()> {
    let mut purchases = Purchases::new();
    for supplier in suppliers {
        purchases.received(distributor, supplier, random);
    }
    let mut inventory = Rows::new(
        "copy sales.inventory (id, tenant_id, sku_id, location, status, on_hand, allocated, created_at)
         from stdin (format binary)",
    );
    let mut reservations = Rows::new(
        "copy sales.inventory_reservation (id, tenant_id, sku_id, quantity, status, expires_at, created_at)
         from stdin (format binary)",
    );
    let mut alerts = Rows::new(
        "copy sales.inventory_alert (
             id, tenant_id, sku_id, alert_family, alert_type, severity, message, available, opened_at, created_at
         )
         from stdin (format binary)",
    );
    let as_of = distributor.as_of;
    for product in &shelf.products {
        let mut store = |location: &str, status: &str, on_hand: i64, random: &mut Random| {
            let allocated = if random.percent(20) { on_hand / 5 } else { 0 };
            inventory.push(&[
                &random.id(),
                &distributor.id,
                &product.id,
                &location,
                &status,
                &(on_hand as i32),
                &(allocated as i32),
                &as_of,
            ]);
        };
        // One in thirty was never counted.
        if product.number % 30 != 29 {
            let (least, most) = random.weighted(&[
                ((0, 0), 5),
                ((1, 12), 20),
                ((12, 80), 40),
                ((80, 400), 30),
                ((1_500, 3_000), 5),
            ]);
            store("main", "AVAILABLE", random.between(least, most), random);
            if product.number % 3 == 0 {
                store("cellar", "AVAILABLE", random.between(0, most / 2), random);
            }
        }
        if random.percent(8) {
            store("main", "QUARANTINE", random.between(1, 24), random);
        }
        if random.percent(5) {
            store("dock", "DAMAGED", random.between(1, 6), random);
        }
        if random.percent(15) {
            let (status, hours) = random.one_of(&[
                ("ACTIVE", None),
                ("ACTIVE", Some(48)),
                ("ACTIVE", Some(-5)),
                ("EXPIRED", Some(-50)),
                ("RELEASED", None),
            ]);
            reservations.push(&[
                &random.id(),
                &distributor.id,
                &product.id,
                &(random.between(1, 18) as i32),
                &status,
                &hours.map(|hours| as_of + TimeDelta::hours(hours)),
                &(as_of - TimeDelta::days(4)),
            ]);
        }
        // Nights before have noticed some; what was taken off the range since is still on the list.
        if product.kind == Kind::Inactive || random.percent(4) {
            let (family, kind, severity) = random.one_of(&[
                ("STOCK", "LOW_STOCK", "WARNING"),
                ("STOCK", "OUT_OF_STOCK", "CRITICAL"),
                ("OVER", "OVERSTOCKED", "INFO"),
            ]);
            let opened_at = as_of - TimeDelta::days(random.between(1, 20));
            alerts.push(&[
                &random.id(),
                &distributor.id,
                &product.id,
                &family,
                &kind,
                &severity,
                &"As it was found one night before.",
                &0_i32,
                &opened_at,
                &opened_at,
            ]);
        }
        if random.percent(12) {
            let supplier = product.supplier.unwrap_or(suppliers[0].id);
            purchases.open(distributor, supplier, product.id, random);
        }
    }
    filled.inventory += inventory.write(tx).await?;
    filled.reservations += reservations.write(tx).await?;
    alerts.write(tx).await?;
    purchases.write(tx, filled).await
}

struct Purchases {
    orders: Rows,
    lines: Rows,
}

impl Purchases {
    fn new() -> Self {
        Self {
            orders: Rows::new(
                "copy sales.purchase_order (
                     id, tenant_id, supplier_id, status, ordered_at, expected_at, received_at, created_at
                 )
                 from stdin (format binary)",
            ),
            lines: Rows::new(
                "copy sales.purchase_order_line (
                     id, tenant_id, purchase_order_id, sku_id, quantity, received_quantity, created_at
                 )
                 from stdin (format binary)",
            ),
        }
    }

    async fn write(self, tx: &mut PgConnection, filled: &mut Filled) -> Result<()> {
        filled.purchase_orders += self.orders.write(tx).await?;
        self.lines.write(tx).await?;
        Ok(())
    }

    fn push(
        &mut self,
        distributor: &Distributor,
        supplier: Uuid,
        status: &str,
        [ordered_at, expected_at, received_at]: [Option<DateTime<Utc>>; 3],
        random: &mut Random,
    ) -> Uuid {
        let id = random.id();
        self.orders.push(&[
            &id,
            &distributor.id,
            &supplier,
            &status,
            &ordered_at,
            &expected_at,
            &received_at,
            &ordered_at,
        ]);
        id
    }

    /// What has come within a year. Once somebody wrote the dates the wrong way round.
    fn received(&mut self, distributor: &Distributor, supplier: &Supplier, random: &mut Random) {
        let hour = |ago: i64, random: &mut Random| Some(distributor.days.hour(ago, random));
        for number in 0..supplier.received {
            let received = random.between(2, 360);
            let lead = (supplier.lead_days + random.between(-2, 3)).max(1);
            let lead = if number == 5 { -1 } else { lead };
            let times = [
                hour(received + lead, random),
                hour(received + lead - supplier.lead_days, random),
                hour(received, random),
            ];
            self.push(distributor, supplier.id, "RECEIVED", times, random);
        }
        let cancelled = hour(random.between(20, 300), random);
        self.push(
            distributor,
            supplier.id,
            "CANCELLED",
            [cancelled, None, None],
            random,
        );
    }

    /// What is on its way: due soon, or in weeks, overdue, or without a date; of some a part has come.
    fn open(&mut self, distributor: &Distributor, supplier: Uuid, sku: Uuid, random: &mut Random) {
        let due = random.one_of(&[Some(2), Some(5), Some(25), Some(-6), None]);
        let times = [
            Some(distributor.days.hour(random.between(7, 20), random)),
            due.map(|days| distributor.as_of + TimeDelta::days(days)),
            None,
        ];
        let order = self.push(distributor, supplier, "OPEN", times, random);
        let quantity = random.between(2, 12) as i32 * 12;
        self.lines.push(&[
            &random.id(),
            &distributor.id,
            &order,
            &sku,
            &quantity,
            &random.one_of(&[0, 0, quantity / 2, quantity + 2]),
            &times[0],
        ]);
    }
}
