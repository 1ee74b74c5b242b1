//! The distributor's jobs as deployed.

mod stage;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    deployed::{Product, deployed},
    stage::Stage,
};
use stage::{Kind, SUBJECTS};

deployed!(Distributors);

pub struct Distributors;

impl Product for Distributors {
    const NAME: &'static str = "sales";
    const JOBS: &'static [(&'static str, i64)] = &[
        ("update-account-types", 482_221),
        ("sample-metrics", 482_222),
        ("calculate-burn-rates", 482_223),
        ("process-triggers", 482_224),
    ];

    async fn stage() -> Stage {
        Stage::distributors().await
    }

    fn expected(job: &str) -> (u64, Value) {
        match job {
            "update-account-types" => (
                10,
                json!({
                    "changed": 10, "unchanged": 0, "accountTypeChanged": 10, "lifecycleChanged": 10,
                    "lastOrderDateChanged": 10, "firstOrdersMarked": 10, "firstOrdersCleared": 0, "highVolume": 0,
                    "mediumVolume": 0, "lowVolume": 10, "noVolume": 0, "active": 10, "target": 0, "prospect": 0,
                    "hold": 0,
                }),
            ),
            "sample-metrics" => (
                10,
                json!({
                    "samples": 10, "conversions": 10, "samplesFlagged": 10, "samplesUnflagged": 0,
                    // All, a category, a rep, a segment, category and rep, and a row for each product.
                    "rowsWritten": 2 * (5 + SUBJECTS), "rowsUnchanged": 0, "rowsDeleted": 0, "metricsWithheld": 0,
                    "stale": false,
                }),
            ),
            "calculate-burn-rates" => (
                20,
                json!({
                    "skus": 10, "customers": 10, "skusUpdated": 10, "skusUnchanged": 0, "insufficientHistory": 0,
                    "withoutInventory": 0, "alertsOpened": 10, "alertsUpdated": 0, "alertsResolved": 0,
                    "recommendations": 0, "recommendationsDeleted": 0, "ratesWritten": 10, "ratesUnchanged": 0,
                    "ratesDeleted": 0,
                }),
            ),
            _ => (
                10,
                json!({
                    "triggersProcessed": 4, "matched": 10, "deduplicated": 0, "executed": 10, "skipped": 0,
                    "skippedDoNotContact": 0, "skippedMissingOwner": 0, "skippedNoTarget": 0, "skippedCooldown": 0,
                    "skippedCustomerLimit": 0, "skippedOwnerLimit": 0, "skippedTenantLimit": 0,
                    "failedExecutions": 0, "tasksCreated": 10, "notificationsCreated": 10, "emailsQueued": 10,
                    "webhooksQueued": 0, "crmQueued": 10, "stale": false,
                }),
            ),
        }
    }

    fn of_one_attempt(job: &str) -> &'static [&'static str] {
        match job {
            "sample-metrics" => &["samplesFlagged"],
            _ => &[],
        }
    }

    fn subject(job: &str, distributor: Uuid, n: u32) -> Uuid {
        let kind = match job {
            "sample-metrics" => Kind::Sample,
            "calculate-burn-rates" => Kind::Sku,
            _ => Kind::Customer,
        };
        kind.id(distributor, n)
    }
}
