//! What is read of workouts and sets, against PostgreSQL, and what is told of it by date.

mod sets;

use serde_json::{Value, json};
use shared::testing::{TestDb, execute, insert, subject_id};

use super::*;

const REACH: Reach = Reach {
    workouts: TimeDelta::days(40),
    lifts: TimeDelta::days(20),
};

fn as_of() -> DateTime<Utc> {
    "2026-02-03T02:00:00Z".parse().unwrap()
}

/// An app with so many users.
struct App {
    _db: TestDb,
    tenant: Uuid,
    connection: PgConnection,
}

impl App {
    async fn new(users: u32) -> Self {
        let db = TestDb::new().await;
        let tenant = db.tenant("training", "fit", "UTC").await;
        let mut app = Self {
            connection: db.connect().await,
            _db: db,
            tenant,
        };
        for n in 1..=users {
            let user = json!({
                "id": app.user(n), "tenant_id": tenant, "display_name": "", "entitlement": "free",
                "email_verified": false, "registered_at": as_of(), "created_at": as_of(),
            });
            insert(&mut app.connection, "training.app_user", &user).await;
        }
        app
    }

    fn user(&self, n: u32) -> Uuid {
        subject_id(self.tenant, n)
    }

    /// A workout of a user that counts, but for what is said of it.
    async fn workout(&mut self, n: u32, start: DateTime<Utc>, but_for: Value) -> Uuid {
        let id = Uuid::new_v4();
        let mut row = json!({
            "id": id, "tenant_id": self.tenant, "user_id": self.user(n), "lifecycle_status": "finalized",
            "completion_status": "completed", "start_time": start, "duration_minutes": 45, "created_at": as_of(),
        });
        for (column, value) in but_for.as_object().unwrap() {
            row[column] = value.clone();
        }
        insert(&mut self.connection, "training.workout", &row).await;
        id
    }

    /// A set of the n-th exercise in a workout of the first user.
    async fn set(&mut self, workout: Uuid, exercise: u32, set: Set) {
        let exercise = self.exercise(exercise);
        let known = format!(
            "insert into training.exercise (id, tenant_id, name) values ('{exercise}', '{}', 'Squat')
            on conflict do nothing",
            self.tenant
        );
        execute(&mut self.connection, &known).await;
        let (set_type, reps, kilograms, seconds) = set;
        let row = json!({
            "id": Uuid::new_v4(), "tenant_id": self.tenant, "user_id": self.user(1), "workout_id": workout,
            "exercise_id": exercise, "set_type": set_type, "reps": reps, "weight_kg": kilograms,
            "duration_seconds": seconds, "created_at": as_of(),
        });
        insert(&mut self.connection, "training.workout_set", &row).await;
    }

    fn exercise(&self, n: u32) -> Uuid {
        subject_id(self.tenant, 1_000 + n)
    }

    async fn read(&mut self, ids: &[Uuid]) -> Vec<History> {
        read(&mut self.connection, self.tenant, as_of(), REACH, ids)
            .await
            .unwrap()
    }

    /// What is read of the first user, lifts in the order of their time and exercise.
    async fn history(&mut self) -> History {
        let mut history = self.read(&[self.user(1)]).await.remove(0);
        history.workouts.sort_by_key(|workout| workout.start_time);
        history
            .lifts
            .sort_by_key(|lift| (lift.start_time, lift.exercise_id));
        history
    }

    /// The best of exercises before an instant, as the weekly report asks for it.
    async fn bests(&mut self, exercises: &[Uuid], before: DateTime<Utc>) -> Vec<Option<i64>> {
        let rows = sqlx::query_file!(
            "sql/weekly-report/bests.sql",
            self.tenant,
            &vec![self.user(1); exercises.len()],
            exercises,
            &vec![before; exercises.len()]
        );
        let mut bests = vec![None; exercises.len()];
        for row in rows.fetch_all(&mut self.connection).await.unwrap() {
            bests[row.place as usize - 1] = Some(row.best);
        }
        bests
    }
}

/// Type, repetitions, kilograms and seconds.
type Set = (&'static str, Option<i64>, Option<&'static str>, Option<i64>);

/// Volume in hundredths of kilograms, sets, and the estimated maximum in thirtieths of those.
type Worth = (i64, i64, Option<i64>);

fn starts(history: &History) -> Vec<DateTime<Utc>> {
    history
        .workouts
        .iter()
        .map(|workout| workout.start_time)
        .collect()
}

#[tokio::test]
async fn workouts_count_that_were_finalized_and_done_in_full_or_in_part() {
    let mut app = App::new(1).await;
    let mut expected = Vec::new();
    let statuses = ["draft", "abandoned", "finalized"].into_iter();
    let statuses = statuses.flat_map(|status| {
        let completions = [None, Some("completed"), Some("partial")];
        completions.map(|completion| (status, completion))
    });
    for (hour, (status, completion)) in (1..).zip(statuses) {
        let start = as_of() - TimeDelta::hours(24 - hour);
        let statuses = json!({"lifecycle_status": status, "completion_status": completion});
        let workout = app.workout(1, start, statuses).await;
        app.set(workout, 1, ("working", Some(5), Some("100"), None)).await;
        if status == "finalized" && completion.is_some() {
            expected.push(start);
        }
    }
    let history = app.history().await;
    assert_eq!(starts(&history), expected);
    assert_eq!(
        history.first_at,
        Some(expected[0]),
        "those before it do not count"
    );
    let lifted: Vec<_> = history.lifts.iter().map(|lift| lift.start_time).collect();
    assert_eq!(lifted, expected);
}

#[tokio::test]
async fn what_is_read_reaches_from_an_instant_to_the_runs_clock_both_included() {
    let mut app = App::new(1).await;
    let instant = TimeDelta::microseconds(1);
    let (from, lifts_from) = (as_of() - REACH.workouts, as_of() - REACH.lifts);
    let all = [
        from - instant,
        from,
        lifts_from - instant,
        lifts_from,
        as_of(),
        as_of() + instant,
    ];
    for start in all {
        let workout = app.workout(1, start, json!({})).await;
        app.set(workout, 1, ("working", Some(5), Some("100"), None)).await;
    }
    let history = app.history().await;
    assert_eq!(starts(&history), all[1..5]);
    let lifted: Vec<_> = history.lifts.iter().map(|lift| lift.start_time).collect();
    assert_eq!(lifted, all[3..5]);
    assert_eq!(history.first_at, Some(all[0]), "the first of all");
}

#[tokio::test]
async fn who_will_only_train_later_has_no_first_workout() {
    let mut app = App::new(1).await;
    app.workout(1, as_of() + TimeDelta::microseconds(1), json!({}))
        .await;
    let history = app.history().await;
    assert_eq!((history.first_at, history.workouts), (None, vec![]));
}

#[tokio::test]
async fn users_come_in_the_order_of_their_ids_in_the_question() {
    let mut app = App::new(3).await;
    for n in 1..=3 {
        let profile = json!({
            "id": Uuid::new_v4(), "tenant_id": app.tenant, "user_id": app.user(n), "target_days_per_week": n,
            "target_session_minutes": 10 * n, "primary_goal": "strength", "created_at": as_of(),
        });
        if n != 2 {
            insert(&mut app.connection, "training.coach_profile", &profile).await;
        }
        app.workout(n, as_of() - TimeDelta::hours(n.into()), json!({}))
            .await;
    }
    let asked = [app.user(3), app.user(1), app.user(4), app.user(2)];
    let histories = app.read(&asked).await;
    let found: Vec<_> = histories
        .iter()
        .map(|history| (history.profile.target_days, history.first_at))
        .collect();
    let hours = |hours| Some(as_of() - TimeDelta::hours(hours));
    assert_eq!(
        found,
        [
            (Some(3), hours(3)),
            (Some(1), hours(1)),
            (None, None),
            (None, hours(2))
        ],
        "the fourth is nobody, and the second has told the coach nothing"
    );
    assert_eq!(histories[0].profile.target_minutes, Some(30));
    assert_eq!(histories[0].profile.primary_goal.as_deref(), Some("strength"));
    assert!(app.read(&[]).await.is_empty());
}

#[tokio::test]
async fn a_workout_belongs_to_the_date_of_its_start_where_the_user_lives() {
    let mut app = App::new(1).await;
    let late = "2026-01-31T23:30:00Z".parse().unwrap();
    let next_day = json!({"end_time": "2026-02-01T00:30:00Z"});
    let workout = app.workout(1, late, next_day).await;
    app.set(workout, 1, ("working", Some(10), Some("10"), None)).await;
    let history = app.history().await;
    for (zone, date) in [
        (Tz::UTC, "2026-01-31"),
        (Tz::Europe__Berlin, "2026-02-01"),
        (Tz::America__New_York, "2026-01-31"),
    ] {
        let date: NaiveDate = date.parse().unwrap();
        let training = history.in_zone(zone);
        assert_eq!(training.first, Some(date), "{zone}");
        assert_eq!(training.days, [date].into_iter().collect(), "{zone}");
        assert_eq!(training.sessions(date, date), 1, "{zone}");
        assert_eq!(training.volume(date, date), Decimal::ONE_HUNDRED, "{zone}");
    }
}

#[tokio::test]
async fn sessions_of_no_sensible_length_are_left_out_of_the_average() {
    let mut app = App::new(1).await;
    for (hour, minutes) in (1..).zip([
        json!(null),
        json!(0),
        json!(1),
        json!(300),
        json!(301),
        json!(1_439),
    ]) {
        let start = as_of() - TimeDelta::minutes(10 * hour);
        app.workout(1, start, json!({"duration_minutes": minutes})).await;
    }
    let training = app.history().await.in_zone(Tz::UTC);
    let today = as_of().date_naive();
    assert_eq!(training.sessions(today, today), 6);
    let average = training.average_minutes(today, today).unwrap();
    assert_eq!(average.rounded().to_string(), "150.5");
    let yesterday = crate::days::before(today, 1);
    assert_eq!(training.average_minutes(yesterday, yesterday), None);
}
