//! Writes what became of a page's candidates, and counts what the database made of it.

use anyhow::{Context, Result, anyhow};
use chrono::TimeDelta;
use serde_json::{Map, Value, json};
use shared::{job::Scope, sql::column};
use sqlx::PgConnection;

use super::{
    Change, Counters, Settings,
    candidate::{Candidate, Status},
    day::{self, Execution},
    decision::{ATTEMPTS_MAX, Plan, Skip},
    text::{Mail, Words},
    trigger::Action,
};

/// How long a notice is shown.
const NOTICE_DAYS: i64 = 30;
/// How long a message may be late.
const MESSAGE_DAYS: i64 = 3;
/// The longest error message, in characters.
const ERROR_MAX: usize = 500;

/// A candidate that is executed.
struct Executed<'a> {
    candidate: &'a Candidate,
    plan: &'a Plan,
    words: Words,
}

/// Decides the candidates one after another against the day, and writes what came of it.
pub async fn write(tx: &mut PgConnection, scope: &Scope<Settings>, changes: &[Change]) -> Result<Counters> {
    let outcomes = settled(scope, changes)?;
    let mut executed = Vec::new();
    let mut skipped = Vec::new();
    let mut counters = Counters::default();
    for (change, outcome) in changes.iter().zip(outcomes) {
        let candidate = change.candidate.as_ref();
        match outcome {
            Ok(plan) => executed.push(Executed {
                candidate,
                plan,
                words: Words::of(candidate, &scope.settings.frontend_url),
            }),
            Err(skip) => {
                counters.skip(skip);
                // What was skipped before is left as it is.
                if candidate
                    .stored
                    .is_none_or(|stored| stored.status != Status::Skipped)
                {
                    skipped.push((candidate, Some(skip), None));
                }
            }
        }
    }
    if !executed.is_empty() {
        execute(tx, scope, &executed, &mut counters).await?;
    }
    if !skipped.is_empty() {
        record(tx, scope, &skipped).await?;
    }
    Ok(counters)
}

/// Writes a candidate down that the database refused, and takes it back from the day: it uses up no limit.
pub async fn refused(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    change: &Change,
    why: &str,
) -> Result<()> {
    scope.settings.day()?.take_back(change.candidate.place());
    let why = why.chars().take(ERROR_MAX).collect();
    record(tx, scope, &[(change.candidate.as_ref(), None, Some(why))]).await
}

/// What becomes of each candidate, in order. An earlier attempt at them that was rolled back is forgotten first.
fn settled<'a>(scope: &Scope<Settings>, changes: &'a [Change]) -> Result<Vec<Result<&'a Plan, Skip>>> {
    let mut day = scope.settings.day()?;
    if let Some(first) = changes.first() {
        day.take_back(first.candidate.place());
    }
    changes
        .iter()
        .map(|change| {
            let candidate = &change.candidate;
            let verdict = change.verdict.as_ref().map_err(|skip| *skip);
            let outcome = verdict.and_then(|plan| {
                let execution = Execution {
                    customer_id: candidate.customer_id(),
                    task_for: plan.task_for,
                };
                day::settle(&mut day, candidate.place(), execution).map(|()| plan)
            });
            let mut seen = change.outcome.lock().map_err(|_| anyhow!("a page panicked"))?;
            *seen = Some(outcome.map(|_| ()));
            Ok(outcome)
        })
        .collect()
}

async fn execute(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    executed: &[Executed<'_>],
    counters: &mut Counters,
) -> Result<()> {
    let today = scope.settings.means.distributor.today;
    let mut mails = Vec::with_capacity(executed.len());
    for one in executed {
        mails.push(one.mail(scope)?);
    }
    // Each of the execution at a place of the page, from 1 on.
    let messages: Vec<(i32, &str, String)> = (1..)
        .zip(executed)
        .flat_map(|(place, one)| {
            one.messages()
                .map(move |(channel, target)| (place, channel, target))
        })
        .collect();
    let written = sqlx::query_file!(
        "sql/process-triggers/execute.sql",
        scope.tenant.id,
        scope.run_id,
        scope.as_of,
        today,
        ATTEMPTS_MAX,
        &column(executed, |one| one.candidate.trigger.id),
        &column(executed, |one| one.candidate.dedupe_key()),
        &column(executed, |one| one.candidate.customer_id()) as &[Option<uuid::Uuid>],
        &column(executed, |one| one.candidate.sku_id()) as &[Option<uuid::Uuid>],
        &column(executed, |one| scope.settings.means.owner(one.candidate).user_id) as &[Option<uuid::Uuid>],
        &column(executed, |one| one.candidate.condition_on),
        &column(executed, Executed::metadata),
        &column(executed, |one| one.plan.task_for.is_some()),
        &column(executed, |one| one.candidate.is_timing()),
        &column(executed, |one| one.words.title.as_str()) as &[&str],
        &column(executed, |one| one.words.description.as_str()) as &[&str],
        &column(executed, |one| one.candidate.trigger.due_on(today)),
        &column(executed, |one| one.candidate.priority().as_str()) as &[&str],
        &column(&mails, |mail| mail.as_ref().map(|mail| mail.subject.as_str())) as &[Option<&str>],
        &column(&mails, |mail| mail.as_ref().map(|mail| mail.text.as_str())) as &[Option<&str>],
        &column(&mails, |mail| mail.as_ref().map(|mail| mail.html.as_str())) as &[Option<&str>],
        &column(executed, |one| one.webhook_payload(scope)) as &[Option<Value>],
        &column(executed, Executed::crm_payload) as &[Option<Value>],
        scope.as_of + TimeDelta::days(NOTICE_DAYS),
        scope.as_of + TimeDelta::days(MESSAGE_DAYS),
        &column(&messages, |(place, ..)| *place),
        &column(&messages, |(_, channel, _)| *channel) as &[&str],
        &column(&messages, |(.., target)| target.as_str()) as &[&str]
    )
    .fetch_one(tx)
    .await
    .context("execute the candidates")?;
    counters.executed += written.executed.unsigned_abs();
    // Another run was there first.
    counters.deduplicated += executed.len() as u64 - written.executed.unsigned_abs();
    counters.tasks_created += written.tasks.unsigned_abs();
    counters.notifications_created += written.notices.unsigned_abs();
    counters.emails_queued += written.emails.unsigned_abs();
    counters.webhooks_queued += written.webhooks.unsigned_abs();
    counters.crm_queued += written.crm_updates.unsigned_abs();
    Ok(())
}

/// Writes down why nothing was done: a reason to skip, or an error.
async fn record(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    records: &[(&Candidate, Option<Skip>, Option<String>)],
) -> Result<()> {
    sqlx::query_file!(
        "sql/process-triggers/record.sql",
        scope.tenant.id,
        scope.run_id,
        scope.as_of,
        scope.settings.means.distributor.today,
        ATTEMPTS_MAX,
        &column(records, |(candidate, ..)| candidate.trigger.id),
        &column(records, |(candidate, ..)| candidate.dedupe_key()),
        &column(records, |(candidate, ..)| candidate.trigger.condition.as_str()) as &[&str],
        &column(records, |(candidate, ..)| candidate.customer_id()) as &[Option<uuid::Uuid>],
        &column(records, |(candidate, ..)| candidate.sku_id()) as &[Option<uuid::Uuid>],
        &column(records, |(candidate, ..)| scope
            .settings
            .means
            .owner(candidate)
            .user_id) as &[Option<uuid::Uuid>],
        &column(records, |(candidate, ..)| candidate.condition_on),
        &column(records, |(_, skip, _)| skip.map(Skip::as_str)) as &[Option<&str>],
        &column(records, |(.., error)| error.as_deref()) as &[Option<&str>]
    )
    .execute(tx)
    .await
    .context("write down what was not executed")?;
    Ok(())
}

impl Executed<'_> {
    fn metadata(&self) -> Value {
        let omitted: Map<String, Value> = self
            .plan
            .omitted
            .iter()
            .map(|(action, why)| (action.as_str().to_owned(), json!(why)))
            .collect();
        json!({
            "type": self.candidate.trigger.condition.as_str(),
            "actions": column(&self.plan.actions(), |action: &Action| action.as_str()),
            "omitted": omitted,
            "facts": self.candidate.facts(),
        })
    }

    /// What its e-mails say, if there are any.
    fn mail(&self, scope: &Scope<Settings>) -> Result<Option<Mail>> {
        let is_sent = !self.plan.addresses.is_empty();
        is_sent
            .then(|| self.words.mail(self.candidate, &scope.tenant.name))
            .transpose()
    }

    /// What webhooks are told, if there are any.
    fn webhook_payload(&self, scope: &Scope<Settings>) -> Option<Value> {
        let candidate = self.candidate;
        (!self.plan.endpoints.is_empty()).then(|| {
            json!({
                "type": candidate.trigger.condition.event_type(),
                "timestamp": scope.as_of,
                "data": {
                    "triggerId": candidate.trigger.id,
                    "dedupeKey": candidate.dedupe_key(),
                    "customerId": candidate.customer_id(),
                    "skuId": candidate.sku_id(),
                    "conditionOn": candidate.condition_on,
                    "facts": candidate.facts(),
                },
            })
        })
    }

    /// What the CRM is told, if it is.
    fn crm_payload(&self) -> Option<Value> {
        self.plan.crm_address.as_ref()?;
        let customer = self.candidate.customer.as_ref()?;
        Some(json!({"properties": {
            "nightshift_trigger": self.candidate.trigger.condition.as_str(),
            "nightshift_condition_on": self.candidate.condition_on,
            "nightshift_last_order_date": customer.last_order_date,
            "nightshift_account_type": customer.account_type,
            "nightshift_lifecycle_stage": customer.lifecycle_stage,
        }}))
    }

    /// Its messages: channels and targets.
    fn messages(&self) -> impl Iterator<Item = (&'static str, String)> {
        let plan = self.plan;
        let emails = plan.addresses.iter().map(|address| ("email", address.clone()));
        let webhooks = plan
            .endpoints
            .iter()
            .map(|endpoint| ("webhook", endpoint.to_string()));
        let crm = plan.crm_address.iter().map(|address| ("crm", address.clone()));
        emails.chain(webhooks).chain(crm)
    }
}
