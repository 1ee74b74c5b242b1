//! What the tests of both jobs have in common: users who train.

use anyhow::Result;
use chrono::{DateTime, Utc};
use shared::testing::{TestDb, conformance::Fixture, subject_id};
use sqlx::PgConnection;
use uuid::Uuid;

/// An app with so many of a fixture's users.
pub async fn app<F: Fixture>(count: u32) -> (TestDb, PgConnection, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant("training", "fit", "UTC").await;
    let mut connection = db.connect().await;
    F::seed(&mut connection, tenant, count).await.unwrap();
    (db, connection, tenant)
}

/// Makes paying users who trained at `newest` and on as many days up to then as their number says, and so many days
/// `before` that, with one set each time.
pub async fn lifters(
    connection: &mut PgConnection,
    tenant: Uuid,
    count: u32,
    newest: DateTime<Utc>,
    before: &[i32],
) -> Result<()> {
    let users: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
    sqlx::query(
        "with exercise as (
            insert into training.exercise (id, tenant_id, name) values ($1, $1, 'Squat')
        ),
        trained as (
            insert into training.app_user (id, tenant_id, time_zone, entitlement, registered_at)
            select id, $1, 'UTC', 'pro', '2026-01-01 00:00Z' from unnest($2::uuid[]) as u (id)
        ),
        workout as (
            insert into training.workout
                (id, tenant_id, user_id, lifecycle_status, completion_status, start_time, duration_minutes)
            select
                overlay(u.id::text placing to_char(k, 'FM000000') from 31)::uuid, $1, u.id, 'finalized', 'completed',
                $3::timestamptz - k * interval '1 day', 45
            from unnest($2::uuid[]) with ordinality as u (id, n)
            cross join lateral (select generate_series(0, n - 1) union all select unnest($4::integer[])) as k (k)
            returning id, user_id
        )
        insert into training.workout_set (id, tenant_id, user_id, workout_id, exercise_id, reps, weight_kg)
        select id, $1, user_id, id, $1, 5, 100
        from workout",
    )
    .bind(tenant)
    .bind(users)
    .bind(newest)
    .bind(before)
    .execute(connection)
    .await?;
    Ok(())
}
