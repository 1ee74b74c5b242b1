//! What the demo reads back from the database, gym by gym.

use anyhow::{Context, Result};
use chrono::NaiveDate;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::tenants::Tenant;

/// A tenant whose rows are a gym's.
pub type Gym = Tenant;

pub struct Size {
    pub members: i64,
    pub active: i64,
    pub coaches: i64,
    pub visits: i64,
}

pub struct AtRisk {
    pub first_name: String,
    pub last_name: String,
    pub risk: i16,
    pub level: String,
    pub risk_factors: Value,
    pub commitment_score: Option<i16>,
    pub score_factors: Value,
    pub interpretation: String,
}

#[derive(Clone)]
pub struct Action {
    pub coach_id: Uuid,
    pub first_name: String,
    pub last_name: String,
    pub priority: String,
    pub title: String,
    pub description: Option<String>,
    pub due_date: NaiveDate,
}

impl Tenant {
    pub async fn size(&self, connection: &mut PgConnection) -> Result<Size> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Size, "sql/gym_size.sql", self.id)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("measure {}", self.slug))
    }

    pub async fn at_risk(&self, connection: &mut PgConnection) -> Result<Vec<AtRisk>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(AtRisk, "sql/at_risk.sql", self.id)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read who is at risk in {}", self.slug))
    }

    pub async fn open_actions(&self, connection: &mut PgConnection) -> Result<Vec<Action>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Action, "sql/open_actions.sql", self.id)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read the coaches' actions in {}", self.slug))
    }

    /// All the gym's rows in one word: equal before and after means that nothing was written in between.
    pub async fn fingerprint(&self, connection: &mut PgConnection) -> Result<String> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_scalar!("sql/fingerprint.sql", self.id)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("take the fingerprint of {}", self.slug))
    }
}
