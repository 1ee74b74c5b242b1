//! A run that dies between two pages, where every limit binds: what comes after it goes on counting as it did.

use shared::{report::Totals, run::Watch, testing::scheduled};
use tokio::sync::Notify;

use super::*;

/// Stands still for good after so many pages.
struct Stuck {
    pages: usize,
    reached: Arc<Notify>,
}

impl Watch for Stuck {
    async fn page(&mut self, _so_far: Totals) {
        self.pages -= 1;
        if self.pages == 0 {
            self.reached.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

/// Seven dormant customers whom an urgent trigger with tasks and one that is not look at, and between the two one that
/// writes to those with a date: it clears the date, so that a run that begins later does not find it.
async fn crowded() -> (TestDb, PgConnection) {
    let (db, mut connection, tenant) = distributor(json!({
        "default_owner_email": "owner@example.com", "max_tasks_per_owner_day": 4, "max_executions_per_day": 6,
    }))
    .await;
    for (n, trigger_type, config) in [
        (1, "CUSTOMER_DORMANCY", json!({"priority": "HIGH"})),
        (2, "CUSTOMER_DORMANCY", json!({"priority": "LOW"})),
        (3, "CUSTOMER_TIMING", json!({})),
    ] {
        trigger(&mut connection, tenant, n, trigger_type, config).await;
    }
    act(&mut connection, 3, &["SEND_EMAIL"]).await;
    dormant(&mut connection, tenant, 7).await;
    for (n, date) in [
        (1, "2026-11-18"),
        (5, "2026-11-19"),
        (6, "2026-11-20"),
        (7, "2026-11-21"),
    ] {
        let hold = format!(
            "update sales.customer set do_not_contact_until = '{date}' where id = '{}'",
            subject_id(tenant, n)
        );
        execute(&mut connection, &hold).await;
    }
    (db, connection)
}

/// All that it left: the distributor's rows, notices and messages.
async fn left(db: &TestDb, connection: &mut PgConnection) -> (Vec<String>, Vec<Value>, Vec<Value>) {
    let notices = "select dedupe_key, title, body, expires_at from platform.notification order by 1";
    let messages =
        "select dedupe_key, channel, target, subject, body_text, body_html, payload, not_before, expires_at
        from platform.message order by 1";
    (
        db.state("sales").await,
        all(connection, notices).await,
        all(connection, messages).await,
    )
}

#[tokio::test]
async fn a_crash_at_any_page_boundary_changes_no_outcome() {
    let (db, mut connection) = crowded().await;
    let undisturbed = run(&db, as_of()).await;
    let expected = left(&db, &mut connection).await;
    let limits = ["CustomerLimit", "OwnerLimit", "TenantLimit"];
    let binding = limits.map(|limit| undisturbed.counters[format!("skipped{limit}")].as_u64().unwrap());
    assert_eq!((undisturbed.totals.total, binding), (18, [7, 4, 1]));
    for pages in 1..=9 {
        let (db, mut connection) = crowded().await;
        let (runner, job, event) = (db.runner(2), job(), scheduled("event", as_of()));
        let reached = Arc::new(Notify::new());
        let mut watch = Stuck {
            pages,
            reached: reached.clone(),
        };
        // What a killed process holds is dropped.
        tokio::select! {
            answer = runner.run(&job, &event, None, &mut watch) => panic!("the run ended: {answer:?}"),
            () = reached.notified() => {}
        }
        let lock = ProcessTriggers::LOCK_ID;
        execute(
            &mut connection,
            &format!("select pg_advisory_lock({lock}), pg_advisory_unlock({lock})"),
        )
        .await;
        let resumed = shared::testing::ran(runner.run(&job, &event, None, &mut ()).await.unwrap());
        assert!(resumed.resumed, "after {pages} pages");
        assert_eq!(left(&db, &mut connection).await, expected, "after {pages} pages");
        assert_eq!(
            (resumed.totals, &resumed.counters),
            (undisturbed.totals, &undisturbed.counters),
            "after {pages} pages"
        );
    }
}
