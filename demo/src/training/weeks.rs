//! Reports and predictions of earlier weeks: nearly as the job would have made them, without records.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde_json::json;

use super::{
    before::Subject,
    diary::Diary,
    past::{change, rounded},
};
use crate::{
    copy::{Decimal, Json},
    random::Random,
};

// Chances in percent.
const WITH_REPORTS: u32 = 60;
const REPORTED_TOO_EARLY: u32 = 8;
const WANTED_SOMETHING_ELSE: u32 = 10;
const ASKED_FOR_A_PREDICTION: u32 = 5;

/// The latest weeks of which there are reports, the week that is due being 0.
const WEEKS: i64 = 3;

/// What may be expected.
#[derive(Clone, Copy)]
struct Estimate {
    goal: &'static str,
    /// Days of training that count.
    counted: i64,
    /// Tenths of a percent.
    score: Option<i32>,
    // Weeks to the first gain and to what can be seen.
    strength: i16,
    visible: i16,
}

impl Subject<'_> {
    /// Reports and predictions of some of the last weeks, the oldest first.
    pub fn weeks(&self, diary: &mut Diary, random: &mut Random) {
        let today = self.clock.as_of.date_naive();
        let monday = today - TimeDelta::days(i64::from(today.weekday().num_days_from_monday()));
        // The Sunday on which the week that is due has ended.
        let due = self.clock.ago(monday) + 1;
        let mut previous = None;
        if random.percent(WITH_REPORTS) {
            for week in (1..=random.between(1, WEEKS)).rev() {
                let until = due + 7 * week;
                if self.past.first(until).is_some() {
                    self.report(diary, until, random);
                    previous = Some(self.prediction(diary, until, previous, random));
                }
            }
        }
        // Made while the week's workouts were still on the user's phone, of which some have come since.
        if random.percent(REPORTED_TOO_EARLY) && self.reported_at(due) <= self.clock.as_of {
            let past = &self.past.before(due + 7);
            let subject = Subject { past, ..*self };
            subject.report(diary, due, random);
            subject.prediction(diary, due, previous, random);
        }
        if random.percent(ASKED_FOR_A_PREDICTION) {
            self.on_demand(diary, random);
        }
    }

    /// When the report of the week that ended so many days ago was made: at ten past three on Monday morning.
    fn reported_at(&self, until: i64) -> DateTime<Utc> {
        self.clock.at(until - 1, 190)
    }

    fn report(&self, diary: &mut Diary, until: i64, random: &mut Random) {
        let (past, week) = (self.past, until..=until + 6);
        let (monday, trained) = (self.clock.date(until + 6), past.days(week.clone()));
        let volume = past.volume(week.clone());
        let is_enough = trained >= self.target.min(2);
        let mut delta = None;
        let mut reasons = json!([]);
        let mut focus = (None, None, None);
        if is_enough {
            delta = change(volume, past.volume(until + 7..=until + 13));
        }
        if trained < self.target {
            let label = format!("{trained} of {} training days", self.target);
            reasons = json!([{"reason_key": "missed_target", "reason_label": label}]);
            focus = (
                Some("inconsistent_training_days"),
                Some("hit_target_days"),
                Some("Hit your target workouts this week"),
            );
        }
        let workouts = past.workouts(week.clone());
        let narrative = match workouts {
            0 => format!("No workouts in the week from {monday}."),
            _ => format!(
                "You completed {workouts} workout{} on {trained} day{} in the week from {monday} (target {}).",
                if workouts == 1 { "" } else { "s" },
                if trained == 1 { "" } else { "s" },
                self.target
            ),
        };
        let at = self.reported_at(until);
        diary.reports.push(&[
            &random.id(),
            &self.app.id,
            &self.profile.id,
            &monday,
            &self.clock.date(until),
            &if is_enough {
                "generated"
            } else {
                "insufficient_data"
            },
            &at,
            &self.clock.time_zone,
            &self.profile.target_days,
            &self.profile.target_days,
            &workouts,
            &(trained as i16),
            &Decimal::<1>(volume),
            &delta,
            &past.minutes(week.clone()),
            &0_i16,
            &(past.gap(week) as i16),
            &focus.0,
            &focus.1,
            &focus.2,
            &Json(reasons.to_string()),
            &narrative,
            &"template",
            &at,
        ]);
    }

    /// Writes a prediction down and returns the goal that it was made for, and the weeks to the first gain.
    fn prediction(
        &self,
        diary: &mut Diary,
        until: i64,
        previous: Option<Estimate>,
        random: &mut Random,
    ) -> Estimate {
        let estimate = self.estimate(until, random);
        let delta = previous
            .filter(|before| before.goal == estimate.goal)
            .map(|before| estimate.strength - before.strength);
        let reason = match (previous, delta) {
            (None, _) => "first_prediction",
            (_, None) => "goal_changed",
            (_, Some(..0)) => "improved",
            (_, Some(0)) => "no_change",
            (_, Some(1..)) => "extended",
        };
        let (monday, at) = (self.clock.date(until + 6), self.reported_at(until));
        self.row(
            diary,
            &estimate,
            until,
            ("weekly_job", Some(monday), at),
            (delta, reason),
            random,
        );
        estimate
    }

    fn on_demand(&self, diary: &mut Diary, random: &mut Random) {
        let ago = random.between(1, 20);
        let estimate = self.estimate(ago, random);
        let asked = ("on_demand", None, self.clock.at(ago, 600));
        self.row(diary, &estimate, ago, asked, (None, "first_prediction"), random);
    }

    /// What may be expected at the end of a day.
    fn estimate(&self, until: i64, random: &mut Random) -> Estimate {
        let counted = self.past.counted(until, self.target);
        let consistency = self.past.consistency(until, self.target);
        let tenths = match consistency {
            Some((800.., _)) => 8,
            Some((600.., _)) => 10,
            Some((400.., _)) => 13,
            _ => 16,
        };
        let remaining = |weeks: i64| {
            let left = (weeks * self.target - counted).max(0);
            let whole = 10 * self.target;
            ((left * tenths + whole - 1) / whole) as i16
        };
        Estimate {
            goal: if random.percent(WANTED_SOMETHING_ELSE) {
                "weight_loss"
            } else {
                self.profile.goal.unwrap_or("general")
            },
            counted,
            score: consistency.map(|(score, _)| score),
            strength: remaining(4),
            visible: remaining(8),
        }
    }

    fn row(
        &self,
        diary: &mut Diary,
        estimate: &Estimate,
        until: i64,
        (source, monday, at): (&str, Option<NaiveDate>, DateTime<Utc>),
        (delta, reason): (Option<i16>, &str),
        random: &mut Random,
    ) {
        let fortnight = self.past.days(until..=until + 13) as i32;
        let days = self
            .past
            .consistency(until, self.target)
            .map_or(14, |(_, days)| days as i32);
        let milestone = match (estimate.strength, estimate.visible, estimate.goal) {
            (0, 0, _) => "All first milestones reached",
            (0, _, _) => "First visible change",
            (_, _, "strength") => "First strength gains",
            (_, _, "muscle") => "First visible muscle definition",
            (_, _, "weight_loss") => "First 2-3 lb drop",
            _ => "First fitness milestone",
        };
        let weeks = if estimate.strength > 0 {
            estimate.strength
        } else {
            estimate.visible
        };
        diary.predictions.push(&[
            &random.id(),
            &self.app.id,
            &self.profile.id,
            &source,
            &monday,
            &at,
            &estimate.goal,
            &estimate.score.map(Decimal::<1>),
            &Decimal::<1>(rounded(70 * fortnight, days)),
            &Decimal::<2>(rounded(100 * estimate.counted as i32, self.target as i32)),
            &estimate.strength,
            &estimate.visible,
            &milestone,
            &weeks,
            &delta,
            &reason,
            &at,
        ]);
    }
}
