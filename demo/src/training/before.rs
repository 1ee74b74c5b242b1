//! What the jobs of earlier nights have left: nearly as they would have, without mistakes and reasons.

use chrono::TimeDelta;

use super::{
    App,
    diary::Diary,
    habit::Habit,
    past::{Past, change},
    profile::Profile,
};
use crate::{
    clock::Clock,
    copy::{Decimal, Json},
    random::Random,
};

/// Chance in percent.
const SEEN_LAST_NIGHT: u32 = 90;

const SHORT_GAP: i64 = 4;
const BIG_GAP: i64 = 6;

/// Of whom results are left.
pub struct Subject<'a> {
    pub app: &'a App,
    pub profile: &'a Profile,
    pub clock: &'a Clock,
    pub past: &'a Past,
    pub target: i64,
}

pub fn add(
    app: &App,
    diary: &mut Diary,
    profile: &Profile,
    habit: Habit,
    clock: &Clock,
    past: &Past,
    random: &mut Random,
) {
    let subject = Subject {
        app,
        profile,
        clock,
        past,
        target: i64::from(profile.target_days),
    };
    match past.last() {
        // His last row says that he trains, or, from later on, that he does not.
        Some(last) if habit == Habit::Gone => {
            let night = last - random.one_of(&[2, 30]);
            subject.metric(diary, night, random);
        }
        Some(last) if last <= 31 && random.percent(SEEN_LAST_NIGHT) => {
            // Limited runs have come to some a night earlier.
            let night = random.weighted(&[(1, 90), (2, 10)]);
            subject.metric(diary, night, random);
        }
        _ => {}
    }
    if profile.is_pro {
        subject.weeks(diary, random);
    }
}

impl Subject<'_> {
    /// The row of a night so many days ago, if anything had been trained by then.
    fn metric(&self, diary: &mut Diary, night: i64, random: &mut Random) {
        let (past, until) = (self.past, night + 1);
        let Some((score, days)) = past.consistency(until, self.target) else {
            return;
        };
        let (last, before, fortnight) = (
            until..=until + 6,
            until + 7..=until + 13,
            until..=until + days - 1,
        );
        let trained = past.days(fortnight.clone());
        let oldest = past.first(until).unwrap_or(until).min(until + 29);
        let gap = past.gap(until..=oldest);
        let current = past.days_since_last(until).unwrap_or_default();
        let volumes = [last.clone(), before.clone()].map(|range| past.volume(range));
        let sets = [last.clone(), before.clone()].map(|range| past.sets(range));
        let dropout = match (trained, current, score) {
            (0, _, _) | (_, BIG_GAP.., _) => "high",
            (_, SHORT_GAP.., _) | (_, _, ..500) => "medium",
            _ => "low",
        };
        let momentum = match sets {
            [now, before] if 100 * (now - before) > 10 * before => "rising",
            [now, before] if 100 * (before - now) > 15 * before => "falling",
            _ => "stable",
        };
        let adherence = match past.gap(fortnight.clone()) {
            _ if trained == 0 => "sporadic",
            5 if self.target == 2 => "weekend_warrior",
            5.. => "sporadic",
            _ => "consistent",
        };
        let computed_at = self.clock.as_of - TimeDelta::days(night);
        diary.metrics.push(&[
            &random.id(),
            &self.app.id,
            &self.profile.id,
            &self.clock.date(night),
            &computed_at,
            &self.clock.time_zone,
            &self.profile.target_days,
            &self.profile.target_minutes,
            &(past.days(last) as i16),
            &(trained as i16),
            &Decimal::<1>(volumes[0]),
            &Decimal::<1>(volumes[1]),
            &change(volumes[0], volumes[1]),
            &sets[0],
            &sets[1],
            &past.minutes(fortnight),
            &(gap as i32),
            &(current as i32),
            &Decimal::<1>(score),
            &dropout,
            &if trained >= 12 { "high" } else { "low" },
            &momentum,
            &adherence,
            &Json("[]".to_owned()),
            &computed_at,
        ]);
    }
}
