//! What two runs, or a run and the application, could do at once to one opening: tried with connections of their own.

use shared::{
    report::{Answer, Status},
    request::Request,
    testing::{TestDb, execute, invoked, scheduled},
};

use super::*;

/// Refuses every offer of an opening that is not open, whoever makes it, so that one would show as a failure.
const NO_OFFER_OF_A_CLOSED_OPENING: &str = "
    create function refuse_offer() returns trigger language plpgsql as $$
    begin
        if not exists (select from booking.slot_opening where id = new.slot_opening_id and status = 'open') then
            raise exception 'an offer of a closed opening';
        end if;
        return new;
    end $$;
    create trigger refuse_offer before insert on booking.slot_offer for each row execute function refuse_offer()";

/// The customer answers an offer: the application's transaction. True if the slot is now booked.
async fn accept(connection: &mut PgConnection, offer: Uuid, now: DateTime<Utc>) -> bool {
    let opening: Uuid = sqlx::query_scalar("select slot_opening_id from booking.slot_offer where id = $1")
        .bind(offer)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    let mut tx = sqlx::Connection::begin(connection).await.unwrap();
    let is_open: bool =
        sqlx::query_scalar("select status = 'open' from booking.slot_opening where id = $1 for update")
            .bind(opening)
            .fetch_one(&mut *tx)
            .await
            .unwrap();
    let accepted: Option<Uuid> = sqlx::query_scalar(
        "update booking.slot_offer set status = 'accepted', closed_at = $2
         where id = $1 and status = 'sent' and expires_at > $2 and $3
         returning id",
    )
    .bind(offer)
    .bind(now)
    .bind(is_open)
    .fetch_optional(&mut *tx)
    .await
    .unwrap();
    if accepted.is_none() {
        tx.rollback().await.unwrap();
        return false;
    }
    let booked = sqlx::query(
        "with filled as (
            update booking.slot_opening set status = 'filled', closed_reason = 'filled', closed_at = $2 where id = $1
        )
        insert into booking.appointment (
            tenant_id, customer_id, resource, starts_at, ends_at, status, source, source_slot_opening_id
        )
        select o.tenant_id, f.customer_id, o.resource, o.starts_at, o.ends_at, 'booked', 'slot_recovery', o.id
        from booking.slot_opening o
        join booking.slot_offer f on f.id = $3
        where o.id = $1
        on conflict do nothing",
    )
    .bind(opening)
    .bind(now)
    .bind(offer)
    .execute(&mut *tx)
    .await
    .unwrap();
    // Somebody else has booked the time: the application takes all of it back.
    if booked.rows_affected() == 0 {
        tx.rollback().await.unwrap();
        return false;
    }
    tx.commit().await.unwrap();
    true
}

#[tokio::test]
async fn a_slot_that_is_being_taken_is_left_alone_and_then_offered_no_more() {
    let (db, mut connection, tenant) = shop(2).await;
    // The offer is good for the application, whose clock is a minute behind the run's.
    let (opening, now) = (subject_id(tenant, 1), as_of() - chrono::TimeDelta::minutes(1));
    let mut customer = db.connect().await;
    execute(&mut customer, "begin").await;
    let locked = format!("select from booking.slot_opening where id = '{opening}' for update");
    execute(&mut customer, &locked).await;
    let report = run(&db).await;
    assert_eq!(
        (report.totals.total, &report.counters["triggered"]),
        (1, &json!(1)),
        "and it does not wait"
    );
    execute(&mut customer, "commit").await;
    assert!(accept(&mut customer, opening, now).await);

    let later = db.run(&job(), &invoked(as_of())).await;
    assert_eq!(later.totals.total, 0);
    let offers = format!("select status from booking.slot_offer where slot_opening_id = '{opening}'");
    assert_eq!(
        rows(&mut connection, &offers).await,
        [json!({"status": "accepted"})]
    );
}

/// The run has taken the offer back and not committed yet when the customer answers.
#[tokio::test]
async fn a_customer_who_answers_while_the_slot_goes_on_comes_too_late() {
    let (db, mut connection, tenant) = shop(1).await;
    let (opening, now) = (subject_id(tenant, 1), as_of() - chrono::TimeDelta::minutes(1));
    let gate = "create function wait() returns trigger language plpgsql as
            'begin perform pg_advisory_xact_lock(7); return new; end';
        create trigger gate before insert on booking.slot_offer for each row execute function wait();
        select pg_advisory_lock(7)";
    execute(&mut connection, gate).await;
    let (mut customer, mut admin) = (db.connect().await, db.connect().await);
    let (report, is_booked, ()) = tokio::join!(
        run(&db),
        accept_once_waited_for(&mut customer, &mut admin, opening, now),
        async {
            // The gate opens when the customer waits for the run, and the run for the gate.
            wait_for(&mut db.connect().await, 2).await;
            execute(&mut connection, "select pg_advisory_unlock(7)").await;
        }
    );
    assert_eq!(
        (report.status, &report.counters["triggered"]),
        (Status::Succeeded, &json!(1))
    );
    assert!(!is_booked);
    let statuses = rows(&mut admin, "select status from booking.slot_offer order by rank").await;
    assert_eq!(
        statuses,
        [json!({"status": "expired"}), json!({"status": "sent"})]
    );
}

/// Answers as soon as the run stands before the gate.
async fn accept_once_waited_for(
    customer: &mut PgConnection,
    admin: &mut PgConnection,
    opening: Uuid,
    now: DateTime<Utc>,
) -> bool {
    wait_for(admin, 1).await;
    accept(customer, opening, now).await
}

/// Waits, inside the server, until so many of the database's sessions wait for a lock; some ten seconds at most.
async fn wait_for(admin: &mut PgConnection, sessions: u32) {
    let wait = format!(
        "do $$ begin
            for turn in 1..1000 loop
                perform pg_stat_clear_snapshot();
                if (select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')
                    >= {sessions} then return; end if;
                perform pg_sleep(0.01);
            end loop;
            raise exception 'nobody waits';
        end $$"
    );
    execute(admin, &wait).await;
}

/// A random number below `below`, the same for the same seed.
fn random(seed: &mut u64, below: usize) -> usize {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    ((*seed >> 33) as usize) % below
}

/// What the application and its customers do at random while the job runs.
async fn act(connection: &mut PgConnection, tenant: Uuid, openings: u32, now: DateTime<Utc>, mut seed: u64) {
    for _ in 0..6 {
        let opening = subject_id(tenant, 1 + random(&mut seed, openings as usize) as u32);
        let statement = match random(&mut seed, 6) {
            0 | 1 => {
                let live = "select id from booking.slot_offer where slot_opening_id = $1 and status = 'sent'";
                let live = sqlx::query_scalar(live).bind(opening).fetch_optional(&mut *connection).await;
                if let Some(offer) = live.unwrap() {
                    accept(connection, offer, now).await;
                }
                continue;
            }
            2 => format!(
                "update booking.slot_offer set status = 'declined', closed_at = '{now}'
                 where slot_opening_id = '{opening}' and status = 'sent'"
            ),
            3 => format!(
                "update platform.message set status = 'failed'
                 where payload ->> 'openingId' = '{opening}' and status = 'pending'"
            ),
            4 => format!(
                "insert into booking.appointment (tenant_id, customer_id, resource, starts_at, ends_at, status)
                 select tenant_id, '{}', resource, starts_at, ends_at, 'booked'
                 from booking.slot_opening where id = '{opening}' on conflict do nothing",
                subject_id(tenant, 1_001)
            ),
            _ => format!(
                "update booking.slot_opening set status = 'expired', closed_reason = 'withdrawn', closed_at = '{now}'
                 where id = '{opening}' and status = 'open'"
            ),
        };
        execute(connection, &statement).await;
    }
}

#[tokio::test]
async fn whatever_happens_at_once_an_opening_has_one_live_offer_and_none_once_it_is_filled() {
    const OPENINGS: u32 = 8;
    for seed in 1..=4_u64 {
        let (db, mut connection, tenant) = shop(OPENINGS).await;
        execute(&mut connection, NO_OFFER_OF_A_CLOSED_OPENING).await;
        let setting =
            format!("insert into booking.setting (tenant_id, offer_cooldown_hours) values ('{tenant}', 0)");
        execute(&mut connection, &setting).await;
        for round in 0..6 {
            let now = as_of() + chrono::TimeDelta::minutes(10 * i64::from(round));
            let mut actors = [db.connect().await, db.connect().await];
            let [first, second] = &mut actors;
            let seed = seed * 1_000 + u64::from(round as u32);
            // The second run's own lock lets it begin beside the first.
            let ((), (), one, other) = tokio::join!(
                act(first, tenant, OPENINGS, now, seed),
                act(second, tenant, OPENINGS, now, seed + 500),
                run_beside(&db, now, None),
                run_beside(&db, now, Some(99)),
            );
            for report in [one, other].into_iter().flatten() {
                let is_overtaken = report
                    .error
                    .as_ref()
                    .is_some_and(|error| error.starts_with("superseded"));
                assert!(report.status == Status::Succeeded || is_overtaken, "{report:?}");
            }
            expect_order(&mut connection, now).await;
        }
    }
}

async fn run_beside(db: &TestDb, now: DateTime<Utc>, lock_id: Option<i32>) -> Option<Report> {
    let request = Request {
        lock_id,
        ..invoked(now)
    };
    match db.runner(3).run(&job(), &request, None, &mut ()).await.unwrap() {
        Answer::Ran(report) => Some(*report),
        Answer::Skipped { .. } => None,
    }
}

/// What must hold after any run, whoever did what meanwhile.
async fn expect_order(connection: &mut PgConnection, now: DateTime<Utc>) {
    let offences = format!(
        "select 'two live offers of one opening' as offence
         from booking.slot_offer where status = 'sent' group by slot_opening_id having count(*) > 1
         union all
         select 'two live offers to one customer'
         from booking.slot_offer f join booking.slot_opening o on o.id = f.slot_opening_id
         where f.status = 'sent' and f.expires_at > '{now}' and o.status = 'open'
         group by f.customer_id having count(*) > 1
         union all
         select 'two accepted offers of one opening'
         from booking.slot_offer where status = 'accepted' group by slot_opening_id having count(*) > 1
         union all
         select 'an opening filled without an accepted offer'
         from booking.slot_opening o where o.status = 'filled'
         and not exists (select from booking.slot_offer f where f.slot_opening_id = o.id and f.status = 'accepted')
         union all
         select 'an offer without its mail'
         from booking.slot_offer f where f.sent_at >= '{}'
         and not exists (select from platform.message m where m.dedupe_key = 'offer:' || f.id)
         union all
         select 'two offers of one rank'
         from booking.slot_offer group by slot_opening_id, rank having count(*) > 1",
        as_of()
    );
    assert_eq!(rows(connection, &offences).await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_event_that_comes_twice_at_once_makes_each_offer_once() {
    let (db, mut connection, _) = shop(4).await;
    let event = scheduled("event", as_of());
    let (runner, other) = (db.runner(2), db.runner(2));
    let (job, twin) = (job(), job());
    let run = async |runner: &shared::run::Runner, job: &ExpireOffers| {
        runner.run(job, &event, None, &mut ()).await.unwrap();
    };
    tokio::join!(run(&runner, &job), run(&other, &twin));
    let offers = rows(
        &mut connection,
        "select count(*) from booking.slot_offer where status = 'sent'",
    )
    .await;
    assert_eq!(offers, [json!({"count": 4})]);
    let mails = rows(&mut connection, "select count(*) from platform.message").await;
    assert_eq!(mails, [json!({"count": 4})]);
}
