//! When customers buy: the reason why a demo's customers look like customers.

use chrono::Datelike;

use super::days::{Days, HISTORY_DAYS};
use crate::random::Random;

/// What a customer is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    Weekly,
    Fortnightly,
    Monthly,
    /// As often as ever, and less each time.
    Falling,
    /// A terrace that is open in summer.
    Summer,
    Christmas,
    Sporadic,
    New,
    /// Bought every fortnight, and has missed an order or two.
    Late,
    /// Has not bought for months.
    Dormant,
    /// Has not bought for more than a year.
    Lost,
    Never,
}

impl Habit {
    /// A distributor's mix, in percent.
    const MIX: [(Self, u32); 12] = [
        (Self::Weekly, 14),
        (Self::Fortnightly, 17),
        (Self::Monthly, 18),
        (Self::Falling, 5),
        (Self::Summer, 5),
        (Self::Christmas, 4),
        (Self::Sporadic, 13),
        (Self::New, 5),
        (Self::Late, 5),
        (Self::Dormant, 7),
        (Self::Lost, 4),
        (Self::Never, 3),
    ];

    pub fn draw(random: &mut Random) -> Self {
        random.weighted(&Self::MIX)
    }

    /// How many days ago each delivery came, the latest first, where the mean of all customers is about `mean`.
    pub fn deliveries(self, mean: u32, days: &Days, random: &mut Random) -> Vec<i64> {
        let mean = i64::from(mean);
        // Some more than the mean, for those who are new or never came.
        let number = random.between((mean / 2).max(1), mean * 5 / 3);
        let mut deliveries = match self {
            Self::Weekly => regular(number, random.between(1, 6), 7, 1, random),
            Self::Fortnightly | Self::Falling => regular(number, random.between(1, 13), 14, 2, random),
            Self::Monthly => regular(number, random.between(1, 29), 30, 4, random),
            Self::Late => regular(number, random.between(22, 40), 14, 1, random),
            Self::Dormant => regular(number, random.between(60, 300), 14, 3, random),
            Self::Lost => regular(number, random.between(366, 700), 21, 5, random),
            Self::Summer => in_season(number, days, |month, _| (5..=8).contains(&month), random),
            Self::Christmas => in_season(
                number,
                days,
                |month, day| month == 11 && day > 10 || month == 12 && day < 21,
                random,
            ),
            Self::Sporadic => in_season(number, days, |_, _| true, random),
            Self::New => regular(random.between(1, 2), random.between(1, 9), 7, 1, random),
            Self::Never => Vec::new(),
        };
        deliveries.sort_unstable();
        deliveries.into_iter().map(|ago| days.working(ago)).collect()
    }
}

/// So many days, at intervals that vary, and are shorter where the time is too short for so many.
fn regular(number: i64, latest: i64, interval: i64, jitter: i64, random: &mut Random) -> Vec<i64> {
    let interval = interval.min((HISTORY_DAYS - latest) / number);
    let jitter = jitter.min(interval - 1).max(0);
    let mut ago = latest;
    let mut deliveries = Vec::new();
    for _ in 0..number {
        if ago <= HISTORY_DAYS {
            deliveries.push(ago);
        }
        ago += interval + random.between(-jitter, jitter);
    }
    deliveries
}

/// So many days of the months and days of the month that are meant.
fn in_season(number: i64, days: &Days, is_meant: impl Fn(u32, u32) -> bool, random: &mut Random) -> Vec<i64> {
    let mut deliveries = Vec::new();
    while deliveries.len() < number.unsigned_abs() as usize {
        let ago = random.between(1, HISTORY_DAYS);
        let date = days.date(ago);
        if is_meant(date.month(), date.day()) {
            deliveries.push(ago);
        }
    }
    deliveries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deliveries(habit: Habit, mean: u32) -> Vec<i64> {
        let as_of = "2026-01-29T03:00:00Z".parse().unwrap();
        let days = Days::new(as_of, "Europe/Berlin");
        let mut random = Random::new(7);
        habit.deliveries(mean, &days, &mut random)
    }

    #[test]
    fn the_mean_of_all_customers_is_about_what_was_asked_for() {
        let days = Days::new("2026-01-29T03:00:00Z".parse().unwrap(), "Europe/Berlin");
        for mean in [4, 12, 40] {
            let mut random = Random::new(7);
            let all: usize = (0..2_000)
                .map(|_| {
                    Habit::draw(&mut random)
                        .deliveries(mean, &days, &mut random)
                        .len()
                })
                .sum();
            let drawn = all as f64 / 2_000.0 / f64::from(mean);
            assert!((0.9..1.1).contains(&drawn), "{mean}: {drawn}");
        }
    }

    #[test]
    fn buys_as_its_habit_says() {
        assert!(deliveries(Habit::Weekly, 12)[0] < 9);
        assert!(deliveries(Habit::Late, 12)[0] >= 22);
        assert!(deliveries(Habit::Lost, 12)[0] > 365);
        assert!(deliveries(Habit::Never, 12).is_empty());
        let last = *deliveries(Habit::Monthly, 40).last().unwrap();
        assert!(last > 300 && last <= HISTORY_DAYS + 2, "{last}");
    }
}
