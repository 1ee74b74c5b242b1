//! A shop's appointments with their payments and what happened to them.

mod made;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Filled, Shop,
    fate::{Fate, Habit, Story},
    places::Service,
    slots::Slot,
    terms::Terms,
};
use crate::{
    copy::{Json, Money, Rows},
    random::Random,
};

/// How long an unpaid booking has held its slot.
const HELD_MINUTES: i32 = 30;

/// In minutes.
const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// Rows of the tables that hold appointments.
pub struct Diary {
    appointments: Rows,
    payments: Rows,
    events: Rows,
}

/// An appointment to be made up.
pub struct Booking {
    pub customer: Uuid,
    pub slot: Slot,
    pub service: Service,
    pub story: Story,
    pub source: &'static str,
    /// The opening from whose offer it came.
    pub opening: Option<Uuid>,
}

/// What follows from a booking.
struct Made {
    id: Uuid,
    terms: Terms,
    required: bool,
    fate: Fate,
    created_at: DateTime<Utc>,
    cancellation: Option<Cancellation>,
    payment: Option<Payment>,
    resolved_at: Option<DateTime<Utc>>,
}

struct Cancellation {
    at: DateTime<Utc>,
    source: &'static str,
}

struct Payment {
    id: Uuid,
    amount: Money,
    status: &'static str,
    succeeded_at: Option<DateTime<Utc>>,
    refunded: Money,
    refund_ref: Option<String>,
}

impl Diary {
    pub fn new() -> Self {
        Self {
            appointments: Rows::new(
                "copy booking.appointment (
                     id, tenant_id, customer_id, policy_version_id, source_slot_opening_id, resource, service_name,
                     starts_at, ends_at, buffer_minutes, status, source, payment_required, financial_outcome,
                     resolution_reason, resolved_at, attendance, cancelled_at, cancellation_source, created_at
                 )
                 from stdin (format binary)",
            ),
            payments: Rows::new(
                "copy booking.payment (
                     id, tenant_id, appointment_id, amount, currency, status, succeeded_at, refunded_amount,
                     refund_ref, created_at
                 )
                 from stdin (format binary)",
            ),
            events: Rows::new(
                "copy booking.appointment_event (
                     id, tenant_id, appointment_id, type, occurred_at, meta, run_id, created_at
                 )
                 from stdin (format binary)",
            ),
        }
    }

    pub async fn write(self, tx: &mut PgConnection, filled: &mut Filled) -> Result<()> {
        filled.appointments += self.appointments.write(tx).await?;
        filled.payments += self.payments.write(tx).await?;
        filled.events += self.events.write(tx).await?;
        Ok(())
    }

    /// Makes up an appointment of a customer of such habits.
    pub fn add(&mut self, shop: &Shop, customer: Uuid, habit: Habit, slot: Slot, random: &mut Random) {
        let service = random.one_of(&shop.trade.services);
        let is_over = slot.starts_at + minutes(service.minutes) <= shop.as_of;
        let booking = Booking {
            customer,
            slot,
            service,
            story: if is_over {
                habit.past(random)
            } else {
                habit.future(random)
            },
            source: random.weighted(&[("web", 80), ("admin", 20)]),
            opening: None,
        };
        self.book(shop, &booking, random);
    }

    /// Writes an appointment down and says which it is.
    pub fn book(&mut self, shop: &Shop, booking: &Booking, random: &mut Random) -> Uuid {
        let made = Made::of(shop, booking, random);
        let (outcome, reason) = made.outcome();
        self.appointments.push(&[
            &made.id,
            &shop.id,
            &booking.customer,
            &made.terms.version,
            &booking.opening,
            &shop.resource(booking.slot.resource),
            &booking.service.name,
            &booking.slot.starts_at,
            &booking.ends_at(),
            &booking.service.buffer_minutes,
            &made.status(shop, booking, random),
            &booking.source,
            &made.required,
            &outcome,
            &reason,
            &made.resolved_at,
            &made.attendance(shop, booking, random),
            &made.cancellation.as_ref().map(|cancellation| cancellation.at),
            &made.cancellation.as_ref().map(|cancellation| cancellation.source),
            &made.created_at,
        ]);
        if let Some(payment) = &made.payment {
            self.payments.push(&[
                &payment.id,
                &shop.id,
                &made.id,
                &payment.amount,
                &shop.trade.currency,
                &payment.status,
                &payment.succeeded_at,
                &payment.refunded,
                &payment.refund_ref,
                &made.created_at,
            ]);
        }
        self.tell(shop, &made, random);
        made.id
    }

    /// The events that tell of the end: cancellations, refunds, outcomes and disputes. Those of the beginning
    /// tell nothing that the rows do not.
    fn tell(&mut self, shop: &Shop, made: &Made, random: &mut Random) {
        let mut event = |kind: &str, at: DateTime<Utc>, meta: String, run: Option<Uuid>| {
            self.events.push(&[
                &random.id(),
                &shop.id,
                &made.id,
                &kind,
                &at,
                &Json(meta),
                &run,
                &at,
            ]);
        };
        let nothing = || "{}".to_owned();
        if let Some(cancellation) = &made.cancellation {
            let (meta, run) = match cancellation.source {
                "system" => {
                    let reason = if made.required {
                        "not_paid"
                    } else {
                        "not_confirmed"
                    };
                    (format!(r#"{{"reason": "{reason}"}}"#), shop.run(cancellation.at))
                }
                _ => (nothing(), None),
            };
            event("cancelled", cancellation.at, meta, run);
            if made
                .payment
                .as_ref()
                .is_some_and(|payment| payment.refunded.0 > 0)
            {
                event("refund_issued", cancellation.at + minutes(1), nothing(), None);
            }
        }
        let Some(resolved_at) = made.resolved_at else {
            return;
        };
        event(
            "outcome_resolved",
            resolved_at,
            made.outcome_meta(),
            shop.run(resolved_at),
        );
        if matches!(made.fate, Fate::DisputeOpen | Fate::DisputeLost) {
            event("dispute_opened", resolved_at + minutes(60), nothing(), None);
        }
        if made.fate == Fate::DisputeLost {
            event("dispute_closed", resolved_at + minutes(120), nothing(), None);
        }
    }
}

impl Booking {
    fn ends_at(&self) -> DateTime<Utc> {
        self.slot.starts_at + minutes(self.service.minutes)
    }

    /// When it was made under these terms, and when and by whom it was cancelled.
    fn times(
        &self,
        as_of: DateTime<Utc>,
        terms: &Terms,
        random: &mut Random,
    ) -> (DateTime<Utc>, Option<Cancellation>) {
        let starts_at = self.slot.starts_at;
        let latest = starts_at.min(as_of);
        let cutoff = starts_at - minutes(terms.cutoff_minutes);
        let cancelled = |at: DateTime<Utc>, source, random: &mut Random| {
            let created_at = at - some_minutes(10, 20 * DAY, random);
            (created_at, Some(Cancellation { at, source }))
        };
        match self.story {
            Story::Visit | Story::NoShow | Story::Disputed => {
                (latest - some_minutes(HOUR, 30 * DAY, random), None)
            }
            Story::Pending => {
                // Just now, or longer ago than an unpaid booking may hold its slot.
                let (least, most) = random.one_of(&[(1, 20), (3 * HOUR, 30 * HOUR)]);
                (latest - some_minutes(least, most, random), None)
            }
            Story::Early => {
                let at = cutoff.min(as_of) - some_minutes(1, 12 * DAY, random);
                cancelled(at, "customer", random)
            }
            Story::ByShop => {
                let at = cutoff.min(as_of) - some_minutes(1, 2 * DAY, random);
                cancelled(at, "admin", random)
            }
            Story::Late => {
                let at = starts_at - some_minutes(0, i64::from(terms.cutoff_minutes), random);
                cancelled(at, "customer", random)
            }
            Story::Abandoned => {
                let created_at = latest - some_minutes(2 * HOUR, 20 * DAY, random);
                let at = created_at + minutes(HELD_MINUTES);
                (created_at, Some(Cancellation { at, source: "system" }))
            }
        }
    }
}

pub fn minutes(number: i32) -> TimeDelta {
    TimeDelta::minutes(i64::from(number))
}

fn some_minutes(least: i64, most: i64, random: &mut Random) -> TimeDelta {
    TimeDelta::minutes(random.between(least, most))
}
