//! The no-show statistics: how reliably a customer comes, whatever became of the money.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::classes::{Reliability, classes};
use super::{Bucket, Capped, Class, Counts, Recency, UNIT, score};
use crate::recompute_scores::event::{Attendance, Event, Status};

/// Where everybody begins, in half points: most customers come.
const START: i32 = 150;

/// What an event is worth in points. Not to come costs three times what a visit earns; to say so late still as
/// much, because the slot can hardly be filled; to say so in time next to nothing.
const COMPLETED_POINTS: i32 = 5;
const NO_SHOW_POINTS: i32 = 15;
const LATE_CANCEL_POINTS: i32 = 5;
const CANCEL_POINTS: i32 = 2;

/// One and a half times, once and half of the points.
const RECENCY: Recency = Recency {
    d30: 3,
    d90: 2,
    older: 1,
};

/// No more than this is earned by visits, in half points.
const COMPLETED_MOST: i32 = 50;

/// The score from which on the risk is low, and that at which it is still high.
const LOW_RISK_SCORE: i32 = 70;
const HIGH_RISK_SCORE: i32 = 39;

/// So many no-shows in 90 days are a high risk whatever the score.
const HIGH_RISK_NO_SHOWS: i32 = 2;

/// The decimals of a rate, and what one is in the last of them.
const RATE_DECIMALS: u32 = 4;
const RATE_ONE: i64 = 10_i64.pow(RATE_DECIMALS);

/// The row of `booking.no_show_stat`, as far as it follows from the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoShowStat {
    pub visits: i32,
    pub attended: i32,
    /// Shops mark the exceptions: who is not marked, and whose visit is resolved, is taken to have come.
    pub presumed_attended: i32,
    pub no_shows: i32,
    pub no_shows_last_90_days: i32,
    pub late_cancels: i32,
    pub cancels: i32,
    /// None: nobody was expected.
    pub no_show_rate: Option<Decimal>,
    pub last_no_show_at: Option<DateTime<Utc>>,
    /// The score, 0 to 100, and the risk. None: there is nothing to say it of.
    pub judged: Option<(i32, Risk)>,
    pub breakdown: Breakdown,
}

/// How likely the customer is not to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Risk {
    Low,
    Medium,
    High,
}

/// The column `breakdown`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Breakdown {
    unit: &'static str,
    start: i32,
    completed: Capped,
    no_shows: Class,
    late_cancels: Class,
    cancels: Class,
    total: i32,
}

impl NoShowStat {
    /// Takes stock of a customer's events of the window, in any order.
    pub fn of(as_of: DateTime<Utc>, events: &[Event]) -> Self {
        let [mut completed, mut no_shows, mut late_cancels, mut cancels] = [Counts::default(); 4];
        let (mut visits, mut attended, mut last_no_show_at) = (0, 0, None);
        for event in events {
            if matches!(event.status, Status::Booked | Status::Ended) {
                visits += 1;
            }
            let counts = match classes(event).1 {
                Some(Reliability::Completed) => {
                    if event.attendance == Attendance::Attended {
                        attended += 1;
                    }
                    &mut completed
                }
                Some(Reliability::NoShow) => {
                    last_no_show_at = last_no_show_at.max(Some(event.event_at));
                    &mut no_shows
                }
                Some(Reliability::LateCancel) => &mut late_cancels,
                Some(Reliability::Cancel) => &mut cancels,
                None => continue,
            };
            counts.add(Bucket::of(as_of, event.event_at));
        }

        let breakdown = Breakdown::of(completed, no_shows, late_cancels, cancels);
        let counted = completed.all() + no_shows.all() + late_cancels.all() + cancels.all();
        let score = score(breakdown.total);
        Self {
            visits,
            attended,
            presumed_attended: completed.all() - attended,
            no_shows: no_shows.all(),
            no_shows_last_90_days: no_shows.last_90_days(),
            late_cancels: late_cancels.all(),
            cancels: cancels.all(),
            no_show_rate: rate(no_shows.all(), completed.all() + no_shows.all()),
            last_no_show_at,
            judged: (counted > 0).then(|| (score, Risk::of(score, no_shows.last_90_days()))),
            breakdown,
        }
    }

    pub fn score(&self) -> Option<i32> {
        self.judged.map(|(score, _)| score)
    }

    pub fn risk(&self) -> Option<&'static str> {
        self.judged.map(|(_, risk)| risk.as_str())
    }
}

/// The share of a whole, a half of the last decimal rounded up. None: there is no whole.
fn rate(part: i32, whole: i32) -> Option<Decimal> {
    let (part, whole) = (i64::from(part), i64::from(whole));
    (whole > 0).then(|| Decimal::new((2 * part * RATE_ONE + whole) / (2 * whole), RATE_DECIMALS))
}

impl Breakdown {
    fn of(completed: Counts, no_shows: Counts, late_cancels: Counts, cancels: Counts) -> Self {
        let completed = Class::of(completed, COMPLETED_POINTS, &RECENCY).up_to(COMPLETED_MOST);
        let no_shows = Class::of(no_shows, NO_SHOW_POINTS, &RECENCY);
        let late_cancels = Class::of(late_cancels, LATE_CANCEL_POINTS, &RECENCY);
        let cancels = Class::of(cancels, CANCEL_POINTS, &RECENCY);
        let lost = no_shows.half_points + late_cancels.half_points + cancels.half_points;
        Self {
            unit: UNIT,
            start: START,
            completed,
            no_shows,
            late_cancels,
            cancels,
            total: START + completed.counted - lost,
        }
    }
}

impl Risk {
    fn of(score: i32, no_shows_last_90_days: i32) -> Self {
        if score >= LOW_RISK_SCORE && no_shows_last_90_days == 0 {
            Self::Low
        } else if score <= HIGH_RISK_SCORE || no_shows_last_90_days >= HIGH_RISK_NO_SHOWS {
            Self::High
        } else {
            Self::Medium
        }
    }

    /// The risk as the database spells it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::recompute_scores::event::Outcome;
    use crate::recompute_scores::rule::samples::{
        any_events, as_of, attended, free, late, many, no_show, refunded, settled, visit, voided,
    };

    fn of(events: &[Event]) -> NoShowStat {
        NoShowStat::of(as_of(), events)
    }

    #[test]
    fn customers_are_judged_as_the_examples_say() {
        use Risk::{High, Low};
        let table = [
            ("3 completed d30", many(3, settled(1)), (195, Some((98, Low)))),
            ("2 no-shows d30", many(2, no_show(1)), (60, Some((30, High)))),
            (
                "1 completed in each bucket",
                vec![settled(1), free(40), attended(100)],
                (180, Some((90, Low))),
            ),
            (
                "1 no-show older, 1 completed d30",
                vec![no_show(100), settled(1)],
                (150, Some((75, Low))),
            ),
            ("none", vec![], (150, None)),
            (
                "unpaid, and nobody says whether he came",
                vec![voided(1)],
                (150, None),
            ),
        ];
        for (name, events, expected) in table {
            let stat = of(&events);
            assert_eq!((stat.breakdown.total, stat.judged), expected, "{name}");
        }
    }

    #[test]
    fn the_risks_end_exactly_at_their_bounds() {
        use Risk::{High, Low, Medium};
        let risks = [(70, 0), (69, 0), (70, 1), (40, 1), (39, 0), (100, 2)];
        assert_eq!(
            risks.map(|(score, no_shows)| Risk::of(score, no_shows)),
            [Low, Medium, Medium, Medium, High, High]
        );
    }

    #[test]
    fn a_rate_has_four_decimals_with_halves_rounded_up() {
        let rates = [(1, 3), (2, 3), (1, 2), (0, 5), (5, 5), (1, 32), (3, 32)];
        assert_eq!(
            rates.map(|(part, whole)| rate(part, whole).unwrap().to_string()),
            [
                "0.3333", "0.6667", "0.5000", "0.0000", "1.0000", "0.0313", "0.0938"
            ]
        );
        assert_eq!(rate(0, 0), None);
    }

    #[test]
    fn the_statistics_are_counted_number_by_number() {
        let unresolved = Event {
            outcome: Outcome::Unresolved,
            ..visit(1)
        };
        let events = [
            vec![
                no_show(100),
                no_show(40),
                attended(2),
                late(1),
                refunded(3),
                voided(1),
                unresolved,
            ],
            many(5, settled(1)),
        ]
        .concat();
        let stat = of(&events);
        assert_eq!(
            stat,
            NoShowStat {
                visits: 10,
                attended: 1,
                presumed_attended: 5,
                no_shows: 2,
                no_shows_last_90_days: 1,
                late_cancels: 1,
                cancels: 1,
                no_show_rate: Some(Decimal::new(25, 2)),
                last_no_show_at: Some(as_of() - TimeDelta::days(40)),
                judged: Some((67, Risk::Medium)),
                breakdown: stat.breakdown.clone(),
            }
        );
        assert_eq!(
            json!(stat.breakdown),
            json!({
                "unit": "half points", "start": 150,
                "completed": {"d30": 6, "d90": 0, "older": 0, "halfPoints": 90, "counted": 50},
                "noShows": {"d30": 0, "d90": 1, "older": 1, "halfPoints": 45},
                "lateCancels": {"d30": 1, "d90": 0, "older": 0, "halfPoints": 15},
                "cancels": {"d30": 1, "d90": 0, "older": 0, "halfPoints": 6},
                "total": 134,
            })
        );
    }

    proptest! {
        #[test]
        fn score_and_risk_follow_from_what_is_shown(events in any_events()) {
            let stat = of(&events);
            let n90 = stat.no_shows_last_90_days;
            let come = stat.attended + stat.presumed_attended;
            prop_assert_eq!(stat.judged.is_none(), come + stat.no_shows + stat.late_cancels + stat.cancels == 0);
            if let Some((score, risk)) = stat.judged {
                prop_assert!((0..=100).contains(&score));
                prop_assert_eq!(risk == Risk::Low, score >= 70 && n90 == 0);
                prop_assert_eq!(risk == Risk::High, score <= 39 || n90 >= 2);
            }
            prop_assert!(come + stat.no_shows <= stat.visits);
            prop_assert_eq!(stat.no_show_rate.is_none(), come + stat.no_shows == 0);
            prop_assert!(stat.no_show_rate.is_none_or(|rate| rate >= Decimal::ZERO && rate <= Decimal::ONE));
            prop_assert_eq!(stat.last_no_show_at.is_none(), stat.no_shows == 0);
        }

        #[test]
        fn to_come_never_lowers_the_score_and_not_to_come_never_raises_it(
            events in any_events(),
            days_ago in 0..180_i64
        ) {
            let total = |more: Option<Event>| {
                let events: Vec<Event> = events.iter().cloned().chain(more).collect();
                of(&events).breakdown.total
            };
            prop_assert!(total(Some(attended(days_ago))) >= total(None));
            for bad in [no_show, late, refunded].map(|bad| bad(days_ago)) {
                prop_assert!(total(Some(bad)) <= total(None));
            }
        }

        #[test]
        fn the_order_of_events_makes_no_difference(
            (events, shuffled) in any_events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle()))
        ) {
            prop_assert_eq!(of(&events), of(&shuffled));
        }
    }
}
