//! A shop as its jobs see it: its zone and its settings.

use anyhow::{Context, Result};
use chrono::NaiveTime;
use chrono_tz::Tz;
use rust_decimal::Decimal;
use shared::{
    calendar::{self, UnknownZone},
    job::Tenant,
};
use sqlx::PgConnection;

/// A shop.
#[derive(Debug, Clone)]
pub struct Shop {
    pub name: String,
    /// Not every job needs it, and a shop whose zone is unknown goes without what does.
    pub zone: Result<Tz, UnknownZone>,
    pub setting: Setting,
}

/// What a shop may choose, as in `booking.setting`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// From the end of a visit, or its cancellation, to the fixing of its outcome.
    pub resolution_grace_minutes: i32,
    /// How much longer that is while a payment is under way.
    pub payment_settle_hours: i32,
    /// Before the start; a cancellation at the cutoff itself is late.
    pub cancel_cutoff_minutes: i32,
    pub refund_before_cutoff: bool,
    pub unpaid_counts_as_no_show: bool,
    /// How long an unpaid booking holds its slot, and how long one that was made from an offer.
    pub pending_ttl_minutes: i32,
    pub recovery_ttl_minutes: i32,
    pub offers_enabled: bool,
    pub offer_ttl_minutes: i32,
    /// No offer lives later than so long before the start of its slot.
    pub offer_min_lead_minutes: i32,
    /// Between two offers to one customer.
    pub offer_cooldown_hours: i32,
    /// No offers are made from the one to before the other, by the shop's clock; equal = never quiet.
    pub quiet_start: NaiveTime,
    pub quiet_end: NaiveTime,
    pub exclude_risk_from_offers: bool,
    pub exclude_high_no_show_from_offers: bool,
    /// `none`, `deposit` or `full_prepay`: of bookings made from offers.
    pub payment_mode: String,
    pub deposit_amount: Decimal,
    pub risk_deposit_amount: Option<Decimal>,
    pub top_deposit_amount: Option<Decimal>,
    pub top_deposit_waived: bool,
    /// Who is told of refunds that are due; never blank.
    pub owner_email: Option<String>,
}

impl Default for Setting {
    /// What holds for a shop that has chosen nothing: the defaults of the table, held to them by a test.
    fn default() -> Self {
        Self {
            resolution_grace_minutes: 30,
            payment_settle_hours: 24,
            cancel_cutoff_minutes: 1440,
            refund_before_cutoff: true,
            unpaid_counts_as_no_show: false,
            pending_ttl_minutes: 30,
            recovery_ttl_minutes: 120,
            offers_enabled: true,
            offer_ttl_minutes: 15,
            offer_min_lead_minutes: 60,
            offer_cooldown_hours: 24,
            quiet_start: NaiveTime::from_hms_opt(21, 0, 0).unwrap_or_default(),
            quiet_end: NaiveTime::from_hms_opt(8, 0, 0).unwrap_or_default(),
            exclude_risk_from_offers: false,
            exclude_high_no_show_from_offers: false,
            payment_mode: "none".into(),
            deposit_amount: Decimal::ZERO,
            risk_deposit_amount: None,
            top_deposit_amount: None,
            top_deposit_waived: false,
            owner_email: None,
        }
    }
}

impl Shop {
    /// Reads a shop.
    pub async fn read(tx: &mut PgConnection, tenant: &Tenant) -> Result<Self> {
        let setting = sqlx::query_file_as!(Setting, "sql/shop/setting.sql", tenant.id)
            .fetch_optional(tx)
            .await
            .context("read the shop's settings")?;
        Ok(Self {
            name: tenant.name.clone(),
            zone: calendar::zone(&tenant.time_zone),
            setting: setting.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use shared::testing::{TestDb, execute};

    use super::*;

    #[tokio::test]
    async fn a_shop_that_has_chosen_nothing_has_the_tables_defaults() {
        let db = TestDb::new().await;
        let tenant = shared::testing::tenant("shop", " Mars/Olympus");
        db.tenant("booking", "shop", "UTC").await;
        let mut connection = db.connect().await;
        let shop = Shop::read(&mut connection, &tenant).await.unwrap();
        assert_eq!(shop.setting, Setting::default(), "no row");
        assert_eq!(shop.zone, Err(UnknownZone(" Mars/Olympus".into())));
        let row = format!(
            "insert into booking.setting (tenant_id, owner_email) values ('{}', ' ')",
            tenant.id
        );
        execute(&mut connection, &row).await;
        let shop = Shop::read(&mut connection, &tenant).await.unwrap();
        assert_eq!(
            shop.setting,
            Setting::default(),
            "a row of defaults, and a blank address is none"
        );
    }
}
