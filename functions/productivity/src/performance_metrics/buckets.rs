//! How long requests took, told from how many fell into each of twelve buckets.

/// The upper bounds of all buckets but the last, in ms. Each is in the bucket that it ends.
const BOUNDS_MS: [u128; 11] = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/// The first bucket of requests that took more than 1000 ms.
const SLOW: usize = 8;

/// How many requests fell into each bucket, of however many minutes and routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buckets(pub [u64; 12]);

impl Buckets {
    /// How many requests were counted.
    pub fn count(&self) -> u128 {
        self.0.iter().map(|count| u128::from(*count)).sum()
    }

    /// How many of them took more than 1000 ms.
    pub fn slow(&self) -> u128 {
        self.0[SLOW..].iter().map(|count| u128::from(*count)).sum()
    }

    /// The time in whole ms within which so many percent of the requests (1 to 100) were answered: as far into its bucket as
    /// the request's rank is, and never above the longest. In the last bucket, which has no end, it is the longest. None
    /// without requests.
    pub fn percentile(&self, percent: u128, max_ms: u128) -> Option<u128> {
        let rank = (self.count() * percent).div_ceil(100);
        if rank == 0 {
            return None;
        }
        let (mut before, mut lower) = (0, 0);
        for (count, upper) in self.0.map(u128::from).into_iter().zip(BOUNDS_MS) {
            if rank <= before + count {
                let within = rounded_ratio((upper - lower) * (rank - before), count);
                return Some(max_ms.min(lower + within));
            }
            before += count;
            lower = upper;
        }
        Some(max_ms)
    }
}

/// A fraction as the nearest whole number, half of one upwards. 0 if the denominator is.
pub fn rounded_ratio(numerator: u128, denominator: u128) -> u128 {
    (2 * numerator + denominator)
        .checked_div(2 * denominator)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each count small or large, or none.
    fn buckets() -> impl Strategy<Value = Buckets> {
        prop::array::uniform12(prop_oneof![
            Just(0),
            0..20_u64,
            any::<u32>().prop_map(u64::from),
            Just(u64::MAX)
        ])
        .prop_map(Buckets)
    }

    /// The bucket, by its bounds, that has the request of this rank. The last has no upper one.
    fn bounds(buckets: &Buckets, rank: u128) -> (u128, Option<u128>) {
        let mut sum = 0;
        let place = buckets.0.iter().position(|count| {
            sum += u128::from(*count);
            rank <= sum
        });
        let place = place.unwrap();
        let lower = place.checked_sub(1).map_or(0, |place| BOUNDS_MS[place]);
        (lower, BOUNDS_MS.get(place).copied())
    }

    #[test]
    fn without_requests_there_is_no_percentile() {
        assert_eq!(Buckets([0; 12]).percentile(50, 100), None);
    }

    #[test]
    fn a_half_is_rounded_upwards() {
        let halves = [(5, 2), (7, 2), (4, 3), (5, 3), (0, 7), (7, 0)];
        assert_eq!(halves.map(|(n, d)| rounded_ratio(n, d)), [3, 4, 1, 2, 0, 0]);
    }

    proptest! {
        #[test]
        fn a_higher_percentile_is_no_shorter(
            buckets in buckets(), low in 1..=100_u128, high in 1..=100_u128, max_ms in 0..20_000_u128
        ) {
            let (low, high) = (low.min(high), low.max(high));
            prop_assert!(buckets.percentile(low, max_ms) <= buckets.percentile(high, max_ms));
        }

        #[test]
        fn a_percentile_lies_in_its_bucket_and_is_never_above_the_longest(
            buckets in buckets(), percent in 1..=100_u128, max_ms in 0..20_000_u128
        ) {
            let Some(told) = buckets.percentile(percent, max_ms) else {
                prop_assert_eq!(buckets.count(), 0);
                return Ok(());
            };
            prop_assert!(told <= max_ms);
            let rank = (buckets.count() * percent).div_ceil(100);
            match bounds(&buckets, rank) {
                (_, None) => prop_assert_eq!(told, max_ms),
                (lower, Some(upper)) => {
                    prop_assert!(told >= lower.min(max_ms) && told <= upper, "{} not in {}..{}", told, lower, upper);
                }
            }
        }

        #[test]
        fn equal_minutes_together_take_no_longer_than_each(
            counts in prop::array::uniform12(0..1000_u64), times in 1..50_u64, percent in 1..=100_u128
        ) {
            let (minute, hour) = (Buckets(counts), Buckets(counts.map(|count| count * times)));
            prop_assert_eq!(hour.percentile(100, 20_000), minute.percentile(100, 20_000));
            // The finer the ranks, the nearer to the start of the bucket is the first one that is enough.
            prop_assert!(hour.percentile(percent, 20_000) <= minute.percentile(percent, 20_000));
        }

        #[test]
        fn a_share_is_of_those_counted(buckets in buckets()) {
            prop_assert!(buckets.slow() <= buckets.count());
        }
    }
}
