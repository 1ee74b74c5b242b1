//! How much a customer buys and how lately: fixed bands, so that nobody's type changes because others' did.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::distributor::{Distributor, Setting};

/// What each point counts. Money weighs most, as where customers are told apart by recency, frequency and money.
const REVENUE_WEIGHT: i32 = 50;
const ORDERS_WEIGHT: i32 = 35;
const MIX_WEIGHT: i32 = 15;

/// What a customer bought within the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    /// Purchases.
    pub orders: i64,
    /// Of all that was delivered, credit notes too.
    pub revenue: Decimal,
    /// Different products, samples and returns left out.
    pub skus: i64,
}

/// From 0 to 3 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Points {
    pub orders: i32,
    pub revenue: i32,
    pub mix: i32,
}

/// How much a customer buys: its volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountType {
    Low,
    Medium,
    High,
}

/// How lately a customer bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LifecycleStage {
    /// People set and lift it.
    Hold,
    Active,
    Target,
    Prospect,
}

impl Points {
    pub fn of(volume: &Volume, setting: &Setting) -> Self {
        let count = |count: i64, mid: i32, high: i32| points(&count, &1, &mid.into(), &high.into());
        // A cent is more than nothing.
        let least = Decimal::new(1, 2);
        Self {
            orders: count(volume.orders, setting.orders_mid, setting.orders_high),
            revenue: points(
                &volume.revenue,
                &least,
                &setting.revenue_mid,
                &setting.revenue_high,
            ),
            mix: count(volume.skus, setting.mix_mid, setting.mix_high),
        }
    }

    /// From 0 to 300.
    pub const fn score(self) -> i32 {
        REVENUE_WEIGHT * self.revenue + ORDERS_WEIGHT * self.orders + MIX_WEIGHT * self.mix
    }

    /// None: no purchase, whatever the rest.
    pub const fn account_type(self, setting: &Setting) -> Option<AccountType> {
        match self.score() {
            _ if self.orders == 0 => None,
            score if score >= setting.high_score => Some(AccountType::High),
            score if score >= setting.medium_score => Some(AccountType::Medium),
            _ => Some(AccountType::Low),
        }
    }
}

/// The points of a figure: one from `least` on, two from `mid` on, three from `high` on.
fn points<N: Ord>(figure: &N, least: &N, mid: &N, high: &N) -> i32 {
    [least, mid, high]
        .into_iter()
        .filter(|from| figure >= *from)
        .count() as i32
}

impl AccountType {
    const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The type that the table spells so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.as_str() == name)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "LOW_VOLUME",
            Self::Medium => "MEDIUM_VOLUME",
            Self::High => "HIGH_VOLUME",
        }
    }
}

impl LifecycleStage {
    const ALL: [Self; 4] = [Self::Hold, Self::Active, Self::Target, Self::Prospect];

    /// The stage that the table spells so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.as_str() == name)
    }

    /// The stage of a customer whose last order is of this date.
    pub fn of(last: Option<NaiveDate>, is_on_hold: bool, distributor: &Distributor) -> Self {
        let Setting {
            active_days,
            target_days,
            ..
        } = distributor.setting;
        match last.map(|last| (distributor.today - last).num_days()) {
            _ if is_on_hold => Self::Hold,
            Some(days) if days <= active_days.into() => Self::Active,
            Some(days) if days <= target_days.into() => Self::Target,
            _ => Self::Prospect,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "HOLD",
            Self::Active => "ACTIVE",
            Self::Target => "TARGET",
            Self::Prospect => "PROSPECT",
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::*;

    fn volume(orders: i64, cents: i64, skus: i64) -> Volume {
        Volume {
            orders,
            revenue: Decimal::new(cents, 2),
            skus,
        }
    }

    fn distributor() -> Distributor {
        Distributor {
            zone: Tz::UTC,
            today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
            setting: Setting::default(),
        }
    }

    /// The stage of a customer who bought so many days ago.
    fn stage(days: Option<u64>) -> LifecycleStage {
        let distributor = distributor();
        LifecycleStage::of(days.map(|days| distributor.days_ago(days)), false, &distributor)
    }

    #[test]
    fn the_bands_begin_where_the_table_says() {
        use AccountType::{High, Low, Medium};
        // Orders, cents, SKUs: points for orders, revenue and mix, score, type.
        let table = [
            (volume(20, 2_000_000, 0), [3, 3, 0], 255, Some(High)),
            (volume(6, 749_999, 10), [3, 2, 3], 250, Some(High)),
            (volume(3, 750_000, 4), [2, 3, 2], 250, Some(High)),
            (volume(1, 900_000, 12), [1, 3, 3], 230, Some(Medium)),
            (volume(2, 12_000, 1), [1, 1, 1], 100, Some(Low)),
            (volume(1, 0, 0), [1, 0, 0], 35, Some(Low)),
            (volume(0, 0, 0), [0, 0, 0], 0, None),
            // A cent, an order or a product less than a band, and the band.
            (volume(1, 1, 1), [1, 1, 1], 100, Some(Low)),
            (volume(1, -1, 1), [1, 0, 1], 50, Some(Low)),
            (volume(5, 299_999, 3), [2, 1, 1], 135, Some(Low)),
            (volume(2, 300_000, 9), [1, 2, 2], 165, Some(Medium)),
            // Without a purchase the rest does not count.
            (volume(0, 900_000, 12), [0, 3, 3], 195, None),
        ];
        let setting = Setting::default();
        for (volume, [orders, revenue, mix], score, account_type) in table {
            let points = Points::of(&volume, &setting);
            assert_eq!(points, Points { orders, revenue, mix }, "{volume:?}");
            assert_eq!(points.score(), score, "{volume:?}");
            assert_eq!(points.account_type(&setting), account_type, "{volume:?}");
        }
    }

    #[test]
    fn a_stage_lasts_through_its_last_day() {
        use LifecycleStage::{Active, Prospect, Target};
        let table = [
            (Some(0), Active),
            (Some(180), Active),
            (Some(181), Target),
            (Some(365), Target),
            (Some(366), Prospect),
            (None, Prospect),
        ];
        for (days, expected) in table {
            assert_eq!(stage(days), expected, "{days:?}");
        }
    }

    proptest! {
        #[test]
        fn more_of_anything_never_scores_less(
            orders in 0..12_i64, cents in -100_000..1_000_000_i64, skus in 0..15_i64,
            more_orders in 0..5_i64, more_cents in 0..500_000_i64, more_skus in 0..5_i64,
        ) {
            let setting = Setting::default();
            let of = |volume| Points::of(&volume, &setting);
            let less = of(volume(orders, cents, skus));
            for more in [
                volume(orders + more_orders, cents, skus),
                volume(orders, cents + more_cents, skus),
                volume(orders, cents, skus + more_skus),
            ] {
                prop_assert!(of(more).score() >= less.score());
                prop_assert!(of(more).account_type(&setting) >= less.account_type(&setting));
            }
            prop_assert!((0..=300).contains(&less.score()));
            prop_assert_eq!(less.account_type(&setting).is_none(), orders == 0);
        }

        #[test]
        fn who_bought_later_is_never_at_a_later_stage(days in 0..800_u64, later in 0..800_u64) {
            prop_assert!(stage(Some(days.min(later))) <= stage(Some(days.max(later))));
            prop_assert!(stage(Some(days)) <= stage(None));
        }

        #[test]
        fn on_hold_no_date_moves_a_customer(days in prop::option::of(0..800_u64)) {
            let distributor = distributor();
            let last = days.and_then(|days| distributor.today.checked_sub_days(Days::new(days)));
            prop_assert_eq!(LifecycleStage::of(last, true, &distributor), LifecycleStage::Hold);
        }
    }
}
