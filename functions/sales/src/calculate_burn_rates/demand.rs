//! How a product sells: the figures of its last days.

use chrono::NaiveDate;

use super::{
    figure::rounded,
    history::{History, SERIES},
};

/// Days of history below which nothing is said.
const FEWEST_DAYS: usize = 14;

/// Days of history, and days with demand among them, from which the figures can be relied on.
const RELIABLE_DAYS: usize = 60;
const RELIABLE_DAYS_WITH_DEMAND: usize = 10;

/// Share of days without demand above which demand is intermittent.
const INTERMITTENT: f64 = 0.70;

/// Units a day from which demand is fast and medium.
const FAST: f64 = 5.0;
const MEDIUM: f64 = 1.0;

/// How fast Croston's estimates follow.
const ALPHA: f64 = 0.1;

/// What the series of a product says.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// Units on each of the days, oldest first, the last one yesterday.
    pub series: Vec<i64>,
    pub days_with_demand: usize,
    pub total_units: i64,
    pub sample_units: i64,
    pub confidence: Confidence,
    /// None: too few days.
    pub figures: Option<Figures>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Units a day.
    pub mean: f64,
    pub sd: f64,
    pub zero_day_percent: f64,
    /// The deviation by the mean. None: no demand.
    pub cv: Option<f64>,
    pub pattern: Pattern,
    /// Units a day to reckon with, before the season.
    pub rate: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    None,
    Fast,
    Medium,
    Slow,
    Intermittent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    High,
    Low,
    Insufficient,
}

impl Pattern {
    /// As the table spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Fast => "FAST",
            Self::Medium => "MEDIUM",
            Self::Slow => "SLOW",
            Self::Intermittent => "INTERMITTENT",
        }
    }
}

impl Confidence {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "HIGH",
            Self::Low => "LOW",
            Self::Insufficient => "INSUFFICIENT",
        }
    }
}

impl Demand {
    /// The series begins when the product was there, which is when it was made or was first sold.
    pub fn of(today: NaiveDate, created_on: NaiveDate, history: &History) -> Self {
        let first = history
            .first_demand
            .map_or(created_on, |date| date.min(created_on));
        let age = usize::try_from((today - first).num_days()).unwrap_or_default();
        let days = age.min(SERIES);
        let series = history.days[SERIES - days..].to_vec();
        let days_with_demand = series.iter().filter(|units| **units > 0).count();
        Self {
            days_with_demand,
            total_units: series.iter().sum(),
            sample_units: history.samples[SERIES - days..].iter().sum(),
            confidence: match (days, days_with_demand) {
                (..FEWEST_DAYS, _) => Confidence::Insufficient,
                (..RELIABLE_DAYS, _) | (_, ..RELIABLE_DAYS_WITH_DEMAND) => Confidence::Low,
                _ => Confidence::High,
            },
            figures: (days >= FEWEST_DAYS).then(|| Figures::of(&series)),
            series,
        }
    }
}

impl Figures {
    fn of(series: &[i64]) -> Self {
        let days = series.len() as f64;
        let zero_days = series.iter().filter(|units| **units == 0).count() as f64;
        let mean = series.iter().sum::<i64>() as f64 / days;
        let squares: f64 = series.iter().map(|units| (*units as f64 - mean).powi(2)).sum();
        let sd = (squares / (days - 1.0)).sqrt();
        let pattern = match rounded(mean) {
            _ if zero_days == days => Pattern::None,
            _ if rounded(zero_days / days) > INTERMITTENT => Pattern::Intermittent,
            FAST.. => Pattern::Fast,
            MEDIUM.. => Pattern::Medium,
            _ => Pattern::Slow,
        };
        Self {
            mean,
            sd,
            zero_day_percent: 100.0 * zero_days / days,
            cv: (pattern != Pattern::None).then(|| sd / mean),
            pattern,
            rate: match pattern {
                Pattern::Intermittent => croston(series),
                _ => mean,
            },
        }
    }
}

/// Units a day of intermittent demand: the size of an order by the days between two of them, both smoothed, by Croston's
/// method with the correction of Syntetos and Boylan (2005). An interval that is open for longer counts as it is.
fn croston(series: &[i64]) -> f64 {
    let demand: Vec<(usize, f64)> = series
        .iter()
        .enumerate()
        .filter(|(_, units)| **units > 0)
        .map(|(day, units)| (day, *units as f64))
        .collect();
    let [(first, _), .., (last, _)] = demand[..] else {
        let size = demand.first().map_or(0.0, |(_, size)| *size);
        // The one interval there is: the whole series.
        return corrected(size, series.len() as f64);
    };
    let orders = demand.len() as f64;
    let mean_size = demand.iter().map(|(_, size)| size).sum::<f64>() / orders;
    let size = demand
        .iter()
        .fold(mean_size, |mean, (_, size)| mean + ALPHA * (size - mean));
    let mean_interval = (last - first) as f64 / (orders - 1.0);
    let interval = demand.windows(2).fold(mean_interval, |mean, pair| {
        mean + ALPHA * ((pair[1].0 - pair[0].0) as f64 - mean)
    });
    let open = (series.len() - last) as f64;
    corrected(size, interval.max(open))
}

fn corrected(size: f64, interval: f64) -> f64 {
    (1.0 - ALPHA / 2.0) * size / interval
}

#[cfg(test)]
pub mod samples {
    use chrono::Days;

    use super::*;
    use crate::calculate_burn_rates::history::samples;

    /// 2026-11-22, a Sunday.
    pub fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
    }

    /// The demand of a product that was made when its series began.
    pub fn demand(today: NaiveDate, units: &[i64]) -> Demand {
        let created_on = today - Days::new(units.len() as u64);
        Demand::of(today, created_on, &samples::series(today, units))
    }

    /// So many days with the units on each of the n-th of them, the last one yesterday.
    pub fn every(days: usize, nth: usize, units: i64) -> Vec<i64> {
        let is_sold = |day: &usize| (days - day - 1).is_multiple_of(nth);
        (0..days)
            .map(|day| if is_sold(&day) { units } else { 0 })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::{
        samples::{demand, every, today},
        *,
    };
    use crate::calculate_burn_rates::history::samples::series;

    fn figures(units: &[i64]) -> Figures {
        demand(today(), units).figures.unwrap()
    }

    #[test]
    fn days_without_demand_count_in_the_deviation() {
        let demand = figures(&every(90, 3, 6));
        assert_eq!((demand.mean, rounded(demand.sd)), (2.0, 2.844_273));
        assert_eq!(
            (rounded(demand.zero_day_percent), demand.pattern),
            (66.666_667, Pattern::Medium)
        );
    }

    #[test]
    fn a_pattern_begins_where_the_table_says() {
        let with_zeros = |zeros: usize| [vec![0; zeros], vec![2; 100 - zeros]].concat()[10..].to_vec();
        for (pattern, units) in [
            (Pattern::None, vec![0; 14]),
            (Pattern::Slow, every(90, 2, 1)),
            (Pattern::Medium, vec![1; 90]),
            (Pattern::Medium, [vec![5; 89], vec![4]].concat()),
            (Pattern::Fast, vec![5; 14]),
            (Pattern::Slow, with_zeros(73)),
            (Pattern::Intermittent, with_zeros(74)),
        ] {
            assert_eq!(figures(&units).pattern, pattern, "{units:?}");
        }
    }

    #[test]
    fn the_rate_of_intermittent_demand_falls_while_none_comes() {
        let sold = every(90, 4, 6);
        assert_eq!(rounded(figures(&sold).rate), 1.425);
        // The last one 20 days ago.
        let ended = [&sold[19..], &[0; 19]].concat();
        assert_eq!(rounded(figures(&ended).rate), 0.285);
        let once = [vec![0; 50], vec![10], vec![0; 39]].concat();
        assert_eq!(
            rounded(figures(&once).rate),
            rounded(0.95 * 10.0 / 90.0),
            "one interval of all days"
        );
    }

    #[test]
    fn the_figures_need_14_days_and_more_to_be_relied_on() {
        for (units, confidence) in [
            (vec![3; 13], Confidence::Insufficient),
            (vec![3; 14], Confidence::Low),
            (vec![3; 59], Confidence::Low),
            (vec![3; 60], Confidence::High),
            ([vec![0; 81], vec![1; 9]].concat(), Confidence::Low),
            ([vec![0; 80], vec![1; 10]].concat(), Confidence::High),
        ] {
            let demand = demand(today(), &units);
            assert_eq!(demand.confidence, confidence, "{units:?}");
            assert_eq!(demand.figures.is_none(), confidence == Confidence::Insufficient);
            assert_eq!(demand.series, units);
        }
    }

    #[test]
    fn the_series_begins_with_the_product_or_its_first_sale() {
        let today = today();
        let days = |created: u64, first_sale: u64| {
            let mut units = vec![0; SERIES];
            units[SERIES - first_sale as usize] = 1;
            Demand::of(today, today - Days::new(created), &series(today, &units))
                .series
                .len()
        };
        assert_eq!((days(30, 10), days(10, 30), days(300, 10)), (30, 30, 90));
        let none = series(today, &[]);
        let unsold = |created_on| Demand::of(today, created_on, &none).series.len();
        assert_eq!(
            (unsold(today), unsold(today + Days::new(1))),
            (0, 0),
            "made today or later"
        );
    }

    proptest! {
        #[test]
        fn the_rate_is_positive_and_never_above_the_largest_order(
            units in prop::collection::vec(prop_oneof![6 => Just(0_i64), 1 => 1_i64..1_000], 14..=90)
        ) {
            prop_assume!(units.iter().any(|units| *units > 0));
            let rate = croston(&units);
            prop_assert!(rate > 0.0 && rate <= *units.iter().max().unwrap() as f64);
        }
    }
}
