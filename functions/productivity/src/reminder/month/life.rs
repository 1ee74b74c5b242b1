//! What people do, by chance.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    FROM, UNTIL,
    people::{Chance, Goal, Person, Pref, Session, State, ZONES},
    wall::{date, first},
};
use crate::reminder::person::after;

/// How people go about their month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    Daily,
    Weekly,
    /// Looks in on most days and seldom works.
    Visitor,
    /// Stops on a day of the month.
    Fading,
    /// Stopped before it, and some come back.
    Gone,
    Never,
}

const HABITS: [Habit; 20] = {
    use Habit::{Daily, Fading, Gone, Never, Visitor, Weekly};
    [
        Daily, Daily, Daily, Daily, Daily, Daily, Weekly, Weekly, Weekly, Visitor, Visitor, Visitor, Fading,
        Fading, Fading, Gone, Gone, Gone, Gone, Never,
    ]
};

/// On which of his dates somebody is there, in percent of them.
struct Presence {
    from: NaiveDate,
    until: NaiveDate,
    works: i64,
    works_at_weekends: i64,
    looks_in: i64,
}

/// Somebody by his number.
pub fn person(id: Uuid, number: u64) -> Person {
    let mut chance = Chance(number);
    let (zone_name, zone) = chance.pick(&ZONES);
    let created_at = match chance.percent(15) {
        true => FROM + TimeDelta::seconds(chance.below(33 * 86_400) - 3 * 86_400),
        false => FROM - TimeDelta::seconds(60 * 86_400 + chance.below(100 * 86_400)),
    };
    let some_time = |chance: &mut Chance| FROM + TimeDelta::seconds(chance.below(30 * 86_400));
    let email = match chance.below(20) {
        0 => None,
        1 => Some(String::new()),
        _ => Some(format!("Person{number}@Example.org")),
    };
    let mut prefs = Vec::new();
    if chance.percent(65) {
        prefs.push((created_at, Pref::by(&mut chance)));
    }
    if chance.percent(25) {
        let since = some_time(&mut chance).max(created_at);
        let mut pref = prefs.last().map(|(_, pref)| pref.clone()).unwrap_or_default();
        match chance.below(5) {
            0 => pref.snooze_until = Some(since + TimeDelta::hours(chance.below(200))),
            1 => pref.email_enabled = !pref.email_enabled,
            2 => pref.in_app_enabled = !pref.in_app_enabled,
            3 => pref.reengagement = !pref.reengagement,
            _ => pref = Pref::by(&mut chance),
        }
        prefs.push((since, pref));
    }
    let mut person = Person {
        id,
        zone_name,
        zone,
        created_at,
        is_verified: chance.percent(92),
        suppressed_at: chance.percent(8).then(|| some_time(&mut chance)),
        leaves_at: chance.percent(6).then(|| {
            (
                some_time(&mut chance) - TimeDelta::days(10),
                chance.pick(&["suspended", "deleted"]),
            )
        }),
        email,
        prefs,
        active_at: Vec::new(),
        sessions: Vec::new(),
        goals: Vec::new(),
    };
    let habit = chance.pick(&HABITS);
    for presence in presences(habit, &mut chance) {
        live(&mut person, &presence, &mut chance);
    }
    let is_steady = matches!(habit, Habit::Daily | Habit::Weekly | Habit::Visitor);
    for _ in 0..chance.below(6) {
        let goal = goal(&mut person, is_steady, &mut chance);
        person.goals.push(goal);
    }
    person.active_at.sort_unstable();
    person
}

fn presences(habit: Habit, chance: &mut Chance) -> Vec<Presence> {
    let (start, end) = (FROM.date_naive(), UNTIL.date_naive());
    let presence = |from: i64, until: NaiveDate, (works, works_at_weekends, looks_in)| Presence {
        from: after(start, from),
        until,
        works,
        works_at_weekends,
        looks_in,
    };
    match habit {
        Habit::Daily => {
            let holiday = chance.below(30);
            vec![
                presence(-14, after(start, holiday), (75, 15, 20)),
                presence(holiday + chance.below(10), end, (75, 15, 20)),
            ]
        }
        Habit::Weekly => vec![presence(-14, end, (15, 15, 25))],
        Habit::Visitor => vec![presence(-14, end, (4, 4, 70))],
        Habit::Fading => vec![presence(-14, after(start, chance.below(25)), (60, 20, 20))],
        Habit::Gone => {
            let gone = 3 + chance.below(38);
            let back = match chance.percent(40) {
                true => chance.below(30),
                false => 60,
            };
            vec![
                presence(-gone - 8, after(start, -gone), (60, 60, 50)),
                presence(back, after(start, back + chance.below(4)), (50, 50, 80)),
            ]
        }
        Habit::Never => vec![presence(-50, after(start, chance.below(20) - 40), (0, 0, 40))],
    }
}

/// What somebody does on the dates of a presence.
fn live(person: &mut Person, presence: &Presence, chance: &mut Chance) {
    let dates = (0..(presence.until - presence.from).num_days()).map(|days| after(presence.from, days));
    for date in dates {
        let is_weekend = date.weekday().number_from_monday() > 5;
        let works = if is_weekend {
            presence.works_at_weekends
        } else {
            presence.works
        };
        let minute = date.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::minutes(chance.below(1440));
        let looks_in = first(minute, person.zone);
        if chance.percent(presence.looks_in) && looks_in >= person.created_at {
            person.active_at.push(looks_in);
        }
        if chance.percent(works) {
            let hour = 5 + chance.below(17);
            let begun =
                date.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::seconds(hour * 3600 + chance.below(3600));
            work(person, first(begun, person.zone), chance);
        }
    }
}

/// Some sessions on end.
fn work(person: &mut Person, begun: DateTime<Utc>, chance: &mut Chance) {
    let idle_from = person.sessions.last().map_or(person.created_at, |last| last.end);
    let mut start = begun.max(idle_from + TimeDelta::seconds(30));
    if begun < person.created_at {
        return;
    }
    for _ in 0..1 + chance.below(5) {
        let (status, seconds) = match chance.below(100) {
            0 => ("expired", 32_000 + chance.below(70_000)),
            1..8 => ("expired", chance.below(5000)),
            8..15 => ("cancelled", 250 + chance.below(100)),
            15..20 => ("cancelled", chance.below(5000)),
            _ => (
                "completed",
                chance.pick(&[299, 300, 1500, 1500, 1800, 3000]) + chance.below(1200),
            ),
        };
        let end = start + TimeDelta::seconds(seconds + 1);
        person.active_at.extend([start, end]);
        person.sessions.push(Session {
            id: new_id(chance),
            kind: chance.pick(&["focus", "focus", "pomodoro", "custom", "break"]),
            start,
            end,
            status,
        });
        start = end + TimeDelta::seconds(chance.pick(&[20, 60, 299, 300, 301, 899, 900, 1800]));
    }
}

fn goal(person: &mut Person, is_steady: bool, chance: &mut Chance) -> Goal {
    // Whoever is away sets no goal, nor does he change one.
    let created_at = match is_steady && chance.percent(70) {
        true => FROM + TimeDelta::seconds(chance.below(36 * 86_400) - 8 * 86_400),
        false => FROM - TimeDelta::seconds(50 * 86_400 + chance.below(5 * 86_400)),
    };
    let created_at = created_at.max(person.created_at);
    let some_date = |chance: &mut Chance| Some(after(date(FROM, person.zone), chance.below(46) - 5));
    let mut state = State {
        due_on: some_date(chance).filter(|_| chance.percent(90)),
        status: chance.pick(&["not_started", "in_progress", "in_progress", "paused"]),
        progress: chance.pick(&[0, 10, 99, 99, 100]),
        completed_at: None,
        cancelled_at: None,
        archived_at: None,
        deleted_at: None,
    };
    let mut states = vec![(created_at, state.clone())];
    let mut changed_at = created_at;
    for _ in 0..chance.below(if is_steady { 4 } else { 1 }) {
        changed_at += TimeDelta::seconds(1 + chance.below(12 * 86_400));
        match chance.below(12) {
            0..6 => state.due_on = state.due_on.map(|due_on| after(due_on, chance.below(9) - 3)),
            6 => state.status = "paused",
            7 => state.status = "in_progress",
            8 => (state.status, state.cancelled_at) = ("cancelled", Some(changed_at)),
            9 => state.archived_at = Some(changed_at),
            10 => state.deleted_at = Some(changed_at),
            _ => (state.status, state.completed_at) = ("completed", Some(changed_at)),
        }
        states.push((changed_at, state.clone()));
    }
    if is_steady && state.completed_at.is_none() && chance.percent(40) {
        changed_at += TimeDelta::seconds(1 + chance.below(20 * 86_400));
        (state.status, state.completed_at, state.cancelled_at) = ("completed", Some(changed_at), None);
        states.push((changed_at, state));
    }
    person.active_at.extend(states.iter().map(|(since, _)| *since));
    Goal {
        id: new_id(chance),
        title: chance.pick(&["Thesis", "Run", "Garden", "Äpfel", "Zen"]),
        priority: chance.pick(&["low", "medium", "high", "urgent"]),
        states,
    }
}

fn new_id(chance: &mut Chance) -> Uuid {
    let mut half = || chance.below(i64::MAX) as u64;
    Uuid::from_u64_pair(half(), half())
}
