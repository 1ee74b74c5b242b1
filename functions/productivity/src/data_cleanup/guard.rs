//! The guard: a table that would lose much of itself at once loses nothing, because then the settings are more likely to be wrong
//! than the data to be old.

use std::fmt;

use anyhow::{Context, Result};
use shared::job::{Batch, Scope};
use sqlx::PgConnection;

use super::part::{Part, Place};
use super::{Counters, DataCleanup, Row, Settings};

/// Fewer rows than this, or of a smaller table, are deleted without asking.
const SELECTED_MAX: u64 = 3000;
const TABLE_MAX: u64 = 10_000;

/// The most that may go of a larger table at once (percent).
const SHARE_MAX: u64 = 30;

/// A table of which too much would have gone.
pub struct Guarded {
    pub table: &'static str,
    pub selected: u64,
    pub rows: u64,
}

impl Guarded {
    /// A page that says so, after which the next table begins.
    pub fn batch(self, place: &Place) -> Batch<DataCleanup> {
        Batch {
            rows: vec![Row::Guarded(self)],
            next: Some(place.of_next_table()),
            counted: Counters {
                guarded: 1,
                ..Counters::default()
            },
        }
    }
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { selected, rows, .. } = self;
        write!(
            f,
            "{selected} of {rows} rows are due, more than {SHARE_MAX} %: nothing was done (CLEANUP_FORCE=true lifts this guard)"
        )
    }
}

/// Whether so many rows, of so many that the table has, are too many.
pub fn is_guarded(selected: u64, rows: u64) -> bool {
    let share = |part: u64| u128::from(part) * 100;
    selected > SELECTED_MAX && rows > TABLE_MAX && share(selected) > u128::from(rows) * u128::from(SHARE_MAX)
}

/// Whether it must be asked how many rows a part's table would lose, once so many were found of so many asked for, and a
/// limit leaves so many. Unread notifications are asked for with the read ones, and texts taken from messages are no rows
/// deleted.
pub fn is_to_ask(part: Part, found: usize, size: i64, left: u64) -> bool {
    if left <= SELECTED_MAX {
        return false;
    }
    let is_full = found as u64 > SELECTED_MAX || i64::try_from(found).is_ok_and(|found| found >= size);
    match part {
        Part::Timer | Part::Goal | Part::User | Part::End => false,
        Part::UnreadNotification | Part::MessageText => false,
        Part::ReadNotification => true,
        _ => is_full,
    }
}

/// How many rows a part's table would lose.
pub async fn selected(tx: &mut PgConnection, scope: &Scope<Settings>, part: Part) -> Result<u64> {
    let cutoffs = &scope.settings.cutoffs;
    let selected = sqlx::query_file_scalar!(
        "sql/data-cleanup/selected.sql",
        scope.tenant.id,
        part.table(),
        cutoffs.before(part),
        cutoffs.before(Part::UnreadNotification),
        scope.as_of
    );
    let selected = selected
        .fetch_one(tx)
        .await
        .with_context(|| format!("count what is due of {}", part.table()))?;
    Ok(selected.unwrap_or_default().unsigned_abs())
}

/// Judges the loss of so many rows. None: they may go.
pub async fn judge(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    table: &'static str,
    selected: u64,
) -> Result<Option<Guarded>> {
    if selected <= SELECTED_MAX {
        return Ok(None);
    }
    let rows = sqlx::query_file_scalar!("sql/data-cleanup/rows.sql", scope.tenant.id, table, scope.as_of);
    let rows = rows
        .fetch_one(tx)
        .await
        .with_context(|| format!("count the rows of {table}"))?;
    let rows = rows.unwrap_or_default().unsigned_abs();
    Ok(is_guarded(selected, rows).then_some(Guarded {
        table,
        selected,
        rows,
    }))
}
