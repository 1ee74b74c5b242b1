//! What the tests of all reminder jobs have in common.

use serde_json::{Value, json};
use shared::{
    config::Variables,
    testing::{TestDb, counted, invoked},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Reminder, Reminding};
use crate::golden::{self, Case, FRONTEND_URL, assert_rows, list};

/// A reminder job as these variables make it.
pub fn job<R: Reminder>(clock: &str) -> Reminding<R> {
    let value = |name: &str| match name {
        "REMINDER_CLOCK" => Some(clock.to_owned()),
        "FRONTEND_URL" => Some(format!("{FRONTEND_URL}/")),
        _ => None,
    };
    Reminding::from_variables(&Variables::new(&value)).unwrap()
}

/// Runs each golden case: its counters, all of them, the notices, the e-mails, and the rows of further tables, each
/// `(name in expect, query)`, where the case says something of them.
pub async fn assert_golden<R: Reminder>(file: &str, tables: &[(&str, &str)]) {
    for case in golden::cases(file) {
        let db = golden::company(&case).await;
        let job = job::<R>(case.given["clock"].as_str().unwrap_or("utc"));
        let report = db.run(&job, &invoked(case.as_of)).await;
        assert_eq!(counted(&report), case.expect["counters"], "{}", case.name);
        assert_left(&db, &case, tables).await;
    }
}

async fn assert_left(db: &TestDb, case: &Case, tables: &[(&str, &str)]) {
    let connection = &mut db.connect().await;
    let none = json!([]);
    let or_none = |key: &str| case.expect.get(key).unwrap_or(&none).clone();
    let notices = "select * from platform.notification where kind <> 'given' order by dedupe_key";
    assert_rows(
        connection,
        notices,
        &in_order(or_none("notifications"), "dedupe_key"),
        &case.name,
    )
    .await;
    let messages = "select
            dedupe_key as key, subject, not_before as \"notBefore\", expires_at as \"expiresAt\",
            payload ->> 'localDate' as \"localDate\"
        from platform.message where job <> 'given' order by dedupe_key";
    assert_rows(
        connection,
        messages,
        &in_order(or_none("messages"), "key"),
        &case.name,
    )
    .await;
    assert_sendable(connection, &case.name).await;
    for (name, query) in tables {
        if let Some(rows) = case.expect.get(*name) {
            assert_rows(connection, query, rows, &case.name).await;
        }
    }
}

/// Every e-mail has all that it is sent with, and stands in the log; every notice leads somewhere.
pub async fn assert_sendable(connection: &mut PgConnection, name: &str) {
    let wrong = format!(
        "select m.dedupe_key
        from platform.message m
        left join productivity.contact_log l on l.tenant_id = m.tenant_id and l.dedupe_key = m.dedupe_key
        where m.job <> 'given'
        and (
            m.channel = 'email' and m.status = 'pending' and l.kind = m.payload ->> 'kind'
            and l.local_date::text = m.payload ->> 'localDate' and l.user_id::text = m.payload ->> 'userId'
            and jsonb_typeof(m.payload -> 'facts') = 'object'
            and m.headers ->> 'List-Unsubscribe-Post' = 'List-Unsubscribe=One-Click'
            and m.headers ->> 'List-Unsubscribe' like '<{FRONTEND_URL}/email/unsubscribe?token=%&kind=%>'
            and m.body_text like 'Hi %' and m.body_text like '%Change or stop these e-mails%'
            and m.body_html like '%Hi %' and m.body_html like '%Change or stop these e-mails%'
        ) is not true
        union all
        select dedupe_key from platform.notification
        where kind <> 'given' and (link not like '{FRONTEND_URL}/%' or body = '')"
    );
    let wrong = shared::testing::all(connection, &wrong).await;
    assert!(wrong.is_empty(), "{name}: {wrong:?}");
}

/// Rows in the order of their keys as the database has them, ids in place of labels.
fn in_order(rows: Value, key: &str) -> Value {
    let mut rows: Vec<Value> = list(&golden::with_ids(&rows)).to_vec();
    rows.sort_by_key(|row| row[key].as_str().unwrap().to_owned());
    Value::Array(rows)
}

/// Makes the people 1 to `count` of a company, whose e-mail is verified, with the ids of the kit's subjects.
pub async fn people(connection: &mut PgConnection, tenant: Uuid, count: u32) -> anyhow::Result<()> {
    let ids: Vec<Uuid> = (1..=count)
        .map(|n| shared::testing::subject_id(tenant, n))
        .collect();
    sqlx::query(
        "insert into productivity.app_user
            (id, tenant_id, email, email_verified_at, first_name, time_zone, unsubscribe_token, created_at,
                updated_at, last_active_at)
        select id, $1, id || '@example.org', '2026-01-01 00:00Z', 'Ann', 'UTC', id, '2026-01-01 00:00Z',
            '2026-01-01 00:00Z', '2026-01-01 00:00Z'
        from unnest($2::uuid[]) as u (id)",
    )
    .bind(tenant)
    .bind(ids)
    .execute(connection)
    .await?;
    Ok(())
}
