//! Scores every active member's commitment and names their stage.

mod rule;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::job::{Batch, Decision, Diff, Job, Reason, Scope, Tenant};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::gym::Gym;
use crate::number::same_json;
use crate::visits::{Facts, Observed, RECENT_DAYS};
use rule::{Commitment, Flag, WIN_BACK_WINDOW};
use shared::sql::column;

/// The job.
pub struct CommitmentScores;

/// A member, and of his stored result what a decision needs.
pub struct Row {
    id: Uuid,
    is_active: bool,
    observed: Observed,
    weekly_target: Option<i16>,
    stage: Option<String>,
    score: Option<i16>,
    /// Whether there is no result yet. A result may be without a score.
    is_first: bool,
    /// Whether the stored result is later than the run's clock.
    is_newer: bool,
    /// The rest of a result that was stored on this local day.
    today: Option<StoredToday>,
}

struct StoredToday {
    factors: Option<Value>,
    decay: Option<i16>,
    flags: Vec<String>,
    interpretation: Option<String>,
}

/// What becomes of a member.
pub enum Change {
    Scored(Box<Scored>),
    /// Not active any more: only the stage is to say so.
    Left {
        id: Uuid,
    },
}

/// A member's new result.
pub struct Scored {
    id: Uuid,
    commitment: Commitment,
    /// Whether the history is to know: a first result, or another score than before.
    has_history: bool,
}

shared::counters! {
    pub struct Counters {
        updated: u64,
        unchanged: u64,
        skipped_newer: u64,
        not_started: u64,
        win_back: u64,
        insufficient_data: u64,
        future_dates: u64,
        history_rows: u64,
    }
}

impl Job for CommitmentScores {
    const NAME: &'static str = "commitment-scores";
    const PRODUCT: &'static str = "coaching";
    const LOCK_ID: i32 = 482_201;

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
            "sql/commitment-scores/read.sql",
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
            is_active: row.is_active,
            observed: Observed {
                joined_date: row.joined_date,
                last_visit_date: row.last_visit_date,
                recent: row.recent.unwrap_or_default(),
                older: row.older,
                future_activity: row.is_in_future,
            },
            weekly_target: row.weekly_target,
            stage: row.member_stage,
            score: row.commitment_score,
            is_first: row.is_first,
            is_newer: row.is_newer,
            today: row.is_of_today.then(|| StoredToday {
                factors: row.score_factors,
                decay: row.habit_decay_index,
                flags: row.disengagement_flags.unwrap_or_default(),
                interpretation: row.behaviour_interpretation,
            }),
        });
        let rows = rows.fetch_all(tx).await.context("read the members")?;
        Ok(Batch::<Self>::of(rows, limit, |row| row.id))
    }

    fn subject(row: &Row) -> String {
        format!("member:{}", row.id)
    }

    fn decide(scope: &Scope<Gym>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        if !row.is_active {
            // Whether it was written is for the database to say.
            let change = Some(Change::Left { id: row.id });
            return Ok(Decision {
                change,
                counted: Counters::default(),
            });
        }
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
        let expected = row
            .weekly_target
            .unwrap_or(scope.settings.tunables.expected_visits_per_week);
        let commitment = Commitment::of(&facts, expected.into());
        let mut counted = Counters {
            insufficient_data: u64::from(commitment.score.is_none()),
            future_dates: u64::from(facts.future_date),
            ..Counters::default()
        };
        let change = if row.is_newer {
            counted.skipped_newer = 1;
            None
        } else if row.holds(&commitment) {
            counted.unchanged = 1;
            None
        } else {
            let has_history = row.is_first || row.score.map(i32::from) != commitment.score;
            Some(Change::Scored(Box::new(Scored {
                id: row.id,
                commitment,
                has_history,
            })))
        };
        Ok(Decision { change, counted })
    }

    async fn write(&self, tx: &mut PgConnection, scope: &Scope<Gym>, changes: &[Change]) -> Result<Counters> {
        let scored: Vec<&Scored> = changes.iter().filter_map(Change::scored).collect();
        let left: Vec<Uuid> = changes.iter().filter_map(Change::left).collect();
        let mut counted = write_scored(tx, scope, &scored).await?;
        if !left.is_empty() {
            counted.win_back = win_back(tx, scope, &left).await?;
        }
        // Whom the statements no longer found has been written by a later run, or has left or come back.
        counted.skipped_newer = changes.len() as u64 - counted.updated - counted.win_back;
        Ok(counted)
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        let (score, stage) = match change {
            Change::Scored(scored) => (json!(scored.commitment.score), scored.commitment.stage.as_str()),
            Change::Left { .. } => (json!(row.score), WIN_BACK_WINDOW),
        };
        Diff {
            before: json!({ "commitment_score": row.score, "member_stage": row.stage }),
            after: json!({ "commitment_score": score, "member_stage": stage }),
        }
    }
}

impl Row {
    /// Whether the row has this result already, as of today.
    fn holds(&self, commitment: &Commitment) -> bool {
        self.today.as_ref().is_some_and(|stored| {
            self.score.map(i32::from) == commitment.score
                && self.stage.as_deref() == Some(commitment.stage.as_str())
                && stored.decay.map(i32::from) == commitment.habit_decay_index
                && stored.interpretation.as_deref() == Some(commitment.interpretation.as_str())
                && stored
                    .flags
                    .iter()
                    .eq(commitment.flags.iter().map(|flag| flag.as_str()))
                && stored
                    .factors
                    .as_ref()
                    .is_some_and(|factors| same_json(factors, &commitment.score_factors))
        })
    }
}

impl Change {
    fn scored(&self) -> Option<&Scored> {
        match self {
            Self::Scored(scored) => Some(scored),
            Self::Left { .. } => None,
        }
    }

    fn left(&self) -> Option<Uuid> {
        match self {
            Self::Scored(_) => None,
            Self::Left { id } => Some(*id),
        }
    }
}

async fn write_scored(tx: &mut PgConnection, scope: &Scope<Gym>, scored: &[&Scored]) -> Result<Counters> {
    if scored.is_empty() {
        return Ok(Counters::default());
    }
    let written = sqlx::query_file!(
        "sql/commitment-scores/write.sql",
        scope.tenant.id,
        scope.as_of,
        scope.settings.today,
        &column(scored, |scored| scored.id),
        &column(scored, |scored| scored.commitment.score) as &[Option<i32>],
        &column(scored, |scored| &scored.commitment.score_factors) as &[&Value],
        &column(scored, |scored| scored.commitment.stage.as_str()) as &[&str],
        &column(scored, |scored| scored.commitment.habit_decay_index) as &[Option<i32>],
        &column(scored, |scored| joined(&scored.commitment.flags)),
        &column(scored, |scored| scored.commitment.interpretation.as_str()) as &[&str],
        &column(scored, |scored| scored.commitment.band()) as &[Option<&str>],
        &column(scored, |scored| scored.has_history)
    )
    .fetch_one(tx)
    .await
    .context("write the scores")?;
    Ok(Counters {
        updated: written.updated.try_into()?,
        history_rows: written.history_rows.try_into()?,
        ..Counters::default()
    })
}

/// Moves members who have left to the last stage, and counts those who were not there yet.
async fn win_back(tx: &mut PgConnection, scope: &Scope<Gym>, left: &[Uuid]) -> Result<u64> {
    let moved = sqlx::query_file!("sql/commitment-scores/win_back.sql", scope.tenant.id, left);
    Ok(moved
        .execute(tx)
        .await
        .context("move members to the win-back window")?
        .rows_affected())
}

/// Flags as the one text that the statement takes apart again.
fn joined(flags: &[Flag]) -> String {
    flags
        .iter()
        .map(|flag| flag.as_str())
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use shared::testing::conformance::Fixture;
    use shared::testing::{TestDb, decided, execute, invoked, subject_id};

    use super::*;

    struct Members;

    impl Fixture for Members {
        type Job = CommitmentScores;

        fn job() -> CommitmentScores {
            CommitmentScores
        }

        fn as_of() -> DateTime<Utc> {
            "2026-01-29T02:00:00Z".parse().unwrap()
        }

        /// Members who came every day, every other day and so on; every third has left.
        async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
            let members: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
            sqlx::query(
                "with seeded as (
                    insert into coaching.member (id, tenant_id, joined_date, status)
                    select id, $1, '2025-10-01', case when n % 3 = 0 then 'cancelled' else 'active' end
                    from unnest($2::uuid[]) with ordinality as m (id, n)
                )
                insert into coaching.member_activity (id, tenant_id, member_id, activity_date, activity_type)
                select md5(id::text || ago)::uuid, $1, id, date '2026-01-29' - ago::integer, 'visit'
                from unnest($2::uuid[]) with ordinality as m (id, n), generate_series(n, n * 12, n) ago",
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

    /// A gym with one member, who came yesterday for the first time.
    async fn gym_with_a_member() -> (TestDb, PgConnection, Uuid, Uuid) {
        let db = TestDb::new().await;
        let tenant = db.tenant("coaching", "gym", "UTC").await;
        let mut connection = db.connect().await;
        let member = subject_id(tenant, 1);
        let statement = format!(
            "insert into coaching.member (id, tenant_id, joined_date) values ('{member}', '{tenant}', '2026-01-01');
            insert into coaching.member_activity (tenant_id, member_id, activity_date, activity_type)
            values ('{tenant}', '{member}', '2026-01-28', 'visit')"
        );
        execute(&mut connection, &statement).await;
        (db, connection, tenant, member)
    }

    /// The member's history: day, score and the time it was calculated.
    async fn history(connection: &mut PgConnection) -> Vec<(String, Option<i16>, DateTime<Utc>)> {
        let rows =
            "select scored_on::text, score, calculated_at from coaching.member_score_history order by 1";
        sqlx::query_as(rows).fetch_all(connection).await.unwrap()
    }

    fn at(hour: u32) -> DateTime<Utc> {
        format!("2026-01-29T{hour:02}:00:00Z").parse().unwrap()
    }

    #[tokio::test]
    async fn another_score_on_the_same_day_replaces_the_days_history() {
        let (db, mut connection, tenant, member) = gym_with_a_member().await;
        db.run(&CommitmentScores, &invoked(at(2))).await;
        let first = history(&mut connection).await;
        let today = format!(
            "insert into coaching.member_activity (tenant_id, member_id, activity_date, activity_type)
            values ('{tenant}', '{member}', '2026-01-29', 'check_in')"
        );
        execute(&mut connection, &today).await;
        let report = db.run(&CommitmentScores, &invoked(at(9))).await;
        assert_eq!(
            (&report.counters["updated"], &report.counters["historyRows"]),
            (&json!(1), &json!(1))
        );
        let second = history(&mut connection).await;
        assert_eq!((first.len(), second.len()), (1, 1));
        assert_ne!(first[0].1, second[0].1);
        assert_eq!((first[0].2, second[0].2), (at(2), at(9)));
    }

    #[tokio::test]
    async fn a_late_duplicate_leaves_result_and_history_of_the_later_run() {
        let (db, mut connection, _, _) = gym_with_a_member().await;
        db.run(&CommitmentScores, &invoked(at(9))).await;
        let before = (history(&mut connection).await, db.state("coaching").await);
        let late = db.run(&CommitmentScores, &invoked(at(2))).await;
        assert_eq!(late.counters["skippedNewer"], 1);
        assert_eq!(
            (history(&mut connection).await, db.state("coaching").await),
            before
        );
    }

    #[tokio::test]
    async fn the_next_day_dates_the_result_anew_and_keeps_an_equal_score_out_of_the_history() {
        let (db, mut connection, _, _) = gym_with_a_member().await;
        db.run(&CommitmentScores, &invoked(at(2))).await;
        // The stored score is made the one of the next day, so that nothing changes but the day.
        let next_day = at(2) + chrono::TimeDelta::days(1);
        let dry = shared::request::Request {
            dry_run: true,
            ..invoked(next_day)
        };
        let next_score = db.run(&CommitmentScores, &dry).await.changes[0].after["commitment_score"].clone();
        execute(
            &mut connection,
            &format!("update coaching.member set commitment_score = {next_score}"),
        )
        .await;
        let report = db.run(&CommitmentScores, &invoked(next_day)).await;
        assert_eq!(
            (&report.counters["updated"], &report.counters["historyRows"]),
            (&json!(1), &json!(0))
        );
        assert_eq!(history(&mut connection).await.len(), 1);
    }

    #[tokio::test]
    async fn members_who_change_between_reading_and_writing_are_counted_and_left_alone() {
        let (db, mut connection, tenant, member) = gym_with_a_member().await;
        let gone = subject_id(tenant, 2);
        let left = format!(
            "insert into coaching.member (id, tenant_id, joined_date, status)
            values ('{gone}', '{tenant}', '2026-01-01', 'inactive')"
        );
        execute(&mut connection, &left).await;
        let tenant = shared::testing::tenant("gym", "UTC");
        let (scope, changes) = decided(&CommitmentScores, &mut connection, tenant, at(2)).await;
        let meanwhile = format!(
            "update coaching.member set commitment_score_calculated_at = '2026-01-29 02:00:01Z' where id = '{member}';
            update coaching.member set status = 'active' where id = '{gone}'"
        );
        execute(&mut connection, &meanwhile).await;
        let before = db.state("coaching").await;
        let counted = CommitmentScores
            .write(&mut connection, &scope, &changes)
            .await
            .unwrap();
        assert_eq!(
            counted,
            Counters {
                skipped_newer: 2,
                ..Counters::default()
            }
        );
        assert_eq!(db.state("coaching").await, before);
    }

    #[tokio::test]
    async fn pages_begin_with_the_lowest_of_all_ids_and_end_with_the_highest() {
        let (db, mut connection, tenant, _) = gym_with_a_member().await;
        let extremes = format!(
            "insert into coaching.member (id, tenant_id, joined_date)
            select id, '{tenant}', '2026-01-01' from unnest(array['{}', '{}']::uuid[]) id",
            Uuid::nil(),
            Uuid::max()
        );
        execute(&mut connection, &extremes).await;
        for batch_size in [1, 2, 3] {
            let request = shared::request::Request {
                dry_run: true,
                ..invoked(at(2))
            };
            let answer = db
                .runner(batch_size)
                .run(&CommitmentScores, &request, None, &mut ())
                .await
                .unwrap();
            assert_eq!(
                shared::testing::ran(answer).totals.total,
                3,
                "pages of {batch_size}"
            );
        }
    }

    #[tokio::test]
    async fn instants_without_end_are_as_good_as_any() {
        let (db, mut connection, _, _) = gym_with_a_member().await;
        execute(
            &mut connection,
            "update coaching.member set commitment_score_calculated_at = 'infinity'",
        )
        .await;
        assert_eq!(
            db.run(&CommitmentScores, &invoked(at(2))).await.counters["skippedNewer"],
            1
        );
        execute(
            &mut connection,
            "update coaching.member set commitment_score_calculated_at = '-infinity'",
        )
        .await;
        assert_eq!(
            db.run(&CommitmentScores, &invoked(at(2))).await.counters["updated"],
            1
        );
    }
}
