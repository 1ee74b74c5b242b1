//! Slots that became free, and to whom they were offered.

mod tale;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Filled, Shop,
    diary::{Booking, Diary, minutes},
    fate::Story,
    slots::Slot,
};
use crate::{
    copy::{Money, Rows},
    random::Random,
};
use tale::Offered;

/// How long an offer lives here.
const TTL_MINUTES: i32 = 15;

/// When the openings came about that expired before the last fortnight.
const EXPIRED_DAYS_AGO: i64 = 20;

/// Longer ago than any offer of the opening.
const OPENED_MINUTES_AGO: i32 = 2000;

/// Resources that are booked for openings at odd times begin here.
const SPARE_RESOURCE: u32 = 10_000;

/// How a slot that became free stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// Open, and offered to nobody so far.
    New,
    /// Open after an offer that nobody took, and not to be looked at for a while.
    Waiting,
    /// Open, with an offer that can be taken.
    Live,
    /// Open, with an offer that nobody took in time.
    Lapsed,
    /// Open, with an offer whose message did not reach the customer.
    Undeliverable,
    /// Open, and somebody else has got the resource meanwhile.
    Taken,
    /// Open, and too close to its start to be offered.
    TooLate,
    /// Open, and its time has passed.
    Past,
    /// Filled by who accepted the second offer.
    Filled,
    /// Filled while an offer to somebody else can still be taken.
    FilledWithStray,
    /// Filled by who accepted an offer and has not paid in time.
    FilledUnpaid,
    /// Closed, with offers of every sad end.
    Expired,
}

/// How often each occurs in a believable shop.
pub const USUAL: &[(Opening, u32)] = &[
    (Opening::New, 3),
    (Opening::Waiting, 2),
    (Opening::Live, 4),
    (Opening::Lapsed, 3),
    (Opening::Undeliverable, 3),
    (Opening::Taken, 1),
    (Opening::TooLate, 1),
    (Opening::Past, 1),
    (Opening::Filled, 3),
    (Opening::FilledWithStray, 1),
    (Opening::FilledUnpaid, 1),
    (Opening::Expired, 5),
];

pub struct Offers {
    openings: Rows,
    offers: Rows,
    messages: Rows,
    /// Customers that may be written to, in turn, so that nobody is written to twice before all others were.
    reachable: Vec<Uuid>,
    turn: usize,
}

impl Offers {
    pub fn new(reachable: Vec<Uuid>) -> Self {
        Self {
            openings: Rows::new(
                "copy booking.slot_opening (
                     id, tenant_id, resource, service_name, starts_at, ends_at, buffer_minutes, price, currency,
                     source_appointment_id, status, next_action_at, closed_at, closed_reason, created_at
                 )
                 from stdin (format binary)",
            ),
            offers: Rows::new(
                "copy booking.slot_offer (
                     id, tenant_id, slot_opening_id, customer_id, status, rank, deposit_amount, currency, sent_at,
                     expires_at, closed_at, created_at
                 )
                 from stdin (format binary)",
            ),
            messages: Rows::new(
                "copy platform.message (
                     id, tenant_id, job, channel, dedupe_key, target, subject, expires_at, status, sent_at, created_at
                 )
                 from stdin (format binary)",
            ),
            reachable,
            turn: 0,
        }
    }

    pub async fn write(self, tx: &mut PgConnection, filled: &mut Filled) -> Result<()> {
        filled.openings += self.openings.write(tx).await?;
        filled.offers += self.offers.write(tx).await?;
        filled.messages += self.messages.write(tx).await?;
        Ok(())
    }

    fn next(&mut self) -> Result<Uuid> {
        let index = self.turn.checked_rem(self.reachable.len());
        self.turn += 1;
        index
            .map(|index| self.reachable[index])
            .context("find a customer who may be written to")
    }

    /// Makes up an opening of this kind, the appointment whose cancellation it came of and, where there is one,
    /// that which came in its place.
    pub fn add(
        &mut self,
        shop: &Shop,
        kind: Opening,
        slot: Slot,
        diary: &mut Diary,
        random: &mut Random,
    ) -> Result<()> {
        let tale = kind.tale(random);
        let now = shop.as_of;
        let starts_at = match kind {
            Opening::TooLate => now + minutes(20),
            Opening::Past => now - minutes(90),
            Opening::Expired => slot.starts_at - TimeDelta::days(EXPIRED_DAYS_AGO),
            _ => slot.starts_at,
        };
        let slot = Slot {
            // The same hour may not open twice.
            resource: if starts_at == slot.starts_at {
                slot.resource
            } else {
                SPARE_RESOURCE + self.turn as u32
            },
            starts_at,
        };
        let service = random.one_of(&shop.trade.services);
        let mut book = |customer, story, source, opening, random: &mut Random| {
            let booking = Booking {
                customer,
                slot,
                service,
                story,
                source,
                opening,
            };
            diary.book(shop, &booking, random)
        };
        let id = random.id();
        let cancelled = book(self.next()?, Story::Early, "web", None, random);
        // An opening that has expired did so on its day.
        let day = if kind == Opening::Expired { starts_at } else { now };
        let mut accepted_by = None;
        let mut closed_at = None;
        for (rank, &(offered, ago)) in (1..).zip(&tale.offers) {
            let customer = self.next()?;
            let sent_at = day - minutes(ago);
            closed_at = self.offer(shop, (id, rank), customer, offered, sent_at, random);
            if offered == Offered::Closed("accepted") {
                accepted_by = Some((customer, closed_at));
            }
        }
        if let Some(story) = tale.booked {
            match accepted_by {
                Some((customer, _)) => book(customer, story, "slot_recovery", Some(id), random),
                None => book(self.next()?, story, "admin", None, random),
            };
        }
        closed_at = accepted_by.map_or(closed_at, |(_, at)| at);
        self.openings.push(&[
            &id,
            &shop.id,
            &shop.resource(slot.resource),
            &service.name,
            &slot.starts_at,
            &(slot.starts_at + minutes(service.minutes)),
            &service.buffer_minutes,
            &(service.price.0 > 0).then_some(service.price),
            &shop.trade.currency,
            &cancelled,
            &tale.status,
            &tale.next_action.map(|ahead| now + minutes(ahead)),
            &closed_at.filter(|_| tale.status != "open"),
            &tale.closed_reason,
            &(day - minutes(OPENED_MINUTES_AGO)),
        ]);
        Ok(())
    }

    /// Makes up an offer and its message, and says when it was closed.
    fn offer(
        &mut self,
        shop: &Shop,
        (opening, rank): (Uuid, i32),
        customer: Uuid,
        offered: Offered,
        sent_at: DateTime<Utc>,
        random: &mut Random,
    ) -> Option<DateTime<Utc>> {
        let id = random.id();
        let expires_at = sent_at + minutes(TTL_MINUTES);
        let (status, closed_at) = match offered {
            Offered::Live | Offered::Undeliverable => ("sent", None),
            Offered::Closed("expired") => ("expired", Some(expires_at)),
            Offered::Closed(status) => (status, Some(sent_at + minutes(8))),
        };
        self.offers.push(&[
            &id,
            &shop.id,
            &opening,
            &customer,
            &status,
            &rank,
            &Money(0),
            &shop.trade.currency,
            &sent_at,
            &expires_at,
            &closed_at,
            &sent_at,
        ]);
        let message = match offered {
            Offered::Undeliverable => random.one_of(&["failed", "suppressed", "expired"]),
            Offered::Closed("failed") => "failed",
            _ => "sent",
        };
        self.messages.push(&[
            &random.id(),
            &shop.id,
            &"expire-offers",
            &"email",
            &format!("offer:{id}"),
            &format!("{}@example.com", customer.simple()),
            &format!("{}: a slot opened", shop.name),
            &expires_at,
            &message,
            &(message == "sent").then_some(sent_at),
            &sent_at,
        ]);
        closed_at
    }
}
