//! When people train: the reason why a demo's users look like people.

use std::ops::RangeInclusive;

use chrono::Weekday::{self, Fri, Mon, Sat, Sun, Thu, Tue, Wed};

use crate::{clock::Clock, random::Random};

/// The days of which a night's figures are made, counted from today: 0 to 42.
pub const RECENT_DAYS: i64 = 43;

// Chances in percent.
const KEPT: u32 = 92;
const WITH_HISTORY: u32 = 50;

/// What a user is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Three or four days a week, with a little more weight each week.
    Lifter,
    /// As the lifter, but the last week was light.
    Easing,
    /// Saturdays and Sundays.
    Warrior,
    /// Regular but for two or three weeks, which may not be over.
    Holiday,
    /// No day of rest.
    Grinder,
    /// The same weights for six weeks.
    Stagnant,
    /// No weights at all.
    BodyWeight,
    /// Sessions of ten or twenty minutes.
    Short,
    /// Once in a week or two.
    Occasional,
    /// First trained days ago.
    Newcomer,
    /// Last trained 31 to 44 days ago.
    Lapsed,
    /// Last trained 46 days to five months ago.
    Gone,
    /// Was away for a month or two, and has been back for some days.
    Returned,
    /// Registered, and never trained.
    Never,
}

impl Habit {
    // In percent. Of those who train regularly there are as many as make the mean that is asked for.
    const REGULAR: [(Self, u32); 8] = [
        (Self::Lifter, 34),
        (Self::Easing, 8),
        (Self::Warrior, 12),
        (Self::Holiday, 10),
        (Self::Grinder, 5),
        (Self::Stagnant, 12),
        (Self::BodyWeight, 10),
        (Self::Short, 9),
    ];
    const OTHERS: [(Self, u32); 6] = [
        (Self::Occasional, 40),
        (Self::Newcomer, 16),
        (Self::Lapsed, 14),
        (Self::Gone, 10),
        (Self::Returned, 8),
        (Self::Never, 12),
    ];

    /// Days of the last 43 on which the mean of either trains, in hundredths.
    const DAYS_OF_REGULAR: u32 = 1_868;
    const DAYS_OF_OTHERS: u32 = 301;

    /// Somebody of many who train on `mean` of the last 43 days, in hundredths.
    pub fn draw(mean: u32, random: &mut Random) -> Self {
        let span = Self::DAYS_OF_REGULAR - Self::DAYS_OF_OTHERS;
        let more = mean.saturating_sub(Self::DAYS_OF_OTHERS);
        if random.below(span) < more {
            random.weighted(&Self::REGULAR)
        } else {
            random.weighted(&Self::OTHERS)
        }
    }

    /// How many days ago the user trained, the latest first.
    pub fn days(self, clock: &Clock, random: &mut Random) -> Vec<i64> {
        let mut days = self.latest_days(clock, random);
        let goes_back = match self {
            Self::Newcomer | Self::Never => false,
            Self::Returned => true,
            _ => random.percent(WITH_HISTORY),
        };
        if goes_back {
            let oldest = days.last().copied().unwrap_or_default();
            let mut ago = match self {
                Self::Returned => oldest + random.between(29, 60),
                _ => oldest.max(RECENT_DAYS - 1) + random.between(1, 7),
            };
            for week in 0..random.between(4, 16) {
                days.push(ago);
                if week % 4 == 3 {
                    days.push(ago + 3);
                }
                ago += random.between(6, 8);
            }
        }
        days
    }

    fn latest_days(self, clock: &Clock, random: &mut Random) -> Vec<i64> {
        match self {
            Self::Lifter | Self::Easing | Self::BodyWeight | Self::Short => {
                of_week(week(random), KEPT, clock, random)
            }
            Self::Stagnant => of_week(&[Mon, Wed, Fri], 98, clock, random),
            Self::Warrior => of_week(&[Sat, Sun], KEPT, clock, random),
            Self::Grinder => of_week(&[Mon, Tue, Wed, Thu, Fri, Sat, Sun], 98, clock, random),
            Self::Holiday => {
                let back = random.between(0, 16);
                let away = back..=back + random.between(13, 20);
                let mut days = of_week(week(random), KEPT, clock, random);
                days.retain(|ago| !away.contains(ago));
                days
            }
            Self::Occasional => every(6..=13, random.between(1, 12)..=RECENT_DAYS - 1, random),
            Self::Newcomer => {
                let first = random.between(1, 12);
                every(1..=3, random.between(0, first)..=first, random)
            }
            Self::Lapsed => {
                let last = random.between(31, 44);
                every(2..=3, last..=last + 25, random)
            }
            Self::Gone => {
                let last = random.between(46, 150);
                every(2..=3, last..=last + 25, random)
            }
            Self::Returned => every(1..=3, random.between(0, 2)..=random.between(5, 20), random),
            Self::Never => Vec::new(),
        }
    }
}

fn week(random: &mut Random) -> &'static [Weekday] {
    random.weighted(&[(&[Mon, Wed, Fri] as &[_], 65), (&[Mon, Tue, Thu, Fri], 35)])
}

/// The days of these weekdays, of which so many percent were kept.
fn of_week(weekdays: &[Weekday], kept: u32, clock: &Clock, random: &mut Random) -> Vec<i64> {
    (0..RECENT_DAYS)
        .filter(|ago| weekdays.contains(&clock.weekday(*ago)) && random.percent(kept))
        .collect()
}

/// Days at such intervals, from the first number of days ago to the last.
fn every(interval: RangeInclusive<i64>, range: RangeInclusive<i64>, random: &mut Random) -> Vec<i64> {
    let mut days = Vec::new();
    let mut ago = *range.start();
    while range.contains(&ago) {
        days.push(ago);
        ago += random.between(*interval.start(), *interval.end());
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::new("2026-02-03T02:00:00Z".parse().unwrap(), None, "America/New_York")
    }

    fn many(habit: Habit) -> Vec<Vec<i64>> {
        let mut random = Random::new(7);
        (0..300).map(|_| habit.days(&clock(), &mut random)).collect()
    }

    #[test]
    fn the_mean_of_all_users_is_about_what_was_asked_for() {
        for mean in [4, 8, 12, 16] {
            let mut random = Random::new(7);
            let all: usize = (0..4_000)
                .map(|_| {
                    let days = Habit::draw(mean * 100, &mut random).days(&clock(), &mut random);
                    days.iter().filter(|ago| **ago < RECENT_DAYS).count()
                })
                .sum();
            let drawn = all as f64 / 4_000.0 / f64::from(mean);
            assert!((0.95..1.05).contains(&drawn), "{mean}: {drawn}");
        }
    }

    #[test]
    fn trains_as_its_habit_says() {
        for (habit, last) in [
            (Habit::Lapsed, 31..=44),
            (Habit::Gone, 46..=150),
            (Habit::Newcomer, 0..=12),
        ] {
            assert!(
                many(habit).iter().all(|days| last.contains(&days[0])),
                "{habit:?}"
            );
        }
        assert!(many(Habit::Never).iter().all(Vec::is_empty));
        assert!(many(Habit::Grinder).iter().all(|days| days[13] < 20));
        let gaps = |days: &[i64]| days.windows(2).map(|pair| pair[1] - pair[0] - 1).max().unwrap();
        assert!(many(Habit::Returned).iter().all(|days| gaps(days) >= 28));
        let away = many(Habit::Holiday)
            .iter()
            .filter(|days| gaps(days) >= 13)
            .count();
        assert!(away > 200, "{away} of 300 have come back from a holiday");
    }

    #[test]
    fn days_are_different_and_the_latest_comes_first() {
        for habit in Habit::REGULAR
            .iter()
            .chain(&Habit::OTHERS)
            .map(|(habit, _)| *habit)
        {
            for days in many(habit) {
                assert!(days.is_sorted_by(|one, next| one < next), "{habit:?}: {days:?}");
            }
        }
    }

    #[test]
    fn the_mixes_are_whole() {
        let percent = |mix: &[(Habit, u32)]| mix.iter().map(|(_, percent)| percent).sum::<u32>();
        assert_eq!((percent(&Habit::REGULAR), percent(&Habit::OTHERS)), (100, 100));
    }
}
