//! What the demo reads back from the database, company by company.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::tenants::Tenant;

/// A tenant whose rows are a company's.
pub type Company = Tenant;

pub struct Headcount {
    pub people: i64,
    pub time_zones: i64,
    pub goals: i64,
    pub sessions: i64,
    pub running: i64,
}

pub struct Told {
    pub job: String,
    pub channel: String,
    pub count: i64,
}

pub struct Letter {
    pub display_name: String,
    pub time_zone: String,
    pub subject: String,
    pub body_text: String,
    pub not_before: Option<DateTime<Utc>>,
}

pub struct Notice {
    pub title: String,
    pub body: String,
    pub display_name: String,
}

pub struct Day {
    pub dau: i32,
    pub wau: i32,
    pub mau: i32,
    pub sessions_completed: i32,
    pub focus_seconds: i64,
    pub completion_rate: Option<String>,
    pub p50_session_seconds: Option<i32>,
    pub goals_completed: i32,
    pub dau_again: i64,
    pub sessions_again: i64,
    pub seconds_again: i64,
}

pub struct Unusual {
    pub is_anomaly: bool,
    pub day: NaiveDate,
    pub text: String,
}

pub struct Week {
    pub wau: i32,
    pub new_active_users: i32,
    pub retained_users: i32,
    pub resurrected_users: i32,
    pub dormant_users: i32,
    pub sessions_completed: i32,
    pub focus_seconds: i64,
    pub peak_hour: Option<i16>,
    pub peak_dow: Option<i16>,
    pub d7_size: i32,
    pub d7_retained: i32,
    pub histogram: i64,
    pub wau_again: i64,
    pub heatmap: i64,
}

pub struct Month {
    pub mau: i32,
    pub seg_never_activated: i32,
    pub seg_new: i32,
    pub seg_churned: i32,
    pub seg_at_risk: i32,
    pub seg_power: i32,
    pub seg_active: i32,
    pub stickiness: Option<String>,
    pub retention_rate: Option<String>,
    pub insights: Value,
    pub stale: bool,
    pub sorted: i64,
}

pub struct Profile {
    pub display_name: String,
    pub sample: i32,
    pub preferred_type: String,
    pub best_daypart: String,
    pub usual_hour: i16,
    pub median_seconds: i32,
    pub completion_rate: String,
}

pub struct Traffic {
    pub requests: i32,
    pub error_rate: String,
    pub p95_ms: i32,
    pub requests_again: Option<i64>,
    pub alerts: Vec<String>,
}

pub struct Holdings {
    pub sessions: i64,
    pub archived_sessions: i64,
    pub old_sessions: i64,
    /// Of the old ones, those of people under legal hold.
    pub held_sessions: i64,
    pub running: i64,
    pub goals: i64,
    /// Those of them that were reached or given up long ago, and those of people who left.
    pub old_goals: i64,
    /// E-mails that went out, and of which the text is there.
    pub letters: i64,
    pub notices: i64,
    /// Minutes of traffic, days of activity and what else was noted.
    pub traces: i64,
    pub people: i64,
}

impl Tenant {
    pub async fn headcount(&self, connection: &mut PgConnection) -> Result<Headcount> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Headcount, "sql/company/size.sql", self.id)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("measure {}", self.slug))
    }

    pub async fn told(&self, connection: &mut PgConnection) -> Result<Vec<Told>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Told, "sql/company/told.sql", self.id)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("count what {} has told its people", self.slug))
    }

    pub async fn letter(&self, connection: &mut PgConnection, job: &str) -> Result<Option<Letter>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Letter, "sql/company/letter.sql", self.id, job)
            .fetch_optional(&mut *tx)
            .await
            .with_context(|| format!("read an e-mail of {}", self.slug))
    }

    pub async fn notice(&self, connection: &mut PgConnection, kind: &str) -> Result<Option<Notice>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Notice, "sql/company/notice.sql", self.id, kind)
            .fetch_optional(&mut *tx)
            .await
            .with_context(|| format!("read a notice of {}", self.slug))
    }

    pub async fn day(&self, connection: &mut PgConnection, day: NaiveDate) -> Result<Day> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Day, "sql/company/day.sql", self.id, day)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("read the {day} of {}", self.slug))
    }

    /// What moved much or is far from usual on that day or later.
    pub async fn unusual(&self, connection: &mut PgConnection, since: NaiveDate) -> Result<Vec<Unusual>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Unusual, "sql/company/unusual.sql", self.id, since)
            .fetch_all(&mut *tx)
            .await
            .with_context(|| format!("read what is unusual in {}", self.slug))
    }

    pub async fn week(&self, connection: &mut PgConnection, sunday: NaiveDate) -> Result<Week> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Week, "sql/company/week.sql", self.id, sunday)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("read the week of {}", self.slug))
    }

    pub async fn month(&self, connection: &mut PgConnection, first: NaiveDate) -> Result<Month> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Month, "sql/company/month.sql", self.id, first)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("read the month of {}", self.slug))
    }

    pub async fn profile(&self, connection: &mut PgConnection) -> Result<Option<Profile>> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Profile, "sql/company/profile.sql", self.id)
            .fetch_optional(&mut *tx)
            .await
            .with_context(|| format!("read how somebody of {} works", self.slug))
    }

    pub async fn traffic(&self, connection: &mut PgConnection, hour: DateTime<Utc>) -> Result<Traffic> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Traffic, "sql/company/traffic.sql", self.id, hour)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("read how {} answered", self.slug))
    }

    /// What the company keeps; old is what ended before `old`.
    pub async fn holdings(&self, connection: &mut PgConnection, old: DateTime<Utc>) -> Result<Holdings> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Holdings, "sql/company/holdings.sql", self.id, old)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("count what {} keeps", self.slug))
    }

    /// How many rows a run of data-cleanup says that it acted on.
    pub async fn noted(&self, connection: &mut PgConnection, run: Uuid) -> Result<i64> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_scalar!("sql/company/noted.sql", self.id, run)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("read the protocol of {}", self.slug))
    }

    /// All rows that the jobs write in one word: equal before and after means that nothing was written in between.
    pub async fn company_fingerprint(&self, connection: &mut PgConnection) -> Result<String> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_scalar!("sql/company/fingerprint.sql", self.id)
            .fetch_one(&mut *tx)
            .await
            .with_context(|| format!("take the fingerprint of {}", self.slug))
    }
}
