//! How often somebody who stays away is written to.

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;

/// For how long somebody has been away who is looked at. Nobody who was there within the last 20 hours is three dates away,
/// even if his mail waits for the morning; 34 days reach over the last step and the days in which it is made up for, in any
/// zone.
const SELECTED_HOURS: i64 = 20;
const SELECTED_DAYS: i64 = 34;

/// For how long somebody has been away of whom all that he ever did is summed up: as long as the step that tells of it may be
/// due, 14 to 16 dates ago as he sees it now or in the morning.
const SUMMED_DAYS: RangeInclusive<i64> = 11..=18;

/// For how many days a step is made up for.
const LATE_DAYS_MAX: i64 = 2;

/// An e-mail of the ladder, by the days of absence after which it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Three,
    Seven,
    Fourteen,
    Thirty,
}

/// An absence in which somebody was written to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Episode {
    /// The date of his last activity, as it was told then.
    pub start: NaiveDate,
    /// The step that was sent last, in days.
    pub last_step: i16,
    pub is_closed: bool,
}

impl Step {
    pub fn days(self) -> i16 {
        match self {
            Self::Three => 3,
            Self::Seven => 7,
            Self::Fourteen => 14,
            Self::Thirty => 30,
        }
    }
}

/// Between which instants the last activity lies of whoever is looked at, both of them included.
pub fn selected(as_of: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    (
        as_of - TimeDelta::days(SELECTED_DAYS),
        as_of - TimeDelta::hours(SELECTED_HOURS),
    )
}

/// Between which instants the last activity lies of whoever may be told all that he ever did, both of them included.
pub fn summed(as_of: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let days_ago = |days: &i64| as_of - TimeDelta::days(*days);
    (days_ago(SUMMED_DAYS.end()), days_ago(SUMMED_DAYS.start()))
}

/// The steps for somebody. Whoever has never begun a session has nothing to come back to, and is left alone sooner.
pub fn ladder(has_focused: bool) -> &'static [Step] {
    match has_focused {
        true => &[Step::Three, Step::Seven, Step::Fourteen, Step::Thirty],
        false => &[Step::Three, Step::Seven],
    }
}

/// The step that is due after so many days of absence: the last one reached, if that is not too long ago and it was not
/// sent, nor a later one.
pub fn due(gap_days: i64, ladder: &[Step], episode: Option<&Episode>) -> Option<Step> {
    let is_reached = |step: &Step| i64::from(step.days()) <= gap_days;
    let step = ladder.iter().copied().rfind(is_reached)?;
    let is_late = gap_days > i64::from(step.days()) + LATE_DAYS_MAX;
    let is_over = |episode: &Episode| episode.is_closed || episode.last_step >= step.days();
    (!is_late && !episode.is_some_and(is_over)).then_some(step)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn episode(last_step: i16, is_closed: bool) -> Episode {
        Episode {
            start: NaiveDate::MIN,
            last_step,
            is_closed,
        }
    }

    #[test]
    fn a_step_is_due_on_its_day_and_for_two_days_after_it() {
        let due_on = |step: Step, has_focused| -> Vec<i64> {
            (-2..60)
                .filter(|gap| due(*gap, ladder(has_focused), None) == Some(step))
                .collect()
        };
        assert_eq!(due_on(Step::Three, true), [3, 4, 5]);
        assert_eq!(due_on(Step::Seven, true), [7, 8, 9]);
        assert_eq!(due_on(Step::Fourteen, true), [14, 15, 16]);
        assert_eq!(due_on(Step::Thirty, true), [30, 31, 32]);
        assert_eq!(due_on(Step::Seven, false), [7, 8, 9]);
        assert_eq!(
            (due_on(Step::Fourteen, false), due_on(Step::Thirty, false)),
            (vec![], vec![])
        );
    }

    #[test]
    fn nothing_is_sent_twice_nor_after_the_end() {
        for (sent, expected) in [
            (None, Some(Step::Seven)),
            (Some(episode(3, false)), Some(Step::Seven)),
            (Some(episode(7, false)), None),
            (Some(episode(14, false)), None),
            (Some(episode(3, true)), None),
        ] {
            assert_eq!(due(7, ladder(true), sent.as_ref()), expected, "{sent:?}");
        }
    }

    proptest! {
        /// Whatever days the job runs on.
        #[test]
        fn an_absence_has_each_step_once_and_in_order(
            runs in proptest::collection::vec(any::<bool>(), 60), has_focused in any::<bool>()
        ) {
            let (mut sent, mut last) = (Vec::new(), None);
            for (gap, _) in (0..).zip(&runs).filter(|(_, runs)| **runs) {
                if let Some(step) = due(gap, ladder(has_focused), last.as_ref()) {
                    prop_assert!((0..=2).contains(&(gap - i64::from(step.days()))));
                    last = Some(episode(step.days(), ladder(has_focused).last() == Some(&step)));
                    sent.push(step.days());
                }
            }
            prop_assert!(sent.is_sorted_by(|one, other| one < other), "{:?}", sent);
            prop_assert!(sent.len() <= ladder(has_focused).len());
        }

        /// Whatever his zone, and whenever he reads it.
        #[test]
        fn whoever_is_due_is_looked_at_as_far_as_he_is_told(
            // Since Samoa left out a date.
            seconds in 1_325_376_000_i64..4_102_444_800, gap in 0..40_i64, late_seconds in 0..86_400_i64,
            index in 0..chrono_tz::TZ_VARIANTS.len(), has_focused in any::<bool>()
        ) {
            let zone = chrono_tz::TZ_VARIANTS[index];
            let as_of = DateTime::from_timestamp(seconds, 0).unwrap();
            let last_activity_at = as_of - TimeDelta::days(gap) - TimeDelta::seconds(late_seconds);
            let date = |at| shared::calendar::local_date(at, zone);
            // Read at once, or at the end of quiet hours, within a day.
            for hours in [0, 12, 24] {
                let read_at = as_of + TimeDelta::hours(hours);
                let gap_days = (date(read_at) - date(last_activity_at)).num_days();
                let is_within = |(from, until)| (from..=until).contains(&last_activity_at);
                let step = due(gap_days, ladder(has_focused), None);
                prop_assert!(step.is_none() || is_within(selected(as_of)), "{zone} {gap_days}");
                prop_assert!(step != Some(Step::Fourteen) || is_within(summed(as_of)), "{zone} {gap_days}");
            }
        }
    }
}
