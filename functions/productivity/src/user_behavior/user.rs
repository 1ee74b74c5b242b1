//! The users who worked in the window, and what is stored of how they do.

use anyhow::{Context, Result};
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::{
    job::{Decision, Diff, Scope},
    sql::column,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Counters, HINDSIGHT, SLOT,
    profile::{Breaks, Profile, Session},
    window_end,
};
use crate::company::Company;

/// What is usual is told from so much: four weeks.
const LOOKED_BACK: TimeDelta = TimeDelta::days(28);

/// A user who worked in the window.
pub struct User {
    pub id: Uuid,
    /// '': he has set none.
    time_zone: String,
    sessions: Vec<Session>,
    breaks: Breaks,
    stored: Option<Profile>,
}

/// A profile that is new or differs.
pub struct Change {
    id: Uuid,
    profile: Profile,
}

/// Reads the next users who worked in the window.
pub async fn read(
    tx: &mut PgConnection,
    scope: &Scope<Company>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<User>> {
    let end = window_end(scope.as_of);
    let users = sqlx::query_file!(
        "sql/user-behavior/read_profiles.sql",
        scope.tenant.id,
        after.unwrap_or_default(),
        after,
        limit,
        end - SLOT,
        end,
        end - LOOKED_BACK,
        end - HINDSIGHT
    );
    let users = users.map(|row| User {
        id: row.id,
        time_zone: row.time_zone,
        sessions: row.sessions.unwrap_or_default(),
        breaks: Breaks {
            base: row.adherence_base,
            kept: row.adherence_kept,
        },
        stored: row.sample.map(|sample| Profile {
            sample,
            preferred_type: row.preferred_type,
            best_daypart: row.best_daypart,
            usual_hour: row.usual_hour,
            median_seconds: row.median_seconds,
            completion_rate: row.completion_rate,
            break_adherence: row.break_adherence,
        }),
    });
    users.fetch_all(tx).await.context("read how users worked")
}

impl User {
    /// His profile, where it is new or differs.
    pub fn decide(&self, company: &Company) -> Decision<Change, Counters> {
        let zone = company.zones.of(&self.time_zone);
        let profile = Profile::of(zone.zone, &self.sessions, self.breaks);
        let is_same = self.stored.as_ref() == Some(&profile);
        let change = Change { id: self.id, profile };
        Decision {
            change: (!is_same).then_some(change),
            counted: Counters {
                users_profiled: 1,
                rows_unchanged: is_same.into(),
                timezone_fallbacks: zone.is_fallback.into(),
                ..Counters::default()
            },
        }
    }

    /// What an operator is shown.
    pub fn diff(&self, change: &Change) -> Diff {
        Diff {
            before: self.stored.as_ref().map_or(Value::Null, shown),
            after: shown(&change.profile),
        }
    }
}

fn shown(profile: &Profile) -> Value {
    json!({
        "sample": profile.sample,
        "preferredType": profile.preferred_type,
        "bestDaypart": profile.best_daypart,
        "usualHour": profile.usual_hour,
        "medianSeconds": profile.median_seconds,
        "completionRate": profile.completion_rate.map(|rate| rate.to_string()),
        "breakAdherence": profile.break_adherence.map(|rate| rate.to_string()),
    })
}

/// Writes profiles.
pub async fn write(tx: &mut PgConnection, scope: &Scope<Company>, changes: &[&Change]) -> Result<Counters> {
    let profiles = column(changes, |change| &change.profile);
    let written = sqlx::query_file_scalar!(
        "sql/user-behavior/write_profiles.sql",
        scope.tenant.id,
        scope.as_of,
        &column(changes, |change| change.id),
        &column(&profiles, |profile| profile.sample),
        &column(&profiles, |profile| profile.preferred_type.as_deref()) as &[Option<&str>],
        &column(&profiles, |profile| profile.best_daypart.as_deref()) as &[Option<&str>],
        &column(&profiles, |profile| profile.usual_hour) as &[Option<i16>],
        &column(&profiles, |profile| profile.median_seconds) as &[Option<i32>],
        &column(&profiles, |profile| profile.completion_rate) as _,
        &column(&profiles, |profile| profile.break_adherence) as _
    );
    let written = written.fetch_one(tx).await.context("write the profiles")?;
    Ok(Counters {
        rows_written: written.try_into()?,
        ..Counters::default()
    })
}
