//! The e-mail that offers a slot. What the shop thinks of the customer never stands in it.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use shared::job::Reason;

use crate::mail::{self, Mail};

/// What an offer's e-mail tells.
pub struct Told<'a> {
    pub customer: &'a str,
    pub shop: &'a str,
    pub service: &'a str,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub deposit: Decimal,
    pub currency: &'a str,
    /// Where the offer is answered.
    pub link: &'a str,
    pub zone: Tz,
}

#[derive(Template)]
#[template(path = "slot_offer.txt")]
struct Text<'a> {
    customer: &'a str,
    shop: &'a str,
    service: &'a str,
    slot: &'a str,
    deposit: &'a str,
    valid_until: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "slot_offer.html")]
struct Html<'a> {
    text: &'a Text<'a>,
}

impl Told<'_> {
    pub fn mail(&self) -> Result<Mail, Reason> {
        let start = self.starts_at.with_timezone(&self.zone);
        let subject = format!(
            "{}: a slot opened on {} at {}",
            self.shop,
            start.format("%a %-d %b"),
            start.format("%H:%M")
        );
        let deposit = match self.deposit.is_zero() {
            true => "No deposit is required.".to_owned(),
            false => format!("Deposit: {}", mail::money(self.deposit, self.currency)),
        };
        let text = Text {
            customer: self.customer,
            shop: self.shop,
            service: mail::service(self.service),
            slot: &mail::slot(self.starts_at, self.ends_at, self.zone),
            deposit: &deposit,
            valid_until: &mail::moment(self.expires_at, self.zone),
            link: self.link,
        };
        Ok(Mail {
            subject: mail::subject(&subject),
            text: mail::rendered(&text)?,
            html: mail::rendered(&Html { text: &text })?,
        })
    }
}
