//! Reminds people of goals that are due soon, today, or were due until three days ago: once for each date of a goal.

mod rule;

use anyhow::{Context, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
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
use rule::{Bucket, Digest, Goal, Item};

/// The job.
pub type GoalDeadlines = Reminding<Deadlines>;

/// How long after a goal's date its notice is shown: as long as it may be announced.
const SHOWN_DAYS: i64 = 3;
/// How far the dates of goals that may be told of are from that in UTC, wherever they are read.
const TOLD_BEFORE: Days = Days::new(4);
const TOLD_AFTER: Days = Days::new(9);

#[derive(Default)]
pub struct Deadlines;

/// What is announced to one person.
pub struct Announced {
    user_id: Uuid,
    read_on: NaiveDate,
    /// Every new item stands in the application.
    is_in_app: bool,
    items: Vec<Mark>,
}

/// What is remembered of an item that was announced.
struct Mark {
    goal_id: Uuid,
    due_on: NaiveDate,
    bucket: Bucket,
    is_in_digest: bool,
}

shared::counters! {
    pub struct Counters {
        /// Items announced for the first time.
        goals: u64,
        bucket_week: u64,
        bucket_tomorrow: u64,
        bucket_today: u64,
        bucket_overdue: u64,
    }
}

impl Reminder for Deadlines {
    const NAME: &'static str = "goal-deadlines";
    const LOCK_ID: i32 = 482_231;
    const SLOT: Option<Slot> = Some(Slot {
        on: On::EveryDay,
        hour: 9,
        grace: 3,
    });
    const PREFERENCE: &'static str = "goal_reminders";

    type Settings = ();
    type Facts = Vec<Goal>;
    type Letter = Digest;
    type Own = Announced;
    type Counters = Counters;

    async fn settings(&self, _: &mut PgConnection, _: DateTime<Utc>, _: &Round<()>) -> Result<()> {
        Ok(())
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<()>>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<(Person, Vec<Goal>)>> {
        let due = &scope.settings.due;
        let today = scope.as_of.date_naive();
        let rows = sqlx::query_file!(
            "sql/goal-deadlines/read.sql",
            scope.tenant.id,
            after.unwrap_or_default(),
            after,
            limit,
            &due.names,
            &due.are_due,
            due.own_is_due,
            scope.as_of,
            today - TOLD_BEFORE,
            today + TOLD_AFTER
        );
        let rows = rows.fetch_all(tx).await.context("read people and their goals")?;
        Ok(rows.into_iter().map(|row| (person!(row), row.goals.0)).collect())
    }

    fn say(scope: &Scope<Round<()>>, reader: &Reader, goals: &Vec<Goal>) -> Result<Said<Self>, Reason> {
        let (round, today) = (&scope.settings, reader.reads_on);
        let setting = &round.company.setting;
        let mut items: Vec<Item> = goals
            .iter()
            .filter_map(|goal| Item::of(goal, today, setting.goal_overdue_notice))
            .collect();
        items.sort_by(|one, other| one.goal.order().cmp(&other.goal.order()));
        let new: Vec<&Item> = items.iter().filter(|item| item.is_new).collect();
        if new.is_empty() {
            return Ok(Said::Nothing(Counted::no_content()));
        }
        let is_in_digest = |item: &Item| item.bucket != Bucket::Week || setting.goal_week_mail;
        let notice = |item: &&Item| Notice {
            channel: Channel::InApp,
            kind: item.bucket.notice_kind(),
            dedupe_key: format!(
                "goal:{}:{}:{}",
                item.goal.id,
                item.goal.due_on,
                item.bucket.name()
            ),
            title: item.title(),
            body: item.goal.state(),
            link: round.link(&item.goal.path()),
            expires_at: reader.end_of(after(item.goal.due_on, SHOWN_DAYS)),
        };
        let digest = new.iter().any(|item| is_in_digest(item));
        let mark = |item: &&Item| Mark {
            goal_id: item.goal.id,
            due_on: item.goal.due_on,
            bucket: item.bucket,
            is_in_digest: is_in_digest(item),
        };
        Ok(Said::Something(Something {
            notices: new.iter().map(notice).collect(),
            draft: digest.then(|| Draft {
                kind: "goal_digest",
                dedupe_key: format!("goal-digest:{}:{today}", reader.person.id),
                expires_at: reader.end_of(today),
                is_capped: false,
                letter: Digest::of(&items, setting.goal_week_mail, round),
            }),
            own: Announced {
                user_id: reader.person.id,
                read_on: today,
                is_in_app: reader.hears(Channel::InApp),
                items: new.iter().map(mark).collect(),
            },
            counted: Counters::default(),
        }))
    }

    async fn settle(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<()>>,
        told: &[(&Announced, Outcome)],
    ) -> Result<Counters> {
        let mut marks = Vec::new();
        for (announced, outcome) in told {
            let is_announced =
                |mark: &&Mark| announced.is_in_app || outcome.is_mail_queued && mark.is_in_digest;
            let of = announced.items.iter().filter(is_announced);
            marks.extend(of.map(|mark| (*announced, mark)));
        }
        if marks.is_empty() {
            return Ok(Counters::default());
        }
        sqlx::query_file!(
            "sql/goal-deadlines/mark.sql",
            scope.tenant.id,
            &column(&marks, |(_, mark)| mark.goal_id),
            &column(&marks, |(_, mark)| mark.due_on),
            &column(&marks, |(_, mark)| mark.bucket.name()) as &[&str],
            &column(&marks, |(to, _)| to.user_id),
            &column(&marks, |(to, _)| to.read_on)
        )
        .execute(tx)
        .await
        .context("remember what was announced")?;
        let of = |bucket| marks.iter().filter(|(_, mark)| mark.bucket == bucket).count() as u64;
        Ok(Counters {
            goals: marks.len() as u64,
            bucket_week: of(Bucket::Week),
            bucket_tomorrow: of(Bucket::Tomorrow),
            bucket_today: of(Bucket::Today),
            bucket_overdue: of(Bucket::Overdue),
        })
    }
}

#[cfg(test)]
mod tests;
