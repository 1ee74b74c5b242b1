//! The shop's jobs, killed inside a page: what must be there once is there once.

use shared::testing::tenant_id;

use crate::{
    booking::Shops,
    deployed::{Kill, Product, TENANTS},
    shops::{Kind, SHOP_JOBS},
    stage::{Stage, written},
};

#[tokio::test]
async fn outcomes_are_resolved_once_and_refunds_told_once() {
    let (job, _) = SHOP_JOBS[0];
    // The limit is of each shop's run, whoever did which part of it.
    for (limit, resolved, told) in [("200", 10, 4), ("3", 6, 2)] {
        let deploy = |stage: &Stage| stage.function(job).env("RESOLVE_OUTCOMES_LIMIT", limit);
        let kill = Kill {
            job: SHOP_JOBS[0],
            at: (written(job), Kind::Due.id(tenant_id(TENANTS[0]), 3)),
            done: 2,
        };
        let stage = kill.and_call_again::<Shops>(deploy).await;
        let events = "select count(*) from booking.appointment_event where type = 'outcome_resolved'";
        assert_eq!(stage.count(events).await, resolved);
        assert_eq!(stage.count("select count(*) from platform.message").await, told);
    }
}

#[tokio::test]
async fn no_opening_has_two_live_offers_and_no_customer_two_mails_wherever_it_is_killed() {
    let (job, _) = SHOP_JOBS[1];
    for (table, kind, done) in [
        (("booking.appointment", "id"), Kind::Unpaid, 2),
        (written(job), Kind::Opening, Shops::before_the_third(job)),
    ] {
        let kill = Kill {
            job: SHOP_JOBS[1],
            at: (table, kind.id(tenant_id(TENANTS[0]), 3)),
            done,
        };
        let stage = kill.and_call_again::<Shops>(|stage| stage.function(job)).await;
        for (query, count) in [
            (
                "select count(*) from booking.slot_offer where status = 'sent'",
                10,
            ),
            (
                "select count(distinct slot_opening_id) from booking.slot_offer where status = 'sent'",
                10,
            ),
            (
                "select count(*) from platform.message where job = 'expire-offers'",
                10,
            ),
            (
                "select count(distinct (tenant_id, target)) from platform.message where job = 'expire-offers'",
                10,
            ),
            (
                "select count(*) from platform.message m
                 join booking.slot_offer f on f.status = 'sent' and m.dedupe_key = 'offer:' || f.id",
                10,
            ),
            (
                "select count(*) from booking.appointment_event where type = 'cancelled'",
                10,
            ),
        ] {
            assert_eq!(stage.count(query).await, count, "{query}, killed at {kind:?}");
        }
    }
}
