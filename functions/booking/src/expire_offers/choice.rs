//! Who is offered a slot, and on which terms.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::shop::Setting;

/// A customer whom a slot could be offered to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub customer_id: Uuid,
    pub name: String,
    /// Trimmed.
    pub email: String,
    pub tier: String,
    pub score: i32,
}

/// Whom a slot is offered to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    Customer(Candidate),
    /// Somebody could have it, but for another offer of late.
    Later,
    Nobody,
}

/// A slot that can be offered.
pub struct Slot {
    /// Best first.
    pub candidates: Vec<Candidate>,
    /// Told of a slot without candidates: whether somebody could have it, but for another offer of late.
    pub is_somebody_busy: bool,
}

/// Gives each slot in turn its first candidate who has not been given another one before.
pub fn choose(slots: Vec<Option<Slot>>) -> Vec<Option<Choice>> {
    let mut given = HashSet::new();
    let mut choose = |slot: Slot| {
        let is_somebody_there = slot.is_somebody_busy || !slot.candidates.is_empty();
        let mut candidates = slot.candidates.into_iter();
        match candidates.find(|candidate| given.insert(candidate.customer_id)) {
            Some(candidate) => Choice::Customer(candidate),
            None if is_somebody_there => Choice::Later,
            None => Choice::Nobody,
        }
    };
    slots.into_iter().map(|slot| slot.map(&mut choose)).collect()
}

/// What a customer of a tier pays in advance for a booking made from an offer, never more than the price.
pub fn deposit(setting: &Setting, tier: &str, price: Option<Decimal>) -> Decimal {
    let standard = setting.deposit_amount;
    let deposit = match (setting.payment_mode.as_str(), tier) {
        ("full_prepay", _) => return price.unwrap_or_default(),
        ("deposit", "top") if setting.top_deposit_waived => Decimal::ZERO,
        ("deposit", "top") => setting.top_deposit_amount.unwrap_or(standard),
        ("deposit", "risk") => setting.risk_deposit_amount.unwrap_or(standard).max(standard),
        ("deposit", _) => standard,
        _ => Decimal::ZERO,
    };
    price.map_or(deposit, |price| deposit.min(price))
}

/// The last instant at which an offer of a slot may live.
pub fn closes_at(setting: &Setting, starts_at: DateTime<Utc>) -> DateTime<Utc> {
    starts_at - TimeDelta::minutes(setting.offer_min_lead_minutes.into())
}

/// When an offer made now expires.
pub fn expires_at(setting: &Setting, starts_at: DateTime<Utc>, as_of: DateTime<Utc>) -> DateTime<Utc> {
    let ttl = TimeDelta::minutes(setting.offer_ttl_minutes.into());
    closes_at(setting, starts_at).min(as_of + ttl)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(n: u128) -> Candidate {
        Candidate {
            customer_id: Uuid::from_u128(n),
            name: String::new(),
            email: String::new(),
            tier: "neutral".into(),
            score: 50,
        }
    }

    #[test]
    fn the_first_slot_takes_the_best_and_the_next_takes_who_is_left() {
        let slot = |candidates: &[u128], is_somebody_busy| {
            let candidates = candidates.iter().map(|n| candidate(*n)).collect();
            Some(Slot {
                candidates,
                is_somebody_busy,
            })
        };
        let both = || slot(&[1, 2], false);
        let chosen = choose(vec![
            both(),
            None,
            both(),
            both(),
            slot(&[], true),
            slot(&[], false),
        ]);
        let expected = [
            Some(Choice::Customer(candidate(1))),
            None,
            Some(Choice::Customer(candidate(2))),
            Some(Choice::Later),
            Some(Choice::Later),
            Some(Choice::Nobody),
        ];
        assert_eq!(chosen, expected);
    }

    fn setting(mode: &str) -> Setting {
        Setting {
            payment_mode: mode.into(),
            deposit_amount: 20.into(),
            risk_deposit_amount: Some(35.into()),
            top_deposit_amount: Some(10.into()),
            ..Setting::default()
        }
    }

    #[test]
    fn a_deposit_depends_on_the_tier_and_is_never_above_the_price() {
        let of = |setting: &Setting, price: Option<i64>| {
            ["top", "neutral", "risk"]
                .map(|tier| deposit(setting, tier, price.map(Decimal::from)).to_string())
        };
        assert_eq!(of(&setting("deposit"), None), ["10", "20", "35"]);
        assert_eq!(of(&setting("deposit"), Some(15)), ["10", "15", "15"]);
        assert_eq!(of(&setting("none"), Some(15)), ["0", "0", "0"]);
        assert_eq!(of(&setting("full_prepay"), Some(15)), ["15", "15", "15"]);
        assert_eq!(of(&setting("full_prepay"), None), ["0", "0", "0"]);
        let waived = Setting {
            top_deposit_waived: true,
            risk_deposit_amount: Some(5.into()),
            ..setting("deposit")
        };
        assert_eq!(
            of(&waived, None),
            ["0", "20", "20"],
            "the greater of the two for risk"
        );
        let plain = Setting {
            risk_deposit_amount: None,
            top_deposit_amount: None,
            ..setting("deposit")
        };
        assert_eq!(of(&plain, None), ["20", "20", "20"]);
    }

    #[test]
    fn an_offer_lives_its_time_but_not_beyond_the_last_instant() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let as_of = at("2026-11-23T10:00:00Z");
        let setting = Setting::default();
        assert_eq!(
            expires_at(&setting, at("2026-11-23T13:30:00Z"), as_of),
            at("2026-11-23T10:15:00Z")
        );
        assert_eq!(
            expires_at(&setting, at("2026-11-23T11:05:00Z"), as_of),
            at("2026-11-23T10:05:00Z")
        );
    }

    proptest! {
        #[test]
        fn nobody_is_given_two_slots_and_nobody_free_is_passed_over(
            slots in prop::collection::vec(prop::collection::vec(0..8_u128, 0..6), 0..10)
        ) {
            let candidates = slots.iter().map(|slot| {
                let mut seen = HashSet::new();
                let candidates = slot.iter().filter(|n| seen.insert(**n)).map(|n| candidate(*n)).collect();
                Some(Slot { candidates, is_somebody_busy: false })
            });
            let chosen = choose(candidates.collect());
            let mut given = HashSet::new();
            for (slot, choice) in slots.iter().zip(&chosen) {
                let free = slot.iter().map(|n| Uuid::from_u128(*n)).find(|id| !given.contains(id));
                let expected = match choice {
                    Some(Choice::Customer(candidate)) => Some(candidate.customer_id),
                    _ => None,
                };
                prop_assert_eq!(expected, free);
                given.extend(free);
            }
        }

        #[test]
        fn whoever_is_less_reliable_never_pays_less(
            standard in 0..50_i64, top in prop::option::of(0..50_i64), risk in prop::option::of(0..50_i64),
            waived: bool, price in prop::option::of(0..60_i64)
        ) {
            let setting = Setting {
                payment_mode: "deposit".into(),
                deposit_amount: standard.into(),
                risk_deposit_amount: risk.map(Decimal::from),
                top_deposit_amount: top.map(|top| Decimal::from(top.min(standard))),
                top_deposit_waived: waived,
                ..Setting::default()
            };
            let price = price.map(Decimal::from);
            let [top, neutral, risk] = ["top", "neutral", "risk"].map(|tier| deposit(&setting, tier, price));
            prop_assert!(top <= neutral && neutral <= risk);
            prop_assert!(price.is_none_or(|price| risk <= price));
        }
    }
}
