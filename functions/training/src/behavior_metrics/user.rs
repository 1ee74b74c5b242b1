//! Whom the job measures, and in which order.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::job::Scope;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::app::App;

/// Who has trained within so many days is measured: the active, and those who have just lapsed.
const LAPSED: TimeDelta = TimeDelta::days(45);

/// A user to measure.
pub struct User {
    pub id: Uuid,
    pub time_zone: Option<String>,
    /// The start of the newest workout.
    pub last_at: DateTime<Utc>,
    /// When he was measured last, where a limit has the users come in that order.
    pub computed_at: Option<DateTime<Utc>>,
    /// Of the newest metrics, if there are any, for a dry run to show.
    pub metrics_date: Option<NaiveDate>,
    pub consistency_score: Option<Decimal>,
    pub dropout_risk: Option<String>,
    pub burnout_risk: Option<String>,
    pub momentum_trend: Option<String>,
    pub adherence_type: Option<String>,
    pub mistake_key: Option<String>,
}

/// The user that a page ended with.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Place {
    pub id: Uuid,
    /// When he was measured before, where a limit has the users come in that order.
    pub computed_at: Option<DateTime<Utc>>,
}

/// The next users, in the order of their ids.
pub async fn select(
    tx: &mut PgConnection,
    scope: &Scope<App>,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<User>> {
    let after = after.map(|place| place.id);
    let users = sqlx::query_file_as!(
        User,
        "sql/behavior-metrics/select.sql",
        scope.tenant.id,
        after.unwrap_or_default(),
        after,
        scope.as_of,
        scope.as_of - LAPSED,
        limit
    );
    users.fetch_all(tx).await.context("select the users")
}

/// The next of the users that the run's limit leaves of the app's, from the one who was measured last to the one who
/// was measured longest ago or never: a user who has been measured is out of the way of the pages to come.
pub async fn select_of_limit(
    tx: &mut PgConnection,
    scope: &Scope<App>,
    after: Option<&Place>,
    limit: i64,
    of_tenant: u64,
) -> Result<Vec<User>> {
    let users = sqlx::query_file_as!(
        User,
        "sql/behavior-metrics/select_of_limit.sql",
        scope.tenant.id,
        after.and_then(|place| place.computed_at),
        after.map(|place| place.id),
        scope.as_of,
        scope.as_of - LAPSED,
        limit,
        i64::try_from(of_tenant).unwrap_or(i64::MAX)
    );
    users.fetch_all(tx).await.context("select the users of the limit")
}

impl User {
    /// What a dry run shows of the newest metrics.
    pub fn shown(&self) -> Value {
        let verdicts = [
            &self.dropout_risk,
            &self.burnout_risk,
            &self.momentum_trend,
            &self.adherence_type,
        ];
        self.metrics_date.map_or(Value::Null, |date| {
            shown(
                date,
                self.consistency_score.unwrap_or_default(),
                verdicts.map(|verdict| verdict.as_deref().unwrap_or_default()),
                self.mistake_key.as_deref(),
            )
        })
    }
}

/// What a dry run shows of metrics.
pub fn shown(date: NaiveDate, consistency: Decimal, verdicts: [&str; 4], mistake: Option<&str>) -> Value {
    let [dropout, burnout, momentum, adherence] = verdicts;
    json!({
        "metricsDate": date,
        "consistencyScore": format!("{consistency:.1}"),
        "dropoutRisk": dropout,
        "burnoutRisk": burnout,
        "momentumTrend": momentum,
        "adherenceType": adherence,
        "mistakeKey": mistake,
    })
}
