//! What an appointment says of its customer.

use crate::recompute_scores::event::{Attendance, CancelledBy, Event, Outcome, Reason, Source, Status};

/// What an appointment counts as in the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    Settled,
    Voided,
    Refunded,
    LateCancel,
    /// Booked and left unpaid, so that the slot was held for nothing.
    Abandoned,
}

/// What it counts as in the no-show statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reliability {
    Completed,
    NoShow,
    LateCancel,
    Cancel,
}

type Classes = (Option<Payment>, Option<Reliability>);

const NOTHING: Classes = (None, None);
const CANCEL: Classes = (Some(Payment::Refunded), Some(Reliability::Cancel));
const LATE_CANCEL: Classes = (Some(Payment::LateCancel), Some(Reliability::LateCancel));

/// Sorts an appointment into at most one class of each kind.
pub fn classes(event: &Event) -> Classes {
    match event.status {
        Status::Pending => NOTHING,
        Status::Cancelled => of_cancelled(event),
        Status::Booked | Status::Ended => of_visit(event),
    }
}

fn of_cancelled(event: &Event) -> Classes {
    let by_customer = event.cancelled_by == Some(CancelledBy::Customer);
    let is_unpaid = match event.reason {
        Some(Reason::BookingNotPaid) => true,
        Some(Reason::CancelledNoPaymentCaptured) => by_customer,
        _ => false,
    };
    match event.reason {
        Some(Reason::ConfirmationExpiredRefunded) => CANCEL,
        // What the shop booked itself nobody abandoned.
        _ if is_unpaid && event.source != Source::Admin => (Some(Payment::Abandoned), None),
        _ if !by_customer => NOTHING,
        Some(Reason::CancelledFreeBeforeCutoff) if event.is_long_before => NOTHING,
        Some(
            Reason::CancelledRefundedBeforeCutoff
            | Reason::CancelledRefundedAfterCutoff
            | Reason::CancelledFreeBeforeCutoff
            | Reason::CancelledBeforeCutoffNoRefundPolicy
            | Reason::CancelledRefundDue,
        ) => CANCEL,
        Some(Reason::CancelledNoRefundAfterCutoff | Reason::CancelledFreeAfterCutoff) => LATE_CANCEL,
        _ => NOTHING,
    }
}

fn of_visit(event: &Event) -> Classes {
    const COMPLETED: Option<Reliability> = Some(Reliability::Completed);
    match (event.attendance, event.outcome, event.reason) {
        (Attendance::NoShow, _, _) => (Some(Payment::Voided), Some(Reliability::NoShow)),
        (_, Outcome::Settled, _) => (Some(Payment::Settled), COMPLETED),
        (_, Outcome::Disputed, Some(Reason::DisputeLost)) => (Some(Payment::Voided), COMPLETED),
        (Attendance::Attended, Outcome::Voided, Some(Reason::PaymentNotCaptured)) => (None, COMPLETED),
        (_, Outcome::Voided, Some(Reason::PaymentNotCaptured)) => (Some(Payment::Voided), None),
        (_, Outcome::Refunded | Outcome::Disputed | Outcome::Voided, _) => (None, COMPLETED),
        (Attendance::Attended, Outcome::Unresolved, _) => (None, COMPLETED),
        (_, Outcome::Unresolved, _) => NOTHING,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recompute_scores::rule::samples::{cancelled, visit};

    const COMPLETED: Option<Reliability> = Some(Reliability::Completed);

    #[test]
    fn a_visit_counts_by_attendance_first_and_by_its_money_then() {
        use Attendance::{Attended, NoShow, Unknown};
        use Outcome::{Disputed, Refunded, Settled, Unresolved, Voided};
        let table = [
            (
                NoShow,
                Settled,
                None,
                (Some(Payment::Voided), Some(Reliability::NoShow)),
            ),
            (
                NoShow,
                Unresolved,
                None,
                (Some(Payment::Voided), Some(Reliability::NoShow)),
            ),
            (Unknown, Settled, None, (Some(Payment::Settled), COMPLETED)),
            (
                Unknown,
                Disputed,
                Some(Reason::DisputeLost),
                (Some(Payment::Voided), COMPLETED),
            ),
            (Unknown, Disputed, Some(Reason::Other), (None, COMPLETED)),
            (
                Attended,
                Voided,
                Some(Reason::PaymentNotCaptured),
                (None, COMPLETED),
            ),
            (
                Unknown,
                Voided,
                Some(Reason::PaymentNotCaptured),
                (Some(Payment::Voided), None),
            ),
            (Unknown, Voided, Some(Reason::Other), (None, COMPLETED)),
            (Unknown, Voided, None, (None, COMPLETED)),
            (
                Unknown,
                Refunded,
                Some(Reason::PaymentNotCaptured),
                (None, COMPLETED),
            ),
            (Attended, Unresolved, None, (None, COMPLETED)),
            (Unknown, Unresolved, None, NOTHING),
        ];
        for (attendance, outcome, reason, expected) in table {
            let ended = Event {
                attendance,
                outcome,
                reason,
                ..visit(1)
            };
            let booked = Event {
                status: Status::Booked,
                ..ended.clone()
            };
            let pending = Event {
                status: Status::Pending,
                ..ended.clone()
            };
            assert_eq!(
                [&ended, &booked, &pending].map(classes),
                [expected, expected, NOTHING],
                "{ended:?}"
            );
        }
    }

    /// By the customer, then by the system, then by the shop.
    fn by_everybody(event: &Event) -> [Classes; 3] {
        [CancelledBy::Customer, CancelledBy::System, CancelledBy::Admin].map(|by| {
            classes(&Event {
                cancelled_by: Some(by),
                ..event.clone()
            })
        })
    }

    #[test]
    fn a_cancellation_counts_by_its_reason_where_it_is_the_customers_own() {
        let abandoned = (Some(Payment::Abandoned), None);
        let table = [
            (Reason::ConfirmationExpiredRefunded, [CANCEL; 3]),
            (Reason::BookingNotPaid, [abandoned; 3]),
            (Reason::CancelledNoPaymentCaptured, [abandoned, NOTHING, NOTHING]),
            (Reason::CancelledRefundedBeforeCutoff, [CANCEL, NOTHING, NOTHING]),
            (Reason::CancelledRefundedAfterCutoff, [CANCEL, NOTHING, NOTHING]),
            (Reason::CancelledFreeBeforeCutoff, [CANCEL, NOTHING, NOTHING]),
            (
                Reason::CancelledBeforeCutoffNoRefundPolicy,
                [CANCEL, NOTHING, NOTHING],
            ),
            (Reason::CancelledRefundDue, [CANCEL, NOTHING, NOTHING]),
            (
                Reason::CancelledNoRefundAfterCutoff,
                [LATE_CANCEL, NOTHING, NOTHING],
            ),
            (Reason::CancelledFreeAfterCutoff, [LATE_CANCEL, NOTHING, NOTHING]),
            (Reason::PaymentNotCaptured, [NOTHING; 3]),
            (Reason::Other, [NOTHING; 3]),
        ];
        for (reason, expected) in table {
            assert_eq!(by_everybody(&cancelled(1, reason)), expected, "{reason:?}");
        }
        let unresolved = Event {
            reason: None,
            ..cancelled(1, Reason::Other)
        };
        assert_eq!(by_everybody(&unresolved), [NOTHING; 3]);
    }

    #[test]
    fn what_the_shop_booked_itself_nobody_abandoned() {
        for reason in [Reason::BookingNotPaid, Reason::CancelledNoPaymentCaptured] {
            let by_admin = Event {
                source: Source::Admin,
                ..cancelled(1, reason)
            };
            let recovered = Event {
                source: Source::SlotRecovery,
                ..by_admin.clone()
            };
            assert_eq!(
                [&by_admin, &recovered].map(classes),
                [NOTHING, (Some(Payment::Abandoned), None)]
            );
        }
    }

    #[test]
    fn long_notice_excuses_a_free_booking_and_no_other() {
        for (reason, expected) in [
            (Reason::CancelledFreeBeforeCutoff, NOTHING),
            (Reason::CancelledRefundedBeforeCutoff, CANCEL),
            (Reason::CancelledFreeAfterCutoff, LATE_CANCEL),
        ] {
            let early = Event {
                is_long_before: true,
                ..cancelled(1, reason)
            };
            assert_eq!(classes(&early), expected, "{reason:?}");
        }
    }
}
