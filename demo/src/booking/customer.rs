//! A shop's customers, and whom it must not write to.

use anyhow::Result;
use chrono::TimeDelta;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Filled, Shop};
use crate::{copy::Rows, names, random::Random};

// Chances in percent.
const WITHOUT_EMAIL: u32 = 8;
const WITHOUT_PHONE: u32 = 40;
const CARELESSLY_TYPED: u32 = 2;
const NO_ADDRESS: u32 = 1;
const OPTED_OUT: u32 = 6;
const DELETED: u32 = 2;
const SUPPRESSED: u32 = 2;

pub struct Customers {
    customers: Rows,
    suppressions: Rows,
}

impl Customers {
    pub fn new() -> Self {
        Self {
            customers: Rows::new(
                "copy booking.customer (id, tenant_id, name, email, phone, email_opt_in, deleted_at, created_at)
                 from stdin (format binary)",
            ),
            suppressions: Rows::new(
                "copy platform.suppression (id, tenant_id, address, reason, created_at)
                 from stdin (format binary)",
            ),
        }
    }

    pub async fn write(self, tx: &mut PgConnection, filled: &mut Filled) -> Result<()> {
        filled.customers += self.customers.write(tx).await?;
        filled.suppressions += self.suppressions.write(tx).await?;
        Ok(())
    }

    /// Makes up the shop's `number`th customer, and says who it is and whether they may be offered a slot.
    pub fn add(&mut self, shop: &Shop, number: u32, random: &mut Random) -> (Uuid, bool) {
        let id = random.id();
        let (first, last) = shop.place.city.names.draw(random);
        let address = names::email(first, last, shop.place.slug, &number.to_string());
        let email = match random.below(100) {
            0..WITHOUT_EMAIL => None,
            place if place < WITHOUT_EMAIL + CARELESSLY_TYPED => {
                Some(format!(" {} ", address.to_uppercase()))
            }
            place if place < WITHOUT_EMAIL + CARELESSLY_TYPED + NO_ADDRESS => {
                Some(format!("none ({number})"))
            }
            _ => Some(address.clone()),
        };
        let phone = (!random.percent(WITHOUT_PHONE)).then(|| format!("+1 555 01{:02}", number % 100));
        let opted_in = !random.percent(OPTED_OUT);
        let deleted_at = random
            .percent(DELETED)
            .then(|| shop.as_of - TimeDelta::days(random.between(1, 150)));
        let is_suppressed = email.is_some() && random.percent(SUPPRESSED);
        let created_at = shop.as_of - TimeDelta::minutes(random.between(230 * 24 * 60, 900 * 24 * 60));
        self.customers.push(&[
            &id,
            &shop.id,
            &format!("{first} {last}"),
            &email,
            &phone,
            &opted_in,
            &deleted_at,
            &created_at,
        ]);
        if is_suppressed {
            let reason = random.one_of(&["unsubscribed", "bounced", "complained", "manual"]);
            self.suppressions
                .push(&[&random.id(), &shop.id, &address, &reason, &shop.as_of]);
        }
        let has_address = email.is_some_and(|email| email.contains('@'));
        let may_be_written_to = has_address && opted_in && deleted_at.is_none() && !is_suppressed;
        (id, may_be_written_to)
    }
}
