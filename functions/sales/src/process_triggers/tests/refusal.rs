//! Candidates that the database refuses: they harm nobody else and use up no limit.

use super::*;

/// Many dormant customers under limits, of which these are refused; or do not exist.
async fn crowd(refused: &[u32], exist: bool) -> (TestDb, PgConnection, Uuid) {
    let (db, mut connection, tenant) =
        distributor(json!({"max_executions_per_day": 9, "max_tasks_per_owner_day": 7})).await;
    trigger(&mut connection, tenant, 1, "CUSTOMER_DORMANCY", json!({})).await;
    trigger(
        &mut connection,
        tenant,
        2,
        "CUSTOMER_DORMANCY",
        json!({"priority": "LOW"}),
    )
    .await;
    act(&mut connection, 2, &["CREATE_TASK", "UPDATE_CRM"]).await;
    dormant(&mut connection, tenant, 12).await;
    for n in refused {
        let id = subject_id(tenant, *n);
        let statement = match exist {
            true => {
                format!("alter table sales.task add constraint refused_{n} check (customer_id <> '{id}')")
            }
            false => format!("delete from sales.\"order\" where customer_id = '{id}'"),
        };
        execute(&mut connection, &statement).await;
    }
    (db, connection, tenant)
}

/// Customer, trigger, status and reason of what became of all customers but these.
async fn outcomes(connection: &mut PgConnection, but: &[Uuid]) -> Vec<Value> {
    let query = "select customer_id, trigger_id, status, skip_reason from sales.trigger_execution
        order by trigger_id, customer_id";
    let mut outcomes = all(connection, query).await;
    outcomes.retain(|row| !but.iter().any(|id| row["customer_id"] == json!(id)));
    outcomes
}

#[tokio::test]
async fn the_others_fare_as_if_the_refused_did_not_exist() {
    for (refused, batch_size) in [
        (&[3][..], 500),
        (&[1, 2, 5, 6], 500),
        (&[1, 4, 9], 5),
        (&[2, 3], 1),
    ] {
        let (db, mut connection, tenant) = crowd(refused, true).await;
        let report = shared::testing::ran(
            db.runner(batch_size)
                .run(&job(), &invoked(as_of()), None, &mut ())
                .await
                .unwrap(),
        );
        let (without, mut undisturbed, _) = crowd(refused, false).await;
        let expected = run(&without, as_of()).await;
        let ids: Vec<Uuid> = refused.iter().map(|n| subject_id(tenant, *n)).collect();
        assert_eq!(
            outcomes(&mut connection, &ids).await,
            outcomes(&mut undisturbed, &ids).await,
            "{refused:?}"
        );
        for table in ["sales.task", "platform.notification", "platform.message"] {
            assert_eq!(
                count(&mut connection, table).await,
                count(&mut undisturbed, table).await,
                "{table}"
            );
        }
        for counter in ["executed", "tasksCreated", "notificationsCreated", "crmQueued"] {
            assert_eq!(
                report.counters[counter], expected.counters[counter],
                "{refused:?}: {counter}"
            );
        }
        // Once the owner has as many tasks as he may have, nothing of them is tried any more.
        let failed = refused.len() as u64;
        assert_eq!(
            (report.totals.failed, &report.counters["failedExecutions"]),
            (failed, &json!(failed)),
            "{refused:?}"
        );
        let errors: Vec<_> = report.errors.iter().map(|error| error.subject.as_str()).collect();
        let first = format!(
            "execution:{}:dormant:{}:",
            trigger_id(1),
            subject_id(tenant, refused[0])
        );
        assert!(
            errors.iter().any(|subject| subject.starts_with(&first)),
            "{errors:?}"
        );
    }
}

#[tokio::test]
async fn a_refused_candidate_is_noted_with_why_and_no_name() {
    let (db, mut connection, tenant) = crowd(&[3], true).await;
    run(&db, as_of()).await;
    let query = format!(
        "select * from sales.trigger_execution where status = 'FAILED' and trigger_id = '{}'",
        trigger_id(1)
    );
    let noted = all(&mut connection, &query).await.remove(0);
    assert_eq!(
        noted["error_message"],
        "write refused: violates check constraint refused_3"
    );
    assert_eq!(
        (&noted["attempts"], &noted["customer_id"]),
        (&json!(1), &json!(subject_id(tenant, 3)))
    );
    assert_eq!(
        (&noted["owner_user_id"], &noted["condition_on"]),
        (&json!(OWNER), &json!("2026-09-14"))
    );
}
