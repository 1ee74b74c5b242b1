//! Hourly ticks over users in twenty zones: each paying one gets exactly one report a week, in a year of ticks that come
//! twice, and when ticks are lost in the months in which clocks change.
//!
//! Each tick is done as the loop does it, a page in a transaction, and without what the loop records of a run.

use std::collections::BTreeMap;

use shared::testing::tenant;

use super::*;
use crate::weekly_report::due::Week;

const ZONES: [&str; 20] = [
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "Asia/Tehran",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Marquesas",
    "Pacific/Pago_Pago",
    "America/St_Johns",
    "America/New_York",
    "America/Santiago",
    "America/Los_Angeles",
    "Etc/GMT+12",
];

/// A Monday, and how many weeks from then on.
type Span = (&'static str, u64);

const YEAR: Span = ("2025-12-29T00:00:00Z", 52);

/// Together they have every change of the year's clocks in these zones, that of half an hour and those around Ramadan among
/// them.
const CHANGES: [Span; 2] = [("2026-02-09T00:00:00Z", 10), ("2026-08-31T00:00:00Z", 10)];

/// As [`replay`], while clocks change.
async fn replay_changes(times: impl Fn(i64) -> u32) {
    for span in CHANGES {
        replay(span, &times).await;
    }
}

/// Does the ticks of a span, each as often as `times` says of its number, and checks what users got.
async fn replay((from, length): Span, times: impl Fn(i64) -> u32) {
    let db = TestDb::new().await;
    let id = db.tenant("training", "fit", "UTC").await;
    let mut connection = db.connect().await;
    for (n, zone) in (1..).zip(ZONES) {
        // A paying user, one on trial, and one who is neither.
        for (kind, values) in [
            (0, "'pro', false, null"),
            (100, "'free', true, '2030-01-01'"),
            (200, "'free', true, '2025-01-01'"),
        ] {
            execute(
                &mut connection,
                &format!(
                    "insert into training.app_user
                        (id, tenant_id, time_zone, entitlement, email_verified, pro_trial_ends_at, registered_at)
                    values ('{}', '{id}', '{zone}', {values}, '2025-01-01 00:00Z')",
                    subject_id(id, n + kind)
                ),
            )
            .await;
        }
    }
    // Somebody who trains enough for every report to be told, on Wednesdays and Saturdays.
    execute(
        &mut connection,
        &format!(
            "insert into training.workout (tenant_id, user_id, lifecycle_status, completion_status, start_time)
            select '{id}', u.id, 'finalized', 'completed', day + interval '12 hours'
            from training.app_user u
            cross join generate_series(timestamptz '2025-12-01 00:00Z', '2027-01-10', '1 day') as day
            where extract(isodow from day) in (3, 6)"
        ),
    )
    .await;
    let first: DateTime<Utc> = from.parse().unwrap();
    for number in 0..(length as i64 * 7 + 4) * 24 {
        for _ in 0..times(number) {
            // Where there was nobody there is nobody the second time.
            if !tick(&mut connection, first + TimeDelta::hours(number)).await {
                break;
            }
        }
    }
    let reports: Vec<(Uuid, NaiveDate, i64)> = sqlx::query_as(
        "select user_id, week_start, count(*) from training.weekly_report group by user_id, week_start",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut weeks: BTreeMap<Uuid, Vec<NaiveDate>> = BTreeMap::new();
    for (user, week, count) in reports {
        assert_eq!(count, 1);
        weeks.entry(user).or_default().push(week);
    }
    for n in (1..=20).chain(101..=120) {
        let weeks = weeks.get_mut(&subject_id(id, n)).unwrap();
        weeks.sort_unstable();
        let second = Week::before(first.date_naive()).start + TimeDelta::days(7);
        // The first Monday began before the span where the sun rises early.
        let expected: Vec<NaiveDate> = (0..length)
            .map(|week| crate::days::after(second, 7 * week))
            .collect();
        let last = expected[expected.len() - 1];
        let within: Vec<NaiveDate> = weeks
            .iter()
            .copied()
            .filter(|week| (second..=last).contains(week))
            .collect();
        assert_eq!(within, expected, "{n}");
    }
    assert!(
        weeks
            .keys()
            .all(|user| (1..=20).chain(101..=120).any(|n| subject_id(id, n) == *user)),
        "nobody else"
    );
    let others: (i64, i64) = sqlx::query_as(
        "select (select count(*) from training.prediction), (select count(*) from platform.notification)",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let reports: i64 = weeks.values().map(|weeks| weeks.len() as i64).sum();
    assert_eq!(others, (reports, reports));
}

/// One run of the job at an instant. Says whether anybody was due.
async fn tick(connection: &mut PgConnection, as_of: DateTime<Utc>) -> bool {
    let tenant = tenant("fit", "UTC");
    let settings = WeeklyReport.settings(connection, as_of, &tenant).await.unwrap();
    let scope = shared::testing::scope(settings, tenant, as_of);
    let rows = WeeklyReport
        .read(connection, &scope, None, 500)
        .await
        .unwrap()
        .rows;
    let decide = |row: &Row| WeeklyReport::decide(&scope, row).unwrap().change;
    let changes: Vec<Change> = rows.iter().filter_map(decide).collect();
    if !changes.is_empty() {
        WeeklyReport.write(connection, &scope, &changes).await.unwrap();
    }
    !rows.is_empty()
}

#[tokio::test]
async fn a_year_of_ticks_that_come_twice_gives_everybody_one_report_a_week() {
    replay(YEAR, |_| 2).await;
}

#[tokio::test]
async fn the_first_of_three_ticks_is_enough() {
    replay_changes(|number| u32::from(number % 3 == 0)).await;
}

#[tokio::test]
async fn the_second_of_three_ticks_is_enough() {
    replay_changes(|number| u32::from(number % 3 == 1)).await;
}

#[tokio::test]
async fn the_third_of_three_ticks_is_enough() {
    replay_changes(|number| u32::from(number % 3 == 2)).await;
}

/// An outage over every Monday, up to noon where the day is longest: the rest of the week makes up for it.
#[tokio::test]
async fn where_all_ticks_of_mondays_are_lost_each_week_is_made_up_for() {
    replay_changes(|number| u32::from(!(number + 24).rem_euclid(7 * 24).lt(&(3 * 24)))).await;
}
