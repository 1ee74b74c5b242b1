//! An appointment whose outcome is due, as it is read, and the e-mail about the money that is owed.

use anyhow::{Context, Result};
use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use shared::job::{Reason, Scope};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rule::{Appointment, By, Cancellation, Payment, Resolution, Terms};
use crate::{
    mail::{self, Mail},
    shop::Shop,
};

/// An appointment whose outcome is due.
pub struct Row {
    pub id: Uuid,
    pub due_at: DateTime<Utc>,
    pub status: String,
    pub attendance: String,
    pub service_name: String,
    pub customer_name: String,
    pub policy_version_id: Option<Uuid>,
    pub payment_id: Option<Uuid>,
    pub payment_status: Option<String>,
    pub currency: Option<String>,
    pub appointment: Appointment,
}

/// Reads the next of them, in the order in which they became due.
pub async fn read(
    tx: &mut PgConnection,
    scope: &Scope<Shop>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Row>> {
    let setting = &scope.settings.setting;
    let shops_terms = Terms {
        cancel_cutoff_minutes: setting.cancel_cutoff_minutes,
        refund_before_cutoff: setting.refund_before_cutoff,
    };
    let rows = sqlx::query_file!(
        "sql/resolve-outcomes/read.sql",
        scope.tenant.id,
        scope.as_of,
        after.map(|(due_at, _)| due_at),
        after.map(|(_, id)| id),
        setting.resolution_grace_minutes,
        setting.payment_settle_hours,
        limit
    )
    .map(|row| Row {
        id: row.id,
        due_at: row.due_at,
        attendance: row.attendance,
        service_name: row.service_name,
        customer_name: row.customer_name,
        policy_version_id: row.policy_version_id,
        payment_id: row.payment_id,
        currency: row.currency,
        appointment: Appointment {
            starts_at: row.starts_at,
            payment_required: row.payment_required,
            cancelled: row
                .cancelled_at
                .filter(|_| row.status == super::CANCELLED)
                .map(|at| Cancellation {
                    at,
                    by: match row.cancellation_source.as_deref() {
                        Some("system") => By::System,
                        Some("admin") => By::Admin,
                        _ => By::Customer,
                    },
                }),
            payment: row.amount.map(|amount| Payment {
                is_captured: row.payment_status.as_deref() == Some("succeeded"),
                amount,
                refunded_amount: row.refunded_amount.unwrap_or_default(),
                has_refund_ref: row.has_refund_ref,
                succeeded_at: row.succeeded_at,
            }),
            terms: Terms {
                cancel_cutoff_minutes: row
                    .cancel_cutoff_minutes
                    .unwrap_or(shops_terms.cancel_cutoff_minutes),
                refund_before_cutoff: row
                    .refund_before_cutoff
                    .unwrap_or(shops_terms.refund_before_cutoff),
            },
        },
        status: row.status,
        payment_status: row.payment_status,
    });
    rows.fetch_all(tx)
        .await
        .context("read the appointments that are due")
}

impl Row {
    pub fn is_visit(&self) -> bool {
        self.appointment.cancelled.is_none()
    }

    /// Tells the shop's owner that money is owed.
    pub fn mail(&self, resolution: Resolution, zone: Tz) -> Result<Mail, Reason> {
        let amount = self
            .appointment
            .payment
            .as_ref()
            .map_or(Decimal::ZERO, |payment| payment.amount);
        let amount = mail::money(amount, self.currency.as_deref().unwrap_or_default());
        let service = mail::service(&self.service_name);
        let starts_at = self.appointment.starts_at;
        let day = starts_at.with_timezone(&zone).format("%-d %b %Y");
        let subject = mail::subject(&format!("Refund due: {amount}, {service} on {day}"));
        let start = mail::moment(starts_at, zone);
        let text = RefundDueText {
            customer: &self.customer_name,
            service,
            start: &start,
            amount: &amount,
            reason: resolution.as_str(),
            explanation: resolution.explanation(),
        };
        let html = RefundDueHtml { text: &text };
        Ok(Mail {
            subject,
            text: mail::rendered(&text)?,
            html: mail::rendered(&html)?,
        })
    }
}

#[derive(Template)]
#[template(path = "refund_due.txt")]
struct RefundDueText<'a> {
    customer: &'a str,
    service: &'a str,
    start: &'a str,
    amount: &'a str,
    reason: &'a str,
    explanation: &'a str,
}

#[derive(Template)]
#[template(path = "refund_due.html")]
struct RefundDueHtml<'a> {
    text: &'a RefundDueText<'a>,
}
