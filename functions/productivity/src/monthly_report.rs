//! Reports to people on the first how the month before went, by their own calendar.

mod letter;
mod month;
mod rule;
mod work;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use shared::{
    calendar,
    job::{Reason, Scope},
    sql::column,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{
    reminder::{
        Draft, Reminder, Reminding, Round, Said, Something,
        clock::{On, Slot},
        counted::Counted,
        outbox::Outcome,
        person::{Person, Reader, person},
    },
    words::Daypart,
};
use letter::Account;
use month::Month;
use rule::{Details, Goal, History, Report};
use work::Session;

/// The job.
pub type MonthlyReport = Reminding<Monthly>;

/// After two days the month is old.
const SENT_WITHIN: TimeDelta = TimeDelta::hours(48);

#[derive(Default)]
pub struct Monthly;

/// A report of one person.
pub struct Reported {
    user_id: Uuid,
    report: Report,
}

shared::counters! {
    pub struct Counters {
        /// Rows written, or found as they were to be written.
        reports_built: u64,
    }
}

impl Reminder for Monthly {
    const NAME: &'static str = "monthly-report";
    const LOCK_ID: i32 = 482_236;
    const SLOT: Option<Slot> = Some(Slot {
        on: On::FirstOfMonth,
        hour: 9,
        grace: 12,
    });
    const PREFERENCE: &'static str = "monthly_report";

    /// The month that is reported.
    type Settings = Month;
    type Facts = History;
    type Letter = Account;
    type Own = Reported;
    type Counters = Counters;

    /// Wherever it is the first of a month it is that of the same one.
    async fn settings(&self, _: &mut PgConnection, as_of: DateTime<Utc>, round: &Round<()>) -> Result<Month> {
        let mut zones = round.due.zones.iter().zip(&round.due.are_due);
        let due = zones.find(|(_, is_due)| **is_due);
        let zone = round.clock.zone(due.map_or(round.due.own, |(zone, _)| *zone));
        Ok(Month::before(calendar::local_date(as_of, zone)))
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<Month>>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<(Person, History)>> {
        let (due, month) = (&scope.settings.due, scope.settings.settings);
        let rows = sqlx::query_file!(
            "sql/monthly-report/read.sql",
            scope.tenant.id,
            after.unwrap_or_default(),
            after,
            limit,
            &due.names,
            &due.are_due,
            due.own_is_due,
            scope.as_of,
            month.previous().begins_anywhere(),
            month.first(),
            month.next().first()
        );
        let rows = rows.fetch_all(tx).await.context("read people and their months")?;
        let rows = rows.into_iter().map(|row| {
            let history = History {
                is_active: row.is_active,
                sessions: row.sessions.unwrap_or_default(),
                goals: row.goals.map(|goals| goals.0).unwrap_or_default(),
            };
            (person!(row), history)
        });
        Ok(rows.collect())
    }

    fn say(scope: &Scope<Round<Month>>, reader: &Reader, history: &History) -> Result<Said<Self>, Reason> {
        let (round, person) = (&scope.settings, &reader.person);
        let month = round.settings;
        let report = Report::of(history, month, person.created_at, reader.zone.zone)?;
        let Some(report) = report else {
            return Ok(Said::Nothing(Counted::no_content()));
        };
        Ok(Said::Something(Something {
            notices: Vec::new(),
            draft: Some(Draft {
                kind: "monthly_report",
                dedupe_key: format!("monthly:{}:{}", person.id, month.key()),
                expires_at: scope.as_of + SENT_WITHIN,
                is_capped: false,
                letter: Account::of(&report, month, round),
            }),
            own: Reported {
                user_id: person.id,
                report,
            },
            counted: Counters { reports_built: 1 },
        }))
    }

    async fn settle(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<Month>>,
        told: &[(&Reported, Outcome)],
    ) -> Result<Counters> {
        if told.is_empty() {
            return Ok(Counters::default());
        }
        let number = |of: fn(&Report) -> i32| column(told, |(reported, _)| of(&reported.report));
        let seconds = |of: fn(&Report) -> Option<i32>| column(told, |(reported, _)| of(&reported.report));
        sqlx::query_file!(
            "sql/monthly-report/write.sql",
            scope.tenant.id,
            scope.as_of,
            scope.settings.settings.first(),
            &column(told, |(reported, _)| reported.user_id),
            &number(|report| report.goals_created),
            &number(|report| report.goals_completed),
            &number(|report| report.goals_open_end),
            &number(|report| report.overdue_end),
            &number(|report| report.sessions_completed),
            &number(|report| report.focus_seconds),
            &number(|report| report.active_days),
            &number(|report| report.best_streak),
            &seconds(|report| report.avg_session_seconds) as &[Option<i32>],
            &seconds(|report| report.median_session_seconds) as &[Option<i32>],
            &seconds(|report| report.longest_session_seconds) as &[Option<i32>],
            &seconds(|report| report.per_active_day_seconds) as &[Option<i32>],
            &seconds(|report| report.per_calendar_day_seconds) as &[Option<i32>],
            &column(told, |(of, _)| of.report.on_time_rate) as &[Option<Decimal>],
            &column(told, |(of, _)| of.report.best_weekday.map(rule::iso)) as &[Option<i16>],
            &column(told, |(of, _)| of.report.best_daypart.map(Daypart::name)) as &[Option<&str>],
            &column(told, |(of, _)| of.report.focus_change_pct) as &[Option<Decimal>],
            &column(told, |(of, _)| Json(&of.report.details)) as &[Json<&Details>]
        )
        .execute(tx)
        .await
        .context("write the reports")?;
        Ok(Counters::default())
    }
}

#[cfg(test)]
mod tests;
