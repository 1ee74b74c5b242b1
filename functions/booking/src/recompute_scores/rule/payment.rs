//! The score: how reliably a customer pays for what is booked.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::classes::{Payment, classes};
use super::{Bucket, Capped, Class, Counts, Recency, UNIT, score};
use crate::recompute_scores::event::Event;

/// Where everybody begins, in half points: in the middle of the scale.
const START: i32 = 100;

/// What an event is worth in points. A slot that nobody paid for costs twice what a paid one earns, and a
/// cancellation in time a quarter of that.
const SETTLED_POINTS: i32 = 10;
const VOIDED_POINTS: i32 = 20;
const REFUNDED_POINTS: i32 = 5;
const LATE_CANCEL_POINTS: i32 = 10;

/// Twice, once and half of the points.
const RECENCY: Recency = Recency {
    d30: 4,
    d90: 2,
    older: 1,
};

/// No more than this is earned by what was settled, in half points: no amount of it makes up for everything.
const SETTLED_MOST: i32 = 100;

/// The score from which on a customer is of the top, and that at which he is still a risk.
const TOP_SCORE: i32 = 80;
const RISK_SCORE: i32 = 39;

/// So many unpaid slots in 90 days are a risk whatever the score.
const RISK_VOIDED: i32 = 2;

/// The number of events from which on a score stands on enough of them.
const ENOUGH_HISTORY: i32 = 3;

/// The row of `booking.customer_score`, as far as it follows from the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerScore {
    /// 0 to 100.
    pub score: i32,
    pub tier: Tier,
    pub history: History,
    pub stats: Stats,
    pub breakdown: Breakdown,
    pub last_activity_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    Top,
    Neutral,
    Risk,
}

/// How much a score stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    None,
    Short,
    Enough,
}

/// The column `stats`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    settled: i32,
    voided: i32,
    refunded: i32,
    late_cancels: i32,
    abandoned: i32,
    voided_last_90_days: i32,
}

/// The column `breakdown`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Breakdown {
    unit: &'static str,
    start: i32,
    settled: Capped,
    voided: Class,
    refunded: Class,
    late_cancels: Class,
    abandoned_forgiven: i32,
    total: i32,
}

impl CustomerScore {
    /// Scores a customer by the events of the window, in any order.
    pub fn of(as_of: DateTime<Utc>, events: &[Event]) -> Self {
        let [
            mut settled,
            mut voided,
            mut refunded,
            mut late_cancels,
            mut abandoned,
        ] = [Counts::default(); 5];
        for event in events {
            let counts = match classes(event).0 {
                Some(Payment::Settled) => &mut settled,
                Some(Payment::Voided) => &mut voided,
                Some(Payment::Refunded) => &mut refunded,
                Some(Payment::LateCancel) => &mut late_cancels,
                Some(Payment::Abandoned) => &mut abandoned,
                None => continue,
            };
            counts.add(Bucket::of(as_of, event.event_at));
        }
        let unforgiven = unforgiven(abandoned);
        voided += unforgiven;

        let breakdown = Breakdown::of(
            settled,
            voided,
            refunded,
            late_cancels,
            abandoned.all() - unforgiven.all(),
        );
        let score = score(breakdown.total);
        Self {
            score,
            tier: Tier::of(score, voided.last_90_days()),
            history: History::of(settled.all() + voided.all() + refunded.all() + late_cancels.all()),
            stats: Stats {
                settled: settled.all(),
                voided: voided.all(),
                refunded: refunded.all(),
                late_cancels: late_cancels.all(),
                abandoned: abandoned.all(),
                voided_last_90_days: voided.last_90_days(),
            },
            breakdown,
            last_activity_at: events.iter().map(|event| event.event_at).max(),
        }
    }
}

/// The abandoned bookings that count: those of the last 90 days but for the first of them, which may have been a
/// slip. The first is in the older bucket if that has any.
fn unforgiven(abandoned: Counts) -> Counts {
    let of_d90 = abandoned.d90.min(1);
    Counts {
        d30: abandoned.d30 - abandoned.d30.min(1 - of_d90),
        d90: abandoned.d90 - of_d90,
        older: 0,
    }
}

impl Breakdown {
    fn of(
        settled: Counts,
        voided: Counts,
        refunded: Counts,
        late_cancels: Counts,
        abandoned_forgiven: i32,
    ) -> Self {
        let settled = Class::of(settled, SETTLED_POINTS, &RECENCY).up_to(SETTLED_MOST);
        let voided = Class::of(voided, VOIDED_POINTS, &RECENCY);
        let refunded = Class::of(refunded, REFUNDED_POINTS, &RECENCY);
        let late_cancels = Class::of(late_cancels, LATE_CANCEL_POINTS, &RECENCY);
        let lost = voided.half_points + refunded.half_points + late_cancels.half_points;
        Self {
            unit: UNIT,
            start: START,
            settled,
            voided,
            refunded,
            late_cancels,
            abandoned_forgiven,
            total: START + settled.counted - lost,
        }
    }
}

impl Tier {
    fn of(score: i32, voided_last_90_days: i32) -> Self {
        if score >= TOP_SCORE && voided_last_90_days == 0 {
            Self::Top
        } else if score <= RISK_SCORE || voided_last_90_days >= RISK_VOIDED {
            Self::Risk
        } else {
            Self::Neutral
        }
    }

    /// The tier as the database spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::Neutral => "neutral",
            Self::Risk => "risk",
        }
    }
}

impl History {
    fn of(events: i32) -> Self {
        match events {
            0 => Self::None,
            ENOUGH_HISTORY.. => Self::Enough,
            _ => Self::Short,
        }
    }

    /// The history as the database spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Short => "short",
            Self::Enough => "enough",
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::recompute_scores::event::{Attendance, Outcome, Reason, Status};
    use crate::recompute_scores::rule::samples::{
        any_events, as_of, cancelled, free, late, many, refunded, settled, visit, voided,
    };

    fn of(events: &[Event]) -> CustomerScore {
        CustomerScore::of(as_of(), events)
    }

    fn abandoned(days_ago: i64) -> Event {
        cancelled(days_ago, Reason::BookingNotPaid)
    }

    #[test]
    fn customers_are_scored_as_the_table_says() {
        use History::{Enough, None, Short};
        use Tier::{Neutral, Risk, Top};
        let table = [
            ("none", vec![], (100, 50, Neutral, None)),
            ("3 settled d30", many(3, settled(1)), (200, 100, Top, Enough)),
            (
                "1 settled in each bucket",
                vec![settled(1), settled(40), settled(100)],
                (170, 85, Top, Enough),
            ),
            (
                "2 settled, 1 voided, 1 refunded, 1 late, all d30",
                [many(2, settled(1)), vec![voided(1), refunded(1), late(1)]].concat(),
                (40, 20, Risk, Enough),
            ),
            (
                "5 settled, 1 voided, d30",
                [many(5, settled(1)), vec![voided(1)]].concat(),
                (120, 60, Neutral, Enough),
            ),
            ("1 refunded older", vec![refunded(100)], (95, 48, Neutral, Short)),
            (
                "4 settled d30, 2 voided d90",
                [many(4, settled(1)), many(2, voided(40))].concat(),
                (120, 60, Risk, Enough),
            ),
            ("2 abandoned d30", many(2, abandoned(1)), (20, 10, Risk, Short)),
            (
                "3 free visits attended",
                many(3, free(1)),
                (100, 50, Neutral, None),
            ),
        ];
        for (name, events, expected) in table {
            let CustomerScore {
                score,
                tier,
                history,
                breakdown,
                ..
            } = of(&events);
            assert_eq!((breakdown.total, score, tier, history), expected, "{name}");
        }
    }

    #[test]
    fn the_tiers_end_exactly_at_their_bounds() {
        use Tier::{Neutral, Risk, Top};
        let tiers = [(80, 0), (79, 0), (80, 1), (40, 1), (39, 0), (100, 2)];
        assert_eq!(
            tiers.map(|(score, voided)| Tier::of(score, voided)),
            [Top, Neutral, Neutral, Neutral, Risk, Risk]
        );
    }

    #[test]
    fn the_first_abandoned_booking_of_90_days_is_forgiven_in_its_own_bucket() {
        let counts = |d30, d90, older| Counts { d30, d90, older };
        let table = [
            (counts(0, 0, 3), counts(0, 0, 0)),
            (counts(1, 0, 3), counts(0, 0, 0)),
            (counts(2, 0, 0), counts(1, 0, 0)),
            (counts(0, 1, 0), counts(0, 0, 0)),
            (counts(2, 1, 0), counts(2, 0, 0)),
            (counts(2, 3, 1), counts(2, 2, 0)),
        ];
        for (abandoned, expected) in table {
            assert_eq!(unforgiven(abandoned), expected, "{abandoned:?}");
        }
    }

    #[test]
    fn the_score_is_explained_number_by_number() {
        let events = [
            many(3, settled(1)),
            vec![voided(100), late(40), refunded(1)],
            many(2, abandoned(40)),
            vec![abandoned(100)],
        ]
        .concat();
        let scored = of(&events);
        assert_eq!(
            json!(scored.stats),
            json!({
                "settled": 3, "voided": 2, "refunded": 1, "lateCancels": 1, "abandoned": 3, "voidedLast90Days": 1,
            })
        );
        assert_eq!(
            json!(scored.breakdown),
            json!({
                "unit": "half points", "start": 100,
                "settled": {"d30": 3, "d90": 0, "older": 0, "halfPoints": 120, "counted": 100},
                "voided": {"d30": 0, "d90": 1, "older": 1, "halfPoints": 60},
                "refunded": {"d30": 1, "d90": 0, "older": 0, "halfPoints": 20},
                "lateCancels": {"d30": 0, "d90": 1, "older": 0, "halfPoints": 20},
                "abandonedForgiven": 2, "total": 100,
            })
        );
    }

    #[test]
    fn the_last_activity_is_the_latest_event_of_any_kind() {
        let pending = Event {
            status: Status::Pending,
            ..visit(2)
        };
        assert_eq!(
            of(&[settled(9), pending, free(3)]).last_activity_at,
            Some(as_of() - TimeDelta::days(2))
        );
        assert_eq!(of(&[]).last_activity_at, None);
    }

    /// The events and one more.
    fn with(events: &[Event], event: Event) -> Vec<Event> {
        [events, &[event]].concat()
    }

    /// Whether an event is held against the customer.
    fn is_bad(event: &Event) -> bool {
        classes(event).0.is_some_and(|class| class != Payment::Settled)
    }

    proptest! {
        #[test]
        fn score_tier_and_history_follow_from_what_is_shown(events in any_events()) {
            let CustomerScore { score, tier, history, stats, .. } = of(&events);
            prop_assert!((0..=100).contains(&score));
            let voided = stats.voided_last_90_days;
            prop_assert_eq!(tier == Tier::Top, score >= 80 && voided == 0);
            prop_assert_eq!(tier == Tier::Risk, score <= 39 || voided >= 2);
            let counted = stats.settled + stats.voided + stats.refunded + stats.late_cancels;
            prop_assert_eq!(history == History::None, counted == 0);
            prop_assert_eq!(history == History::Enough, counted >= 3);
        }

        #[test]
        fn a_settled_visit_more_never_lowers_the_score(events in any_events(), days_ago in 0..180_i64) {
            prop_assert!(of(&with(&events, settled(days_ago))).score >= of(&events).score);
        }

        #[test]
        fn anything_bad_more_never_raises_the_score(events in any_events(), days_ago in 0..180_i64) {
            let before = of(&events).score;
            for bad in [voided, refunded, late, abandoned].map(|bad| bad(days_ago)) {
                prop_assert!(of(&with(&events, bad)).score <= before);
            }
        }

        #[test]
        fn time_never_makes_anything_bad_worse(
            events in any_events(),
            place in any::<prop::sample::Index>(),
            seconds in 0..(90 * 86_400_i64)
        ) {
            prop_assume!(events.iter().any(is_bad));
            let mut aged = events.clone();
            let mut bad: Vec<&mut Event> = aged.iter_mut().filter(|event| is_bad(event)).collect();
            let count = bad.len();
            bad[place.index(count)].event_at -= TimeDelta::seconds(seconds);
            prop_assert!(of(&aged).score >= of(&events).score);
        }

        #[test]
        fn the_order_of_events_makes_no_difference(
            (events, shuffled) in any_events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle()))
        ) {
            prop_assert_eq!(of(&events), of(&shuffled));
        }

        /// The rule in the words of its definition: sort by time, forgive the first of 90 days.
        #[test]
        fn of_the_abandoned_of_90_days_all_but_the_first_count_where_they_happened(
            ages in prop::collection::vec(0..(180 * 86_400_i64), 0..8)
        ) {
            let mut ages = ages;
            let events: Vec<Event> = ages
                .iter()
                .map(|seconds| Event { event_at: as_of() - TimeDelta::seconds(*seconds), ..abandoned(0) })
                .collect();
            ages.retain(|seconds| *seconds <= 90 * 86_400);
            ages.sort_unstable_by(|one, other| other.cmp(one));
            let mut expected = Counts::default();
            for seconds in ages.iter().skip(1) {
                expected.add(Bucket::of(as_of(), as_of() - TimeDelta::seconds(*seconds)));
            }
            prop_assert_eq!(of(&events).breakdown.voided, Class::of(expected, VOIDED_POINTS, &RECENCY));
        }

        #[test]
        fn no_show_and_lost_dispute_weigh_as_much_as_what_was_not_paid(days_ago in 0..180_i64) {
            let unpaid = of(&[voided(days_ago)]);
            let no_show = Event { attendance: Attendance::NoShow, ..settled(days_ago) };
            let lost = Event { outcome: Outcome::Disputed, reason: Some(Reason::DisputeLost), ..settled(days_ago) };
            prop_assert_eq!(&of(&[no_show]), &unpaid);
            prop_assert_eq!(&of(&[lost]), &unpaid);
        }
    }
}
