//! Gives every coach the day's list: whom of his members to see to, and what for.

mod row;
mod rule;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use shared::job::{Batch, Decision, Diff, Job, Reason, Scope, Tenant};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::gym::Gym;
use row::Row;
use rule::{ActionType, Outcome, Proposal};
use shared::sql::column;

/// Risks older than this are no ground for a list (hours): at-risk-detection runs every day.
const STALE_RISK_HOURS: i64 = 24;

/// The job.
pub struct CoachActions;

/// A gym and the day that its coaches get a list for.
pub struct Settings {
    gym: Gym,
    coaching_day: NaiveDate,
}

/// An action for a coach.
pub struct Change {
    coach_id: Uuid,
    member_id: Uuid,
    action_type: ActionType,
    title: String,
    description: String,
    priority: &'static str,
    risk: i16,
    days_absent: Option<i32>,
}

shared::counters! {
    pub struct Counters {
        actions_created: u64,
        skipped_existing: u64,
        skipped_cooldown: u64,
        skipped_open: u64,
        no_action: u64,
        contact_member: u64,
        send_campaign: u64,
        check_in: u64,
        investigate_issue: u64,
        follow_up: u64,
        actions_expired: u64,
        coaches: u64,
        unassigned_at_risk: u64,
        stale_tenants: u64,
        future_dates: u64,
        /// Whether any gym's risks were too old to go by.
        stale: bool,
    }
}

impl Job for CoachActions {
    const NAME: &'static str = "coach-actions";
    const PRODUCT: &'static str = "coaching";
    const LOCK_ID: i32 = 482_203;

    type Settings = Settings;
    type Cursor = Uuid;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    async fn settings(
        &self,
        tx: &mut PgConnection,
        as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Settings> {
        let gym = Gym::read(tx, as_of, tenant).await?;
        let coaching_day = rule::coaching_day(as_of, gym.zone, gym.tunables.day_rollover_hour);
        Ok(Settings { gym, coaching_day })
    }

    /// Expires what nobody got to, before anybody is given anything new, and takes stock of the gym.
    async fn once(&self, tx: &mut PgConnection, scope: &Scope<Settings>) -> Result<Counters> {
        let Settings { gym, coaching_day } = &scope.settings;
        let expiry = *coaching_day - TimeDelta::days(gym.tunables.carry_over_days.into());
        let expired = sqlx::query_file!(
            "sql/coach-actions/expire.sql",
            scope.tenant.id,
            scope.as_of,
            expiry
        )
        .execute(&mut *tx)
        .await
        .context("expire old actions")?;
        let oldest_risk = scope.as_of - TimeDelta::hours(STALE_RISK_HOURS);
        let overview = sqlx::query_file!(
            "sql/coach-actions/overview.sql",
            scope.tenant.id,
            coaching_day,
            oldest_risk
        )
        .fetch_one(tx)
        .await
        .context("take stock of the gym")?;
        Ok(Counters {
            actions_expired: expired.rows_affected(),
            coaches: overview.coaches.try_into()?,
            unassigned_at_risk: overview.unassigned_at_risk.try_into()?,
            stale_tenants: u64::from(overview.is_stale),
            stale: overview.is_stale,
            ..Counters::default()
        })
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        after: Option<&Uuid>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let rows = row::read(tx, scope, after, limit).await?;
        Ok(Batch::<Self>::of(rows, limit, |row| row.id))
    }

    fn subject(row: &Row) -> String {
        format!("member:{}", row.id)
    }

    fn decide(scope: &Scope<Settings>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let Settings { gym, coaching_day } = &scope.settings;
        let member = row.member(&scope.settings)?;
        let mut counted = Counters {
            future_dates: u64::from(member.facts.future_date),
            ..Counters::default()
        };

        let Some(proposal) = Proposal::of(&member, &gym.tunables) else {
            counted.no_action = 1;
            return Ok(Decision {
                change: None,
                counted,
            });
        };
        let change = match proposal.outcome(&row.past(gym)?, *coaching_day, &gym.tunables) {
            Outcome::SkippedExisting => {
                counted.skipped_existing = 1;
                None
            }
            Outcome::SkippedCooldown => {
                counted.skipped_cooldown = 1;
                None
            }
            Outcome::SkippedOpen => {
                counted.skipped_open = 1;
                None
            }
            // Whether it was created is for the database to say.
            Outcome::Create => Some(Change {
                coach_id: row.coach_id,
                member_id: row.id,
                action_type: proposal.action_type(),
                title: proposal.title(&member),
                description: proposal.description(&member),
                priority: proposal.priority(),
                risk: member.risk,
                days_absent: member.facts.d,
            }),
        };
        Ok(Decision { change, counted })
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        changes: &[Change],
    ) -> Result<Counters> {
        let created = sqlx::query_file_scalar!(
            "sql/coach-actions/insert.sql",
            scope.tenant.id,
            scope.as_of,
            scope.settings.coaching_day,
            &column(changes, |change| change.coach_id),
            &column(changes, |change| change.member_id),
            &column(changes, |change| change.action_type.as_str()) as &[&str],
            &column(changes, |change| change.title.as_str()) as &[&str],
            &column(changes, |change| change.description.as_str()) as &[&str],
            &column(changes, |change| change.priority) as &[&str],
            &column(changes, |change| change.risk),
            &column(changes, |change| change.days_absent) as &[Option<i32>]
        )
        .fetch_all(tx)
        .await
        .context("insert the actions")?;
        let of_type = |wanted: ActionType| {
            created
                .iter()
                .map(|action_type| u64::from(action_type == wanted.as_str()))
                .sum()
        };
        Ok(Counters {
            actions_created: created.len() as u64,
            skipped_existing: (changes.len() - created.len()) as u64,
            contact_member: of_type(ActionType::ContactMember),
            send_campaign: of_type(ActionType::SendCampaign),
            check_in: of_type(ActionType::CheckIn),
            investigate_issue: of_type(ActionType::InvestigateIssue),
            follow_up: of_type(ActionType::FollowUp),
            ..Counters::default()
        })
    }

    /// What the coach will find. The texts name a person, so they stay out of the report.
    fn diff(_row: &Row, change: &Change) -> Diff {
        Diff {
            before: Value::Null,
            after: json!({
                "action_type": change.action_type.as_str(),
                "priority": change.priority,
                "risk_score": change.risk,
                "days_absent": change.days_absent,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::testing::conformance::Fixture;
    use shared::testing::{TestDb, decided, execute, invoked, subject_id};

    use super::*;

    struct Members;

    impl Fixture for Members {
        type Job = CoachActions;

        fn job() -> CoachActions {
            CoachActions
        }

        fn as_of() -> DateTime<Utc> {
            "2026-02-03T04:00:00Z".parse().unwrap()
        }

        /// Members at low risk who came last ten days ago, each with the gym's one coach, and an open action
        /// of January for the first of them, which expires.
        async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
            let members: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
            sqlx::query(
                "with seeded as (
                    insert into coaching.member (
                        id, tenant_id, joined_date, last_visit_date, churn_risk_score, churn_risk_level,
                        last_risk_calculated_at
                    )
                    select id, $1, '2025-01-01', '2026-01-24', 15, 'low', '2026-02-03 03:00Z'
                    from unnest($2::uuid[]) id
                ),
                coach as (
                    insert into coaching.coach (id, tenant_id) values ($3, $1)
                ),
                assigned as (
                    insert into coaching.member_coach (id, tenant_id, member_id, coach_id, assigned_at)
                    select id, $1, id, $3, '2025-01-01' from unnest($2::uuid[]) id
                )
                insert into coaching.coach_action (tenant_id, member_id, coach_id, action_type, title, due_date, updated_at)
                select $1, id, $3, 'check_in', 'Check in', '2026-01-20', '2026-01-20'
                from unnest($2::uuid[]) id
                order by id
                limit 1",
            )
            .bind(tenant)
            .bind(members)
            .bind(subject_id(tenant, 1000))
            .execute(connection)
            .await?;
            Ok(())
        }

        fn written() -> (&'static str, &'static str) {
            ("coaching.coach_action", "member_id")
        }
    }

    shared::conformance!(Members);

    /// A gym with so many of the fixture's members, and nothing asked about them before.
    async fn gym(count: u32) -> (TestDb, PgConnection) {
        let db = TestDb::new().await;
        let tenant = db.tenant("coaching", "gym", "UTC").await;
        let mut connection = db.connect().await;
        Members::seed(&mut connection, tenant, count).await.unwrap();
        execute(&mut connection, "delete from coaching.coach_action").await;
        (db, connection)
    }

    /// A run's counters that are not 0.
    async fn counted(db: &TestDb) -> Value {
        shared::testing::counted(&db.run(&CoachActions, &invoked(Members::as_of())).await)
    }

    #[tokio::test]
    async fn a_gym_without_anybody_at_risk_is_looked_after_all_the_same() {
        let (db, mut connection) = gym(1).await;
        execute(
            &mut connection,
            "update coaching.member set churn_risk_level = 'none', churn_risk_score = 0",
        )
        .await;
        assert_eq!(counted(&db).await, json!({ "coaches": 1 }));
        execute(
            &mut connection,
            "update coaching.member set last_risk_calculated_at = null",
        )
        .await;
        assert_eq!(
            counted(&db).await,
            json!({ "coaches": 1, "staleTenants": 1, "stale": true })
        );
        execute(&mut connection, "update coaching.member set status = 'inactive'").await;
        assert_eq!(
            counted(&db).await,
            json!({ "coaches": 1 }),
            "nobody whose risk could be stale"
        );
    }

    #[tokio::test]
    async fn only_members_of_an_active_coach_get_actions_and_the_others_at_risk_are_counted() {
        let (db, mut connection) = gym(6).await;
        // 1 stays; 2 has no coach, 3 the owner, 4 one who has left, 5 joins tomorrow, 6 is not at risk.
        let tenant = shared::testing::tenant_id("gym");
        let id = |n| subject_id(tenant, n);
        let statement = format!(
            "insert into coaching.coach (id, tenant_id, role, active) values
                ('{}', '{tenant}', 'owner', true), ('{}', '{tenant}', 'coach', false);
            delete from coaching.member_coach where member_id = '{}';
            update coaching.member_coach set coach_id = '{}' where member_id = '{}';
            update coaching.member_coach set coach_id = '{}' where member_id = '{}';
            update coaching.member set joined_date = '2026-02-04' where id = '{}';
            update coaching.member set churn_risk_level = 'none', churn_risk_score = 0 where id = '{}'",
            id(1001),
            id(1002),
            id(2),
            id(1001),
            id(3),
            id(1002),
            id(4),
            id(5),
            id(6),
        );
        execute(&mut connection, &statement).await;
        let expected = json!({ "actionsCreated": 1, "checkIn": 1, "coaches": 1, "unassignedAtRisk": 3 });
        assert_eq!(counted(&db).await, expected);
    }

    #[tokio::test]
    async fn an_action_inserted_meanwhile_counts_as_existing() {
        let (_db, mut connection) = gym(2).await;
        let tenant = shared::testing::tenant("gym", "UTC");
        let (scope, changes) = decided(&CoachActions, &mut connection, tenant, Members::as_of()).await;
        let first = CoachActions
            .write(&mut connection, &scope, &changes[..1])
            .await
            .unwrap();
        assert_eq!(
            first,
            Counters {
                actions_created: 1,
                check_in: 1,
                ..Counters::default()
            }
        );
        let both = CoachActions
            .write(&mut connection, &scope, &changes)
            .await
            .unwrap();
        assert_eq!(
            both,
            Counters {
                actions_created: 1,
                check_in: 1,
                skipped_existing: 1,
                ..Counters::default()
            }
        );
    }

    #[tokio::test]
    async fn a_change_of_risk_on_the_same_day_gives_no_second_action() {
        let (db, mut connection) = gym(1).await;
        assert_eq!(counted(&db).await["actionsCreated"], 1);
        execute(
            &mut connection,
            "update coaching.member set churn_risk_level = 'high', churn_risk_score = 80, last_visit_date = '2026-01-01'",
        )
        .await;
        assert_eq!(counted(&db).await, json!({ "coaches": 1, "skippedExisting": 1 }));
    }

    #[tokio::test]
    async fn another_coachs_actions_and_another_members_do_not_count() {
        let (db, mut connection) = gym(2).await;
        let tenant = shared::testing::tenant_id("gym");
        let (member, other, coach) = (
            subject_id(tenant, 1),
            subject_id(tenant, 2),
            subject_id(tenant, 1001),
        );
        let statement = format!(
            "insert into coaching.coach (id, tenant_id) values ('{coach}', '{tenant}');
            insert into coaching.coach_action (tenant_id, coach_id, member_id, action_type, title, due_date)
            values ('{tenant}', '{coach}', '{member}', 'check_in', 'by another coach', '2026-02-03');
            insert into coaching.coach_action (tenant_id, coach_id, member_id, action_type, title, due_date)
            select tenant_id, coach_id, '{other}', 'check_in', 'for another member', '2026-02-03'
            from coaching.member_coach
            where member_id = '{member}'"
        );
        execute(&mut connection, &statement).await;
        let expected = json!({ "actionsCreated": 1, "checkIn": 1, "coaches": 2, "skippedExisting": 1 });
        assert_eq!(counted(&db).await, expected);
    }

    #[tokio::test]
    async fn dates_without_end_harm_nobody() {
        let (db, mut connection) = gym(2).await;
        let tenant = shared::testing::tenant_id("gym");
        let statement = format!(
            "update coaching.member set last_campaign_at = 'infinity';
            insert into coaching.coach_action (tenant_id, coach_id, member_id, action_type, title, due_date, source)
            select tenant_id, coach_id, member_id, 'check_in', 'some day', 'infinity', 'manual'
            from coaching.member_coach
            where member_id = '{}';
            insert into coaching.coach_action
                (tenant_id, coach_id, member_id, action_type, title, due_date, source, completed_at)
            select tenant_id, coach_id, member_id, 'check_in', 'long ago', '-infinity', 'manual', '-infinity'
            from coaching.member_coach
            where member_id = '{}'",
            subject_id(tenant, 1),
            subject_id(tenant, 2),
        );
        execute(&mut connection, &statement).await;
        let expected = json!({ "actionsCreated": 1, "checkIn": 1, "coaches": 1, "skippedOpen": 1 });
        assert_eq!(counted(&db).await, expected);
    }
}
