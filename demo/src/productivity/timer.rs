//! How people work by the timer.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{activity::Activity, diary::Diary, goals::Goal, habit::Habit, person::Person};
use crate::{clock::Clock, random::Random};

// Chances in percent.
const FOR_A_GOAL: u32 = 40;
const PAUSED: u32 = 15;
const TOLD_ITS_LENGTH: u32 = 90;
const RATED: u32 = 25;
const BREAK_AFTER_POMODORO: u32 = 55;
const FORGOTTEN_FOR_HOURS: u32 = 1;
const AT_IT_NOW: u32 = 35;
const LEFT_IT_RUNNING: u32 = 8;

/// A session as it is stored.
struct Session {
    kind: &'static str,
    started_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    planned: i32,
    actual: Option<i32>,
    status: &'static str,
    paused_at: Option<DateTime<Utc>>,
    paused: i32,
    pauses: i32,
    resumed_at: Option<DateTime<Utc>>,
    completion: Option<i16>,
}

impl Session {
    fn push(&self, person: &Person, diary: &mut Diary, goals: &[Goal], random: &mut Random) {
        let is_done = self.status == "completed" && self.kind != "break";
        diary.sessions.push(&[
            &random.id(),
            &person.company.id,
            &person.id,
            &goal(goals, self.started_at, random),
            &self.kind,
            &(self.kind == "custom").then_some("Deep work"),
            &self.started_at,
            &self.ended_at,
            &self.planned,
            &self.actual,
            &self.status,
            &self.paused_at,
            &self.paused,
            &self.pauses,
            &(self.pauses > 0).then_some(self.paused),
            &self.resumed_at,
            &self.completion,
            &(is_done && random.percent(RATED)).then(|| random.between(2, 5) as i16),
            &random.percent(10).then_some("Went well."),
            &self.started_at,
            &self.ended_at.unwrap_or(self.started_at),
        ]);
    }
}

/// One of the goals that there were by then, or none.
fn goal(goals: &[Goal], at: DateTime<Utc>, random: &mut Random) -> Option<Uuid> {
    let goal = goals.get(random.below(goals.len().max(1) as u32) as usize)?;
    (goal.created_at <= at && random.percent(FOR_A_GOAL)).then_some(goal.id)
}

fn plan(random: &mut Random) -> (&'static str, i32) {
    match random.below(100) {
        0..45 => ("pomodoro", 1_500),
        45..85 => ("focus", random.one_of(&[1_800, 2_700, 3_600, 5_400])),
        _ => ("custom", random.one_of(&[900, 2_400, 7_200])),
    }
}

/// A day's sessions, one after the other, as far as they have ended by then.
pub fn day(
    person: &Person,
    diary: &mut Diary,
    (ago, until): (i64, DateTime<Utc>),
    count: u32,
    goals: &[Goal],
    activity: &mut Activity,
    random: &mut Random,
) {
    let clock = &person.clock;
    let mut cursor = clock
        .at(ago, person.habit.begins(random))
        .max(person.created_at());
    if cursor <= until {
        activity.login(cursor);
    }
    for number in 0..count {
        let session = ended(cursor, number + 1 == count, random);
        let Some(ended_at) = session.ended_at.filter(|ended_at| *ended_at <= until) else {
            break;
        };
        session.push(person, diary, goals, random);
        activity.session(cursor, Some(ended_at));
        cursor = ended_at + TimeDelta::seconds(random.between(20, 100));
        if session.kind == "pomodoro" && random.percent(BREAK_AFTER_POMODORO) {
            let pause = rest(cursor, random);
            let Some(over_at) = pause.ended_at.filter(|over_at| *over_at <= until) else {
                break;
            };
            pause.push(person, diary, &[], random);
            activity.session(cursor, Some(over_at));
            cursor = over_at + TimeDelta::seconds(random.between(5, 60));
        } else {
            cursor += TimeDelta::minutes(random.between(0, 70));
        }
    }
}

fn ended(started_at: DateTime<Utc>, is_last: bool, random: &mut Random) -> Session {
    let (kind, planned) = plan(random);
    let (status, percent) = match random.below(100) {
        0..82 => ("completed", 100),
        // Some of these are too short to count.
        82..94 => ("cancelled", random.between(2, 90)),
        _ => ("expired", 100),
    };
    let mut actual = (i64::from(planned) * percent / 100) as i32;
    if is_last && status == "completed" && random.percent(FORGOTTEN_FOR_HOURS) {
        actual = random.between(29_000, 40_000) as i32;
    }
    let (pauses, paused) = match random.percent(PAUSED) {
        true => (random.between(1, 3) as i32, random.between(40, 1_200) as i32),
        false => (0, 0),
    };
    Session {
        kind,
        started_at,
        ended_at: Some(started_at + TimeDelta::seconds(i64::from(actual + paused))),
        planned,
        actual: random.percent(TOLD_ITS_LENGTH).then_some(actual),
        status,
        paused_at: None,
        paused,
        pauses,
        resumed_at: (pauses > 0).then(|| started_at + TimeDelta::seconds(i64::from(actual / 2 + paused))),
        completion: Some(percent as i16),
    }
}

fn rest(started_at: DateTime<Utc>, random: &mut Random) -> Session {
    let seconds = random.between(120, 420);
    Session {
        kind: "break",
        started_at,
        ended_at: Some(started_at + TimeDelta::seconds(seconds)),
        planned: 300,
        actual: Some(seconds as i32),
        status: random.weighted(&[("completed", 85), ("cancelled", 15)]),
        paused_at: None,
        paused: 0,
        pauses: 0,
        resumed_at: None,
        completion: Some(100),
    }
}

/// A timer that is under way.
#[derive(Clone, Copy)]
pub enum Live {
    /// So many minutes old.
    Running(i64),
    Paused(i64),
    /// Since the evening, so many days ago.
    RunningSince(i64),
    PausedSince(i64),
}

impl Live {
    /// What somebody has under way, who was there on these days.
    pub fn draw(habit: Habit, days: &[i64], random: &mut Random) -> Option<Self> {
        let last = *days.first()?;
        match habit {
            Habit::Steady | Habit::Often | Habit::Owl | Habit::Restless if last == 0 => {
                let minutes = random.between(4, 170);
                random.percent(AT_IT_NOW).then(|| {
                    match random.below(100) {
                        0..80 => Self::Running(minutes),
                        80..93 => Self::Paused(minutes),
                        // Since this morning.
                        _ => Self::Running(random.between(485, 700)),
                    }
                })
            }
            // Long enough ago that ending it changes no figure of a day that was just summed up.
            Habit::Silent if last > 5 => random.percent(LEFT_IT_RUNNING).then(|| match random.percent(60) {
                true => Self::RunningSince(last),
                false => Self::PausedSince(last),
            }),
            _ => None,
        }
    }

    pub fn started_at(self, clock: &Clock) -> DateTime<Utc> {
        match self {
            Self::Running(minutes) | Self::Paused(minutes) => clock.as_of - TimeDelta::minutes(minutes),
            Self::RunningSince(ago) | Self::PausedSince(ago) => clock.at(ago, 1_110),
        }
    }

    pub fn add(
        self,
        person: &Person,
        diary: &mut Diary,
        started_at: DateTime<Utc>,
        goals: &[Goal],
        random: &mut Random,
    ) {
        let is_paused = matches!(self, Self::Paused(_) | Self::PausedSince(_));
        let (kind, planned) = plan(random);
        // Some came back from a pause that was long enough to be a break.
        let minutes = (person.clock.as_of - started_at).num_minutes();
        let is_resumed = !is_paused && minutes > 40 && random.percent(20);
        let session = Session {
            kind,
            started_at,
            ended_at: None,
            planned,
            actual: None,
            status: if is_paused { "paused" } else { "running" },
            paused_at: is_paused.then(|| started_at + TimeDelta::minutes(3)),
            paused: if is_resumed { 600 } else { 0 },
            pauses: i32::from(is_resumed),
            resumed_at: is_resumed.then(|| started_at + TimeDelta::minutes(30)),
            completion: None,
        };
        session.push(person, diary, goals, random);
    }
}
