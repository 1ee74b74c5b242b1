//! A user's training as the jobs of earlier nights saw it. Days are counted backwards from his today.

use std::ops::RangeInclusive;

use super::sets::Set;
use crate::copy::Decimal;

/// Without training for so long, somebody begins anew.
const BREAK_DAYS: i64 = 28;
/// The time of which weeks are counted.
const COUNTED_DAYS: i64 = 364;

/// A workout that counts.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    pub ago: i64,
    minutes: Option<i32>,
    /// Hundredths of a kilogram.
    volume: i64,
    sets: i32,
}

impl Session {
    pub fn new(ago: i64, minutes: Option<i32>) -> Self {
        Self {
            ago,
            minutes,
            volume: 0,
            sets: 0,
        }
    }

    pub fn add(&mut self, set: &Set) {
        if set.kind == "warmup" {
            return;
        }
        let reps = set.reps.unwrap_or_default();
        self.volume += i64::from(reps * set.weight.unwrap_or_default().0);
        self.sets += i32::from(reps > 0 || set.seconds.is_some());
    }
}

/// All workouts of a user that count, the latest first.
pub struct Past {
    sessions: Vec<Session>,
    days: Vec<i64>,
}

impl Past {
    pub fn new(sessions: Vec<Session>) -> Self {
        let mut days: Vec<i64> = sessions.iter().map(|session| session.ago).collect();
        days.dedup();
        Self { sessions, days }
    }

    /// The latest day of training.
    pub fn last(&self) -> Option<i64> {
        self.days.first().copied()
    }

    /// The first day of training, if it was so many days ago or more.
    pub fn first(&self, least: i64) -> Option<i64> {
        self.days.last().copied().filter(|first| *first >= least)
    }

    /// How long ago, on a day, the latest training was.
    pub fn days_since_last(&self, until: i64) -> Option<i64> {
        let latest = self.days.iter().find(|ago| **ago >= until);
        latest.map(|ago| ago - until)
    }

    /// All of it that was so many days ago or more.
    pub fn before(&self, least: i64) -> Self {
        let sessions = self.sessions.iter().filter(|session| session.ago >= least);
        Self::new(sessions.copied().collect())
    }

    fn within(&self, range: RangeInclusive<i64>) -> impl Iterator<Item = &Session> {
        self.sessions
            .iter()
            .filter(move |session| range.contains(&session.ago))
    }

    /// How many days of training there were.
    pub fn days(&self, range: RangeInclusive<i64>) -> i64 {
        self.days.iter().filter(|ago| range.contains(ago)).count() as i64
    }

    pub fn workouts(&self, range: RangeInclusive<i64>) -> i16 {
        self.within(range).count() as i16
    }

    /// Tenths of a kilogram.
    pub fn volume(&self, range: RangeInclusive<i64>) -> i32 {
        let hundredths: i64 = self.within(range).map(|session| session.volume).sum();
        ((hundredths + 5) / 10) as i32
    }

    pub fn sets(&self, range: RangeInclusive<i64>) -> i32 {
        self.within(range).map(|session| session.sets).sum()
    }

    /// The mean of a session.
    pub fn minutes(&self, range: RangeInclusive<i64>) -> Option<Decimal<1>> {
        let known = self.within(range).filter_map(|session| session.minutes);
        let known: Vec<i32> = known.filter(|minutes| (1..=300).contains(minutes)).collect();
        let count = known.len() as i32;
        (count > 0).then(|| Decimal(rounded(10 * known.iter().sum::<i32>(), count)))
    }

    /// The longest time without training, the ends of the range included.
    pub fn gap(&self, range: RangeInclusive<i64>) -> i64 {
        let (latest, oldest) = (*range.start(), *range.end());
        let mut longest = 0;
        let mut after = latest - 1;
        for ago in self.days.iter().copied().filter(|ago| range.contains(ago)) {
            longest = longest.max(ago - after - 1);
            after = ago;
        }
        longest.max(oldest - after)
    }

    /// Tenths of the percent that were reached of what the target asks for within 14 days up to this one, or since the
    /// first; and those days.
    pub fn consistency(&self, until: i64, target: i64) -> Option<(i32, i64)> {
        let first = self.first(until)?;
        let days = (first - until + 1).min(14);
        let reached = self.days(until..=until + 13);
        let score = rounded((7_000 * reached) as i32, (target * days) as i32);
        Some((score.min(1_000), days))
    }

    /// Days of training that count for the target of their weeks, since the last long break before `until`, a Sunday.
    pub fn counted(&self, until: i64, target: i64) -> i64 {
        let mut weeks = [0; (COUNTED_DAYS / 7) as usize];
        let mut after = until - 1;
        for ago in self.days.iter().copied().filter(|ago| *ago >= until) {
            if ago - after > BREAK_DAYS || ago - until >= COUNTED_DAYS {
                break;
            }
            weeks[((ago - until) / 7) as usize] += 1;
            after = ago;
        }
        weeks.iter().map(|days| target.min(*days)).sum()
    }
}

/// A quotient to the nearest, where both are positive.
pub fn rounded(dividend: i32, divisor: i32) -> i32 {
    (2 * dividend + divisor) / (2 * divisor)
}

/// By how many tenths of a percent something has changed.
pub fn change(now: i32, before: i32) -> Option<Decimal<1>> {
    (before > 0).then(|| {
        let tenths = 1_000 * i64::from(now - before) / i64::from(before);
        Decimal(tenths as i32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(days: &[i64]) -> Past {
        Past::new(days.iter().map(|ago| Session::new(*ago, Some(50))).collect())
    }

    #[test]
    fn gaps_reach_to_the_ends_of_the_range() {
        assert_eq!(past(&[3, 5, 8]).gap(1..=14), 6);
        assert_eq!(past(&[3, 5, 8]).gap(1..=8), 2);
        assert_eq!(past(&[8]).gap(1..=8), 7);
        assert_eq!(past(&[]).gap(1..=8), 8);
    }

    #[test]
    fn weeks_count_up_to_their_target_and_back_to_a_long_break() {
        assert_eq!(past(&[1, 2, 3, 8, 9, 10]).counted(1, 2), 4);
        assert_eq!(past(&[1, 30]).counted(1, 3), 1);
        assert_eq!(past(&[1, 29]).counted(1, 3), 2);
        assert_eq!(past(&[29]).counted(1, 3), 0);
    }

    #[test]
    fn consistency_is_measured_by_the_days_since_the_first() {
        assert_eq!(past(&[1, 3, 5]).consistency(1, 3), Some((1_000, 5)));
        assert_eq!(past(&[2, 12, 40]).consistency(1, 3), Some((333, 14)));
        assert_eq!(past(&[2]).consistency(3, 3), None);
    }
}
