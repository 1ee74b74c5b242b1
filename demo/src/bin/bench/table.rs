//! The figures as Markdown.

use anyhow::{Context, Result};
use demo::words::thousands;

use crate::{contest, distributor, gym, shop, startup};

pub struct Figures {
    pub starts: Vec<startup::Figures>,
    pub contests: Vec<contest::Figures>,
    pub coaches: Vec<gym::Coaches>,
    pub offers: shop::Offers,
    pub compared: Vec<distributor::Compared>,
    pub distributors: Vec<distributor::Filled>,
    pub large: Vec<distributor::Large>,
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
    println!("{}", compared(&figures.compared));
    println!("{}", large(&figures.distributors, &figures.large));
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

fn compared(compared: &[distributor::Compared]) -> String {
    /// How much less than the shortest time that was stated a job is to take.
    const PROMISED: f64 = 20.0;
    let mut table = Table::new(
        "The distributors' jobs at the sizes at which the replaced program was timed",
        &[
            "job",
            "on",
            "subjects",
            "ours",
            "floor",
            "ours ÷ floor",
            "old way",
            "old way ÷ ours",
            "with 1 ms more: ours",
            "old way",
            "old way ÷ ours",
            "stated then",
            "its shorter ÷ ours",
            "20 × or more",
            "peak memory",
        ],
    );
    for figures in compared {
        let stated = |show: fn(f64, f64, f64) -> String| {
            let text = figures
                .stated
                .map(|[shortest, longest]| show(shortest, longest, shortest / figures.ours));
            text.unwrap_or_default()
        };
        let floor = |show: fn(f64, f64) -> String| {
            let text = figures.floor.map(|floor| show(figures.ours, floor));
            text.unwrap_or_default()
        };
        table.row(&[
            figures.job.to_owned(),
            figures.of.clone(),
            thousands(figures.subjects),
            format!("{:.3} s", figures.ours),
            floor(|_, floor| format!("{floor:.3} s")),
            floor(|ours, floor| ratio(ours / floor)),
            format!("{:.2} s", figures.old_way),
            ratio(figures.old_way / figures.ours),
            format!("{:.3} s", figures.far_ours),
            format!("{:.2} s", figures.far_old_way),
            ratio(figures.far_old_way / figures.far_ours),
            stated(|shortest, longest, _| format!("{shortest:.0}–{longest:.0} s")),
            stated(|_, _, factor| format!("{factor:.1} ×")),
            stated(|_, _, factor| yes_or_no(factor >= PROMISED)),
            format!("{:.0} MB", figures.peak_memory_mb),
        ]);
    }
    table.text
}

fn large(distributors: &[distributor::Filled], large: &[distributor::Large]) -> String {
    /// What the largest distributor may take.
    const MOST_SECONDS: f64 = 60.0;
    const MOST_MB: f64 = 96.0;
    let mut table = Table::new(
        "The distributors' jobs as a distributor grows",
        &[
            "job",
            "customers",
            "subjects",
            "time",
            "µs a subject",
            "a second time",
            "peak memory",
            "within 60 s and 96 MB",
        ],
    );
    for distributor::Large {
        customers,
        run,
        job,
        again,
    } in large
    {
        let subjects = run.report.totals.total;
        table.row(&[
            (*job).to_owned(),
            thousands(customers),
            thousands(subjects),
            format!("{:.2} s", run.seconds),
            format!("{:.0}", run.seconds / subjects as f64 * 1e6),
            format!("{again:.2} s"),
            format!("{:.0} MB", run.peak_memory_mb),
            yes_or_no(run.seconds <= MOST_SECONDS && run.peak_memory_mb <= MOST_MB),
        ]);
    }
    for distributor::Filled {
        customers,
        orders,
        lines,
        skus,
    } in distributors
    {
        table.text += &format!(
            "\n{} customers have {} orders with {} lines of {} products.\n",
            thousands(customers),
            thousands(orders),
            thousands(lines),
            thousands(skus)
        );
    }
    table.text
}

fn yes_or_no(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
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
