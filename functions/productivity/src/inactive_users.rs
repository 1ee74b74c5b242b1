//! Asks people who stay away back: after 3, 7, 14 and 30 days, each time by another e-mail, and then never again until
//! they have been there.

mod invitation;
mod rule;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use shared::{
    job::{Reason, Scope},
    sql::column,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::{
    goal::OpenGoal,
    reminder::{
        Draft, Reminder, Reminding, Round, Said, Something,
        cap::{Contact, Inbox},
        clock::{On, Slot},
        counted::Counted,
        outbox::Outcome,
        person::{Person, Reader, person},
    },
};
use invitation::{Done, Invitation, Past};
use rule::{Episode, Step};

/// The job.
pub type InactiveUsers = Reminding<Ladder>;

#[derive(Default)]
pub struct Ladder;

/// What a person left behind, and what he was told since.
pub struct Facts {
    last_activity_at: DateTime<Utc>,
    /// The one that his absence belongs to, if he was written to since.
    episode: Option<Episode>,
    past: Past,
    inbox: Inbox,
}

/// Somebody who is asked back.
pub struct Asked {
    user_id: Uuid,
    episode_start: NaiveDate,
    step: Step,
    is_last: bool,
}

shared::counters! {
    pub struct Counters {
        step3: u64,
        step7: u64,
        step14: u64,
        step30: u64,
        /// Episodes that ended with their last step.
        closed: u64,
        /// Episodes that ended because somebody came back.
        reactivated: u64,
    }
}

impl Reminder for Ladder {
    const NAME: &'static str = "inactive-users";
    const LOCK_ID: i32 = 482_234;
    const SLOT: Option<Slot> = Some(Slot {
        on: On::EveryDay,
        hour: 10,
        grace: 6,
    });
    const PREFERENCE: &'static str = "reengagement";

    type Settings = ();
    type Facts = Facts;
    type Letter = Invitation;
    type Own = Asked;
    type Counters = Counters;

    async fn settings(&self, _: &mut PgConnection, _: DateTime<Utc>, _: &Round<()>) -> Result<()> {
        Ok(())
    }

    async fn once(&self, tx: &mut PgConnection, scope: &Scope<Round<()>>) -> Result<Counters> {
        let closed = sqlx::query_file!("sql/inactive-users/close.sql", scope.tenant.id, scope.as_of)
            .execute(tx)
            .await
            .context("close the episodes of those who came back")?;
        Ok(Counters {
            reactivated: closed.rows_affected(),
            ..Counters::default()
        })
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<()>>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<(Person, Facts)>> {
        let due = &scope.settings.due;
        let (selected_from, selected_until) = rule::selected(scope.as_of);
        let (summed_from, summed_until) = rule::summed(scope.as_of);
        let rows = sqlx::query_file!(
            "sql/inactive-users/read.sql",
            scope.tenant.id,
            after.unwrap_or_default(),
            after,
            limit,
            &due.names,
            &due.are_due,
            due.own_is_due,
            scope.as_of,
            scope.as_of.date_naive(),
            selected_from,
            selected_until,
            summed_from,
            summed_until
        );
        let rows = rows
            .fetch_all(tx)
            .await
            .context("read people and what they left")?;
        let mut people = Vec::with_capacity(rows.len());
        for row in rows {
            let facts = Facts {
                last_activity_at: row.last_activity_at,
                episode: row.episode.map(|episode| episode.0),
                past: Past {
                    has_focused: row.has_focused,
                    last_session: row.last_ended_at.zip(row.last_seconds),
                    upcoming: row.upcoming.0,
                    open: row.open.0,
                    done: Done {
                        focus_seconds: row.focus_seconds,
                        goals_completed: row.goals_completed,
                        best_streak: row.best_streak,
                    },
                },
                inbox: Inbox {
                    contacts: row.contacts.0,
                    weekly_report: row.weekly_report,
                    monthly_report: row.monthly_report,
                },
            };
            people.push((person!(row), facts));
        }
        Ok(people)
    }

    fn say(scope: &Scope<Round<()>>, reader: &Reader, facts: &Facts) -> Result<Said<Self>, Reason> {
        let (round, today) = (&scope.settings, reader.reads_on);
        let left_on = reader.date_at(facts.last_activity_at);
        let ladder = rule::ladder(facts.past.has_focused);
        let Some(step) = rule::due((today - left_on).num_days(), ladder, facts.episode.as_ref()) else {
            return Ok(Said::Nothing(Counted::no_content()));
        };
        let id = reader.person.id;
        let episode_start = facts.episode.as_ref().map_or(left_on, |episode| episode.start);
        Ok(Said::Something(Something {
            notices: Vec::new(),
            draft: Some(Draft {
                kind: "reengagement",
                dedupe_key: format!("reengage:{id}:{episode_start}:{}", step.days()),
                expires_at: reader.end_of(today),
                is_capped: facts
                    .inbox
                    .is_full(today, round.company.setting.nudge_mails_per_week),
                letter: Invitation::of(step, reader, &facts.past, round),
            }),
            own: Asked {
                user_id: id,
                episode_start,
                step,
                is_last: ladder.last() == Some(&step),
            },
            counted: Counters::default(),
        }))
    }

    async fn settle(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<()>>,
        told: &[(&Asked, Outcome)],
    ) -> Result<Counters> {
        let asked: Vec<&Asked> = told
            .iter()
            .filter(|(_, outcome)| outcome.is_mail_queued)
            .map(|(asked, _)| *asked)
            .collect();
        if asked.is_empty() {
            return Ok(Counters::default());
        }
        sqlx::query_file!(
            "sql/inactive-users/remember.sql",
            scope.tenant.id,
            &column(&asked, |of| of.user_id),
            &column(&asked, |of| of.episode_start),
            &column(&asked, |of| of.step.days()),
            &column(&asked, |of| of.is_last),
            scope.as_of
        )
        .execute(tx)
        .await
        .context("remember who was asked back")?;
        let of = |step| asked.iter().filter(|of| of.step == step).count() as u64;
        Ok(Counters {
            step3: of(Step::Three),
            step7: of(Step::Seven),
            step14: of(Step::Fourteen),
            step30: of(Step::Thirty),
            closed: asked.iter().filter(|of| of.is_last).count() as u64,
            reactivated: 0,
        })
    }
}

#[cfg(test)]
mod tests;
