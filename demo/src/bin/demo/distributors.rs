//! What the demo reads back from the database, distributor by distributor.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use shared::calendar;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::tenants::Tenant;

/// A tenant whose rows are a distributor's.
pub type Distributor = Tenant;

pub struct Range {
    pub customers: i64,
    pub reps: i64,
    pub skus: i64,
    pub orders: i64,
    pub samples: i64,
    pub triggers: i64,
}

pub struct Move {
    pub field: String,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
    pub count: i64,
}

pub struct Conversion {
    pub window_days: i32,
    pub samples_given: i32,
    pub conversions: i32,
    pub rate: String,
    pub matured_rate: Option<String>,
    pub average_days_to_convert: Option<i32>,
    pub revenue: String,
}

pub struct Reorder {
    pub code: String,
    pub name: String,
    pub available: i32,
    pub burn_rate: String,
    pub reorder_point: i32,
    pub quantity: i32,
    pub order_by_date: NaiveDate,
}

pub struct OpenAlerts {
    pub alert_type: String,
    pub severity: String,
    pub count: i64,
}

pub struct Noticed {
    pub trigger_type: String,
    pub noticed: i64,
    pub done: i64,
    pub tasks: i64,
    pub mails: i64,
    pub calls: i64,
    pub updates: i64,
}

pub struct Task {
    pub trigger_type: String,
    pub title: String,
    pub priority: String,
    pub due_on: NaiveDate,
    pub owner: Option<String>,
}

impl Tenant {
    /// The date on the distributor's own calendar.
    pub fn date(&self, instant: DateTime<Utc>) -> Result<NaiveDate> {
        Ok(calendar::local_date(instant, calendar::zone(&self.time_zone)?))
    }

    pub async fn range(&self, connection: &mut PgConnection) -> Result<Range> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Range, "sql/distributor/size.sql", self.id)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("measure {}", self.slug))
    }

    /// How a run moved customers between types.
    pub async fn moves(&self, connection: &mut PgConnection, run_id: Uuid) -> Result<Vec<Move>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Move, "sql/distributor/moves.sql", self.id, run_id)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read how customers moved in {}", self.slug))
    }

    pub async fn conversions(&self, connection: &mut PgConnection, on: NaiveDate) -> Result<Vec<Conversion>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Conversion, "sql/distributor/conversions.sql", self.id, on)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read what samples led to in {}", self.slug))
    }

    pub async fn reorders(&self, connection: &mut PgConnection, on: NaiveDate) -> Result<Vec<Reorder>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Reorder, "sql/distributor/reorders.sql", self.id, on)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read what {} is to order", self.slug))
    }

    pub async fn open_alerts(&self, connection: &mut PgConnection) -> Result<Vec<OpenAlerts>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(OpenAlerts, "sql/distributor/alerts.sql", self.id)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read the alerts of {}", self.slug))
    }

    /// What a run made of each trigger's occasions.
    pub async fn noticed(&self, connection: &mut PgConnection, run_id: Uuid) -> Result<Vec<Noticed>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Noticed, "sql/distributor/noticed.sql", self.id, run_id)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read what was noticed in {}", self.slug))
    }

    /// One task of each kind that a run made.
    pub async fn new_tasks(&self, connection: &mut PgConnection, run_id: Uuid) -> Result<Vec<Task>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Task, "sql/distributor/tasks.sql", self.id, run_id)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read the tasks of {}", self.slug))
    }

    /// All rows that the jobs write in one word: equal before and after means that nothing was written in between.
    pub async fn trade_fingerprint(&self, connection: &mut PgConnection) -> Result<String> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_scalar!("sql/distributor/fingerprint.sql", self.id)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("take the fingerprint of {}", self.slug))
    }
}
