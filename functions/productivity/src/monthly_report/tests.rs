//! The job end to end.

use serde_json::json;
use shared::testing::{TestDb, conformance::Fixture, counted, execute, invoked, one, subject_id};

use super::*;
use crate::{
    golden,
    reminder::testing::{self, assert_golden},
};

struct Workers;

impl Fixture for Workers {
    type Job = MonthlyReport;

    fn job() -> MonthlyReport {
        testing::job("utc")
    }

    fn as_of() -> DateTime<Utc> {
        "2026-12-01T09:00:00Z".parse().unwrap()
    }

    /// People who completed a session of half an hour in November.
    async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
        testing::people(connection, tenant, count).await?;
        sqlx::query(
            "with worked as (
                insert into productivity.timer_session
                    (id, tenant_id, user_id, started_at, ended_at, actual_seconds, status, created_at, updated_at)
                select id, tenant_id, id, '2026-11-21 08:00Z', '2026-11-21 08:30Z', 1800, 'completed',
                    '2026-11-21 08:00Z', '2026-11-21 08:30Z'
                from productivity.app_user where tenant_id = $1
            )
            insert into productivity.user_activity_day (tenant_id, user_id, day, sessions, first_at, last_at)
            select tenant_id, id, '2026-11-21', 1, '2026-11-21 08:00Z', '2026-11-21 08:30Z'
            from productivity.app_user where tenant_id = $1",
        )
        .bind(tenant)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn written() -> (&'static str, &'static str) {
        ("productivity.user_monthly_report", "user_id")
    }
}

shared::conformance!(Workers);

#[tokio::test]
async fn golden_cases() {
    assert_golden::<Monthly>(
        include_str!("../../../../tests/golden/monthly-report.json"),
        &[(
            "user_monthly_report",
            "select * from productivity.user_monthly_report order by user_id",
        )],
    )
    .await;
}

struct World {
    db: TestDb,
    connection: PgConnection,
    tenant: Uuid,
    user: Uuid,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let tenant = db.tenant("productivity", "acme", "UTC").await;
        let mut connection = db.connect().await;
        Workers::seed(&mut connection, tenant, 1).await.unwrap();
        Self {
            db,
            connection,
            tenant,
            user: subject_id(tenant, 1),
        }
    }

    /// Adds sessions: `(started_at, ended_at, actual_seconds, paused_seconds, status, goal_id)`, as SQL has them.
    async fn sessions(&mut self, values: &str) {
        let statement = format!(
            "insert into productivity.timer_session
                (tenant_id, user_id, started_at, ended_at, actual_seconds, paused_seconds, status, goal_id)
            select '{}', '{}', s.started_at::timestamptz, s.ended_at::timestamptz, s.actual_seconds::integer,
                s.paused_seconds, s.status, s.goal_id::uuid
            from (values {values})
                as s (started_at, ended_at, actual_seconds, paused_seconds, status, goal_id)",
            self.tenant, self.user
        );
        execute(&mut self.connection, &statement).await;
    }

    /// Adds goals: `(id, title, status, due_on, created_at, completed_at, archived_at, deleted_at)`, as SQL has them.
    async fn goals(&mut self, values: &str) {
        let statement = format!(
            "insert into productivity.goal
                (tenant_id, user_id, id, title, status, due_on, created_at, completed_at, archived_at, deleted_at)
            select '{}', '{}', g.id::uuid, g.title, g.status, g.due_on::date, g.created_at::timestamptz,
                g.completed_at::timestamptz, g.archived_at::timestamptz, g.deleted_at::timestamptz
            from (values {values})
                as g (id, title, status, due_on, created_at, completed_at, archived_at, deleted_at)",
            self.tenant, self.user
        );
        execute(&mut self.connection, &statement).await;
    }

    async fn run(&self) -> shared::report::Report {
        self.db.run(&Workers::job(), &invoked(Workers::as_of())).await
    }

    async fn report(&mut self) -> serde_json::Value {
        one(
            &mut self.connection,
            "select * from productivity.user_monthly_report",
        )
        .await
    }
}

const THESIS: &str = "11111111-1111-1111-1111-111111111111";
const GONE: &str = "22222222-2222-2222-2222-222222222222";

#[tokio::test]
async fn a_mail_tells_the_month_and_what_people_type_changes_nothing_but_the_text() {
    let mut world = World::new().await;
    execute(
        &mut world.connection,
        "update productivity.app_user set created_at = '2026-11-05 08:00Z'",
    )
    .await;
    world
        .goals(&format!(
            "('{THESIS}', E'A <b>&\\r\\nb', 'in_progress', '2026-11-30', '2026-11-06 08:00Z', null, null, null),
            ('{GONE}', 'Gone', 'in_progress', null, '2026-11-06 08:00Z', null, null, '2026-11-20 08:00Z'),
            (gen_random_uuid()::text, 'Done', 'completed', '2026-11-10', '2026-10-06 08:00Z', '2026-11-10 23:00Z',
                '2026-11-11 08:00Z', null),
            (gen_random_uuid()::text, 'Late', 'completed', '2026-11-10', '2026-10-06 08:00Z', '2026-11-11 00:00Z',
                null, null)"
        ))
        .await;
    world
        .sessions(&format!(
            "('2026-10-10 08:00Z', '2026-10-10 09:00Z', 3000, 0, 'completed', null),
            ('2026-11-22 18:00Z', '2026-11-22 19:00Z', 3600, 0, 'completed', '{THESIS}'),
            ('2026-11-25 18:00Z', '2026-11-25 18:10Z', 600, 0, 'cancelled', '{GONE}')"
        ))
        .await;
    world.run().await;
    let mail = one(&mut world.connection, "select * from platform.message").await;
    assert_eq!(
        mail["subject"],
        "Your November report: 1 h 40 min focused, 2 goals completed"
    );
    golden::assert_mail_says(
        &mail,
        &[
            "Here is your November.",
            "1 h 40 min (100 % more than the month before)",
            "33 min",
            "1 h",
            "3 min",
            "Sunday",
            "evening",
            "33.3 %",
            "A <b>& b: 1 h",
            "since you joined on Thursday 5 November 2026",
        ],
    );
    let facts = &mail["payload"]["facts"];
    let expected = json!({
        "month": "November", "focusSeconds": 6000, "change": {"percent": "100"}, "sessionsCompleted": 2,
        "avgSessionSeconds": 2000, "longestSessionSeconds": 3600, "activeDays": 3, "perActiveDaySeconds": 2000,
        "perCalendarDaySeconds": 200, "bestWeekday": "Sunday", "bestDaypart": "evening", "bestStreak": 2,
        "goalsCreated": 1, "goalsCompleted": 2, "onTimePercent": "33.3", "goalsOpen": 1, "goalsOverdue": 1,
        "topGoals": [{"title": "A <b>& b", "seconds": 3600}], "since": "2026-11-05",
        "link": "https://app.example/analytics?month=2026-11",
    });
    assert_eq!(*facts, expected);
    assert!(!mail["body_html"].as_str().unwrap().contains("<b>"));
}

/// What came late is told, and nobody is told twice.
#[tokio::test]
async fn a_later_run_writes_what_has_changed_and_tells_nobody_again() {
    let mut world = World::new().await;
    let told = json!({"candidates": 1, "eligible": 1, "reportsBuilt": 1, "queuedEmail": 1});
    assert_eq!(counted(&world.run().await), told);
    world
        .sessions("('2026-11-30 23:00Z', '2026-11-30 23:59:59Z', 3600, 0, 'completed', null)")
        .await;
    for minutes in [60, 719] {
        let as_of = Workers::as_of() + TimeDelta::minutes(minutes);
        let again = world.db.run(&Workers::job(), &invoked(as_of)).await;
        let known = json!({"candidates": 1, "eligible": 1, "reportsBuilt": 1, "skippedDuplicate": 1});
        assert_eq!(counted(&again), known);
        let report = world.report().await;
        assert_eq!(report["focus_seconds"], 5400);
        assert_eq!(report["computed_at"], "2026-12-01T10:00:00+00:00", "{minutes}");
    }
}

/// In Honolulu the month is not over yet, at that hour in UTC.
#[tokio::test]
async fn by_utc_a_month_is_told_as_far_as_it_has_come() {
    let mut world = World::new().await;
    execute(
        &mut world.connection,
        "update productivity.app_user set time_zone = 'Pacific/Honolulu'",
    )
    .await;
    world
        .sessions(
            "('2026-12-01 08:00Z', '2026-12-01 09:00Z', 1000, 0, 'completed', null),
            ('2026-12-01 08:30Z', '2026-12-01 09:00:01Z', 100, 0, 'completed', null),
            ('2026-11-01 08:00Z', '2026-11-01 10:00Z', 10, 0, 'completed', null),
            ('2026-11-01 08:00Z', '2026-11-01 09:59:59Z', 1, 0, 'completed', null)",
        )
        .await;
    world.run().await;
    let report = world.report().await;
    assert_eq!(
        (&report["month"], &report["focus_seconds"]),
        (&json!("2026-11-01"), &json!(2810))
    );
    // Of the month before one second is known.
    assert_eq!(report["focus_change_pct"], 280_900.0);
}

#[tokio::test]
async fn by_their_own_clocks_people_are_told_on_their_own_first() {
    let mut world = World::new().await;
    execute(
        &mut world.connection,
        "update productivity.app_user set time_zone = 'Pacific/Auckland'",
    )
    .await;
    let job = || testing::job::<Monthly>("local");
    let nobody = world.db.run(&job(), &invoked(Workers::as_of())).await;
    assert_eq!(counted(&nobody), json!({}), "it is 22:00 on the first");
    // 09:00 on the first, while UTC has 30 November.
    let as_of = "2026-11-30T20:00:00Z".parse().unwrap();
    let report = world.db.run(&job(), &invoked(as_of)).await;
    assert_eq!(report.totals.total, 1);
    assert_eq!(world.report().await["month"], "2026-11-01");
}

/// Neither lengths nor instants that cannot be do any harm.
#[tokio::test]
async fn what_cannot_be_is_kept_within_what_can() {
    let mut world = World::new().await;
    world
        .sessions(
            "('1900-01-01 00:00Z', '2026-11-20 08:00Z', null, -2147483648, 'completed', null),
            ('2299-12-31 00:00Z', '2026-11-20 08:00Z', null, 2147483647, 'expired', null),
            ('2026-11-20 00:00Z', '2026-11-20 08:00Z', 2147483647, 0, 'cancelled', null)",
        )
        .await;
    let of = |title, archived_at| {
        format!(
            "(gen_random_uuid()::text, '{title}', 'paused', null, '2026-01-01', null, '{archived_at}', null)"
        )
    };
    let goals = ["infinity", "294276-12-31", "-infinity", "4713-01-01 BC"].map(|at| of("Paused", at));
    world.goals(&goals.join(", ")).await;
    world.run().await;
    let report = world.report().await;
    assert_eq!(report["focus_seconds"], 1800 + 2 * 28_800);
    assert_eq!(
        report["goals_open_end"], 2,
        "two are archived long after the month"
    );
}
