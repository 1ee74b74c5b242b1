//! A week in words.

use rust_decimal::Decimal;

use super::{
    due::Week,
    report::{Report, Signal},
};
use crate::{days::Target, measure::counted};

/// What the inbox shows of a report.
pub fn title(report: &Report) -> String {
    match report.workouts {
        0 => "Your week: no workouts".into(),
        workouts => format!("Your week: {}", counted(workouts, "workout")),
    }
}

/// The week, sentence by sentence.
pub fn narrative(week: Week, target: Target, report: &Report) -> String {
    let sentences = [
        Some(workouts(week, report)),
        volume(report),
        (report.records > 0).then(|| format!("{}.", counted(report.records, "personal record"))),
        report.signal.and_then(praise).map(Into::into),
        Some(report.mistake.map_or_else(
            || "Keep it up.".into(),
            |mistake| format!("Next: {}.", mistake.focus_label(target)),
        )),
    ];
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn workouts(week: Week, report: &Report) -> String {
    if report.workouts == 0 {
        return format!("No workouts in the week from {}.", week.start);
    }
    format!(
        "You completed {} on {} in the week from {} (target {}).",
        counted(report.workouts, "workout"),
        counted(report.training_days, "day"),
        week.start,
        report.week_target
    )
}

fn volume(report: &Report) -> Option<String> {
    let change = match report.volume_delta_pct {
        None => ".".into(),
        Some(percent) if percent > Decimal::ZERO => format!(", up {percent:.1}% on the week before."),
        Some(percent) if percent < Decimal::ZERO => {
            format!(", down {:.1}% on the week before.", percent.abs())
        }
        Some(_) => ", the same as the week before.".into(),
    };
    (report.volume > Decimal::ZERO).then(|| format!("Total volume {:.1} kg{change}", report.volume))
}

/// A record has been told of in a sentence of its own.
const fn praise(signal: Signal) -> Option<&'static str> {
    match signal {
        Signal::PrHit => None,
        Signal::VolumeUp => Some("Good work: your volume went up."),
        Signal::ConsistencyUp => Some("Good work: you trained on more days than the week before."),
        Signal::DurationUp => Some("Good work: your sessions got longer."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mistake::Mistake;

    const TARGET: Target = Target { days: 3, minutes: 45 };

    const WEEK: Week = Week {
        start: chrono::NaiveDate::from_ymd_opt(2026, 2, 2).unwrap(),
    };

    /// A week of three workouts with bare hands.
    fn report() -> Report {
        Report {
            is_generated: true,
            week_target: 3,
            workouts: 3,
            training_days: 3,
            volume: Decimal::ZERO,
            volume_delta_pct: None,
            average_minutes: None,
            records: 0,
            max_gap: 2,
            mistake: None,
            signal: None,
            reasons: vec![],
        }
    }

    fn told(report: &Report) -> String {
        narrative(WEEK, TARGET, report)
    }

    #[test]
    fn the_example_is_told_as_it_stands() {
        let report = Report {
            volume: Decimal::new(9_000, 0),
            volume_delta_pct: Some(Decimal::new(125, 1)),
            signal: Some(Signal::VolumeUp),
            ..report()
        };
        assert_eq!(
            told(&report),
            "You completed 3 workouts on 3 days in the week from 2026-02-02 (target 3). Total volume 9000.0 kg, up \
             12.5% on the week before. Good work: your volume went up. Keep it up."
        );
    }

    #[test]
    fn workouts_and_days_are_counted_in_words() {
        // Workouts, days, the title and the first sentence.
        for (workouts, training_days, head, sentence) in [
            (
                0,
                0,
                "Your week: no workouts",
                "No workouts in the week from 2026-02-02.",
            ),
            (
                1,
                1,
                "Your week: 1 workout",
                "You completed 1 workout on 1 day in the week from 2026-02-02 (target 3).",
            ),
            (
                2,
                1,
                "Your week: 2 workouts",
                "You completed 2 workouts on 1 day in the week from 2026-02-02 (target 3).",
            ),
            (
                3,
                2,
                "Your week: 3 workouts",
                "You completed 3 workouts on 2 days in the week from 2026-02-02 (target 3).",
            ),
        ] {
            let report = Report {
                workouts,
                training_days,
                ..report()
            };
            assert_eq!(title(&report), head);
            assert_eq!(told(&report), format!("{sentence} Keep it up."));
        }
    }

    #[test]
    fn the_target_told_is_that_of_the_week() {
        let newcomers = Report {
            week_target: 1,
            ..report()
        };
        assert!(told(&newcomers).contains("(target 1)."));
    }

    #[test]
    fn volume_is_told_with_its_change() {
        let sentence = |kilograms: &str, percent: Option<&str>| {
            let report = Report {
                volume: kilograms.parse().unwrap(),
                volume_delta_pct: percent.map(|percent| percent.parse().unwrap()),
                ..report()
            };
            let told = told(&report);
            let (_, rest) = told.split_once("(target 3). ").unwrap();
            rest.strip_suffix("Keep it up.").unwrap().trim_end().to_owned()
        };
        for (kilograms, percent, expected) in [
            ("0.0", None, ""),
            ("0.0", Some("-100.0"), ""),
            ("0.1", None, "Total volume 0.1 kg."),
            (
                "12345.6",
                Some("0.1"),
                "Total volume 12345.6 kg, up 0.1% on the week before.",
            ),
            (
                "100.0",
                Some("-0.1"),
                "Total volume 100.0 kg, down 0.1% on the week before.",
            ),
            (
                "100.0",
                Some("0.0"),
                "Total volume 100.0 kg, the same as the week before.",
            ),
            (
                "100.0",
                Some("1200.0"),
                "Total volume 100.0 kg, up 1200.0% on the week before.",
            ),
        ] {
            assert_eq!(sentence(kilograms, percent), expected, "{kilograms} {percent:?}");
        }
    }

    #[test]
    fn records_and_praise_have_a_sentence_each() {
        for (records, signal, expected) in [
            (1, Some(Signal::PrHit), "1 personal record."),
            (2, Some(Signal::PrHit), "2 personal records."),
            // In a week of which there is too little to tell.
            (1, None, "1 personal record."),
            (0, Some(Signal::VolumeUp), "Good work: your volume went up."),
            (
                0,
                Some(Signal::ConsistencyUp),
                "Good work: you trained on more days than the week before.",
            ),
            (
                0,
                Some(Signal::DurationUp),
                "Good work: your sessions got longer.",
            ),
        ] {
            let report = Report {
                records,
                signal,
                ..report()
            };
            assert!(
                told(&report).ends_with(&format!("(target 3). {expected} Keep it up.")),
                "{signal:?}"
            );
        }
    }

    #[test]
    fn the_last_sentence_is_what_to_mend() {
        for (mistake, expected) in [
            (
                Some(Mistake::InconsistentTrainingDays),
                "Next: Hit your target workouts this week.",
            ),
            (
                Some(Mistake::OvertrainingSignals),
                "Next: Prioritize recovery and sleep.",
            ),
            (Some(Mistake::VolumeDrop), "Next: Add 1 extra set per exercise."),
            (
                Some(Mistake::SessionsTooShort),
                "Next: Aim for at least 30 minutes per session.",
            ),
            (None, "Keep it up."),
        ] {
            let report = Report { mistake, ..report() };
            assert!(
                told(&report).ends_with(&format!("(target 3). {expected}")),
                "{mistake:?}"
            );
        }
    }
}
