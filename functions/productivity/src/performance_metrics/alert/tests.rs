//! What is bad, and what becomes of an alert hour by hour.

use proptest::prelude::*;
use shared::testing::golden;

use super::*;

fn end() -> DateTime<Utc> {
    "2024-06-26T12:00:00Z".parse().unwrap()
}

fn http() -> Http {
    Http {
        requests: 100,
        errors_5xx: 3,
        p95_ms: Some(1000),
        mean_ms: Some(250),
        ..Http::default()
    }
}

fn is_bad(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Bad(_))
}

/// Which of a tenant's four rules are broken.
fn bad(http: Http, oldest_pending: Option<i64>) -> [bool; 4] {
    of_tenant(&Setting::default(), Some(&http), oldest_pending).map(|verdict| is_bad(&verdict))
}

#[test]
fn a_limit_that_is_met_is_not_exceeded() {
    assert_eq!(bad(http(), Some(1800)), [false; 4]);
    assert_eq!(
        bad(
            Http {
                errors_5xx: 4,
                ..http()
            },
            None
        ),
        [true, false, false, false]
    );
    assert_eq!(
        bad(
            Http {
                p95_ms: Some(1001),
                ..http()
            },
            None
        ),
        [false, true, false, false]
    );
    assert_eq!(
        bad(
            Http {
                mean_ms: Some(251),
                ..http()
            },
            None
        ),
        [false, false, true, false]
    );
    assert_eq!(bad(http(), Some(1801)), [false, false, false, true]);
    // 3.000003 %, which is kept as 0.0300.
    let exact = Http {
        requests: 9_999_990,
        errors_5xx: 300_000,
        ..http()
    };
    assert!(bad(exact, None)[0]);
}

#[test]
fn too_few_requests_and_what_was_not_measured_are_unknown_but_an_empty_backlog_is_good() {
    let unknown = |http: Option<Http>| of_tenant(&Setting::default(), http.as_ref(), None);
    let [rate, p95, mean, mail] = unknown(Some(Http {
        requests: 99,
        ..http()
    }));
    assert_eq!([rate, p95, mean], [const { Verdict::Unknown }; 3]);
    assert_eq!(mail, Verdict::Good);
    assert_eq!(unknown(None)[0], Verdict::Unknown);
    let not_timed = unknown(Some(Http {
        p95_ms: None,
        mean_ms: None,
        ..http()
    }));
    assert_eq!(
        not_timed[..3],
        [Verdict::Good, Verdict::Unknown, Verdict::Unknown]
    );
}

#[test]
fn the_system_is_judged_by_what_it_tells() {
    let judged = |connections, max_connections, lateness| {
        of_system(System {
            connections,
            max_connections,
            lateness,
        })
        .map(|verdict| is_bad(&verdict))
    };
    assert_eq!(judged(Some(80), Some(100), Some(600)), [false, false]);
    assert_eq!(judged(Some(81), Some(100), Some(600)), [true, false]);
    assert_eq!(judged(Some(80), Some(100), Some(601)), [false, true]);
    assert_eq!(judged(Some(i64::MAX), Some(1), Some(i64::MIN)), [true, false]);
    for hidden in [
        System::default(),
        System {
            connections: Some(1),
            ..System::default()
        },
    ] {
        assert_eq!(of_system(hidden), [Verdict::Unknown, Verdict::Unknown]);
    }
}

#[test]
fn golden_cases() {
    let cases = golden::cases(include_str!(
        "../../../../../tests/golden/performance-metrics.json"
    ));
    let alerts = cases.iter().filter(|case| case.name.starts_with("alert:"));
    let mut count = 0;
    for case in alerts {
        let given = &case.given;
        let requests: i32 = serde_json::from_value(given["requests"].clone()).unwrap();
        let percent: i32 = serde_json::from_value(given["errorRatePercent"].clone()).unwrap();
        let hours = given["lastSeenHoursBeforeEndOfHour"].as_i64();
        let alert = Standing {
            open: hours.map(|hours| case.as_of - TimeDelta::hours(hours)),
            ..Standing::default()
        };
        let http = Http {
            requests,
            errors_5xx: requests * percent / 100,
            ..http()
        };
        let [verdict, ..] = of_tenant(&Setting::default(), Some(&http), None);
        let expected = match case.expect["action"].as_str().unwrap() {
            "nothing" | "unchanged" => Action::Nothing,
            "open warning" => Action::Open,
            "critical" => Action::Escalate,
            "resolve" => Action::Resolve,
            other => panic!("{other}"),
        };
        assert_eq!(
            Action::of(&verdict, &alert, case.as_of),
            expected,
            "{}",
            case.name
        );
        count += 1;
    }
    assert_eq!(count, 8);
}

#[test]
fn an_unknown_alert_is_forgotten_after_more_than_a_day() {
    let seen = |hours| Standing {
        open: Some(end() - TimeDelta::hours(hours)),
        ..Standing::default()
    };
    assert_eq!(Action::of(&Verdict::Unknown, &seen(24), end()), Action::Nothing);
    assert_eq!(Action::of(&Verdict::Unknown, &seen(25), end()), Action::Resolve);
}

/// An alert after an action.
fn moved(alert: &Standing, action: Action, end: DateTime<Utc>) -> Standing {
    let (open, resolved) = match action {
        Action::Nothing => (alert.open, alert.resolved),
        Action::Open | Action::Escalate => (Some(end), alert.resolved),
        Action::Resolve => (None, Some(end)),
    };
    Standing {
        open,
        resolved,
        ..Standing::default()
    }
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Bad("bad".into())),
        Just(Verdict::Good),
        Just(Verdict::Unknown)
    ]
}

proptest! {
    #[test]
    fn an_hour_that_is_judged_again_changes_nothing_however_late(
        verdicts in prop::collection::vec(verdict(), 1..60), again in any::<prop::sample::Index>()
    ) {
        let ends: Vec<_> = (0..).map(|hour| end() + TimeDelta::hours(hour)).take(verdicts.len()).collect();
        let mut alert = Standing::default();
        for (verdict, end) in verdicts.iter().zip(&ends) {
            alert = moved(&alert, Action::of(verdict, &alert, *end), *end);
            prop_assert_eq!(Action::of(verdict, &alert, *end), Action::Nothing, "at once");
            prop_assert!(alert.open.is_none_or(|seen| seen <= *end));
        }
        let (verdict, end) = (again.get(&verdicts), again.get(&ends));
        prop_assert_eq!(Action::of(verdict, &alert, *end), Action::Nothing, "when all are done");
    }
}
