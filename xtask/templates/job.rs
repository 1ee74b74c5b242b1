//! {{summary}}

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::json;
use shared::job::{Batch, Decision, Diff, Job, Reason, Scope, Tenant};
use sqlx::PgConnection;
use uuid::Uuid;

/// The job.
pub struct {{Type}};

/// A notice that its recipient has not read.
pub struct Row {
    id: Uuid,
    expires_at: Option<DateTime<Utc>>,
}

/// A notice to close.
pub struct Change {
    id: Uuid,
}

shared::counters! {
    pub struct Counters {
        closed: u64,
        kept: u64,
    }
}

impl Job for {{Type}} {
    const NAME: &'static str = "{{name}}";
    const PRODUCT: &'static str = "{{product}}";
    const LOCK_ID: i32 = {{lock_id}};

    type Settings = ();
    type Cursor = Uuid;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    async fn settings(&self, _tx: &mut PgConnection, _as_of: DateTime<Utc>, _tenant: &Tenant) -> Result<()> {
        Ok(())
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<()>,
        after: Option<&Uuid>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let first = after.copied().unwrap_or_default();
        let rows = sqlx::query_file_as!(Row, "sql/{{name}}/read.sql", scope.tenant.id, first, after, limit)
            .fetch_all(tx)
            .await
            .context("read the unread notices")?;
        Ok(Batch::<Self>::of(rows, limit, |row| row.id))
    }

    fn subject(row: &Row) -> String {
        format!("notice:{}", row.id)
    }

    fn decide(scope: &Scope<()>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        if is_over(scope.as_of, row.expires_at) {
            // Whether it was still unread when it was written is for the database to count.
            return Ok(Decision { change: Some(Change { id: row.id }), counted: Counters::default() });
        }
        Ok(Decision { change: None, counted: Counters { kept: 1, ..Counters::default() } })
    }

    async fn write(&self, tx: &mut PgConnection, scope: &Scope<()>, changes: &[Change]) -> Result<Counters> {
        let ids: Vec<_> = changes.iter().map(|change| change.id).collect();
        let written = sqlx::query_file!("sql/{{name}}/write.sql", scope.tenant.id, scope.as_of, &ids)
            .execute(tx)
            .await
            .context("close the notices")?;
        Ok(Counters { closed: written.rows_affected(), ..Counters::default() })
    }

    fn diff(_row: &Row, _change: &Change) -> Diff {
        Diff { before: json!({"read": false}), after: json!({"read": true}) }
    }
}

/// Whether a notice has lost its use: from the instant at which it expires. One without expiry keeps it.
fn is_over(as_of: DateTime<Utc>, expires_at: Option<DateTime<Utc>>) -> bool {
    expires_at.is_some_and(|expires_at| expires_at <= as_of)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use shared::report::Report;
    use shared::testing::{TestDb, invoked, subject_id};

    use super::*;

    fn as_of() -> DateTime<Utc> {
        "2026-11-22T03:00:00Z".parse().unwrap()
    }

    /// Three unread notices of a tenant, which differ in their expiry alone.
    async fn seed(db: &TestDb, slug: &str) {
        let tenant = db.tenant({{Type}}::PRODUCT, slug, "UTC").await;
        let second = TimeDelta::seconds(1);
        for (n, expires_at) in [(1, Some(as_of())), (2, Some(as_of() + second)), (3, None)] {
            sqlx::query(
                "insert into platform.notification (id, tenant_id, recipient_id, kind, title, dedupe_key, expires_at) \
                 values ($1, $2, $1, 'test', 'A notice', $3, $4)",
            )
            .bind(subject_id(tenant, n))
            .bind(tenant)
            .bind(n.to_string())
            .bind(expires_at)
            .execute(&mut db.connect().await)
            .await
            .unwrap();
        }
    }

    fn counted(report: &Report) -> (u64, u64, serde_json::Value) {
        (report.totals.total, report.totals.failed, json!(report.counters))
    }

    #[test]
    fn a_notice_is_over_from_its_last_second_on() {
        let second = TimeDelta::seconds(1);
        assert!(is_over(as_of(), Some(as_of() - second)));
        assert!(is_over(as_of(), Some(as_of())), "at the instant itself");
        assert!(!is_over(as_of(), Some(as_of() + second)), "a second before");
        assert!(!is_over(as_of(), None), "without expiry");
    }

    #[tokio::test]
    async fn closes_what_is_over_and_a_second_run_finds_only_the_rest() {
        let db = TestDb::new().await;
        seed(&db, "one").await;
        let first = db.run(&{{Type}}, &invoked(as_of())).await;
        assert_eq!(counted(&first), (3, 0, json!({"closed": 1, "kept": 2})));
        let second = db.run(&{{Type}}, &invoked(as_of())).await;
        assert_eq!(counted(&second), (2, 0, json!({"closed": 0, "kept": 2})));
    }

    #[tokio::test]
    async fn pages_of_one_do_what_one_page_does_for_every_tenant() {
        let db = TestDb::new().await;
        seed(&db, "one").await;
        seed(&db, "two").await;
        let answer = db.runner(1).run(&{{Type}}, &invoked(as_of()), None, &mut ()).await.unwrap();
        let report = shared::testing::ran(answer);
        assert_eq!(counted(&report), (6, 0, json!({"closed": 2, "kept": 4})));
    }
}
