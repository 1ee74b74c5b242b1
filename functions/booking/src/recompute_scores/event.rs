//! An appointment as the scores see it.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::Decode;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef, Postgres};

/// A free booking that is cancelled longer than this before its start says nothing of the customer: the shop has
/// the time to fill the slot.
pub const FREE_NOTICE: TimeDelta = TimeDelta::days(7);

/// An appointment within the window, in the order of the read query's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pending,
    Booked,
    Cancelled,
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Web,
    Admin,
    SlotRecovery,
}

/// What became of the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Unresolved,
    Settled,
    Voided,
    Refunded,
    Disputed,
}

/// Whether the customer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    Unknown,
    Attended,
    NoShow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// By hand, because there are ten events a customer, and the driver's own decoder looks up the type of every field anew.
impl Decode<'_, Postgres> for Event {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let mut fields = Fields::of(value.as_bytes()?)?;
        let event_at = fields.some()?.try_into().map(i64::from_be_bytes)?;
        Ok(Self {
            event_at: epoch() + TimeDelta::microseconds(event_at),
            status: match fields.some()? {
                b"pending" => Status::Pending,
                b"booked" => Status::Booked,
                b"cancelled" => Status::Cancelled,
                b"ended" => Status::Ended,
                other => return unknown("status", other),
            },
            source: match fields.some()? {
                b"web" => Source::Web,
                b"admin" => Source::Admin,
                b"slot_recovery" => Source::SlotRecovery,
                other => return unknown("source", other),
            },
            outcome: match fields.some()? {
                b"unresolved" => Outcome::Unresolved,
                b"settled" => Outcome::Settled,
                b"voided" => Outcome::Voided,
                b"refunded" => Outcome::Refunded,
                b"disputed" => Outcome::Disputed,
                other => return unknown("financial_outcome", other),
            },
            reason: fields.next()?.map(Reason::of),
            attendance: match fields.some()? {
                b"unknown" => Attendance::Unknown,
                b"attended" => Attendance::Attended,
                b"no_show" => Attendance::NoShow,
                other => return unknown("attendance", other),
            },
            cancelled_by: match fields.next()? {
                None => None,
                Some(b"customer") => Some(CancelledBy::Customer),
                Some(b"system") => Some(CancelledBy::System),
                Some(b"admin") => Some(CancelledBy::Admin),
                Some(other) => return unknown("cancellation_source", other),
            },
            is_long_before: fields.some()? == [1],
        })
    }
}

fn unknown<T>(column: &str, word: &[u8]) -> Result<T, BoxDynError> {
    Err(format!("the {column} '{}' is unknown", String::from_utf8_lossy(word)).into())
}

/// PostgreSQL counts its instants from here, in microseconds.
fn epoch() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(10_957)
}

/// The fields of a record as PostgreSQL sends it: their number, and for each its type, its length and its bytes.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn of(record: &'a [u8]) -> Result<Self, BoxDynError> {
        match record.split_at_checked(4) {
            Some(([0, 0, 0, 8], fields)) => Ok(Self(fields)),
            _ => Err("an event has eight fields".into()),
        }
    }

    fn next(&mut self) -> Result<Option<&'a [u8]>, BoxDynError> {
        let cut = || "an event's record is cut short";
        let (head, rest) = self.0.split_at_checked(8).ok_or_else(cut)?;
        let length = i32::from_be_bytes(head[4..].try_into()?);
        // NULL has the length -1.
        let Ok(length) = usize::try_from(length) else {
            self.0 = rest;
            return Ok(None);
        };
        let (field, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        self.0 = rest;
        Ok(Some(field))
    }

    fn some(&mut self) -> Result<&'a [u8], BoxDynError> {
        self.next()?.ok_or_else(|| "an event's field is missing".into())
    }
}

impl Reason {
    fn of(word: &[u8]) -> Self {
        match word {
            b"confirmation_expired_refunded" => Self::ConfirmationExpiredRefunded,
            b"booking_not_paid" => Self::BookingNotPaid,
            b"cancelled_no_payment_captured" => Self::CancelledNoPaymentCaptured,
            b"cancelled_free_before_cutoff" => Self::CancelledFreeBeforeCutoff,
            b"cancelled_free_after_cutoff" => Self::CancelledFreeAfterCutoff,
            b"cancelled_refunded_before_cutoff" => Self::CancelledRefundedBeforeCutoff,
            b"cancelled_refunded_after_cutoff" => Self::CancelledRefundedAfterCutoff,
            b"cancelled_before_cutoff_no_refund_policy" => Self::CancelledBeforeCutoffNoRefundPolicy,
            b"cancelled_refund_due" => Self::CancelledRefundDue,
            b"cancelled_no_refund_after_cutoff" => Self::CancelledNoRefundAfterCutoff,
            b"payment_not_captured" => Self::PaymentNotCaptured,
            b"dispute_lost" => Self::DisputeLost,
            _ => Self::Other,
        }
    }
}
