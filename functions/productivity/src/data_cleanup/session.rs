//! Old sessions, which go into the archive once their day has been counted.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use shared::job::{Batch, Scope};
use sqlx::PgConnection;

use super::part::{Part, Place};
use super::{Counters, DataCleanup, Settings, guard};
use crate::company::Zones;

/// How many sessions are looked at in one transaction only to count them: a third of a second's work.
const COUNTED_A_PAGE: i64 = 20_000;

/// An old session.
struct Session {
    key: Value,
    /// Its user is on hold, or this very run ended it.
    is_left: bool,
    /// Its day has been.
    is_counted: bool,
}

/// Reads the next old sessions and takes those that may go. At most `size` are looked at, so that those that stay, however many,
/// make no transaction long. None: there are no more.
pub async fn read(
    job: &DataCleanup,
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    place: &Place,
    size: i64,
    left: u64,
) -> Result<Option<Batch<DataCleanup>>> {
    let is_asked = !job.is_forced;
    let mut place = place.clone();
    if place.counting.is_none() && place.after.is_none() && is_asked {
        let first = old(tx, scope, None, size).await?;
        if !guard::is_to_ask(Part::Session, first.len(), size, left) {
            return Ok(page(&place, first, size));
        }
        place.counting = Some(0);
    }
    if let Some(counted) = place.counting {
        let seen = old(tx, scope, place.after.as_ref(), COUNTED_A_PAGE).await?;
        let due = seen.iter().filter(|session| session.is_due()).count() as u64;
        let (counted, last) = (counted + due, seen.last());
        if let (Some(last), true) = (last, is_full(&seen, COUNTED_A_PAGE)) {
            let next = Place {
                after: Some(last.key.clone()),
                counting: Some(counted),
                ..place
            };
            return Ok(Some(Batch {
                rows: Vec::new(),
                next: Some(next),
                counted: Counters::default(),
            }));
        }
        if let Some(guarded) = guard::judge(tx, scope, Part::Session.table(), counted.min(left)).await? {
            return Ok(Some(guarded.batch(&place)));
        }
        place = Place {
            after: None,
            counting: None,
            ..place
        };
    }
    let sessions = old(tx, scope, place.after.as_ref(), size).await?;
    Ok(page(&place, sessions, size))
}

/// The sessions that may go, of those looked at.
fn page(place: &Place, sessions: Vec<Session>, size: i64) -> Option<Batch<DataCleanup>> {
    let last = sessions.last()?.key.clone();
    let is_full = is_full(&sessions, size);
    let blocked = sessions.iter().filter(|session| session.is_blocked()).count() as u64;
    let due = sessions.into_iter().filter(Session::is_due);
    let keys: Vec<Value> = due.map(|session| session.key).collect();
    let done = Place {
        after: Some(last),
        taken: place.taken + keys.len() as u64,
        ..place.clone()
    };
    Some(Batch {
        counted: Counters {
            blocked,
            batches: (!keys.is_empty()).into(),
            ..Counters::default()
        },
        rows: keys
            .into_iter()
            .map(|key| super::Row::Keyed(Part::Session, key))
            .collect(),
        next: Some(if is_full { done } else { done.of_next_part() }),
    })
}

impl Session {
    fn is_due(&self) -> bool {
        !self.is_left && self.is_counted
    }

    fn is_blocked(&self) -> bool {
        !self.is_left && !self.is_counted
    }
}

fn is_full(sessions: &[Session], size: i64) -> bool {
    usize::try_from(size).is_ok_and(|size| sessions.len() >= size)
}

/// Reads old sessions after a key.
async fn old(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    after: Option<&Value>,
    size: i64,
) -> Result<Vec<Session>> {
    let Settings { zones, cutoffs } = &scope.settings;
    let (set, names): (Vec<&str>, Vec<&str>) = zones
        .known()
        .map(|(set, zone)| (set, Zones::in_sql(zone)))
        .unzip();
    sqlx::query_file_as!(
        Session,
        "sql/data-cleanup/sessions.sql",
        scope.tenant.id,
        cutoffs.before(Part::Session),
        scope.as_of,
        after.cloned().unwrap_or_else(|| cutoffs.first(Part::Session)),
        size,
        &set as &[&str],
        &names as &[&str],
        Zones::in_sql(zones.own)
    )
    .fetch_all(tx)
    .await
    .context("read old sessions")
}

/// Moves sessions into the archive, and says how many.
pub async fn archive(tx: &mut PgConnection, scope: &Scope<Settings>, keys: &Value) -> Result<u64> {
    let moved = sqlx::query_file!(
        "sql/data-cleanup/archive.sql",
        scope.tenant.id,
        scope.settings.cutoffs.before(Part::Session),
        scope.as_of,
        keys
    );
    let moved = moved.fetch_one(tx).await.context("archive old sessions")?;
    ensure!(
        moved.gone == moved.arrived,
        "archive old sessions: {} left and {} arrived",
        moved.gone,
        moved.arrived
    );
    Ok(moved.arrived.unsigned_abs())
}
