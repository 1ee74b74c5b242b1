//! Types each customer by how lately and how much it bought, and marks first orders.

mod rule;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use shared::{
    calendar,
    job::{Batch, Decision, Diff, Job, Reason, Scope, Tenant},
    sql::column,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::distributor::Distributor;
use rule::{AccountType, LifecycleStage, Points, Volume};

/// How much a customer buys is told from so many whole days and what there is of today.
const WINDOW_DAYS: u64 = 90;

/// The job.
pub struct UpdateAccountTypes;

/// A customer as it stands, and what its orders say.
pub struct Row {
    id: Uuid,
    stored: Types,
    last_purchase_at: Option<DateTime<Utc>>,
    volume: Volume,
    first_order_id: Option<Uuid>,
    /// The orders that are marked as the first.
    marked: Vec<Uuid>,
}

/// What is told of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Types {
    account_type: Option<AccountType>,
    lifecycle_stage: Option<LifecycleStage>,
    last_order_date: Option<NaiveDate>,
}

/// What a customer is to become, and which of its orders are to be marked (true) or not any more.
pub struct Change {
    id: Uuid,
    read: Types,
    types: Types,
    marks: Vec<(Uuid, bool)>,
}

shared::counters! {
    pub struct Counters {
        /// Customers of whom any of the three columns changed.
        changed: u64,
        unchanged: u64,
        account_type_changed: u64,
        lifecycle_changed: u64,
        last_order_date_changed: u64,
        /// Orders.
        first_orders_marked: u64,
        first_orders_cleared: u64,
        /// What the customers are after the run.
        high_volume: u64,
        medium_volume: u64,
        low_volume: u64,
        no_volume: u64,
        active: u64,
        target: u64,
        prospect: u64,
        hold: u64,
    }
}

impl Job for UpdateAccountTypes {
    const NAME: &'static str = "update-account-types";
    const PRODUCT: &'static str = "sales";
    const LOCK_ID: i32 = 482_221;

    type Settings = Distributor;
    type Cursor = Uuid;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    async fn settings(
        &self,
        tx: &mut PgConnection,
        as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Distributor> {
        Distributor::read(tx, as_of, tenant).await
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Distributor>,
        after: Option<&Uuid>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let distributor = &scope.settings;
        let rows = sqlx::query_file!(
            "sql/update-account-types/read.sql",
            scope.tenant.id,
            after.copied().unwrap_or_default(),
            after,
            scope.as_of,
            distributor.start_of(distributor.days_ago(WINDOW_DAYS)),
            limit
        )
        .map(|row| Row {
            id: row.id,
            stored: Types {
                account_type: row.account_type.as_deref().and_then(AccountType::named),
                lifecycle_stage: row.lifecycle_stage.as_deref().and_then(LifecycleStage::named),
                last_order_date: row.last_order_date,
            },
            last_purchase_at: row.last_purchase_at,
            volume: Volume {
                orders: row.purchases,
                revenue: row.revenue,
                skus: row.skus,
            },
            first_order_id: row.first_order_id,
            marked: row.marked,
        });
        let rows = rows.fetch_all(tx).await.context("read the customers")?;
        Ok(Batch::<Self>::of(rows, limit, |row| row.id))
    }

    fn subject(row: &Row) -> String {
        format!("customer:{}", row.id)
    }

    fn decide(scope: &Scope<Distributor>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let distributor = &scope.settings;
        let account_type = Points::of(&row.volume, &distributor.setting).account_type(&distributor.setting);
        // Without a purchase here, what was known before the import stays known.
        let last_order_date = row
            .last_purchase_at
            .map(|at| calendar::local_date(at, distributor.zone))
            .or(row.stored.last_order_date);
        let is_on_hold = row.stored.lifecycle_stage == Some(LifecycleStage::Hold);
        let lifecycle_stage = LifecycleStage::of(last_order_date, is_on_hold, distributor);
        let types = Types {
            account_type,
            lifecycle_stage: Some(lifecycle_stage),
            last_order_date,
        };
        let marks = row.marks();
        let is_as_stored = types == row.stored && marks.is_empty();
        let mut counted = Counters {
            unchanged: is_as_stored.into(),
            ..Counters::default()
        };
        match account_type {
            Some(AccountType::High) => counted.high_volume = 1,
            Some(AccountType::Medium) => counted.medium_volume = 1,
            Some(AccountType::Low) => counted.low_volume = 1,
            None => counted.no_volume = 1,
        }
        match lifecycle_stage {
            LifecycleStage::Active => counted.active = 1,
            LifecycleStage::Target => counted.target = 1,
            LifecycleStage::Prospect => counted.prospect = 1,
            LifecycleStage::Hold => counted.hold = 1,
        }
        let change = (!is_as_stored).then_some(Change {
            id: row.id,
            read: row.stored,
            types,
            marks,
        });
        Ok(Decision { change, counted })
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Distributor>,
        changes: &[Change],
    ) -> Result<Counters> {
        let marks: Vec<(Uuid, bool)> = changes
            .iter()
            .flat_map(|change| change.marks.iter().copied())
            .collect();
        let written = sqlx::query_file!(
            "sql/update-account-types/write.sql",
            scope.tenant.id,
            scope.as_of,
            scope.run_id,
            &column(changes, |change| change.id),
            &column(changes, |change| change.read.account_type()) as &[Option<&str>],
            &column(changes, |change| change.read.lifecycle_stage()) as &[Option<&str>],
            &column(changes, |change| change.read.last_order_date) as &[Option<NaiveDate>],
            &column(changes, |change| change.types.account_type()) as &[Option<&str>],
            &column(changes, |change| change.types.lifecycle_stage()) as &[Option<&str>],
            &column(changes, |change| change.types.last_order_date) as &[Option<NaiveDate>],
            &column(&marks, |(order_id, _)| *order_id),
            &column(&marks, |(_, is_first)| *is_first)
        )
        .fetch_one(tx)
        .await
        .context("write the types")?;
        let changed = written.changed.try_into()?;
        Ok(Counters {
            changed,
            unchanged: changes.len() as u64 - changed,
            account_type_changed: written.account_type_changed.try_into()?,
            lifecycle_changed: written.lifecycle_changed.try_into()?,
            last_order_date_changed: written.last_order_date_changed.try_into()?,
            first_orders_marked: written.first_orders_marked.try_into()?,
            first_orders_cleared: written.first_orders_cleared.try_into()?,
            ..Counters::default()
        })
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        Diff {
            before: row.stored.shown(),
            after: change.types.shown(),
        }
    }
}

impl Row {
    /// The marks to set (true) and to take away: the customer's first purchase has one and no other order.
    fn marks(&self) -> Vec<(Uuid, bool)> {
        let missing = self.first_order_id.filter(|first| !self.marked.contains(first));
        let wrong = self
            .marked
            .iter()
            .filter(|marked| Some(**marked) != self.first_order_id);
        let missing = missing.into_iter().map(|first| (first, true));
        missing.chain(wrong.map(|wrong| (*wrong, false))).collect()
    }
}

impl Types {
    fn account_type(&self) -> Option<&'static str> {
        self.account_type.map(AccountType::as_str)
    }

    fn lifecycle_stage(&self) -> Option<&'static str> {
        self.lifecycle_stage.map(LifecycleStage::as_str)
    }

    fn shown(&self) -> Value {
        json!({
            "accountType": self.account_type(),
            "lifecycleStage": self.lifecycle_stage(),
            "lastOrderDate": self.last_order_date,
        })
    }
}

#[cfg(test)]
mod tests;
