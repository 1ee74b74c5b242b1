//! A candidate: a trigger, the customer or product that meets its condition, and the figures that say so.
//!
//! A distributor may have hundreds of thousands of them at once, so they hold typed figures and share what they have
//! in common.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    figures::{Decline, Level, Pace},
    trigger::{Condition, Priority, Severity, Trigger},
};

/// What a subject of this run is.
#[derive(Debug, Clone)]
pub enum Row {
    /// A trigger whose config cannot be used, and why.
    Unusable(Uuid, Arc<str>),
    Candidate(Arc<Candidate>),
}

/// Where a subject stands in the order in which they are handled: unusable triggers first, then by priority, by
/// condition_on and by trigger. Of one trigger each subject is a candidate once, so its id stands for the dedupe key,
/// which begins with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    rank: u8,
    condition_on: Option<NaiveDate>,
    trigger: Uuid,
    subject: Uuid,
}

/// An occasion that a trigger noticed.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub trigger: Arc<Trigger>,
    pub customer: Option<Arc<Customer>>,
    pub sku: Option<Arc<Sku>>,
    /// The customer, alert, sample or order that the occasion is of.
    pub subject: Uuid,
    pub condition_on: NaiveDate,
    pub facts: Facts,
    /// What became of it in an earlier run.
    pub stored: Option<Stored>,
    /// Whether the trigger fired for the customer lately, for another condition.
    pub is_cooling: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub status: Status,
    pub attempts: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Success,
    Failed,
    Skipped,
}

/// A customer as far as its contacts need it.
#[derive(Debug, Clone, Default)]
pub struct Customer {
    pub id: Uuid,
    pub name: Box<str>,
    pub email: Option<Box<str>>,
    pub rep: Option<Arc<Rep>>,
    pub do_not_contact_until: Option<NaiveDate>,
    pub account_type: Option<&'static str>,
    pub lifecycle_stage: Option<&'static str>,
    pub last_order_date: Option<NaiveDate>,
}

#[derive(Debug, Clone)]
pub struct Rep {
    pub user_id: Option<Uuid>,
    pub name: String,
    pub email: Option<String>,
    pub is_active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sku {
    pub id: Uuid,
    pub code: String,
    pub name: String,
}

/// The figures of a condition.
#[derive(Debug, Clone)]
pub enum Facts {
    Dormant { since: u32, threshold: u32 },
    LowStock(Box<LowStock>),
    Missed { since: u32, pace: Pace, level: Level },
    Declined { since: u32, decline: Decline },
    Sample { since: u32 },
    FirstOrder { since: u32, total: Decimal },
    Timing { since: u32 },
    Due(Box<Due>),
}

#[derive(Debug, Clone)]
pub struct LowStock {
    pub alert_type: &'static str,
    pub severity: Severity,
    pub available: i32,
    pub reorder_point: Option<i32>,
    pub days_of_supply: Option<Decimal>,
    pub recommended: Option<i32>,
}

/// When a customer should order again.
#[derive(Debug, Clone)]
pub struct Due {
    pub since: Option<u32>,
    pub pace: Option<Pace>,
    pub expected: Option<NaiveDate>,
    /// Products with the dates that they are predicted for, by date and then by code.
    pub skus: Vec<(NaiveDate, Arc<Sku>)>,
}

impl Row {
    pub fn place(&self) -> Place {
        match self {
            Self::Unusable(trigger, _) => Place {
                rank: 0,
                condition_on: None,
                trigger: *trigger,
                subject: Uuid::nil(),
            },
            Self::Candidate(candidate) => candidate.place(),
        }
    }
}

impl Candidate {
    pub fn place(&self) -> Place {
        Place {
            rank: match self.priority() {
                Priority::High => 1,
                Priority::Medium => 2,
                Priority::Low => 3,
            },
            condition_on: Some(self.condition_on),
            trigger: self.trigger.id,
            subject: self.subject,
        }
    }

    pub fn priority(&self) -> Priority {
        self.trigger.priority.unwrap_or(match &self.facts {
            Facts::Dormant { .. } | Facts::Declined { .. } | Facts::FirstOrder { .. } => Priority::High,
            Facts::LowStock(stock) => stock.severity.priority(),
            Facts::Missed { level, .. } => match level {
                Level::Critical => Priority::High,
                Level::Warning => Priority::Medium,
            },
            Facts::Sample { .. } | Facts::Timing { .. } | Facts::Due(_) => Priority::Medium,
        })
    }

    /// Names the occasion: the trigger fires once for it.
    pub fn dedupe_key(&self) -> String {
        let (subject, on) = (self.subject, self.condition_on);
        match &self.facts {
            Facts::Dormant { .. } => format!("dormant:{subject}:{on}"),
            Facts::LowStock(stock) => format!("stock:{subject}:{}", stock.severity.as_str()),
            Facts::Missed { level, .. } => format!("missed:{subject}:{on}:{}", level.as_str()),
            Facts::Declined { .. } => format!("revenue:{subject}:{}", on.format("%Y-%m")),
            Facts::Sample { .. } => format!("sample:{subject}"),
            Facts::FirstOrder { .. } => format!("first-order:{subject}"),
            Facts::Timing { .. } => format!("timing:{subject}:{on}"),
            Facts::Due(_) => format!("burn:{subject}:{on}"),
        }
    }

    /// Whether the trigger leaves a customer alone for a while after it fired.
    pub const fn cools_down(&self) -> bool {
        matches!(
            self.facts,
            Facts::Dormant { .. } | Facts::Missed { .. } | Facts::Declined { .. } | Facts::Due(_)
        )
    }

    pub fn is_timing(&self) -> bool {
        self.trigger.condition == Condition::CustomerTiming
    }

    pub fn customer_id(&self) -> Option<Uuid> {
        self.customer.as_ref().map(|customer| customer.id)
    }

    pub fn sku_id(&self) -> Option<Uuid> {
        self.sku.as_ref().map(|sku| sku.id)
    }

    /// The product's name: of those that a customer is due for the first.
    pub fn product(&self) -> Option<&str> {
        let sku = match &self.facts {
            Facts::Due(due) => due.skus.first().map(|(_, sku)| sku),
            _ => self.sku.as_ref(),
        };
        sku.map(|sku| sku.name.as_str())
    }

    /// What `{days}` says.
    pub fn days(&self) -> Option<i64> {
        match &self.facts {
            Facts::LowStock(stock) => {
                let days = stock.days_of_supply?.floor();
                i64::try_from(days).ok()
            }
            Facts::Due(due) => due.since.map(i64::from),
            Facts::Dormant { since, .. }
            | Facts::Missed { since, .. }
            | Facts::Declined { since, .. }
            | Facts::Sample { since }
            | Facts::FirstOrder { since, .. }
            | Facts::Timing { since } => Some((*since).into()),
        }
    }

    /// The figures as they are kept and sent.
    pub fn facts(&self) -> Value {
        let on = self.condition_on;
        match &self.facts {
            Facts::Dormant { since, threshold } => {
                json!({"daysSince": since, "threshold": threshold, "lastOrderDate": on})
            }
            Facts::LowStock(stock) => json!({
                "alertType": stock.alert_type,
                "severity": stock.severity.as_str(),
                "available": stock.available,
                "reorderPoint": stock.reorder_point,
                "daysOfSupply": stock.days_of_supply.map(number),
                "recommendedQuantity": stock.recommended,
            }),
            Facts::Missed { since, pace, level } => json!({
                "daysSince": since, "pace": pace.json(), "expectedDate": on, "level": level.as_str(),
            }),
            Facts::Declined { decline, .. } => json!({
                "revenue90": money(decline.revenue),
                "baseline90": money(decline.base),
                "dropPercent": number(decline.percent()),
            }),
            Facts::Sample { since } => json!({"tastedOn": on, "daysSince": since}),
            Facts::FirstOrder { total, .. } => json!({"deliveredOn": on, "total": money(*total)}),
            Facts::Timing { .. } => json!({"date": on}),
            Facts::Due(due) => {
                let skus: Vec<Value> = due
                    .skus
                    .iter()
                    .map(|(on, sku)| json!({"code": sku.code, "name": sku.name, "predictedDate": on}))
                    .collect();
                json!({"pace": due.pace.map(Pace::json), "expectedDate": due.expected, "skus": skus})
            }
        }
    }
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Skipped => "SKIPPED",
        }
    }
}

/// Two decimals.
pub fn money(amount: Decimal) -> String {
    format!("{amount:.2}")
}

/// A figure as a JSON number with its decimals, which are few.
fn number(figure: Decimal) -> Value {
    figure.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}
