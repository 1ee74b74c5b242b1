//! Whose turn it is: a slot of the day, of the week or of the month, by UTC or by each person's own clock.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike, Utc, Weekday};
use chrono_tz::Tz;

use crate::company::Zones;

/// By which clock slots are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// For everybody at the same instant.
    Utc,
    /// At the slot's hour on each person's own wall.
    Local,
}

impl Clock {
    /// The zone by whose wall it is told for somebody who lives in this one.
    pub fn zone(self, own: Tz) -> Tz {
        match self {
            Self::Utc => Tz::UTC,
            Self::Local => own,
        }
    }
}

/// When a job is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub on: On,
    pub hour: u32,
    /// How many hours a late run may still make up for it. They end on the same date.
    pub grace: u32,
}

/// The days of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    EveryDay,
    Sundays,
    FirstOfMonth,
}

impl Slot {
    /// The slot's time on the wall that shows this, if it is its turn.
    pub fn began(self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        let is_its_day = match self.on {
            On::EveryDay => true,
            On::Sundays => wall.weekday() == Weekday::Sun,
            On::FirstOfMonth => wall.day() == 1,
        };
        let is_its_hour = (self.hour..self.hour + self.grace).contains(&wall.hour());
        let midnight = wall.date().and_time(chrono::NaiveTime::MIN);
        (is_its_day && is_its_hour).then(|| midnight + TimeDelta::hours(self.hour.into()))
    }
}

/// The zones of a company's users, and in which of them it is a job's turn.
#[derive(Debug, Clone, Default)]
pub struct DueZones {
    /// As users have them.
    pub names: Vec<String>,
    pub zones: Vec<Tz>,
    pub are_due: Vec<bool>,
    /// Users of any other zone, or none, have the company's.
    pub own: Tz,
    pub own_is_due: bool,
}

impl DueZones {
    /// Whose turn it is at an instant.
    pub fn at(as_of: DateTime<Utc>, slot: Option<Slot>, clock: Clock, zones: &Zones) -> Self {
        let is_due = |zone: Tz| {
            let wall = as_of.with_timezone(&clock.zone(zone)).naive_local();
            slot.is_none_or(|slot| slot.began(wall).is_some())
        };
        Self {
            names: zones.known().map(|(name, _)| name.to_owned()).collect(),
            zones: zones.known().map(|(_, zone)| zone).collect(),
            are_due: zones.known().map(|(_, zone)| is_due(zone)).collect(),
            own: zones.own,
            own_is_due: is_due(zones.own),
        }
    }

    /// Whether it is anybody's.
    pub fn is_anybodys(&self) -> bool {
        self.own_is_due || self.are_due.contains(&true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_slot_lasts_from_its_hour_up_to_the_end_of_its_grace() {
        let slot = |on| Slot {
            on,
            hour: 9,
            grace: 3,
        };
        let began = Some(wall("2024-06-30T09:00:00"));
        for (at, expected) in [
            ("2024-06-30T08:59:59.999", None),
            ("2024-06-30T09:00:00", began),
            ("2024-06-30T11:59:59.999", began),
            ("2024-06-30T12:00:00", None),
        ] {
            assert_eq!(slot(On::EveryDay).began(wall(at)), expected, "{at}");
            assert_eq!(slot(On::Sundays).began(wall(at)), expected, "{at}");
            assert_eq!(slot(On::FirstOfMonth).began(wall(at)), None, "{at}");
        }
        let monday = wall("2024-07-01T09:00:00");
        assert_eq!(slot(On::FirstOfMonth).began(monday), Some(monday));
        assert_eq!(slot(On::Sundays).began(monday), None);
    }
}
