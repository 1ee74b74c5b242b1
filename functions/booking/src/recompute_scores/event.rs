//! An appointment as the scores see it.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef, Postgres};

/// A free booking that is cancelled longer than this before its start says nothing of the customer: the shop has
/// the time to fill the slot.
pub const FREE_NOTICE: TimeDelta = TimeDelta::days(7);

/// An appointment within the window, in the order of the read query's rows.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::Decode)]
pub struct Event {
    /// The instant at which it is dated: its cancellation, or else its end.
    pub event_at: DateTime<Utc>,
    pub status: Status,
    pub source: Source,
    pub outcome: Outcome,
    pub reason: Option<Reason>,
    pub attendance: Attendance,
    pub cancelled_by: Option<CancelledBy>,
    /// Whether that instant lies more than [`FREE_NOTICE`] before the start.
    pub is_long_before: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Status {
    Pending,
    Booked,
    Cancelled,
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Source {
    Web,
    Admin,
    SlotRecovery,
}

/// What became of the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Outcome {
    Unresolved,
    Settled,
    Voided,
    Refunded,
    Disputed,
}

/// Whether the customer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Attendance {
    Unknown,
    Attended,
    NoShow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum CancelledBy {
    Customer,
    System,
    Admin,
}

/// Why the outcome is what it is, as far as the scores ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    ConfirmationExpiredRefunded,
    BookingNotPaid,
    CancelledNoPaymentCaptured,
    CancelledFreeBeforeCutoff,
    CancelledFreeAfterCutoff,
    CancelledRefundedBeforeCutoff,
    CancelledRefundedAfterCutoff,
    CancelledBeforeCutoffNoRefundPolicy,
    CancelledRefundDue,
    CancelledNoRefundAfterCutoff,
    PaymentNotCaptured,
    DisputeLost,
    /// Any other, those included that are yet to be thought of.
    Other,
}

impl sqlx::Type<Postgres> for Event {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("record")
    }
}

impl sqlx::Decode<'_, Postgres> for Reason {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(match value.as_str()? {
            "confirmation_expired_refunded" => Self::ConfirmationExpiredRefunded,
            "booking_not_paid" => Self::BookingNotPaid,
            "cancelled_no_payment_captured" => Self::CancelledNoPaymentCaptured,
            "cancelled_free_before_cutoff" => Self::CancelledFreeBeforeCutoff,
            "cancelled_free_after_cutoff" => Self::CancelledFreeAfterCutoff,
            "cancelled_refunded_before_cutoff" => Self::CancelledRefundedBeforeCutoff,
            "cancelled_refunded_after_cutoff" => Self::CancelledRefundedAfterCutoff,
            "cancelled_before_cutoff_no_refund_policy" => Self::CancelledBeforeCutoffNoRefundPolicy,
            "cancelled_refund_due" => Self::CancelledRefundDue,
            "cancelled_no_refund_after_cutoff" => Self::CancelledNoRefundAfterCutoff,
            "payment_not_captured" => Self::PaymentNotCaptured,
            "dispute_lost" => Self::DisputeLost,
            _ => Self::Other,
        })
    }
}

impl sqlx::Type<Postgres> for Reason {
    fn type_info() -> PgTypeInfo {
        <str as sqlx::Type<Postgres>>::type_info()
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        <str as sqlx::Type<Postgres>>::compatible(ty)
    }
}
