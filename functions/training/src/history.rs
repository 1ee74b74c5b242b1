//! What users want and what they trained, as the rules see it.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use shared::calendar;
use sqlx::{
    PgConnection,
    postgres::{PgTypeInfo, Postgres},
};
use uuid::Uuid;

use crate::{
    app::App,
    days::{Target, TrainingDays},
    measure::Mean,
};

/// Sessions of more minutes are taken for forgotten ones.
const LONGEST_SESSION_MINUTES: i32 = 300;

/// What is known of a user's training, before anybody knows his days.
#[derive(Debug, Clone, Default)]
pub struct History {
    pub profile: Profile,
    /// The start of his first workout of all.
    first_at: Option<DateTime<Utc>>,
    workouts: Vec<Workout>,
    lifts: Vec<Lift>,
}

/// What a user told the coach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    pub primary_goal: Option<String>,
    target_days: Option<i16>,
    target_minutes: Option<i16>,
}

/// A workout that counts, in the order of the read query's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Decode)]
struct Workout {
    start_time: DateTime<Utc>,
    duration_minutes: Option<i32>,
}

/// What was done of one exercise in a workout, warm-up left out, in the order of the read query's fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Decode)]
struct Lift {
    start_time: DateTime<Utc>,
    exercise_id: Uuid,
    /// In hundredths of kilograms.
    volume: Decimal,
    sets: i64,
    /// The best estimated one-repetition maximum, in thirtieths of hundredths of kilograms.
    best: Option<i64>,
}

impl sqlx::Type<Postgres> for Workout {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("record")
    }
}

impl sqlx::Type<Postgres> for Lift {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("record")
    }
}

/// How far back a history is read, from the run's clock.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    pub workouts: TimeDelta,
    /// What was done in them.
    pub lifts: TimeDelta,
}

/// Reads what users want and trained up to the run's clock, in the order of their ids.
pub async fn read(
    tx: &mut PgConnection,
    tenant_id: Uuid,
    as_of: DateTime<Utc>,
    reach: Reach,
    ids: &[Uuid],
) -> Result<Vec<History>> {
    let rows = sqlx::query_file!(
        "sql/history/read.sql",
        tenant_id,
        ids,
        as_of - reach.workouts,
        as_of - reach.lifts,
        as_of
    )
    .map(|row| {
        let history = History {
            profile: Profile {
                primary_goal: row.primary_goal,
                target_days: row.target_days,
                target_minutes: row.target_minutes,
            },
            first_at: row.first_at,
            workouts: row.workouts.unwrap_or_default(),
            lifts: row.lifts.unwrap_or_default(),
        };
        (row.place, history)
    });
    let mut rows = rows.fetch_all(tx).await.context("read what users trained")?;
    rows.sort_unstable_by_key(|(place, _)| *place);
    Ok(rows.into_iter().map(|(_, history)| history).collect())
}

impl Profile {
    /// What the user aims at.
    pub fn target(&self, app: &App) -> Target {
        app.target(self.target_days, self.target_minutes)
    }
}

/// A user's training by his own dates.
#[derive(Debug, Clone, Default)]
pub struct Training {
    /// The first date of all; [`Training::days`] may begin later.
    pub first: Option<NaiveDate>,
    /// As far back as was read.
    pub days: TrainingDays,
    /// Ascending.
    sessions: Vec<Session>,
    /// Ascending.
    efforts: Vec<Effort>,
}

#[derive(Debug, Clone, Copy)]
struct Session {
    date: NaiveDate,
    minutes: Option<i32>,
}

/// What was done of one exercise in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    pub date: NaiveDate,
    pub exercise_id: Uuid,
    /// In hundredths of kilograms.
    volume: Decimal,
    sets: i64,
    /// The best estimated one-repetition maximum, in thirtieths of hundredths of kilograms.
    pub best: Option<i64>,
}

impl History {
    /// The exercises of which an estimated maximum is known from the one instant to before the other.
    pub fn tested(&self, from: DateTime<Utc>, before: DateTime<Utc>) -> BTreeSet<Uuid> {
        let is_tested =
            |lift: &&Lift| lift.best.is_some() && from <= lift.start_time && lift.start_time < before;
        let tested = self.lifts.iter().filter(is_tested);
        tested.map(|lift| lift.exercise_id).collect()
    }

    /// The same by the dates of a zone: a workout belongs to the date of its start.
    pub fn in_zone(&self, zone: Tz) -> Training {
        let date = |at: DateTime<Utc>| calendar::local_date(at, zone);
        let session = |workout: &Workout| Session {
            date: date(workout.start_time),
            minutes: workout.duration_minutes,
        };
        let effort = |lift: &Lift| Effort {
            date: date(lift.start_time),
            exercise_id: lift.exercise_id,
            volume: lift.volume,
            sets: lift.sets,
            best: lift.best,
        };
        let mut sessions: Vec<_> = self.workouts.iter().map(session).collect();
        sessions.sort_unstable_by_key(|session| session.date);
        let mut efforts: Vec<_> = self.lifts.iter().map(effort).collect();
        efforts.sort_unstable_by_key(|effort| effort.date);
        Training {
            first: self.first_at.map(date),
            days: sessions.iter().map(|session| session.date).collect(),
            sessions,
            efforts,
        }
    }
}

impl Training {
    /// How many sessions there were from the one date to the other, both included.
    pub fn sessions(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        self.sessions_within(from, to).count() as i64
    }

    /// How long sessions were on average, those left out of which no sensible length is known.
    pub fn average_minutes(&self, from: NaiveDate, to: NaiveDate) -> Option<Mean> {
        let minutes = self
            .sessions_within(from, to)
            .filter_map(|session| session.minutes);
        Mean::of(minutes.filter(|minutes| (1..=LONGEST_SESSION_MINUTES).contains(minutes)))
    }

    /// Repetitions times weight, in kilograms.
    pub fn volume(&self, from: NaiveDate, to: NaiveDate) -> Decimal {
        let hundredths: Decimal = self.efforts(from, to).iter().map(|effort| effort.volume).sum();
        hundredths * Decimal::new(1, 2)
    }

    /// How many sets were done, of repetitions or seconds.
    pub fn sets(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        self.efforts(from, to).iter().map(|effort| effort.sets).sum()
    }

    /// What was done from the one date to the other, both included.
    pub fn efforts(&self, from: NaiveDate, to: NaiveDate) -> &[Effort] {
        let start = self.efforts.partition_point(|effort| effort.date < from);
        let end = self.efforts.partition_point(|effort| effort.date <= to);
        self.efforts.get(start..end).unwrap_or_default()
    }

    fn sessions_within(&self, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = &Session> {
        self.sessions
            .iter()
            .filter(move |session| from <= session.date && session.date <= to)
    }
}

#[cfg(test)]
impl Training {
    /// Sessions on these dates, each of so many minutes; the earliest date is the first of all.
    pub fn of(
        sessions: impl IntoIterator<Item = (NaiveDate, i32)>,
        efforts: impl IntoIterator<Item = Effort>,
    ) -> Self {
        let session = |(date, minutes)| Session {
            date,
            minutes: Some(minutes),
        };
        let mut sessions: Vec<_> = sessions.into_iter().map(session).collect();
        sessions.sort_by_key(|session| session.date);
        let mut efforts: Vec<_> = efforts.into_iter().collect();
        efforts.sort_by_key(|effort| effort.date);
        Self {
            first: sessions.first().map(|session| session.date),
            days: sessions.iter().map(|session| session.date).collect(),
            sessions,
            efforts,
        }
    }
}

#[cfg(test)]
impl Effort {
    /// So many kilograms, moved in so many sets of the n-th exercise.
    pub fn of(date: NaiveDate, n: u128, kilograms: i64, sets: i64, best: Option<i64>) -> Self {
        Self {
            date,
            exercise_id: Uuid::from_u128(n),
            volume: (100 * kilograms).into(),
            sets,
            best,
        }
    }
}

#[cfg(test)]
mod tests;
