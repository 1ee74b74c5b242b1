//! What becomes of appointments: pure, and the reason why a demo's shops look like shops.

use crate::random::Random;

/// What a customer is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    Reliable,
    Ordinary,
    /// Forgets, or cancels at the last minute.
    Careless,
    /// Begins to book and leaves before paying.
    Hesitant,
    /// Is on record, and never booked.
    Never,
}

impl Habit {
    /// A shop's mix, in percent.
    const MIX: [(Self, u32); 5] = [
        (Self::Reliable, 42),
        (Self::Ordinary, 33),
        (Self::Careless, 12),
        (Self::Hesitant, 8),
        (Self::Never, 5),
    ];

    pub fn draw(random: &mut Random) -> Self {
        random.weighted(&Self::MIX)
    }

    /// How many appointments, where the mean of all customers is about `mean`.
    pub fn appointments(self, mean: u32, random: &mut Random) -> u32 {
        match self {
            Self::Never => 0,
            _ => random.between(i64::from(mean > 0), 2 * i64::from(mean)) as u32,
        }
    }

    /// What becomes of an appointment whose time has passed.
    pub fn past(self, random: &mut Random) -> Story {
        use Story::{Abandoned, ByShop, Disputed, Early, Late, NoShow, Visit};
        match self {
            Self::Reliable => random.weighted(&[(Visit, 93), (Early, 4), (Late, 1), (ByShop, 2)]),
            Self::Ordinary | Self::Never => random.weighted(&[
                (Visit, 78),
                (NoShow, 3),
                (Early, 9),
                (Late, 4),
                (ByShop, 2),
                (Abandoned, 3),
                (Disputed, 1),
            ]),
            Self::Careless => random.weighted(&[
                (Visit, 42),
                (NoShow, 24),
                (Early, 8),
                (Late, 19),
                (ByShop, 2),
                (Abandoned, 3),
                (Disputed, 2),
            ]),
            Self::Hesitant => {
                random.weighted(&[(Visit, 50), (NoShow, 3), (Early, 10), (Late, 4), (Abandoned, 33)])
            }
        }
    }

    /// What has become of an appointment to come.
    pub fn future(self, random: &mut Random) -> Story {
        use Story::{Abandoned, ByShop, Early, Pending, Visit};
        random.weighted(&[
            (Visit, 78),
            (Early, 10),
            (ByShop, 2),
            (Abandoned, 4),
            (Pending, 6),
        ])
    }
}

/// The short of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    /// The customer came, or means to.
    Visit,
    NoShow,
    /// Cancelled by the customer before the cutoff, or after it.
    Early,
    Late,
    ByShop,
    /// Cancelled by the system, since nobody paid or confirmed.
    Abandoned,
    Disputed,
    /// Not paid or confirmed so far.
    Pending,
}

/// What has become of the money, or will have when the outcome is fixed: the reasons of booking.appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    PaymentCaptured,
    PaymentNotCaptured,
    NoPaymentRequired,
    VisitRefunded,
    RefundedBeforeCutoff,
    RefundedAfterCutoff,
    NoRefundAfterCutoff,
    BeforeCutoffNoRefundPolicy,
    RefundDue,
    ByShopNotRefunded,
    NoPaymentCaptured,
    FreeBeforeCutoff,
    FreeAfterCutoff,
    NotPaid,
    NotPayable,
    NotConfirmed,
    OrphanCaptured,
    OrphanRefunded,
    ConfirmationExpired,
    DisputeOpen,
    DisputeLost,
}

impl Fate {
    /// What `story` comes to, where it `is_paid` in advance under terms by which the shop `refunds` or not.
    pub fn of(story: Story, is_paid: bool, refunds: bool, random: &mut Random) -> Self {
        match (story, is_paid) {
            (Story::Visit | Story::NoShow | Story::Disputed | Story::Pending, false) => {
                Self::NoPaymentRequired
            }
            (Story::Early, false) | (Story::ByShop, false) => Self::FreeBeforeCutoff,
            (Story::Late, false) => Self::FreeAfterCutoff,
            (Story::Abandoned, false) => Self::NotConfirmed,
            (Story::Pending, true) => Self::PaymentNotCaptured,
            (Story::Visit, true) => random.weighted(&[
                (Self::PaymentCaptured, 94),
                (Self::PaymentNotCaptured, 4),
                (Self::VisitRefunded, 2),
            ]),
            (Story::NoShow, true) => {
                random.weighted(&[(Self::PaymentCaptured, 60), (Self::PaymentNotCaptured, 40)])
            }
            (Story::Early, true) if refunds => random.weighted(&[
                (Self::RefundedBeforeCutoff, 75),
                (Self::RefundDue, 12),
                (Self::NoPaymentCaptured, 13),
            ]),
            (Story::Early, true) => random.weighted(&[
                (Self::BeforeCutoffNoRefundPolicy, 85),
                (Self::NoPaymentCaptured, 15),
            ]),
            (Story::Late, true) => random.weighted(&[
                (Self::NoRefundAfterCutoff, 75),
                (Self::RefundedAfterCutoff, 15),
                (Self::NoPaymentCaptured, 10),
            ]),
            (Story::ByShop, true) => {
                random.weighted(&[(Self::RefundedBeforeCutoff, 60), (Self::ByShopNotRefunded, 40)])
            }
            (Story::Abandoned, true) => random.weighted(&[
                (Self::NotPaid, 70),
                (Self::NotPayable, 12),
                (Self::OrphanCaptured, 6),
                (Self::OrphanRefunded, 6),
                (Self::ConfirmationExpired, 6),
            ]),
            (Story::Disputed, true) => random.weighted(&[(Self::DisputeOpen, 40), (Self::DisputeLost, 60)]),
        }
    }

    /// The financial outcome and its reason.
    pub fn outcome(self) -> (&'static str, &'static str) {
        match self {
            Self::PaymentCaptured => ("settled", "payment_captured"),
            Self::PaymentNotCaptured => ("voided", "payment_not_captured"),
            Self::NoPaymentRequired => ("voided", "no_payment_required"),
            Self::VisitRefunded => ("refunded", "visit_refunded"),
            Self::RefundedBeforeCutoff => ("refunded", "cancelled_refunded_before_cutoff"),
            Self::RefundedAfterCutoff => ("refunded", "cancelled_refunded_after_cutoff"),
            Self::NoRefundAfterCutoff => ("settled", "cancelled_no_refund_after_cutoff"),
            Self::BeforeCutoffNoRefundPolicy => ("settled", "cancelled_before_cutoff_no_refund_policy"),
            Self::RefundDue => ("settled", "cancelled_refund_due"),
            Self::ByShopNotRefunded => ("settled", "cancelled_by_shop_not_refunded"),
            Self::NoPaymentCaptured => ("voided", "cancelled_no_payment_captured"),
            Self::FreeBeforeCutoff => ("voided", "cancelled_free_before_cutoff"),
            Self::FreeAfterCutoff => ("voided", "cancelled_free_after_cutoff"),
            Self::NotPaid => ("voided", "booking_not_paid"),
            Self::NotPayable => ("voided", "booking_not_payable"),
            Self::NotConfirmed => ("voided", "booking_not_confirmed"),
            Self::OrphanCaptured => ("settled", "orphan_payment_captured"),
            Self::OrphanRefunded => ("refunded", "orphan_payment_refunded"),
            Self::ConfirmationExpired => ("refunded", "confirmation_expired_refunded"),
            Self::DisputeOpen => ("disputed", "dispute_open"),
            Self::DisputeLost => ("disputed", "dispute_lost"),
        }
    }

    /// Whether a payment came through, and whether it went back.
    pub fn payment(self) -> Paid {
        match self {
            Self::PaymentCaptured
            | Self::NoRefundAfterCutoff
            | Self::BeforeCutoffNoRefundPolicy
            | Self::RefundDue
            | Self::ByShopNotRefunded
            | Self::DisputeOpen
            | Self::DisputeLost => Paid::InTime,
            Self::VisitRefunded | Self::RefundedBeforeCutoff | Self::RefundedAfterCutoff => Paid::AndRefunded,
            Self::OrphanCaptured => Paid::TooLate,
            Self::OrphanRefunded | Self::ConfirmationExpired => Paid::TooLateAndRefunded,
            Self::PaymentNotCaptured | Self::NoPaymentCaptured => Paid::NotOrNoAttempt,
            Self::NotPaid => Paid::Not,
            Self::NotPayable => Paid::NoAttempt,
            Self::NoPaymentRequired | Self::FreeBeforeCutoff | Self::FreeAfterCutoff | Self::NotConfirmed => {
                Paid::Free
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paid {
    InTime,
    AndRefunded,
    /// After the booking was cancelled.
    TooLate,
    TooLateAndRefunded,
    Not,
    NoAttempt,
    NotOrNoAttempt,
    Free,
}
