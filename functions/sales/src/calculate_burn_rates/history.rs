//! What a product sold, by periods: months as far back as the season looks, and then each day of the series.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};

use crate::distributor::Distributor;

/// Days of the series: the window of the demand figures.
pub const SERIES: usize = 90;

/// Complete months that the season looks back on.
pub const MONTHS: usize = 24;

/// The periods of a run, ascending and without gaps: parts of months up to the series, and its days.
pub struct Periods {
    /// The first dates of the periods.
    firsts: Vec<NaiveDate>,
    /// Their first instants.
    pub starts: Vec<DateTime<Utc>>,
    /// The first instant after the last of them, which is that of today.
    pub end: DateTime<Utc>,
    /// The first days of the complete months.
    pub months: Vec<NaiveDate>,
    /// Their first instants, and the first one of this month.
    pub month_starts: Vec<DateTime<Utc>>,
    series_from: NaiveDate,
}

/// What a product sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// To the day within the series, to the month before it.
    pub first_demand: Option<NaiveDate>,
    /// Units in each of the complete months, oldest first.
    pub months: [i64; MONTHS],
    /// Units on each day of the series, oldest first, and those of them that were samples.
    pub days: [i64; SERIES],
    pub samples: [i64; SERIES],
}

impl Periods {
    pub fn of(distributor: &Distributor) -> Self {
        let today = distributor.today;
        let months = months_before(today);
        let series_from = distributor.days_ago(SERIES as u64);
        let firsts: Vec<NaiveDate> = months
            .iter()
            .copied()
            .take_while(|month| *month < series_from)
            .chain(series_from.iter_days().take(SERIES))
            .collect();
        let starts = |dates: &[NaiveDate]| dates.iter().map(|date| distributor.start_of(*date)).collect();
        let month_ends = months.iter().copied().chain([first_of_month(today)]);
        Self {
            starts: starts(&firsts),
            end: distributor.start_of(today),
            month_starts: starts(&month_ends.collect::<Vec<_>>()),
            firsts,
            months,
            series_from,
        }
    }
}

impl History {
    /// Sorts what was counted by periods, the first of which is 1.
    pub fn of(periods: &Periods, counted: &[(i32, i64, i64)]) -> Self {
        let mut history = Self {
            first_demand: None,
            months: [0; MONTHS],
            days: [0; SERIES],
            samples: [0; SERIES],
        };
        for (period, units, samples) in counted {
            let place = usize::try_from(*period).unwrap_or_default();
            let Some(date) = place.checked_sub(1).and_then(|place| periods.firsts.get(place)) else {
                continue;
            };
            history.first_demand = Some(history.first_demand.map_or(*date, |first| first.min(*date)));
            // The last of the months that begin by then; this month's days come after them all.
            let month = periods.months.partition_point(|month| month <= date);
            if first_of_month(*date) == periods.months[month - 1] {
                history.months[month - 1] += units;
            }
            if let Ok(day) = usize::try_from((*date - periods.series_from).num_days()) {
                history.days[day] += units;
                history.samples[day] += samples;
            }
        }
        history
    }
}

/// The first days of the complete months before a date's own, oldest first.
pub fn months_before(date: NaiveDate) -> Vec<NaiveDate> {
    let this_month = first_of_month(date);
    (1..=MONTHS as u32)
        .rev()
        .filter_map(|months| this_month.checked_sub_months(Months::new(months)))
        .collect()
}

pub fn first_of_month(date: NaiveDate) -> NaiveDate {
    date - Days::new(date.day0().into())
}

pub fn next_month(date: NaiveDate) -> NaiveDate {
    first_of_month(date) + Months::new(1)
}

#[cfg(test)]
pub mod samples {
    use super::*;

    /// A history with these units on the last days before today, and the months that come of them.
    pub fn series(today: NaiveDate, units: &[i64]) -> History {
        let mut history = History {
            first_demand: None,
            months: [0; MONTHS],
            days: [0; SERIES],
            samples: [0; SERIES],
        };
        let months = months_before(today);
        for (ago, units) in (1_u64..).zip(units.iter().rev()) {
            let date = today - Days::new(ago);
            history.days[SERIES - ago as usize] = *units;
            if *units > 0 {
                history.first_demand = Some(date);
            }
            if let Some(month) = months.iter().position(|month| *month == first_of_month(date)) {
                history.months[month] += units;
            }
        }
        history
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use proptest::prelude::*;
    use shared::calendar::local_date;

    use super::*;

    fn distributor(zone: Tz, today: NaiveDate) -> Distributor {
        Distributor {
            zone,
            today,
            setting: crate::distributor::Setting::default(),
        }
    }

    proptest! {
        /// Counted by periods as the database does it, a line falls on the date that its instant has in Rust.
        #[test]
        fn every_instant_is_counted_on_its_local_date(
            zone in prop::sample::select(vec![
                Tz::America__New_York, Tz::Asia__Kolkata, Tz::Asia__Kathmandu, Tz::Australia__Lord_Howe,
                Tz::America__Santiago, Tz::Africa__Cairo, Tz::Pacific__Chatham,
            ]),
            day in 0_u64..2_000,
            seconds_before in 1_i64..63_000_000,
        ) {
            let today = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(day);
            let periods = Periods::of(&distributor(zone, today));
            let instant = periods.end - chrono::TimeDelta::seconds(seconds_before);
            prop_assume!(instant >= periods.starts[0]);
            let period = periods.starts.partition_point(|start| *start <= instant);
            let history = History::of(&periods, &[(i32::try_from(period).unwrap(), 7, 2)]);
            let date = local_date(instant, zone);
            let ago = usize::try_from((today - date).num_days()).unwrap();
            let month = periods.months.iter().position(|month| *month == first_of_month(date));
            prop_assert_eq!(history.months.iter().position(|units| *units == 7), month);
            if ago <= SERIES {
                prop_assert_eq!(history.days[SERIES - ago], 7);
                prop_assert_eq!(history.samples[SERIES - ago], 2);
                prop_assert_eq!(history.first_demand, Some(date));
            } else {
                prop_assert_eq!(history.days.iter().sum::<i64>(), 0);
                prop_assert_eq!(history.first_demand, Some(first_of_month(date)));
            }
        }
    }

    #[test]
    fn the_periods_are_months_and_then_days() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        let periods = Periods::of(&distributor(Tz::UTC, today));
        let date = |place: usize| periods.firsts[place].to_string();
        assert_eq!((date(0), date(21)), ("2024-11-01".into(), "2026-08-01".into()));
        assert_eq!((date(22), date(111)), ("2026-08-24".into(), "2026-11-21".into()));
        assert_eq!(
            (
                periods.firsts.len(),
                periods.months.len(),
                periods.month_starts.len()
            ),
            (112, 24, 25)
        );
        assert_eq!(next_month(today).to_string(), "2026-12-01");
    }
}
