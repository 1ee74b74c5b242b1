//! How many used the parts of the application in a month.

use anyhow::{Context, Result};
use rust_decimal::Decimal;
use shared::{job::Scope, sql::column};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Settings, month::Month};
use crate::{rate::rate, rows::Rows};

/// The parts that sessions and goals tell of.
const PARTS: [&str; 3] = ["breaks", "goals", "timer"];

/// The parts that are told by events, where the application keeps them.
const EVENTS: [&str; 3] = ["dashboard_view", "export", "settings_change"];

/// A part of the application in a month. None of users and events: nobody tracked it, which is not to say that nobody
/// used it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    name: String,
    users: Option<i32>,
    events: Option<i32>,
    /// Of all who were active in the month.
    adoption: Option<Decimal>,
}

/// Reads how each part was used, by which of so many active users.
pub async fn read(tx: &mut PgConnection, scope: &Scope<Settings>, mau: i64) -> Result<Vec<Feature>> {
    let (start, end) = scope.settings.month.instants();
    let features = sqlx::query_file!(
        "sql/monthly-insights/features.sql",
        scope.tenant.id,
        start,
        end,
        &EVENTS as &[&str],
        &PARTS as &[&str]
    )
    .map(|row| Feature {
        name: row.feature,
        users: row.users,
        events: row.events,
        adoption: row.users.and_then(|users| rate(users, mau)),
    });
    features.fetch_all(tx).await.context("read the features")
}

/// Writes them, unless they stand so.
pub async fn write(tx: &mut PgConnection, tenant: Uuid, month: Month, features: &[Feature]) -> Result<Rows> {
    let written = sqlx::query_file!(
        "sql/monthly-insights/write_features.sql",
        tenant,
        month.start,
        &column(features, |feature| feature.name.as_str()) as &[&str],
        &column(features, |feature| feature.users) as &[Option<i32>],
        &column(features, |feature| feature.events) as &[Option<i32>],
        &column(features, |feature| feature.adoption) as &[Option<Decimal>]
    )
    .execute(tx)
    .await
    .context("write the features")?;
    Rows::of(features.len(), i64::try_from(written.rows_affected())?, 0)
}
