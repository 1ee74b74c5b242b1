//! Who left is erased: nothing in the product's tables bears his id, and nothing that was written to him is left.

use serde_json::json;
use shared::testing::{all, execute, invoked, one};
use sqlx::{AssertSqlSafe, PgConnection};

use super::{JOB, as_of, world};

/// How many rows with an erased user's id each table has.
async fn rows_of_the_erased(connection: &mut PgConnection) -> Vec<(String, i64)> {
    let columns = "select c.table_schema || '.' || c.table_name, c.column_name::text
        from information_schema.columns c
        join information_schema.tables t using (table_schema, table_name)
        where t.table_type = 'BASE TABLE'
        and (c.table_schema = 'productivity' and c.column_name = 'user_id'
            or c.table_schema || '.' || c.table_name in ('productivity.app_user', 'platform.message') and c.column_name = 'id'
            or c.table_name = 'notification' and c.column_name = 'recipient_id')
        order by 1";
    let columns: Vec<(String, String)> = sqlx::query_as(columns).fetch_all(&mut *connection).await.unwrap();
    let mut rows = Vec::new();
    for (table, column) in columns {
        let erased = match table.as_str() {
            "platform.message" => "scratch.written",
            _ => "scratch.erased",
        };
        let count = format!("select count(*) from {table} where {column} in (select id from {erased})");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        rows.push((table, count));
    }
    rows
}

#[tokio::test]
async fn nothing_of_an_erased_user_is_left_but_that_he_is_not_to_be_written_to() {
    let (db, _) = world::company(41).await;
    let connection = &mut db.connect().await;
    execute(
        connection,
        "update productivity.app_user set deleted_at = case when id = md5('user1')::uuid then null else timestamptz '2024-01-01 00:00Z' end;
        create table scratch.erased as
            select id from productivity.app_user where deleted_at is not null and not legal_hold;
        create table scratch.written as
            select m.id from platform.message m join productivity.contact_log c using (tenant_id, dedupe_key)
            where c.user_id in (select id from scratch.erased) and c.created_at >= '2023-05-27 04:00Z';
        create table scratch.erasure (id uuid, transaction xid8);
        create function scratch.note() returns trigger language plpgsql security definer as $$
        begin
            insert into scratch.erasure values (old.id, pg_current_xact_id());
            return old;
        end $$;
        create trigger note before delete on productivity.app_user for each row execute function scratch.note()",
    )
    .await;
    let before = rows_of_the_erased(connection).await;
    assert!(before.len() >= 17, "{before:?}");
    assert!(before.iter().all(|(_, rows)| *rows > 0), "{before:?}");
    let suppressed = "select * from platform.suppression order by id";
    let suppressed_before = all(connection, suppressed).await;

    let report = db.run(&JOB, &invoked(as_of())).await;
    assert_eq!(report.counters["erasedUsers"], 11);
    let left: Vec<_> = rows_of_the_erased(connection)
        .await
        .into_iter()
        .filter(|(_, rows)| *rows > 0)
        .collect();
    assert_eq!(left, []);
    assert_eq!(all(connection, suppressed).await, suppressed_before);
    let kept =
        "select count(*) as users, count(*) filter (where legal_hold) as held from productivity.app_user";
    assert_eq!(one(connection, kept).await, json!({"users": 4, "held": 3}));
    let each = "select count(*) as users, count(distinct transaction) as transactions from scratch.erasure";
    assert_eq!(
        one(connection, each).await,
        json!({"users": 11, "transactions": 11})
    );
}
