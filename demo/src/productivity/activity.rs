//! On which days somebody was there.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::diary::Diary;

/// What the application writes down of somebody's days.
#[derive(Default)]
pub struct Activity {
    days: BTreeMap<NaiveDate, Day>,
    pub last_login_at: Option<DateTime<Utc>>,
}

struct Day {
    logins: i32,
    sessions: i32,
    goals: i32,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
}

impl Activity {
    pub fn login(&mut self, at: DateTime<Utc>) {
        self.day(at).logins += 1;
        self.last_login_at = self.last_login_at.max(Some(at));
    }

    pub fn session(&mut self, started_at: DateTime<Utc>, ended_at: Option<DateTime<Utc>>) {
        self.day(started_at).sessions += 1;
        if let Some(ended_at) = ended_at {
            self.day(ended_at);
        }
    }

    pub fn goal(&mut self, at: DateTime<Utc>) {
        self.day(at).goals += 1;
    }

    pub fn last_at(&self) -> Option<DateTime<Utc>> {
        self.days.last_key_value().map(|(_, day)| day.last_at)
    }

    fn day(&mut self, at: DateTime<Utc>) -> &mut Day {
        let day = self.days.entry(at.date_naive()).or_insert(Day {
            logins: 0,
            sessions: 0,
            goals: 0,
            first_at: at,
            last_at: at,
        });
        day.first_at = day.first_at.min(at);
        day.last_at = day.last_at.max(at);
        day
    }

    pub fn write(&self, diary: &mut Diary, company: Uuid, person: Uuid) {
        for (date, day) in &self.days {
            diary.activity.push(&[
                &company,
                &person,
                date,
                &day.logins,
                &day.sessions,
                &day.goals,
                &day.first_at,
                &day.last_at,
            ]);
        }
    }
}
