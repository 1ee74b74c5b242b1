//! Asks people who have not worked yet today for a short session: by a notice in the evening, and once in each spell
//! without work by an e-mail.

mod days;
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
    goal::{Day, OpenGoal, ToldGoal, nearest},
    reminder::{
        Draft, Reminder, Reminding, Round, Said, Something,
        cap::{Contact, Inbox},
        clock::{On, Slot},
        counted::{Common, Counted},
        outbox::{Channel, Notice, Outcome},
        person::{Person, Reader, person},
    },
    words,
};
use days::Days;
use rule::{Evening, Invitation, Verdict, Work};

/// The job.
pub type DailyCheck = Reminding<Check>;

/// The title of the notice, and the subject of the e-mail.
const TITLE: &str = "A short session still counts today";

/// Where a session is begun.
const TIMER: &str = "/timer";

#[derive(Default)]
pub struct Check;

/// A person's day, what he was told of late, and what he may be told.
pub struct Facts {
    evening: Evening,
    inbox: Inbox,
    goals: Vec<OpenGoal>,
}

/// Somebody who is nudged.
pub struct Nudged {
    user_id: Uuid,
    today: NaiveDate,
}

shared::counters! {
    pub struct Counters {
        /// People who got a notice, be it by one channel or by both.
        nudged: u64,
        /// People who did work today.
        had_activity: u64,
    }
}

impl Reminder for Check {
    const NAME: &'static str = "daily-check";
    const LOCK_ID: i32 = 482_232;
    const SLOT: Option<Slot> = Some(Slot {
        on: On::EveryDay,
        hour: 18,
        grace: 2,
    });
    const PREFERENCE: &'static str = "daily_checkin";

    type Settings = Days;
    type Facts = Facts;
    type Letter = Invitation;
    type Own = Nudged;
    type Counters = Counters;

    async fn settings(&self, _: &mut PgConnection, as_of: DateTime<Utc>, round: &Round<()>) -> Result<Days> {
        Ok(Days::at(as_of, &round.due))
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<Days>>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<(Person, Facts)>> {
        let days = &scope.settings.settings;
        let rows = sqlx::query_file!(
            "sql/daily-check/read.sql",
            scope.tenant.id,
            after.unwrap_or_default(),
            after,
            limit,
            &days.names,
            &days.are_due,
            &days.today,
            &days.week_from,
            &days.week_before_from,
            scope.as_of,
            rule::selected_from(scope.as_of)
        );
        let rows = rows.fetch_all(tx).await.context("read people and their day")?;
        let mut people = Vec::with_capacity(rows.len());
        for row in rows {
            let facts = Facts {
                evening: Evening {
                    last_activity_at: row.last_activity_at,
                    worked_until: row.worked_until,
                    counted_on: row.counted_on,
                    nudged_on: row.nudged_on,
                    work_days: row.work_days,
                    work: Work {
                        week_seconds: row.week_seconds,
                        week_before_seconds: row.week_before_seconds,
                    },
                },
                inbox: Inbox {
                    contacts: row.contacts.0,
                    weekly_report: row.weekly_report,
                    monthly_report: row.monthly_report,
                },
                goals: row.goals.0,
            };
            people.push((person!(row), facts));
        }
        Ok(people)
    }

    fn say(scope: &Scope<Round<Days>>, reader: &Reader, facts: &Facts) -> Result<Said<Self>, Reason> {
        let round = &scope.settings;
        let setting = &round.company.setting;
        let today = reader.date_at(scope.as_of);
        let last_focus = match facts
            .evening
            .verdict(scope.as_of, reader, setting.daily_mail_workdays_only)
        {
            Verdict::Nudge => None,
            Verdict::NudgeAndMail { last_focus } => Some(last_focus),
            silent => return Ok(Said::Nothing(counted(silent))),
        };
        let id = reader.person.id;
        let goal = nearest(&facts.goals, today);
        let body = match goal {
            Some((goal, due_on)) => format!("{}, due {}", goal.title, words::date(due_on)),
            None => "Pick one goal and start 25 minutes.".to_owned(),
        };
        let notice = |(channel, name)| Notice {
            channel,
            kind: "productivity-nudge",
            dedupe_key: format!("daily-{name}:{id}:{today}"),
            title: TITLE.to_owned(),
            body: body.clone(),
            link: round.link(TIMER),
            expires_at: reader.end_of(today),
        };
        let draft = |last_focus| Draft {
            kind: "daily_mail",
            dedupe_key: format!("daily-email:{id}:{last_focus}"),
            expires_at: reader.end_of(today),
            is_capped: facts.inbox.is_full(reader.reads_on, setting.nudge_mails_per_week),
            letter: Invitation {
                name: reader.person.name(),
                last_focus_on: Day(last_focus),
                work: facts.evening.work,
                goal: goal.map(|(goal, _)| ToldGoal::of(goal, round)),
                link: round.link(TIMER),
            },
        };
        Ok(Said::Something(Something {
            notices: [(Channel::InApp, "inapp"), (Channel::Push, "push")]
                .map(notice)
                .into(),
            draft: last_focus.map(draft),
            own: Nudged { user_id: id, today },
            counted: Counters::default(),
        }))
    }

    async fn settle(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Round<Days>>,
        told: &[(&Nudged, Outcome)],
    ) -> Result<Counters> {
        let nudged: Vec<&Nudged> = told
            .iter()
            .filter(|(_, outcome)| outcome.notices > 0)
            .map(|(nudged, _)| *nudged)
            .collect();
        if nudged.is_empty() {
            return Ok(Counters::default());
        }
        let key = |of: &&Nudged| format!("daily-nudge:{}:{}", of.user_id, of.today);
        sqlx::query_file!(
            "sql/daily-check/log.sql",
            scope.tenant.id,
            &column(&nudged, key),
            &column(&nudged, |of| of.user_id),
            &column(&nudged, |of| of.today)
        )
        .execute(tx)
        .await
        .context("remember who was nudged")?;
        Ok(Counters {
            nudged: nudged.len() as u64,
            had_activity: 0,
        })
    }
}

/// What somebody counts as to whom nothing is said.
fn counted(verdict: Verdict) -> Counted<Counters> {
    let common = Common::default();
    match verdict {
        Verdict::Quiet => Counted::common(Common {
            skipped_quiet: 1,
            ..common
        }),
        Verdict::HadActivity => Counted::own(Counters {
            had_activity: 1,
            ..Counters::default()
        }),
        Verdict::NudgedEnough => Counted::common(Common {
            eligible: 1,
            skipped_cap: 1,
            ..common
        }),
        Verdict::Nothing | Verdict::Nudge | Verdict::NudgeAndMail { .. } => Counted::no_content(),
    }
}

#[cfg(test)]
mod tests;
