//! Tells how likely every active member is to leave, and records when that changes.

pub(crate) mod rule;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::job::{Batch, Decision, Diff, Job, Reason, Scope, Tenant};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::gym::Gym;
use crate::level::Level;
use crate::number::same_json;
use crate::visits::{Facts, Observed, RECENT_DAYS};
use rule::Risk;
use shared::sql::column;

/// The job.
pub struct AtRiskDetection;

/// A member, and of his stored risk what a decision needs.
pub struct Row {
    id: Uuid,
    observed: Observed,
    score: Option<i16>,
    level: Option<String>,
    /// Whether there is no result yet.
    is_first: bool,
    /// Whether the stored result is later than the run's clock.
    is_newer: bool,
    /// The explanation of a result that was stored on this local day.
    factors_of_today: Option<Value>,
}

/// A member's new risk.
pub struct Change {
    id: Uuid,
    score: i32,
    level: Level,
    factors: Value,
    /// Whether the history is to know: a first result, or another score than before.
    has_history: bool,
    /// Whether the level has changed. A first level of none is no news.
    has_event: bool,
    from_level: Option<String>,
}

shared::counters! {
    pub struct Counters {
        updated: u64,
        unchanged: u64,
        skipped_newer: u64,
        not_started: u64,
        high: u64,
        medium: u64,
        low: u64,
        none: u64,
        level_changed: u64,
        became_high: u64,
        future_dates: u64,
        history_rows: u64,
    }
}

impl Job for AtRiskDetection {
    const NAME: &'static str = "at-risk-detection";
    const PRODUCT: &'static str = "coaching";
    const LOCK_ID: i32 = 482_202;

    type Settings = Gym;
    type Cursor = Uuid;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    async fn settings(&self, tx: &mut PgConnection, as_of: DateTime<Utc>, tenant: &Tenant) -> Result<Gym> {
        Gym::read(tx, as_of, tenant).await
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Gym>,
        after: Option<&Uuid>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let gym = &scope.settings;
        let rows = sqlx::query_file!(
            "sql/at-risk-detection/read.sql",
            scope.tenant.id,
            after.copied().unwrap_or_default(),
            after,
            scope.as_of,
            gym.day.0,
            gym.day.1,
            gym.today,
            RECENT_DAYS,
            limit
        )
        .map(|row| Row {
            id: row.id,
            observed: Observed {
                joined_date: row.joined_date,
                last_visit_date: row.last_visit_date,
                recent: row.recent.unwrap_or_default(),
                older: row.older,
                future_activity: row.is_in_future,
            },
            score: row.churn_risk_score,
            level: row.churn_risk_level,
            is_first: row.is_first,
            is_newer: row.is_newer,
            factors_of_today: row.factors_of_today,
        });
        let rows = rows.fetch_all(tx).await.context("read the members")?;
        Ok(Batch::<Self>::of(rows, limit, |row| row.id))
    }

    fn subject(row: &Row) -> String {
        format!("member:{}", row.id)
    }

    fn decide(scope: &Scope<Gym>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let facts = Facts::of(scope.settings.today, &row.observed);
        if !facts.started {
            return Ok(Decision {
                change: None,
                counted: Counters {
                    not_started: 1,
                    ..Counters::default()
                },
            });
        }
        let risk = Risk::of(&facts);
        let factors = risk.factors_json(&facts);
        let mut counted = Counters {
            future_dates: u64::from(facts.future_date),
            ..Counters::default()
        };
        match risk.level {
            Level::High => counted.high = 1,
            Level::Medium => counted.medium = 1,
            Level::Low => counted.low = 1,
            Level::None => counted.none = 1,
        }
        let change = if row.is_newer {
            counted.skipped_newer = 1;
            None
        } else if row.holds(&risk, &factors) {
            counted.unchanged = 1;
            None
        } else {
            Some(row.change(&risk, factors))
        };
        Ok(Decision { change, counted })
    }

    async fn write(&self, tx: &mut PgConnection, scope: &Scope<Gym>, changes: &[Change]) -> Result<Counters> {
        let written = sqlx::query_file!(
            "sql/at-risk-detection/write.sql",
            scope.tenant.id,
            scope.as_of,
            scope.settings.today,
            &column(changes, |change| change.id),
            &column(changes, |change| change.score),
            &column(changes, |change| change.level.as_str()) as &[&str],
            &column(changes, |change| &change.factors) as &[&Value],
            &column(changes, |change| change.has_history),
            &column(changes, |change| change.has_event),
            &column(changes, |change| change.from_level.as_deref()) as &[Option<&str>]
        )
        .fetch_one(tx)
        .await
        .context("write the risks")?;
        let updated: u64 = written.updated.try_into()?;
        Ok(Counters {
            updated,
            // Whom the statement no longer found has been written by a later run, or has left.
            skipped_newer: changes.len() as u64 - updated,
            level_changed: written.level_changed.try_into()?,
            became_high: written.became_high.try_into()?,
            history_rows: written.history_rows.try_into()?,
            ..Counters::default()
        })
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        Diff {
            before: json!({ "churn_risk_score": row.score, "churn_risk_level": row.level }),
            after: json!({ "churn_risk_score": change.score, "churn_risk_level": change.level.as_str() }),
        }
    }
}

impl Row {
    /// Whether the row has this result already, as of today.
    fn holds(&self, risk: &Risk, factors: &Value) -> bool {
        self.score.map(i32::from) == Some(risk.score)
            && self.level.as_deref() == Some(risk.level.as_str())
            && self
                .factors_of_today
                .as_ref()
                .is_some_and(|stored| same_json(stored, factors))
    }

    fn change(&self, risk: &Risk, factors: Value) -> Change {
        let has_event = match self.level.as_deref() {
            None => risk.level != Level::None,
            Some(stored) => stored != risk.level.as_str(),
        };
        Change {
            id: self.id,
            score: risk.score,
            level: risk.level,
            factors,
            has_history: self.is_first || self.score.map(i32::from) != Some(risk.score),
            has_event,
            from_level: self.level.clone(),
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
        type Job = AtRiskDetection;

        fn job() -> AtRiskDetection {
            AtRiskDetection
        }

        fn as_of() -> DateTime<Utc> {
            "2026-01-29T03:00:00Z".parse().unwrap()
        }

        /// Members of a year who came last 10, 20, 30 … days ago, so that all levels are among them.
        async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
            let members: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
            sqlx::query(
                "insert into coaching.member (id, tenant_id, joined_date, last_visit_date)
                select id, $1, '2025-01-01', date '2026-01-29' - 10 * n::integer
                from unnest($2::uuid[]) with ordinality as m (id, n)",
            )
            .bind(tenant)
            .bind(members)
            .execute(connection)
            .await?;
            Ok(())
        }

        fn written() -> (&'static str, &'static str) {
            ("coaching.member", "id")
        }
    }

    shared::conformance!(Members);

    /// A gym with a member of a year who came last 10 days ago: low.
    async fn gym_with_a_member() -> (TestDb, PgConnection) {
        let db = TestDb::new().await;
        let tenant = db.tenant("coaching", "gym", "UTC").await;
        let mut connection = db.connect().await;
        Members::seed(&mut connection, tenant, 1).await.unwrap();
        (db, connection)
    }

    async fn events(connection: &mut PgConnection) -> Vec<(Option<String>, String)> {
        let rows = "select from_level, to_level from coaching.member_risk_event order by occurred_at";
        sqlx::query_as(rows).fetch_all(connection).await.unwrap()
    }

    #[tokio::test]
    async fn an_event_tells_of_every_change_of_level_and_of_no_other() {
        let (db, mut connection) = gym_with_a_member().await;
        let mut told = Vec::new();
        for days in [0, 1, 20, 50, 51] {
            let as_of = Members::as_of() + chrono::TimeDelta::days(days);
            let report = db.run(&AtRiskDetection, &invoked(as_of)).await;
            told.push((
                report.counters["levelChanged"].clone(),
                report.counters["becameHigh"].clone(),
            ));
        }
        assert_eq!(
            told,
            [(1, 0), (0, 0), (1, 0), (1, 1), (0, 0)].map(|(all, high)| (json!(all), json!(high)))
        );
        let event = |from: Option<&str>, to: &str| (from.map(str::to_owned), to.to_owned());
        assert_eq!(
            events(&mut connection).await,
            [
                event(None, "low"),
                event(Some("low"), "medium"),
                event(Some("medium"), "high")
            ]
        );
    }

    #[tokio::test]
    async fn a_member_who_comes_back_is_told_of_as_well() {
        let (db, mut connection) = gym_with_a_member().await;
        db.run(&AtRiskDetection, &invoked(Members::as_of())).await;
        execute(
            &mut connection,
            "update coaching.member set last_visit_date = '2026-01-30'",
        )
        .await;
        let next_day = Members::as_of() + chrono::TimeDelta::days(1);
        let report = db.run(&AtRiskDetection, &invoked(next_day)).await;
        assert_eq!(
            (&report.counters["levelChanged"], &report.counters["none"]),
            (&json!(1), &json!(1))
        );
        assert_eq!(
            events(&mut connection).await[1],
            (Some("low".into()), "none".into())
        );
    }

    #[tokio::test]
    async fn an_event_that_stands_is_left_as_it_is_and_not_counted() {
        let (db, mut connection) = gym_with_a_member().await;
        execute(
            &mut connection,
            "insert into coaching.member_risk_event (tenant_id, member_id, occurred_at, to_level, score)
            select tenant_id, id, '2026-01-29 03:00:00Z', 'high', 99 from coaching.member",
        )
        .await;
        let report = db.run(&AtRiskDetection, &invoked(Members::as_of())).await;
        assert_eq!(
            (&report.counters["updated"], &report.counters["levelChanged"]),
            (&json!(1), &json!(0))
        );
        assert_eq!(events(&mut connection).await, [(None, "high".into())]);
    }

    #[tokio::test]
    async fn a_member_written_meanwhile_is_counted_and_left_alone() {
        let (db, mut connection) = gym_with_a_member().await;
        let tenant = shared::testing::tenant("gym", "UTC");
        let (scope, changes) = decided(&AtRiskDetection, &mut connection, tenant, Members::as_of()).await;
        execute(
            &mut connection,
            "update coaching.member set last_risk_calculated_at = '2026-01-29 03:00:01Z'",
        )
        .await;
        let before = db.state("coaching").await;
        let counted = AtRiskDetection
            .write(&mut connection, &scope, &changes)
            .await
            .unwrap();
        assert_eq!(
            counted,
            Counters {
                skipped_newer: 1,
                ..Counters::default()
            }
        );
        assert_eq!(db.state("coaching").await, before, "neither history nor event");
    }

    #[tokio::test]
    async fn members_who_are_not_active_keep_their_last_level() {
        let (db, mut connection) = gym_with_a_member().await;
        db.run(&AtRiskDetection, &invoked(Members::as_of())).await;
        execute(&mut connection, "update coaching.member set status = 'inactive'").await;
        let before = db.state("coaching").await;
        let month_later = Members::as_of() + chrono::TimeDelta::days(30);
        assert_eq!(
            db.run(&AtRiskDetection, &invoked(month_later)).await.totals.total,
            0
        );
        assert_eq!(db.state("coaching").await, before);
    }
}
