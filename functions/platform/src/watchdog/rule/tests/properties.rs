//! What holds whatever the runs.

use proptest::prelude::*;

use super::*;

fn finished() -> impl Strategy<Value = Finished> {
    let ended = prop_oneof![Just(Ended::Well), Just(Ended::Failed), Just(Ended::Incomplete)];
    (
        ended,
        proptest::option::of(0_i64..=i64::MAX / 8),
        0_i64..1_000_000_000,
        0_i64..1_000_000_000,
    )
        .prop_map(|(ended, duration_ms, total, failed)| Finished {
            ended,
            duration_ms,
            total,
            failed: failed.min(total),
        })
}

proptest! {
    /// Whatever the runs: each rule is said once, and saying it again says the same.
    #[test]
    fn every_rule_is_said_once_and_always_the_same(runs in proptest::collection::vec(finished(), 0..60), is_paused: bool) {
        let observed = Observed { is_paused, ..job(&runs) };
        let findings = judge(&observed, now());
        prop_assert_eq!(&findings, &judge(&observed, now()));
        let mut rules: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
        rules.dedup();
        prop_assert_eq!(rules.len(), 6);
    }

    /// The median is where as many are below as above.
    #[test]
    fn the_median_has_no_more_below_than_above(numbers in proptest::collection::vec(-1_000_i64..1_000, 1..30)) {
        let twice = twice_the_median(numbers.clone()).unwrap();
        let below = numbers.iter().filter(|number| **number * 2 < twice).count();
        let above = numbers.iter().filter(|number| **number * 2 > twice).count();
        prop_assert!(below <= numbers.len() / 2 && above <= numbers.len() / 2);
    }
}
