//! Releases slots held by unpaid bookings, closes offers that nobody answered, and offers each free slot to the
//! next customer: one live offer a slot.
//!
//! A shop's unpaid bookings come first, page by page, and then its openings: what the first pass frees the second
//! offers on.

mod choice;
mod mail;
mod opening;
mod stance;
mod unpaid;

use std::sync::Mutex;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{
    config::{ConfigError, Variables},
    job::{Batch, Decision, Diff, Job, Reason, Scope, Tenant},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::shop::Shop;
use opening::{Change as OpeningChange, Opening};
use stance::Stance;
use unpaid::Unpaid;

/// The job.
pub struct ExpireOffers {
    /// Where the application stands in which offers are answered, without a slash at its end.
    frontend_url: String,
}

impl ExpireOffers {
    /// The job whose offers lead to `FRONTEND_URL`.
    ///
    /// # Errors
    /// When that is missing or no web address.
    pub fn from_variables(variables: &Variables<'_>) -> Result<Self, ConfigError> {
        let frontend_url = variables.base_url("FRONTEND_URL")?;
        Ok(Self { frontend_url })
    }
}

/// A shop at the run's clock.
pub struct Settings {
    shop: Shop,
    /// Whether slots can be offered now.
    stance: Stance,
    frontend_url: String,
    /// Who got an offer in which place. The offers themselves say so too, but not in a dry run, where those of
    /// the pages before are undone.
    offered: Mutex<Vec<(Place, Uuid)>>,
}

/// A place in the order of a pass.
type Place = (DateTime<Utc>, Uuid);

/// How far the two passes have come.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Cursor {
    Unpaid(Place),
    /// None: the pass begins.
    Openings(Option<Place>),
}

/// A subject of either pass.
pub enum Row {
    Unpaid(Unpaid),
    Opening(Box<Opening>),
}

/// What is to be done with a subject of either pass.
pub enum Change {
    Release(Unpaid),
    Opening(Box<OpeningChange>),
}

shared::counters! {
    pub struct Counters {
        /// Live offers found lapsed on open slots.
        total: u64,
        expired: u64,
        /// Offers made.
        triggered: u64,
        undeliverable: u64,
        superseded: u64,
        /// Open slots without a live offer that had none to wait for.
        swept: u64,
        openings_expired: u64,
        held: u64,
        waiting: u64,
        released: u64,
        reopened: u64,
        skipped: u64,
    }
}

impl Job for ExpireOffers {
    const NAME: &'static str = "expire-offers";
    const PRODUCT: &'static str = "booking";
    const LOCK_ID: i32 = 482_174;

    type Settings = Settings;
    type Cursor = Cursor;
    type Row = Row;
    type Change = Change;
    type Counters = Counters;

    async fn settings(
        &self,
        tx: &mut PgConnection,
        as_of: DateTime<Utc>,
        tenant: &Tenant,
    ) -> Result<Settings> {
        let shop = Shop::read(tx, tenant).await?;
        Ok(Settings {
            stance: Stance::of(&shop, as_of),
            shop,
            frontend_url: self.frontend_url.clone(),
            offered: Mutex::default(),
        })
    }

    async fn read(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        after: Option<&Cursor>,
        limit: i64,
    ) -> Result<Batch<Self>> {
        let openings_after = match after {
            Some(Cursor::Openings(place)) => *place,
            None | Some(Cursor::Unpaid(_)) => {
                let place = match after {
                    Some(Cursor::Unpaid(place)) => Some(*place),
                    _ => None,
                };
                let rows = unpaid::read(tx, scope, place, limit).await?;
                if let Some(last) = rows.last() {
                    let is_full = rows.len() >= usize::try_from(limit)?;
                    return Ok(Batch {
                        next: Some(match is_full {
                            true => Cursor::Unpaid(last.place()),
                            false => Cursor::Openings(None),
                        }),
                        rows: rows.into_iter().map(Row::Unpaid).collect(),
                        counted: Counters::default(),
                    });
                }
                // Nothing is to be written before the openings are looked at, so that can be now.
                None
            }
        };
        let limit = limit.min(opening::PAGE);
        let openings = opening::read(tx, scope, openings_after, limit).await?;
        let counted =
            |is_counted: fn(&Opening) -> bool| openings.iter().filter(|o| is_counted(o)).count() as u64;
        let counted = Counters {
            total: counted(Opening::is_lapsed),
            swept: counted(Opening::is_swept),
            ..Counters::default()
        };
        let is_full = openings.len() >= usize::try_from(limit)?;
        Ok(Batch {
            next: openings
                .last()
                .filter(|_| is_full)
                .map(|last| Cursor::Openings(Some(last.place()))),
            rows: openings
                .into_iter()
                .map(|opening| Row::Opening(Box::new(opening)))
                .collect(),
            counted,
        })
    }

    fn subject(row: &Row) -> String {
        match row {
            Row::Unpaid(unpaid) => format!("appointment:{}", unpaid.id),
            Row::Opening(opening) => format!("opening:{}", opening.id),
        }
    }

    fn decide(scope: &Scope<Settings>, row: &Row) -> Result<Decision<Change, Counters>, Reason> {
        let change = match row {
            Row::Unpaid(unpaid) => Change::Release(*unpaid),
            Row::Opening(opening) => Change::Opening(Box::new(opening.change(scope)?)),
        };
        // What was done is for the database to say.
        Ok(Decision {
            change: Some(change),
            counted: Counters::default(),
        })
    }

    async fn write(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Settings>,
        changes: &[Change],
    ) -> Result<Counters> {
        // A page is of one pass.
        let unpaid: Vec<Unpaid> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Release(unpaid) => Some(*unpaid),
                Change::Opening(_) => None,
            })
            .collect();
        if !unpaid.is_empty() {
            return unpaid::release(tx, scope, &unpaid).await;
        }
        let openings: Vec<&OpeningChange> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Opening(opening) => Some(opening.as_ref()),
                Change::Release(_) => None,
            })
            .collect();
        opening::write(tx, scope, &openings).await
    }

    fn diff(row: &Row, change: &Change) -> Diff {
        match (row, change) {
            (Row::Opening(opening), Change::Opening(change)) => opening.diff(change),
            _ => Diff {
                before: json!({"status": "pending"}),
                after: json!({"status": "cancelled"}),
            },
        }
    }
}

#[cfg(test)]
mod tests;
