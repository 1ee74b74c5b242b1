//! `deliver-messages` as deployed: the real binary, a real database, and receivers that keep what they get.

mod crash;
mod many;
mod runs;
mod trouble;

use chrono::{DateTime, Utc};
use demo::{
    receivers::{HookReceiver, Mail, MailServer},
    runtime_api::{Function, Invocation},
};
use hyper::StatusCode;
use serde_json::{Value, json};
use shared::testing::{execute, insert, subject_id, tenant_id};
use uuid::Uuid;

use crate::{
    log::{checked, error},
    stage::{AS_OF, Stage, rule, rule_with_id, skipped},
};

const JOB: &str = "deliver-messages";
const LOCK: i64 = 482_251;
/// Before [`AS_OF`]: what was written then is due.
const WRITTEN: &str = "2026-02-03T03:00:00Z";
/// Base64 of 24 bytes.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Two tenants of two products, a mail server and a receiver of webhooks.
struct Post {
    stage: Stage,
    mail: MailServer,
    hooks: HookReceiver,
    alpha: Uuid,
    beta: Uuid,
}

impl Post {
    async fn new() -> Self {
        let stage = Stage::empty().await;
        Self {
            alpha: stage.tenant("coaching", "alpha", "UTC").await,
            beta: stage.tenant("booking", "beta", "UTC").await,
            stage,
            mail: MailServer::start().await.unwrap(),
            hooks: HookReceiver::start(|_| StatusCode::NO_CONTENT).await.unwrap(),
        }
    }

    fn function(&self) -> Function {
        self.stage
            .function(JOB)
            .env("SMTP_HOST", "127.0.0.1")
            .env("SMTP_PORT", &self.mail.port.to_string())
            .env("SMTP_FROM", "Nightshift <no-reply@example.com>")
    }

    async fn invoke(&self, event: &Value) -> Invocation {
        checked(JOB, self.function().invoke(event).await.unwrap())
    }

    async fn execute(&self, statement: &str) {
        execute(&mut self.stage.db.connect().await, statement).await;
    }

    /// Writes the n-th message of a tenant (None: of the operator), with what else is to stand in the row.
    async fn message(&self, tenant: Option<Uuid>, n: u32, row: Value) -> Uuid {
        let id = subject_id(tenant.unwrap_or_else(|| tenant_id("operator")), n);
        let mut whole = json!({
            "id": id, "tenant_id": tenant, "job": "coach-actions", "channel": "email", "dedupe_key": format!("message-{n}"),
            "target": format!("zebulon-{n}@leak.example"), "subject": "For Zebulon", "body_text": "Dear Quagmire\n",
            "body_html": "<p>Dear Quagmire</p>\n", "payload": {"kind": "note", "transactional": true}, "created_at": WRITTEN,
        });
        let fields = whole.as_object_mut().unwrap();
        fields.extend(row.as_object().unwrap().clone());
        insert(&mut self.stage.db.connect().await, "platform.message", &whole).await;
        id
    }

    async fn email(&self, tenant: Option<Uuid>, n: u32) -> Uuid {
        self.message(tenant, n, json!({})).await
    }

    /// Writes the n-th message of a tenant, a webhook to an endpoint of its own.
    async fn webhook(&self, tenant: Uuid, n: u32) -> Uuid {
        let endpoint = subject_id(tenant, 1_000 + n);
        let row = json!({
            "id": endpoint, "tenant_id": tenant, "target_url": self.hooks.url(&format!("/quagmire/{n}")), "secret": SECRET,
        });
        let mut admin = self.stage.db.connect().await;
        insert(&mut admin, "platform.webhook_endpoint", &row).await;
        let payload = json!({"type": "note.made", "data": {"n": n}});
        let row = json!({"channel": "webhook", "target": endpoint, "payload": payload});
        self.message(Some(tenant), n, row).await
    }

    /// What stands in the outbox: whose, which, its status, attempts and what the receiver called it.
    async fn outbox(&self) -> Vec<String> {
        let outbox = "select concat_ws(' ', coalesce(t.slug, 'operator'), m.dedupe_key, m.status, m.attempts, m.provider_ref)
            from platform.message m left join platform.tenant t on t.id = m.tenant_id order by 1";
        self.stage.texts(outbox).await
    }

    /// Every row that sending might touch, of some tenants, with the version that any write would change.
    async fn rows(&self, whose: &str) -> Vec<String> {
        let mut rows = Vec::new();
        for table in ["platform.message", "platform.webhook_endpoint"] {
            let query = format!("select '{table} ' || t.xmin || t from {table} t where {whose} order by 1");
            rows.extend(self.stage.texts(&query).await);
        }
        rows
    }

    /// The ids of the e-mails and webhooks that the receivers got, sorted.
    fn got(&self) -> Vec<String> {
        let mails = self.mail.take().iter().map(message_id).collect::<Vec<_>>();
        let hooks = self.hooks.take();
        let hooks = hooks
            .iter()
            .map(|hook| hook.header("webhook-id").unwrap().to_owned());
        let mut got: Vec<String> = mails.into_iter().chain(hooks).collect();
        got.sort_unstable();
        got
    }
}

/// The message's id, of which the Message-ID is made.
fn message_id(mail: &Mail) -> String {
    let header = mail.header("Message-ID").unwrap();
    let id = header
        .strip_prefix('<')
        .and_then(|id| id.strip_suffix("@example.com>"));
    id.unwrap().to_owned()
}

fn sorted<const N: usize>(ids: [Uuid; N]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    ids.sort_unstable();
    ids
}

/// All counters, these and the others at nothing.
fn counters(counted: &Value) -> Value {
    let mut all = json!({
        "sent": 0, "retried": 0, "failed": 0, "expired": 0, "suppressed": 0, "closed": 0, "due": 0, "endpointsDisabled": 0,
        "more": false,
    });
    let fields = all.as_object_mut().unwrap();
    fields.extend(counted.as_object().unwrap().clone());
    all
}

fn direct(request: Value) -> Value {
    let mut request = request;
    request["asOf"] = json!(AS_OF);
    request
}

/// As if its claims had ended and its endpoints' with them.
async fn let_claims_end(post: &Post) {
    let ended: DateTime<Utc> = AS_OF.parse().unwrap();
    for statement in [
        format!(
            "update platform.message set next_attempt_at = '{ended}' where next_attempt_at is not null and status = 'sending'"
        ),
        "update platform.webhook_endpoint set next_send_at = null".to_owned(),
    ] {
        post.execute(&statement).await;
    }
}
