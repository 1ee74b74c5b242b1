//! A user, his workouts and their sets.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    App, Size, before,
    diary::Diary,
    habit::{Habit, RECENT_DAYS},
    past::{Past, Session},
    profile::{self, Person},
    sets::{Bar, Set},
};
use crate::{clock::Clock, random::Random};

/// Workouts, those that do not count among them, on a hundred days of training.
const WORKOUTS_ON_A_HUNDRED_DAYS: u32 = 109;

// Chances in percent.
const SECOND_SESSION: u32 = 3;
const DOES_NOT_COUNT: u32 = 6;
const PLANNED: u32 = 1;
const WITHOUT_SETS: u32 = 1;

/// Minutes of a forgotten draft that was closed after a day.
const FORGOTTEN: i32 = 1_439;

/// A user while he is made up.
struct User<'a> {
    app: &'a App,
    clock: Clock,
    id: Uuid,
    habit: Habit,
    bar: Bar<'a>,
    /// When he likes to begin.
    minute: i64,
    sets_per_workout: i64,
}

/// Whether a workout is done, and in which state.
#[derive(Debug, Clone, Copy)]
struct State {
    lifecycle: &'static str,
    completion: Option<&'static str>,
}

impl State {
    const COMPLETED: Self = Self {
        lifecycle: "finalized",
        completion: Some("completed"),
    };

    fn of_one_that_counts(random: &mut Random) -> Self {
        let completion = random.weighted(&[("completed", 94), ("partial", 6)]);
        Self {
            completion: Some(completion),
            ..Self::COMPLETED
        }
    }

    fn of_one_that_does_not(random: &mut Random) -> Self {
        let (lifecycle, completion) = random.weighted(&[
            (("draft", None), 45),
            (("abandoned", None), 25),
            (("abandoned", Some("partial")), 15),
            (("finalized", None), 15),
        ]);
        Self {
            lifecycle,
            completion,
        }
    }
}

/// Makes up the app's `number`th user with all that he did.
pub fn add(app: &App, diary: &mut Diary, number: u32, size: Size, random: &mut Random) {
    // Of him it must be certain that the jobs look at him, because he is the one that fails.
    let is_kept = app.is_lost && number == 0;
    let time_zone = profile::time_zone(app, is_kept, random);
    let clock = Clock::new(app.as_of, time_zone, app.time_zone);
    let drawn = Habit::draw(
        size.workouts_per_user * 10_000 / WORKOUTS_ON_A_HUNDRED_DAYS,
        random,
    );
    let habit = if is_kept { Habit::Lifter } else { drawn };
    let days = habit.days(&clock, random);
    let registered_ago = match days.last() {
        Some(first) if habit == Habit::Newcomer => *first,
        Some(first) => first + random.between(0, 60),
        None => random.between(1, 400),
    };
    let user = User {
        app,
        clock,
        id: random.id(),
        habit,
        bar: Bar::draw(habit, &app.exercises, random),
        // Before work, at noon, after it, and on either side of midnight.
        minute: random.weighted(&[
            (360, 20),
            (430, 12),
            (720, 13),
            (1_050, 30),
            (1_170, 20),
            (1_385, 3),
            (0, 2),
        ]),
        sets_per_workout: i64::from(size.sets_per_workout),
    };
    let person = Person {
        id: user.id,
        number,
        habit,
        time_zone,
        registered_ago,
        is_kept,
    };
    let profile = profile::add(app, diary, &person, &user.clock, random);
    let mut sessions = Vec::new();
    for (number, ago) in days.into_iter().enumerate() {
        sessions.extend(user.day(diary, ago, number, random));
    }
    if random.percent(PLANNED) {
        let start = user.clock.as_of + TimeDelta::hours(random.between(1, 40));
        user.workout(diary, start, State::COMPLETED, Some(45), random);
    }
    let past = Past::new(sessions);
    before::add(app, diary, &profile, habit, &user.clock, &past, random);
}

impl User<'_> {
    /// A day of training, and what of it counts.
    fn day(&self, diary: &mut Diary, ago: i64, number: usize, random: &mut Random) -> Vec<Session> {
        let mut sessions = Vec::new();
        let begins = (self.minute + random.between(0, 54)).min(1_439);
        sessions.extend(self.session(diary, ago, begins, number, random));
        if ago < RECENT_DAYS && random.percent(SECOND_SESSION) {
            let begins = (begins + 300) % 1_440;
            sessions.extend(self.session(diary, ago, begins, number, random));
        }
        if ago < RECENT_DAYS && random.percent(DOES_NOT_COUNT) {
            // Also on days of rest.
            let ago = (ago - random.between(0, 2)).max(0);
            let start = self.clock.at(ago, random.between(0, 1_439));
            let state = State::of_one_that_does_not(random);
            let minutes = random.weighted(&[(None, 60), (Some(FORGOTTEN), 40)]);
            let id = self.workout(diary, start, state, minutes, random);
            self.set(diary, (id, start), &self.bar.typed_by_mistake(), random);
        }
        sessions
    }

    /// A workout that counts, unless the day has not come so far.
    fn session(
        &self,
        diary: &mut Diary,
        ago: i64,
        begins: i64,
        number: usize,
        random: &mut Random,
    ) -> Option<Session> {
        let start = self.clock.at(ago, begins);
        if start > self.clock.as_of {
            return None;
        }
        let usual = match self.habit {
            Habit::Short => random.between(8, 20),
            Habit::Grinder => random.between(55, 95),
            _ => random.between(35, 75),
        };
        let minutes = random.weighted(&[
            (Some(usual as i32), 965),
            (Some(FORGOTTEN), 12),
            (None, 12),
            (Some(0), 6),
            (Some(301), 5),
        ]);
        let state = State::of_one_that_counts(random);
        let id = self.workout(diary, start, state, minutes, random);
        let count = match ago {
            _ if random.percent(WITHOUT_SETS) => 0,
            ..RECENT_DAYS => random.between(1, 2 * self.sets_per_workout - 1),
            _ => random.between(1, 2),
        };
        let mut session = Session::new(ago, minutes);
        for place in 0..count {
            let set = self.bar.set(ago, number, (place, count), random);
            session.add(&set);
            self.set(diary, (id, start), &set, random);
        }
        Some(session)
    }

    fn workout(
        &self,
        diary: &mut Diary,
        start: DateTime<Utc>,
        state: State,
        minutes: Option<i32>,
        random: &mut Random,
    ) -> Uuid {
        let id = random.id();
        let end = minutes.map(|minutes| start + TimeDelta::minutes(i64::from(minutes)));
        diary.workouts.push(&[
            &id,
            &self.app.id,
            &self.id,
            &state.lifecycle,
            &state.completion,
            &start,
            &end,
            &minutes,
            &start,
        ]);
        id
    }

    fn set(&self, diary: &mut Diary, (workout, at): (Uuid, DateTime<Utc>), set: &Set, random: &mut Random) {
        let effort = random.one_of(&[None, Some("easy"), Some("medium"), Some("hard")]);
        diary.sets.push(&[
            &random.id(),
            &self.app.id,
            &self.id,
            &workout,
            &set.exercise,
            &set.kind,
            &set.reps,
            &set.weight,
            &set.seconds,
            &effort,
            &at,
        ]);
    }
}
