mod claiming;
mod fate;
mod trouble;
mod webhooks;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::{
    report::{Report, Status},
    request::Request,
    testing::{TestDb, all, counted, execute, insert, invoked, one},
};
use uuid::Uuid;

use super::*;
use crate::delivery::testing::{
    SECRET,
    http::{Answer, Receiver},
    instant, noon,
    smtp::{Act, Mail, Smtp},
};

/// Two tenants, and a mail server of which every reply can be chosen.
struct World {
    db: TestDb,
    smtp: Smtp,
}

impl World {
    async fn new(plan: impl Fn(&str, usize) -> Act + Send + Sync + 'static) -> Self {
        let db = TestDb::new().await;
        db.tenant("coaching", "iron-temple", "UTC").await;
        db.tenant("sales", "wine-cellar", "UTC").await;
        let smtp = Smtp::start(plan).await;
        Self { db, smtp }
    }

    /// One whose mail server takes everything.
    async fn calm() -> Self {
        Self::new(|_, _| Act::Go).await
    }

    fn program(&self) -> DeliverMessages {
        self.program_with(&[])
    }

    /// The program with variables beside those of the mail server.
    fn program_with(&self, more: &[(&str, &str)]) -> DeliverMessages {
        let port = self.smtp.port.to_string();
        let variables = |name: &str| {
            let given = [
                ("SMTP_HOST", "127.0.0.1"),
                ("SMTP_PORT", &port),
                ("SMTP_FROM", "Nightshift <no-reply@example.com>"),
            ];
            let found = more.iter().chain(&given).find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        DeliverMessages::from_variables(&Variables::new(&variables)).unwrap()
    }

    async fn run(&self) -> Report {
        self.run_at(noon()).await
    }

    async fn run_at(&self, as_of: DateTime<Utc>) -> Report {
        self.db.run(&self.program(), &invoked(as_of)).await
    }

    /// Puts a transactional e-mail of a tenant into the outbox, but for what is said of it.
    async fn mail(&self, tenant: &str, n: u32, more: Value) {
        let message = json!({
            "channel": "email",
            "target": format!("person{n}@example.com"),
            "subject": format!("Subject {n}"),
            "body_text": "Text.\n",
            "body_html": "<p>Text.</p>\n",
            "payload": {"kind": "test", "transactional": true},
        });
        self.message(tenant, n, message, more).await;
    }

    /// Puts a webhook to an endpoint into the outbox.
    async fn hook(&self, tenant: &str, n: u32, endpoint: u32, more: Value) {
        let message = json!({
            "channel": "webhook",
            "target": id(endpoint),
            "payload": {"type": "test", "data": {"n": n}},
        });
        self.message(tenant, n, message, more).await;
    }

    /// Message n, made n seconds after eleven.
    async fn message(&self, tenant: &str, n: u32, message: Value, more: Value) {
        let owner = (!tenant.is_empty()).then(|| shared::testing::tenant_id(tenant));
        let mut row = json!({
            "id": id(n),
            "tenant_id": owner,
            "job": "test",
            "dedupe_key": format!("test:{n}"),
            "subject": "", "body_text": "", "body_html": "", "headers": {},
            "status": "pending", "attempts": 0,
            "created_at": instant("2026-11-22T11:00:00Z") + chrono::TimeDelta::seconds(n.into()),
        });
        for part in [message, more] {
            for (field, value) in part.as_object().unwrap() {
                row[field] = value.clone();
            }
        }
        insert(&mut self.db.connect().await, "platform.message", &row).await;
    }

    async fn endpoint(&self, tenant: &str, n: u32, url: &str, is_ordered: bool) {
        let row = json!({
            "id": id(n), "tenant_id": shared::testing::tenant_id(tenant), "target_url": url, "event_types": ["*"],
            "secret": SECRET, "is_enabled": true, "is_ordered": is_ordered, "created_at": noon(),
        });
        insert(&mut self.db.connect().await, "platform.webhook_endpoint", &row).await;
    }

    /// Some columns of a message.
    async fn is(&self, n: u32, columns: &str) -> Value {
        let query = format!("select {columns} from platform.message where id = '{}'", id(n));
        one(&mut self.db.connect().await, &query).await
    }

    /// The messages' numbers and statuses.
    async fn statuses(&self) -> Vec<String> {
        let query = "select right(id::text, 4)::int || ' ' || status as s from platform.message order by id";
        let rows = all(&mut self.db.connect().await, query).await;
        rows.iter()
            .map(|row| row["s"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn execute(&self, statement: &str) {
        execute(&mut self.db.connect().await, statement).await;
    }

    /// Lets every endpoint's pause be over.
    async fn rested(&self) {
        self.execute("update platform.webhook_endpoint set next_send_at = null")
            .await;
    }
}

/// The id of message or endpoint n; its last digits say n.
fn id(n: u32) -> Uuid {
    format!("01930000-0000-7000-8000-{n:012}").parse().unwrap()
}

/// The numbers in the subjects of mails, sorted.
fn numbers(mails: &[Mail]) -> Vec<u32> {
    let number = |mail: &Mail| {
        mail.header("Subject")
            .unwrap()
            .replace("Subject ", "")
            .parse()
            .unwrap()
    };
    let mut numbers: Vec<u32> = mails.iter().map(number).collect();
    numbers.sort_unstable();
    numbers
}
