//! The stage with two training apps: five users who lift, each with a report and metrics to come.

use shared::testing::{execute, subject_id};
use uuid::Uuid;

use crate::{deployed::TENANTS, stage::Stage};

pub const USERS: u32 = 5;

impl Stage {
    pub async fn apps() -> Self {
        let stage = Self::empty().await;
        for slug in TENANTS {
            stage.app(slug, USERS).await;
        }
        stage
    }

    /// A database with one app.
    pub async fn with_app(users: u32) -> Self {
        let stage = Self::empty().await;
        stage.app(TENANTS[0], users).await;
        stage
    }

    /// Makes an app with so many users, where it is six in the morning at the stage's clock: what was missed on Monday
    /// is made up for then. The n-th user trained on n days of the week before, five at most, and once before that; each
    /// second one has set no time zone. The first one asked the language model on two days.
    pub async fn app(&self, slug: &str, users: u32) -> Uuid {
        let app = self.tenant("training", slug, "Africa/Johannesburg").await;
        // The ids of `subject_id`.
        let id =
            |n: &str| format!("(lpad(to_hex({n}), 8, '0') || left(replace('{app}', '-', ''), 24))::uuid");
        let statements = format!(
            "create temp table subject as
            select n, uuid '{app}' as tenant_id, {} as user_id
            from generate_series(1, {users}) n;

            insert into training.exercise (id, tenant_id, name)
            values ('{app}', '{app}', 'Quagmire squat');

            insert into training.app_user (id, tenant_id, email, display_name, time_zone, entitlement, registered_at)
            select
                user_id, tenant_id, 'zebulon-' || n || '@leak.example', 'Zebulon Quagmire',
                case when n % 2 = 1 then 'Africa/Johannesburg' end, 'pro', '2026-01-01Z'
            from subject;

            insert into training.workout
                (id, tenant_id, user_id, lifecycle_status, completion_status, start_time, duration_minutes)
            select
                md5(user_id::text || day)::uuid, tenant_id, user_id, 'finalized', 'completed',
                timestamptz '2026-02-01 12:00Z' - day * interval '1 day', 50
            from subject
            cross join lateral (select generate_series(0, least(n, 5) - 1) union all select 20) d (day);

            insert into training.workout_set (id, tenant_id, user_id, workout_id, exercise_id, reps, weight_kg)
            select id, tenant_id, user_id, id, tenant_id, 5, 100
            from training.workout
            where tenant_id = '{app}';

            insert into training.llm_usage_daily (id, tenant_id, user_id, usage_date, coach_calls)
            values
                ('{app}', '{app}', '{first}', '2026-02-03', 3),
                ('{first}', '{app}', '{first}', '2026-02-02', 2)",
            id("n"),
            first = subject_id(app, 1),
        );
        let mut admin = self.db.connect().await;
        for statement in statements.split(';') {
            execute(&mut admin, statement).await;
        }
        app
    }
}
