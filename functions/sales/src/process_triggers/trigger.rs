//! A trigger as its distributor set it up: its type, what it takes from `config`, and what is to be done.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

/// A usable trigger.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    pub id: Uuid,
    pub name: String,
    pub condition: Condition,
    /// What stands in place of the type's own.
    pub priority: Option<Priority>,
    pub due_days: Option<u32>,
    pub task_title: Option<String>,
    pub task_description: Option<String>,
    pub email_to: Option<Vec<Audience>>,
    /// Each once, in the order of [`Action`].
    pub actions: Vec<Action>,
}

/// What a trigger looks for: its type, with the figures that it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    CustomerDormancy {
        min_days: u32,
    },
    LowInventory {
        min_severity: Severity,
    },
    MissedOrderPattern {
        warn_factor: f64,
        crit_factor: f64,
        min_grace_days: u32,
    },
    /// None: the distributor's own threshold.
    RevenueDecline {
        drop_threshold: Option<Decimal>,
    },
    SampleNoOrder {
        days_after: u32,
    },
    FirstOrderFollowup {
        days_after: u32,
    },
    CustomerTiming,
    BurnRateAlert {
        percentage_threshold: f64,
        days_ahead: u32,
        min_confidence: Decimal,
    },
}

/// How urgent the work is; also what is handled first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    High,
    Medium,
    Low,
}

/// How bad a stock alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

/// Something that a trigger does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    CreateTask,
    SendEmail,
    CallWebhook,
    UpdateCrm,
}

/// To whom a trigger's e-mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Owner,
    Manager,
    Buyers,
}

impl Condition {
    /// As in `sales.trigger.trigger_type`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::CustomerDormancy { .. } => "CUSTOMER_DORMANCY",
            Self::LowInventory { .. } => "LOW_INVENTORY",
            Self::MissedOrderPattern { .. } => "MISSED_ORDER_PATTERN",
            Self::RevenueDecline { .. } => "REVENUE_DECLINE",
            Self::SampleNoOrder { .. } => "SAMPLE_NO_ORDER",
            Self::FirstOrderFollowup { .. } => "FIRST_ORDER_FOLLOWUP",
            Self::CustomerTiming => "CUSTOMER_TIMING",
            Self::BurnRateAlert { .. } => "BURN_RATE_ALERT",
        }
    }

    /// What a webhook is told.
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::CustomerDormancy { .. } => "customer.dormant",
            Self::LowInventory { .. } => "inventory.low",
            Self::MissedOrderPattern { .. } => "customer.order_missed",
            Self::RevenueDecline { .. } => "customer.revenue_declined",
            Self::SampleNoOrder { .. } => "sample.no_order",
            Self::FirstOrderFollowup { .. } => "customer.first_order",
            Self::CustomerTiming => "customer.contact_due",
            Self::BurnRateAlert { .. } => "customer.reorder_due",
        }
    }

    /// Whether it is about products and not about customers.
    pub const fn is_about_stock(&self) -> bool {
        matches!(self, Self::LowInventory { .. })
    }

    /// Whether it comes of the customers' figures.
    pub const fn is_of_figures(&self) -> bool {
        matches!(
            self,
            Self::CustomerDormancy { .. }
                | Self::MissedOrderPattern { .. }
                | Self::RevenueDecline { .. }
                | Self::BurnRateAlert { .. }
        )
    }

    /// Days from the run to the day on which a task is due.
    const fn due_days(&self) -> u32 {
        match self {
            Self::CustomerDormancy { .. }
            | Self::MissedOrderPattern { .. }
            | Self::RevenueDecline { .. }
            | Self::BurnRateAlert { .. } => 2,
            Self::LowInventory { .. } => 1,
            Self::SampleNoOrder { .. } => 3,
            Self::FirstOrderFollowup { .. } | Self::CustomerTiming => 0,
        }
    }

    const fn audience(&self) -> Audience {
        match self {
            Self::LowInventory { .. } => Audience::Buyers,
            Self::RevenueDecline { .. } => Audience::Manager,
            _ => Audience::Owner,
        }
    }
}

impl Trigger {
    pub fn due_on(&self, today: NaiveDate) -> NaiveDate {
        let days = self.due_days.unwrap_or(self.condition.due_days());
        today + chrono::Days::new(days.into())
    }

    pub fn email_to(&self) -> Vec<Audience> {
        let own = || vec![self.condition.audience()];
        self.email_to.clone().unwrap_or_else(own)
    }
}

impl Priority {
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "HIGH",
            Self::Medium => "MEDIUM",
            Self::Low => "LOW",
        }
    }
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
        }
    }

    /// CRITICAL work is urgent, the other is not.
    pub const fn priority(self) -> Priority {
        match self {
            Self::Critical => Priority::High,
            Self::Warning | Self::Info => Priority::Medium,
        }
    }
}

impl Action {
    pub const ALL: [Self; 4] = [
        Self::CreateTask,
        Self::SendEmail,
        Self::CallWebhook,
        Self::UpdateCrm,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateTask => "CREATE_TASK",
            Self::SendEmail => "SEND_EMAIL",
            Self::CallWebhook => "CALL_WEBHOOK",
            Self::UpdateCrm => "UPDATE_CRM",
        }
    }
}

impl Audience {
    pub const ALL: [Self; 3] = [Self::Owner, Self::Manager, Self::Buyers];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Buyers => "buyers",
        }
    }
}
