//! How a page's changes become a statement's arrays.

/// One column of a bulk statement: what `cell` gives for each change.
pub fn column<'a, Row, Cell>(rows: &'a [Row], cell: impl Fn(&'a Row) -> Cell) -> Vec<Cell> {
    rows.iter().map(cell).collect()
}
