//! Scores how reliably every customer of a shop pays and comes.

mod event;
#[cfg(test)]
mod golden;
mod rule;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::json;
use shared::config::{ConfigError, Variables};
use shared::job::{Batch, Decision, Diff, Job, Reason, Scope, Tenant};
use shared::sql::column;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use event::{Event, FREE_NOTICE};
use rule::{CustomerScore, History, NoShowBreakdown, NoShowStat, ScoreBreakdown, Stats, Tier};

/// How far back the scores look where nobody says otherwise, and how far they may (days).
const WINDOW_DAYS: i32 = 180;
const WINDOW_DAYS_RANGE: std::ops::RangeInclusive<i32> = 30..=730;

/// Outcomes that were fixed longer ago than this are no ground for a score (hours): resolve-outcomes runs every
/// day, and may be two hours late.
const STALE_OUTCOMES_HOURS: i64 = 26;

/// The job.
pub struct RecomputeScores {
    window_days: i32,
}

impl RecomputeScores {
    /// Makes the job as the process's variables say.
    ///
    /// # Errors
    /// [`ConfigError`] when the window is no whole number within its range.
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let window_days = variables.whole("RECOMPUTE_SCORES_WINDOW_DAYS", WINDOW_DAYS_RANGE, WINDOW_DAYS)?;
        Ok(Self { window_days })
    }
}

/// A customer with the appointments of the window, and of the stored rows what a decision shows.
pub struct Row {
    id: Uuid,
    events: Vec<Event>,
    score: Option<i32>,
    /// None: no row yet.
    tier: Option<String>,
    no_show_score: Option<i32>,
    no_show_risk: Option<String>,
    no_show_rate: Option<Decimal>,
}

/// A customer's two rows as they should be. Whether they are so already is for the database to say.
pub struct Change {
    id: Uuid,
    score: CustomerScore,
    no_show: NoShowStat,
}

shared::counters! {
    pub struct Counters {
        scores_changed: u64,
        scores_unchanged: u64,
        no_show_stats_changed: u64,
        no_show_stats_unchanged: u64,
        tier_top: u64,
        tier_neutral: u64,
        tier_risk: u64,
        tier_changed: u64,
        insufficient_history: u64,
        /// Whether the outcomes of any shop were too old to go by.
        stale: bool,
    }
}

impl Job for RecomputeScores {
    const NAME: &'static str = "recompute-scores";
    const PRODUCT: &'static str = "booking";
    const LOCK_ID: i32 = 482_175;

    type Settings = ();
    type Cursor = Uuid;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    async fn settings(&self, _tx: &mut PgConnection, _as_of: DateTime<Utc>, _tenant: &Tenant) -> Result<()> {
        Ok(())
    }

    /// Asks whether the outcomes are of today: the scores go by them, and are written all the same.
    async fn once(&self, tx: &mut PgConnection, scope: &Scope<()>) -> Result<Counters> {
        let oldest = scope.as_of - TimeDelta::hours(STALE_OUTCOMES_HOURS);
        let stale = sqlx::query_file_scalar!(
            "sql/recompute-scores/is_stale.sql",
            oldest,
            scope.as_of,
            scope.tenant.slug
        );
        Ok(Counters {
            stale: stale.fetch_one(tx).await.context("look for fresh outcomes")?,
            ..Counters::default()
        })
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<()>,
        after: Option<&Uuid>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let rows = sqlx::query_file!(
            "sql/recompute-scores/read.sql",
            scope.tenant.id,
            after.copied().unwrap_or_default(),
            after,
            scope.as_of - TimeDelta::days(self.window_days.into()),
            scope.as_of,
            FREE_NOTICE as TimeDelta,
            limit
        )
        .map(|row| Row {
            id: row.id,
            events: row.events.unwrap_or_default(),
            score: row.score,
            tier: row.tier,
            no_show_score: row.no_show_score,
            no_show_risk: row.no_show_risk,
            no_show_rate: row.no_show_rate,
        });
        let rows = rows.fetch_all(tx).await.context("read the customers")?;
        Ok(Batch::<Self>::of(rows, limit, |row| row.id))
    }

    fn subject(row: &Row) -> String {
        format!("customer:{}", row.id)
    }

    fn decide(scope: &Scope<()>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let score = CustomerScore::of(scope.as_of, &row.events);
        let mut counted = Counters {
            tier_changed: row
                .tier
                .as_deref()
                .is_some_and(|stored| stored != score.tier.as_str())
                .into(),
            insufficient_history: (score.history != History::Enough).into(),
            ..Counters::default()
        };
        match score.tier {
            Tier::Top => counted.tier_top = 1,
            Tier::Neutral => counted.tier_neutral = 1,
            Tier::Risk => counted.tier_risk = 1,
        }
        let change = Some(Change {
            id: row.id,
            score,
            no_show: NoShowStat::of(scope.as_of, &row.events),
        });
        Ok(Decision { change, counted })
    }

    async fn write(&self, tx: &mut PgConnection, scope: &Scope<()>, changes: &[Change]) -> Result<Counters> {
        let scores_changed = self.write_scores(tx, scope, changes).await?;
        let no_show_stats_changed = self.write_no_show_stats(tx, scope, changes).await?;
        let all = changes.len() as u64;
        Ok(Counters {
            scores_changed,
            scores_unchanged: all - scores_changed,
            no_show_stats_changed,
            no_show_stats_unchanged: all - no_show_stats_changed,
            ..Counters::default()
        })
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        let Change { score, no_show, .. } = change;
        Diff {
            before: json!({
                "score": row.score,
                "tier": row.tier,
                "no_show_score": row.no_show_score,
                "no_show_risk": row.no_show_risk,
                "no_show_rate": row.no_show_rate.map(shown),
            }),
            after: json!({
                "score": score.score,
                "tier": score.tier.as_str(),
                "no_show_score": no_show.score(),
                "no_show_risk": no_show.risk(),
                "no_show_rate": no_show.no_show_rate.map(shown),
            }),
        }
    }
}

impl RecomputeScores {
    /// Writes the scores that differ from the stored ones, and counts them.
    async fn write_scores(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<()>,
        changes: &[Change],
    ) -> Result<u64> {
        let written = sqlx::query_file!(
            "sql/recompute-scores/write_scores.sql",
            scope.tenant.id,
            scope.as_of,
            self.window_days,
            &column(changes, |change| change.id),
            &column(changes, |change| change.score.score),
            &column(changes, |change| change.score.tier.as_str()) as &[&str],
            &column(changes, |change| change.score.history.as_str()) as &[&str],
            &column(changes, |change| Json(&change.score.stats)) as &[Json<&Stats>],
            &column(changes, |change| Json(&change.score.breakdown)) as &[Json<&ScoreBreakdown>],
            &column(changes, |change| change.score.last_activity_at) as &[Option<DateTime<Utc>>]
        );
        let written = written.execute(tx).await.context("write the scores")?;
        Ok(written.rows_affected())
    }

    /// Writes the no-show statistics that differ from the stored ones, and counts them.
    async fn write_no_show_stats(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<()>,
        changes: &[Change],
    ) -> Result<u64> {
        let written = sqlx::query_file!(
            "sql/recompute-scores/write_no_show_stats.sql",
            scope.tenant.id,
            scope.as_of,
            self.window_days,
            &column(changes, |change| change.id),
            &column(changes, |change| change.no_show.visits),
            &column(changes, |change| change.no_show.attended),
            &column(changes, |change| change.no_show.presumed_attended),
            &column(changes, |change| change.no_show.no_shows),
            &column(changes, |change| change.no_show.no_shows_last_90_days),
            &column(changes, |change| change.no_show.late_cancels),
            &column(changes, |change| change.no_show.cancels),
            &column(changes, |change| change.no_show.no_show_rate) as &[Option<Decimal>],
            &column(changes, |change| change.no_show.last_no_show_at) as &[Option<DateTime<Utc>>],
            &column(changes, |change| change.no_show.score()) as &[Option<i32>],
            &column(changes, |change| change.no_show.risk()) as &[Option<&str>],
            &column(changes, |change| Json(&change.no_show.breakdown)) as &[Json<&NoShowBreakdown>]
        );
        let written = written
            .execute(tx)
            .await
            .context("write the no-show statistics")?;
        Ok(written.rows_affected())
    }
}

/// A rate with its four decimals, which a stored zero comes without.
fn shown(rate: Decimal) -> String {
    format!("{rate:.4}")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use shared::report::Report;
    use shared::testing::conformance::Fixture;
    use shared::testing::{TestDb, execute, invoked, subject_id};

    use super::*;

    const JOB: RecomputeScores = RecomputeScores {
        window_days: WINDOW_DAYS,
    };

    struct Customers;

    impl Fixture for Customers {
        type Job = RecomputeScores;

        fn job() -> RecomputeScores {
            JOB
        }

        fn as_of() -> DateTime<Utc> {
            "2026-11-22T02:00:00Z".parse().unwrap()
        }

        /// The first customer has no appointment, the second one, the third two, and so on: paid visits and,
        /// every third of them, one that the customer did not come to.
        async fn seed(connection: &mut PgConnection, tenant: Uuid, count: u32) -> Result<()> {
            let customers: Vec<Uuid> = (1..=count).map(|n| subject_id(tenant, n)).collect();
            sqlx::query(
                "with seeded as (
                    insert into booking.customer (id, tenant_id, name)
                    select id, $1, 'Ada' from unnest($2::uuid[]) id
                )
                insert into booking.appointment (
                    id, tenant_id, customer_id, resource, starts_at, ends_at, status, financial_outcome, attendance
                )
                select
                    md5(id::text || k)::uuid, $1, id, id::text, starts_at, starts_at + interval '1 hour', 'ended',
                    'settled', case when k % 3 = 0 then 'no_show' else 'unknown' end
                from unnest($2::uuid[]) with ordinality as c (id, n)
                cross join generate_series(1, n - 1) k
                cross join lateral (select timestamptz '2026-11-20 09:00Z' - k * interval '10 days') s (starts_at)",
            )
            .bind(tenant)
            .bind(customers)
            .execute(connection)
            .await?;
            Ok(())
        }

        fn written() -> (&'static str, &'static str) {
            ("booking.customer_score", "customer_id")
        }
    }

    shared::conformance!(Customers);

    /// A shop with so many of the fixture's customers.
    async fn shop(customers: u32) -> (TestDb, PgConnection, Uuid) {
        let db = TestDb::new().await;
        let tenant = db.tenant("booking", "shop", "UTC").await;
        let mut connection = db.connect().await;
        Customers::seed(&mut connection, tenant, customers).await.unwrap();
        (db, connection, tenant)
    }

    async fn night(db: &TestDb, days: i64) -> Report {
        db.run(&JOB, &invoked(Customers::as_of() + TimeDelta::days(days)))
            .await
    }

    /// Both rows of every customer: the transaction that wrote them and the time that they bear.
    async fn versions(connection: &mut PgConnection) -> Vec<(String, DateTime<Utc>, String, DateTime<Utc>)> {
        let rows = "select s.xmin::text, s.computed_at, n.xmin::text, n.computed_at
            from booking.customer_score s full join booking.no_show_stat n using (customer_id) order by customer_id";
        sqlx::query_as(rows).fetch_all(connection).await.unwrap()
    }

    fn counters(values: [u64; 9], stale: bool) -> Value {
        let names = [
            "scoresChanged",
            "scoresUnchanged",
            "noShowStatsChanged",
            "noShowStatsUnchanged",
            "tierTop",
            "tierNeutral",
            "tierRisk",
            "tierChanged",
            "insufficientHistory",
        ];
        let mut counters: serde_json::Map<String, Value> = names
            .map(str::to_owned)
            .into_iter()
            .zip(values.map(Value::from))
            .collect();
        counters.insert("stale".into(), stale.into());
        Value::Object(counters)
    }

    #[tokio::test]
    async fn every_customer_gets_both_rows_and_is_counted_once() {
        let (db, mut connection, _) = shop(3).await;
        // Nothing: 50, neutral, none. One settled: 70, neutral, short. Two: 90, top, short.
        assert_eq!(
            night(&db, 0).await.counters,
            counters([3, 0, 3, 0, 1, 2, 0, 0, 3], true)
        );
        assert_eq!(versions(&mut connection).await.len(), 3);
    }

    #[tokio::test]
    async fn unchanged_rows_keep_their_time_and_are_not_written_anew() {
        let (db, mut connection, tenant) = shop(3).await;
        night(&db, 0).await;
        let before = versions(&mut connection).await;
        // A pending appointment counts in no class. It is the third customer's last activity, and nothing else.
        let pending = format!(
            "insert into booking.appointment (tenant_id, customer_id, starts_at, ends_at)
            values ('{tenant}', '{}', '2026-11-21 09:00Z', '2026-11-21 10:00Z')",
            subject_id(tenant, 3)
        );
        execute(&mut connection, &pending).await;
        assert_eq!(
            night(&db, 1).await.counters,
            counters([1, 2, 0, 3, 1, 2, 0, 0, 3], true)
        );
        let after = versions(&mut connection).await;
        assert_eq!(after[..2], before[..2], "the first two customers");
        assert_eq!(
            (&after[2].2, after[2].3),
            (&before[2].2, before[2].3),
            "his statistics"
        );
        assert_ne!(after[2].0, before[2].0, "his score");
        assert_eq!(after[2].1, Customers::as_of() + TimeDelta::days(1));
    }

    #[tokio::test]
    async fn any_difference_is_mended() {
        let (db, mut connection, _) = shop(1).await;
        night(&db, 0).await;
        let state = db.state("booking").await;
        let damages = [
            ("customer_score", "score = 51"),
            ("customer_score", "tier = 'top'"),
            ("customer_score", "history = 'short'"),
            ("customer_score", "window_days = 181"),
            ("customer_score", "stats = stats || '{\"settled\": 1}'"),
            ("customer_score", "breakdown = breakdown - 'unit'"),
            ("customer_score", "last_activity_at = now()"),
            ("no_show_stat", "visits = 1"),
            ("no_show_stat", "attended = 1"),
            ("no_show_stat", "presumed_attended = 1"),
            ("no_show_stat", "no_shows = 1"),
            ("no_show_stat", "no_shows_last_90_days = 1"),
            ("no_show_stat", "late_cancels = 1"),
            ("no_show_stat", "cancels = 1"),
            ("no_show_stat", "no_show_rate = 0"),
            ("no_show_stat", "last_no_show_at = now()"),
            ("no_show_stat", "score = 75, risk = 'low'"),
            ("no_show_stat", "window_days = 181"),
            ("no_show_stat", "breakdown = breakdown || '{\"total\": 151}'"),
        ];
        for (table, damage) in damages {
            execute(&mut connection, &format!("update booking.{table} set {damage}")).await;
            let report = night(&db, 0).await;
            let changed = ["scoresChanged", "noShowStatsChanged"].map(|name| report.counters[name].as_u64());
            let expected = if table == "customer_score" { [1, 0] } else { [0, 1] };
            assert_eq!(changed, expected.map(Some), "{damage}");
            assert_eq!(db.state("booking").await, state, "{damage}");
        }
    }

    #[tokio::test]
    async fn a_customer_without_rows_does_not_have_those_of_the_next_one() {
        let (db, mut connection, tenant) = shop(3).await;
        night(&db, 0).await;
        let state = db.state("booking").await;
        for table in ["customer_score", "no_show_stat"] {
            let delete = format!(
                "delete from booking.{table} where customer_id = '{}'",
                subject_id(tenant, 2)
            );
            execute(&mut connection, &delete).await;
        }
        // The next one is of the top, and he is not.
        assert_eq!(
            night(&db, 0).await.counters,
            counters([1, 2, 1, 2, 1, 2, 0, 0, 3], true)
        );
        assert_eq!(db.state("booking").await, state);
    }

    #[tokio::test]
    async fn a_tier_has_changed_where_there_was_another_one() {
        let (db, mut connection, _) = shop(3).await;
        assert_eq!(night(&db, 0).await.counters["tierChanged"], 0, "there was none");
        execute(
            &mut connection,
            "update booking.appointment set attendance = 'no_show'",
        )
        .await;
        // One no-show: 10. Two: 0. The first customer stays as he is.
        assert_eq!(
            night(&db, 0).await.counters,
            counters([2, 1, 2, 1, 0, 1, 2, 2, 3], true)
        );
    }

    #[tokio::test]
    async fn deleted_customers_are_no_subjects_and_their_rows_are_left_alone() {
        let (db, mut connection, _) = shop(2).await;
        night(&db, 0).await;
        execute(
            &mut connection,
            "update booking.customer set deleted_at = now();
            update booking.customer_score set score = 1;
            update booking.no_show_stat set cancels = 9",
        )
        .await;
        let before = (db.state("booking").await, versions(&mut connection).await);
        assert_eq!(night(&db, 1).await.totals.total, 0);
        assert_eq!(
            (db.state("booking").await, versions(&mut connection).await),
            before
        );
    }

    #[tokio::test]
    async fn a_dry_run_shows_who_changes_and_nobody_else() {
        let (db, mut connection, tenant) = shop(3).await;
        night(&db, 0).await;
        execute(
            &mut connection,
            &format!(
                "update booking.appointment set attendance = 'no_show' where customer_id = '{}'",
                subject_id(tenant, 2)
            ),
        )
        .await;
        let request = shared::request::Request {
            dry_run: true,
            ..invoked(Customers::as_of())
        };
        let changes = db.run(&JOB, &request).await.changes;
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].subject, format!("customer:{}", subject_id(tenant, 2)));
        let shown = |score: i32, tier: &str, no_show_score: i32, risk: &str, rate: &str| {
            json!({
                "score": score, "tier": tier, "no_show_score": no_show_score, "no_show_risk": risk,
                "no_show_rate": rate,
            })
        };
        assert_eq!(changes[0].before, shown(70, "neutral", 83, "low", "0.0000"));
        assert_eq!(changes[0].after, shown(10, "risk", 53, "medium", "1.0000"));
    }

    #[tokio::test]
    async fn scores_are_stale_unless_the_outcomes_of_the_shop_are_of_the_last_26_hours() {
        let (db, mut connection, _) = shop(1).await;
        let as_of = Customers::as_of();
        let (day, oldest) = (as_of - TimeDelta::hours(2), as_of - TimeDelta::hours(26));
        let second = TimeDelta::seconds(1);
        let table = [
            (false, "resolve-outcomes", day, false, "succeeded", ""),
            (false, "resolve-outcomes", day, false, "partial", ""),
            (false, "resolve-outcomes", day, false, "succeeded", "shop"),
            (false, "resolve-outcomes", oldest, false, "succeeded", ""),
            (false, "resolve-outcomes", as_of, false, "succeeded", ""),
            (true, "resolve-outcomes", oldest - second, false, "succeeded", ""),
            (true, "resolve-outcomes", as_of + second, false, "succeeded", ""),
            (true, "resolve-outcomes", day, true, "succeeded", ""),
            (true, "resolve-outcomes", day, false, "failed", ""),
            (true, "resolve-outcomes", day, false, "incomplete", ""),
            (true, "resolve-outcomes", day, false, "skipped", ""),
            (true, "resolve-outcomes", day, false, "running", ""),
            (true, "resolve-outcomes", day, false, "succeeded", "another-shop"),
            (true, "expire-offers", day, false, "succeeded", ""),
        ];
        for (stale, job, run_as_of, dry_run, status, scope) in table {
            execute(&mut connection, "delete from platform.job_run").await;
            sqlx::query(
                "insert into platform.job_run (job, trigger, as_of, dry_run, status, scope)
                values ($1, 'schedule', $2, $3, $4, $5)",
            )
            .bind(job)
            .bind(run_as_of)
            .bind(dry_run)
            .bind(status)
            .bind(scope)
            .execute(&mut connection)
            .await
            .unwrap();
            assert_eq!(
                night(&db, 0).await.counters["stale"],
                stale,
                "{job} {run_as_of} {dry_run} {status} {scope}"
            );
        }
    }

    #[tokio::test]
    async fn one_shop_with_old_outcomes_makes_the_run_stale() {
        let (db, mut connection, _) = shop(1).await;
        let run = "insert into platform.job_run (job, trigger, as_of, status, scope)
            values ('resolve-outcomes', 'schedule', '2026-11-22 00:00Z', 'succeeded', 'shop')";
        execute(&mut connection, run).await;
        assert_eq!(night(&db, 0).await.counters["stale"], false);
        db.tenant("booking", "another-shop", "UTC").await;
        assert_eq!(night(&db, 0).await.counters["stale"], true);
    }

    #[test]
    fn the_window_is_of_30_to_730_days() {
        let window = |value: &str| {
            let variable = |name: &str| (name == "RECOMPUTE_SCORES_WINDOW_DAYS").then(|| value.to_owned());
            RecomputeScores::from_variables(&Variables::new(&variable)).map(|job| job.window_days)
        };
        assert_eq!(
            ["", "30", "730"].map(|value| window(value).unwrap()),
            [180, 30, 730]
        );
        for refused in ["29", "731", "-180", "180.5", "half a year"] {
            assert_eq!(
                window(refused).unwrap_err().to_string(),
                "RECOMPUTE_SCORES_WINDOW_DAYS must be a whole number from 30 to 730",
                "{refused}"
            );
        }
    }
}
