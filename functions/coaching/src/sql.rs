//! How a page meets the database: by which plan it is read, and how its changes become arrays.

use anyhow::{Context, Result};
use sqlx::PgConnection;

/// Has the statements of this transaction walk their indexes, whatever the planner's statistics say.
pub async fn plan_by_index(tx: &mut PgConnection) -> Result<()> {
    let set = sqlx::query_file!("sql/plan_by_index.sql");
    set.fetch_one(tx).await.context("set how the page is planned")?;
    Ok(())
}

/// One column of a bulk statement: what `cell` gives for each change.
pub fn column<'a, Row, Cell>(rows: &'a [Row], cell: impl Fn(&'a Row) -> Cell) -> Vec<Cell> {
    rows.iter().map(cell).collect()
}
