//! The figures as Markdown.

use anyhow::{Context, Result};
use demo::words::thousands;

use crate::{contest, gym, shop, startup};

pub struct Figures {
    pub starts: Vec<startup::Figures>,
    pub contests: Vec<contest::Figures>,
    pub coaches: Vec<gym::Coaches>,
    pub offers: shop::Offers,
}

#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
pub fn print(settings: &str, figures: &Figures) -> Result<()> {
    let cores = std::thread::available_parallelism().context("count the processors")?;
    println!("{cores} processors, {settings}.\n");
    println!("{}", near(&figures.contests));
    println!("{}", far(&figures.contests));
    println!("{}", growth(&figures.contests));
    println!("{}", coaches(&figures.coaches));
    println!("{}", offers(&figures.offers));
    print!("{}", starts(&figures.starts));
    Ok(())
}

fn near(contests: &[contest::Figures]) -> String {
    let mut table = Table::new(
        "Over a local socket",
        &[
            "job",
            "subjects",
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
        let old_way = OldWay::of(figures.old_way_each, figures.subjects);
        table.row(&[
            figures.job.to_owned(),
            thousands(figures.subjects),
            rate(figures.subjects, figures.ours),
            rate(figures.subjects, figures.floor),
            ratio(figures.ours / figures.floor),
            old_way.rate(),
            old_way.beside(figures.ours),
            old_way.beside(figures.floor),
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
            "subjects",
            "ours",
            "old way",
            "old way ÷ ours",
            "statements of its own a page",
            "round trips a page",
        ],
    );
    for figures in contests {
        let Some(far) = &figures.far else { continue };
        let old_way = OldWay::of(far.old_way_each, figures.subjects);
        table.row(&[
            figures.job.to_owned(),
            thousands(figures.subjects),
            rate(figures.subjects, far.ours),
            old_way.rate(),
            old_way.beside(far.ours),
            format!("{:.2}", far.own_a_page),
            format!("{:.2}", far.round_trips_a_page),
        ]);
    }
    table.text
}

/// What all subjects would have taken, in the cells of a table: empty where nothing was replaced.
struct OldWay {
    subjects: u64,
    seconds: Option<f64>,
}

impl OldWay {
    fn of(each: Option<f64>, subjects: u64) -> Self {
        Self {
            subjects,
            seconds: each.map(|each| each * subjects as f64),
        }
    }

    fn rate(&self) -> String {
        let text = self.seconds.map(|seconds| rate(self.subjects, seconds));
        text.unwrap_or_default()
    }

    fn beside(&self, other: f64) -> String {
        let text = self.seconds.map(|seconds| ratio(seconds / other));
        text.unwrap_or_default()
    }
}

/// What a subject costs at each size, beside the smallest.
fn growth(contests: &[contest::Figures]) -> String {
    let mut table = Table::new(
        "A subject's cost as their number grows",
        &["job", "subjects", "µs a subject", "beside the smallest number"],
    );
    let each = |figures: &contest::Figures| figures.ours / figures.subjects as f64;
    for figures in contests {
        let smallest = contests
            .iter()
            .find(|other| other.job == figures.job)
            .map_or(f64::NAN, each);
        table.row(&[
            figures.job.to_owned(),
            thousands(figures.subjects),
            format!("{:.0}", each(figures) * 1e6),
            ratio(each(figures) / smallest),
        ]);
    }
    table.text
}

fn coaches(coaches: &[gym::Coaches]) -> String {
    let mut table = Table::new(
        "coach-actions",
        &["members", "coaches", "time", "µs a member", "peak memory"],
    );
    for gym::Coaches { members, run } in coaches {
        table.row(&[
            thousands(members),
            thousands(run.report.totals.total),
            format!("{:.2} s", run.seconds),
            format!("{:.0}", run.seconds / f64::from(*members) * 1e6),
            format!("{:.0} MB", run.peak_memory_mb),
        ]);
    }
    table.text
}

fn offers(offers: &shop::Offers) -> String {
    let mut table = Table::new(
        "expire-offers",
        &[
            "customers",
            "live offers",
            "lapsed of them",
            "subjects",
            "time",
            "with 1 ms more",
            "with nothing to do",
            "pages",
            "statements of its own a page",
            "peak memory",
        ],
    );
    table.row(&[
        thousands(offers.customers),
        thousands(offers.live),
        thousands(offers.lapsed),
        thousands(offers.subjects),
        format!("{:.2} s", offers.seconds),
        format!("{:.2} s", offers.far_seconds),
        format!("{:.2} s", offers.idle_seconds),
        offers.pages.to_string(),
        format!("{:.2}", offers.own_a_page),
        format!("{:.0} MB", offers.peak_memory_mb),
    ]);
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

fn rate(subjects: u64, seconds: f64) -> String {
    format!(
        "{seconds:.2} s, {}/s",
        thousands((subjects as f64 / seconds) as u64)
    )
}

fn ratio(value: f64) -> String {
    format!("{value:.2} ×")
}
