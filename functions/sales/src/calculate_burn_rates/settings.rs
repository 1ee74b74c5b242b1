//! What the job knows of a distributor before its first page.

use std::collections::HashMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use shared::{calendar::local_date, fault, job::Tenant};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    history::{MONTHS, Periods},
    reorder::{self, Lead},
    season::{self, Category},
};
use crate::distributor::Distributor;

/// Days back that receipts of suppliers, and purchases of customers, count.
pub const YEAR: u64 = 365;

/// A distributor at the run's clock.
pub struct Settings {
    pub distributor: Distributor,
    pub periods: Periods,
    /// Standard deviations of safety stock.
    pub z: Decimal,
    /// Of a supplier of whom too little is known.
    default_lead: Lead,
    leads: HashMap<Uuid, Lead>,
    /// Those that products without 24 months may fall back on.
    pub categories: HashMap<String, Category>,
}

impl Settings {
    pub async fn read(tx: &mut PgConnection, as_of: DateTime<Utc>, tenant: &Tenant) -> Result<Self> {
        let distributor = Distributor::read(&mut *tx, as_of, tenant).await?;
        let setting = &distributor.setting;
        let periods = Periods::of(&distributor);
        Ok(Self {
            z: reorder::z(setting.service_level)
                .ok_or_else(|| fault::tenant("its service level is unknown"))?,
            default_lead: Lead {
                days: setting.lead_time_days,
                sd_days: setting.lead_time_sd_days.to_f64().unwrap_or_default(),
            },
            leads: leads(&mut *tx, tenant, &distributor).await?,
            categories: categories(tx, tenant, &distributor, &periods).await?,
            periods,
            distributor,
        })
    }

    /// How long a product's supplier takes.
    pub fn lead(&self, supplier_id: Option<Uuid>) -> Lead {
        let known = supplier_id.and_then(|supplier| self.leads.get(&supplier));
        known.copied().unwrap_or(self.default_lead)
    }
}

async fn leads(
    tx: &mut PgConnection,
    tenant: &Tenant,
    distributor: &Distributor,
) -> Result<HashMap<Uuid, Lead>> {
    let from = distributor.start_of(distributor.days_ago(YEAR));
    let to = distributor.start_of(distributor.today);
    let suppliers = sqlx::query_file!("sql/calculate-burn-rates/leads.sql", tenant.id, from, to)
        .fetch_all(tx)
        .await
        .context("read the suppliers' receipts")?;
    let date = |instant: DateTime<Utc>| local_date(instant, distributor.zone);
    let leads = suppliers.into_iter().filter_map(|supplier| {
        let orders = supplier.ordered_at.into_iter().zip(supplier.received_at);
        let days: Vec<i64> = orders
            .map(|(ordered_at, received_at)| (date(received_at) - date(ordered_at)).num_days())
            .filter(|days| *days >= 0)
            .collect();
        Some((supplier.id, Lead::of(&days)?))
    });
    Ok(leads.collect())
}

async fn categories(
    tx: &mut PgConnection,
    tenant: &Tenant,
    distributor: &Distributor,
    periods: &Periods,
) -> Result<HashMap<String, Category>> {
    let rows = sqlx::query_file!(
        "sql/calculate-burn-rates/categories.sql",
        tenant.id,
        &periods.month_starts,
        periods.month_starts.first(),
        periods.month_starts.last()
    )
    .fetch_all(tx)
    .await
    .context("read the categories' months")?;
    let mut categories = HashMap::new();
    for row in rows {
        let since = season::history_start(local_date(row.created_at, distributor.zone), None);
        let category = categories.entry(row.category).or_insert(Category {
            since,
            months: [0; MONTHS],
        });
        category.since = category.since.min(since);
        // Numbered from 1 on.
        let month = row.month.and_then(|month| usize::try_from(month - 1).ok());
        let Some((month, first)) = month.and_then(|month| Some((month, periods.months.get(month)?))) else {
            continue;
        };
        category.since = category.since.min(*first);
        category.months[month] += row.units.unwrap_or_default();
    }
    Ok(categories)
}
