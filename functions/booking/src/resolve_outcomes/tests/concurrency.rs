//! What two runs, or a run and the application, could do at once to one appointment.

use super::*;

#[tokio::test]
async fn an_appointment_that_another_transaction_holds_is_left_for_the_next_run() {
    let (db, mut connection, tenant) = shop(3).await;
    let mut held = db.connect().await;
    let hold = format!(
        "begin; select from booking.appointment where id = '{}' for update",
        subject_id(tenant, 2)
    );
    execute(&mut held, &hold).await;
    assert_eq!(run(&db, None).await.totals.total, 2, "and it does not wait");
    // The application resolves it otherwise: what it wrote stands.
    execute(
        &mut held,
        "update booking.appointment set financial_outcome = 'disputed', resolution_reason = 'dispute_open'
         where financial_outcome = 'unresolved'; commit",
    )
    .await;
    assert_eq!(run(&db, None).await.totals.total, 0);
    let events: i64 = sqlx::query_scalar("select count(*) from booking.appointment_event")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(events, 2);
}

/// The second run's own lock lets it begin beside the first, and the application resolves some as well.
#[tokio::test]
async fn whoever_resolves_at_once_an_appointment_is_resolved_once() {
    let (db, mut connection, _) = shop(30).await;
    let disputes = async {
        let mut application = db.connect().await;
        let dispute = "update booking.appointment set financial_outcome = 'disputed', resolution_reason = 'dispute_open'
            where id in (
                select id from booking.appointment where financial_outcome = 'unresolved' order by random() limit 2
            ) and financial_outcome = 'unresolved'";
        for _ in 0..5 {
            execute(&mut application, dispute).await;
        }
    };
    let beside = async |lock_id| {
        let request = Request {
            lock_id,
            ..invoked(Visits::as_of())
        };
        db.runner(4).run(&JOB, &request, None, &mut ()).await.unwrap()
    };
    let (_, _, ()) = tokio::join!(beside(None), beside(Some(99)), disputes);
    run(&db, None).await;
    let left = "select jsonb_build_object(
            'unresolved', count(*) filter (where financial_outcome = 'unresolved'),
            'without_event', count(*) filter (where financial_outcome <> 'disputed' and events = 0),
            'with_two', count(*) filter (where events > 1)
        )
        from booking.appointment a
        cross join lateral (
            select count(*) as events from booking.appointment_event e where e.appointment_id = a.id
        ) e";
    let left: Value = sqlx::query_scalar(left).fetch_one(&mut connection).await.unwrap();
    assert_eq!(left, json!({"unresolved": 0, "without_event": 0, "with_two": 0}));
}
