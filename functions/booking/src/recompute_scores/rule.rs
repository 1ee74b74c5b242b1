//! How reliably a customer pays and how reliably he comes: two scores from 0 to 100, each with its breakdown.
//!
//! What happened is sorted into classes, and each class is worth points, more of them the less time has gone by.
//! All sums are in half points, so that the half weight of what is long ago stays a whole number.

mod attendance;
mod classes;
mod payment;
#[cfg(test)]
mod samples;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

pub use attendance::{Breakdown as NoShowBreakdown, NoShowStat};
pub use payment::{Breakdown as ScoreBreakdown, CustomerScore, History, Stats, Tier};

/// How far the buckets reach back. A day is 24 hours: the scores know no calendar.
const D30: TimeDelta = TimeDelta::days(30);
const D90: TimeDelta = TimeDelta::days(90);

/// What the sums in a breakdown are counted in.
const UNIT: &str = "half points";

/// The ends of the scale, in half points.
const SCALE: (i32, i32) = (0, 200);

/// How long ago something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bucket {
    D30,
    D90,
    Older,
}

impl Bucket {
    fn of(as_of: DateTime<Utc>, event_at: DateTime<Utc>) -> Self {
        if event_at >= as_of - D30 {
            Self::D30
        } else if event_at >= as_of - D90 {
            Self::D90
        } else {
            Self::Older
        }
    }
}

/// How many events of a class there are in each bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
struct Counts {
    d30: i32,
    d90: i32,
    older: i32,
}

impl Counts {
    fn add(&mut self, bucket: Bucket) {
        match bucket {
            Bucket::D30 => self.d30 += 1,
            Bucket::D90 => self.d90 += 1,
            Bucket::Older => self.older += 1,
        }
    }

    fn all(self) -> i32 {
        self.last_90_days() + self.older
    }

    fn last_90_days(self) -> i32 {
        self.d30 + self.d90
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.d30 += other.d30;
        self.d90 += other.d90;
        self.older += other.older;
    }
}

/// What one point comes to in each bucket, in half points.
struct Recency {
    d30: i32,
    d90: i32,
    older: i32,
}

/// A class in a breakdown: how many events, and what they come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Class {
    #[serde(flatten)]
    counts: Counts,
    half_points: i32,
}

impl Class {
    fn of(counts: Counts, points: i32, recency: &Recency) -> Self {
        let weighed = counts.d30 * recency.d30 + counts.d90 * recency.d90 + counts.older * recency.older;
        Self {
            counts,
            half_points: points * weighed,
        }
    }

    fn up_to(self, most: i32) -> Capped {
        Capped {
            class: self,
            counted: self.half_points.min(most),
        }
    }
}

/// A class of which no more than so much counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Capped {
    #[serde(flatten)]
    class: Class,
    counted: i32,
}

/// The score of a sum of half points: whole points, a half rounded up.
fn score(total: i32) -> i32 {
    (total.clamp(SCALE.0, SCALE.1) + 1) / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use samples::as_of;

    #[test]
    fn a_bucket_ends_with_the_very_second() {
        let bucket = |days, seconds| {
            Bucket::of(
                as_of(),
                as_of() - TimeDelta::days(days) - TimeDelta::seconds(seconds),
            )
        };
        use Bucket::{D30, D90, Older};
        assert_eq!(
            [
                bucket(0, 0),
                bucket(30, 0),
                bucket(30, 1),
                bucket(90, 0),
                bucket(90, 1)
            ],
            [D30, D30, D90, D90, Older]
        );
    }

    proptest! {
        #[test]
        fn a_score_is_its_total_in_points_with_halves_rounded_up(total in -1000..1000) {
            let score = score(total);
            prop_assert!((0..=100).contains(&score));
            prop_assert!([total.clamp(0, 200), total.clamp(0, 200) + 1].contains(&(2 * score)));
        }
    }
}
