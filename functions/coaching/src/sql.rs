//! How a page meets the database: where it begins, and how its changes become arrays.

/// One column of a bulk statement: what `cell` gives for each change.
pub fn column<'a, Row, Cell>(rows: &'a [Row], cell: impl Fn(&'a Row) -> Cell) -> Vec<Cell> {
    rows.iter().map(cell).collect()
}
