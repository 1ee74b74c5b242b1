//! What the golden cases of the distributor's jobs have in common.

use serde_json::json;
pub use shared::testing::golden::*;
use shared::testing::{TestDb, tenant_id};
use uuid::Uuid;

/// The distributor of every case.
pub fn distributor_id() -> Uuid {
    tenant_id("vins")
}

/// A database with the case's distributor and its settings.
pub async fn distributor(case: &Case) -> TestDb {
    let db = TestDb::new().await;
    let zone = case.given["time_zone"].as_str().unwrap();
    let tenant_id = db.tenant("sales", "vins", zone).await;
    let setting = json!({"tenant_id": tenant_id});
    insert_given(
        &mut db.connect().await,
        "sales.setting",
        setting,
        &case.given["settings"],
    )
    .await;
    db
}
