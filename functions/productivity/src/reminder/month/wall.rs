//! Clocks on walls, and how things are said, told anew from the specification's words.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::people::Pref;

pub fn wall(at: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    at.with_timezone(&zone).naive_local()
}

pub fn date(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    wall(at, zone).date()
}

/// The first instant at which a wall shows this, or, where it never does, at which it shows more.
pub fn first(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let minutes = (0..).map(|minutes| local + TimeDelta::minutes(minutes));
    let mut shown = minutes.filter_map(|local| zone.from_local_datetime(&local).earliest());
    shown.next().unwrap().to_utc()
}

pub fn begin(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    first(date.and_time(NaiveTime::MIN), zone)
}

pub fn is_quiet(at: DateTime<Utc>, zone: Tz, pref: &Pref) -> bool {
    let (time, start, end) = (wall(at, zone).time(), pref.quiet_start, pref.quiet_end);
    match start.cmp(&end) {
        std::cmp::Ordering::Equal => false,
        std::cmp::Ordering::Less => start <= time && time < end,
        std::cmp::Ordering::Greater => time >= start || time < end,
    }
}

/// When something is read: at once, or at the first quarter of an hour that is not quiet.
pub fn reads_at(at: DateTime<Utc>, zone: Tz, pref: &Pref) -> DateTime<Utc> {
    if !is_quiet(at, zone, pref) {
        return at;
    }
    let quarter = at.timestamp().div_euclid(900);
    let quarters = (quarter + 1..).map(|quarter| DateTime::from_timestamp(quarter * 900, 0).unwrap());
    quarters
        .into_iter()
        .find(|at| !is_quiet(*at, zone, pref))
        .unwrap()
}

/// Whether it is between an hour, and an hour so much later, on a wall.
pub fn is_between(wall: NaiveDateTime, hour: i64, grace: i64) -> bool {
    let since = wall - (wall.date().and_time(NaiveTime::MIN) + TimeDelta::hours(hour));
    since >= TimeDelta::zero() && since < TimeDelta::hours(grace)
}

pub fn spell(date: NaiveDate) -> String {
    date.format("%A %-d %B %Y").to_string()
}

pub fn duration(seconds: i64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

pub fn count(number: usize) -> String {
    format!("{number} goal{}", if number == 1 { "" } else { "s" })
}
