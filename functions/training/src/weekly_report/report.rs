//! What a user's week was like.

use std::collections::HashMap;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::due::Week;
use crate::{
    days::{Target, before},
    history::Training,
    measure::{Change, Mean, round1},
    mistake::{Mistake, Reason},
};

/// Days of training without which a week says too little, of those that were to be expected.
const FEWEST_DAYS: i64 = 2;

/// A fall of volume by so many percent is a mistake, and by more than so many worth a word; so is a rise.
const DROP_PERCENT: i64 = 25;
const NOTABLE_PERCENT: i64 = -20;
const RISE_PERCENT: i64 = 5;

/// Sessions are longer than the week before by more than so much (minutes).
const LONGER_MINUTES: i64 = 5;

/// The best estimated one-repetition maximum of each exercise before a week, in the unit of the history.
pub type Bests = HashMap<Uuid, i64>;

/// A week, as `training.weekly_report` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub is_generated: bool,
    pub week_target: i64,
    pub workouts: i64,
    pub training_days: i64,
    pub volume: Decimal,
    pub volume_delta_pct: Option<Decimal>,
    pub average_minutes: Option<Decimal>,
    pub records: i64,
    pub max_gap: i64,
    pub mistake: Option<Mistake>,
    pub signal: Option<Signal>,
    pub reasons: Vec<Reason>,
}

/// What went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    PrHit,
    VolumeUp,
    ConsistencyUp,
    DurationUp,
}

impl Report {
    /// The training must reach back for two weeks, and what was done of an exercise before the week is in `earlier`.
    pub fn of(week: Week, target: Target, training: &Training, earlier: &Bests) -> Self {
        let (start, end) = (week.start, week.end());
        let (start_before, end_before) = (before(start, 7), before(start, 1));
        // Nobody misses a target for days before he began.
        let from = training
            .first
            .filter(|first| *first <= end)
            .map_or(start, |first| first.max(start));
        let week_target = match (end - from).num_days() + 1 {
            7 => target.days,
            days => target.expected(days).max(1),
        };
        let training_days = training.days.count(start, end);
        let average = training.average_minutes(start, end);
        let volume = Change {
            before: training.volume(start_before, end_before),
            now: training.volume(start, end),
        };
        let is_generated = training_days >= week_target.min(FEWEST_DAYS);
        let max_gap = training.days.gap(from, end);
        let records = records(week, training, earlier);

        let missed = training_days < week_target;
        let restless = training_days == 7 && target.days < 7;
        let short = target
            .least_minutes()
            .and_then(|least| average.filter(|average| average.is_below(least)));
        let mistake = if missed {
            Some(Mistake::InconsistentTrainingDays)
        } else if restless {
            Some(Mistake::OvertrainingSignals)
        } else if volume.fell_by(DROP_PERCENT) {
            Some(Mistake::VolumeDrop)
        } else {
            short.map(|_| Mistake::SessionsTooShort)
        };

        let mut reasons = Vec::new();
        if missed {
            let label = format!("{training_days} of {week_target} training days");
            reasons.push(Reason::new("missed_target", label));
        }
        if max_gap > target.medium_gap() {
            reasons.push(Reason::long_gap(max_gap));
        }
        if is_generated
            && volume.is_below(NOTABLE_PERCENT)
            && let Some(percent) = volume.percent()
        {
            reasons.push(Reason::volume_drop(percent));
        }
        if let Some(average) = short {
            reasons.push(Reason::sessions_too_short(average, target));
        }
        if missed {
            reasons.push(Reason::irregular_days());
        }
        if restless {
            reasons.push(Reason::new(
                "overtraining_signals",
                "Trained on all 7 days, no day of rest",
            ));
        }

        let average_before = training.average_minutes(start_before, end_before);
        let is_longer = average
            .zip(average_before)
            .is_some_and(|(now, before)| now.exceeds(before, LONGER_MINUTES));
        let signal = if records > 0 {
            Some(Signal::PrHit)
        } else if volume.is_above(RISE_PERCENT) {
            Some(Signal::VolumeUp)
        } else if training_days > training.days.count(start_before, end_before) {
            Some(Signal::ConsistencyUp)
        } else {
            is_longer.then_some(Signal::DurationUp)
        };
        Self {
            is_generated,
            week_target,
            workouts: training.sessions(start, end),
            training_days,
            volume: round1(volume.now),
            volume_delta_pct: volume.percent().filter(|_| is_generated),
            average_minutes: average.map(Mean::rounded),
            records,
            max_gap,
            mistake,
            signal: signal.filter(|_| is_generated),
            reasons,
        }
    }

    pub const fn status(&self) -> &'static str {
        if self.is_generated {
            "generated"
        } else {
            "insufficient_data"
        }
    }
}

/// How many exercises got a better estimated maximum than ever before. One that is new has none to beat.
fn records(week: Week, training: &Training, earlier: &Bests) -> i64 {
    let mut bests = Bests::new();
    for effort in training.efforts(week.start, week.end()) {
        if let Some(best) = effort.best {
            let known = bests.entry(effort.exercise_id).or_default();
            *known = best.max(*known);
        }
    }
    let is_record =
        |(exercise_id, best): &(&Uuid, &i64)| earlier.get(exercise_id).is_some_and(|earlier| *best > earlier);
    bests.iter().filter(is_record).count() as i64
}

impl Signal {
    pub const fn key(self) -> &'static str {
        match self {
            Self::PrHit => "pr_hit",
            Self::VolumeUp => "volume_up",
            Self::ConsistencyUp => "consistency_up",
            Self::DurationUp => "duration_up",
        }
    }
}

#[cfg(test)]
mod tests;
