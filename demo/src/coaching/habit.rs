//! How members come and stay away: pure, and the reason why a demo's gyms look like gyms.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate};

use crate::random::Random;

/// How far back visits are told, in days: the 90 that the rules look at, and two weeks that they must not.
pub const TOLD_DAYS: i64 = 104;

/// Chance in percent that a member comes on one of their days, and on any other.
const KEPT_PERCENT: u32 = 85;
const UNPLANNED_PERCENT: u32 = 3;

/// What a member's visits look like from today backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Comes on the same days of every week.
    Steady,
    /// Came often two months ago and hardly now.
    Fading,
    /// Joined within the last 30 days.
    New,
    /// Was away for weeks or months and is back.
    Returning,
    /// Comes steadily but for two or three weeks, which may not be over.
    OnHoliday,
    /// Joined and never came.
    NeverSeen,
    /// Stopped coming two weeks to five months ago.
    Gone,
}

impl Habit {
    /// A gym's mix, in percent: most come, and each of the risk levels finds someone.
    const MIX: [(Habit, u32); 7] = [
        (Habit::Steady, 36),
        (Habit::Fading, 16),
        (Habit::New, 8),
        (Habit::Returning, 8),
        (Habit::OnHoliday, 10),
        (Habit::NeverSeen, 6),
        (Habit::Gone, 16),
    ];

    pub fn draw(random: &mut Random) -> Self {
        random.weighted(&Self::MIX)
    }

    /// Days since the member really joined.
    pub fn tenure(self, random: &mut Random) -> i64 {
        match self {
            Self::New => random.between(0, 29),
            Self::NeverSeen => random.between(0, 120),
            // The longest absences of the other habits lie inside this.
            _ => random.between(160, 1500),
        }
    }

    /// Days ago on which the member stayed away for once.
    fn away(self, random: &mut Random) -> Option<RangeInclusive<i64>> {
        match self {
            Self::Steady | Self::Fading | Self::New => None,
            Self::Returning => {
                let back = random.between(4, 21);
                Some(back..=back + random.between(30, 80))
            }
            Self::OnHoliday => {
                let back = random.between(0, 45);
                Some(back..=back + random.between(12, 21))
            }
            Self::NeverSeen => Some(0..=TOLD_DAYS),
            Self::Gone => {
                let (least, most) = random.one_of(&[(14, 40), (30, 150)]);
                Some(0..=random.between(least, most))
            }
        }
    }

    /// Chance in percent that the member comes on one of their days.
    fn kept_percent(self, ago: i64) -> u32 {
        match self {
            // From nearly every time to one in twelve within ten weeks.
            Self::Fading => u32::try_from(8 + ago.min(75) * 77 / 75).unwrap_or(KEPT_PERCENT),
            _ => KEPT_PERCENT,
        }
    }

    /// The days on which the member came, oldest first, none before they joined.
    pub fn visits(self, today: NaiveDate, tenure: i64, random: &mut Random) -> Vec<NaiveDate> {
        let week = own_days(random);
        let away = self.away(random);
        let mut visits = Vec::new();
        for ago in (0..=tenure.min(TOLD_DAYS)).rev() {
            let day = days_before(today, ago);
            let planned = week & (1 << day.weekday().num_days_from_monday()) != 0;
            let chance = if planned {
                self.kept_percent(ago)
            } else {
                UNPLANNED_PERCENT
            };
            // Drawn also while away, so that an absence is cut out of a life that goes on as it was.
            let came = random.percent(chance);
            if came && !away.as_ref().is_some_and(|away| away.contains(&ago)) {
                visits.push(day);
            }
        }
        visits
    }
}

/// The days of the week on which someone means to come, Monday being the lowest of seven bits.
fn own_days(random: &mut Random) -> u32 {
    // Once to four times a week; twice is the most common.
    const SPREADS: [u32; 6] = [
        0b000_0001, 0b000_1001, 0b000_1001, 0b001_0001, 0b001_0101, 0b010_1011,
    ];
    let spread = random.one_of(&SPREADS);
    let first = random.below(7);
    ((spread << first) | (spread >> (7 - first))) & 0b111_1111
}

pub fn days_before(today: NaiveDate, ago: i64) -> NaiveDate {
    match u64::try_from(ago) {
        Ok(ago) => today.checked_sub_days(Days::new(ago)).unwrap_or(NaiveDate::MIN),
        Err(_) => today
            .checked_add_days(Days::new(ago.unsigned_abs()))
            .unwrap_or(NaiveDate::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 1, 29).expect("a date");

    /// Days since each visit, newest first, of many members of one habit.
    fn many(habit: Habit) -> Vec<Vec<i64>> {
        let mut random = Random::new(7);
        (0..500)
            .map(|_| {
                let tenure = habit.tenure(&mut random);
                let visits = habit.visits(TODAY, tenure, &mut random);
                visits.iter().rev().map(|day| (TODAY - *day).num_days()).collect()
            })
            .collect()
    }

    fn share(members: &[Vec<i64>], holds: impl Fn(&[i64]) -> bool) -> usize {
        members.iter().filter(|visits| holds(visits)).count() * 100 / members.len()
    }

    #[test]
    fn the_mix_is_whole() {
        assert_eq!(Habit::MIX.iter().map(|(_, percent)| percent).sum::<u32>(), 100);
    }

    #[test]
    fn steady_members_come_within_two_weeks_nearly_always() {
        assert!(
            share(&many(Habit::Steady), |visits| visits
                .first()
                .is_some_and(|d| *d < 14))
                > 95
        );
    }

    #[test]
    fn fading_members_come_less_than_half_as_often_as_three_months_ago() {
        let faded = share(&many(Habit::Fading), |visits| {
            let recent = visits.iter().filter(|ago| **ago < 30).count();
            let before = visits.iter().filter(|ago| (60..90).contains(*ago)).count();
            2 * recent < before
        });
        assert!(faded > 70, "{faded} percent");
    }

    #[test]
    fn gone_members_are_gone_for_two_weeks_at_least_and_some_for_two_months() {
        let gone = many(Habit::Gone);
        assert_eq!(share(&gone, |visits| visits.first().is_none_or(|d| *d > 14)), 100);
        assert!(share(&gone, |visits| visits.first().is_none_or(|d| *d >= 60)) > 25);
    }

    #[test]
    fn returning_members_have_a_gap_of_a_month_and_a_visit_after_it() {
        let returned = share(&many(Habit::Returning), |visits| {
            visits.first().is_some_and(|d| *d < 22) && visits.windows(2).any(|pair| pair[1] - pair[0] > 30)
        });
        assert!(returned > 70, "{returned} percent");
    }

    #[test]
    fn members_that_were_never_seen_have_no_visit_and_new_ones_none_before_they_joined() {
        assert_eq!(share(&many(Habit::NeverSeen), <[i64]>::is_empty), 100);
        assert_eq!(
            share(&many(Habit::New), |visits| visits.iter().all(|ago| *ago < 30)),
            100
        );
    }
}
