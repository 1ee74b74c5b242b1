//! Events for the tests of the rule.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::sample::select;

use crate::recompute_scores::event::{Attendance, CancelledBy, Event, Outcome, Reason, Source, Status};

pub fn as_of() -> DateTime<Utc> {
    "2026-11-22T02:00:00Z".parse().unwrap()
}

/// A visit that ended so many days ago, and of which nothing else is known.
pub fn visit(days_ago: i64) -> Event {
    Event {
        event_at: as_of() - TimeDelta::days(days_ago),
        status: Status::Ended,
        source: Source::Web,
        outcome: Outcome::Unresolved,
        reason: None,
        attendance: Attendance::Unknown,
        cancelled_by: None,
        is_long_before: false,
    }
}

pub fn settled(days_ago: i64) -> Event {
    Event {
        outcome: Outcome::Settled,
        ..visit(days_ago)
    }
}

pub fn voided(days_ago: i64) -> Event {
    Event {
        outcome: Outcome::Voided,
        reason: Some(Reason::PaymentNotCaptured),
        ..visit(days_ago)
    }
}

/// A free visit.
pub fn free(days_ago: i64) -> Event {
    Event {
        outcome: Outcome::Voided,
        reason: Some(Reason::Other),
        ..attended(days_ago)
    }
}

pub fn attended(days_ago: i64) -> Event {
    Event {
        attendance: Attendance::Attended,
        ..visit(days_ago)
    }
}

pub fn no_show(days_ago: i64) -> Event {
    Event {
        attendance: Attendance::NoShow,
        ..visit(days_ago)
    }
}

/// A visit that the customer cancelled so many days ago.
pub fn cancelled(days_ago: i64, reason: Reason) -> Event {
    Event {
        status: Status::Cancelled,
        outcome: Outcome::Voided,
        reason: Some(reason),
        cancelled_by: Some(CancelledBy::Customer),
        ..visit(days_ago)
    }
}

pub fn refunded(days_ago: i64) -> Event {
    cancelled(days_ago, Reason::CancelledRefundedBeforeCutoff)
}

pub fn late(days_ago: i64) -> Event {
    cancelled(days_ago, Reason::CancelledFreeAfterCutoff)
}

pub fn many(count: usize, event: Event) -> Vec<Event> {
    vec![event; count]
}

/// Any events that the table could hold, and a few that it could not.
pub fn any_events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(any_event(), 0..12)
}

fn any_event() -> impl Strategy<Value = Event> {
    use Reason::*;
    let reasons = vec![
        None,
        Some(ConfirmationExpiredRefunded),
        Some(BookingNotPaid),
        Some(CancelledNoPaymentCaptured),
        Some(CancelledFreeBeforeCutoff),
        Some(CancelledFreeAfterCutoff),
        Some(CancelledRefundedBeforeCutoff),
        Some(CancelledRefundedAfterCutoff),
        Some(CancelledBeforeCutoffNoRefundPolicy),
        Some(CancelledRefundDue),
        Some(CancelledNoRefundAfterCutoff),
        Some(PaymentNotCaptured),
        Some(DisputeLost),
        Some(Other),
    ];
    let by = vec![
        None,
        Some(CancelledBy::Customer),
        Some(CancelledBy::System),
        Some(CancelledBy::Admin),
    ];
    (
        0..=(180 * 86_400_i64),
        select(vec![
            Status::Pending,
            Status::Booked,
            Status::Cancelled,
            Status::Ended,
        ]),
        select(vec![Source::Web, Source::Admin, Source::SlotRecovery]),
        select(vec![
            Outcome::Unresolved,
            Outcome::Settled,
            Outcome::Voided,
            Outcome::Refunded,
            Outcome::Disputed,
        ]),
        select(reasons),
        select(vec![
            Attendance::Unknown,
            Attendance::Attended,
            Attendance::NoShow,
        ]),
        select(by),
        any::<bool>(),
    )
        .prop_map(
            |(seconds, status, source, outcome, reason, attendance, cancelled_by, is_long_before)| Event {
                event_at: as_of() - TimeDelta::seconds(seconds),
                status,
                source,
                outcome,
                reason,
                attendance,
                cancelled_by,
                is_long_before,
            },
        )
}
