//! Sorts a company's users by what a month says of them, and sums the month up.
//!
//! The sums are told from what users did and not from what its pages found, so that a run that is resumed, a dry run,
//! and one in which a user's row could not be written come to the same.

mod feature;
mod insight;
mod metric;
mod month;
mod segment;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::{
    job::{Batch, Decision, Diff, Job, Limit, Reason, Scope, Tenant},
    sql::column,
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    company::{Company, Setting},
    rows::Rows,
};
use month::Month;
use segment::{Segment, User};

/// The job.
pub struct MonthlyInsights;

/// A company and the month that a run is about.
pub struct Settings {
    setting: Setting,
    month: Month,
}

/// A user at the end of the month.
pub struct Row {
    id: Uuid,
    user: User,
    /// What he was in the month before, if it was told.
    previous: Option<String>,
    /// The stored row of the month.
    stored: Option<Stored>,
}

/// A user's segment in a month and the month before it, as stored.
pub struct Stored {
    segment: String,
    previous: Option<String>,
}

/// A user's segment as it should be. Whether it is so already is for the database to say.
pub struct Change {
    user_id: Uuid,
    segment: Segment,
    previous: Option<String>,
}

shared::counters! {
    pub struct Counters {
        users: u64,
        seg_never_activated: u64,
        seg_new: u64,
        seg_churned: u64,
        seg_at_risk: u64,
        seg_power: u64,
        seg_active: u64,
        /// Rows of feature usage.
        features: u64,
        /// Of all three tables: inserted, changed or deleted.
        rows_written: u64,
        rows_unchanged: u64,
        /// Whether the last day of the month was not there yet for any company.
        stale: bool,
    }
}

impl Counters {
    fn of(rows: Rows) -> Self {
        Self {
            rows_written: rows.written,
            rows_unchanged: rows.unchanged,
            ..Self::default()
        }
    }
}

impl Job for MonthlyInsights {
    const NAME: &'static str = "monthly-insights";
    const PRODUCT: &'static str = "productivity";
    const LOCK_ID: i32 = 482_239;

    type Settings = Settings;
    type Cursor = Uuid;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    fn limit(&self) -> Limit {
        Limit::Unsupported(Self::NAME)
    }

    async fn settings(
        &self,
        tx: &mut PgConnection,
        as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Settings> {
        Ok(Settings {
            setting: Company::read(tx, tenant).await?.setting,
            month: Month::before(as_of.date_naive()),
        })
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        after: Option<&Uuid>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let month = scope.settings.month;
        let (start, end) = month.instants();
        let rows = sqlx::query_file!(
            "sql/monthly-insights/read.sql",
            scope.tenant.id,
            after.copied().unwrap_or_default(),
            after,
            month.start,
            month.end,
            month.before,
            start,
            end,
            limit
        )
        .map(|row| Row {
            id: row.id,
            user: User {
                created_on: row.created_on,
                has_begun: row.has_begun,
                last_day: row.last_day,
                active_days: row.active_days,
                sessions: row.sessions,
            },
            previous: row.previous_segment,
            stored: row.stored_segment.map(|segment| Stored {
                segment,
                previous: row.stored_previous_segment,
            }),
        });
        let rows = rows.fetch_all(tx).await.context("read the users")?;
        Ok(Batch::<Self>::of(rows, limit, |row| row.id))
    }

    fn subject(row: &Row) -> String {
        format!("user:{}", row.id)
    }

    fn decide(scope: &Scope<Settings>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let segment = Segment::of(&scope.settings.month, &scope.settings.setting, &row.user);
        let mut counted = Counters {
            users: 1,
            ..Counters::default()
        };
        match segment {
            Segment::NeverActivated => counted.seg_never_activated = 1,
            Segment::New => counted.seg_new = 1,
            Segment::Churned => counted.seg_churned = 1,
            Segment::AtRisk => counted.seg_at_risk = 1,
            Segment::Power => counted.seg_power = 1,
            Segment::Active => counted.seg_active = 1,
        }
        let change = Some(Change {
            user_id: row.id,
            segment,
            previous: row.previous.clone(),
        });
        Ok(Decision { change, counted })
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        changes: &[Change],
    ) -> Result<Counters> {
        let written = sqlx::query_file!(
            "sql/monthly-insights/write_segments.sql",
            scope.tenant.id,
            scope.settings.month.start,
            &column(changes, |change| change.user_id),
            &column(changes, |change| change.segment.name()) as &[&str],
            &column(changes, |change| change.previous.as_deref()) as &[Option<&str>]
        )
        .execute(tx)
        .await
        .context("write the segments")?;
        Ok(Counters::of(Rows::of(
            changes.len(),
            i64::try_from(written.rows_affected())?,
            0,
        )?))
    }

    /// Sums the month up, and forgets the segments of those who are not counted any more.
    async fn close(&self, tx: &mut PgConnection, scope: &Scope<Settings>) -> Result<Counters> {
        let month = scope.settings.month;
        let metric = metric::read(tx, scope).await?;
        let features = feature::read(tx, scope, metric.figures.mau).await?;
        let mut rows = metric.write(tx, scope).await?;
        rows.add(feature::write(tx, scope.tenant.id, month, &features).await?);
        let forgotten = sqlx::query_file!(
            "sql/monthly-insights/forget.sql",
            scope.tenant.id,
            month.start,
            month.instants().1
        )
        .execute(tx)
        .await
        .context("forget segments")?;
        rows.written += forgotten.rows_affected();
        Ok(Counters {
            features: features.len() as u64,
            stale: metric.is_stale,
            ..Counters::of(rows)
        })
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        let shown =
            |segment: &str, previous: Option<&str>| json!({"segment": segment, "previousSegment": previous});
        Diff {
            before: row.stored.as_ref().map_or(Value::Null, |stored| {
                shown(&stored.segment, stored.previous.as_deref())
            }),
            after: shown(change.segment.name(), change.previous.as_deref()),
        }
    }
}

#[cfg(test)]
mod tests;
