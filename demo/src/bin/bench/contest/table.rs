//! What a contest's figures say, as tables.

use demo::words::thousands;

use super::Figures;
use crate::table::{Table, megabytes, rate, ratio};

/// Three tables: near, far, and as the number of subjects grows.
pub fn all(contests: &[Figures]) -> String {
    [near(contests), far(contests), growth(contests)].join("\n")
}

fn near(contests: &[Figures]) -> String {
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
            megabytes(figures.peak_memory_mb),
        ]);
    }
    table.text()
}

fn far(contests: &[Figures]) -> String {
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
    table.text()
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
fn growth(contests: &[Figures]) -> String {
    let mut table = Table::new(
        "A subject's cost as their number grows",
        &["job", "subjects", "µs a subject", "beside the smallest number"],
    );
    let each = |figures: &Figures| figures.ours / figures.subjects as f64;
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
    table.text()
}
