//! The figures as Markdown.

use anyhow::{Context, Result};
use demo::words::thousands;

use crate::{contest, run, startup};

pub struct Figures {
    pub starts: Vec<startup::Figures>,
    pub contests: Vec<contest::Figures>,
    pub coaches: Vec<(u32, run::Figures)>,
}

#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
pub fn print(settings: &str, figures: &Figures) -> Result<()> {
    let cores = std::thread::available_parallelism().context("count the processors")?;
    println!("{cores} processors, {settings}, fsync and synchronous commit on.\n");
    println!("{}", near(&figures.contests));
    println!("{}", far(&figures.contests));
    println!("{}", growth(&figures.contests));
    println!("{}", coaches(&figures.coaches));
    print!("{}", starts(&figures.starts));
    Ok(())
}

fn near(contests: &[contest::Figures]) -> String {
    let mut table = Table::new(
        "Over a local socket",
        &[
            "job",
            "members",
            "ours",
            "floor",
            "ours ÷ floor",
            "old way",
            "old way ÷ ours",
            "old way ÷ floor",
            "peak memory",
        ],
    );
    for figures in contests {
        let old_way = figures.old_way_each * figures.members as f64;
        table.row(&[
            figures.job.to_owned(),
            thousands(figures.members),
            rate(figures.members, figures.ours),
            rate(figures.members, figures.floor),
            ratio(figures.ours / figures.floor),
            rate(figures.members, old_way),
            ratio(old_way / figures.ours),
            ratio(old_way / figures.floor),
            format!("{:.0} MB", figures.peak_memory_mb),
        ]);
    }
    table.text
}

fn far(contests: &[contest::Figures]) -> String {
    let mut table = Table::new(
        "With 1 ms more for each request",
        &[
            "job",
            "members",
            "ours",
            "old way",
            "old way ÷ ours",
            "statements a page",
            "round trips a page",
        ],
    );
    for figures in contests {
        let Some(far) = &figures.far else { continue };
        let old_way = far.old_way_each * figures.members as f64;
        table.row(&[
            figures.job.to_owned(),
            thousands(figures.members),
            rate(figures.members, far.ours),
            rate(figures.members, old_way),
            ratio(old_way / far.ours),
            format!("{:.2}", far.statements_a_page),
            format!("{:.2}", far.round_trips_a_page),
        ]);
    }
    table.text
}

/// What a member costs at each size, beside the smallest.
fn growth(contests: &[contest::Figures]) -> String {
    let mut table = Table::new(
        "A member's cost as the gym grows",
        &["job", "members", "µs a member", "beside the smallest gym"],
    );
    let each = |figures: &contest::Figures| figures.ours / figures.members as f64;
    for figures in contests {
        let smallest = contests
            .iter()
            .find(|other| other.job == figures.job)
            .map_or(f64::NAN, each);
        table.row(&[
            figures.job.to_owned(),
            thousands(figures.members),
            format!("{:.0}", each(figures) * 1e6),
            ratio(each(figures) / smallest),
        ]);
    }
    table.text
}

fn coaches(runs: &[(u32, run::Figures)]) -> String {
    let mut table = Table::new(
        "coach-actions",
        &["members", "coaches", "time", "µs a member", "peak memory"],
    );
    for (size, figures) in runs {
        table.row(&[
            thousands(u64::from(*size)),
            thousands(figures.report.totals.total),
            format!("{:.2} s", figures.seconds),
            format!("{:.0}", figures.seconds / f64::from(*size) * 1e6),
            format!("{:.0} MB", figures.peak_memory_mb),
        ]);
    }
    table.text
}

fn starts(binaries: &[startup::Figures]) -> String {
    let mut table = Table::new(
        "Starting",
        &[
            "function",
            "to the first `next`",
            "beside the empty one",
            "to the first answer",
            "peak memory",
            "zipped",
        ],
    );
    let empty = binaries.first().map_or(f64::NAN, |binary| binary.first_next_ms);
    for binary in binaries {
        table.row(&[
            binary.name.clone(),
            format!("{:.1} ms", binary.first_next_ms),
            ratio(binary.first_next_ms / empty),
            format!("{:.1} ms", binary.first_next_ms + binary.first_answer_ms),
            format!("{:.0} MB", binary.peak_memory_mb),
            binary
                .zipped_mb
                .map_or_else(String::new, |mb| format!("{mb:.1} MB")),
        ]);
    }
    table.text
}

struct Table {
    text: String,
}

impl Table {
    fn new(title: &str, columns: &[&str]) -> Self {
        let head = columns.join(" | ");
        // Names to the left, numbers to the right.
        let rule = vec!["--:"; columns.len() - 1].join("|");
        Self {
            text: format!("### {title}\n\n| {head} |\n|---|{rule}|\n"),
        }
    }

    fn row(&mut self, cells: &[String]) {
        self.text += &format!("| {} |\n", cells.join(" | "));
    }
}

fn rate(members: u64, seconds: f64) -> String {
    format!(
        "{seconds:.2} s, {}/s",
        thousands((members as f64 / seconds) as u64)
    )
}

fn ratio(value: f64) -> String {
    format!("{value:.2} ×")
}
