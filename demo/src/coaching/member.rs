//! One member: who they are, when they came, what the gym's systems make of it, and what a coach did about it.

use anyhow::Result;
use chrono::{NaiveDate, TimeDelta};
use sqlx::PgConnection;
use uuid::Uuid;

use super::habit::{Habit, days_before};
use super::{Filled, Gym};
use crate::{copy::Rows, names, random::Random};

/// When imported gyms took over their older system's members, in days ago.
const IMPORTED_DAYS_AGO: i64 = 40;

/// How long a member stays away before a coach begins to wonder.
const MISSED_AFTER_DAYS: i64 = 8;

// Chances in percent of what goes wrong, or differently, in a gym's data.
const CANCELLED: u32 = 8;
const INACTIVE: u32 = 4;
const NOT_STARTED: u32 = 1;
const JOINED_AT_IMPORT: u32 = 60;
const ONLY_LAST_VISIT: u32 = 4;
const ALSO_LAST_VISIT: u32 = 30;
const FUTURE_LAST_VISIT: u32 = 1;
const FUTURE_VISIT: u32 = 1;
const TOLD_TWICE: u32 = 10;
const WITHOUT_EMAIL: u32 = 8;
const WITHOUT_FIRST_NAME: u32 = 1;
const WITH_TARGET: u32 = 30;
const WITH_CAMPAIGN: u32 = 5;
const WITH_ACTION: u32 = 20;

/// Rows of the tables that hold a gym's members and what belongs to them.
pub struct People {
    members: Rows,
    activities: Rows,
    assignments: Rows,
    actions: Rows,
}

impl People {
    pub fn new() -> Self {
        Self {
            members: Rows::new(
                "copy coaching.member (
                     id, tenant_id, first_name, last_name, email, status, joined_date, last_visit_date,
                     weekly_target, last_campaign_at, created_at
                 )
                 from stdin (format binary)",
            ),
            activities: Rows::new(
                "copy coaching.member_activity (
                     id, tenant_id, member_id, activity_date, activity_type, created_at
                 )
                 from stdin (format binary)",
            ),
            assignments: Rows::new(
                "copy coaching.member_coach (id, tenant_id, member_id, coach_id, assigned_at, created_at)
                 from stdin (format binary)",
            ),
            actions: Rows::new(
                "copy coaching.coach_action (
                     id, tenant_id, coach_id, member_id, action_type, title, priority, due_date, source,
                     risk_score, days_absent, completed_at, completed_by, expired_at, updated_at, created_at
                 )
                 from stdin (format binary)",
            ),
        }
    }

    pub async fn write(self, tx: &mut PgConnection, filled: &mut Filled) -> Result<()> {
        filled.members += self.members.write(tx).await?;
        filled.activities += self.activities.write(tx).await?;
        filled.assignments += self.assignments.write(tx).await?;
        filled.actions += self.actions.write(tx).await?;
        Ok(())
    }

    /// Makes up a member, the gym's `number`th, of whom nobody or one of `coaches` takes care.
    pub fn add(&mut self, gym: &Gym, number: u32, coach: Option<Uuid>, random: &mut Random) {
        let id = random.id();
        let status = status(random);
        // Who has cancelled stays away.
        let habit = if status == "active" {
            Habit::draw(random)
        } else {
            Habit::Gone
        };
        let tenure = habit.tenure(random);
        let visits = habit.visits(gym.today, tenure, random);
        let (first, last) = gym.place.city.names.draw(random);
        let email = names::email(first, last, gym.place.slug, &number.to_string());
        let only_last_visit = random.percent(ONLY_LAST_VISIT);
        self.members.push(&[
            &id,
            &gym.id,
            &(if random.percent(WITHOUT_FIRST_NAME) {
                ""
            } else {
                first
            }),
            &last,
            &(!random.percent(WITHOUT_EMAIL)).then_some(email),
            &status,
            &joined_date(gym, tenure, random),
            &last_visit_date(gym, &visits, only_last_visit, random),
            &random
                .percent(WITH_TARGET)
                .then(|| random.one_of(&[1_i16, 2, 2, 3, 3, 4, 5])),
            &random
                .percent(WITH_CAMPAIGN)
                .then(|| gym.as_of - TimeDelta::hours(random.between(5, 30 * 24))),
            &gym.as_of,
        ]);
        if !only_last_visit {
            self.add_activities(gym, id, &visits, random);
        }
        if let Some(coach) = coach {
            self.assignments
                .push(&[&random.id(), &gym.id, &id, &coach, &gym.as_of, &gym.as_of]);
            let missed = visits
                .last()
                .is_none_or(|last| (gym.today - *last).num_days() > MISSED_AFTER_DAYS);
            if status == "active" && missed && random.percent(WITH_ACTION) {
                self.add_action(gym, id, coach, &format!("{first} {last}"), &visits, random);
            }
        }
    }

    /// What turnstile, app and front desk tell of a member.
    fn add_activities(&mut self, gym: &Gym, member: Uuid, visits: &[NaiveDate], random: &mut Random) {
        let mut tell = |random: &mut Random, day: NaiveDate, kind: &str| {
            self.activities
                .push(&[&random.id(), &gym.id, &member, &day, &kind, &gym.as_of]);
        };
        let told_twice = random.percent(TOLD_TWICE);
        let usual = random.one_of(&["visit", "visit", "check_in"]);
        for day in visits {
            tell(random, *day, usual);
            if told_twice && random.percent(50) {
                tell(random, *day, "check_in");
            }
            if random.percent(6) {
                tell(random, *day, "booking");
            }
        }
        // Who answers a message or books a class has not come yet.
        if random.percent(8) {
            let day = days_before(gym.today, random.between(0, 20));
            let kind = random.one_of(&["reply", "booking"]);
            tell(random, day, kind);
        }
        if random.percent(FUTURE_VISIT) {
            let day = days_before(gym.today, -random.between(1, 200));
            tell(random, day, "visit");
        }
    }

    /// What a coach was asked to do about the member lately, or took upon themselves.
    fn add_action(
        &mut self,
        gym: &Gym,
        member: Uuid,
        coach: Uuid,
        name: &str,
        visits: &[NaiveDate],
        random: &mut Random,
    ) {
        // Some lie within the days that an action is carried over, some beyond.
        let due_ago = random.between(1, 12);
        let due_date = days_before(gym.today, due_ago);
        let days_absent = visits
            .iter()
            .rfind(|day| **day <= due_date)
            .map(|day| (due_date - *day).num_days() as i32);
        // What the rules of an earlier night would have asked for, roughly.
        let (action_type, priority, title) = match days_absent {
            Some(60..) => ("contact_member", "high", "Contact"),
            Some(30..60) => ("send_campaign", "medium", "Send a campaign to"),
            Some(..30) => ("check_in", "medium", "Check in with"),
            None => ("follow_up", "low", "Follow up with"),
        };
        let source = random.one_of(&["system", "system", "manual"]);
        let created_at = gym.as_of - TimeDelta::days(due_ago);
        let completed_at = random
            .percent(40)
            .then(|| created_at + TimeDelta::hours(random.between(2, 20)));
        let expired_at = (completed_at.is_none() && due_ago > 9).then(|| gym.as_of - TimeDelta::days(1));
        self.actions.push(&[
            &random.id(),
            &gym.id,
            &coach,
            &member,
            &action_type,
            &format!("{title} {name}"),
            &priority,
            &due_date,
            &source,
            &(source == "system").then(|| random.one_of(&[18_i16, 27, 34, 41, 52, 66, 75])),
            &days_absent,
            &completed_at,
            &completed_at.map(|_| coach),
            &expired_at,
            &completed_at.or(expired_at).unwrap_or(created_at),
            &created_at,
        ]);
    }
}

fn status(random: &mut Random) -> &'static str {
    let place = random.below(100);
    if place < CANCELLED {
        "cancelled"
    } else if place < CANCELLED + INACTIVE {
        "inactive"
    } else {
        "active"
    }
}

/// The day that the gym has on record, which is not always the day it was.
fn joined_date(gym: &Gym, tenure: i64, random: &mut Random) -> NaiveDate {
    if random.percent(NOT_STARTED) {
        return days_before(gym.today, -random.between(1, 30));
    }
    if gym.imported && tenure > IMPORTED_DAYS_AGO && random.percent(JOINED_AT_IMPORT) {
        return days_before(gym.today, IMPORTED_DAYS_AGO);
    }
    days_before(gym.today, tenure)
}

fn last_visit_date(gym: &Gym, visits: &[NaiveDate], only: bool, random: &mut Random) -> Option<NaiveDate> {
    if random.percent(FUTURE_LAST_VISIT) {
        return Some(days_before(gym.today, -random.between(1, 60)));
    }
    let known = only || random.percent(ALSO_LAST_VISIT);
    visits.last().copied().filter(|_| known)
}
