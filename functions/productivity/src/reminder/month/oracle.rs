//! What each tick must tell whom, worked out anew from the specification and from what people did: no more, no less.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use uuid::Uuid;

use super::{
    breaks::{self, Due},
    log::Told,
    people::{Person, Pref, ZONES},
    wall,
    world::World,
};
use crate::reminder::{clock::Clock, person::after};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    GoalDeadlines,
    DailyCheck,
    WeeklyReview,
    InactiveUsers,
    BreakReminders,
    MonthlyReport,
}

/// A step of the ladder that somebody was sent.
struct Step {
    episode: NaiveDate,
    days: i64,
    sent_at: DateTime<Utc>,
}

/// What it knows beside the world: what was told.
pub struct Oracle<'a> {
    pub world: &'a World,
    pub clock: Clock,
    keys: HashSet<(bool, String)>,
    /// E-mails by their reader: the kind, and the date on which it is read.
    mails: BTreeMap<Uuid, Vec<(&'static str, NaiveDate)>>,
    pub nudged: BTreeSet<(Uuid, NaiveDate)>,
    pub(super) announced: HashSet<(Uuid, NaiveDate, &'static str)>,
    steps: BTreeMap<Uuid, Vec<Step>>,
}

/// Somebody at a tick.
pub struct Reader<'a> {
    pub person: &'a Person,
    pub pref: Pref,
    pub at: DateTime<Utc>,
    pub reads_at: DateTime<Utc>,
    pub reads_on: NaiveDate,
}

impl Reader<'_> {
    pub fn begin(&self, date: NaiveDate) -> DateTime<Utc> {
        wall::begin(date, self.person.zone)
    }

    pub fn date(&self, at: DateTime<Utc>) -> NaiveDate {
        wall::date(at, self.person.zone)
    }

    pub fn is_quiet(&self) -> bool {
        self.reads_at > self.at
    }
}

impl<'a> Oracle<'a> {
    pub fn new(world: &'a World, clock: Clock) -> Self {
        Self {
            world,
            clock,
            keys: HashSet::new(),
            mails: BTreeMap::new(),
            nudged: BTreeSet::new(),
            announced: HashSet::new(),
            steps: BTreeMap::new(),
        }
    }

    /// What a job tells at an instant; it is taken for told.
    pub fn expect(&mut self, which: Which, at: DateTime<Utc>) -> Vec<Told> {
        let mut told = Vec::new();
        let zones = ZONES.iter().map(|(_, zone)| *zone);
        let due: Vec<Tz> = zones.filter(|zone| self.is_due(which, at, *zone)).collect();
        for person in &self.world.people {
            if !due.contains(&person.zone) || !person.is_there(at) {
                continue;
            }
            let pref = person.pref(at);
            let is_on = match which {
                Which::GoalDeadlines => pref.goal_reminders,
                Which::DailyCheck => pref.daily_checkin,
                Which::WeeklyReview => pref.weekly_report,
                Which::InactiveUsers => pref.reengagement,
                Which::BreakReminders => pref.break_reminders,
                Which::MonthlyReport => pref.monthly_report,
            };
            if !is_on || pref.snooze_until.is_some_and(|until| until > at) {
                continue;
            }
            let reads_at = wall::reads_at(at, person.zone, &pref);
            let reader = Reader {
                reads_on: wall::date(reads_at, person.zone),
                reads_at,
                person,
                pref,
                at,
            };
            match which {
                Which::GoalDeadlines => self.deadlines(&reader, &mut told),
                Which::DailyCheck => self.check(&reader, &mut told),
                Which::WeeklyReview => self.week(&reader, &mut told),
                Which::InactiveUsers => self.absence(&reader, &mut told),
                Which::BreakReminders => self.pause(&reader, &mut told),
                Which::MonthlyReport => self.month(&reader, &mut told),
            }
        }
        told.sort_unstable();
        told
    }

    /// What the wall shows by which slots are told in a zone.
    pub fn wall(&self, at: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
        match self.clock {
            Clock::Utc => at.naive_utc(),
            Clock::Local => wall::wall(at, zone),
        }
    }

    fn is_due(&self, which: Which, at: DateTime<Utc>, zone: Tz) -> bool {
        let wall = self.wall(at, zone);
        match which {
            Which::GoalDeadlines => wall::is_between(wall, 9, 3),
            Which::DailyCheck => wall::is_between(wall, 18, 2),
            Which::WeeklyReview => wall.weekday() == Weekday::Sun && wall::is_between(wall, 19, 3),
            Which::InactiveUsers => wall::is_between(wall, 10, 6),
            Which::BreakReminders => true,
            Which::MonthlyReport => wall.day() == 1 && wall::is_between(wall, 9, 12),
        }
    }

    /// Tells something in the application or as a push, and whether that is new.
    pub fn notice(
        &mut self,
        told: &mut Vec<Told>,
        to: &Reader,
        channel: &str,
        (kind, key, text): (&str, String, String),
        expires_at: DateTime<Utc>,
    ) -> bool {
        let is_open = match channel {
            "push" => to.pref.push_enabled && !to.is_quiet(),
            _ => to.pref.in_app_enabled,
        };
        let is_new = is_open && self.keys.insert((false, key.clone()));
        if is_new {
            told.push(Told {
                person: to.person.id,
                channel: channel.to_owned(),
                kind: kind.to_owned(),
                key,
                text,
                date: None,
                not_before: None,
                expires_at,
            });
        }
        is_new
    }

    /// Takes an e-mail through the gate, and whether it is queued.
    pub fn mail(
        &mut self,
        told: &mut Vec<Told>,
        to: &Reader,
        (kind, key, text): (&'static str, String, String),
        expires_at: DateTime<Utc>,
    ) -> bool {
        let person = to.person;
        let may_write = person.email.as_ref().is_some_and(|to| !to.is_empty())
            && person.is_verified
            && to.pref.email_enabled
            && person.suppressed_at.is_none_or(|since| since > to.at);
        let is_nudge = ["daily_mail", "reengagement"].contains(&kind);
        if !may_write
            || self.keys.contains(&(true, key.clone()))
            || is_nudge && self.is_capped(to)
            || to.reads_at >= expires_at
        {
            return false;
        }
        self.keys.insert((true, key.clone()));
        self.mails.entry(person.id).or_default().push((kind, to.reads_on));
        told.push(Told {
            person: person.id,
            channel: "email".to_owned(),
            kind: kind.to_owned(),
            key,
            text,
            date: Some(to.reads_on),
            not_before: to.is_quiet().then_some(to.reads_at),
            expires_at,
        });
        true
    }

    fn is_capped(&self, to: &Reader) -> bool {
        let mails = self.mails.get(&to.person.id).map_or(&[][..], Vec::as_slice);
        let nudges = mails.iter().filter(|(kind, date)| {
            ["daily_mail", "reengagement"].contains(kind)
                && (after(to.reads_on, -6)..=to.reads_on).contains(date)
        });
        mails.iter().any(|(_, date)| *date == to.reads_on)
            || nudges.count() >= self.world.choice.nudge_mails_per_week as usize
            || to.reads_on.weekday() == Weekday::Sun && to.pref.weekly_report
            || to.reads_on.day() == 1 && to.pref.monthly_report
    }

    fn absence(&mut self, to: &Reader, told: &mut Vec<Told>) {
        let (person, at) = (to.person, to.at);
        let last_activity_at = person.last_activity_at(at);
        let left_on = to.date(last_activity_at);
        let gap = (to.reads_on - left_on).num_days();
        let has_focused = person
            .sessions
            .iter()
            .any(|session| session.is_focus() && session.start <= at);
        let ladder: &[i64] = if has_focused { &[3, 7, 14, 30] } else { &[3, 7] };
        let Some(days) = ladder
            .iter()
            .copied()
            .rfind(|days| *days <= gap && gap <= *days + 2)
        else {
            return;
        };
        let steps = self.steps.entry(person.id).or_default();
        let sent = steps.iter().rfind(|step| step.sent_at > last_activity_at);
        let is_over = sent.is_some_and(|sent| sent.days >= days || Some(&sent.days) == ladder.last());
        if is_over || ladder.iter().any(|later| *later > days && *later <= gap) {
            return;
        }
        let episode = sent.map_or(left_on, |sent| sent.episode);
        let subject = match days {
            3 if has_focused => "Pick up where you left off",
            3 => "Your first 25 minutes",
            7 if has_focused => "Your goals are still here",
            7 => "One small goal is enough",
            14 => "What you have done so far",
            _ => "We will stop these reminders",
        };
        let key = format!("reengage:{}:{episode}:{days}", person.id);
        let end = to.begin(after(to.reads_on, 1));
        if self.mail(told, to, ("reengagement", key, subject.to_owned()), end) {
            let step = Step {
                episode,
                days,
                sent_at: at,
            };
            self.steps.entry(person.id).or_default().push(step);
        }
    }

    fn pause(&mut self, to: &Reader, told: &mut Vec<Told>) {
        match breaks::due(to.person, &to.pref, to.at) {
            None => {}
            Some(Due::Forgotten(session)) => {
                let text = "Is your timer still running?".to_owned();
                let notice = (
                    "timer-forgotten",
                    format!("forgotten-inapp:{}", session.id),
                    text.clone(),
                );
                self.notice(told, to, "in_app", notice, to.at + TimeDelta::hours(24));
                let mail = ("forgotten_timer", format!("forgotten:{}", session.id), text);
                self.mail(told, to, mail, to.at + TimeDelta::hours(12));
            }
            Some(Due::Break {
                block,
                n,
                minutes,
                is_long,
            }) => {
                let advice = match is_long {
                    false => "Take 5–10 minutes away from the screen.",
                    true => "Take a long break of 15–30 minutes.",
                };
                let text = format!("You have focused for {minutes} minutes. {advice}");
                for (channel, name) in [("in_app", "inapp"), ("push", "push")] {
                    let key = format!("break-{name}:{block}:{n}");
                    let notice = ("break-reminder", key, text.clone());
                    self.notice(told, to, channel, notice, to.at + TimeDelta::minutes(10));
                }
            }
        }
    }
}
