//! Finds a distributor's candidates, on its state when the run begins.

use std::{collections::HashMap, sync::Arc};

use anyhow::{Context, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use shared::{calendar, sql::column};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    candidate::{Candidate, Customer, Facts, LowStock, Rep, Sku},
    customers, past,
    trigger::{Condition, Severity, Trigger},
};
use crate::distributor::Distributor;

/// How late a missed run may notice samples, first orders and dates to call on.
const SAMPLE_LATE_DAYS: u32 = 30;
const FIRST_ORDER_LATE_DAYS: u32 = 7;
const TIMING_LATE_DAYS: u32 = 30;

/// Makes a [`Customer`] of a row's columns.
macro_rules! customer {
    ($row:ident, $reps:expr) => {
        $crate::process_triggers::candidate::Customer {
            id: $row.id,
            name: $row.name.into(),
            email: $row.email.map(Into::into),
            rep: $row.sales_rep_id.and_then(|id| $reps.get(&id).cloned()),
            do_not_contact_until: $row.do_not_contact_until,
            account_type: $crate::process_triggers::search::known(
                $row.account_type.as_deref(),
                &["HIGH_VOLUME", "MEDIUM_VOLUME", "LOW_VOLUME"],
            ),
            lifecycle_stage: $crate::process_triggers::search::known(
                $row.lifecycle_stage.as_deref(),
                &["ACTIVE", "TARGET", "PROSPECT", "HOLD"],
            ),
            last_order_date: $row.last_order_date,
        }
    };
}
pub(super) use customer;

/// One of a column's few values, without a copy of its own for each row.
pub fn known(value: Option<&str>, all: &[&'static str]) -> Option<&'static str> {
    all.iter().copied().find(|known| Some(*known) == value)
}

/// A search for candidates, and what it has found.
pub struct Search<'a> {
    pub tenant_id: Uuid,
    pub as_of: DateTime<Utc>,
    pub distributor: &'a Distributor,
    pub reps: HashMap<Uuid, Arc<Rep>>,
    found: Vec<Candidate>,
}

/// All candidates of these triggers, in no order.
pub async fn candidates(
    tx: &mut PgConnection,
    tenant_id: Uuid,
    as_of: DateTime<Utc>,
    distributor: &Distributor,
    triggers: &[Arc<Trigger>],
) -> Result<Vec<Candidate>> {
    let mut search = Search {
        tenant_id,
        as_of,
        distributor,
        reps: reps(tx, tenant_id).await?,
        found: Vec::new(),
    };
    let (of_figures, others): (Vec<_>, Vec<_>) = triggers
        .iter()
        .cloned()
        .partition(|trigger| trigger.condition.is_of_figures());
    if !of_figures.is_empty() {
        customers::find(tx, &mut search, &of_figures).await?;
    }
    for trigger in &others {
        match trigger.condition {
            Condition::LowInventory { min_severity } => search.low_stock(tx, trigger, min_severity).await?,
            Condition::SampleNoOrder { days_after } => search.samples(tx, trigger, days_after).await?,
            Condition::FirstOrderFollowup { days_after } => {
                search.first_orders(tx, trigger, days_after).await?;
            }
            _ => search.timing(tx, trigger).await?,
        }
    }
    past::remember(tx, tenant_id, distributor, &mut search.found).await?;
    Ok(search.found)
}

async fn reps(tx: &mut PgConnection, tenant_id: Uuid) -> Result<HashMap<Uuid, Arc<Rep>>> {
    let rows = sqlx::query_file!("sql/process-triggers/reps.sql", tenant_id)
        .fetch_all(tx)
        .await
        .context("read the reps")?;
    let rep = rows.into_iter().map(|row| {
        let rep = Rep {
            user_id: row.user_id,
            name: row.name,
            email: row.email,
            is_active: row.is_active,
        };
        (row.id, Arc::new(rep))
    });
    Ok(rep.collect())
}

impl Search<'_> {
    pub fn add_of_customer(
        &mut self,
        trigger: &Arc<Trigger>,
        customer: Arc<Customer>,
        subject: Uuid,
        condition_on: NaiveDate,
        facts: Facts,
    ) {
        self.found.push(Candidate {
            trigger: trigger.clone(),
            customer: Some(customer),
            sku: None,
            subject,
            condition_on,
            facts,
            stored: None,
            is_cooling: false,
        });
    }

    /// Days from a date to the run's.
    fn since(&self, date: NaiveDate) -> u32 {
        let days = (self.distributor.today - date).num_days();
        u32::try_from(days).unwrap_or_default()
    }

    /// The end of the local date so many days ago, or the run's clock where that is sooner.
    fn end_of(&self, days_ago: u32) -> DateTime<Utc> {
        let date = self.distributor.days_ago(days_ago.into());
        self.distributor.start_of(date + Days::new(1)).min(self.as_of)
    }

    async fn low_stock(
        &mut self,
        tx: &mut PgConnection,
        trigger: &Arc<Trigger>,
        min_severity: Severity,
    ) -> Result<()> {
        let severities = Severity::ALL
            .into_iter()
            .filter(|severity| *severity >= min_severity)
            .map(Severity::as_str);
        let severities: Vec<_> = severities.collect();
        let rows = sqlx::query_file!(
            "sql/process-triggers/low_inventory.sql",
            self.tenant_id,
            &severities as &[&str]
        )
        .fetch_all(tx)
        .await
        .context("read the open stock alerts")?;
        for row in rows {
            let severity = Severity::ALL
                .into_iter()
                .find(|severity| severity.as_str() == row.severity);
            let stock = LowStock {
                alert_type: known(Some(&row.alert_type), &["LOW_STOCK", "OUT_OF_STOCK"]).unwrap_or_default(),
                severity: severity.unwrap_or(min_severity),
                available: row.available,
                reorder_point: row.reorder_point,
                days_of_supply: row.days_of_supply,
                recommended: row.recommended,
            };
            self.found.push(Candidate {
                trigger: trigger.clone(),
                customer: None,
                sku: Some(Arc::new(Sku {
                    id: row.sku_id,
                    code: row.code,
                    name: row.name,
                })),
                subject: row.id,
                condition_on: calendar::local_date(row.opened_at, self.distributor.zone),
                facts: Facts::LowStock(Box::new(stock)),
                stored: None,
                is_cooling: false,
            });
        }
        Ok(())
    }

    async fn samples(
        &mut self,
        tx: &mut PgConnection,
        trigger: &Arc<Trigger>,
        days_after: u32,
    ) -> Result<()> {
        let distributor = self.distributor;
        let first = distributor.days_ago((days_after + SAMPLE_LATE_DAYS).into());
        let days: Vec<NaiveDate> = first.iter_days().take(SAMPLE_LATE_DAYS as usize + 1).collect();
        let attribution = distributor.setting.sample_attribution_days.unsigned_abs();
        let start = |date: &NaiveDate, days: u32| {
            distributor
                .start_of(*date + Days::new(days.into()))
                .min(self.as_of)
        };
        let rows = sqlx::query_file!(
            "sql/process-triggers/samples.sql",
            self.tenant_id,
            &days,
            &column(&days, |date| start(date, 0)),
            &column(&days, |date| start(date, 1)),
            &column(&days, |date| start(date, attribution + 1))
        )
        .fetch_all(tx)
        .await
        .context("read the samples without an order")?;
        for row in rows {
            let (id, tasted_on, sku) = (
                row.sample_id,
                row.tasted_on,
                Sku {
                    id: row.sku_id,
                    code: row.sku_code,
                    name: row.sku_name,
                },
            );
            let since = self.since(tasted_on);
            let customer = Arc::new(customer!(row, self.reps));
            self.add_of_customer(trigger, customer, id, tasted_on, Facts::Sample { since });
            if let Some(candidate) = self.found.last_mut() {
                candidate.sku = Some(Arc::new(sku));
            }
        }
        Ok(())
    }

    async fn first_orders(
        &mut self,
        tx: &mut PgConnection,
        trigger: &Arc<Trigger>,
        days_after: u32,
    ) -> Result<()> {
        let first = self
            .distributor
            .days_ago((days_after + FIRST_ORDER_LATE_DAYS).into());
        let rows = sqlx::query_file!(
            "sql/process-triggers/first_orders.sql",
            self.tenant_id,
            self.distributor.start_of(first),
            self.end_of(days_after)
        )
        .fetch_all(tx)
        .await
        .context("read the first orders")?;
        for row in rows {
            let delivered_on = calendar::local_date(row.delivered_at, self.distributor.zone);
            let (id, total, since) = (row.order_id, row.total, self.since(delivered_on));
            let customer = Arc::new(customer!(row, self.reps));
            self.add_of_customer(
                trigger,
                customer,
                id,
                delivered_on,
                Facts::FirstOrder { since, total },
            );
        }
        Ok(())
    }

    async fn timing(&mut self, tx: &mut PgConnection, trigger: &Arc<Trigger>) -> Result<()> {
        let rows = sqlx::query_file!(
            "sql/process-triggers/timing.sql",
            self.tenant_id,
            self.distributor.days_ago(TIMING_LATE_DAYS.into()),
            self.distributor.today
        )
        .fetch_all(tx)
        .await
        .context("read the customers to call on")?;
        for row in rows {
            let Some(date) = row.do_not_contact_until else {
                continue;
            };
            let since = self.since(date);
            let customer = Arc::new(customer!(row, self.reps));
            let id = customer.id;
            self.add_of_customer(trigger, customer, id, date, Facts::Timing { since });
        }
        Ok(())
    }
}
