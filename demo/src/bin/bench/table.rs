//! The figures as Markdown.

use demo::words::thousands;

pub struct Table {
    text: String,
}

impl Table {
    /// Under a title.
    pub fn new(title: &str, columns: &[&str]) -> Self {
        let table = Self::untitled(columns);
        Self {
            text: format!("#### {title}\n\n{}", table.text),
        }
    }

    pub fn untitled(columns: &[&str]) -> Self {
        let head = columns.join(" | ");
        // Names to the left, numbers to the right.
        let rule = vec!["--:"; columns.len() - 1].join("|");
        Self {
            text: format!("| {head} |\n|---|{rule}|\n"),
        }
    }

    pub fn row(&mut self, cells: &[String]) {
        self.text += &format!("| {} |\n", cells.join(" | "));
    }

    pub fn text(self) -> String {
        self.text
    }
}

pub fn rate(subjects: u64, seconds: f64) -> String {
    format!(
        "{seconds:.2} s, {}/s",
        thousands((subjects as f64 / seconds) as u64)
    )
}

pub fn ratio(value: f64) -> String {
    format!("{value:.2} ×")
}

pub fn megabytes(value: f64) -> String {
    format!("{value:.0} MB")
}

pub fn yes_or_no(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}
