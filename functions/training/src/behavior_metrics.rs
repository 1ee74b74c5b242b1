//! Measures how every user who trains keeps at it, and once more how one who has just stopped did.

mod rule;
mod user;

use anyhow::{Context, Result};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc, Weekday};
use rust_decimal::Decimal;
use shared::{
    calendar,
    job::{Batch, Decision, Diff, Job, Reason, Scope, Tenant},
    sql::column,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{
    app::App,
    days::Target,
    history::{self, History, Reach},
    mistake,
};
use rule::Metrics;
use user::{Place, User, shown};

/// Who has not trained for so long has lapsed.
const ACTIVE: TimeDelta = TimeDelta::days(30);

/// What the rule asks for: the 43 dates up to the user's today, and more than any clock is apart from another.
const REACH: Reach = Reach {
    workouts: TimeDelta::days(45),
    lifts: TimeDelta::days(45),
};

/// The job.
pub struct BehaviorMetrics;

/// A user to measure.
pub struct Row {
    user: User,
    history: History,
}

/// A user's metrics, as they should be. Whether they are so already is for the database to say.
pub struct Change {
    user_id: Uuid,
    today: NaiveDate,
    zone: &'static str,
    target: Target,
    metrics: Metrics,
    focus_label: Option<String>,
}

shared::counters! {
    pub struct Counters {
        created: u64,
        updated: u64,
        unchanged: u64,
        /// There are newer metrics of that date.
        skipped_newer: u64,
        /// Users who stopped more than 30 days ago.
        lapsed: u64,
        timezone_fallbacks: u64,
        /// Users whom the language model coached on the UTC date of the run's clock, and how often.
        llm_users_today: u64,
        llm_calls_today: u64,
        /// And on the day before.
        llm_users_yesterday: u64,
        llm_calls_yesterday: u64,
    }
}

impl Job for BehaviorMetrics {
    const NAME: &'static str = "behavior-metrics";
    const PRODUCT: &'static str = "training";
    const LOCK_ID: i32 = 482_211;
    const ONCE_BEHIND_LIMIT: bool = true;

    type Settings = App;
    type Cursor = Place;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    async fn settings(&self, tx: &mut PgConnection, _as_of: DateTime<Utc>, tenant: &Tenant) -> Result<App> {
        App::read(tx, tenant).await
    }

    /// Counts what the language model was asked.
    async fn once(&self, tx: &mut PgConnection, scope: &Scope<App>) -> Result<Counters> {
        let today = scope.as_of.date_naive();
        let yesterday = today.checked_sub_days(Days::new(1));
        let usage = sqlx::query_file!(
            "sql/behavior-metrics/llm_usage.sql",
            scope.tenant.id,
            today,
            yesterday
        );
        let usage = usage
            .fetch_one(tx)
            .await
            .context("read the language model's usage")?;
        Ok(Counters {
            llm_users_today: usage.users_today.try_into()?,
            llm_calls_today: usage.calls_today.try_into()?,
            llm_users_yesterday: usage.users_yesterday.try_into()?,
            llm_calls_yesterday: usage.calls_yesterday.try_into()?,
            ..Counters::default()
        })
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<App>,
        after: Option<&Place>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let users = match scope.limit {
            None => user::select(tx, scope, after, limit).await?,
            Some(of_tenant) => user::select_of_limit(tx, scope, after, limit, of_tenant).await?,
        };
        let ids = column(&users, |user| user.id);
        let histories = history::read(tx, scope.tenant.id, scope.as_of, REACH, &ids).await?;
        let rows = users.into_iter().zip(histories);
        let rows = rows.map(|(user, history)| Row { user, history }).collect();
        Ok(Batch::<Self>::of(rows, limit, |row| Place {
            id: row.user.id,
            computed_at: row.user.computed_at,
        }))
    }

    fn subject(row: &Row) -> String {
        format!("user:{}", row.user.id)
    }

    fn decide(scope: &Scope<App>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let app = &scope.settings;
        let zone = app.zone_of(row.user.time_zone.as_deref())?;
        let today = calendar::local_date(scope.as_of, zone.zone);
        let training = row.history.in_zone(zone.zone);
        let last = calendar::local_date(row.user.last_at, zone.zone);
        let target = row.history.profile.target(app);
        let metrics = Metrics::of(today, target, training.first.unwrap_or(last), last, &training);
        let counted = Counters {
            lapsed: (row.user.last_at < scope.as_of - ACTIVE).into(),
            timezone_fallbacks: zone.is_fallback.into(),
            ..Counters::default()
        };
        let change = Change {
            user_id: row.user.id,
            today,
            zone: zone.zone.name(),
            target,
            focus_label: metrics.mistake.map(|mistake| mistake.focus_label(target)),
            metrics,
        };
        Ok(Decision {
            change: Some(change),
            counted,
        })
    }

    async fn write(&self, tx: &mut PgConnection, scope: &Scope<App>, changes: &[Change]) -> Result<Counters> {
        let mistake = |of: fn(mistake::Mistake) -> &'static str| {
            column(changes, |change| change.metrics.mistake.map(of))
        };
        let written = sqlx::query_file!(
            "sql/behavior-metrics/write.sql",
            scope.tenant.id,
            scope.as_of,
            &column(changes, |change| change.user_id),
            &column(changes, |change| change.today),
            &column(changes, |change| change.zone) as &[&str],
            &column(changes, |change| change.target.days as i16),
            &column(changes, |change| change.target.minutes as i16),
            &column(changes, |change| change.metrics.days_last_7 as i16),
            &column(changes, |change| change.metrics.days_last_14 as i16),
            &column(changes, |change| change.metrics.volume_last_7),
            &column(changes, |change| change.metrics.volume_prev_7),
            &column(changes, |change| change.metrics.volume_delta_pct) as &[Option<Decimal>],
            &column(changes, |change| change.metrics.sets_last_7 as i32),
            &column(changes, |change| change.metrics.sets_prev_7 as i32),
            &column(changes, |change| change.metrics.average_minutes) as &[Option<Decimal>],
            &column(changes, |change| change.metrics.max_gap as i32),
            &column(changes, |change| change.metrics.current_gap as i32),
            &column(changes, |change| change.metrics.skip_day.map(abbreviated)) as &[Option<&str>],
            &column(changes, |change| change.metrics.consistency),
            &column(changes, |change| change.metrics.dropout.as_str()) as &[&str],
            &column(changes, |change| change.metrics.burnout.as_str()) as &[&str],
            &column(changes, |change| change.metrics.momentum.as_str()) as &[&str],
            &column(changes, |change| change.metrics.adherence.as_str()) as &[&str],
            &mistake(mistake::Mistake::key) as &[Option<&str>],
            &mistake(mistake::Mistake::focus_key) as &[Option<&str>],
            &column(changes, |change| change.focus_label.as_deref()) as &[Option<&str>],
            &column(changes, |change| Json(change.metrics.reasons.as_slice()))
                as &[Json<&[mistake::Reason]>]
        );
        let written = written.fetch_one(tx).await.context("write the metrics")?;
        Ok(Counters {
            created: written.created.try_into()?,
            updated: written.updated.try_into()?,
            unchanged: written.unchanged.try_into()?,
            skipped_newer: written.skipped_newer.try_into()?,
            ..Counters::default()
        })
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        let metrics = &change.metrics;
        Diff {
            before: row.user.shown(),
            after: shown(
                change.today,
                metrics.consistency,
                [
                    metrics.dropout.as_str(),
                    metrics.burnout.as_str(),
                    metrics.momentum.as_str(),
                    metrics.adherence.as_str(),
                ],
                metrics.mistake.map(mistake::Mistake::key),
            ),
        }
    }
}

const fn abbreviated(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "mon",
        Weekday::Tue => "tue",
        Weekday::Wed => "wed",
        Weekday::Thu => "thu",
        Weekday::Fri => "fri",
        Weekday::Sat => "sat",
        Weekday::Sun => "sun",
    }
}

#[cfg(test)]
mod tests;
