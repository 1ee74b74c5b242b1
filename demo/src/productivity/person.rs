//! Somebody who works at a company, and what he wants to be told.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Company, Size,
    activity::Activity,
    diary::Diary,
    goals::{self, Goal},
    habit::{Habit, SESSIONS_AT_FULL_PACE},
    post, timer,
};
use crate::{clock::Clock, names, random::Random, zones};

// Chances in percent.
const WITH_EMAIL: u32 = 97;
const VERIFIED: u32 = 95;
const SUPPRESSED: u32 = 3;
const WITH_FIRST_NAME: u32 = 92;
const WITH_PREFERENCES: u32 = 45;
const SWITCHED_OFF: u32 = 12;
const SNOOZING: u32 = 5;
const LOGGED_IN_ONLY: u32 = 10;

pub struct Person<'a> {
    pub company: &'a Company,
    pub clock: Clock,
    pub id: Uuid,
    pub habit: Habit,
    /// Sessions in a hundred of those that his habit would have at full pace.
    pub pace: u32,
    /// None where nobody may be written to.
    pub address: Option<String>,
    /// Days ago.
    pub joined: i64,
}

/// What is out of the ordinary, and of which every sixty people have one each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Ordinary,
    /// To be erased, or not yet.
    LeftLongAgo,
    LeftLately,
    Suspended,
    Internal,
    Admin,
    /// Under legal hold.
    Held,
}

impl Standing {
    fn of(number: u32) -> Self {
        match number % 60 {
            7 => Self::LeftLongAgo,
            23 => Self::LeftLately,
            37 => Self::Suspended,
            41 => Self::Internal,
            53 => Self::Admin,
            59 => Self::Held,
            _ => Self::Ordinary,
        }
    }
}

/// Makes up the company's `number`th person with all that he did.
pub fn add(company: &Company, diary: &mut Diary, number: u32, size: Size, random: &mut Random) {
    let time_zone = zones::time_zone(random);
    let clock = Clock::new(company.as_of, time_zone, company.time_zone);
    let standing = Standing::of(number);
    let habit = match standing {
        Standing::LeftLongAgo | Standing::LeftLately => Habit::Gone,
        _ => Habit::draw(random),
    };
    let days = habit.days(&clock, company.was_out, random);
    let first = days.last().copied().unwrap_or_default();
    let joined = match habit {
        Habit::Novice | Habit::Looker => first,
        _ => first + random.between(0, 200),
    };
    let (first_name, last_name) = company.place.city.names.draw(random);
    let address = random
        .percent(WITH_EMAIL)
        .then(|| names::email(first_name, last_name, company.place.slug, &number.to_string()));
    let person = Person {
        company,
        clock,
        id: random.id(),
        habit,
        pace: size.sessions_per_person * 10_000 / SESSIONS_AT_FULL_PACE,
        address,
        joined,
    };
    let created_at = person.clock.at(joined, 400);
    let mut activity = Activity::default();
    if habit == Habit::Looker {
        activity.login(created_at);
    }
    let goals = goals::add(&person, diary, &mut activity, random);
    person.work(diary, &days, &goals, &mut activity, random);
    post::add(&person, diary, &days, random);
    activity.write(diary, company.id, person.id);
    person.write(
        diary,
        standing,
        (first_name, last_name, time_zone),
        created_at,
        &activity,
        random,
    );
    if random.percent(WITH_PREFERENCES) {
        person.prefer(diary, random);
    }
}

impl Person<'_> {
    /// When he came.
    pub fn created_at(&self) -> DateTime<Utc> {
        self.clock.at(self.joined, 400)
    }

    fn work(
        &self,
        diary: &mut Diary,
        days: &[i64],
        goals: &[Goal],
        activity: &mut Activity,
        random: &mut Random,
    ) {
        let live =
            timer::Live::draw(self.habit, days, random).map(|live| (live, live.started_at(&self.clock)));
        // Whoever has a timer under way has done nothing else since.
        let until = live.map_or(self.clock.as_of, |(_, started_at)| started_at);
        for &ago in days.iter().filter(|_| self.habit != Habit::Looker) {
            let ten_thousandths = self.habit.sessions_a_day() * self.pace / 100 * (50 + random.below(101));
            let count = ten_thousandths / 10_000 + u32::from(random.below(10_000) < ten_thousandths % 10_000);
            if count > 0 {
                timer::day(self, diary, (ago, until), count, goals, activity, random);
            } else if random.percent(LOGGED_IN_ONLY) {
                let at = self.clock.at(ago, 650);
                if at <= until {
                    activity.login(at);
                }
            }
        }
        if let Some((live, started_at)) = live {
            live.add(self, diary, started_at, goals, random);
            activity.session(started_at, None);
        }
    }

    fn write(
        &self,
        diary: &mut Diary,
        standing: Standing,
        (first_name, last_name, time_zone): (&str, &str, Option<&str>),
        created_at: DateTime<Utc>,
        activity: &Activity,
        random: &mut Random,
    ) {
        let as_of = self.clock.as_of;
        let verified_at = random
            .percent(VERIFIED)
            .then(|| created_at + TimeDelta::minutes(3));
        let (status, deleted_at) = match standing {
            Standing::LeftLongAgo => ("deleted", Some(as_of - TimeDelta::days(40))),
            Standing::LeftLately => ("deleted", Some(as_of - TimeDelta::days(10))),
            Standing::Suspended => ("suspended", None),
            _ => ("active", None),
        };
        let is_named = random.percent(WITH_FIRST_NAME);
        diary.people.push(&[
            &self.id,
            &self.company.id,
            &self.address,
            &is_named.then_some(first_name),
            &last_name,
            &format!("{first_name} {last_name}"),
            &time_zone,
            &if standing == Standing::Admin {
                "admin"
            } else {
                "user"
            },
            &status,
            &(standing == Standing::Internal),
            &(standing == Standing::Held),
            &verified_at,
            &random.id(),
            &activity.last_login_at,
            &activity.last_at(),
            &deleted_at,
            &created_at,
            &created_at,
        ]);
        if let Some(address) = &self.address
            && random.percent(SUPPRESSED)
        {
            let reason = random.one_of(&["bounced", "complained", "unsubscribed"]);
            diary
                .suppressions
                .push(&[&random.id(), &self.company.id, address, &reason, &created_at]);
        }
    }

    fn prefer(&self, diary: &mut Diary, random: &mut Random) {
        let [
            email,
            push,
            in_app,
            goals,
            daily,
            weekly,
            monthly,
            reengagement,
            breaks,
        ] = [(); 9].map(|()| !random.percent(SWITCHED_OFF));
        let work_days: &[i16] = random.weighted(&[
            (&[1_i16, 2, 3, 4, 5] as &[i16], 60),
            (&[1, 2, 3, 4], 15),
            (&[1, 2, 3, 4, 5, 6, 7], 15),
            (&[], 2),
            (&[7, 1, 2, 3, 4], 8),
        ]);
        let (work_start, work_end) =
            random.weighted(&[((9, 18), 60), ((7, 15), 20), ((20, 4), 10), ((0, 0), 10)]);
        let (quiet_start, quiet_end) =
            random.weighted(&[((22, 8), 60), ((20, 9), 20), ((0, 0), 10), ((12, 13), 10)]);
        let snooze_until = random
            .percent(SNOOZING)
            .then(|| self.clock.as_of + TimeDelta::days(random.between(-3, 20)));
        diary.preferences.push(&[
            &self.company.id,
            &self.id,
            &email,
            &push,
            &in_app,
            &goals,
            &daily,
            &weekly,
            &monthly,
            &reengagement,
            &breaks,
            &work_days,
            &hour(work_start),
            &hour(work_end),
            &hour(quiet_start),
            &hour(quiet_end),
            &random.percent(30),
            &snooze_until,
        ]);
    }
}

fn hour(hour: i64) -> NaiveTime {
    NaiveTime::MIN + TimeDelta::hours(hour)
}
