//! Tables without their indexes and foreign keys while many rows are put into them.

use anyhow::{Context, Result};
use sqlx::PgConnection;

/// Takes the indexes, keys and foreign keys of these tables away, which are named with a comma and a blank
/// between them.
pub async fn set_aside(tx: &mut PgConnection, tables: &str) -> Result<()> {
    sqlx::query("select set_config('demo.bare', $1, true)")
        .bind(tables)
        .execute(&mut *tx)
        .await
        .context("name the largest tables")?;
    sqlx::raw_sql(include_str!("../sql/set_aside.sql"))
        .execute(tx)
        .await
        .context("set the indexes of the largest tables aside")?;
    Ok(())
}

/// Puts all of it back.
pub async fn put_back(tx: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql(include_str!("../sql/put_back.sql"))
        .execute(tx)
        .await
        .context("put the indexes of the largest tables back")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use shared::testing::TestDb;
    use sqlx::Connection;

    use super::*;
    use crate::{booking, coaching, productivity, sales, training};

    async fn laid_down(connection: &mut PgConnection) -> (String, i64) {
        sqlx::query_as(
            "select md5(string_agg(definition, ' ' order by definition)), count(*)
            from (
                select format('%s %s', indrelid::regclass, pg_get_indexdef(indexrelid)) from pg_index
                union all
                select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
            ) as laid_down (definition)",
        )
        .fetch_one(connection)
        .await
        .unwrap()
    }

    #[tokio::test]
    async fn puts_back_all_that_it_has_set_aside() {
        let db = TestDb::new().await;
        for tables in [
            coaching::LARGEST,
            booking::LARGEST,
            sales::LARGEST,
            training::LARGEST,
            productivity::LARGEST,
        ] {
            let mut connection = db.connect().await;
            let mut tx = connection.begin().await.unwrap();
            let before = laid_down(&mut tx).await;
            set_aside(&mut tx, tables).await.unwrap();
            assert!(laid_down(&mut tx).await.1 < before.1, "{tables}");
            put_back(&mut tx).await.unwrap();
            assert_eq!(laid_down(&mut tx).await, before, "{tables}");
        }
    }
}
