//! The stage with two companies: five people each, who worked on a Friday, looked in on Saturday, and then worked little.

use shared::testing::{execute, subject_id};
use uuid::Uuid;

use crate::{deployed::TENANTS, stage::Stage};

/// Of each company.
pub const USERS: u32 = 5;

impl Stage {
    pub async fn companies() -> Self {
        let stage = Self::empty().await;
        for slug in TENANTS {
            stage.company(slug, USERS).await;
        }
        stage
    }

    /// A database with one company.
    pub async fn with_company(users: u32) -> Self {
        let stage = Self::empty().await;
        stage.company(TENANTS[0], users).await;
        stage
    }

    /// Makes a company with so many people, in which every job has something to do about each of them at its own
    /// instant ([`crate::stage::as_of`]). The n-th one's old session, which is to be archived, has his id.
    pub async fn company(&self, slug: &str, users: u32) -> Uuid {
        let company = self.tenant("productivity", slug, "Europe/Berlin").await;
        // The ids of `subject_id`.
        let id =
            |n: &str| format!("(lpad(to_hex({n}), 8, '0') || left(replace('{company}', '-', ''), 24))::uuid");
        let statements = format!(
            "create temp table subject as
            select n, uuid '{company}' as tenant_id, {} as user_id
            from generate_series(1, {users}) n;

            insert into productivity.app_user
                (id, tenant_id, email, email_verified_at, first_name, last_name, unsubscribe_token, last_active_at, created_at,
                updated_at)
            select
                user_id, tenant_id, 'zebulon-' || n || '@leak.example', '2026-01-01Z', 'Zebulon', 'Quagmire', user_id,
                '2026-01-31 12:00Z', timestamptz '2026-01-10 08:00Z' + (n - 1) % 5 * interval '1 day', '2026-01-31 12:00Z'
            from subject;

            insert into productivity.user_activity_day (tenant_id, user_id, day, logins, first_at, last_at)
            select tenant_id, user_id, day, 1, day + time '12:00', day + time '12:00'
            from subject
            cross join (values (date '2026-01-20'), ('2026-01-30'), ('2026-01-31')) d (day);

            insert into productivity.goal (id, tenant_id, user_id, title, status, due_on, created_at, updated_at)
            select user_id, tenant_id, user_id, 'Quagmire thesis', 'in_progress', '2026-02-02', '2026-01-16Z', '2026-01-16Z'
            from subject;

            insert into productivity.timer_session
                (id, tenant_id, user_id, title, status, started_at, ended_at, created_at, updated_at)
            select
                case when ended_at < '2026-01-01' then user_id else md5(user_id::text || started_at)::uuid end,
                tenant_id, user_id, 'Quagmire thesis', case when ended_at is null then 'running' else 'completed' end,
                started_at, ended_at, started_at, coalesce(ended_at, started_at)
            from subject
            cross join (
                values
                    (timestamptz '2025-07-01 12:00Z', timestamptz '2025-07-01 12:25Z'),
                    ('2026-01-30 12:00Z', '2026-01-30 12:50Z'),
                    ('2026-02-03 02:00Z', '2026-02-03 02:50Z'),
                    ('2026-02-03 10:00Z', null)
            ) s (started_at, ended_at);

            insert into productivity.user_daily_focus
                (tenant_id, user_id, day, sessions_completed, sessions_cancelled, sessions_expired, sessions_counted,
                focus_seconds, break_sessions, break_seconds, by_type, computed_at)
            select tenant_id, user_id, '2025-07-01', 1, 0, 0, 1, 1500, 0, 0, jsonb_build_object('focus', 1500), '2025-07-02 01:00Z'
            from subject;

            insert into productivity.http_minute_stat (tenant_id, minute_at, route, requests, errors_5xx, total_ms, max_ms, buckets)
            values ('{company}', '2026-02-03 03:30Z', '/goals', 100, 10, 3000, 90, '{{0,0,90,0,10,0,0,0,0,0,0,0}}')",
            id("n"),
        );
        let mut admin = self.db.connect().await;
        for statement in statements.split(';') {
            execute(&mut admin, statement).await;
        }
        company
    }

    /// The n-th person's id.
    pub fn person(company: Uuid, n: u32) -> Uuid {
        subject_id(company, n)
    }
}
