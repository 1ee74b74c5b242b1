//! Whether the main lifts get any heavier.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::{
    days::before,
    history::{Effort, Training},
};

/// Progress is told from two periods of so many days, from exercises that were done on so many days of each, and from
/// so many of these.
const PROGRESS_DAYS: u64 = 21;
const PROGRESS_MIN_DATES: usize = 3;
const PROGRESS_LIFTS: usize = 3;
/// The least progress, in percent: less than one repetition or the smallest plate.
const LEAST_PROGRESS_PERCENT: i64 = 1;

/// An exercise in the two periods that progress is told from.
#[derive(Default)]
struct Lift {
    before: Period,
    now: Period,
}

#[derive(Default)]
struct Period {
    dates: usize,
    newest: Option<NaiveDate>,
    /// In thirtieths of hundredths of kilograms.
    best: i64,
}

impl Period {
    /// Efforts come in the order of their dates.
    fn add(&mut self, date: NaiveDate, best: i64) {
        self.dates += usize::from(self.newest != Some(date));
        self.newest = Some(date);
        self.best = self.best.max(best);
    }
}

/// Whether no main lift of six weeks got any heavier in the last three: those exercises are main lifts that were done
/// on most days.
pub fn has_stalled(training: &Training, anchor: NaiveDate) -> bool {
    let now_from = before(anchor, PROGRESS_DAYS - 1);
    let from = before(anchor, 2 * PROGRESS_DAYS - 1);
    let mut lifts: BTreeMap<Uuid, Lift> = BTreeMap::new();
    for Effort {
        date,
        exercise_id,
        best,
        ..
    } in training.efforts(from, anchor)
    {
        if let Some(best) = best {
            let lift = lifts.entry(*exercise_id).or_default();
            let period = if *date < now_from {
                &mut lift.before
            } else {
                &mut lift.now
            };
            period.add(*date, *best);
        }
    }
    let is_regular =
        |lift: &Lift| lift.before.dates >= PROGRESS_MIN_DATES && lift.now.dates >= PROGRESS_MIN_DATES;
    // In the order of ids, which a stable sort keeps among equals.
    let mut main: Vec<_> = lifts.into_values().filter(is_regular).collect();
    main.sort_by_key(|lift| Reverse(lift.before.dates + lift.now.dates));
    main.truncate(PROGRESS_LIFTS);
    let has_not_progressed =
        |lift: &Lift| 100 * lift.now.best < (100 + LEAST_PROGRESS_PERCENT) * lift.before.best;
    !main.is_empty() && main.iter().all(has_not_progressed)
}
