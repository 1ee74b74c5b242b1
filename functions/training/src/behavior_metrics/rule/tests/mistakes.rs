//! What a user gets wrong, and the reasons in words.

use super::*;

/// All that somebody can get wrong at once.
fn all_wrong() -> Verdict {
    Verdict {
        target: TARGET,
        of_days: 14,
        days_last_14: 4,
        expected: 6,
        gap: 5,
        has_long_gap: true,
        volume: change(100, 75),
        average: mean(&[30, 29]),
        burnout: Level::High,
        has_stalled: true,
    }
}

#[test]
fn the_first_mistake_that_fits_is_told() {
    let all = all_wrong;
    let enough = || Verdict {
        days_last_14: 5,
        has_long_gap: false,
        ..all()
    };
    let rested = || Verdict {
        burnout: Level::Medium,
        ..enough()
    };
    let as_heavy = || Verdict {
        volume: change(10_000, 7_501),
        ..rested()
    };
    let progressing = || Verdict {
        has_stalled: false,
        ..as_heavy()
    };
    let long_enough = Verdict {
        average: mean(&[30, 30]),
        ..progressing()
    };
    let told = [all(), enough(), rested(), as_heavy(), progressing(), long_enough];
    assert_eq!(
        told.map(|verdict| verdict.mistake()),
        [
            Some(Mistake::InconsistentTrainingDays),
            Some(Mistake::OvertrainingSignals),
            Some(Mistake::VolumeDrop),
            Some(Mistake::NoProgression21Days),
            Some(Mistake::SessionsTooShort),
            None,
        ]
    );
}

#[test]
fn one_day_less_than_expected_is_no_mistake_and_a_long_gap_is() {
    let mistake = |expected, days_last_14, has_long_gap| {
        let verdict = Verdict {
            expected,
            days_last_14,
            has_long_gap,
            burnout: Level::Low,
            volume: change(0, 0),
            average: None,
            has_stalled: false,
            ..all_wrong()
        };
        verdict.mistake()
    };
    let irregular = Some(Mistake::InconsistentTrainingDays);
    assert_eq!(mistake(6, 5, false), None);
    assert_eq!(mistake(6, 4, false), irregular);
    assert_eq!(mistake(6, 6, true), irregular);
    // Nobody can do less than nothing.
    assert_eq!(mistake(1, 0, false), None);
    assert_eq!(mistake(0, 0, false), None);
}

#[test]
fn reasons_come_in_their_order_each_in_its_words() {
    let verdict = all_wrong();
    let reasons = verdict.reasons(verdict.mistake());
    let said: Vec<_> = reasons
        .iter()
        .map(|reason| (reason.key, reason.label.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("missed_target", "4 of 6 training days in 14 days"),
            ("long_gap", "5 days in a row without training"),
            ("volume_drop", "Volume down 25.0% on the week before"),
            ("sessions_too_short", "Sessions average 29.5 minutes, target 45"),
            ("inconsistent_training_days", "Training days are irregular"),
            (
                "overtraining_signals",
                "4 training days in 14 days leave little recovery"
            ),
            (
                "no_progression_21_days",
                "No progress on the main lifts for 21 days"
            ),
        ]
    );
}

#[test]
fn a_reason_stands_only_where_its_condition_holds() {
    let nothing_wrong = Verdict {
        days_last_14: 6,
        has_long_gap: false,
        // A fall by 20 % exactly.
        volume: change(100, 80),
        average: mean(&[30]),
        burnout: Level::Medium,
        has_stalled: false,
        ..all_wrong()
    };
    assert_eq!(nothing_wrong.reasons(nothing_wrong.mistake()), []);
    // Notable, but no mistake yet; shown rounded, as 20.0 here.
    let notable = Verdict {
        volume: change(10_000, 7_999),
        ..nothing_wrong
    };
    assert_eq!(notable.mistake(), None);
    let label = "Volume down 20.0% on the week before";
    assert_eq!(notable.reasons(None), [Reason::new("volume_drop", label)]);
    // A day less is missed, and no mistake.
    let missed = Verdict {
        days_last_14: 5,
        volume: change(0, 0),
        ..notable
    };
    assert_eq!(
        (missed.mistake(), keys(&missed.reasons(None))),
        (None, vec!["missed_target"])
    );
    // Whoever aims at a quarter of an hour cannot be short of it.
    let brief = Verdict {
        target: Target {
            minutes: 15,
            ..TARGET
        },
        days_last_14: 6,
        average: mean(&[1]),
        ..missed
    };
    assert_eq!((brief.mistake(), brief.reasons(None)), (None, vec![]));
}

// --- Progress ---------------------------------------------------------------------------------------------------
