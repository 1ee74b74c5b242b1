//! Tells people on Sunday evening how their week went: every week from one review to the next, so that nothing falls between.

mod letter;
mod rule;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use shared::{
    job::{Reason, Scope},
    sql::column,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::reminder::{
    Draft, Reminder, Reminding, Round, Said, Something,
    clock::{On, Slot},
    counted::Counted,
    outbox::{Channel, Notice, Outcome},
    person::{Person, Reader, after, person},
};
use letter::Summary;
use rule::{Days, History, Open, Reached, Review, STREAK_MAX, Session, Weeks};

/// The job.
pub type WeeklyReview = Reminding<Weekly>;

/// When a week ends.
const SUNDAY_EVENING: Slot = Slot {
    on: On::Sundays,
    hour: 19,
    grace: 3,
};

/// How far back two weeks may begin on any clock: they are up to a day longer where the date line was crossed, and the run
/// may be as late as its grace.
const REACH: TimeDelta = TimeDelta::days(16);

/// Days of a streak that are told one by one, before today's in UTC: the last three of any clock, where live sessions count.
const RECENT_DAYS: i64 = 3;

/// Open goals from so many days after today's date in UTC on are of no week that a reader may be told of.
const AHEAD_DAYS: i64 = 10;

/// How long the notice is shown: until the next one.
const SHOWN: TimeDelta = TimeDelta::days(7);

/// On Tuesday nobody wants to be told of last week.
const SENT_WITHIN: TimeDelta = TimeDelta::hours(25);

#[derive(Default)]
pub struct Weekly;

/// A review of one person.
pub struct Reviewed {
    user_id: Uuid,
    week_end_on: NaiveDate,
    review: Review,
}

shared::counters! {
    pub struct Counters {
        /// Rows written, or found as they were to be written.
        reviews: u64,
        /// Those that have a week before to be compared with.
        with_comparison: u64,
    }
}

impl Reminder for Weekly {
    const NAME: &'static str = "weekly-review";
    const LOCK_ID: i32 = 482_233;
    const SLOT: Option<Slot> = Some(SUNDAY_EVENING);
    const PREFERENCE: &'static str = "weekly_report";

    type Settings = ();
    type Facts = History;
    type Letter = Summary;
    type Own = Reviewed;
    type Counters = Counters;

    async fn settings(&self, _: &mut PgConnection, _: DateTime<Utc>, _: &Round<()>) -> Result<()> {
        Ok(())
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<()>>,
        cursor: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<(Person, History)>> {
        let (due, today) = (&scope.settings.due, scope.as_of.date_naive());
        let recent_from = after(today, -RECENT_DAYS);
        let rows = sqlx::query_file!(
            "sql/weekly-review/read.sql",
            scope.tenant.id,
            cursor.unwrap_or_default(),
            cursor,
            limit,
            &due.names,
            &due.are_due,
            due.own_is_due,
            scope.as_of,
            scope.as_of - REACH,
            after(today, AHEAD_DAYS),
            recent_from,
            STREAK_MAX as i32
        );
        let rows = rows.fetch_all(tx).await.context("read people and their weeks")?;
        let rows = rows.into_iter().map(|row| {
            let history = History {
                sessions: row.sessions.unwrap_or_default(),
                reached: row.reached.map(|goals| goals.0).unwrap_or_default(),
                open: row.open.map(|goals| goals.0).unwrap_or_default(),
                days: Days {
                    recent: row.recent,
                    recent_from,
                    earlier: row.earlier.into(),
                },
            };
            (person!(row), history)
        });
        Ok(rows.collect())
    }

    fn say(scope: &Scope<Round<()>>, reader: &Reader, history: &History) -> Result<Said<Self>, Reason> {
        let (round, person) = (&scope.settings, &reader.person);
        let Some(weeks) = Weeks::at(scope.as_of, round.clock.zone(reader.zone.zone)) else {
            return Err("no week ends now".into());
        };
        let review = Review::of(history, weeks, person.created_at, scope.as_of, reader.zone.zone)?;
        let Some(review) = review else {
            return Ok(Said::Nothing(Counted::no_content()));
        };
        let week_end_on = reader.date_at(weeks.end);
        Ok(Said::Something(Something {
            notices: vec![Notice {
                channel: Channel::InApp,
                kind: "weekly-review",
                dedupe_key: format!("weekly-inapp:{}:{week_end_on}", person.id),
                title: "Your week in review".to_owned(),
                body: format!(
                    "This week: {} goals completed, {} minutes focused",
                    review.goals_completed,
                    review.focus_seconds / 60
                ),
                link: round.link("/dashboard"),
                expires_at: weeks.end + SHOWN,
            }],
            draft: Some(Draft {
                kind: "weekly_review",
                dedupe_key: format!("weekly:{}:{week_end_on}", person.id),
                expires_at: weeks.end + SENT_WITHIN,
                is_capped: false,
                letter: Summary::of(&review, history, weeks, reader.reads_on, round),
            }),
            counted: Counters {
                reviews: 1,
                with_comparison: review.has_comparison.into(),
            },
            own: Reviewed {
                user_id: person.id,
                week_end_on,
                review,
            },
        }))
    }

    async fn settle(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<()>>,
        told: &[(&Reviewed, Outcome)],
    ) -> Result<Counters> {
        if told.is_empty() {
            return Ok(Counters::default());
        }
        sqlx::query_file!(
            "sql/weekly-review/write.sql",
            scope.tenant.id,
            scope.as_of,
            &column(told, |(of, _)| of.user_id),
            &column(told, |(of, _)| of.week_end_on),
            &column(told, |(of, _)| of.review.focus_seconds),
            &column(told, |(of, _)| of.review.previous_focus_seconds),
            &column(told, |(of, _)| of.review.sessions_completed),
            &column(told, |(of, _)| of.review.goals_completed),
            &column(told, |(of, _)| of.review.active_days),
            &column(told, |(of, _)| of.review.streak),
            &column(told, |(of, _)| of.review.completion_rate) as &[Option<Decimal>],
            &column(told, |(of, _)| of.review.best_day) as &[Option<NaiveDate>],
            &column(told, |(of, _)| of.review.has_comparison)
        )
        .execute(tx)
        .await
        .context("write the reviews")?;
        Ok(Counters::default())
    }
}

#[cfg(test)]
mod tests;
