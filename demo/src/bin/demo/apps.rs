//! What the demo reads back from the database, training app by training app.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::tenants::Tenant;

/// A tenant whose rows are a training app's.
pub type App = Tenant;

pub struct Reach {
    pub users: i64,
    pub pro: i64,
    pub time_zones: i64,
    pub workouts: i64,
    pub sets: i64,
}

pub struct Finding {
    pub kind: String,
    pub found: String,
    pub count: i64,
}

pub struct Metric {
    pub display_name: String,
    pub time_zone: String,
    pub target_days_per_week: i16,
    pub target_session_minutes: i16,
    pub workouts_last_14_days: i16,
    pub current_gap_days: i32,
    pub consistency_score: String,
    pub volume_delta_pct: Option<String>,
    pub dropout_risk: String,
    pub momentum_trend: String,
    pub reasons: Value,
    pub focus_label: Option<String>,
    /// How many reasons there are.
    pub said: i32,
}

pub struct Place {
    pub time_zone: String,
    pub count: i64,
}

pub struct WeeklyReport {
    pub display_name: String,
    pub time_zone: String,
    pub generated_at: DateTime<Utc>,
    pub narrative: String,
    pub prs_hit: i16,
    pub next_milestone: String,
    pub next_milestone_weeks: i16,
    pub weeks_delta: Option<i16>,
    pub delta_reason: String,
    /// Of the message in the app.
    pub title: String,
}

impl Tenant {
    pub async fn reach(&self, connection: &mut PgConnection) -> Result<Reach> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Reach, "sql/lifters/size.sql", self.id)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("measure {}", self.slug))
    }

    /// What a night's metrics say.
    pub async fn findings(
        &self,
        connection: &mut PgConnection,
        night: DateTime<Utc>,
    ) -> Result<Vec<Finding>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Finding, "sql/lifters/findings.sql", self.id, night)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read what was found in {}", self.slug))
    }

    /// The night's row with the most reasons.
    pub async fn telling_metric(
        &self,
        connection: &mut PgConnection,
        night: DateTime<Utc>,
    ) -> Result<Option<Metric>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Metric, "sql/lifters/metric.sql", self.id, night)
            .fetch_optional(&mut *tx)
            .await
            .with_context(|| format!("read a metric of {}", self.slug))
    }

    /// Where the reports of an hour have gone.
    pub async fn places(&self, connection: &mut PgConnection, hour: DateTime<Utc>) -> Result<Vec<Place>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Place, "sql/lifters/places.sql", self.id, hour)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read where the reports of {} have gone", self.slug))
    }

    /// A report of the week to be glad of.
    pub async fn good_report(
        &self,
        connection: &mut PgConnection,
        week: NaiveDate,
    ) -> Result<Option<WeeklyReport>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(WeeklyReport, "sql/lifters/report.sql", self.id, week)
            .fetch_optional(&mut *tx)
            .await
            .with_context(|| format!("read a report of {}", self.slug))
    }

    /// How many should have a report of the week, and have none.
    pub async fn without_report(&self, connection: &mut PgConnection, week: NaiveDate) -> Result<i64> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_scalar!("sql/lifters/missing.sql", self.id, week)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("count the missing reports of {}", self.slug))
    }

    /// All rows that the jobs write in one word: equal before and after means that nothing was written in between.
    pub async fn training_fingerprint(&self, connection: &mut PgConnection) -> Result<String> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_scalar!("sql/lifters/fingerprint.sql", self.id)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("take the fingerprint of {}", self.slug))
    }
}

pub async fn fingerprints(database: &mut PgConnection, apps: &[App]) -> Result<Vec<String>> {
    let mut fingerprints = Vec::new();
    for app in apps {
        fingerprints.push(app.training_fingerprint(database).await?);
    }
    Ok(fingerprints)
}
