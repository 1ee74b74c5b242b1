//! Whether a shop can offer slots at an instant.

use chrono::{DateTime, Days, NaiveTime, Utc};
use chrono_tz::Tz;
use shared::calendar::{self, UnknownZone};

use crate::shop::Shop;

/// What a shop's settings and its clock say of offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stance {
    Offering(Tz),
    /// The shop makes no offers.
    Disabled,
    /// Nobody is written to before this instant.
    QuietUntil(DateTime<Utc>),
    /// Neither quiet hours nor an offer's words can be told.
    Unknown(UnknownZone),
}

impl Stance {
    pub fn of(shop: &Shop, as_of: DateTime<Utc>) -> Self {
        let (start, end) = (shop.setting.quiet_start, shop.setting.quiet_end);
        match &shop.zone {
            _ if !shop.setting.offers_enabled => Self::Disabled,
            Err(unknown) => Self::Unknown(unknown.clone()),
            Ok(zone) => match is_quiet(as_of.with_timezone(zone).time(), start, end) {
                true => Self::QuietUntil(next(end, as_of, *zone)),
                false => Self::Offering(*zone),
            },
        }
    }
}

/// Whether a wall clock's time lies in the quiet hours, from `start` to before `end`, over midnight if need be.
fn is_quiet(time: NaiveTime, start: NaiveTime, end: NaiveTime) -> bool {
    match start <= end {
        true => start <= time && time < end,
        false => time >= start || time < end,
    }
}

/// The next instant after `as_of` at which the wall clock shows the quiet hours' `end`.
fn next(end: NaiveTime, as_of: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let local = as_of.with_timezone(&zone).naive_local();
    let is_today = local.time() < end;
    let date = local.date() + Days::new(u64::from(!is_today));
    let (first, second) = calendar::instants(date.and_time(end), zone);
    if first > as_of { first } else { second }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::shop::Setting;

    fn time(text: &str) -> NaiveTime {
        text.parse().unwrap()
    }

    fn stance(zone: &str, start: &str, end: &str, as_of: &str) -> Stance {
        let shop = Shop {
            name: "Shop".into(),
            zone: calendar::zone(zone),
            setting: Setting {
                quiet_start: time(start),
                quiet_end: time(end),
                ..Setting::default()
            },
        };
        Stance::of(&shop, as_of.parse().unwrap())
    }

    fn until(instant: &str) -> Stance {
        Stance::QuietUntil(instant.parse().unwrap())
    }

    #[test]
    fn quiet_hours_begin_at_their_start_and_end_before_their_end() {
        let berlin = |as_of| stance("Europe/Berlin", "21:00", "08:00", as_of);
        let offering = Stance::Offering(Tz::Europe__Berlin);
        assert_eq!(berlin("2026-11-23T19:59:59Z"), offering);
        assert_eq!(berlin("2026-11-23T20:00:00Z"), until("2026-11-24T07:00:00Z"));
        assert_eq!(
            berlin("2026-11-23T23:30:00Z"),
            until("2026-11-24T07:00:00Z"),
            "after midnight"
        );
        assert_eq!(berlin("2026-11-24T06:59:59Z"), until("2026-11-24T07:00:00Z"));
        assert_eq!(berlin("2026-11-24T07:00:00Z"), offering);
    }

    #[test]
    fn quiet_hours_of_one_day_and_those_that_never_are() {
        let noon = |as_of| stance("UTC", "12:00", "13:00", as_of);
        assert_eq!(noon("2026-11-23T11:59:59Z"), Stance::Offering(Tz::UTC));
        assert_eq!(noon("2026-11-23T12:00:00Z"), until("2026-11-23T13:00:00Z"));
        assert_eq!(noon("2026-11-23T13:00:00Z"), Stance::Offering(Tz::UTC));
        for as_of in ["2026-11-23T11:59:59Z", "2026-11-23T12:00:00Z"] {
            assert_eq!(stance("UTC", "12:00", "12:00", as_of), Stance::Offering(Tz::UTC));
        }
    }

    #[test]
    fn an_end_that_the_clock_skips_or_shows_twice_is_still_one_instant() {
        let new_york = |start, end, as_of| stance("America/New_York", start, end, as_of);
        assert_eq!(
            new_york("01:00", "02:30", "2027-03-14T06:30:00Z"),
            until("2027-03-14T07:30:00Z")
        );
        let twice = |as_of| new_york("23:00", "01:30", as_of);
        assert_eq!(
            twice("2026-11-01T05:10:00Z"),
            until("2026-11-01T05:30:00Z"),
            "the first"
        );
        assert_eq!(
            twice("2026-11-01T06:10:00Z"),
            until("2026-11-01T06:30:00Z"),
            "the first is past"
        );
    }

    #[test]
    fn a_shop_without_offers_needs_no_zone() {
        let unknown = Stance::Unknown(UnknownZone("Mars/Olympus".into()));
        assert_eq!(
            stance("Mars/Olympus", "21:00", "08:00", "2026-11-23T10:00:00Z"),
            unknown
        );
        let shop = Shop {
            name: "Shop".into(),
            zone: calendar::zone("Mars/Olympus"),
            setting: Setting {
                offers_enabled: false,
                ..Setting::default()
            },
        };
        assert_eq!(Stance::of(&shop, DateTime::UNIX_EPOCH), Stance::Disabled);
    }

    proptest! {
        /// In any zone, over any change of clocks.
        #[test]
        fn quiet_hours_end_later_than_now_and_within_a_day_or_so(
            seconds in 1_735_689_600_i64..2_051_222_400, start in 0..86_400_u32, end in 0..86_400_u32,
            index in 0..chrono_tz::TZ_VARIANTS.len()
        ) {
            let as_of = DateTime::from_timestamp(seconds, 0).unwrap();
            let at = |seconds| NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap();
            let shop = Shop {
                name: "Shop".into(),
                zone: Ok(chrono_tz::TZ_VARIANTS[index]),
                setting: Setting { quiet_start: at(start), quiet_end: at(end), ..Setting::default() },
            };
            if let Stance::QuietUntil(until) = Stance::of(&shop, as_of) {
                prop_assert!(until > as_of, "{until}");
                prop_assert!((until - as_of).num_hours() <= 26, "{until}");
            }
        }
    }
}
