//! What somebody does in a workout, set by set.

use uuid::Uuid;

use super::{exercises::Exercises, habit::Habit};
use crate::{copy::Money, random::Random};

// Chances in percent.
const WARMED_UP: u32 = 30;
const IN_POUNDS: u32 = 20;
const TIMED: u32 = 25;

// In hundredths of a kilogram.
const LIGHTEST: i32 = 2_000;
/// More each week, and the steps in which weights are put on.
const STEP: i32 = 250;

pub struct Set {
    pub exercise: Uuid,
    pub kind: &'static str,
    pub reps: Option<i32>,
    /// Hundredths of a kilogram.
    pub weight: Option<Money>,
    pub seconds: Option<i32>,
}

/// A user's weights.
pub struct Bar<'a> {
    habit: Habit,
    exercises: &'a Exercises,
    /// His main ones.
    lifts: [Uuid; 3],
    /// This week's weight of the first of them.
    weight: i32,
    in_pounds: bool,
}

impl<'a> Bar<'a> {
    pub fn draw(habit: Habit, exercises: &'a Exercises, random: &mut Random) -> Self {
        let first = random.below(4) as usize;
        Self {
            habit,
            exercises,
            lifts: [first, first + 1, first + 2].map(|lift| exercises.lifts[lift]),
            weight: random.between(24, 56) as i32 * STEP,
            in_pounds: random.percent(IN_POUNDS),
        }
    }

    /// One of the sets of the `number`th workout so many days ago: its place, and how many they are.
    pub fn set(&self, ago: i64, number: usize, (place, count): (i64, i64), random: &mut Random) -> Set {
        // Two sets of a lift, then two of the next; another time another one comes first.
        let turn = (number + place as usize / 2) % self.lifts.len();
        let kind = random.weighted(&[("working", 90), ("failure", 4), ("drop", 3), ("amrap", 3)]);
        let is_last_of_many = count > 3 && place + 1 == count;
        if is_last_of_many && random.percent(TIMED) {
            return Set {
                exercise: random.one_of(&self.exercises.timed),
                kind: "working",
                reps: None,
                weight: None,
                seconds: Some(random.between(30, 120) as i32),
            };
        }
        let (exercise, kind, reps, weight) = if self.habit == Habit::BodyWeight {
            let reps = random.between(6, 18) as i32;
            let weight = random.weighted(&[(None, 80), (Some(0), 20)]);
            (self.exercises.of_body_weight[turn], kind, Some(reps), weight)
        } else if is_last_of_many {
            let reps = random.between(13, 20) as i32;
            (
                random.one_of(&self.exercises.accessories),
                kind,
                Some(reps),
                Some(LIGHTEST),
            )
        } else if place == 0 && count > 2 && random.percent(WARMED_UP) {
            let weight = self.weight(ago, turn) / 2;
            (self.lifts[turn], "warmup", Some(10), Some(weight))
        } else {
            let reps = match self.habit {
                Habit::Stagnant => Some(5),
                // Missed, or not written down.
                _ => random.weighted(&[
                    (Some(5), 50),
                    (Some(6), 20),
                    (Some(8), 25),
                    (Some(0), 2),
                    (None, 3),
                ]),
            };
            (self.lifts[turn], kind, reps, Some(self.weight(ago, turn)))
        };
        Set {
            exercise,
            kind,
            reps,
            weight: weight.map(Money),
            seconds: None,
        }
    }

    /// A record if it counted.
    pub fn typed_by_mistake(&self) -> Set {
        Set {
            exercise: self.lifts[0],
            kind: "working",
            reps: Some(10),
            weight: Some(Money(99_999)),
            seconds: None,
        }
    }

    fn weight(&self, ago: i64, lift: usize) -> i32 {
        let weeks = (ago / 7) as i32;
        let weeks = match self.habit {
            Habit::Stagnant => (weeks - 6).max(0),
            _ => weeks,
        };
        let weight = (self.weight - (lift as i32) * 6 * STEP - weeks * STEP).max(LIGHTEST);
        let weight = match self.habit {
            Habit::Easing if ago <= 7 => weight / 2,
            _ => weight,
        };
        if self.in_pounds {
            // Five pounds in place of 2.5 kg.
            weight * 45_359 / 50_000
        } else {
            weight
        }
    }
}
