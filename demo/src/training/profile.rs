//! Who a user is: what he pays, what he wants, and what he asked of the language model.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{App, diary::Diary, habit::Habit};
use crate::{clock::Clock, names, random::Random, zones};

// Chances in percent.
const WITH_PROFILE: u32 = 75;
const WITH_EMAIL: u32 = 95;
const WITH_NAME: u32 = 97;
const DISABLED: u32 = 2;
const TO_BE_DISABLED: u32 = 1;
const ASKED_THE_MODEL: u32 = 8;

/// What the rest of a user's rows must know of him.
pub struct Profile {
    pub id: Uuid,
    pub goal: Option<&'static str>,
    /// What holds: his own or the app's.
    pub target_days: i16,
    pub target_minutes: i16,
    /// Whether he gets weekly reports.
    pub is_pro: bool,
}

struct Plan {
    entitlement: &'static str,
    is_verified: bool,
    trial_ends_at: Option<DateTime<Utc>>,
}

impl Plan {
    fn draw(clock: &Clock, random: &mut Random) -> Self {
        let ends_in = |minutes| Some(clock.as_of + TimeDelta::minutes(minutes));
        let (entitlement, is_verified, trial_ends_at) = match random.below(100) {
            0..24 => ("pro", true, None),
            24..28 => ("pro", false, None),
            28..30 => ("pro", true, ends_in(-random.between(1, 200_000))),
            // A trial of two weeks.
            30..37 => ("free", true, ends_in(random.between(1_440, 20_160))),
            37..40 => ("free", false, ends_in(random.between(1_440, 20_160))),
            40..46 => ("free", true, ends_in(-random.between(1, 200_000))),
            // To the second.
            46..47 => ("free", true, ends_in(0)),
            _ => ("free", random.percent(80), None),
        };
        Self {
            entitlement,
            is_verified,
            trial_ends_at,
        }
    }

    fn is_pro(&self, as_of: DateTime<Utc>) -> bool {
        self.entitlement == "pro" || self.is_verified && self.trial_ends_at.is_some_and(|end| end > as_of)
    }
}

/// Somebody as he registered.
pub struct Person {
    pub id: Uuid,
    pub number: u32,
    pub habit: Habit,
    /// As it stands in his row.
    pub time_zone: Option<&'static str>,
    pub registered_ago: i64,
    /// Whether he pays, and is not disabled.
    pub is_kept: bool,
}

/// Writes down who a user is.
pub fn add(app: &App, diary: &mut Diary, person: &Person, clock: &Clock, random: &mut Random) -> Profile {
    let plan = match Plan::draw(clock, random) {
        _ if person.is_kept => Plan {
            entitlement: "pro",
            is_verified: true,
            trial_ends_at: None,
        },
        drawn => drawn,
    };
    let disabled_at = match random.below(100) {
        _ if person.is_kept => None,
        0..DISABLED => Some(clock.as_of - TimeDelta::hours(random.between(0, 500))),
        chance if chance < DISABLED + TO_BE_DISABLED => Some(clock.as_of + TimeDelta::hours(24)),
        _ => None,
    };
    let registered_at = clock.at(person.registered_ago, 300);
    let (first, last) = app.place.city.names.draw(random);
    let email = names::email(first, last, app.place.slug, &person.number.to_string());
    diary.users.push(&[
        &person.id,
        &app.id,
        &random.percent(WITH_EMAIL).then_some(email),
        &if random.percent(WITH_NAME) { first } else { "" },
        &person.time_zone,
        &plan.entitlement,
        &plan.is_verified,
        &plan.trial_ends_at,
        &disabled_at,
        &registered_at,
        &registered_at,
    ]);
    if random.percent(ASKED_THE_MODEL) {
        usage(app, diary, person.id, clock, random);
    }
    let (own_days, own_minutes, goal) = if random.percent(WITH_PROFILE) {
        wishes(app, diary, person, registered_at, random)
    } else {
        (None, None, None)
    };
    let (of_app_days, of_app_minutes) = if app.is_tuned { (4, 60) } else { (3, 45) };
    Profile {
        id: person.id,
        goal,
        target_days: own_days.filter(|days| *days > 0).unwrap_or(of_app_days),
        target_minutes: own_minutes
            .filter(|minutes| *minutes > 0)
            .unwrap_or(of_app_minutes),
        is_pro: plan.is_pro(clock.as_of),
    }
}

/// What the user told the coach: mostly what he does, sometimes anything or nothing.
fn wishes(
    app: &App,
    diary: &mut Diary,
    person: &Person,
    registered_at: DateTime<Utc>,
    random: &mut Random,
) -> (Option<i16>, Option<i16>, Option<&'static str>) {
    let fitting = match person.habit {
        Habit::Warrior => 2,
        Habit::Occasional => 1,
        Habit::Grinder => random.one_of(&[5, 6, 7]),
        _ => 3,
    };
    let days = match random.below(100) {
        0..12 => None,
        12..18 => Some(0),
        18..35 => Some(random.between(1, 7) as i16),
        _ => Some(fitting),
    };
    let minutes = random.weighted(&[
        (None, 15),
        (Some(0), 5),
        (Some(10), 3),
        (Some(20), 7),
        (Some(30), 20),
        (Some(45), 25),
        (Some(60), 20),
        (Some(90), 5),
    ]);
    let goal = random.weighted(&[
        (Some("strength"), 30),
        (Some("muscle"), 30),
        (Some("weight_loss"), 20),
        (Some("general"), 10),
        (None, 10),
    ]);
    let experience = random.one_of(&[Some("beginner"), Some("intermediate"), Some("advanced"), None]);
    diary.profiles.push(&[
        &random.id(),
        &app.id,
        &person.id,
        &goal,
        &experience,
        &days,
        &minutes,
        &registered_at,
    ]);
    (days, minutes, goal)
}

/// What a user asked of the language model today, yesterday and before, by the dates of UTC. Not on all of these days
/// was it the coach that he asked.
fn usage(app: &App, diary: &mut Diary, user: Uuid, clock: &Clock, random: &mut Random) {
    for (ago, chance) in [(0, 40), (1, 60), (2, 60), (9, 30)] {
        if !random.percent(chance) {
            continue;
        }
        let calls = random.weighted(&[(0, 20), (1, 40), (2, 25), (8, 15)]);
        let reports = random.weighted(&[(0, 70), (1, 30)]);
        let (input, output) = (
            random.between(300, 3_000) * i64::from(calls + reports),
            random.between(100, 900) * i64::from(calls + reports),
        );
        diary.usage.push(&[
            &random.id(),
            &app.id,
            &user,
            &(clock.as_of.date_naive() - TimeDelta::days(ago)),
            &input,
            &output,
            &(input + output),
            &calls,
            &reports,
            &i32::from(random.percent(10)),
            &0_i32,
            &(clock.as_of - TimeDelta::days(ago)),
        ]);
    }
}

/// The zone in a user's row. Of an app in a zone that nobody knows, the first user has none, and all others a good one.
pub fn time_zone(app: &App, is_kept: bool, random: &mut Random) -> Option<&'static str> {
    match zones::time_zone(random) {
        _ if is_kept => None,
        _ if app.is_lost => Some(zones::known_time_zone(random)),
        drawn => drawn,
    }
}
