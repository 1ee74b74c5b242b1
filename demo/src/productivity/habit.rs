//! When people work by the timer: the reason why a demo's companies look like companies.

use chrono::Weekday::{Sat, Sun};

use crate::{clock::Clock, random::Random};

/// The days of which months and weeks are made, counted from today.
pub const RECENT_DAYS: i64 = 72;

/// Sessions of the mean of all people at full pace, in hundredths, breaks among them.
pub const SESSIONS_AT_FULL_PACE: u32 = 9_800;

// Chances in percent.
const JOINED_LATELY: u32 = 30;
const WITH_HISTORY: u32 = 25;
/// Of whom worked before, on the day on which most of a company were out.
const CAME_ANYWAY: u32 = 20;

/// What somebody is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Every working day.
    Steady,
    /// Every other one.
    Often,
    /// Late in the evening, over midnight.
    Owl,
    /// Saturdays and Sundays, too.
    Restless,
    /// Has not been there for 3 to 40 days.
    Silent,
    /// Was last there months ago.
    Gone,
    /// Came days ago.
    Novice,
    /// Came days ago, looked around, and never worked.
    Looker,
}

impl Habit {
    /// In percent.
    const ALL: [(Self, u32); 8] = [
        (Self::Steady, 34),
        (Self::Often, 18),
        (Self::Owl, 6),
        (Self::Restless, 6),
        (Self::Silent, 18),
        (Self::Gone, 5),
        (Self::Novice, 8),
        (Self::Looker, 5),
    ];

    pub fn draw(random: &mut Random) -> Self {
        random.weighted(&Self::ALL)
    }

    /// Sessions of a day at full pace, in hundredths, breaks left out.
    pub fn sessions_a_day(self) -> u32 {
        match self {
            Self::Steady => 320,
            Self::Restless => 250,
            _ => 200,
        }
    }

    /// On how many percent of the days it could be somebody works.
    fn presence(self) -> u32 {
        match self {
            Self::Steady => 92,
            Self::Restless | Self::Owl => 75,
            _ => 50,
        }
    }

    /// How many days ago somebody was there, the latest first.
    pub fn days(self, clock: &Clock, was_out: bool, random: &mut Random) -> Vec<i64> {
        let (first, last) = match self {
            // Around the steps at which people are asked back.
            Self::Silent => (
                RECENT_DAYS - 1,
                random.one_of(&[
                    3, 3, 4, 5, 6, 7, 7, 8, 9, 14, 14, 15, 16, 20, 30, 30, 31, 32, 36, 40,
                ]),
            ),
            Self::Gone => {
                let last = random.between(75, 150);
                (last + 25, last)
            }
            Self::Novice => (random.between(1, 12), 0),
            Self::Looker => {
                let seen = random.between(3, 9);
                return vec![seen];
            }
            _ if random.percent(JOINED_LATELY) => (random.between(10, RECENT_DAYS - 1), 0),
            _ => (RECENT_DAYS - 1, 0),
        };
        let mut days: Vec<i64> = (last..=first)
            .filter(|ago| {
                let is_free = matches!(clock.weekday(*ago), Sat | Sun) && self != Self::Restless;
                let is_out = was_out && *ago == 1 && !random.percent(CAME_ANYWAY);
                // When somebody came, and was last there, is certain.
                let is_certain =
                    self == Self::Silent && *ago == last || self == Self::Novice && *ago == first;
                is_certain || !is_free && !is_out && random.percent(self.presence())
            })
            .collect();
        if matches!(self, Self::Steady | Self::Often | Self::Silent) && random.percent(WITH_HISTORY) {
            days.extend(long_ago(random));
        }
        days
    }

    /// The minute of the day at which somebody begins.
    pub fn begins(self, random: &mut Random) -> i64 {
        match self {
            Self::Owl => random.between(1_290, 1_400),
            _ => random.weighted(&[(480, 35), (540, 40), (600, 15), (780, 10)]) + random.between(0, 50),
        }
    }
}

/// Days that are old enough to be archived, and some that are old enough to be forgotten.
fn long_ago(random: &mut Random) -> Vec<i64> {
    let mut days = Vec::new();
    let mut ago = random.between(182, 200);
    for _ in 0..random.between(4, 24) {
        days.push(ago);
        ago += random.between(3, 14);
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(habit: Habit) -> Vec<Vec<i64>> {
        let clock = Clock::new("2026-02-03T02:00:00Z".parse().unwrap(), None, "America/New_York");
        let mut random = Random::new(7);
        (0..300).map(|_| habit.days(&clock, false, &mut random)).collect()
    }

    #[test]
    fn works_as_its_habit_says() {
        for (habit, last) in [
            (Habit::Silent, 3..=40),
            (Habit::Gone, 75..=170),
            (Habit::Novice, 0..=12),
            (Habit::Looker, 3..=9),
        ] {
            assert!(
                many(habit).iter().all(|days| last.contains(&days[0])),
                "{habit:?}"
            );
        }
        assert!(many(Habit::Looker).iter().all(|days| days.len() == 1));
        let old = many(Habit::Steady)
            .iter()
            .filter(|days| days.last().is_some_and(|ago| *ago > 180))
            .count();
        assert!((50..100).contains(&old), "{old} of 300 have worked long ago");
    }

    #[test]
    fn days_are_different_and_the_latest_comes_first() {
        for (habit, _) in Habit::ALL {
            for days in many(habit) {
                assert!(days.is_sorted_by(|one, next| one < next), "{habit:?}: {days:?}");
            }
        }
    }

    #[test]
    fn the_mix_is_whole() {
        assert_eq!(Habit::ALL.iter().map(|(_, percent)| percent).sum::<u32>(), 100);
    }
}
