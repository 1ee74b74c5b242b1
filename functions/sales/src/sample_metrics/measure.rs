//! What samples led to, summed up: pure functions over what each sample led to.

use std::sync::Arc;

use rust_decimal::{Decimal, RoundingStrategy};
use uuid::Uuid;

use super::Place;

/// How many whole days before the run's each row looks back.
pub const WINDOWS: [u8; 3] = [7, 30, 90];

/// What a sample led to, and what it is summed up by. A tenant's are all kept until the last is known, so they are
/// small: the names are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub place: Place,
    pub customer_id: Uuid,
    pub sku_id: Uuid,
    pub category: Arc<str>,
    pub segment: Arc<str>,
    pub sales_rep_id: Option<Uuid>,
    pub quantity: i32,
    /// Before the run's date.
    pub days_ago: u8,
    pub is_converted: bool,
    /// Whether its time to convert is over.
    pub is_matured: bool,
    /// From the sample to the first order, where there is one.
    pub days_to_convert: Option<u8>,
    pub revenue: Decimal,
}

/// What samples are summed up by. None in any: all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group<'a> {
    pub category: Option<&'a str>,
    pub sales_rep_id: Option<Uuid>,
    pub segment: Option<&'a str>,
}

/// The measures of a group within a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric<Key> {
    pub window_days: u8,
    pub key: Key,
    pub measures: Measures,
}

/// What a group's samples led to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measures {
    pub samples_given: i64,
    pub units_given: i64,
    pub customers_sampled: i64,
    pub conversions: i64,
    pub matured_samples: i64,
    pub matured_conversions: i64,
    pub revenue: Decimal,
    /// Of the samples whose days to convert are known, their number and sum.
    timed: i64,
    days_to_convert: i64,
}

/// The metrics of the five groupings.
pub fn by_group(facts: &[Fact]) -> Vec<Metric<Group<'_>>> {
    let groupings: [fn(&Fact) -> Option<Group<'_>>; 5] = [
        |_| Some(Group::default()),
        |fact| {
            Some(Group {
                category: Some(&fact.category),
                ..Group::default()
            })
        },
        |fact| {
            Some(Group {
                sales_rep_id: Some(fact.sales_rep_id?),
                ..Group::default()
            })
        },
        |fact| {
            Some(Group {
                segment: Some(&fact.segment),
                ..Group::default()
            })
        },
        |fact| {
            Some(Group {
                category: Some(&fact.category),
                sales_rep_id: Some(fact.sales_rep_id?),
                ..Group::default()
            })
        },
    ];
    groupings
        .into_iter()
        .flat_map(|grouping| sum_up(facts, grouping))
        .collect()
}

/// The metrics of each product.
pub fn by_sku(facts: &[Fact]) -> Vec<Metric<Uuid>> {
    sum_up(facts, |fact| Some(fact.sku_id))
}

/// Sums up the facts that have a key by it and each window. A group without samples in a window has no metric.
fn sum_up<'a, Key: Ord + Copy>(facts: &'a [Fact], key: impl Fn(&'a Fact) -> Option<Key>) -> Vec<Metric<Key>> {
    let mut keyed: Vec<(Key, &Fact)> = facts.iter().filter_map(|fact| Some((key(fact)?, fact))).collect();
    // In this order a group's samples of one customer stand together, so that none need be remembered.
    keyed.sort_unstable_by(|(key, fact), (other_key, other)| {
        (key, fact.customer_id).cmp(&(other_key, other.customer_id))
    });
    let mut metrics = Vec::new();
    for group in keyed.chunk_by(|(key, _), (other, _)| key == other) {
        for window_days in WINDOWS {
            let within = group.iter().filter(|(_, fact)| fact.days_ago <= window_days);
            let measures = Measures::of(within.map(|(_, fact)| *fact));
            if let Some(measures) = measures {
                metrics.push(Metric {
                    window_days,
                    key: group[0].0,
                    measures,
                });
            }
        }
    }
    metrics
}

impl Measures {
    /// The measures of samples that are in the order of their customers; none of none.
    fn of<'a>(facts: impl Iterator<Item = &'a Fact>) -> Option<Self> {
        let mut sum = Self::default();
        let mut customer = None;
        for fact in facts {
            sum.samples_given += 1;
            sum.units_given += i64::from(fact.quantity);
            sum.customers_sampled += i64::from(customer.replace(fact.customer_id) != Some(fact.customer_id));
            sum.conversions += i64::from(fact.is_converted);
            sum.matured_samples += i64::from(fact.is_matured);
            sum.matured_conversions += i64::from(fact.is_matured && fact.is_converted);
            sum.timed += i64::from(fact.days_to_convert.is_some());
            sum.days_to_convert += i64::from(fact.days_to_convert.unwrap_or_default());
            sum.revenue += fact.revenue;
        }
        customer.map(|_| sum)
    }

    pub fn conversion_rate(&self) -> Decimal {
        ratio(self.conversions.into(), self.samples_given, 4)
    }

    /// None: none has matured.
    pub fn matured_conversion_rate(&self) -> Option<Decimal> {
        (self.matured_samples > 0).then(|| ratio(self.matured_conversions.into(), self.matured_samples, 4))
    }

    /// None: of none it is known.
    pub fn average_days_to_convert(&self) -> Option<Decimal> {
        (self.timed > 0).then(|| ratio(self.days_to_convert.into(), self.timed, 0))
    }

    pub fn revenue_per_sample(&self) -> Decimal {
        ratio(self.revenue, self.samples_given, 2)
    }
}

/// A part of a whole, rounded half away from zero.
fn ratio(part: Decimal, whole: i64, decimals: u32) -> Decimal {
    (part / Decimal::from(whole)).round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The n-th sample, which led to nothing.
    pub fn fact(n: u128) -> Fact {
        Fact {
            place: Place::Usage(chrono::DateTime::UNIX_EPOCH, Uuid::from_u128(n)),
            customer_id: Uuid::from_u128(1),
            sku_id: Uuid::from_u128(1),
            category: "Wine".into(),
            segment: "NONE".into(),
            sales_rep_id: None,
            quantity: 1,
            days_ago: 1,
            is_converted: false,
            is_matured: false,
            days_to_convert: None,
            revenue: Decimal::ZERO,
        }
    }

    fn converted(days_to_convert: u8) -> Fact {
        Fact {
            is_converted: true,
            days_to_convert: Some(days_to_convert),
            ..fact(0)
        }
    }

    /// The measures of all these samples within 90 days.
    fn all(facts: &[Fact]) -> Measures {
        by_group(facts)
            .into_iter()
            .find(|metric| metric.window_days == 90 && metric.key == Group::default())
            .unwrap()
            .measures
    }

    #[test]
    fn rates_and_averages_are_rounded_half_away_from_zero() {
        let of = |converted_days: &[u8], others: usize| {
            let converted = converted_days.iter().map(|days| converted(*days));
            all(&converted.chain(vec![fact(0); others]).collect::<Vec<_>>())
        };
        let three_of_seven = of(&[3, 10, 12], 4);
        assert_eq!(three_of_seven.conversion_rate().to_string(), "0.4286");
        assert_eq!(three_of_seven.average_days_to_convert(), Some(8.into()));
        assert_eq!(of(&[1, 2], 0).average_days_to_convert(), Some(2.into()));
        // 1/32 = 0.03125.
        assert_eq!(of(&[1], 31).conversion_rate().to_string(), "0.0313");
        assert_eq!(of(&[], 3).average_days_to_convert(), None);
        assert_eq!(of(&[], 3).matured_conversion_rate(), None);
        let paid = Fact {
            revenue: Decimal::new(5, 2),
            ..fact(0)
        };
        assert_eq!(all(&[paid, fact(0)]).revenue_per_sample().to_string(), "0.03");
    }

    #[test]
    fn a_persons_word_converts_without_days() {
        let told = Fact {
            is_converted: true,
            ..fact(0)
        };
        let measures = all(&[told, converted(4)]);
        assert_eq!(
            (measures.conversions, measures.average_days_to_convert()),
            (2, Some(4.into()))
        );
    }

    #[test]
    fn windows_end_with_their_last_day_and_an_empty_group_has_no_row() {
        let facts: Vec<Fact> = [7, 8, 30, 31, 90]
            .into_iter()
            .map(|days_ago| Fact { days_ago, ..fact(0) })
            .collect();
        let given = |facts: &[Fact]| -> Vec<(u8, i64)> {
            by_sku(facts)
                .iter()
                .map(|metric| (metric.window_days, metric.measures.samples_given))
                .collect()
        };
        assert_eq!(given(&facts), [(7, 1), (30, 3), (90, 5)]);
        assert_eq!(given(&facts[3..]), [(90, 2)]);
        assert_eq!(given(&[]), []);
    }

    fn facts() -> impl Strategy<Value = Vec<Fact>> {
        let figures = (
            (0..4_u128, 0..3_u128, prop::option::of(0..3_u128), 1..=90_u8),
            (
                0..3_usize,
                0..3_usize,
                1..5,
                any::<(bool, bool)>(),
                prop::option::of(0..30_u8),
                0..10_000_i64,
            ),
        );
        let facts = figures.prop_map(
            |(
                (customer, sku, rep, days_ago),
                (category, segment, quantity, (is_converted, is_matured), days, cents),
            )| {
                Fact {
                    customer_id: Uuid::from_u128(customer),
                    sku_id: Uuid::from_u128(sku),
                    category: ["Beer", "UNCATEGORIZED", "Wine"][category].into(),
                    segment: ["HIGH_VOLUME", "LOW_VOLUME", "NONE"][segment].into(),
                    sales_rep_id: rep.map(Uuid::from_u128),
                    quantity,
                    days_ago,
                    is_converted,
                    is_matured,
                    days_to_convert: days.filter(|_| is_converted),
                    revenue: Decimal::new(cents, 2),
                    ..fact(0)
                }
            },
        );
        prop::collection::vec(facts, 0..60)
    }

    /// The measures that add up over groups: all but customers, of whom one may be in several.
    fn added_up<'a>(measures: impl Iterator<Item = &'a Measures>) -> [Decimal; 8] {
        measures.fold([Decimal::ZERO; 8], |mut sum, measures| {
            let addends = [
                measures.samples_given.into(),
                measures.units_given.into(),
                measures.conversions.into(),
                measures.matured_samples.into(),
                measures.matured_conversions.into(),
                measures.timed.into(),
                measures.days_to_convert.into(),
                measures.revenue,
            ];
            for (sum, addend) in sum.iter_mut().zip(addends) {
                *sum += addend;
            }
            sum
        })
    }

    proptest! {
        #[test]
        fn each_grouping_adds_up_to_all_or_to_those_with_a_rep(facts in facts()) {
            let metrics = by_group(&facts);
            let skus = by_sku(&facts);
            for window_days in WINDOWS {
                let of = |is_in: &dyn Fn(&Group<'_>) -> bool| added_up(
                    metrics.iter()
                        .filter(|metric| metric.window_days == window_days && is_in(&metric.key))
                        .map(|metric| &metric.measures),
                );
                let all = of(&|group| *group == Group::default());
                let by_category = of(&|group| group.category.is_some() && group.sales_rep_id.is_none());
                let by_rep = of(&|group| group.category.is_none() && group.sales_rep_id.is_some());
                let by_both = of(&|group| group.category.is_some() && group.sales_rep_id.is_some());
                prop_assert_eq!(all, by_category);
                prop_assert_eq!(all, of(&|group| group.segment.is_some()));
                prop_assert_eq!(by_both, by_rep);
                prop_assert!(by_rep.iter().zip(all).all(|(part, all)| *part <= all));
                let by_sku = skus.iter().filter(|metric| metric.window_days == window_days);
                prop_assert_eq!(all, added_up(by_sku.map(|metric| &metric.measures)));
            }
            // One row of each group and window.
            let mut keys: Vec<_> = metrics.iter().map(|metric| (metric.window_days, metric.key)).collect();
            keys.sort_unstable();
            keys.dedup();
            prop_assert_eq!(keys.len(), metrics.len());
        }

        #[test]
        fn measures_keep_within_their_bounds_and_grow_with_the_window(facts in facts()) {
            let metrics = by_group(&facts);
            for Metric { measures, .. } in &metrics {
                prop_assert!(measures.conversions <= measures.samples_given);
                prop_assert!(measures.matured_samples <= measures.samples_given);
                prop_assert!(measures.matured_conversions <= measures.matured_samples.min(measures.conversions));
                prop_assert!((1..=measures.samples_given).contains(&measures.customers_sampled));
                prop_assert!(measures.conversion_rate() <= Decimal::ONE);
            }
            for pair in metrics.windows(2).filter(|pair| pair[0].key == pair[1].key) {
                prop_assert!(pair[0].measures.samples_given <= pair[1].measures.samples_given);
                prop_assert!(pair[0].measures.customers_sampled <= pair[1].measures.customers_sampled);
            }
        }

        #[test]
        fn the_order_of_samples_is_of_no_matter(facts in facts()) {
            let mut reversed = facts.clone();
            reversed.reverse();
            prop_assert_eq!(by_group(&facts), by_group(&reversed));
            prop_assert_eq!(by_sku(&facts), by_sku(&reversed));
        }
    }
}
