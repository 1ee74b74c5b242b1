//! What is read of workouts and sets, against PostgreSQL, and what is told of it by date.

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
async fn each_set_is_worth_its_volume_itself_and_its_estimate() {
    let mut app = App::new(1).await;
    let workout = app.workout(1, as_of() - TimeDelta::hours(1), json!({})).await;
    let working = |reps, kilograms| ("working", Some(reps), Some(kilograms), None);
    let table: [(Set, Worth); 19] = [
        (working(5, "100"), (50_000, 1, Some(350_000))),
        (working(1, "100"), (10_000, 1, Some(300_000))),
        (working(2, "100"), (20_000, 1, Some(320_000))),
        (working(12, "100"), (120_000, 1, Some(420_000))),
        (working(13, "100"), (130_000, 1, None)),
        (working(0, "100"), (0, 0, None)),
        (working(5, "0"), (0, 1, None)),
        (working(5, "0.01"), (5, 1, Some(35))),
        (working(3, "22.55"), (6_765, 1, Some(74_415))),
        (working(12, "9999.99"), (11_999_988, 1, Some(41_999_958))),
        // The most that the column holds.
        (
            working(i32::MAX.into(), "9999.99"),
            (2_147_481_499_516_353, 1, None),
        ),
        // Without a weight, repetitions or both.
        (("working", Some(5), None, None), (0, 1, None)),
        (("working", None, Some("100"), None), (0, 0, None)),
        (("working", None, None, Some(60)), (0, 1, None)),
        (("working", None, None, Some(0)), (0, 0, None)),
        (("working", None, None, None), (0, 0, None)),
        // The other types of work.
        (
            ("failure", Some(1), Some("100"), None),
            (10_000, 1, Some(300_000)),
        ),
        (("drop", Some(1), Some("100"), None), (10_000, 1, Some(300_000))),
        (("amrap", Some(1), Some("100"), None), (10_000, 1, Some(300_000))),
    ];
    for (n, (set, _)) in (1..).zip(table) {
        app.set(workout, n, set).await;
    }
    app.set(workout, 100, ("warmup", Some(1), Some("100"), Some(60)))
        .await;
    let history = app.history().await;
    assert_eq!(history.lifts.len(), table.len(), "a warm-up is no work");
    for ((set, expected), lift) in table.into_iter().zip(&history.lifts) {
        let (volume, sets, best) = expected;
        assert_eq!(
            (lift.volume, lift.sets, lift.best),
            (volume.into(), sets, best),
            "{set:?}"
        );
    }
    // Which is what the weekly report hears of a week before.
    let mut exercises: Vec<Uuid> = history.lifts.iter().map(|lift| lift.exercise_id).collect();
    let mut estimates: Vec<Option<i64>> = history.lifts.iter().map(|lift| lift.best).collect();
    exercises.push(app.exercise(100));
    estimates.push(None);
    assert_eq!(app.bests(&exercises, as_of()).await, estimates);
}

#[tokio::test]
async fn an_estimate_rises_with_the_weight_and_with_repetitions_up_to_twelve() {
    let mut app = App::new(1).await;
    let weights = ["0.01", "1.25", "20", "99.99", "100", "102.5", "9999.99"];
    let workout = app.workout(1, as_of() - TimeDelta::hours(1), json!({})).await;
    let tries = weights
        .into_iter()
        .flat_map(|weight| (1..=12).map(move |reps| (weight, reps)));
    for (n, (weight, reps)) in (1..).zip(tries.clone()) {
        app.set(workout, n, ("working", Some(reps), Some(weight), None))
            .await;
    }
    let lifts = app.history().await.lifts;
    let estimates: Vec<Vec<i64>> = lifts
        .chunks(12)
        .map(|lifts| lifts.iter().map(|lift| lift.best.unwrap()).collect())
        .collect();
    for (lighter, heavier) in estimates.iter().zip(&estimates[1..]) {
        assert!(
            lighter
                .iter()
                .zip(heavier)
                .all(|(lighter, heavier)| lighter < heavier)
        );
    }
    for of_weight in &estimates {
        assert!(of_weight.is_sorted_by(|fewer, more| fewer < more));
    }
    for ((weight, reps), estimate) in tries.zip(estimates.concat()) {
        let weight: Decimal = weight.parse().unwrap();
        let epley = if reps == 1 {
            weight
        } else {
            weight * Decimal::from(30 + reps) / Decimal::from(30)
        };
        let in_kilograms = Decimal::from(estimate) / Decimal::from(30 * 100);
        assert_eq!(in_kilograms.round_dp(12), epley.round_dp(12), "{weight} {reps}");
    }
}

#[tokio::test]
async fn the_sets_of_an_exercise_are_one_lift_in_each_workout() {
    let mut app = App::new(1).await;
    // Two workouts at the same time are two workouts.
    let start = as_of() - TimeDelta::hours(1);
    let workouts = [
        app.workout(1, start - TimeDelta::hours(1), json!({})).await,
        app.workout(1, start, json!({})).await,
        app.workout(1, start, json!({})).await,
    ];
    for workout in workouts {
        for (exercise, reps, kilograms) in [(1, 10, "60"), (1, 5, "80"), (1, 8, "70"), (2, 20, "10")] {
            app.set(workout, exercise, ("working", Some(reps), Some(kilograms), None))
                .await;
        }
        app.set(workout, 1, ("warmup", Some(1), Some("200"), None)).await;
    }
    let history = app.history().await;
    assert_eq!(history.workouts.len(), 3);
    let (one, two) = ((156_000.into(), 3, Some(280_000)), (20_000.into(), 1, None));
    let mut found: Vec<_> = history
        .lifts
        .iter()
        .map(|lift| {
            (
                lift.exercise_id == app.exercise(1),
                (lift.volume, lift.sets, lift.best),
            )
        })
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            (false, two),
            (false, two),
            (false, two),
            (true, one),
            (true, one),
            (true, one)
        ]
    );
    let training = history.in_zone(Tz::UTC);
    let today = training.days.within(NaiveDate::MIN, NaiveDate::MAX)[0];
    assert_eq!(training.sessions(today, today), 3);
    assert_eq!(training.volume(today, today), Decimal::from(3 * (1_560 + 200)));
    assert_eq!(training.sets(today, today), 12);
    let tested = BTreeSet::from([app.exercise(1)]);
    let hour = TimeDelta::hours(1);
    assert_eq!(
        history.tested(start - hour, start + hour),
        tested,
        "of the other there is no estimate"
    );
    assert_eq!(history.tested(start, start + hour), tested, "from the start on");
    assert_eq!(
        history.tested(start - hour * 2, start - hour),
        BTreeSet::new(),
        "and before the end"
    );
}

#[tokio::test]
async fn the_best_before_a_week_is_of_workouts_that_count_and_began_before_it() {
    let mut app = App::new(2).await;
    let monday = as_of();
    let instant = TimeDelta::microseconds(1);
    let draft = json!({"lifecycle_status": "draft"});
    // Long ago, just before, and then what does not count.
    for (start, but_for, kilograms) in [
        (monday - TimeDelta::days(3_000), json!({}), "90"),
        (monday - instant, json!({}), "80"),
        (monday, json!({}), "100"),
        (monday - instant, draft, "100"),
    ] {
        let workout = app.workout(1, start, but_for).await;
        app.set(workout, 1, ("working", Some(1), Some(kilograms), None))
            .await;
    }
    let exercises = [app.exercise(2), app.exercise(1), app.exercise(1)];
    assert_eq!(
        app.bests(&exercises, monday).await,
        [None, Some(270_000), Some(270_000)]
    );
    assert_eq!(
        app.bests(&exercises[1..2], monday + instant).await,
        [Some(300_000)]
    );
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
