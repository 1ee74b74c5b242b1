//! A company's day, what of it moved, and what is far from usual.

use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::{
    job::{Decision, Diff, Scope},
    sql::column,
};
use sqlx::PgConnection;

use super::{
    Counters, before,
    metric::{self, Figure, History, Metric, begin},
    trend::{Basis, Trend},
    yesterday,
};
use crate::{
    anomaly::{self, Finding, Period},
    company::Company,
};

/// Days are computed until nobody's clock and no timer that ends late can change them: yesterday and the two days before.
const OPEN_DAYS: u64 = 2;
/// And up to so many days before yesterday, where the job did not come to it.
const OLDEST: u64 = 7;
/// So far behind a day its like is looked for: eight weeks.
const LOOKED_BACK: u64 = 8 * 7;

/// A day to compute.
pub struct Day {
    pub day: NaiveDate,
    stored: Option<Metric>,
    /// None: it is final, and left.
    measured: Option<Metric>,
    /// This day and those before it.
    history: Arc<History>,
}

/// A day as it should be, and what is told of it.
pub struct Change {
    day: NaiveDate,
    /// None: that is what is stored.
    metric: Option<Metric>,
    trends: Vec<(Figure, Basis, Trend)>,
    anomalies: Vec<Finding>,
}

/// The date after which the days of a run begin.
pub fn before_all(yesterday: NaiveDate) -> NaiveDate {
    before(yesterday, OLDEST + 1)
}

/// Reads the next days after one, the oldest first.
///
/// All that are due are measured together, and judged by each other: with pages of one day, or in a dry run, which stores
/// none of them, the outcome is the same.
pub async fn read(
    tx: &mut PgConnection,
    scope: &Scope<Company>,
    after: NaiveDate,
    limit: i64,
) -> Result<Vec<Day>> {
    let yesterday = yesterday(scope.as_of);
    let oldest = before(yesterday, OLDEST);
    let open = before(yesterday, OPEN_DAYS);
    let stored = metric::history(tx, scope, before(oldest, LOOKED_BACK), yesterday).await?;

    let is_final = |day: &NaiveDate| stored.get(day).is_some_and(|metric| metric.is_final);
    let days = oldest.iter_days().take_while(|day| *day <= yesterday);
    let due: Vec<NaiveDate> = days.clone().filter(|day| !is_final(day)).collect();
    let measured = metric::measure(tx, scope, &due, open).await?;

    let mut history = stored.clone();
    history.extend(measured.iter().map(|metric| (metric.day, metric.clone())));
    let history = Arc::new(history);
    let days = days.filter(|day| *day > after && (*day >= open || !is_final(day)));
    let days = days.take(usize::try_from(limit)?);
    Ok(days
        .map(|day| Day {
            day,
            stored: stored.get(&day).cloned(),
            measured: measured.iter().find(|metric| metric.day == day).cloned(),
            history: history.clone(),
        })
        .collect())
}

impl Day {
    /// What is to be written of it.
    pub fn decide(&self) -> Decision<Change, Counters> {
        let Some(metric) = &self.measured else {
            return Decision {
                change: None,
                counted: Counters {
                    days_final: 1,
                    ..Counters::default()
                },
            };
        };
        let (trends, anomalies) = (self.trends(metric), self.anomalies(metric));
        let is_same = self.stored.as_ref() == Some(metric);
        Decision {
            counted: Counters {
                days_computed: 1,
                rows_unchanged: is_same.into(),
                trends: trends.len() as u64,
                anomalies: anomalies.len() as u64,
                ..Counters::default()
            },
            change: Some(Change {
                day: self.day,
                metric: (!is_same).then(|| metric.clone()),
                trends,
                anomalies,
            }),
        }
    }

    /// What of it moved.
    fn trends(&self, metric: &Metric) -> Vec<(Figure, Basis, Trend)> {
        let compared = Figure::MOVING
            .into_iter()
            .flat_map(|figure| Basis::ALL.map(|basis| (figure, basis)));
        compared
            .filter_map(|(figure, basis)| {
                let earlier = basis.values(self.day, |day| self.figure(figure, day))?;
                let trend = Trend::of(figure.of(metric)?, &earlier)?;
                Some((figure, basis, trend))
            })
            .collect()
    }

    /// What of it is far from usual.
    fn anomalies(&self, metric: &Metric) -> Vec<Finding> {
        let judged = Figure::JUDGED.into_iter();
        judged
            .filter_map(|figure| {
                let earlier = anomaly::baseline(self.day, |day| self.figure(figure, day))?;
                let anomaly = anomaly::judge(figure.kind(metric), figure.of(metric)?, &earlier)?;
                Some(Finding {
                    metric: figure.name(),
                    period_start: begin(self.day),
                    anomaly,
                })
            })
            .collect()
    }

    fn figure(&self, figure: Figure, day: NaiveDate) -> Option<Decimal> {
        self.history.get(&day).and_then(|metric| figure.of(metric))
    }

    /// What an operator is shown.
    pub fn diff(&self, change: &Change) -> Diff {
        let shown = |metric: &Metric| {
            json!({
                "dau": metric.dau,
                "sessionsCompleted": metric.sessions_completed,
                "focusSeconds": metric.focus_seconds,
                "isFinal": metric.is_final,
            })
        };
        let before = self.stored.as_ref().map_or(Value::Null, shown);
        Diff {
            after: change.metric.as_ref().map_or(before.clone(), shown),
            before,
        }
    }
}

/// Writes days, with their trends and anomalies.
pub async fn write(tx: &mut PgConnection, scope: &Scope<Company>, changes: &[&Change]) -> Result<Counters> {
    let rows_written = write_metrics(tx, scope, changes).await?;
    let days = column(changes, |change| change.day);
    let trends: Vec<_> = changes
        .iter()
        .flat_map(|change| change.trends.iter().map(|trend| (change.day, trend)))
        .collect();
    sqlx::query_file!(
        "sql/daily-analytics/write_trends.sql",
        scope.tenant.id,
        &days,
        &column(&trends, |(day, _)| *day),
        &column(&trends, |(_, (figure, ..))| figure.name()) as &[&str],
        &column(&trends, |(_, (_, basis, _))| basis.name()) as &[&str],
        &column(&trends, |(_, (.., trend))| trend.previous),
        &column(&trends, |(_, (.., trend))| trend.current),
        &column(&trends, |(_, (.., trend))| trend.change_pct),
        &column(&trends, |(_, (.., trend))| trend.direction) as &[&str],
        &column(&trends, |(_, (.., trend))| trend.level) as &[&str]
    )
    .execute(&mut *tx)
    .await
    .context("write the trends")?;
    let judged = column(&days, |day| begin(*day));
    let found: Vec<&Finding> = changes.iter().flat_map(|change| &change.anomalies).collect();
    anomaly::write(tx, scope.tenant.id, scope.as_of, Period::Day, &judged, &found).await?;
    Ok(Counters {
        rows_written,
        ..Counters::default()
    })
}

async fn write_metrics(tx: &mut PgConnection, scope: &Scope<Company>, changes: &[&Change]) -> Result<u64> {
    let metrics: Vec<&Metric> = changes
        .iter()
        .filter_map(|change| change.metric.as_ref())
        .collect();
    if metrics.is_empty() {
        return Ok(0);
    }
    let count = |of: fn(&Metric) -> i32| column(&metrics, |metric| of(metric));
    let rate = |of: fn(&Metric) -> Option<Decimal>| column(&metrics, |metric| of(metric));
    let length = |of: fn(&Metric) -> Option<i32>| column(&metrics, |metric| of(metric));
    let written = sqlx::query_file_scalar!(
        "sql/daily-analytics/write_days.sql",
        scope.tenant.id,
        scope.as_of,
        &column(&metrics, |metric| metric.day),
        &count(|metric| metric.dau),
        &count(|metric| metric.wau),
        &count(|metric| metric.mau),
        &count(|metric| metric.new_users),
        &count(|metric| metric.sessions_started),
        &count(|metric| metric.sessions_completed),
        &count(|metric| metric.sessions_cancelled),
        &count(|metric| metric.sessions_expired),
        &count(|metric| metric.sessions_counted),
        &count(|metric| metric.focus_users),
        &count(|metric| metric.outliers_capped),
        &count(|metric| metric.goals_created),
        &count(|metric| metric.goals_completed),
        &count(|metric| metric.goals_overdue_open),
        &count(|metric| metric.mails_failed),
        &column(&metrics, |metric| metric.focus_seconds),
        &rate(|metric| metric.stickiness) as &[Option<Decimal>],
        &rate(|metric| metric.dau_wau) as &[Option<Decimal>],
        &rate(|metric| metric.completion_rate) as &[Option<Decimal>],
        &rate(|metric| metric.on_time_rate) as &[Option<Decimal>],
        &length(|metric| metric.avg_session_seconds) as &[Option<i32>],
        &length(|metric| metric.p50_session_seconds) as &[Option<i32>],
        &length(|metric| metric.p90_session_seconds) as &[Option<i32>],
        &length(|metric| metric.max_session_seconds) as &[Option<i32>],
        &column(&metrics, |metric| metric.is_final)
    );
    let written = written.fetch_one(tx).await.context("write the days")?;
    Ok(written.try_into()?)
}
