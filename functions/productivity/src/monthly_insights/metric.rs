//! A company's month in numbers.

use anyhow::{Context, Result};
use rust_decimal::Decimal;
use shared::job::Scope;
use sqlx::{PgConnection, types::Json};

use super::{
    Settings,
    insight::{Figures, Insight, insights},
};
use crate::{
    plan,
    rate::{quotient, rate, rounded},
    rows::Rows,
};

/// A company's month.
pub struct Metric {
    pub figures: Figures,
    goals_created: i32,
    churned_users: i32,
    reactivated_users: i32,
    dormant_users: i32,
    /// How many are in each segment, in the order of [`super::Segment`].
    segments: [i32; 6],
    /// Completed focus sessions of those active in the month.
    sessions_per_active: Option<Decimal>,
    median_sessions: Option<Decimal>,
    avg_dau: Option<Decimal>,
    stickiness: Option<Decimal>,
    churn_rate: Option<Decimal>,
    insights: Vec<Insight>,
    /// Whether the last day of the month was not there yet.
    pub is_stale: bool,
}

/// Reads a company's month.
pub async fn read(tx: &mut PgConnection, scope: &Scope<Settings>) -> Result<Metric> {
    let Settings { setting, month } = &scope.settings;
    let (start, end) = month.instants();
    plan::join_by_hash(tx).await?;
    let row = sqlx::query_file!(
        "sql/monthly-insights/month.sql",
        scope.tenant.id,
        month.start,
        month.end,
        month.before,
        start,
        end,
        setting.churned_days,
        setting.at_risk_days,
        i64::from(setting.power_sessions),
        i64::from(setting.power_active_days)
    )
    .fetch_one(tx)
    .await
    .context("read the month")?;
    let figures = Figures {
        mau: row.mau.into(),
        new_users: row.new_users.into(),
        sessions_completed: row.sessions_completed.into(),
        focus_seconds: row.focus_seconds,
        goals_completed: row.goals_completed.into(),
    };
    let before = row.mau_before.map(|mau| Figures {
        mau: mau.into(),
        new_users: row.new_users_before.unwrap_or_default().into(),
        sessions_completed: row.sessions_completed_before.unwrap_or_default().into(),
        focus_seconds: row.focus_seconds_before.unwrap_or_default(),
        goals_completed: row.goals_completed_before.unwrap_or_default().into(),
    });
    Ok(Metric {
        insights: insights(before, figures),
        goals_created: row.goals_created,
        churned_users: row.churned_users,
        reactivated_users: row.reactivated_users,
        dormant_users: row.dormant_users,
        segments: [
            row.seg_never_activated,
            row.seg_new,
            row.seg_churned,
            row.seg_at_risk,
            row.seg_power,
            row.seg_active,
        ],
        sessions_per_active: quotient(row.sessions_of_active, row.mau, 2),
        median_sessions: row.median_sessions.map(|median| rounded(median, 2)),
        avg_dau: row.dau.and_then(|dau| quotient(dau, row.days, 2)),
        // The mean of the days by the users, without rounding between.
        stickiness: row.dau.and_then(|dau| rate(dau, row.days * i64::from(row.mau))),
        churn_rate: rate(row.churned_users, row.active_before),
        is_stale: !row.has_last_day,
        figures,
    })
}

impl Metric {
    /// Writes the row, unless it stands so.
    pub async fn write(&self, tx: &mut PgConnection, scope: &Scope<Settings>) -> Result<Rows> {
        let figures = &self.figures;
        let [never_activated, new, churned, at_risk, power, active] = self.segments;
        let written = sqlx::query_file!(
            "sql/monthly-insights/write_month.sql",
            scope.tenant.id,
            scope.settings.month.start,
            scope.as_of,
            i32::try_from(figures.mau)?,
            i32::try_from(figures.new_users)?,
            i32::try_from(figures.sessions_completed)?,
            self.goals_created,
            i32::try_from(figures.goals_completed)?,
            self.churned_users,
            self.reactivated_users,
            self.dormant_users,
            never_activated,
            new,
            churned,
            at_risk,
            power,
            active,
            figures.focus_seconds,
            self.sessions_per_active,
            self.median_sessions,
            self.avg_dau,
            self.stickiness,
            self.churn_rate,
            self.churn_rate.map(|rate| Decimal::ONE - rate),
            Json(&self.insights) as Json<&Vec<Insight>>,
            self.is_stale
        )
        .execute(tx)
        .await
        .context("write the month")?;
        Rows::of(1, i64::try_from(written.rows_affected())?, 0)
    }
}
