//! Whether there is too little or too much of a product, whom that alerts, and what is to be ordered.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use shared::job::Reason;

use super::{
    alert::{Alert, Family, Kind, Severity, Step},
    figure::too_large,
    reorder::{self, Lead},
};

/// Days of supply below which stock is low: at first by its severity, and then at all.
const LOW_DAYS: i64 = 7;
const SOON_LOW_DAYS: i64 = 14;

/// Days of supply above which there is too much of a product, and far too much.
const OVER_DAYS: i64 = 180;
const FAR_OVER_DAYS: i64 = 365;

/// Decimals that days of supply are compared with.
const COMPARED: u32 = 6;

/// What is there of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    pub available: i32,
    /// With all that is on order.
    pub inventory_position: i32,
    pub inbound: Vec<Inbound>,
}

/// Units on order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Decode)]
pub struct Inbound {
    pub units: i32,
    pub expected_at: Option<DateTime<Utc>>,
}

/// How much of a product is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It has too little history.
    Unknown,
    /// Nothing was sold; of the whole window or less of it.
    Nothing { is_whole_window: bool },
    /// `burn_rate` is above zero.
    Known { burn_rate: Decimal, reorder_point: i32 },
}

/// What is to be ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendation {
    pub quantity: i32,
    pub order_by: NaiveDate,
    pub reorder_point: i32,
    pub inventory_position: i32,
    pub is_out_of_stock: bool,
}

impl Need {
    /// Days that so much lasts. None: for ever, or nobody knows.
    pub fn days_of_supply(self, available: i32) -> Option<Decimal> {
        match self {
            Self::Known { burn_rate, .. } => Decimal::from(available).checked_div(burn_rate),
            Self::Unknown | Self::Nothing { .. } => None,
        }
    }

    /// Units a day, season included.
    pub const fn burn_rate(self) -> Option<Decimal> {
        match self {
            Self::Unknown => None,
            Self::Nothing { .. } => Some(Decimal::ZERO),
            Self::Known { burn_rate, .. } => Some(burn_rate),
        }
    }

    pub const fn reorder_point(self) -> Option<i32> {
        match self {
            Self::Unknown => None,
            Self::Nothing { .. } => Some(0),
            Self::Known { reorder_point, .. } => Some(reorder_point),
        }
    }
}

impl Stock {
    /// The alert that the stock calls for. `days_until` tells how far off an expected delivery is, and
    /// `days_of_supply` is what the alert says of them.
    pub fn alert(
        &self,
        need: Need,
        default_units: i32,
        days_of_supply: Option<Decimal>,
        days_until: impl Fn(DateTime<Utc>) -> i64,
    ) -> Option<Alert> {
        let (kind, severity) = self.condition(need, default_units)?;
        let is_covered = kind.family() == Family::Stock && self.is_covered(need, days_until);
        Some(Alert {
            kind,
            severity: if is_covered { severity.lower() } else { severity },
            available: self.available,
            reorder_point: need.reorder_point(),
            days_of_supply,
        })
    }

    fn condition(&self, need: Need, default_units: i32) -> Option<(Kind, Severity)> {
        let available = self.available;
        match need {
            Need::Known { reorder_point, .. } => {
                let lasts = need.days_of_supply(available)?.round_dp(COMPARED);
                match available {
                    0 => Some((Kind::OutOfStock, Severity::Critical)),
                    _ if 2 * i64::from(available) < reorder_point.into() => {
                        Some((Kind::LowStock, Severity::Critical))
                    }
                    _ if available < reorder_point || lasts < LOW_DAYS.into() => {
                        Some((Kind::LowStock, Severity::Warning))
                    }
                    _ if lasts < SOON_LOW_DAYS.into() => Some((Kind::LowStock, Severity::Info)),
                    _ if lasts > FAR_OVER_DAYS.into() => Some((Kind::Overstocked, Severity::Warning)),
                    _ if lasts > OVER_DAYS.into() => Some((Kind::Overstocked, Severity::Info)),
                    _ => None,
                }
            }
            Need::Nothing {
                is_whole_window: true,
            } if available > 0 => Some((Kind::Overstocked, Severity::Info)),
            Need::Nothing { .. } => None,
            Need::Unknown if available == 0 => Some((Kind::OutOfStock, Severity::Warning)),
            Need::Unknown if available < default_units => Some((Kind::LowStock, Severity::Info)),
            Need::Unknown => None,
        }
    }

    /// Whether what comes before the stock is gone lifts it to the reorder point.
    fn is_covered(&self, need: Need, days_until: impl Fn(DateTime<Utc>) -> i64) -> bool {
        let (Need::Known { reorder_point, .. }, Some(days)) = (need, need.days_of_supply(self.available))
        else {
            return false;
        };
        let last = days.round_dp(COMPARED).floor();
        let in_time = self.inbound.iter().filter(|inbound| {
            inbound.expected_at.is_some_and(|at| {
                let days = days_until(at);
                days >= 0 && Decimal::from(days) <= last
            })
        });
        let coming: i64 = in_time.map(|inbound| i64::from(inbound.units)).sum();
        i64::from(self.available) + coming >= reorder_point.into()
    }

    /// Whether the stock is so far above what is low that an open alert may go: a tenth, lest it come and go.
    fn is_recovered(&self, need: Need, default_units: i32) -> bool {
        let low = need.reorder_point().unwrap_or(default_units);
        10 * i64::from(self.available) >= 11 * i64::from(low)
    }

    /// What becomes of the open alerts, and whether one is opened.
    pub fn steps(&self, open: &[Alert], found: Option<Alert>, need: Need, default_units: i32) -> Vec<Step> {
        let holds = found.as_ref().map(|alert| alert.kind.family());
        let over = open.iter().map(|alert| alert.kind.family()).filter(|family| {
            Some(*family) != holds && (*family == Family::Over || self.is_recovered(need, default_units))
        });
        let mut steps: Vec<Step> = over.map(Step::Resolve).collect();
        if let Some(found) = found {
            match open.iter().find(|open| Some(open.kind.family()) == holds) {
                None => steps.push(Step::Open(found)),
                Some(open) if *open != found => steps.push(Step::Update(found)),
                Some(_) => {}
            }
        }
        steps
    }

    /// What is to be ordered, when the stock and all that is on order are at the reorder point or below.
    ///
    /// # Errors
    /// When no order can be as large or as late.
    pub fn recommendation(
        &self,
        need: Need,
        today: NaiveDate,
        lead: Lead,
        target_days: i32,
        items_per_case: Option<i32>,
    ) -> Result<Option<Recommendation>, Reason> {
        let (
            Need::Known {
                burn_rate,
                reorder_point,
            },
            Some(lasts),
        ) = (need, need.days_of_supply(self.available))
        else {
            return Ok(None);
        };
        if self.inventory_position > reorder_point {
            return Ok(None);
        }
        let missing = i64::from(reorder_point) - i64::from(self.inventory_position);
        let target = (burn_rate * Decimal::from(target_days)).ceil().to_i64();
        let case = i64::from(items_per_case.unwrap_or(1));
        let quantity = target
            .map(|target| (missing + target + case - 1) / case * case)
            .and_then(|quantity| i32::try_from(quantity).ok())
            .ok_or_else(|| too_large("recommended quantity"))?;
        Ok(Some(Recommendation {
            quantity,
            order_by: reorder::order_by(today, lasts.round_dp(COMPARED), lead)
                .ok_or_else(|| too_large("days of supply"))?,
            reorder_point,
            inventory_position: self.inventory_position,
            is_out_of_stock: self.available == 0,
        }))
    }
}

#[cfg(test)]
mod tests;
