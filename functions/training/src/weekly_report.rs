//! Reports each paying user's week and predicts when he reaches what he trains for, early on his own Monday.

mod due;
mod narrative;
mod prediction;
mod report;
mod row;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::{
    job::{Batch, Decision, Diff, Job, Reason, Scope, Tenant},
    sql::column,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{
    app::App,
    days::Target,
    mistake::{self, Mistake},
};
use due::{Due, DueZone};
use prediction::Prediction;
use report::{Report, Signal};
pub use row::Row;

/// How long the notice of a report is shown.
const SHOWN: TimeDelta = TimeDelta::days(28);

/// The job.
pub struct WeeklyReport;

/// An app, and in which of its users' zones reports are due.
pub struct Settings {
    app: App,
    due: Vec<DueZone>,
}

/// A report with its prediction.
pub struct Change {
    user_id: Uuid,
    week_start: NaiveDate,
    week_end: NaiveDate,
    zone: &'static str,
    target: Target,
    report: Report,
    focus_label: Option<String>,
    title: String,
    narrative: String,
    prediction: Prediction,
}

shared::counters! {
    pub struct Counters {
        generated: u64,
        insufficient_data: u64,
        /// Reports that said that there was too little to tell, and do not any more.
        upgraded: u64,
        unchanged: u64,
        predictions: u64,
        notifications: u64,
        /// Users whose report was missed on Monday.
        catch_up: u64,
        timezone_fallbacks: u64,
    }
}

impl Job for WeeklyReport {
    const NAME: &'static str = "weekly-report";
    const PRODUCT: &'static str = "training";
    const LOCK_ID: i32 = 482_212;

    type Settings = Settings;
    type Cursor = Uuid;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    async fn settings(
        &self,
        tx: &mut PgConnection,
        as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Settings> {
        let app = App::read(tx, tenant).await?;
        let zones = sqlx::query_file_scalar!("sql/weekly-report/zones.sql", tenant.id)
            .fetch_all(tx)
            .await
            .context("read the zones of users")?;
        let due = zones
            .into_iter()
            .filter_map(|name| DueZone::at(as_of, name, &app));
        Ok(Settings {
            due: due.collect(),
            app,
        })
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        after: Option<&Uuid>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let rows = match scope.settings.due.as_slice() {
            [] => Vec::new(),
            due => row::read(tx, scope, due, after, limit).await?,
        };
        Ok(Batch::<Self>::of(rows, limit, |row| row.id))
    }

    fn subject(row: &Row) -> String {
        format!("user:{}", row.id)
    }

    fn decide(scope: &Scope<Settings>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let app = &scope.settings.app;
        let zone = app.zone_of(Some(&row.time_zone))?;
        let Due { week, is_catch_up } = row.due;
        let target = row.history.profile.target(app);
        let training = row.history.in_zone(zone.zone);
        let report = Report::of(week, target, &training, &row.earlier);
        if report.workouts.max(report.records) > i16::MAX.into() {
            return Err("a week of so many workouts or records is more than a report can hold".into());
        }
        let is_the_same = row.is_insufficient && !report.is_generated;
        let counted = Counters {
            unchanged: is_the_same.into(),
            catch_up: is_catch_up.into(),
            timezone_fallbacks: zone.is_fallback.into(),
            ..Counters::default()
        };
        let change = (!is_the_same).then(|| Change {
            user_id: row.id,
            week_start: week.start,
            week_end: week.end(),
            zone: zone.zone.name(),
            target,
            focus_label: report.mistake.map(|mistake| mistake.focus_label(target)),
            title: narrative::title(&report),
            narrative: narrative::narrative(week, target, &report),
            prediction: Prediction::of(
                week,
                target,
                row.history.profile.primary_goal.as_deref(),
                &training,
                row.previous.as_ref(),
            ),
            report,
        });
        Ok(Decision { change, counted })
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        changes: &[Change],
    ) -> Result<Counters> {
        let mistake =
            |of: fn(Mistake) -> &'static str| column(changes, |change| change.report.mistake.map(of));
        let written = sqlx::query_file!(
            "sql/weekly-report/write.sql",
            scope.tenant.id,
            scope.as_of,
            scope.as_of + SHOWN,
            &column(changes, |change| change.user_id),
            &column(changes, |change| change.week_start),
            &column(changes, |change| change.week_end),
            &column(changes, |change| change.report.status()) as &[&str],
            &column(changes, |change| change.zone) as &[&str],
            &column(changes, |change| change.target.days as i16),
            &column(changes, |change| change.report.week_target as i16),
            &column(changes, |change| change.report.workouts as i16),
            &column(changes, |change| change.report.training_days as i16),
            &column(changes, |change| change.report.volume),
            &column(changes, |change| change.report.volume_delta_pct) as &[Option<Decimal>],
            &column(changes, |change| change.report.average_minutes) as &[Option<Decimal>],
            &column(changes, |change| change.report.records as i16),
            &column(changes, |change| change.report.max_gap as i16),
            &mistake(Mistake::key) as &[Option<&str>],
            &mistake(Mistake::focus_key) as &[Option<&str>],
            &column(changes, |change| change.focus_label.as_deref()) as &[Option<&str>],
            &column(changes, |change| change.report.signal.map(Signal::key)) as &[Option<&str>],
            &column(changes, |change| Json(change.report.reasons.as_slice()))
                as &[Json<&[mistake::Reason]>],
            &column(changes, |change| change.narrative.as_str()) as &[&str],
            &column(changes, |change| change.title.as_str()) as &[&str],
            &column(changes, |change| change.prediction.goal.as_str()) as &[&str],
            &column(changes, |change| change.prediction.consistency) as &[Option<Decimal>],
            &column(changes, |change| change.prediction.workouts_per_week),
            &column(changes, |change| change.prediction.effective_weeks),
            &column(changes, |change| change.prediction.strength_weeks as i16),
            &column(changes, |change| change.prediction.visible_weeks as i16),
            &column(changes, |change| change.prediction.milestone) as &[&str],
            &column(changes, |change| change.prediction.milestone_weeks as i16),
            &column(changes, |change| change
                .prediction
                .delta
                .map(|delta| delta as i16)) as &[Option<i16>],
            &column(changes, |change| change.prediction.delta_reason) as &[&str]
        );
        let written = written.fetch_one(tx).await.context("write the reports")?;
        let reports: u64 = (written.generated + written.insufficient_data + written.upgraded).try_into()?;
        Ok(Counters {
            generated: written.generated.try_into()?,
            insufficient_data: written.insufficient_data.try_into()?,
            upgraded: written.upgraded.try_into()?,
            // Somebody else was first.
            unchanged: changes.len() as u64 - reports,
            predictions: written.predictions.try_into()?,
            notifications: written.notifications.try_into()?,
            ..Counters::default()
        })
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        Diff {
            before: match row.is_insufficient {
                true => json!({"status": "insufficient_data"}),
                false => Value::Null,
            },
            after: json!({
                "weekStart": change.week_start,
                "status": change.report.status(),
                "narrative": change.narrative,
                "nextMilestone": change.prediction.milestone,
                "nextMilestoneWeeks": change.prediction.milestone_weeks,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
