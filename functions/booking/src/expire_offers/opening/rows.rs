//! Openings as the database has them: a page read, with whom each could be offered to, and written.

use std::collections::HashSet;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, TimeDelta, Utc};
use shared::{job::Scope, sql::column};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Change, Live, Offer, Opening, SHORTEST_OFFER};
use crate::expire_offers::{
    Counters, Place, Settings,
    choice::{self, Candidate, Choice, Slot},
    stance::Stance,
};

/// How many customers are looked at beyond one for each opening of a page, for those who cannot have just that one; and
/// how many times as many when that did not do.
const MARGIN: usize = 50;
const FURTHER: usize = 8;

/// Reads the next openings and chooses, one after another, whom each is offered to.
pub async fn read(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Opening>> {
    let offered = &scope.settings.offered;
    let place = after.unwrap_or_default();
    let offered_before: Vec<Uuid> = {
        let mut offered = offered.lock().map_err(|_| anyhow!("a page panicked"))?;
        // A page that is done again forgets what it had chosen.
        offered.retain(|(of, _)| *of <= place);
        offered.iter().map(|(_, customer)| *customer).collect()
    };
    let mut reach = usize::try_from(limit)? + MARGIN;
    let (mut openings, choices) = loop {
        let Sight {
            openings,
            slots,
            is_cut_short,
        } = look(tx, scope, place, limit, &offered_before, reach).await?;
        let choices = choice::choose(slots);
        let is_settled = |choice: &Option<Choice>| !matches!(choice, Some(Choice::Later | Choice::Nobody));
        if !is_cut_short || choices.iter().all(is_settled) {
            break (openings, choices);
        }
        reach *= FURTHER;
    };
    let mut offered = offered.lock().map_err(|_| anyhow!("a page panicked"))?;
    for (opening, choice) in openings.iter_mut().zip(choices) {
        if let Some(Choice::Customer(candidate)) = &choice {
            offered.push((opening.place(), candidate.customer_id));
        }
        opening.choice = choice;
    }
    Ok(openings)
}

/// The next openings and whom they could be offered to.
struct Sight {
    openings: Vec<Opening>,
    /// Of each opening that can be offered.
    slots: Vec<Option<Slot>>,
    /// Whether there are more customers than were looked at.
    is_cut_short: bool,
}

/// Reads the next openings, and for each its candidates among the best `reach` customers.
async fn look(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    (starts_at, id): Place,
    limit: i64,
    offered_before: &[Uuid],
    reach: usize,
) -> Result<Sight> {
    let Settings { shop, stance, .. } = &scope.settings;
    let setting = &shop.setting;
    let lead_ends = scope.as_of + TimeDelta::minutes(setting.offer_min_lead_minutes.into());
    let rows = sqlx::query_file!(
        "sql/expire-offers/openings.sql",
        scope.tenant.id,
        scope.as_of,
        starts_at,
        id,
        limit,
        lead_ends,
        matches!(stance, Stance::Offering(_)),
        lead_ends + SHORTEST_OFFER,
        scope.as_of - TimeDelta::hours(setting.offer_cooldown_hours.into()),
        setting.exclude_risk_from_offers,
        setting.exclude_high_no_show_from_offers,
        offered_before,
        i64::try_from(reach)?
    );
    let rows = rows.fetch_all(tx).await.context("read the openings")?;
    let is_cut_short = rows.iter().any(|row| usize::try_from(row.pool) == Ok(reach));
    let mut slots = Vec::with_capacity(rows.len());
    let mut openings = Vec::with_capacity(rows.len());
    for row in rows {
        let candidates = row
            .candidate_ids
            .into_iter()
            .zip(row.candidate_names)
            .zip(row.candidate_emails)
            .zip(row.candidate_tiers)
            .zip(row.candidate_scores)
            .map(|((((customer_id, name), email), tier), score)| Candidate {
                customer_id,
                name,
                email,
                tier,
                score,
            })
            .collect();
        slots.push(row.can_be_offered.then_some(Slot {
            candidates,
            is_somebody_busy: row.somebody_is_busy,
        }));
        openings.push(Opening {
            id: row.id,
            service_name: row.service_name,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            price: row.price,
            currency: row.currency,
            next_action_at: row.next_action_at,
            is_open: row.is_open,
            live: row.live_id.map(|id| Live {
                id,
                is_lapsed: row.is_lapsed,
                is_undeliverable: row.is_undeliverable,
            }),
            is_taken: row.is_taken,
            offers_had: row.offers_had,
            choice: None,
            offer_id: Uuid::new_v4(),
        });
    }
    Ok(Sight {
        openings,
        slots,
        is_cut_short,
    })
}

/// Does what was decided, and counts what was still as it had been read.
pub async fn write(tx: &mut PgConnection, scope: &Scope<Settings>, changes: &[&Change]) -> Result<Counters> {
    let offers: Vec<(&Change, &Offer)> = changes.iter().filter_map(|change| change.offer()).collect();
    let as_read = sqlx::query_file_scalar!(
        "sql/expire-offers/write.sql",
        scope.tenant.id,
        scope.as_of,
        &column(changes, |change| change.id),
        &column(changes, |change| change.is_open),
        &column(changes, |change| change.live.map(|(id, _)| id)) as &[Option<Uuid>],
        &column(changes, |change| change.live.map(|(_, ended)| ended.as_str())) as &[Option<&str>],
        &column(changes, |change| change.closed_reason()) as &[Option<&str>],
        &column(changes, |change| change.next_action_at()) as &[Option<DateTime<Utc>>],
        &column(&offers, |(_, offer)| offer.id),
        &column(&offers, |(change, _)| change.id),
        &column(&offers, |(_, offer)| offer.candidate.customer_id),
        &column(&offers, |(_, offer)| offer.rank),
        &column(&offers, |(_, offer)| offer.candidate.tier.as_str()) as &[&str],
        &column(&offers, |(_, offer)| offer.candidate.score),
        &column(&offers, |(_, offer)| offer.deposit),
        &column(&offers, |(_, offer)| offer.currency.as_str()) as &[&str],
        &column(&offers, |(_, offer)| offer.expires_at),
        &column(&offers, |(_, offer)| offer.candidate.email.as_str()) as &[&str],
        &column(&offers, |(_, offer)| offer.mail.subject.as_str()) as &[&str],
        &column(&offers, |(_, offer)| offer.mail.text.as_str()) as &[&str],
        &column(&offers, |(_, offer)| offer.mail.html.as_str()) as &[&str],
        &column(&offers, |(_, offer)| offer.list_unsubscribe.as_str()) as &[&str]
    )
    .fetch_all(tx)
    .await
    .context("write what becomes of the openings")?;
    let as_read: HashSet<Uuid> = as_read.into_iter().collect();
    let mut counters = Counters::default();
    for change in changes {
        match as_read.contains(&change.id) {
            true => change.count(&mut counters),
            false => counters.skipped += 1,
        }
    }
    Ok(counters)
}
