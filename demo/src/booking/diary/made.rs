//! What follows from a booking: its terms, its payment, what became of both.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Booking, Made, Payment, Shop, minutes};
use crate::{
    booking::{
        fate::{Fate, Paid, Story},
        terms::Mode,
    },
    copy::Money,
    random::Random,
};

// Chances in percent.
const BOOKED_BEFORE_TERMS: u32 = 10;
const MARKED_ATTENDED: u32 = 30;
const PARTLY_REFUNDED: u32 = 3;
const NOTHING_TO_PAY: u32 = 1;
const PAID_FOR_NOTHING: u32 = 3;
const CONFIRMATION_LOST: u32 = 5;
const NEVER_CONFIRMED: u32 = 8;
const STILL_BOOKED: u32 = 25;
const NO_ATTEMPT: u32 = 15;
/// Days after which an older program resolved, that left the status as it was.
const OLDER_PROGRAM_DAYS: i64 = 100;

impl Made {
    pub fn of(shop: &Shop, booking: &Booking, random: &mut Random) -> Self {
        let terms = if random.percent(BOOKED_BEFORE_TERMS) {
            shop.terms
        } else {
            random.one_of(&shop.versions)
        };
        let required = random.percent(match shop.trade.mode {
            Mode::None => 6,
            Mode::Deposit => 80,
            Mode::FullPrepay => 95,
        });
        let (created_at, cancellation) = booking.times(shop.as_of, &terms, random);
        let is_resolved_unless_processing =
            shop.resolved_at(booking.ends_at() + minutes(terms.grace_minutes));
        let fate = match Fate::of(booking.story, required, terms.refunds, random) {
            // Nothing is given back or disputed before the outcome is fixed.
            Fate::VisitRefunded | Fate::DisputeOpen | Fate::DisputeLost
                if is_resolved_unless_processing.is_none() =>
            {
                Fate::PaymentCaptured
            }
            fate => fate,
        };
        let mut made = Self {
            id: random.id(),
            terms,
            required,
            fate,
            created_at,
            cancellation,
            payment: None,
            resolved_at: None,
        };
        made.payment = made.paid(terms.amount(booking.service), random);
        // The application fixes a confirmation that expired itself, and nobody what is still pending.
        if fate != Fate::ConfirmationExpired && booking.story != Story::Pending {
            made.resolved_at = shop.resolved_at(made.due_at(shop, booking));
        }
        made
    }

    pub fn due_at(&self, shop: &Shop, booking: &Booking) -> DateTime<Utc> {
        let over_at = self
            .cancellation
            .as_ref()
            .map_or(booking.ends_at(), |cancellation| cancellation.at);
        let is_processing = self
            .payment
            .as_ref()
            .is_some_and(|payment| payment.status == "processing");
        let settling = if is_processing { shop.settle_hours * 60 } else { 0 };
        over_at + minutes(self.terms.grace_minutes + settling)
    }

    pub fn paid(&self, amount: Money, random: &mut Random) -> Option<Payment> {
        let unpaid = |status, random: &mut Random| Payment {
            id: random.id(),
            amount,
            status,
            succeeded_at: None,
            refunded: Money(0),
            refund_ref: None,
        };
        let failing = |random: &mut Random| {
            let status = random.one_of(&[
                "requires_payment_method",
                "requires_action",
                "processing",
                "failed",
                "canceled",
            ]);
            unpaid(status, random)
        };
        let succeeded = |at: DateTime<Utc>, refunded: bool, random: &mut Random| {
            let payment = unpaid("succeeded", random);
            Payment {
                succeeded_at: Some(at),
                refunded: if refunded { amount } else { Money(0) },
                refund_ref: refunded.then(|| format!("re_{}", payment.id.simple())),
                ..payment
            }
        };
        let in_time = self.created_at + minutes(2);
        let too_late = self.cancellation.as_ref().map_or(in_time, |cancellation| {
            cancellation.at + minutes(random.between(1, 50) as i32)
        });
        match self.fate.payment() {
            Paid::InTime => {
                let mut payment = succeeded(in_time, false, random);
                // A part that goes back does not make a visit a refunded one.
                if self.fate == Fate::PaymentCaptured && random.percent(PARTLY_REFUNDED) {
                    payment.refunded = Money(amount.0 / 2);
                }
                if random.percent(NOTHING_TO_PAY) {
                    (payment.amount, payment.refunded) = (Money(0), Money(0));
                }
                Some(payment)
            }
            Paid::AndRefunded => Some(succeeded(in_time, true, random)),
            Paid::TooLate => Some(succeeded(too_late, false, random)),
            Paid::TooLateAndRefunded => Some(succeeded(too_late, true, random)),
            Paid::Not => Some(failing(random)),
            Paid::NoAttempt => None,
            Paid::NotOrNoAttempt => (!random.percent(NO_ATTEMPT)).then(|| failing(random)),
            Paid::Free => random
                .percent(PAID_FOR_NOTHING)
                .then(|| unpaid("canceled", random)),
        }
    }

    /// The financial outcome and its reason, as far as they are fixed.
    pub fn outcome(&self) -> (&'static str, Option<&'static str>) {
        if self.resolved_at.is_some() || self.fate == Fate::ConfirmationExpired {
            let (outcome, reason) = self.fate.outcome();
            (outcome, Some(reason))
        } else {
            ("unresolved", None)
        }
    }

    pub fn status(&self, shop: &Shop, booking: &Booking, random: &mut Random) -> &'static str {
        if self.cancellation.is_some() {
            return "cancelled";
        }
        if let Some(at) = self.resolved_at {
            let by_older_program = shop.as_of - at > TimeDelta::days(OLDER_PROGRAM_DAYS);
            return if by_older_program && random.percent(STILL_BOOKED) {
                "booked"
            } else {
                "ended"
            };
        }
        let is_over = booking.ends_at() <= shop.as_of;
        let is_fresh = booking.slot.starts_at > shop.as_of - TimeDelta::days(1);
        let is_pending = match (booking.story, self.fate) {
            (Story::Pending, _) => true,
            (_, Fate::PaymentCaptured) => is_over && random.percent(CONFIRMATION_LOST),
            (_, Fate::NoPaymentRequired) => is_over && is_fresh && random.percent(NEVER_CONFIRMED),
            _ => false,
        };
        if is_pending { "pending" } else { "booked" }
    }

    pub fn attendance(&self, shop: &Shop, booking: &Booking, random: &mut Random) -> &'static str {
        let is_over = booking.ends_at() <= shop.as_of;
        let is_unpaid = self.resolved_at.is_some() && self.fate == Fate::PaymentNotCaptured;
        match booking.story {
            Story::NoShow => "no_show",
            Story::Visit if is_over && random.percent(MARKED_ATTENDED) => "attended",
            Story::Visit if is_unpaid && shop.unpaid_counts_as_no_show => "no_show",
            _ => "unknown",
        }
    }

    /// What resolve-outcomes writes down of its decision.
    pub fn outcome_meta(&self) -> String {
        let quoted =
            |value: Option<&str>| value.map_or_else(|| "null".to_owned(), |value| format!("\"{value}\""));
        let id = |id: Option<Uuid>| quoted(id.map(|id| id.to_string()).as_deref());
        let (outcome, reason) = match self.fate {
            // What was disputed had been settled.
            Fate::DisputeOpen | Fate::DisputeLost => Fate::PaymentCaptured.outcome(),
            fate => fate.outcome(),
        };
        let payment = self.payment.as_ref();
        format!(
            r#"{{"policyVersionId": {}, "paymentId": {}, "paymentStatus": {}, "financialOutcome": "{outcome}", "resolutionReason": "{reason}", "backfilled": {}}}"#,
            id(self.terms.version),
            id(payment.map(|payment| payment.id)),
            quoted(payment.map(|payment| payment.status)),
            self.cancellation.is_some(),
        )
    }
}
