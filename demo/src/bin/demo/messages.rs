//! What goes out: messages that a distributor's triggers have queued, to receivers on this machine. The chapter checks what
//! it says.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use demo::{
    receivers::{Hook, HookReceiver, Mail, MailServer},
    words::thousands,
};
use hyper::StatusCode;
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::{
    Arguments,
    night::Night,
    paper::Paper,
    tenants::{self, Tenant},
    words::{counter, duration},
};

const JOB: &str = "deliver-messages";
/// The e-mails that are sent at most, however many there are.
const EMAILS: i64 = 50;
/// The webhooks beside them. An endpoint gets one a second, which nobody wants to watch.
const WEBHOOKS: i64 = 2;

struct Waiting {
    emails: i64,
    webhooks: i64,
}

/// Delivers what the triggers of a distributor have queued as of `due`.
pub async fn tell(
    paper: Paper,
    database: &mut PgConnection,
    arguments: &Arguments,
    url: &str,
    due: DateTime<Utc>,
) -> Result<()> {
    let (mail, hooks) = (
        MailServer::start().await?,
        HookReceiver::start(|_| StatusCode::NO_CONTENT).await?,
    );
    let distributor = with_both(database).await?;
    distributor.move_here(database, &hooks.url("/")).await?;
    let waiting = distributor.waiting(database).await?;
    let now = due + TimeDelta::minutes(10);
    let night = Night::new(&arguments.bin_dir, url, &[(JOB, now)])
        .env("SMTP_HOST", "127.0.0.1")
        .env("SMTP_PORT", &mail.port.to_string())
        .env("SMTP_FROM", "Nightshift <no-reply@nightshift.example>");
    let limit = waiting.emails.min(EMAILS) + waiting.webhooks.min(WEBHOOKS);
    let request = |key: &str, limit: i64| {
        let as_of = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        json!({"tenant": distributor.slug, "asOf": as_of, "key": key, "limit": limit})
    };

    paper.heading(&format!("At last: the messages of {} go out", distributor.name));
    let first = night.request(JOB, &request("first", limit)).await?;
    let (mails, posted) = (mail.take(), hooks.take());
    let mut sent = ids(&mails, &posted)?;
    let count = (mails.len() + posted.len()) as u64;
    ensure!(
        count == limit.cast_unsigned() && counter(&first, "sent")? == count && sent.len() as u64 == count,
        "{limit} messages go out, once each, and {count} came in: {first:?}"
    );
    paper.text(
        2,
        &format!(
            "Its triggers have queued {} e-mails and {} webhooks. {JOB}, asked for {limit} of them, handed {} e-mails to an SMTP \
             server and {} webhooks to an HTTP receiver on this machine, in {}.",
            thousands(waiting.emails),
            thousands(waiting.webhooks),
            mails.len(),
            posted.len(),
            duration(std::time::Duration::from_millis(first.duration_ms)),
        ),
    );
    show(
        paper,
        mails.first().context("an e-mail went out")?,
        posted.first(),
    )?;

    let again = night.request(JOB, &request("first", limit)).await?;
    ensure!(
        again.duplicate && mail.take().is_empty() && hooks.take().is_empty(),
        "the same request sent something again: {again:?}"
    );
    paper.checked("The same request came again: it was answered from its run's row, and nothing went out.");

    if waiting.webhooks > WEBHOOKS {
        let next = night.request(JOB, &request("next", 1)).await?;
        let more = ids(&mail.take(), &hooks.take())?;
        ensure!(
            counter(&next, "sent")? == 1 && more.len() == 1 && sent.is_disjoint(&more),
            "another run sends another message: {next:?}"
        );
        sent.extend(more);
        paper.checked(&format!(
            "Another run sent another message: {} in all, none of them twice. An endpoint gets one webhook a second; the rest waits.",
            sent.len()
        ));
    }
    Ok(())
}

/// The headers by which their receivers know an e-mail and a webhook.
fn show(paper: Paper, mail: &Mail, hook: Option<&Hook>) -> Result<()> {
    paper.text(2, "One of the e-mails:");
    for name in ["From", "To", "Subject", "Message-ID"] {
        let value = mail
            .header(name)
            .with_context(|| format!("an e-mail has no {name}"))?;
        paper.aside(4, &format!("{name}: {value}"));
    }
    if let Some(hook) = hook {
        let payload: Value = serde_json::from_str(&hook.body).context("read a webhook's payload")?;
        paper.text(2, "And one of the webhooks:");
        paper.aside(
            4,
            &format!("type: {}", payload["type"].as_str().unwrap_or_default()),
        );
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let value = hook
                .header(name)
                .with_context(|| format!("a webhook has no {name}"))?;
            paper.aside(4, &format!("{name}: {value}"));
        }
    }
    Ok(())
}

fn ids(mails: &[Mail], hooks: &[Hook]) -> Result<BTreeSet<String>> {
    let of_mails = mails.iter().map(|mail| mail.header("Message-ID"));
    let of_hooks = hooks
        .iter()
        .map(|hook| hook.header("webhook-id").map(str::to_owned));
    let ids: Option<_> = of_mails.chain(of_hooks).collect();
    ids.context("a message came without its id")
}

/// The distributor with the fewest e-mails that wait, of those that have webhooks as well.
async fn with_both(database: &mut PgConnection) -> Result<Tenant> {
    let mut fewest: Option<(i64, Tenant)> = None;
    for distributor in tenants::of_product(database, "sales").await? {
        let Waiting { emails, webhooks } = distributor.waiting(database).await?;
        if emails > 0 && webhooks > 0 && fewest.as_ref().is_none_or(|(least, _)| emails < *least) {
            fewest = Some((emails, distributor));
        }
    }
    let (_, distributor) = fewest.context("a distributor has e-mails and webhooks to send")?;
    Ok(distributor)
}

impl Tenant {
    async fn waiting(&self, connection: &mut PgConnection) -> Result<Waiting> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file_as!(Waiting, "sql/messages/waiting.sql", self.id)
            .fetch_one(&mut *tx)
            .await
            .context("count the messages that wait")
    }

    async fn move_here(&self, connection: &mut PgConnection, url: &str) -> Result<()> {
        let mut tx = self.begin(connection).await?;
        sqlx::query_file!("sql/messages/move_here.sql", self.id, url)
            .execute(&mut *tx)
            .await
            .context("move the webhook endpoints to this machine")?;
        tx.commit().await.context("commit the moved endpoints")
    }
}
