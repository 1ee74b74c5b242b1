//! How a customer stood some weeks ago.

use super::{super::habit::Habit, Customer};
use crate::random::Random;

/// When types were last determined, in days before.
pub const TYPED_DAYS_AGO: i64 = 20;
/// What counts for the volume.
pub const VOLUME_DAYS: i64 = 90;

/// A chance in percent.
const BOUGHT_BEFORE_THE_IMPORT: u32 = 50;

pub struct Stood {
    pub account_type: Option<&'static str>,
    pub lifecycle: Option<&'static str>,
    /// Days ago.
    pub last: Option<i64>,
}

impl Customer<'_> {
    /// The types of some weeks ago, or none where nobody had determined them then.
    pub fn stood(&self, random: &mut Random) -> Stood {
        let before = |ago: &i64| *ago > TYPED_DAYS_AGO;
        let last = self.purchases.iter().map(|(ago, _)| *ago).filter(before).min();
        // Of a time of which there are no orders.
        let last = last.or_else(|| {
            (self.habit == Habit::Never && random.percent(BOUGHT_BEFORE_THE_IMPORT))
                .then(|| random.between(150, 500))
        });
        if self.habit == Habit::New || self.habit == Habit::Never && random.percent(50) {
            return Stood {
                account_type: None,
                lifecycle: None,
                last,
            };
        }
        let (mut orders, mut money) = (0, 0);
        for (ago, total) in self.purchases.iter().filter(|(ago, _)| before(ago)) {
            if ago - TYPED_DAYS_AGO <= VOLUME_DAYS {
                orders += 1;
                money += total.0;
            }
        }
        Stood {
            account_type: match (orders, money / 100) {
                (0, _) => None,
                (6.., 3_000..) | (3.., 7_500..) => Some("HIGH_VOLUME"),
                (3.., _) | (_, 3_000..) => Some("MEDIUM_VOLUME"),
                _ => Some("LOW_VOLUME"),
            },
            lifecycle: Some(match last.map(|ago| ago - TYPED_DAYS_AGO) {
                Some(..=180) => "ACTIVE",
                Some(..=365) => "TARGET",
                _ => "PROSPECT",
            }),
            last,
        }
    }
}
