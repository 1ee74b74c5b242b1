//! At which hours sessions began, by the users' own clocks.

use std::collections::BTreeMap;

use chrono::{TimeDelta, Timelike};
use chrono_tz::Tz;
use proptest::prelude::*;
use shared::testing::all;

use super::*;

#[test]
fn the_peak_is_the_largest_sum_and_the_smallest_of_equals() {
    let cells = |cells: &[(i16, i16, i32)]| Cells {
        dows: cells.iter().map(|cell| cell.0).collect(),
        hours: cells.iter().map(|cell| cell.1).collect(),
        sessions: cells.iter().map(|cell| cell.2).collect(),
    };
    for (given, hour, dow) in [
        (cells(&[]), None, None),
        (cells(&[(3, 9, 1)]), Some(9), Some(3)),
        (cells(&[(0, 9, 2), (1, 8, 2)]), Some(8), Some(0)),
        // No single cell is larger than that of Saturday, but the sums are.
        (
            cells(&[(1, 9, 3), (2, 9, 3), (2, 10, 1), (6, 23, 4)]),
            Some(9),
            Some(2),
        ),
    ] {
        assert_eq!(
            (given.peak(&given.hours), given.peak(&given.dows)),
            (hour, dow),
            "{given:?}"
        );
    }
}

proptest! {
    #[test]
    fn the_peak_is_among_the_lines_and_no_line_has_more(
        cells in prop::collection::btree_map((0..7i16, 0..24i16), 1..1000i32, 1..60)
    ) {
        let map = Cells {
            dows: cells.keys().map(|key| key.0).collect(),
            hours: cells.keys().map(|key| key.1).collect(),
            sessions: cells.values().copied().collect(),
        };
        let sum = |hour: i16| cells.iter().filter(|(key, _)| key.1 == hour).map(|(_, n)| n).sum::<i32>();
        let peak = map.peak(&map.hours).unwrap();
        for hour in 0..24 {
            prop_assert!(sum(hour) < sum(peak) || sum(hour) == sum(peak) && hour >= peak);
        }
    }
}

/// Sessions every 29 minutes for a week in which clocks are put forward in Europe and back in Australia, by users in zones
/// of all kinds: whole hours and others, with summer time, an old name that looks like an abbreviation.
#[tokio::test]
async fn hours_are_those_of_each_users_own_clock_when_clocks_change_too() {
    const ZONES: [Tz; 10] = [
        Tz::UTC,
        Tz::Europe__Berlin,
        Tz::CET,
        Tz::WET,
        Tz::America__New_York,
        Tz::America__St_Johns,
        Tz::Asia__Kathmandu,
        Tz::Australia__Lord_Howe,
        Tz::Pacific__Chatham,
        Tz::Pacific__Kiritimati,
    ];
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "Asia/Tokyo").await;
    let mut connection = db.connect().await;
    let start: DateTime<Utc> = "2026-03-29T00:00:00Z".parse().unwrap();
    let mut expected = BTreeMap::<(u32, u32), i64>::new();
    for (n, zone) in (1..).zip(ZONES) {
        let user = json!({"id": subject_id(tenant, n), "tenant_id": tenant, "time_zone": zone.name(),
            "created_at": "2026-01-01T00:00:00Z"});
        insert(&mut connection, "productivity.app_user", &user).await;
        let sessions = (0..347).map(|k| start + TimeDelta::minutes(29 * k));
        for local in sessions.map(|at| at.with_timezone(&zone)) {
            *expected
                .entry((local.weekday().num_days_from_sunday(), local.hour()))
                .or_default() += 1;
        }
    }
    execute(
        &mut connection,
        "insert into productivity.timer_session (tenant_id, user_id, started_at, ended_at, status)
        select tenant_id, id, at, at + interval '1 minute', 'cancelled'
        from productivity.app_user, generate_series(0, 346) k
        cross join lateral (select '2026-03-29 00:00Z'::timestamptz + k * interval '29 minutes' as at) s",
    )
    .await;
    let as_of = "2026-04-05T02:00:00Z".parse().unwrap();
    let report = db.run(&WeeklyAggregation, &invoked(as_of)).await;
    assert_eq!(counted(&report)["timezoneFallbacks"], json!(null));
    let cells = all(
        &mut connection,
        "select dow, hour, sessions from productivity.usage_heatmap",
    )
    .await;
    let told: BTreeMap<(u32, u32), i64> = cells
        .iter()
        .map(|cell| {
            let number = |name: &str| cell[name].as_u64().unwrap();
            (
                (number("dow") as u32, number("hour") as u32),
                number("sessions") as i64,
            )
        })
        .collect();
    assert_eq!(told, expected);
    assert_eq!(told.values().sum::<i64>(), 347 * 10);
}

#[tokio::test]
async fn users_of_unknown_zones_have_the_companys_and_are_counted_once() {
    let db = TestDb::new().await;
    let tenant = db.tenant("productivity", "acme", "Asia/Tokyo").await;
    let mut connection = db.connect().await;
    let zones = [
        json!(null),
        json!(""),
        json!(" "),
        json!("Mars/Olympus"),
        json!("asia/tokyo"),
        json!("UTC"),
    ];
    for (n, zone) in (1..).zip(zones) {
        let user = json!({"id": subject_id(tenant, n), "tenant_id": tenant, "time_zone": zone,
            "created_at": "2026-01-01T00:00:00Z"});
        insert(&mut connection, "productivity.app_user", &user).await;
    }
    // Monday 20:30 UTC is Tuesday 05:30 in Tokyo. Who has no session in the week is nobody's fallback.
    execute(
        &mut connection,
        "insert into productivity.timer_session (tenant_id, user_id, started_at, ended_at, status)
        select tenant_id, id, at, at, 'cancelled'
        from productivity.app_user, unnest(array['2026-11-16 20:30Z', '2026-11-16 20:59:59Z']::timestamptz[]) at;
        insert into productivity.app_user (tenant_id, time_zone, created_at)
        select tenant_id, 'Mars/Olympus', created_at from productivity.app_user limit 1",
    )
    .await;
    let report = run(&db).await;
    assert_eq!(counted(&report)["timezoneFallbacks"], 2);
    let cells = all(
        &mut connection,
        "select dow, hour, sessions from productivity.usage_heatmap order by dow, hour",
    )
    .await;
    assert_eq!(
        cells,
        [
            json!({"dow": 1, "hour": 20, "sessions": 2}),
            json!({"dow": 2, "hour": 5, "sessions": 10})
        ]
    );
}
