//! What the golden cases of the shop's jobs have in common.

use serde_json::{Value, json};
pub use shared::testing::golden::*;
use shared::testing::{TestDb, tenant_id};
use uuid::Uuid;

/// The shop of every case.
pub fn shop_id() -> Uuid {
    tenant_id("shop")
}

/// A database with the case's shop and its settings.
pub async fn shop(case: &Case) -> TestDb {
    let db = TestDb::new().await;
    let mut connection = db.connect().await;
    let tenant = json!({
        "id": shop_id(), "slug": "shop", "name": "Shop", "product": "booking", "time_zone": "UTC",
        "created_at": case.as_of,
    });
    let given = match &case.given["tenant"] {
        Value::Null => json!({}),
        given => given.clone(),
    };
    insert_given(&mut connection, "platform.tenant", tenant, &given).await;
    let setting = json!({"tenant_id": shop_id()});
    insert_given(
        &mut connection,
        "booking.setting",
        setting,
        &case.given["setting"],
    )
    .await;
    db
}
