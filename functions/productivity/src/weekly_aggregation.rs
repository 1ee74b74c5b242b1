//! Sums up a company's week: how many came, stayed and came back, and at which hours people work; and how many of those
//! who came on a day are still there days later.

mod cohort;
mod week;

use anyhow::Result;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use serde_json::json;
use shared::job::{Batch, Decision, Diff, Job, Limit, Reason, Scope, Tenant};
use sqlx::PgConnection;

use crate::{company::Company, rows::Rows};
use cohort::{Cell, Cohort};
use week::{Metric, Week};

/// For so many days it is told how many of those who came on a day have stayed.
const COHORT_DAYS: u64 = 90;

/// The job.
pub struct WeeklyAggregation;

/// The dates, in UTC, that a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dates {
    /// The Sunday on which the latest whole week began, and the one after it.
    start: NaiveDate,
    end: NaiveDate,
    /// The last day that is over.
    last: NaiveDate,
}

impl Dates {
    fn of(as_of: DateTime<Utc>) -> Self {
        let today = as_of.date_naive();
        let end = today - Days::new(today.weekday().num_days_from_sunday().into());
        Self {
            start: end - Days::new(7),
            end,
            last: today - Days::new(1),
        }
    }

    /// The first day whose cohort is told.
    fn first_cohort(self) -> NaiveDate {
        self.last - Days::new(COHORT_DAYS)
    }
}

/// The first instant of a date.
fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

/// The company's week, or who came on a day.
pub enum Row {
    Week(Box<Week>),
    Cohort(Cohort),
}

/// What is to be written for the one or the other.
pub enum Change {
    Week(Box<Metric>),
    Cohort(NaiveDate, Vec<Cell>),
}

shared::counters! {
    pub struct Counters {
        /// Days of whose newcomers something can be told.
        cohorts: u64,
        cells: u64,
        /// Users active in the week.
        users: u64,
        heatmap_cells: u64,
        /// Of all three tables: inserted, changed or deleted.
        rows_written: u64,
        rows_unchanged: u64,
        /// Users with a session in the week whose time zone nobody knows.
        timezone_fallbacks: u64,
    }
}

impl Job for WeeklyAggregation {
    const NAME: &'static str = "weekly-aggregation";
    const PRODUCT: &'static str = "productivity";
    const LOCK_ID: i32 = 482_238;

    type Settings = Company;
    /// A cohort's day; the week stands before the first of them.
    type Cursor = NaiveDate;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    fn limit(&self) -> Limit {
        Limit::Unsupported(Self::NAME)
    }

    async fn settings(
        &self,
        tx: &mut PgConnection,
        _as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Company> {
        Company::read(tx, tenant).await
    }

    /// The week, which pools cohorts, and the cohorts: those are 90 at most, so all that are left are read.
    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Company>,
        after: Option<&NaiveDate>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let dates = Dates::of(scope.as_of);
        let first = after.map_or(dates.first_cohort(), |day| *day + Days::new(1));
        let cohorts = cohort::read(tx, scope.tenant.id, first, dates.last).await?;
        let mut rows = Vec::with_capacity(cohorts.len() + 1);
        if after.is_none() {
            let week = week::read(tx, scope, dates, &cohorts).await?;
            rows.push(Row::Week(Box::new(week)));
        }
        rows.extend(cohorts.into_iter().map(Row::Cohort));
        let limit = usize::try_from(limit)?;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        Ok(Batch {
            next: rows.last().filter(|_| has_more).map(|row| match row {
                Row::Week(_) => dates.first_cohort() - Days::new(1),
                Row::Cohort(cohort) => cohort.day,
            }),
            rows,
            counted: Counters::default(),
        })
    }

    fn subject(row: &Row) -> String {
        match row {
            Row::Week(week) => format!("week:{}", week.start),
            Row::Cohort(cohort) => format!("cohort:{}", cohort.day),
        }
    }

    fn decide(scope: &Scope<Company>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let (change, counted) = match row {
            Row::Week(week) => (
                Change::Week(Box::new(Metric::of(week))),
                Counters {
                    users: week.wau.unsigned_abs().into(),
                    heatmap_cells: week.cells.sessions.len() as u64,
                    timezone_fallbacks: week.fallbacks(&scope.settings.zones),
                    ..Counters::default()
                },
            ),
            Row::Cohort(cohort) => (
                Change::Cohort(cohort.day, cohort.cells.clone()),
                Counters {
                    cohorts: (!cohort.cells.is_empty()).into(),
                    cells: cohort.cells.len() as u64,
                    ..Counters::default()
                },
            ),
        };
        Ok(Decision {
            change: Some(change),
            counted,
        })
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Company>,
        changes: &[Change],
    ) -> Result<Counters> {
        let mut rows = Rows::default();
        let mut cohorts = Vec::with_capacity(changes.len());
        for change in changes {
            match change {
                Change::Week(metric) => {
                    rows.add(metric.write(tx, scope).await?);
                    rows.add(
                        metric
                            .week
                            .cells
                            .write(tx, scope.tenant.id, metric.week.start)
                            .await?,
                    );
                }
                Change::Cohort(day, cells) => cohorts.push((*day, cells.as_slice())),
            }
        }
        if !cohorts.is_empty() {
            rows.add(cohort::write(tx, scope.tenant.id, Dates::of(scope.as_of).last, &cohorts).await?);
        }
        Ok(Counters {
            rows_written: rows.written,
            rows_unchanged: rows.unchanged,
            ..Counters::default()
        })
    }

    fn diff(row: &Row, _change: &Change) -> Diff {
        match row {
            Row::Week(week) => Diff {
                before: json!(week.stored),
                after: week.shown(),
            },
            Row::Cohort(cohort) => Diff {
                before: cohort::shown(&cohort.stored),
                after: cohort::shown(&cohort.cells),
            },
        }
    }
}

#[cfg(test)]
mod tests;
