//! An alert about stock: what it says, and what becomes of it.

use rust_decimal::Decimal;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Stock,
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    LowStock,
    OutOfStock,
    Overstocked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

/// An alert as far as it is compared with the one that is open, in the order of the read query's rows.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::Decode)]
pub struct Alert {
    pub kind: Kind,
    pub severity: Severity,
    pub available: i32,
    pub reorder_point: Option<i32>,
    pub days_of_supply: Option<Decimal>,
}

/// What becomes of the alert of a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Open(Alert),
    Update(Alert),
    Resolve(Family),
}

impl Family {
    /// As the table spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stock => "STOCK",
            Self::Over => "OVER",
        }
    }
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LowStock => "LOW_STOCK",
            Self::OutOfStock => "OUT_OF_STOCK",
            Self::Overstocked => "OVERSTOCKED",
        }
    }

    pub const fn family(self) -> Family {
        match self {
            Self::LowStock | Self::OutOfStock => Family::Stock,
            Self::Overstocked => Family::Over,
        }
    }
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
        }
    }

    pub const fn lower(self) -> Self {
        match self {
            Self::Critical => Self::Warning,
            Self::Warning | Self::Info => Self::Info,
        }
    }
}

impl Alert {
    /// What people read.
    pub fn message(&self, code: &str, name: &str) -> String {
        let kind = match self.kind {
            Kind::LowStock => "Low stock",
            Kind::OutOfStock => "Out of stock",
            Kind::Overstocked => "Overstocked",
        };
        let known = |figure: Option<String>| figure.unwrap_or_else(|| "unknown".into());
        let reorder_point = known(self.reorder_point.map(|point| point.to_string()));
        let days = known(self.days_of_supply.map(|days| format!("{days:.1}")));
        let available = self.available;
        format!(
            "{kind}: {code} {name}. Available: {available}, reorder point: {reorder_point}, days of supply: {days}."
        )
    }
}

impl Step {
    pub const fn family(&self) -> Family {
        match self {
            Self::Open(alert) | Self::Update(alert) => alert.kind.family(),
            Self::Resolve(family) => *family,
        }
    }

    pub const fn alert(&self) -> Option<&Alert> {
        match self {
            Self::Open(alert) | Self::Update(alert) => Some(alert),
            Self::Resolve(_) => None,
        }
    }
}
