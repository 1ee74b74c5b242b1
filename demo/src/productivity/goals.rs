//! What people want to reach.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use super::{activity::Activity, diary::Diary, habit::Habit, person::Person};
use crate::random::Random;

// Chances in percent.
const ANNOUNCED: u32 = 45;
const RECURRING: u32 = 4;
const DESCRIBED: u32 = 30;

/// A minute of a working day.
const NOON: i64 = 720;

const TITLES: [(&str, &str); 16] = [
    ("Hand in the thesis", "education"),
    ("Finish the certificate", "education"),
    ("Read two papers a week", "education"),
    ("Ship the new onboarding", "work"),
    ("Prepare the board meeting", "work"),
    ("Write the design review", "work"),
    ("Clear the backlog of tickets", "work"),
    ("Interview five customers", "work"),
    ("Run ten kilometres", "health"),
    ("Cook at home on weekdays", "health"),
    ("File the tax return", "finance"),
    ("Compare pension plans", "finance"),
    ("Plan the summer trip", "personal"),
    ("Paint the hall", "personal"),
    ("Learn three songs", "hobby"),
    ("Call the grandparents", "relationships"),
];

/// What becomes of a goal.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// Open, and due about now.
    DueSoon,
    DueLater,
    /// Open without a date.
    Undated,
    Reached,
    /// Long enough ago to be archived.
    ReachedLongAgo,
    CancelledLongAgo,
    Paused,
    Archived,
    Deleted,
}

const FATES: [(Fate, u32); 9] = [
    (Fate::DueSoon, 27),
    (Fate::DueLater, 13),
    (Fate::Undated, 9),
    (Fate::Reached, 30),
    (Fate::ReachedLongAgo, 8),
    (Fate::CancelledLongAgo, 3),
    (Fate::Paused, 4),
    (Fate::Archived, 3),
    (Fate::Deleted, 3),
];

/// A goal that may be worked at.
pub struct Goal {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
}

/// Makes up somebody's goals.
pub fn add(person: &Person, diary: &mut Diary, activity: &mut Activity, random: &mut Random) -> Vec<Goal> {
    let count = match person.habit {
        Habit::Looker => random.between(0, 1),
        _ => random.weighted(&[(0, 12), (1, 20), (2, 28), (3, 22), (5, 12), (8, 6)]),
    };
    (0..count)
        .filter_map(|_| one(person, diary, activity, random.weighted(&FATES), random))
        .collect()
}

/// The goal, if he has been there for long enough to have it.
fn one(
    person: &Person,
    diary: &mut Diary,
    activity: &mut Activity,
    fate: Fate,
    random: &mut Random,
) -> Option<Goal> {
    let clock = &person.clock;
    let closed_ago = match fate {
        Fate::Reached => random.between(0, 65),
        Fate::ReachedLongAgo | Fate::CancelledLongAgo => random.between(182, 390),
        Fate::Archived | Fate::Deleted => random.between(5, 60),
        _ => 0,
    };
    // Made by those who are not there any more before they left.
    let made_ago = (closed_ago + random.between(1, 45)).max(activity_ago(person.habit));
    if made_ago > person.joined {
        return None;
    }
    let created_at = clock
        .at(made_ago, NOON + random.between(0, 300))
        .max(person.created_at());
    let closed_at = clock
        .at(closed_ago, random.between(540, 1_080))
        .max(created_at)
        .min(clock.as_of);
    let due_on = match fate {
        Fate::DueSoon => Some(clock.date(random.between(-9, 4))),
        Fate::DueLater => Some(clock.date(-random.between(10, 90))),
        Fate::Undated => None,
        _ => random
            .percent(75)
            .then(|| clock.date(closed_ago + random.between(-6, 3))),
    };
    let at = |is_so: bool| is_so.then_some(closed_at);
    let is_reached = matches!(fate, Fate::Reached | Fate::ReachedLongAgo);
    let (status, progress) = match fate {
        _ if is_reached => ("completed", 100),
        Fate::CancelledLongAgo => ("cancelled", 40),
        Fate::Paused => ("paused", 30),
        // Done, and not said so.
        _ if random.percent(2) => ("in_progress", 100),
        _ if random.percent(30) => ("not_started", 0),
        _ => ("in_progress", random.between(1, 19) as i16 * 5),
    };
    let (title, category) = random.one_of(&TITLES);
    let id = random.id();
    diary.goals.push(&[
        &id,
        &person.company.id,
        &person.id,
        &title,
        &random.percent(DESCRIBED).then_some("A few steps, one at a time."),
        &category,
        &random.weighted(&[("medium", 50), ("high", 25), ("low", 15), ("urgent", 10)]),
        &status,
        &progress,
        &due_on,
        &at(is_reached),
        &at(matches!(fate, Fate::CancelledLongAgo)),
        &at(matches!(fate, Fate::Archived)),
        &at(matches!(fate, Fate::Deleted)),
        &random.percent(RECURRING),
        &created_at,
        &closed_at,
    ]);
    activity.goal(created_at);
    if is_reached {
        activity.goal(closed_at);
    }
    if let (Fate::DueSoon, Some(due_on)) = (fate, due_on)
        && random.percent(ANNOUNCED)
    {
        announced(person, diary, id, due_on);
    }
    Some(Goal { id, created_at })
}

/// How many days ago somebody of this habit did his last thing with goals.
fn activity_ago(habit: Habit) -> i64 {
    match habit {
        Habit::Silent => 41,
        Habit::Gone => 151,
        _ => 0,
    }
}

/// What earlier runs have told of a goal that is due.
fn announced(person: &Person, diary: &mut Diary, goal: Uuid, due_on: NaiveDate) {
    let clock = &person.clock;
    let (bucket, ago) = match clock.ago(due_on) {
        2.. => ("overdue", 1),
        // What is due tomorrow or just was has been told of as due tomorrow, or is news.
        0..=1 => ("tomorrow", clock.ago(due_on) + 1),
        -1 => return,
        _ => ("week", 1),
    };
    diary.marks.push(&[
        &person.company.id,
        &goal,
        &due_on,
        &bucket,
        &person.id,
        &clock.date(ago),
        &(clock.as_of - TimeDelta::days(ago)),
    ]);
}
