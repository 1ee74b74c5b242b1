//! When a product sells: on which weekdays and in which months more than on others.
//!
//! A short history exaggerates seasonal indices, hence the shrinking (Miller and Williams 2003).

use chrono::{Datelike, Days, NaiveDate};

use super::{
    demand::Demand,
    history::{History, MONTHS, next_month},
};

const WEEKDAYS: usize = 7;
const YEAR: usize = 12;

/// Dates of a weekday, as if so many average ones had been seen as well.
const AVERAGE_WEEKDAYS: f64 = 4.0;
/// Years of a month, likewise.
const AVERAGE_YEARS: f64 = 2.0;

/// Bounds of a month's index: no month sells less than half or more than twice of the average.
const LEAST: f64 = 0.5;
const MOST: f64 = 2.0;

/// When a product sells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Season {
    /// Monday first; 1 = as on the average day.
    pub weekdays: [f64; WEEKDAYS],
    /// January first; 1 = as in the average of the series, whose own months are in its figures already.
    months: [f64; YEAR],
    pub source: Source,
}

/// Whose months say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Sku,
    Category,
    None,
}

/// What all products of a category sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Category {
    /// The first month of its history.
    pub since: NaiveDate,
    /// Units in each of the complete months, oldest first.
    pub months: [i64; MONTHS],
}

impl Source {
    /// As the table spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sku => "SKU",
            Self::Category => "CATEGORY",
            Self::None => "NONE",
        }
    }
}

impl Season {
    /// Units of a date by those of the average day.
    pub fn of_date(&self, date: NaiveDate) -> f64 {
        self.weekdays[weekday(date)] * self.of_month(date)
    }

    /// Units of a date's month by those of the series.
    pub fn of_month(&self, date: NaiveDate) -> f64 {
        self.months[date.month0() as usize]
    }

    /// The season of a product that has demand. `months` are the first days of the complete months.
    pub fn of(
        today: NaiveDate,
        months: &[NaiveDate],
        created_on: NaiveDate,
        demand: &Demand,
        history: &History,
        category: Option<&Category>,
        non_delivery_weekdays: &[i32],
    ) -> Self {
        let dates: Vec<NaiveDate> = (1..=demand.series.len() as u64)
            .rev()
            .map(|ago| today - Days::new(ago))
            .collect();
        let units: Vec<(NaiveDate, i64)> = dates.iter().copied().zip(demand.series.iter().copied()).collect();
        let (source, index) = month_index(months, created_on, history, category);
        // The series has its own share of strong and weak months; what counts is how the others differ from it.
        let base = dates
            .iter()
            .map(|date| index[date.month0() as usize])
            .sum::<f64>()
            / dates.len() as f64;
        Self {
            weekdays: weekday_index(&units, non_delivery_weekdays),
            months: index.map(|index| index / base),
            source,
        }
    }
}

fn weekday(date: NaiveDate) -> usize {
    date.weekday().num_days_from_monday() as usize
}

fn weekday_index(units: &[(NaiveDate, i64)], non_delivery_weekdays: &[i32]) -> [f64; WEEKDAYS] {
    let mean = units.iter().map(|(_, units)| units).sum::<i64>() as f64 / units.len() as f64;
    let mut index = [0.0; WEEKDAYS];
    for (place, (iso, index)) in (1..).zip(&mut index).enumerate() {
        if non_delivery_weekdays.contains(&iso) {
            continue;
        }
        let of_weekday = units.iter().filter(|(date, _)| weekday(*date) == place);
        let dates = of_weekday.clone().count() as f64;
        let sold = of_weekday.map(|(_, units)| units).sum::<i64>() as f64;
        *index = (sold / mean + AVERAGE_WEEKDAYS) / (dates + AVERAGE_WEEKDAYS);
    }
    // One weekday at least is left, and the shrinking keeps it above zero.
    let sum: f64 = index.iter().sum();
    index.map(|index| index * WEEKDAYS as f64 / sum)
}

/// The months' index of a product: its own after 24 months, else its category's. A product with 24 months does not fall
/// back on its category.
fn month_index(
    months: &[NaiveDate],
    created_on: NaiveDate,
    history: &History,
    category: Option<&Category>,
) -> (Source, [f64; YEAR]) {
    let since = history_start(created_on, history.first_demand);
    let whole_year = months.len() - YEAR;
    let (source, units, months) = match category {
        _ if since <= months[0] => (Source::Sku, &history.months[..], months),
        Some(category) if category.since <= months[0] => (Source::Category, &category.months[..], months),
        Some(category) if category.since <= months[whole_year] => (
            Source::Category,
            &category.months[whole_year..],
            &months[whole_year..],
        ),
        _ => return (Source::None, [1.0; YEAR]),
    };
    match index_of(units, months) {
        Some(index) => (source, index),
        None => (Source::None, [1.0; YEAR]),
    }
}

/// The first month of a history: the first whole one, or that of the first demand where that is earlier.
pub fn history_start(created_on: NaiveDate, first_demand: Option<NaiveDate>) -> NaiveDate {
    let whole = next_month(created_on);
    first_demand.map_or(whole, |date| whole.min(super::history::first_of_month(date)))
}

/// The index of each calendar month in whole years. None: nothing was sold.
fn index_of(units: &[i64], months: &[NaiveDate]) -> Option<[f64; YEAR]> {
    let mut sold = [0.0; YEAR];
    let mut days = [0.0; YEAR];
    for (units, month) in units.iter().zip(months) {
        sold[month.month0() as usize] += *units as f64;
        days[month.month0() as usize] += (next_month(*month) - *month).num_days() as f64;
    }
    let daily = sold.iter().sum::<f64>() / days.iter().sum::<f64>();
    if daily == 0.0 {
        return None;
    }
    let years = (months.len() / YEAR) as f64;
    let mut index = [0.0; YEAR];
    for (index, (sold, days)) in index.iter_mut().zip(sold.iter().zip(days)) {
        let seen = sold / days / daily;
        let shrunk = (years * seen + AVERAGE_YEARS) / (years + AVERAGE_YEARS);
        *index = shrunk.clamp(LEAST, MOST);
    }
    Some(index)
}

#[cfg(test)]
pub mod samples {
    use super::*;

    /// A year and weeks without a season.
    pub fn flat() -> Season {
        Season {
            weekdays: [1.0; WEEKDAYS],
            months: [1.0; YEAR],
            source: Source::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calculate_burn_rates::{
        demand::samples::{demand, today},
        figure::rounded,
        history::{months_before, samples::series},
    };

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn season(units: &[i64], non_delivery_weekdays: &[i32]) -> Season {
        let (today, demand) = (today(), demand(today(), units));
        let created_on = today - Days::new(units.len() as u64);
        let (months, history) = (months_before(today), series(today, units));
        Season::of(
            today,
            &months,
            created_on,
            &demand,
            &history,
            None,
            non_delivery_weekdays,
        )
    }

    #[test]
    fn weekdays_have_the_index_of_the_example() {
        // 13 weeks from a Monday on, with these totals.
        let monday = date("2026-08-24");
        let totals = [60, 90, 30, 120, 180, 0, 0];
        let units: Vec<(NaiveDate, i64)> = monday
            .iter_days()
            .take(91)
            .map(|date| {
                let total = totals[weekday(date)];
                let (share, rest) = (total / 13, i64::from(date < monday + Days::new(7)) * (total % 13));
                (date, share + rest)
            })
            .collect();
        let thousandths = |index: [f64; WEEKDAYS]| index.map(|index| (index * 1e3).round() as i64);
        assert_eq!(
            thousandths(weekday_index(&units, &[])),
            [904, 1239, 570, 1574, 2243, 235, 235]
        );
        let no_weekend = weekday_index(&units, &[6, 7]);
        assert_eq!(no_weekend[5..], [0.0, 0.0]);
        assert_eq!(rounded(no_weekend.iter().sum()), 7.0);
    }

    #[test]
    fn a_product_has_its_own_months_after_24_and_its_categorys_before() {
        let months = months_before(date("2026-11-22"));
        let strong = |month: &NaiveDate| if month.month() == 12 { 300 } else { 100 };
        let of_category: Vec<i64> = months.iter().map(strong).collect();
        let category = |since: &str| Category {
            since: date(since),
            months: of_category.clone().try_into().unwrap(),
        };
        let sold = History {
            months: [100; MONTHS],
            ..series(today(), &[1])
        };
        let unsold = series(today(), &[]);
        let old = category("2024-11-01");
        for (source, created_on, history, category) in [
            (Source::Sku, "2024-10-31", &sold, Some(&old)),
            (Source::None, "2024-10-31", &unsold, Some(&old)),
            (Source::Category, "2024-11-01", &sold, Some(&old)),
            (
                Source::Category,
                "2024-11-01",
                &sold,
                Some(&category("2025-11-01")),
            ),
            (Source::None, "2024-11-01", &sold, Some(&category("2025-12-01"))),
            (Source::None, "2024-11-01", &sold, None),
            (
                Source::None,
                "2024-11-01",
                &sold,
                Some(&Category {
                    months: [0; MONTHS],
                    ..old
                }),
            ),
        ] {
            let found = month_index(&months, date(created_on), history, category);
            assert_eq!(found.0, source, "{created_on} {category:?}");
            match source {
                Source::None => assert_eq!(found.1, [1.0; YEAR]),
                Source::Sku => assert!(found.1[11] < 1.1),
                Source::Category => assert!(found.1[11] > 1.4),
            }
        }
        let first_sale = History {
            first_demand: Some(date("2024-11-30")),
            ..sold
        };
        let found = month_index(&months, date("2026-01-01"), &first_sale, None).0;
        assert_eq!(found, Source::Sku, "sold before it was made here");
    }

    #[test]
    fn two_years_count_for_more_than_one_and_no_month_leaves_its_bounds() {
        let months = months_before(date("2026-11-22"));
        let units: Vec<i64> = months
            .iter()
            .map(|month| if month.month() == 12 { 1 } else { 0 })
            .collect();
        let two_years = index_of(&units, &months).unwrap();
        assert_eq!((two_years[11], two_years[0]), (MOST, LEAST));
        let one_year = index_of(&units[YEAR..], &months[YEAR..]).unwrap();
        assert_eq!((one_year[11], rounded(one_year[0])), (MOST, 0.666_667));
    }

    proptest! {
        #[test]
        fn the_weekdays_sum_to_7_and_there_is_nothing_on_days_without_delivery(
            units in prop::collection::vec(0_i64..1_000, 14..=90),
            closed in prop::collection::vec(1_i32..=7, 0..=6),
        ) {
            prop_assume!(units.iter().any(|units| *units > 0));
            let season = season(&units, &closed);
            prop_assert!((season.weekdays.iter().sum::<f64>() - 7.0).abs() < 1e-9);
            for (iso, index) in (1..).zip(season.weekdays) {
                prop_assert_eq!(closed.contains(&iso), index == 0.0);
            }
        }

        #[test]
        fn without_a_season_every_month_is_the_average(units in prop::collection::vec(1_i64..1_000, 14..=90)) {
            let season = season(&units, &[]);
            prop_assert_eq!(season.source, Source::None);
            prop_assert_eq!(season.of_month(today()), 1.0);
        }

        #[test]
        fn a_week_later_the_same_series_has_the_same_weekdays(
            units in prop::collection::vec(1_i64..100, 14..=90), weeks in 0_u64..500
        ) {
            let dated = |today: NaiveDate| -> Vec<(NaiveDate, i64)> {
                (today - Days::new(units.len() as u64)).iter_days().zip(units.iter().copied()).collect()
            };
            let later = today() + Days::new(7 * weeks);
            prop_assert_eq!(weekday_index(&dated(later), &[7]), weekday_index(&dated(today()), &[7]));
        }
    }
}
