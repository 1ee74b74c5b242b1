//! A shop's hours, each of which is booked once at most.

use chrono::{DateTime, Days, TimeDelta, Utc};
use shared::calendar;

use crate::random::Random;

/// From nine in the morning on.
const FIRST_HOUR: i64 = 9;
const HOURS_A_DAY: u32 = 10;

/// An hour of one of the shop's chairs, rooms or people.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// Counted from one.
    pub resource: u32,
    pub starts_at: DateTime<Utc>,
}

/// The hours that are still free.
pub struct Slots {
    mornings: Vec<DateTime<Utc>>,
    /// Resources before these.
    before: u32,
    resources: u32,
    free: Vec<u32>,
}

impl Slots {
    /// Room for `number` bookings on so many days from `first` days after today on, on resources after the
    /// first `before`.
    pub fn new(
        as_of: DateTime<Utc>,
        time_zone: &str,
        days: std::ops::RangeInclusive<i64>,
        before: u32,
        number: u32,
    ) -> Self {
        let mornings: Vec<_> = days.map(|ahead| morning(as_of, time_zone, ahead)).collect();
        let of_a_resource = mornings.len() as u32 * HOURS_A_DAY;
        let resources = number.div_ceil(of_a_resource);
        Self {
            mornings,
            before,
            resources,
            free: (0..resources * of_a_resource).collect(),
        }
    }

    /// How many resources there are with those before.
    pub fn resources(&self) -> u32 {
        self.before + self.resources
    }

    pub fn draw(&mut self, random: &mut Random) -> Option<Slot> {
        if self.free.is_empty() {
            return None;
        }
        let index = random.below(self.free.len() as u32);
        let place = self.free.swap_remove(index as usize);
        let (hour, place) = (place % HOURS_A_DAY, place / HOURS_A_DAY);
        let (resource, day) = (place % self.resources, place / self.resources);
        Some(Slot {
            resource: self.before + resource + 1,
            starts_at: self.mornings[day as usize] + TimeDelta::hours(i64::from(hour)),
        })
    }
}

fn morning(as_of: DateTime<Utc>, time_zone: &str, ahead: i64) -> DateTime<Utc> {
    // A shop in a zone that nobody knows still opens at some hour.
    let midnight = match calendar::zone(time_zone) {
        Ok(zone) => {
            let today = calendar::local_date(as_of, zone);
            let distance = Days::new(ahead.unsigned_abs());
            let day = if ahead < 0 {
                today - distance
            } else {
                today + distance
            };
            calendar::day_bounds(day, zone).0
        }
        Err(_) => as_of + TimeDelta::days(ahead),
    };
    midnight + TimeDelta::hours(FIRST_HOUR)
}
