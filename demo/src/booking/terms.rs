//! Under what terms a shop takes bookings: now, and when an earlier appointment was booked.

use chrono::{DateTime, NaiveTime, Utc};
use uuid::Uuid;

use crate::{
    copy::{Money, Rows},
    random::Random,
};

use super::places::Service;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    None,
    Deposit,
    FullPrepay,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Deposit => "deposit",
            Self::FullPrepay => "full_prepay",
        }
    }
}

/// The terms of one appointment. `version` is the snapshot that they stand in; without one they are the shop's
/// of today.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub version: Option<Uuid>,
    pub mode: Mode,
    pub deposit: Money,
    pub cutoff_minutes: i32,
    pub refunds: bool,
    pub grace_minutes: i32,
}

impl Terms {
    /// Those of a shop without settings.
    pub const DEFAULT: Self = Self {
        version: None,
        mode: Mode::None,
        deposit: Money(0),
        cutoff_minutes: 1440,
        refunds: true,
        grace_minutes: 30,
    };

    /// What the customer pays in advance.
    pub fn amount(&self, service: Service) -> Money {
        match self.mode {
            // Paid in advance although nobody had to.
            Mode::None => service.price,
            Mode::Deposit => self.deposit,
            Mode::FullPrepay => service.price,
        }
    }
}

/// A shop's settings, where it has a row of them; what is not here has its default.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    pub terms: Terms,
    pub settle_hours: i32,
    pub unpaid_counts_as_no_show: bool,
    offers_enabled: bool,
    offer_ttl_minutes: i32,
    quiet: [NaiveTime; 2],
    exclude_risk: bool,
    owner: bool,
}

const MIDNIGHT: NaiveTime = NaiveTime::MIN;
const EVENING: NaiveTime = NaiveTime::from_hms_opt(20, 30, 0).expect("a time");
const MORNING: NaiveTime = NaiveTime::from_hms_opt(7, 0, 0).expect("a time");

impl Setting {
    pub const DEFAULT_SETTLE_HOURS: i32 = 24;

    /// The `number`th shop's: of four shops one has no row, one is strict and one makes no offers.
    pub fn of(number: u32, mode: Mode) -> Option<Self> {
        let usual = Self {
            terms: Terms {
                mode,
                deposit: Money(20_00),
                ..Terms::DEFAULT
            },
            settle_hours: Self::DEFAULT_SETTLE_HOURS,
            unpaid_counts_as_no_show: false,
            offers_enabled: true,
            offer_ttl_minutes: 15,
            quiet: [EVENING, MORNING],
            exclude_risk: false,
            owner: true,
        };
        match number % 4 {
            0 => Some(usual),
            1 => None,
            2 => Some(Self {
                terms: Terms {
                    deposit: Money(35_50),
                    cutoff_minutes: 2880,
                    refunds: false,
                    grace_minutes: 120,
                    ..usual.terms
                },
                settle_hours: 48,
                unpaid_counts_as_no_show: true,
                offer_ttl_minutes: 30,
                quiet: [MIDNIGHT, MIDNIGHT],
                exclude_risk: true,
                ..usual
            }),
            _ => Some(Self {
                offers_enabled: false,
                owner: false,
                ..usual
            }),
        }
    }

    pub fn rows() -> Rows {
        Rows::new(
            "copy booking.setting (
                 id, tenant_id, resolution_grace_minutes, payment_settle_hours, cancel_cutoff_minutes,
                 refund_before_cutoff, unpaid_counts_as_no_show, offers_enabled, offer_ttl_minutes, quiet_start,
                 quiet_end, exclude_risk_from_offers, payment_mode, deposit_amount, currency, owner_email, created_at
             )
             from stdin (format binary)",
        )
    }

    pub fn push(
        &self,
        rows: &mut Rows,
        id: Uuid,
        shop: (Uuid, &str),
        currency: &str,
        created_at: DateTime<Utc>,
    ) {
        let (tenant, slug) = shop;
        rows.push(&[
            &id,
            &tenant,
            &self.terms.grace_minutes,
            &self.settle_hours,
            &self.terms.cutoff_minutes,
            &self.terms.refunds,
            &self.unpaid_counts_as_no_show,
            &self.offers_enabled,
            &self.offer_ttl_minutes,
            &self.quiet[0],
            &self.quiet[1],
            &self.exclude_risk,
            &self.terms.mode.as_str(),
            &self.terms.deposit,
            &currency,
            &self.owner.then(|| format!("owner.{slug}@example.com")),
            &created_at,
        ]);
    }
}

/// The terms of earlier and of today's bookings: those of a shop's first months, stricter ones, today's.
pub fn versions(today: Terms, mode: Mode, random: &mut Random) -> [Terms; 3] {
    let deposit = if today.deposit.0 > 0 {
        today.deposit
    } else {
        Money(15_00)
    };
    [
        Terms {
            cutoff_minutes: 720,
            refunds: true,
            deposit: Money(10_00),
            grace_minutes: 0,
            ..today
        },
        Terms {
            cutoff_minutes: 4320,
            refunds: false,
            deposit,
            ..today
        },
        Terms { deposit, ..today },
    ]
    .map(|terms| Terms {
        version: Some(random.id()),
        mode,
        ..terms
    })
}

pub fn version_rows() -> Rows {
    Rows::new(
        "copy booking.policy_version (
             id, tenant_id, payment_mode, deposit_amount, currency, cancel_cutoff_minutes, refund_before_cutoff,
             resolution_grace_minutes, created_at
         )
         from stdin (format binary)",
    )
}

pub fn push_version(rows: &mut Rows, tenant: Uuid, currency: &str, terms: &Terms, created_at: DateTime<Utc>) {
    rows.push(&[
        &terms.version,
        &tenant,
        &terms.mode.as_str(),
        &terms.deposit,
        &currency,
        &terms.cutoff_minutes,
        &terms.refunds,
        &terms.grace_minutes,
        &created_at,
    ]);
}
