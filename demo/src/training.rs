//! Training apps for a demo, a test or a benchmark: the same rows with the same ids for the same seed.
//!
//! People lift, run out of progress, go on holiday, never rest or never begin; phones leave drafts behind and close
//! them a day later. Nights and weeks before have left metrics, reports and predictions. No figure of the night or of
//! the week that is due is filled, but for reports that were made too early: that is what the jobs are for.

mod before;
mod diary;
mod exercises;
mod habit;
mod past;
mod places;
mod profile;
mod sets;
mod user;
mod weeks;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::{bare, copy::Rows, names::Place, random::Random};
use diary::Diary;
use exercises::Exercises;
use places::PLACES;

/// Users in one round of inserts: at sixty sets each, some ten megabytes in memory.
const CHUNK: u32 = 1_000;

/// The tables that are filled without their indexes: those that grow with every workout.
pub const LARGEST: &str = "training.workout, training.workout_set";

/// How much is made up.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub apps: u32,
    pub users_per_app: u32,
    /// Of the last 43 days, those that do not count among them; the mean of all users, nearly, if it is from 4 to 16.
    ///
    /// Some 7 more a user are older, with one or two sets each: a workout or two a week, for half of those who trained
    /// lately, and what people did who have not been there since.
    pub workouts_per_user: u32,
    /// The mean of the last 43 days, nearly.
    pub sets_per_workout: u32,
    /// Whether the last app has a time zone that nobody knows. Of its users, one has none of his own.
    pub unknown_zone: bool,
}

/// How many rows were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    pub apps: u64,
    pub exercises: u64,
    pub users: u64,
    pub profiles: u64,
    pub workouts: u64,
    pub sets: u64,
    pub usage_days: u64,
    pub metrics: u64,
    pub reports: u64,
    pub predictions: u64,
}

/// Fills a migrated database with training apps as they stand at `as_of`, in one transaction.
///
/// The connection must be a superuser's: PostgreSQL copies into no table whose policies bind the writer.
///
/// # Errors
/// When the database refuses, as it does when apps of the same names are there already.
pub async fn fill(conn: &mut PgConnection, seed: u64, as_of: DateTime<Utc>, size: Size) -> Result<Filled> {
    // Other products' tenants of the same seed may be there, and took the first ids.
    let mut random = Random::new(seed ^ u64::from_be_bytes(*b"training"));
    let mut filled = Filled::default();
    let mut tx = conn.begin().await.context("begin to fill the training apps")?;
    bare::set_aside(&mut tx, LARGEST).await?;
    for number in 0..size.apps {
        let app = App::draw(number, as_of, size, &mut random);
        app.fill(&mut tx, size, &mut random, &mut filled)
            .await
            .with_context(|| format!("fill app {}", app.slug))?;
    }
    bare::put_back(&mut tx).await?;
    // Lets the planner know what has come.
    let analyze = format!(
        "analyze training.setting, training.app_user, training.coach_profile, training.exercise, \
         training.llm_usage_daily, training.behavior_metric, training.weekly_report, training.prediction, {LARGEST}"
    );
    tx.execute(AssertSqlSafe(analyze))
        .await
        .context("analyse the tables")?;
    tx.commit().await.context("commit the training apps")?;
    Ok(filled)
}

/// A training app and the instant at which it is there.
struct App {
    id: Uuid,
    place: Place,
    name: String,
    slug: String,
    time_zone: &'static str,
    /// Whether nobody knows its zone.
    is_lost: bool,
    as_of: DateTime<Utc>,
    /// Whether it has settings of its own.
    is_tuned: bool,
    exercises: Exercises,
}

impl App {
    fn draw(number: u32, as_of: DateTime<Utc>, size: Size, random: &mut Random) -> Self {
        let place = PLACES[number as usize % PLACES.len()];
        let (name, slug) = place.branch(number as usize / PLACES.len());
        let is_lost = size.unknown_zone && number + 1 == size.apps;
        Self {
            id: random.id(),
            place,
            name,
            slug,
            time_zone: place.time_zone(is_lost),
            is_lost,
            as_of,
            is_tuned: number % 2 == 1,
            exercises: Exercises::draw(random),
        }
    }

    async fn fill(
        &self,
        tx: &mut PgConnection,
        size: Size,
        random: &mut Random,
        filled: &mut Filled,
    ) -> Result<()> {
        filled.apps += self.insert(tx).await?;
        if self.is_tuned {
            self.insert_setting(tx, random.id()).await?;
        }
        filled.exercises += self.exercises.rows(self).write(tx).await?;
        for first in (0..size.users_per_app).step_by(CHUNK as usize) {
            let mut diary = Diary::new();
            for number in first..size.users_per_app.min(first + CHUNK) {
                user::add(self, &mut diary, number, size, random);
            }
            diary.write(tx, filled).await?;
        }
        Ok(())
    }

    async fn insert(&self, tx: &mut PgConnection) -> Result<u64> {
        let mut tenant = Rows::new(
            "copy platform.tenant (id, slug, name, product, time_zone, created_at) from stdin (format binary)",
        );
        tenant.push(&[
            &self.id,
            &self.slug,
            &self.name,
            &"training",
            &self.time_zone,
            &self.as_of,
        ]);
        tenant.write(tx).await
    }

    /// Four days a week of an hour, reports from four to seven, and what was missed at eight.
    async fn insert_setting(&self, tx: &mut PgConnection, id: Uuid) -> Result<()> {
        let mut setting = Rows::new(
            "copy training.setting (
                 id, tenant_id, default_target_days, default_session_minutes, report_from_hour, report_until_hour,
                 catch_up_hour, created_at
             )
             from stdin (format binary)",
        );
        setting.push(&[
            &id,
            &self.id,
            &4_i16,
            &60_i16,
            &4_i16,
            &7_i16,
            &8_i16,
            &self.as_of,
        ]);
        setting.write(tx).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Generator, count, filled, filled_at, has_each, seeded};

    struct Apps;

    impl Generator for Apps {
        type Size = Size;
        type Filled = Filled;

        /// A Tuesday; for those in the west of America still Monday.
        const AS_OF: &'static str = "2026-02-03T02:00:00Z";
        const SIZE: Size = Size {
            apps: 2,
            users_per_app: 700,
            workouts_per_user: 10,
            sets_per_workout: 4,
            unknown_zone: false,
        };
        const LOST: Size = Size {
            users_per_app: 100,
            unknown_zone: true,
            ..Self::SIZE
        };
        const UNCOUNTED: &'static [&'static str] = &["training.setting"];
        const ASKED: &'static [(&'static str, u64)] = &[("platform.tenant", 2), ("training.app_user", 1_400)];

        async fn fill(
            connection: &mut PgConnection,
            seed: u64,
            as_of: DateTime<Utc>,
            size: Size,
        ) -> Result<Filled> {
            fill(connection, seed, as_of, size).await
        }

        fn written(filled: &Filled) -> Vec<(&'static str, u64)> {
            let Filled {
                apps,
                exercises,
                users,
                profiles,
                workouts,
                sets,
                usage_days,
                metrics,
                reports,
                predictions,
            } = *filled;
            vec![
                ("platform.tenant", apps),
                ("training.exercise", exercises),
                ("training.app_user", users),
                ("training.coach_profile", profiles),
                ("training.workout", workouts),
                ("training.workout_set", sets),
                ("training.llm_usage_daily", usage_days),
                ("training.behavior_metric", metrics),
                ("training.weekly_report", reports),
                ("training.prediction", predictions),
            ]
        }
    }

    seeded!(Apps);

    #[tokio::test]
    async fn users_train_and_lift_as_much_as_was_asked_for_on_average() {
        let db = filled::<Apps>().await;
        let a_user = async |query: &str| count(&db, query).await as f64 / 1_400.0;
        let recent = a_user("select count(*) from training.workout where start_time > '2025-12-22'").await;
        assert!((9.0..11.0).contains(&recent), "{recent} workouts a user");
        let older = a_user("select count(*) from training.workout where start_time <= '2025-12-22'").await;
        assert!((6.0..8.0).contains(&older), "{older} older workouts a user");
        let sets = a_user(
            "select count(*) from training.workout_set s join training.workout w on w.id = s.workout_id
             where start_time > '2025-12-22'",
        )
        .await
            / recent;
        assert!((3.6..4.4).contains(&sets), "{sets} sets a workout");
    }

    #[tokio::test]
    async fn one_user_of_the_app_that_lives_nowhere_has_no_zone_of_his_own_either() {
        let db = filled_at::<Apps>(Apps::LOST).await;
        let homeless = "select count(*) from training.app_user u join platform.tenant t on t.id = u.tenant_id
            where t.time_zone = 'Atlantis/Capital'
            and not exists (select from pg_timezone_names z where z.name = trim(u.time_zone))";
        assert_eq!(count(&db, homeless).await, 1);
        let looked_at =
            "select count(*) from training.app_user u join platform.tenant t on t.id = u.tenant_id
            where t.time_zone = 'Atlantis/Capital' and u.time_zone is null
            and entitlement = 'pro' and disabled_at is null and exists (
              select from training.workout where user_id = u.id and completion_status = 'completed'
              and start_time between '2026-01-25' and '2026-02-03T02:00:00Z')";
        assert_eq!(count(&db, looked_at).await, 1);
    }

    #[tokio::test]
    async fn no_result_of_the_night_is_there_and_none_of_the_week_but_those_made_too_early() {
        let db = filled::<Apps>().await;
        for (case, query) in [
            ("a metric of today", "select count(*) from training.behavior_metric
              where metrics_date >= (timestamptz '2026-02-03T02:00Z' at time zone time_zone)::date"),
            ("a generated report of the week", "select count(*) from training.weekly_report
              where week_start >= '2026-01-26' and status = 'generated'"),
            ("a result of the future", "select count(*) from training.weekly_report
              where generated_at > '2026-02-03T02:00Z'"),
            ("a report without a prediction", "select count(*) from training.weekly_report r where not exists (
              select from training.prediction p where p.user_id = r.user_id and p.week_start = r.week_start)"),
            ("somebody who trained before he registered", "select count(*) from training.workout w
              join training.app_user u on u.id = w.user_id where start_time < registered_at - interval '1 day'"),
        ] {
            assert_eq!(count(&db, query).await, 0, "there is {case}");
        }
    }

    #[tokio::test]
    async fn an_app_has_all_kinds_of_what_a_job_may_meet() {
        let db = filled::<Apps>().await;
        sqlx::raw_sql(
            "create view counts as select * from training.workout where lifecycle_status = 'finalized'
             and completion_status is not null and start_time <= '2026-02-03T02:00Z';
             create view habits as select u.id, u.registered_at, min(start_time) as first, max(start_time) as last,
             count(distinct start_time::date) filter (where start_time > '2026-01-20T02:00Z') as fortnight
             from training.app_user u left join counts on user_id = u.id group by u.id",
        )
        .execute(&mut db.connect().await)
        .await
        .unwrap();
        let cases = [
            ("app with settings", "select count(*) from training.setting"),
            (
                "without a zone",
                "select count(*) from training.app_user where time_zone is null",
            ),
            (
                "blank zone",
                "select count(*) from training.app_user where trim(time_zone) = ''",
            ),
            (
                "zone with blanks",
                "select count(*) from training.app_user where time_zone ~ '^\\s|\\s$' and time_zone ~ '/'",
            ),
            (
                "unknown zone",
                "select count(*) from training.app_user where time_zone = 'europe/paris'",
            ),
            (
                "half hour",
                "select count(*) from training.app_user where time_zone = 'America/St_Johns'",
            ),
            (
                "quarter hour",
                "select count(*) from training.app_user where time_zone = 'Pacific/Chatham'",
            ),
            (
                "pro",
                "select count(*) from training.app_user where entitlement = 'pro'",
            ),
            (
                "trial",
                "select count(*) from training.app_user where email_verified and pro_trial_ends_at > '2026-02-04'",
            ),
            (
                "trial not verified",
                "select count(*) from training.app_user where not email_verified
              and pro_trial_ends_at > '2026-02-03T02:00Z'",
            ),
            (
                "trial that is over",
                "select count(*) from training.app_user where pro_trial_ends_at < '2026-02-03T02:00Z'",
            ),
            (
                "trial over this second",
                "select count(*) from training.app_user
              where pro_trial_ends_at = '2026-02-03T02:00Z'",
            ),
            (
                "disabled",
                "select count(*) from training.app_user where disabled_at <= '2026-02-03T02:00Z'",
            ),
            (
                "to be disabled",
                "select count(*) from training.app_user where disabled_at > '2026-02-03T02:00Z'",
            ),
            (
                "without wishes",
                "select count(*) from training.app_user u where not exists (
              select from training.coach_profile where user_id = u.id)",
            ),
            (
                "target 0",
                "select count(*) from training.coach_profile where target_days_per_week = 0",
            ),
            (
                "no target",
                "select count(*) from training.coach_profile where target_days_per_week is null",
            ),
            (
                "target 1",
                "select count(*) from training.coach_profile where target_days_per_week = 1",
            ),
            (
                "target 7",
                "select count(*) from training.coach_profile where target_days_per_week = 7",
            ),
            (
                "no goal",
                "select count(*) from training.coach_profile where primary_goal is null",
            ),
            ("never trained", "select count(*) from habits where first is null"),
            (
                "newcomer",
                "select count(*) from habits where first > '2026-01-21'",
            ),
            (
                "registered after the week",
                "select count(*) from habits where registered_at > '2026-02-02'",
            ),
            (
                "lapsed",
                "select count(*) from habits where last between '2025-12-20T02:00Z' and '2026-01-04T02:00Z'",
            ),
            (
                "gone, and still said to train",
                "select count(*) from habits where last < '2025-12-20T02:00Z' and (
              select workouts_last_14_days from training.behavior_metric where user_id = habits.id) > 0",
            ),
            (
                "gone, and known to be",
                "select count(*) from habits where last < '2025-12-20T02:00Z' and (
              select workouts_last_14_days from training.behavior_metric where user_id = habits.id) = 0",
            ),
            (
                "without a day of rest",
                "select count(*) from habits where fortnight >= 13",
            ),
            (
                "months of history",
                "select count(*) from habits where first < '2025-11-01' and fortnight > 2",
            ),
            (
                "draft",
                "select count(*) from training.workout where lifecycle_status = 'draft'",
            ),
            (
                "abandoned",
                "select count(*) from training.workout where lifecycle_status = 'abandoned'
              and completion_status = 'partial'",
            ),
            (
                "in part",
                "select count(*) from counts where completion_status = 'partial'",
            ),
            (
                "finalized without an end",
                "select count(*) from training.workout where lifecycle_status = 'finalized'
              and completion_status is null",
            ),
            (
                "forgotten",
                "select count(*) from counts where duration_minutes = 1439",
            ),
            (
                "of unknown length",
                "select count(*) from counts where duration_minutes is null",
            ),
            (
                "short",
                "select count(*) from counts where duration_minutes between 1 and 20",
            ),
            (
                "planned",
                "select count(*) from training.workout where start_time > '2026-02-03T02:00Z'",
            ),
            (
                "over midnight",
                "select count(*) from counts where start_time::date < end_time::date",
            ),
            (
                "warm-up",
                "select count(*) from training.workout_set where set_type = 'warmup'",
            ),
            (
                "no weight",
                "select count(*) from training.workout_set where weight_kg is null and reps > 0",
            ),
            (
                "no repetitions",
                "select count(*) from training.workout_set where reps is null and weight_kg > 0",
            ),
            (
                "seconds",
                "select count(*) from training.workout_set where duration_seconds > 0",
            ),
            (
                "model today",
                "select count(*) from training.llm_usage_daily where usage_date = '2026-02-03' and coach_calls > 0",
            ),
            (
                "model yesterday",
                "select count(*) from training.llm_usage_daily where usage_date = '2026-02-02'",
            ),
            (
                "model before",
                "select count(*) from training.llm_usage_daily where usage_date < '2026-02-02'",
            ),
            (
                "coach not asked",
                "select count(*) from training.llm_usage_daily where coach_calls = 0",
            ),
            (
                "metric of last night",
                "select count(*) from training.behavior_metric where computed_at = '2026-02-02T02:00Z'",
            ),
            (
                "report",
                "select count(*) from training.weekly_report where status = 'generated'",
            ),
            (
                "of too little",
                "select count(*) from training.weekly_report where status = 'insufficient_data'
              and week_start < '2026-01-26'",
            ),
            (
                "too early",
                "select count(*) from training.weekly_report where week_start = '2026-01-26'",
            ),
            (
                "too early, and more has come",
                "select count(*) from training.weekly_report r
              where week_start = '2026-01-26' and (select count(distinct start_time::date) from counts
              where user_id = r.user_id and start_time >= '2026-01-27' and start_time < '2026-02-01') > 2",
            ),
            (
                "on demand",
                "select count(*) from training.prediction where source = 'on_demand'",
            ),
            (
                "improved",
                "select count(*) from training.prediction where delta_reason = 'improved'",
            ),
            (
                "goal changed",
                "select count(*) from training.prediction where delta_reason = 'goal_changed'",
            ),
        ];
        has_each(&db, &cases).await;
    }
}
