//! Bookings that hold their slot without being paid for longer than the shop allows.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use shared::{job::Scope, sql::column};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Counters, Place, Settings};

/// Whoever books a slot that begins at once has so many minutes to pay.
const SHORTEST_TTL_MINUTES: i32 = 5;

/// A booking to be released.
#[derive(Debug, Clone, Copy)]
pub struct Unpaid {
    pub id: Uuid,
    created_at: DateTime<Utc>,
    payment_required: bool,
}

impl Unpaid {
    pub fn place(&self) -> Place {
        (self.created_at, self.id)
    }

    fn reason(&self) -> &'static str {
        match self.payment_required {
            true => "not_paid",
            false => "not_confirmed",
        }
    }
}

/// Reads the next of them.
pub async fn read(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Unpaid>> {
    let setting = &scope.settings.shop.setting;
    let (created_at, id) = after.unwrap_or_default();
    let unpaid = sqlx::query_file_as!(
        Unpaid,
        "sql/expire-offers/unpaid.sql",
        scope.tenant.id,
        scope.as_of,
        created_at,
        id,
        setting.payment_settle_hours,
        setting.pending_ttl_minutes,
        setting.recovery_ttl_minutes,
        SHORTEST_TTL_MINUTES,
        limit
    );
    unpaid.fetch_all(tx).await.context("read the unpaid bookings")
}

/// Cancels them, and opens the slots again that were theirs by an offer.
pub async fn release(tx: &mut PgConnection, scope: &Scope<Settings>, unpaid: &[Unpaid]) -> Result<Counters> {
    let done = sqlx::query_file!(
        "sql/expire-offers/release.sql",
        scope.tenant.id,
        scope.as_of,
        scope.run_id,
        &column(unpaid, |unpaid| unpaid.id),
        &column(unpaid, Unpaid::reason) as &[&str]
    )
    .fetch_one(tx)
    .await
    .context("release the unpaid bookings")?;
    let released = u64::try_from(done.released)?;
    Ok(Counters {
        released,
        reopened: u64::try_from(done.reopened)?,
        skipped: unpaid.len() as u64 - released,
        ..Counters::default()
    })
}
