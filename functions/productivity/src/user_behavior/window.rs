//! How a company's people worked in six hours, and what of it is far from usual.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Datelike, SecondsFormat, TimeDelta, Timelike, Utc, Weekday};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::job::{Decision, Diff, Scope};
use sqlx::PgConnection;

use super::{Counters, HINDSIGHT, SLOT, window_end};
use crate::{
    anomaly::{self, Anomaly, Finding, Kind, LEAST_VALUES, Period, Severity},
    company::{Company, Zones},
    plan,
};

/// Below this a window says nothing about what is usual.
const LEAST_SESSIONS: i32 = 20;
/// Half of the sessions being shorter or longer than this is odd, whatever it was before: five minutes, two hours.
const SHORTEST_MEDIAN: i32 = 300;
const LONGEST_MEDIAN: i32 = 7200;
/// A window's like is looked for in the eight weeks before.
const LOOKED_BACK: TimeDelta = TimeDelta::days(56);

/// How people worked in a window, as `productivity.behavior_insight` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insight {
    pub window_start: DateTime<Utc>,
    pub sessions: i32,
    pub sessions_completed: i32,
    pub adherence_base: i32,
    pub adherence_kept: i32,
    pub by_type: Value,
    pub median_seconds: Option<i32>,
    pub p90_seconds: Option<i32>,
    pub completion_rate: Option<Decimal>,
    pub break_adherence: Option<Decimal>,
    pub mean_pauses: Option<Decimal>,
    pub mean_rating: Option<Decimal>,
    pub hours: Vec<i32>,
    pub goal_timing_median_days: Option<Decimal>,
}

/// The window that has just passed.
pub struct Window {
    measured: Insight,
    /// Windows of the weeks before that are stored, and this one if it is.
    stored: BTreeMap<DateTime<Utc>, Insight>,
}

/// A window as it should be, and what is told of it.
pub struct Change {
    window_start: DateTime<Utc>,
    /// None: that is what is stored.
    insight: Option<Insight>,
    anomalies: Vec<Finding>,
}

/// Reads the window that has just passed.
pub async fn read(tx: &mut PgConnection, scope: &Scope<Company>) -> Result<Window> {
    let end = window_end(scope.as_of);
    let start = end - SLOT;
    plan::join_by_hash(tx).await?;
    let zones = &scope.settings.zones;
    let (names, known): (Vec<&str>, Vec<&str>) = zones
        .known()
        .map(|(name, zone)| (name, Zones::in_sql(zone)))
        .unzip();
    let measured = sqlx::query_file_as!(
        Insight,
        "sql/user-behavior/measure.sql",
        scope.tenant.id,
        start,
        end,
        start - HINDSIGHT,
        end - HINDSIGHT,
        &names as &[&str],
        &known as &[&str],
        Zones::in_sql(zones.own)
    );
    let measured = measured.fetch_one(&mut *tx).await.context("measure the window")?;
    let stored = sqlx::query_file_as!(
        Insight,
        "sql/user-behavior/history.sql",
        scope.tenant.id,
        start - LOOKED_BACK,
        start
    );
    let stored = stored.fetch_all(tx).await.context("read the windows before")?;
    Ok(Window {
        measured,
        stored: stored
            .into_iter()
            .map(|insight| (insight.window_start, insight))
            .collect(),
    })
}

impl Window {
    /// When it began: `2026-11-22T06:00:00Z`.
    pub fn name(&self) -> String {
        self.measured
            .window_start
            .to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// What is to be written of it.
    pub fn decide(&self) -> Decision<Change, Counters> {
        let measured = &self.measured;
        let is_same = self.stored.get(&measured.window_start) == Some(measured);
        let anomalies = match measured.sessions {
            ..LEAST_SESSIONS => Vec::new(),
            _ => self.anomalies(),
        };
        Decision {
            counted: Counters {
                sessions: measured.sessions.try_into().unwrap_or_default(),
                anomalies: anomalies.len() as u64,
                rows_unchanged: is_same.into(),
                ..Counters::default()
            },
            change: Some(Change {
                window_start: measured.window_start,
                insight: (!is_same).then(|| measured.clone()),
                anomalies,
            }),
        }
    }

    /// What of it is far from usual.
    fn anomalies(&self) -> Vec<Finding> {
        let base = self.measured.sessions.into();
        let found = [
            ("session_length", self.odd_length()),
            (
                "slot_sessions",
                self.judge(Kind::Count, |window| Some(window.sessions.into())),
            ),
            (
                "slot_completion_rate",
                self.judge(Kind::Rate { base }, |window| window.completion_rate),
            ),
        ];
        let finding = |(metric, anomaly): (_, Option<Anomaly>)| {
            Some(Finding {
                metric,
                period_start: self.measured.window_start,
                anomaly: anomaly?,
            })
        };
        found.into_iter().filter_map(finding).collect()
    }

    /// Lengths that are odd by themselves: the bound that was crossed was expected.
    fn odd_length(&self) -> Option<Anomaly> {
        let median = self.measured.median_seconds?;
        let bound = match median {
            ..SHORTEST_MEDIAN => SHORTEST_MEDIAN,
            SHORTEST_MEDIAN..=LONGEST_MEDIAN => return None,
            _ => LONGEST_MEDIAN,
        };
        Some(Anomaly {
            value: median.into(),
            expected: bound.into(),
            score: None,
            severity: Severity::Warning,
        })
    }

    /// Judges a number by those of earlier windows like this one.
    fn judge(&self, kind: Kind, value: impl Fn(&Insight) -> Option<Decimal>) -> Option<Anomaly> {
        let start = self.measured.window_start;
        let before = self.stored.range(start - LOOKED_BACK..start);
        let alike = before.filter(|(earlier, _)| class(**earlier) == class(start));
        let earlier: Vec<Decimal> = alike.filter_map(|(_, insight)| value(insight)).collect();
        if earlier.len() < LEAST_VALUES {
            return None;
        }
        anomaly::judge(kind, value(&self.measured)?, &earlier)
    }

    /// What an operator is shown.
    pub fn diff(&self, change: &Change) -> Diff {
        let shown = |insight: &Insight| {
            json!({
                "sessions": insight.sessions,
                "sessionsCompleted": insight.sessions_completed,
                "medianSeconds": insight.median_seconds,
                "adherenceBase": insight.adherence_base,
                "adherenceKept": insight.adherence_kept,
            })
        };
        let before = self.stored.get(&change.window_start).map_or(Value::Null, shown);
        Diff {
            after: change.insight.as_ref().map_or(before.clone(), shown),
            before,
        }
    }
}

/// What windows are compared by: the hour at which they begin, and whether they are of a weekend.
fn class(start: DateTime<Utc>) -> (u32, bool) {
    (
        start.hour(),
        matches!(start.weekday(), Weekday::Sat | Weekday::Sun),
    )
}

/// Writes the window, with its anomalies.
pub async fn write(tx: &mut PgConnection, scope: &Scope<Company>, change: &Change) -> Result<Counters> {
    let rows_written = match &change.insight {
        Some(insight) => write_insight(tx, scope, insight).await?,
        None => 0,
    };
    let found: Vec<&Finding> = change.anomalies.iter().collect();
    let judged = [change.window_start];
    anomaly::write(tx, scope.tenant.id, scope.as_of, Period::Slot, &judged, &found).await?;
    Ok(Counters {
        rows_written,
        ..Counters::default()
    })
}

async fn write_insight(tx: &mut PgConnection, scope: &Scope<Company>, insight: &Insight) -> Result<u64> {
    let written = sqlx::query_file_scalar!(
        "sql/user-behavior/write_window.sql",
        scope.tenant.id,
        scope.as_of,
        insight.window_start,
        insight.sessions,
        insight.sessions_completed,
        insight.adherence_base,
        insight.adherence_kept,
        insight.by_type,
        insight.median_seconds,
        insight.p90_seconds,
        insight.completion_rate,
        insight.break_adherence,
        insight.mean_pauses,
        insight.mean_rating,
        &insight.hours,
        insight.goal_timing_median_days
    );
    let written = written.fetch_one(tx).await.context("write the window")?;
    Ok(written.try_into()?)
}
