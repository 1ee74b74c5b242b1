//! Two runs at once, with locks of their own: an occasion is executed once, whoever comes first.

use shared::report::{Answer, Status};

use super::*;

/// A random number below `below`, the same for the same seed.
fn random(seed: &mut u64, below: u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

async fn run_beside(db: &TestDb, batch_size: u64, lock_id: Option<i32>) -> Option<Report> {
    let request = Request {
        lock_id,
        ..invoked(as_of())
    };
    let runner = db.runner(u32::try_from(batch_size).unwrap());
    match runner.run(&job(), &request, None, &mut ()).await.unwrap() {
        Answer::Ran(report) => Some(*report),
        Answer::Skipped { .. } => None,
    }
}

#[tokio::test]
async fn every_occasion_fires_once_with_one_task_and_one_message_a_target() {
    for mut seed in 1..=8_u64 {
        let (db, mut connection, tenant) = distributor(json!({
            "default_owner_email": "owner@example.com", "manager_emails": ["m@example.com"], "crm_enabled": true,
            "max_tasks_per_owner_day": 200,
        }))
        .await;
        let config = json!({"emailTo": ["owner", "manager"]});
        trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", config).await;
        act(&mut connection, 1, &["CREATE_TASK", "SEND_EMAIL", "UPDATE_CRM"]).await;
        trigger(&mut connection, tenant, 2, "CUSTOMER_TIMING", json!({})).await;
        let emails = "update sales.customer set email = id || '@example.com'";
        let count_of_customers = 5 + u32::try_from(random(&mut seed, 20)).unwrap();
        dormant(&mut connection, tenant, count_of_customers).await;
        execute(&mut connection, emails).await;
        let held = "update sales.customer set do_not_contact_until = '2026-11-20' where name like '%2'";
        execute(&mut connection, held).await;

        let sizes = [1 + random(&mut seed, 9), 1 + random(&mut seed, 9)];
        let (one, other) = tokio::join!(
            run_beside(&db, sizes[0], None),
            run_beside(&db, sizes[1], Some(99)),
        );
        let mut executed = 0;
        for report in [one, other].into_iter().flatten() {
            let is_overtaken = report
                .error
                .as_ref()
                .is_some_and(|error| error.starts_with("superseded"));
            assert!(report.status == Status::Succeeded || is_overtaken, "{report:?}");
            executed += report.counters["executed"].as_i64().unwrap();
        }
        // Whatever was overtaken is done by the next.
        executed += run(&db, as_of()).await.counters["executed"].as_i64().unwrap();

        let successes = "sales.trigger_execution where status = 'SUCCESS'";
        assert_eq!(
            count(&mut connection, successes).await,
            i64::from(count_of_customers),
            "seed {seed}"
        );
        assert_eq!(
            executed,
            i64::from(count_of_customers),
            "counted once, seed {seed}"
        );
        assert_eq!(count(&mut connection, "sales.task").await, executed);
        assert_eq!(count(&mut connection, "platform.notification").await, executed);
        let offences = "select e.id from sales.trigger_execution e
            where e.status = 'SUCCESS'
            and (select count(*) from platform.message m where m.dedupe_key = 'trigger:' || e.trigger_id || ':' || e.dedupe_key
                or m.dedupe_key like 'trigger:' || e.trigger_id || ':' || e.dedupe_key || ':%') <>
                case when e.dedupe_key like 'dormant:%' then 3 else 0 end";
        assert_eq!(
            all(&mut connection, offences).await,
            Vec::<Value>::new(),
            "seed {seed}"
        );
        let twice = "select customer_id from sales.trigger_execution where status = 'SUCCESS' group by 1 having count(*) > 1";
        assert_eq!(
            all(&mut connection, twice).await,
            Vec::<Value>::new(),
            "seed {seed}"
        );
    }
}

/// The other run has found its candidates, and this one executes them before it writes.
#[tokio::test]
async fn what_another_run_executed_meanwhile_is_counted_as_deduplicated_and_done_once() {
    let (db, mut connection, tenant) = distributor(json!({})).await;
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", json!({})).await;
    dormant(&mut connection, tenant, 3).await;
    // As the other run does, in the middle of this one's statement before: the candidates were read by then.
    let mut late = db.connect().await;
    let scope = opened(&mut late, "UTC", as_of()).await;
    run(&db, as_of()).await;
    let page = job().read(&mut late, &scope, None, 10).await.unwrap();
    let changes: Vec<Change> = page
        .rows
        .iter()
        .filter_map(|row| ProcessTriggers::decide(&scope, row).unwrap().change)
        .collect();
    assert_eq!(changes.len(), 3, "it knows of no execution");
    let counters = job().write(&mut late, &scope, &changes).await.unwrap();
    let expected = Counters {
        deduplicated: 3,
        ..Counters::default()
    };
    assert_eq!(counters, expected);
    assert_eq!(count(&mut connection, "sales.task").await, 3);
    assert_eq!(count(&mut connection, "platform.notification").await, 3);
}
