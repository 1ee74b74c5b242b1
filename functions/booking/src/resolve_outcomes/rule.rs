//! What becomes of an appointment's money, told from stored facts.
//!
//! Whether the customer came is another matter: the only thing said of it here is that a shop may take a visit
//! that was never paid for one that never happened.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

/// An appointment whose outcome is due.
#[derive(Debug, Clone)]
pub struct Appointment {
    pub starts_at: DateTime<Utc>,
    pub payment_required: bool,
    /// None: it was a visit, as far as anybody knows.
    pub cancelled: Option<Cancellation>,
    pub payment: Option<Payment>,
    pub terms: Terms,
}

#[derive(Debug, Clone, Copy)]
pub struct Cancellation {
    pub at: DateTime<Utc>,
    pub by: By,
}

/// Who cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Customer,
    System,
    Admin,
}

#[derive(Debug, Clone)]
pub struct Payment {
    pub is_captured: bool,
    pub amount: Decimal,
    pub refunded_amount: Decimal,
    /// The payment provider knows of a refund, whatever its amount.
    pub has_refund_ref: bool,
    pub succeeded_at: Option<DateTime<Utc>>,
}

/// The terms of cancellation: those the appointment was booked under, else the shop's of today.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub cancel_cutoff_minutes: i32,
    pub refund_before_cutoff: bool,
}

/// What an appointment is resolved to: the reason, from which the outcome follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    PaymentCaptured,
    PaymentNotCaptured,
    NoPaymentRequired,
    VisitRefunded,
    CancelledRefundedBeforeCutoff,
    CancelledRefundedAfterCutoff,
    CancelledNoRefundAfterCutoff,
    CancelledBeforeCutoffNoRefundPolicy,
    CancelledRefundDue,
    CancelledByShopNotRefunded,
    CancelledNoPaymentCaptured,
    CancelledFreeBeforeCutoff,
    CancelledFreeAfterCutoff,
    BookingNotPaid,
    BookingNotPayable,
    BookingNotConfirmed,
    OrphanPaymentCaptured,
    OrphanPaymentRefunded,
}

/// What became of the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Settled,
    Voided,
    Refunded,
}

impl Appointment {
    pub fn resolution(&self) -> Resolution {
        match self.cancelled {
            None => self.of_visit(),
            Some(cancellation) => self.of_cancellation(cancellation),
        }
    }

    fn of_visit(&self) -> Resolution {
        match &self.payment {
            _ if !self.payment_required => Resolution::NoPaymentRequired,
            Some(payment) if payment.is_captured && payment.is_refunded_wholly() => Resolution::VisitRefunded,
            Some(payment) if payment.is_captured => Resolution::PaymentCaptured,
            _ => Resolution::PaymentNotCaptured,
        }
    }

    fn of_cancellation(&self, cancellation: Cancellation) -> Resolution {
        let cutoff = self.starts_at - TimeDelta::minutes(self.terms.cancel_cutoff_minutes.into());
        let is_early = cancellation.at < cutoff;
        match &self.payment {
            Some(payment) if payment.is_refunded() => match () {
                () if payment.is_orphan(cancellation) => Resolution::OrphanPaymentRefunded,
                () if is_early => Resolution::CancelledRefundedBeforeCutoff,
                () => Resolution::CancelledRefundedAfterCutoff,
            },
            Some(payment) if payment.is_captured => match cancellation.by {
                _ if payment.is_orphan(cancellation) => Resolution::OrphanPaymentCaptured,
                By::System | By::Admin => Resolution::CancelledByShopNotRefunded,
                By::Customer if is_early && self.terms.refund_before_cutoff => Resolution::CancelledRefundDue,
                By::Customer if is_early => Resolution::CancelledBeforeCutoffNoRefundPolicy,
                By::Customer => Resolution::CancelledNoRefundAfterCutoff,
            },
            payment if self.payment_required => match (cancellation.by, payment) {
                (By::System, Some(_)) => Resolution::BookingNotPaid,
                (By::System, None) => Resolution::BookingNotPayable,
                _ => Resolution::CancelledNoPaymentCaptured,
            },
            _ if cancellation.by == By::System => Resolution::BookingNotConfirmed,
            _ if is_early => Resolution::CancelledFreeBeforeCutoff,
            _ => Resolution::CancelledFreeAfterCutoff,
        }
    }

    /// Whether the shop holds money that it owes the customer.
    pub fn is_refund_due(&self, resolution: Resolution) -> bool {
        let is_owed = matches!(
            resolution,
            Resolution::OrphanPaymentCaptured
                | Resolution::CancelledByShopNotRefunded
                | Resolution::CancelledRefundDue
        );
        is_owed
            && self
                .payment
                .as_ref()
                .is_some_and(|payment| payment.amount > Decimal::ZERO)
    }
}

impl Payment {
    /// Of a visit, a part that was given back does not undo it.
    fn is_refunded_wholly(&self) -> bool {
        self.amount > Decimal::ZERO && self.refunded_amount >= self.amount
    }

    /// Of a cancellation, any refund is the one for it.
    fn is_refunded(&self) -> bool {
        self.refunded_amount > Decimal::ZERO || self.has_refund_ref
    }

    /// Whether it was charged for an appointment that had been cancelled already.
    fn is_orphan(&self, cancellation: Cancellation) -> bool {
        self.is_captured && self.succeeded_at.is_some_and(|at| at > cancellation.at)
    }
}

impl Resolution {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentCaptured => "payment_captured",
            Self::PaymentNotCaptured => "payment_not_captured",
            Self::NoPaymentRequired => "no_payment_required",
            Self::VisitRefunded => "visit_refunded",
            Self::CancelledRefundedBeforeCutoff => "cancelled_refunded_before_cutoff",
            Self::CancelledRefundedAfterCutoff => "cancelled_refunded_after_cutoff",
            Self::CancelledNoRefundAfterCutoff => "cancelled_no_refund_after_cutoff",
            Self::CancelledBeforeCutoffNoRefundPolicy => "cancelled_before_cutoff_no_refund_policy",
            Self::CancelledRefundDue => "cancelled_refund_due",
            Self::CancelledByShopNotRefunded => "cancelled_by_shop_not_refunded",
            Self::CancelledNoPaymentCaptured => "cancelled_no_payment_captured",
            Self::CancelledFreeBeforeCutoff => "cancelled_free_before_cutoff",
            Self::CancelledFreeAfterCutoff => "cancelled_free_after_cutoff",
            Self::BookingNotPaid => "booking_not_paid",
            Self::BookingNotPayable => "booking_not_payable",
            Self::BookingNotConfirmed => "booking_not_confirmed",
            Self::OrphanPaymentCaptured => "orphan_payment_captured",
            Self::OrphanPaymentRefunded => "orphan_payment_refunded",
        }
    }

    pub const fn outcome(self) -> Outcome {
        match self {
            Self::PaymentCaptured
            | Self::CancelledNoRefundAfterCutoff
            | Self::CancelledBeforeCutoffNoRefundPolicy
            | Self::CancelledRefundDue
            | Self::CancelledByShopNotRefunded
            | Self::OrphanPaymentCaptured => Outcome::Settled,
            Self::VisitRefunded
            | Self::CancelledRefundedBeforeCutoff
            | Self::CancelledRefundedAfterCutoff
            | Self::OrphanPaymentRefunded => Outcome::Refunded,
            Self::PaymentNotCaptured
            | Self::NoPaymentRequired
            | Self::CancelledNoPaymentCaptured
            | Self::CancelledFreeBeforeCutoff
            | Self::CancelledFreeAfterCutoff
            | Self::BookingNotPaid
            | Self::BookingNotPayable
            | Self::BookingNotConfirmed => Outcome::Voided,
        }
    }

    /// Why money is owed, for the shop's owner; only of those for which a refund may be due.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::OrphanPaymentCaptured => "The payment came in after the appointment had been cancelled.",
            Self::CancelledByShopNotRefunded => {
                "The appointment was paid for, and then cancelled by the shop or the booking system."
            }
            _ => "The customer cancelled in time, and your terms promise the money back.",
        }
    }
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Voided => "voided",
            Self::Refunded => "refunded",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn starts_at() -> DateTime<Utc> {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    prop_compose! {
        fn payments()(
            is_captured: bool, amount in 0..3_i64, refunded_amount in 0..3_i64, has_refund_ref: bool,
            charged_minutes_before in prop::option::of(-3000..3000_i64),
        ) -> Payment {
            Payment {
                is_captured,
                amount: amount.into(),
                refunded_amount: refunded_amount.into(),
                has_refund_ref,
                succeeded_at: charged_minutes_before.map(|minutes| starts_at() - TimeDelta::minutes(minutes)),
            }
        }
    }

    prop_compose! {
        fn appointments()(
            payment_required: bool,
            cancelled in prop::option::of((-3000..3000_i64, prop::sample::select(vec![By::Customer, By::System, By::Admin]))),
            payment in prop::option::of(payments()),
            cancel_cutoff_minutes in 0..2880_i32,
            refund_before_cutoff: bool,
        ) -> Appointment {
            Appointment {
                starts_at: starts_at(),
                payment_required,
                cancelled: cancelled.map(|(minutes_before, by)| Cancellation {
                    at: starts_at() - TimeDelta::minutes(minutes_before),
                    by,
                }),
                payment,
                terms: Terms { cancel_cutoff_minutes, refund_before_cutoff },
            }
        }
    }

    proptest! {
        #[test]
        fn the_outcome_is_what_the_payment_says(appointment in appointments()) {
            let resolution = appointment.resolution();
            let payment = appointment.payment.as_ref();
            match resolution.outcome() {
                Outcome::Settled => prop_assert!(payment.is_some_and(|payment| payment.is_captured)),
                Outcome::Refunded => prop_assert!(payment.is_some_and(|payment| payment.is_refunded())),
                Outcome::Voided => {
                    let kept = payment.is_some_and(|payment| payment.is_captured);
                    prop_assert!(!kept || resolution == Resolution::NoPaymentRequired);
                }
            }
        }

        #[test]
        fn a_refund_is_due_only_of_money_that_is_there(appointment in appointments()) {
            let resolution = appointment.resolution();
            if appointment.is_refund_due(resolution) {
                let payment = appointment.payment.as_ref().unwrap();
                prop_assert!(payment.is_captured && payment.amount > Decimal::ZERO && !payment.is_refunded());
                prop_assert!(appointment.cancelled.is_some());
            }
        }

        #[test]
        fn who_cancels_earlier_is_never_worse_off(appointment in appointments(), minutes in 1..3000_i64) {
            let Some(cancellation) = appointment.cancelled else { return Ok(()) };
            let earlier = Appointment {
                cancelled: Some(Cancellation { at: cancellation.at - TimeDelta::minutes(minutes), ..cancellation }),
                ..appointment.clone()
            };
            let is_late = |resolution| matches!(
                resolution,
                Resolution::CancelledRefundedAfterCutoff
                    | Resolution::CancelledNoRefundAfterCutoff
                    | Resolution::CancelledFreeAfterCutoff
            );
            prop_assert!(is_late(appointment.resolution()) || !is_late(earlier.resolution()));
        }

        #[test]
        fn a_visit_is_judged_without_its_start_and_the_terms_of_cancelling(
            appointment in appointments(), minutes in 0..3000_i64
        ) {
            let visit = Appointment { cancelled: None, ..appointment };
            let other = Appointment {
                starts_at: starts_at() + TimeDelta::minutes(minutes),
                terms: Terms { cancel_cutoff_minutes: 0, refund_before_cutoff: !visit.terms.refund_before_cutoff },
                ..visit.clone()
            };
            prop_assert_eq!(visit.resolution(), other.resolution());
        }
    }
}
