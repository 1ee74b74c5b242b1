//! What people were told before, and what else they did in the application.

use chrono::{DateTime, TimeDelta, Utc, Weekday};

use super::{diary::Diary, habit::Habit, person::Person};
use crate::{copy::Json, random::Random};

// Chances in percent.
const MAILED: u32 = 35;
const MAILED_LONG_AGO: u32 = 10;
const NOTIFIED: u32 = 50;
const READ: u32 = 60;
const LOOKED: u32 = 25;
const EXPORTED: u32 = 2;

/// The minute of a Sunday at which weeks are summed up.
const EVENING: i64 = 1_140;

pub fn add(person: &Person, diary: &mut Diary, days: &[i64], random: &mut Random) {
    // The latest Sunday of which the review is written already.
    let sunday = (1..=7)
        .find(|ago| person.clock.weekday(*ago) == Weekday::Sun)
        .unwrap_or(7);
    for week in 0..6 {
        if days
            .iter()
            .any(|ago| (sunday + 7 * week..sunday + 7 * week + 7).contains(ago))
            && random.percent(MAILED)
        {
            review(person, diary, sunday + 7 * week, random);
        }
    }
    for ago in [214, 421].map(|ago| sunday + ago) {
        if person.joined > ago && random.percent(MAILED_LONG_AGO) {
            review(person, diary, ago, random);
        }
    }
    if random.percent(NOTIFIED) {
        let ago = sunday + 7 * random.between(1, 35);
        if person.joined > ago {
            notice(person, diary, ago, random);
        }
    }
    for ago in days {
        if random.percent(LOOKED) {
            event(person, diary, "dashboard_view", *ago, random);
        }
        if random.percent(EXPORTED) {
            event(
                person,
                diary,
                random.one_of(&["export", "settings_change"]),
                *ago,
                random,
            );
        }
    }
    if person.habit == Habit::Silent
        && let Some(&last) = days.first()
    {
        asked_back(person, diary, last, random);
    }
}

/// A weekly review that went out.
fn review(person: &Person, diary: &mut Diary, ago: i64, random: &mut Random) {
    let Some(address) = &person.address else { return };
    let (clock, at) = (&person.clock, person.clock.at(ago, EVENING));
    if at > clock.as_of {
        return;
    }
    let key = format!("weekly:{}:{}", person.id, clock.date(ago));
    let status = random.weighted(&[("sent", 94), ("failed", 5), ("expired", 1)]);
    mail(
        person,
        diary,
        (address, &key),
        "weekly-review",
        status,
        at,
        random,
    );
    contact(person, diary, &key, "weekly_review", ago);
}

fn mail(
    person: &Person,
    diary: &mut Diary,
    (address, key): (&str, &str),
    job: &str,
    status: &str,
    at: DateTime<Utc>,
    random: &mut Random,
) {
    diary.messages.push(&[
        &random.id(),
        &person.company.id,
        &job,
        &"email",
        &key,
        &address,
        &"Your week in review",
        &"This is how your week went.",
        &"<p>This is how your week went.</p>",
        &Json("{}".to_owned()),
        &status,
        &1_i32,
        &(status == "sent").then(|| at + TimeDelta::minutes(2)),
        &at,
    ]);
}

fn contact(person: &Person, diary: &mut Diary, key: &str, kind: &str, ago: i64) {
    let clock = &person.clock;
    diary.contacts.push(&[
        &person.company.id,
        &key,
        &person.id,
        &kind,
        &clock.date(ago),
        &clock.at(ago, EVENING),
    ]);
}

fn notice(person: &Person, diary: &mut Diary, ago: i64, random: &mut Random) {
    let (clock, at) = (&person.clock, person.clock.at(ago, EVENING));
    let read_at = random.percent(READ).then(|| at + TimeDelta::hours(14));
    diary.notices.push(&[
        &random.id(),
        &person.company.id,
        &person.id,
        &"weekly-review",
        &"Your week in review",
        &"in_app",
        &format!("weekly-inapp:{}:{}", person.id, clock.date(ago)),
        &(at + TimeDelta::days(7)),
        &read_at,
        &at,
    ]);
}

fn event(person: &Person, diary: &mut Diary, name: &str, ago: i64, random: &mut Random) {
    let at = person.clock.at(ago, random.between(480, 1_200));
    if at <= person.clock.as_of {
        diary
            .events
            .push(&[&random.id(), &person.company.id, &person.id, &name, &at]);
    }
}

/// The last e-mail by which somebody who stays away was asked back, unless it is due now.
fn asked_back(person: &Person, diary: &mut Diary, last: i64, random: &mut Random) {
    let Some(step) = [30_i64, 14, 7, 3].into_iter().find(|step| step + 2 < last) else {
        return;
    };
    let (Some(address), true) = (&person.address, random.percent(70)) else {
        return;
    };
    let (clock, sent_ago) = (&person.clock, last - step);
    let (began, at) = (clock.date(last), clock.at(sent_ago, 600));
    let key = format!("reengage:{}:{began}:{step}", person.id);
    diary
        .episodes
        .push(&[&person.company.id, &person.id, &began, &(step as i16), &at]);
    mail(
        person,
        diary,
        (address, &key),
        "inactive-users",
        "sent",
        at,
        random,
    );
    contact(person, diary, &key, "reengagement", sent_ago);
}
