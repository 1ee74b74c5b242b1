//! Companies of people with goals and timers for a demo, a test or a benchmark: the same rows with the same ids for the
//! same seed.
//!
//! People work every day or every other one, at night or at weekends, come, look around, fall silent or leave; timers are
//! running, paused or forgotten; goals are due about now or were reached long ago. Nights before have left how each
//! person worked on each date and what each day was like, up to four days and a week ago. No figure of later days is
//! filled, and nobody has been reminded of what is due now: that is what the jobs are for.

mod activity;
mod diary;
mod goals;
mod habit;
mod person;
mod places;
mod post;
mod timer;
mod traffic;

#[cfg(test)]
mod tests;

use anyhow::{Context, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::{bare, copy::Rows, names::Place, random::Random};
use diary::Diary;
use places::PLACES;

/// People in one round of inserts: at a hundred sessions each, some thirty megabytes in memory.
const CHUNK: u32 = 1_000;

/// The tables that are filled without their indexes: those that grow with everything that people do.
pub const LARGEST: &str = "productivity.goal, productivity.goal_reminder_mark, productivity.timer_session, \
                           productivity.user_activity_day, productivity.activity_event, \
                           productivity.user_daily_focus";

/// Days of which there are numbers, and the latest days of which there are none: of people and of the company.
const DAYS_KNOWN: u64 = 62;
const DATES_OPEN: u64 = 4;
const DAYS_OPEN: u64 = 8;

/// How much is made up.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub companies: u32,
    pub people_per_company: u32,
    /// The mean of all people, nearly, breaks and the sessions of last year among them.
    pub sessions_per_person: u32,
    /// Whether the last company has a time zone that nobody knows: to its jobs that is UTC.
    pub unknown_zone: bool,
}

/// How many rows were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    pub companies: u64,
    pub people: u64,
    pub preferences: u64,
    pub suppressions: u64,
    pub goals: u64,
    pub marks: u64,
    pub sessions: u64,
    pub activity_days: u64,
    pub events: u64,
    pub messages: u64,
    pub contacts: u64,
    pub notices: u64,
    pub episodes: u64,
    pub minutes: u64,
    pub focus_days: u64,
    pub days: u64,
}

/// Fills a migrated database with companies as they stand at `as_of`, in one transaction.
///
/// The connection must be a superuser's: PostgreSQL copies into no table whose policies bind the writer.
///
/// # Errors
/// When the database refuses, as it does when companies of the same names are there already.
pub async fn fill(conn: &mut PgConnection, seed: u64, as_of: DateTime<Utc>, size: Size) -> Result<Filled> {
    // Other products' tenants of the same seed may be there, and took the first ids.
    let mut random = Random::new(seed ^ u64::from_be_bytes(*b"producti"));
    let mut filled = Filled::default();
    let mut tx = conn.begin().await.context("begin to fill the companies")?;
    bare::set_aside(&mut tx, LARGEST).await?;
    for number in 0..size.companies {
        let company = Company::draw(number, as_of, size, &mut random);
        company
            .fill(&mut tx, size, &mut random, &mut filled)
            .await
            .with_context(|| format!("fill company {}", company.slug))?;
    }
    bare::put_back(&mut tx).await?;
    // Lets the planner know what has come.
    let analyze = format!(
        "analyze productivity.app_user, productivity.notification_pref, productivity.http_minute_stat, \
         productivity.daily_metric, productivity.contact_log, platform.message, platform.notification, {LARGEST}"
    );
    tx.execute(AssertSqlSafe(analyze))
        .await
        .context("analyse the tables")?;
    tx.commit().await.context("commit the companies")?;
    Ok(filled)
}

/// A company and the instant at which it is there.
struct Company {
    id: Uuid,
    place: Place,
    name: String,
    slug: String,
    time_zone: &'static str,
    as_of: DateTime<Utc>,
    /// Whether it has settings of its own.
    is_tuned: bool,
    /// Whether hardly anybody worked yesterday.
    was_out: bool,
    /// Whether its application fails too often at the moment.
    is_in_trouble: bool,
}

impl Company {
    fn draw(number: u32, as_of: DateTime<Utc>, size: Size, random: &mut Random) -> Self {
        let place = PLACES[number as usize % PLACES.len()];
        let (name, slug) = place.branch(number as usize / PLACES.len());
        let is_lost = size.unknown_zone && number + 1 == size.companies;
        Self {
            id: random.id(),
            place,
            name,
            slug,
            time_zone: place.time_zone(is_lost),
            as_of,
            is_tuned: number % 3 == 1,
            was_out: number % 3 == 1,
            is_in_trouble: number % 3 == 2,
        }
    }

    async fn fill(
        &self,
        tx: &mut PgConnection,
        size: Size,
        random: &mut Random,
        filled: &mut Filled,
    ) -> Result<()> {
        filled.companies += self.insert(tx).await?;
        if self.is_tuned {
            self.insert_setting(tx).await?;
        }
        for first in (0..size.people_per_company).step_by(CHUNK as usize) {
            let mut diary = Diary::new();
            for number in first..size.people_per_company.min(first + CHUNK) {
                person::add(self, &mut diary, number, size, random);
            }
            diary.write(tx, filled).await?;
        }
        filled.minutes += traffic::fill(self, tx, random).await?;
        let before = |days| self.as_of.date_naive() - Days::new(days);
        filled.focus_days += self
            .sum_up(
                tx,
                include_str!("../sql/productivity/focus.sql"),
                &[before(DATES_OPEN)],
            )
            .await?;
        filled.days += self
            .sum_up(
                tx,
                include_str!("../sql/productivity/days.sql"),
                &[before(DAYS_KNOWN), before(DAYS_OPEN)],
            )
            .await?;
        Ok(())
    }

    async fn insert(&self, tx: &mut PgConnection) -> Result<u64> {
        let mut tenant = Rows::new(
            "copy platform.tenant (id, slug, name, product, time_zone, created_at) from stdin (format binary)",
        );
        tenant.push(&[
            &self.id,
            &self.slug,
            &self.name,
            &"productivity",
            &self.time_zone,
            &self.as_of,
        ]);
        tenant.write(tx).await
    }

    /// E-mails also of goals that are due within a week, and three instead of two a week that nobody asked for.
    async fn insert_setting(&self, tx: &mut PgConnection) -> Result<()> {
        let mut setting = Rows::new(
            "copy productivity.setting (tenant_id, goal_week_mail, nudge_mails_per_week) from stdin (format binary)",
        );
        setting.push(&[&self.id, &true, &3_i16]);
        setting.write(tx).await?;
        Ok(())
    }

    /// Writes what earlier nights have found out, of these days.
    async fn sum_up(
        &self,
        tx: &mut PgConnection,
        statement: &'static str,
        days: &[NaiveDate],
    ) -> Result<u64> {
        let mut query = sqlx::query(statement).bind(self.id);
        for day in days {
            query = query.bind(day);
        }
        let written = query.execute(tx).await.context("sum up earlier days")?;
        Ok(written.rows_affected())
    }
}
