//! Who came on a day, and how many of them have stayed.

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use serde_json::{Map, Value, json};
use shared::sql::column;
use sqlx::PgConnection;
use uuid::Uuid;

use super::midnight;
use crate::rows::Rows;

/// After so many days it is asked who is still there.
const AFTER_DAYS: [i32; 4] = [1, 7, 14, 30];

/// Those who came on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    pub day: NaiveDate,
    /// By their days; none whose day is not over.
    pub cells: Vec<Cell>,
    pub stored: Vec<Cell>,
}

/// How many of a cohort were active a number of days later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub day_n: i32,
    pub size: i32,
    /// On that day.
    pub classic: i32,
    /// On that day or any after it.
    pub rolling: i32,
}

/// How many of several cohorts together were active on the same day of theirs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pool {
    pub size: i32,
    pub retained: i32,
}

impl Pool {
    /// That of the cohorts whose day so many days later lies in `[from, to)`.
    pub fn of(cohorts: &[Cohort], day_n: i32, from: NaiveDate, to: NaiveDate) -> Self {
        let later = Days::new(day_n.unsigned_abs().into());
        let cells = cohorts
            .iter()
            .filter(|cohort| (from..to).contains(&(cohort.day + later)))
            .flat_map(|cohort| &cohort.cells)
            .filter(|cell| cell.day_n == day_n);
        cells.fold(Self::default(), |pool, cell| Self {
            size: pool.size + cell.size,
            retained: pool.retained + cell.classic,
        })
    }
}

/// Reads the cohorts from a day to the one before the last day that is over: those of whom something can be told, or
/// was.
pub async fn read(
    tx: &mut PgConnection,
    tenant: Uuid,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<Cohort>> {
    let rows = sqlx::query_file!(
        "sql/weekly-aggregation/cohorts.sql",
        tenant,
        first,
        last,
        midnight(first),
        midnight(last),
        &AFTER_DAYS
    )
    .fetch_all(tx)
    .await
    .context("read the cohorts")?;
    let mut cohorts: Vec<Cohort> = Vec::new();
    for row in rows {
        let cell = |cell: (Option<i32>, Option<i32>, Option<i32>)| {
            let (Some(size), Some(classic), Some(rolling)) = cell else {
                return None;
            };
            Some(Cell {
                day_n: row.day_n,
                size,
                classic,
                rolling,
            })
        };
        let told = cell((row.size, row.classic, row.rolling));
        let stored = cell((row.stored_size, row.stored_classic, row.stored_rolling));
        match cohorts.last_mut().filter(|cohort| cohort.day == row.cohort_day) {
            Some(cohort) => {
                cohort.cells.extend(told);
                cohort.stored.extend(stored);
            }
            None => cohorts.push(Cohort {
                day: row.cohort_day,
                cells: told.into_iter().collect(),
                stored: stored.into_iter().collect(),
            }),
        }
    }
    Ok(cohorts)
}

/// Writes the cells of cohorts as of the last day that is over.
pub async fn write(
    tx: &mut PgConnection,
    tenant: Uuid,
    last: NaiveDate,
    cohorts: &[(NaiveDate, &[Cell])],
) -> Result<Rows> {
    let cells: Vec<(NaiveDate, &Cell)> = cohorts
        .iter()
        .flat_map(|(day, cells)| cells.iter().map(|cell| (*day, cell)))
        .collect();
    let written = sqlx::query_file!(
        "sql/weekly-aggregation/write_cohorts.sql",
        tenant,
        last,
        &column(cohorts, |(day, _)| *day),
        &column(&cells, |(day, _)| *day),
        &column(&cells, |(_, cell)| cell.day_n),
        &column(&cells, |(_, cell)| cell.size),
        &column(&cells, |(_, cell)| cell.classic),
        &column(&cells, |(_, cell)| cell.rolling)
    )
    .fetch_one(tx)
    .await
    .context("write the cohorts")?;
    Rows::of(cells.len(), written.written, written.deleted)
}

/// Cells as a dry run shows them, by their days.
pub fn shown(cells: &[Cell]) -> Value {
    let cell = |cell: &Cell| {
        let shown = json!({"size": cell.size, "classic": cell.classic, "rolling": cell.rolling});
        (cell.day_n.to_string(), shown)
    };
    Value::Object(cells.iter().map(cell).collect::<Map<_, _>>())
}
