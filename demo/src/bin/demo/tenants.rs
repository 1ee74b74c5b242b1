//! The tenants, as the database lists them.

use anyhow::{Context, Result};
use sqlx::{Connection, PgConnection, PgTransaction};
use uuid::Uuid;

pub struct Tenant {
    pub id: Uuid,
    pub slug: String,
    pub name: String,
    pub time_zone: String,
}

pub async fn of_product(connection: &mut PgConnection, product: &str) -> Result<Vec<Tenant>> {
    sqlx::query_file_as!(Tenant, "sql/tenants.sql", product)
        .fetch_all(connection)
        .await
        .with_context(|| format!("list the tenants of {product}"))
}

impl Tenant {
    /// Begins a transaction that sees this tenant's rows, whoever is logged in.
    pub async fn begin<'a>(&self, connection: &'a mut PgConnection) -> Result<PgTransaction<'a>> {
        let mut tx = connection.begin().await.context("begin a transaction")?;
        sqlx::query_scalar!(
            "select set_config('app.tenant_id', $1, true)",
            self.id.to_string()
        )
        .fetch_one(&mut *tx)
        .await
        .context("set the tenant")?;
        Ok(tx)
    }
}

/// What is found of each tenant, in order.
pub async fn each<T>(tenants: &[Tenant], mut find: impl AsyncFnMut(&Tenant) -> Result<T>) -> Result<Vec<T>> {
    let mut found = Vec::new();
    for tenant in tenants {
        found.push(find(tenant).await?);
    }
    Ok(found)
}
