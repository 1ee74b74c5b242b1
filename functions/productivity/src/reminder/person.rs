//! Somebody whom a reminder may go to, and when he reads it.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use shared::calendar;
use uuid::Uuid;

use super::{letter, outbox::Channel};
use crate::company::{UserZone, Zones};

/// A row of `productivity.recipient`.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: Uuid,
    pub first_name: Option<String>,
    pub display_name: Option<String>,
    /// As he has set it; '' for none.
    pub time_zone: String,
    pub created_at: DateTime<Utc>,
    /// None where no e-mail may go.
    pub address: Option<String>,
    pub is_suppressed: bool,
    pub unsubscribe_token: Uuid,
    pub in_app_enabled: bool,
    pub push_enabled: bool,
    pub quiet_start: NaiveTime,
    pub quiet_end: NaiveTime,
    /// The job's own preference is on, and nothing is snoozed.
    pub is_willing: bool,
}

/// Makes a [`Person`] of the record of a query that selects his columns.
macro_rules! person {
    ($record:ident) => {
        $crate::reminder::person::Person {
            id: $record.id,
            first_name: $record.first_name,
            display_name: $record.display_name,
            time_zone: $record.time_zone,
            created_at: $record.created_at,
            address: $record.address,
            is_suppressed: $record.is_suppressed,
            unsubscribe_token: $record.unsubscribe_token,
            in_app_enabled: $record.in_app_enabled,
            push_enabled: $record.push_enabled,
            quiet_start: $record.quiet_start,
            quiet_end: $record.quiet_end,
            is_willing: $record.is_willing,
        }
    };
}
pub(crate) use person;

impl Person {
    /// How he is addressed: by his first name, else the first word of the name he shows.
    pub fn name(&self) -> String {
        let first = |name: &Option<String>| {
            name.as_deref()
                .map(letter::one_line)
                .filter(|name| !name.is_empty())
        };
        first(&self.first_name)
            .or_else(|| first(&self.display_name).and_then(|name| name.split(' ').next().map(str::to_owned)))
            .unwrap_or_else(|| "there".to_owned())
    }
}

/// A person at an instant.
#[derive(Debug, Clone)]
pub struct Reader {
    pub person: Person,
    pub zone: UserZone,
    /// Whether he is not to be disturbed.
    pub is_quiet: bool,
    /// When he reads what is queued: at once, or when his quiet hours end.
    pub reads_at: DateTime<Utc>,
    /// The date on his wall then: "today" in what he reads.
    pub reads_on: NaiveDate,
}

impl Reader {
    pub fn new(as_of: DateTime<Utc>, zones: &Zones, person: Person) -> Self {
        let zone = zones.of(&person.time_zone);
        let local = as_of.with_timezone(&zone.zone).naive_local();
        let (start, end) = (person.quiet_start, person.quiet_end);
        let is_quiet = match start <= end {
            true => (start..end).contains(&local.time()),
            false => local.time() >= start || local.time() < end,
        };
        let reads_at = match is_quiet {
            false => as_of,
            true => {
                let ends_on = |date: NaiveDate| calendar::first_instant(date.and_time(end), zone.zone);
                let today = ends_on(local.date());
                match today > as_of {
                    true => today,
                    false => ends_on(after(local.date(), 1)),
                }
            }
        };
        Self {
            reads_on: calendar::local_date(reads_at, zone.zone),
            reads_at,
            is_quiet,
            zone,
            person,
        }
    }

    /// Whether he is told by a channel of the application.
    pub fn hears(&self, channel: Channel) -> bool {
        match channel {
            Channel::InApp => self.person.in_app_enabled,
            Channel::Push => self.person.push_enabled && !self.is_quiet,
        }
    }

    /// The first instant after a date on his wall.
    pub fn end_of(&self, date: NaiveDate) -> DateTime<Utc> {
        calendar::first_instant(after(date, 1).and_time(NaiveTime::MIN), self.zone.zone)
    }

    /// The date on his wall at an instant.
    pub fn date_at(&self, instant: DateTime<Utc>) -> NaiveDate {
        calendar::local_date(instant, self.zone.zone)
    }
}

/// So many days after a date. Dates of the database are far from the end of time.
pub fn after(date: NaiveDate, days: i64) -> NaiveDate {
    date + TimeDelta::days(days)
}
