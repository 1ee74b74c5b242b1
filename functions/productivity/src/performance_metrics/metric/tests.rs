//! What the sums of an hour amount to, and what they must not be.

use proptest::prelude::*;

use super::*;

fn hours() -> Hours {
    Hours::of("2024-06-26T12:00:00Z".parse().unwrap())
}

fn traffic() -> Traffic {
    Traffic {
        is_last: true,
        route: None,
        requests: 100,
        errors_4xx: 2,
        errors_5xx: 1,
        total_ms: 12_050.into(),
        max_ms: 480,
        peak_per_minute: 60,
        buckets: vec![0, 0, 0, 0, 90, 0, 10, 0, 0, 0, 0, 0],
    }
}

#[test]
fn a_scope_is_the_whole_application_or_a_route_of_an_hour() {
    let of = |traffic: Traffic| {
        let metric = traffic.metric(hours()).unwrap();
        (metric.hour_at, metric.scope)
    };
    assert_eq!(of(traffic()), (hours().last, "http".into()));
    let earlier = Traffic {
        is_last: false,
        route: Some("/goals".into()),
        ..traffic()
    };
    assert_eq!(of(earlier), (hours().before, "http:/goals".into()));
}

#[test]
fn half_a_millisecond_and_half_a_ten_thousandth_are_rounded_upwards() {
    // 120.5 ms, and 1 of 16,000 = 0.0000625.
    assert_eq!(traffic().http().unwrap().mean_ms, Some(121));
    let of = |errors_5xx, requests| {
        Traffic {
            errors_5xx,
            requests,
            ..traffic()
        }
        .http()
        .unwrap()
        .error_rate
    };
    assert_eq!(of(1, 16_000), Some(Decimal::new(1, 4)));
    assert_eq!(of(1, 20_000), Some(Decimal::new(1, 4)), "0.00005");
    assert_eq!(of(1, 20_001), Some(Decimal::new(0, 4)));
    assert_eq!(of(1, 0), None);
}

#[test]
fn a_number_that_cannot_have_been_measured_is_an_error_and_not_an_overflow() {
    let errors = [
        Traffic {
            requests: i64::from(i32::MAX) + 1,
            ..traffic()
        },
        Traffic {
            requests: -1,
            ..traffic()
        },
        Traffic {
            errors_4xx: i64::MAX,
            ..traffic()
        },
        Traffic {
            errors_5xx: 10_000,
            ..traffic()
        },
        Traffic {
            total_ms: Decimal::MAX,
            ..traffic()
        },
        Traffic {
            total_ms: Decimal::NEGATIVE_ONE,
            ..traffic()
        },
        Traffic {
            max_ms: -1,
            ..traffic()
        },
        Traffic {
            peak_per_minute: i64::MAX,
            ..traffic()
        },
        Traffic {
            buckets: vec![1; 11],
            ..traffic()
        },
        Traffic {
            buckets: vec![-1; 12],
            ..traffic()
        },
    ];
    for (place, garbage) in errors.iter().enumerate() {
        assert!(garbage.metric(hours()).is_err(), "the {place}th");
    }
    let largest = Traffic {
        errors_5xx: 9_999,
        requests: 100,
        ..traffic()
    };
    assert_eq!(largest.http().unwrap().error_rate, Some(Decimal::new(999_900, 4)));
}

#[test]
fn a_backlog_that_was_seen_stays_and_what_failed_since_is_added() {
    let mail = Mail {
        hour_at: hours().before,
        pending: 1,
        sending: 2,
        failed: 3,
        oldest_pending_seconds: None,
    };
    let fresh = json!({"pending": 1, "sending": 2, "failed": 3, "oldestPendingSeconds": null});
    assert_eq!(mail.metric(None).details, fresh);
    let seen = json!({"pending": 50, "sending": 0, "failed": 0, "oldestPendingSeconds": 4000});
    let kept = json!({"pending": 50, "sending": 0, "failed": 3, "oldestPendingSeconds": 4000});
    assert_eq!(mail.metric(Some(&seen)).details, kept);
}

proptest! {
    #[test]
    fn no_sums_panic(
        requests in any::<i64>(), errors_4xx in any::<i64>(), errors_5xx in any::<i64>(),
        total_ms in any::<i128>(), max_ms in any::<i32>(), peak_per_minute in any::<i64>(),
        buckets in prop::collection::vec(prop_oneof![any::<i64>(), 0..9_i64], 11..14),
    ) {
        let total_ms = Decimal::try_from_i128_with_scale(total_ms, 0).unwrap_or(Decimal::MAX);
        let sums = Traffic {
            requests, errors_4xx, errors_5xx, total_ms, max_ms, peak_per_minute, buckets, ..traffic()
        };
        if let Ok(http) = sums.http() {
            prop_assert!(http.p50_ms <= http.p95_ms && http.p95_ms <= http.p99_ms);
            prop_assert!(http.p99_ms.is_none_or(|p99| p99 <= http.max_ms));
            prop_assert!(http.slow_share.is_none_or(|share| share <= Decimal::ONE));
        }
    }
}
