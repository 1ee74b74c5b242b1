//! The shop's jobs as deployed.

mod limit;
mod resume;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    command::command,
    deployed::{Product, deployed},
    log::{checked, error},
    shops::{Kind, SHOP_JOBS, SUBJECTS},
    stage::{AS_OF, Stage, rule},
};

deployed!(Shops);

pub struct Shops;

impl Product for Shops {
    const NAME: &'static str = "booking";
    const JOBS: &'static [(&'static str, i64)] = &SHOP_JOBS;

    async fn stage() -> Stage {
        Stage::shops().await
    }

    fn expected(job: &str) -> (u64, Value) {
        match job {
            "resolve-outcomes" => (
                10,
                json!({
                    "total": 6, "resolved": 6, "skipped": 0, "backfilled": 4, "noShowsDetected": 0, "settled": 10,
                    "voided": 0, "refunded": 0, "refundsDue": 4, "limit": 200, "limitClamped": 0, "tenantsWithMore": 0,
                    "timezoneFallbacks": 0,
                }),
            ),
            "expire-offers" => (
                20,
                json!({
                    "total": 10, "expired": 10, "triggered": 10, "undeliverable": 0, "superseded": 0, "swept": 0,
                    "openingsExpired": 0, "held": 0, "waiting": 0, "released": 10, "reopened": 0, "skipped": 0,
                }),
            ),
            _ => (
                20,
                json!({
                    "scoresChanged": 20, "scoresUnchanged": 0, "noShowStatsChanged": 20, "noShowStatsUnchanged": 0,
                    "tierTop": 10, "tierNeutral": 10, "tierRisk": 0, "tierChanged": 0, "insufficientHistory": 12,
                    "stale": false,
                }),
            ),
        }
    }

    fn subject(job: &str, shop: Uuid, n: u32) -> Uuid {
        let kind = match job {
            "resolve-outcomes" => Kind::Due,
            "expire-offers" => Kind::Opening,
            _ => Kind::Customer,
        };
        kind.id(shop, n)
    }

    fn before_the_third(job: &str) -> i64 {
        match job {
            // All bookings come before the first opening.
            "expire-offers" => i64::from(SUBJECTS) + 2,
            _ => 2,
        }
    }
}

#[tokio::test]
async fn each_refund_and_each_offer_is_told_once() {
    let stage = Stage::shops().await;
    for (job, _) in SHOP_JOBS {
        stage.invoke(job, &rule(job)).await.answer().unwrap();
    }
    let messages = "select job || ' ' || count(*) from platform.message group by job order by 1";
    assert_eq!(
        stage.texts(messages).await,
        ["expire-offers 10", "resolve-outcomes 4"]
    );
}

#[tokio::test]
async fn a_dry_run_foretells_who_is_offered_a_slot() {
    let (stage, job) = (Stage::shops().await, "expire-offers");
    let dry = stage.invoke(job, &json!({"asOf": AS_OF, "dryRun": true})).await;
    let changes = dry.answer().unwrap()["changes"].as_array().unwrap();
    let mut foretold: Vec<&str> = changes
        .iter()
        .filter_map(|change| change["after"]["offered_to"].as_str())
        .collect();
    foretold.sort_unstable();
    stage.invoke(job, &json!({"asOf": AS_OF})).await.answer().unwrap();
    let made = "select 'customer:' || customer_id from booking.slot_offer where status = 'sent' order by 1";
    assert_eq!(stage.texts(made).await, foretold);
}

#[tokio::test]
async fn a_variable_that_is_missing_or_out_of_range_is_named() {
    let stage = Stage::empty().await;
    for (job, variable, value, message) in [
        ("expire-offers", "FRONTEND_URL", "", "FRONTEND_URL is not set"),
        (
            "recompute-scores",
            "RECOMPUTE_SCORES_WINDOW_DAYS",
            "29",
            "RECOMPUTE_SCORES_WINDOW_DAYS must be a whole number from 30 to 730",
        ),
        (
            "resolve-outcomes",
            "RESOLVE_OUTCOMES_LIMIT",
            "1001",
            "RESOLVE_OUTCOMES_LIMIT must be a whole number from 1 to 1000",
        ),
    ] {
        let function = stage.function(job).env(variable, value);
        let refused = checked(job, function.invoke(&rule(job)).await.unwrap());
        assert_eq!(error(&refused), ("Configuration", message));

        let ended = command(job, &[("DATABASE_URL", &stage.url), (variable, value)], &[]).await;
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(1), ""), "{job}");
        assert!(ended.stderr.contains(message), "{}", ended.stderr);
    }
    assert_eq!(stage.count("select count(*) from platform.job_run").await, 0);
}
