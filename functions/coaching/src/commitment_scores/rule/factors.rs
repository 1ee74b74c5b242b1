//! The four factors of the commitment score, each from 0 to 100.

use crate::number::round_div;
use crate::visits::{Facts, MONTH_DAYS};

/// Where there is not enough to see a trend or a pace, the factor is neutral: neither good nor bad.
const NEUTRAL_POINTS: i32 = 50;

/// The first two weeks (days of membership) show no trend.
const FIRST_TREND_DAYS: i32 = 14;

/// From two full months on (days of membership) months are compared; before that, halves of the membership.
const TWO_MONTHS: i32 = 2 * MONTH_DAYS;

/// From three full months on (days of membership) the pace is measured over all three.
const THREE_MONTHS: i32 = 3 * MONTH_DAYS;

/// It takes so many recent visits to see a trend within two months.
const TREND_VISITS: i32 = 3;

/// It takes so many recent visits to see a pace.
const PACE_VISITS: i32 = 4;

/// Without visits in the time before, each visit counts so many points.
const POINTS_A_VISIT_IN_HALVES: i32 = 10;
const POINTS_A_VISIT_IN_MONTHS: i32 = 15;

/// Each visit that half a month brings more or fewer moves the pace by so many points.
const POINTS_A_HALF_VISIT: i32 = 5;

/// Days without a visit from which on an absence counts against the member: a week, two and three.
const WEEK: i32 = 7;
const TWO_WEEKS: i32 = 14;
const THREE_WEEKS: i32 = 21;

/// The points of a mean gap of at most so many days, and of a longer one.
const GAP_POINTS: [(i32, i32); 6] = [(3, 100), (5, 90), (7, 75), (10, 60), (14, 40), (21, 20)];
const POINTS_OF_LONG_GAPS: i32 = 10;

/// The four factors of a member who has visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factors {
    /// How attendance develops.
    pub attendance: Factor,
    /// The share of the expected sessions that the member came to, in percent.
    pub sessions: i32,
    /// How short and how even the gaps between visits are.
    pub gaps: i32,
    /// How the pace changes.
    pub velocity: Factor,
    /// Twice the change of pace, in visits a month.
    pub twice_change: i32,
}

/// A factor that may have nothing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor {
    pub points: i32,
    pub neutral: bool,
}

impl Factor {
    const NEUTRAL: Self = Self {
        points: NEUTRAL_POINTS,
        neutral: true,
    };

    fn of(points: i32) -> Self {
        Self {
            points: points.clamp(0, 100),
            neutral: false,
        }
    }
}

impl Factors {
    /// The factors of a member whose newest visit is `d` days ago.
    pub fn of(facts: &Facts, d: i32, expected_per_week: i32) -> Self {
        let twice_change = twice_change(facts);
        Self {
            attendance: attendance(facts),
            sessions: sessions(facts, d, expected_per_week),
            gaps: gaps(facts, d),
            velocity: match twice_change {
                Some(change) => Factor::of(NEUTRAL_POINTS + POINTS_A_HALF_VISIT * change),
                None => Factor::NEUTRAL,
            },
            twice_change: twice_change.unwrap_or(0),
        }
    }

    /// The change of pace in tenths of a visit a week: a month of 30 days has 30/7 weeks.
    pub fn velocity_tenths(&self) -> i32 {
        round_div(WEEK * self.twice_change, 6)
    }

    /// The names of the factors that have nothing to say.
    pub fn neutral(&self) -> Vec<&'static str> {
        let neutral = [
            ("attendance", self.attendance.neutral),
            ("velocity", self.velocity.neutral),
        ];
        neutral
            .into_iter()
            .filter_map(|(name, neutral)| neutral.then_some(name))
            .collect()
    }
}

/// F1: what the newer part of the membership brings, in percent of the older part.
fn attendance(facts: &Facts) -> Factor {
    let membership = facts.membership_days();
    if membership < FIRST_TREND_DAYS || membership < TWO_MONTHS && visits(facts) < TREND_VISITS {
        return Factor::NEUTRAL;
    }
    if membership < TWO_MONTHS {
        let half = membership / 2;
        let newer = visits_within(facts, 0, half);
        match visits_within(facts, half, 2 * half) {
            0 => Factor::of(POINTS_A_VISIT_IN_HALVES * facts.n1),
            older => Factor::of(round_div(100 * newer, older)),
        }
    } else {
        match facts.n2 {
            0 => Factor::of(POINTS_A_VISIT_IN_MONTHS * facts.n1),
            n2 => Factor::of(round_div(100 * facts.n1, n2).min(100) + regulars_bonus(facts.n1)),
        }
    }
}

/// Points for coming twice or once a week, so that a month a little weaker than a strong one is no decline.
fn regulars_bonus(visits_a_month: i32) -> i32 {
    match visits_a_month {
        8.. => 20,
        4..8 => 10,
        _ => 0,
    }
}

/// F2: the visits of the last month in percent of those expected, halved after two weeks away.
fn sessions(facts: &Facts, d: i32, expected_per_week: i32) -> i32 {
    let expected = expected_per_week * facts.judged_days();
    let kept = (100 * WEEK * facts.n1).min(100 * expected);
    let halved = if d > TWO_WEEKS { 2 } else { 1 };
    round_div(kept, halved * expected)
}

/// F3: how short the gaps between the recent visits are, less what a long one and absence now take off.
fn gaps(facts: &Facts, d: i32) -> i32 {
    let (number, sum, longest) = facts.gaps().fold((0, 0, 0), |(number, sum, longest), gap| {
        (number + 1, sum + gap, longest.max(gap))
    });
    if number == 0 {
        return facts.recent.first().map_or(0, |&ago| single_visit(ago));
    }
    let bound = GAP_POINTS.iter().find(|(mean, _)| sum <= mean * number);
    let points = bound.map_or(POINTS_OF_LONG_GAPS, |&(_, points)| points);
    let long_gap = match longest {
        longest if longest > THREE_WEEKS => 30,
        longest if longest > TWO_WEEKS => 15,
        _ => 0,
    };
    let absence = match d {
        d if d > THREE_WEEKS => 40,
        d if d > TWO_WEEKS => 25,
        d if d > WEEK => 10,
        _ => 0,
    };
    ((points - long_gap).max(0) - absence).max(0)
}

/// F3 of a single recent visit, which has no gap: it fades with the days since.
fn single_visit(ago: i32) -> i32 {
    match ago {
        ..=1 => 55,
        2..=7 => (55 - 5 * ago).max(10),
        8..=14 => (20 - 2 * (ago - 7)).max(5),
        15..=21 => (6 - (ago - 14)).max(2),
        22..=29 => 2,
        30..=59 => 1,
        60.. => 0,
    }
}

/// F4: twice the change of visits a month, from the first to the last of three months where all three have
/// visits, else between the last two. None: too little to see.
fn twice_change(facts: &Facts) -> Option<i32> {
    let membership = facts.membership_days();
    if visits(facts) < PACE_VISITS || membership < TWO_MONTHS {
        None
    } else if membership >= THREE_MONTHS && facts.n2 > 0 && facts.n3 > 0 {
        Some(facts.n1 - facts.n3)
    } else {
        Some(2 * (facts.n1 - facts.n2))
    }
}

/// The number of recent visits.
fn visits(facts: &Facts) -> i32 {
    facts.n1 + facts.n2 + facts.n3
}

/// The number of visits that are at least `from` and less than `to` days ago.
fn visits_within(facts: &Facts, from: i32, to: i32) -> i32 {
    facts
        .recent
        .iter()
        .map(|ago| i32::from((from..to).contains(ago)))
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::visits::samples::{any_facts, facts};

    /// Attendance by the days of membership with today, as the rule counts.
    fn trend(membership: i32, visits: &[i32]) -> (i32, bool) {
        let Factor { points, neutral } = attendance(&facts(membership - 1, visits));
        (points, neutral)
    }

    #[test]
    fn a_trend_is_neutral_until_there_is_one_to_see() {
        assert_eq!(trend(13, &[0, 1, 2, 3]), (50, true), "not two weeks");
        assert_eq!(trend(14, &[0, 1, 2, 7]), (100, false));
        assert_eq!(trend(59, &[0, 1]), (50, true), "two visits are no trend");
        assert!(!trend(59, &[0, 1, 40]).1);
        assert_eq!(
            trend(60, &[0, 1]),
            (30, false),
            "two full months are compared whatever they hold"
        );
    }

    #[test]
    fn halves_of_the_membership_are_compared_before_months_are_full() {
        assert_eq!(
            trend(28, &[13, 14, 15, 16]),
            (33, false),
            "one of three: 13 is new, 14 is old"
        );
        assert_eq!(
            trend(29, &[13, 14, 28]),
            (100, false),
            "the odd first day is in neither half"
        );
        assert_eq!(trend(20, &[1, 2, 3]), (30, false), "nothing before: 10 a visit");
        assert_eq!(
            trend(59, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
            (100, false),
            "at most 100"
        );
    }

    #[test]
    fn months_are_compared_when_two_are_full_with_a_bonus_for_regulars() {
        let months = |n1: i32, n2: i32| trend(200, &(0..n1).chain(30..30 + n2).collect::<Vec<_>>()).0;
        assert_eq!(
            [0, 1, 6, 7].map(|n1| months(n1, 0)),
            [0, 15, 90, 100],
            "nothing before: 15 a visit"
        );
        assert_eq!(months(3, 12), 25);
        assert_eq!(months(4, 12), 43, "33 and 10");
        assert_eq!(months(7, 12), 68, "58 and 10");
        assert_eq!(months(8, 12), 87, "67 and 20");
        assert_eq!(months(12, 12), 100);
    }

    #[test]
    fn sessions_are_the_share_of_what_is_expected_of_the_time_since_joining() {
        let kept = |t, visits: &[i32], expected| {
            let facts = facts(t, visits);
            sessions(&facts, facts.d.unwrap(), expected)
        };
        assert_eq!(kept(0, &[0], 2), 50, "one of two in a week at least");
        assert_eq!(kept(14, &[9, 14], 2), 47, "700·2 / (2·15) = 46.67");
        assert_eq!(kept(300, &[1, 2, 3, 4, 5], 1), 100, "at most 100");
        assert_eq!(kept(300, &[14], 1), 23, "23.3");
        assert_eq!(kept(300, &[15], 1), 12, "after two weeks half of it: 11.67");
        assert_eq!(kept(300, &[15, 16, 17, 18, 19, 20], 1), 50, "half of at most 100");
    }

    #[test]
    fn a_single_visit_fades_as_the_table_says() {
        let points = [0, 1, 2, 7, 8, 13, 14, 15, 17, 18, 21, 22, 29, 30, 59, 60, 89].map(single_visit);
        assert_eq!(points, [55, 55, 45, 20, 18, 8, 6, 5, 3, 2, 2, 2, 2, 1, 1, 0, 0]);
    }

    #[test]
    fn gaps_are_judged_by_their_mean_against_exact_bounds() {
        let of = |visits: &[i32]| gaps(&facts(300, visits), visits[0]);
        assert_eq!(
            [
                (3, 100),
                (4, 90),
                (5, 90),
                (6, 75),
                (7, 75),
                (8, 60),
                (10, 60),
                (11, 40),
                (14, 40)
            ]
            .map(|(gap, points)| of(&[0, gap]) - points),
            [0; 9]
        );
        assert_eq!(of(&[0, 3, 7]), 90, "a mean of 3.5 is more than 3");
        assert_eq!(gaps(&facts(300, &[]), 100), 0, "no recent visit");
    }

    #[test]
    fn a_long_gap_and_absence_now_take_points_off_but_not_below_nothing() {
        let of = |visits: &[i32]| gaps(&facts(300, visits), visits[0]);
        assert_eq!(
            [of(&[0, 14]), of(&[0, 15]), of(&[0, 21]), of(&[0, 22])],
            [40, 5, 5, 0],
            "the longest gap"
        );
        assert_eq!(
            [7, 8, 14, 15, 21, 22].map(|d| of(&[d, d + 1])),
            [100, 90, 90, 75, 75, 60],
            "absence"
        );
        assert_eq!(of(&[22, 44]), 0);
    }

    #[test]
    fn the_pace_is_neutral_without_four_visits_or_two_full_months() {
        let of = |t, visits: &[i32]| twice_change(&facts(t, visits));
        assert_eq!(of(300, &[0, 1, 2]), None);
        assert_eq!(of(58, &[0, 1, 2, 3]), None);
        assert_eq!(of(59, &[0, 1, 2, 3]), Some(8));
    }

    #[test]
    fn the_pace_spans_three_months_where_all_three_have_visits() {
        let of = |t, visits: &[i32]| twice_change(&facts(t, visits));
        assert_eq!(of(89, &[0, 30, 60, 61]), Some(-1), "from the first to the last");
        assert_eq!(of(88, &[0, 30, 60, 61]), Some(0), "the third month is not full");
        assert_eq!(of(89, &[0, 60, 61, 62]), Some(2), "nothing in the second");
        assert_eq!(of(89, &[0, 30, 31, 32]), Some(-4), "nothing in the third");
    }

    #[test]
    fn velocity_is_a_tenth_of_a_visit_a_week_rounded_away_from_zero() {
        let tenths = |twice_change| {
            Factors {
                twice_change,
                ..Factors::of(&facts(9, &[0]), 0, 2)
            }
            .velocity_tenths()
        };
        assert_eq!([-4, -3, -2, -1, 0, 1, 3].map(tenths), [-5, -4, -2, -1, 0, 1, 4]);
    }

    proptest! {
        #[test]
        fn every_factor_lies_on_the_scale(facts in any_facts(), expected in 1..=14) {
            prop_assume!(facts.d.is_some());
            let factors = Factors::of(&facts, facts.d.unwrap(), expected);
            for points in [factors.attendance.points, factors.sessions, factors.gaps, factors.velocity.points] {
                prop_assert!((0..=100).contains(&points));
            }
            prop_assert!(!factors.velocity.neutral || factors.velocity_tenths() == 0);
        }

        #[test]
        fn sessions_are_the_exact_share(facts in any_facts(), d in 0..30, expected in 1..=14) {
            // 100·n1·7 / (expected·days), at most 100, halved after two weeks; a half is rounded up.
            let (n1, days) = (facts.n1, facts.judged_days());
            let (numerator, denominator) = match 700 * n1 > 100 * expected * days {
                true => (100, 1),
                false => (700 * n1, expected * days),
            };
            let denominator = if d > 14 { 2 * denominator } else { denominator };
            let off = 2 * denominator * sessions(&facts, d, expected) - 2 * numerator;
            prop_assert!(-denominator < off && off <= denominator);
        }
    }
}
