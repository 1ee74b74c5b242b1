//! What the demo reads back from the database, shop by shop.

use anyhow::{Context, Result};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::tenants::Tenant;

/// A tenant whose rows are a shop's.
pub type Shop = Tenant;

pub struct Extent {
    pub customers: i64,
    pub appointments: i64,
    pub open_slots: i64,
    pub payment_mode: String,
}

pub struct Outcome {
    pub outcome: String,
    pub reason: String,
    pub count: i64,
}

pub struct RefundDue {
    pub has_owner: bool,
    pub target: Option<String>,
    pub subject: Option<String>,
}

pub struct Tiers {
    pub top: i64,
    pub neutral: i64,
    pub risk: i64,
    pub little_history: i64,
}

pub struct VariedScore {
    pub name: String,
    pub score: i32,
    pub tier: String,
    pub window_days: i32,
    pub breakdown: Value,
    pub kinds: i64,
}

impl Tenant {
    pub async fn extent(&self, connection: &mut PgConnection) -> Result<Extent> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Extent, "sql/shop_size.sql", self.id)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("measure {}", self.slug))
    }

    /// What a run made of the appointments.
    pub async fn outcomes(&self, connection: &mut PgConnection, run_id: Uuid) -> Result<Vec<Outcome>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Outcome, "sql/outcomes.sql", self.id, run_id)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read the outcomes in {}", self.slug))
    }

    /// Which refunds a run found due.
    pub async fn refunds_due(&self, connection: &mut PgConnection, run_id: Uuid) -> Result<Vec<RefundDue>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(RefundDue, "sql/refunds_due.sql", self.id, run_id)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read the refunds that are due in {}", self.slug))
    }

    pub async fn tiers(&self, connection: &mut PgConnection) -> Result<Tiers> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Tiers, "sql/tiers.sql", self.id)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("count the tiers of {}", self.slug))
    }

    /// A score that many things went into.
    pub async fn varied_score(&self, connection: &mut PgConnection) -> Result<Option<VariedScore>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(VariedScore, "sql/varied_score.sql", self.id)
            .fetch_optional(&mut *tx)
            .await
            .with_context(|| format!("read a score of {}", self.slug))
    }
}
