//! A distributor as its jobs see it: its days, its settings, and whether what a job reads is fresh.

use anyhow::{Context, Result};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use shared::{
    calendar, fault,
    job::{Scope, Tenant},
};
use sqlx::PgConnection;
use uuid::Uuid;

/// What a job reads may be so old: a day, and what its run may be late.
const FRESH: TimeDelta = TimeDelta::hours(26);

/// A distributor at the run's clock.
#[derive(Debug, Clone)]
pub struct Distributor {
    pub zone: Tz,
    /// The local date of the run's clock.
    pub today: NaiveDate,
    pub setting: Setting,
}

/// What a distributor may choose, as in `sales.setting`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Days since the last order up to which a customer is ACTIVE, and then TARGET.
    pub active_days: i32,
    pub target_days: i32,
    /// Where two and three points begin, within 90 days.
    pub orders_mid: i32,
    pub orders_high: i32,
    pub revenue_mid: Decimal,
    pub revenue_high: Decimal,
    pub mix_mid: i32,
    pub mix_high: i32,
    /// Where MEDIUM_VOLUME and HIGH_VOLUME begin.
    pub medium_score: i32,
    pub high_score: i32,
    /// After a tasting, the day itself not counted.
    pub sample_attribution_days: i32,
    /// 0.900, 0.950, 0.975, 0.990 or 0.995.
    pub service_level: Decimal,
    pub lead_time_days: i32,
    pub lead_time_sd_days: Decimal,
    pub target_days_of_supply: i32,
    /// ISO: 1 = Monday, 7 = Sunday.
    pub non_delivery_weekdays: Vec<i32>,
    pub low_stock_default_units: i32,
    /// 0.150 = a decline by more than 15 %.
    pub revenue_drop_alert_threshold: Decimal,
    pub max_executions_per_day: i32,
    pub max_tasks_per_owner_day: i32,
    pub cooldown_days: i32,
    pub default_owner_user_id: Option<Uuid>,
    pub default_owner_email: Option<String>,
    pub inventory_owner_user_id: Option<Uuid>,
    pub manager_emails: Vec<String>,
    pub buyer_emails: Vec<String>,
    pub crm_enabled: bool,
}

impl Default for Setting {
    /// What holds for a distributor that has chosen nothing: the defaults of the table, held to them by a test.
    fn default() -> Self {
        Self {
            active_days: 180,
            target_days: 365,
            orders_mid: 3,
            orders_high: 6,
            revenue_mid: Decimal::new(300_000, 2),
            revenue_high: Decimal::new(750_000, 2),
            mix_mid: 4,
            mix_high: 10,
            medium_score: 150,
            high_score: 250,
            sample_attribution_days: 30,
            service_level: Decimal::new(950, 3),
            lead_time_days: 7,
            lead_time_sd_days: Decimal::new(200, 2),
            target_days_of_supply: 14,
            non_delivery_weekdays: Vec::new(),
            low_stock_default_units: 10,
            revenue_drop_alert_threshold: Decimal::new(150, 3),
            max_executions_per_day: 200,
            max_tasks_per_owner_day: 15,
            cooldown_days: 30,
            default_owner_user_id: None,
            default_owner_email: None,
            inventory_owner_user_id: None,
            manager_emails: Vec::new(),
            buyer_emails: Vec::new(),
            crm_enabled: false,
        }
    }
}

impl Distributor {
    /// Reads a distributor. One whose time zone is unknown fails as a whole: no day of it can be told.
    pub async fn read(tx: &mut PgConnection, as_of: DateTime<Utc>, tenant: &Tenant) -> Result<Self> {
        let zone = calendar::zone(&tenant.time_zone).map_err(|unknown| fault::tenant(unknown.to_string()))?;
        let setting = sqlx::query_file_as!(Setting, "sql/distributor/setting.sql", tenant.id)
            .fetch_optional(tx)
            .await
            .context("read the distributor's settings")?;
        Ok(Self {
            zone,
            today: calendar::local_date(as_of, zone),
            setting: setting.unwrap_or_default(),
        })
    }

    /// The date so many days before the run's; the first of all where there is none.
    pub fn days_ago(&self, days: u64) -> NaiveDate {
        self.today
            .checked_sub_days(Days::new(days))
            .unwrap_or(NaiveDate::MIN)
    }

    /// The first instant of a local date, which is the end of the date before it.
    pub fn start_of(&self, date: NaiveDate) -> DateTime<Utc> {
        calendar::day_bounds(date, self.zone).0
    }

    /// The first instants of so many dates from the first on, ascending: with them `width_bucket` counts an instant's
    /// date from 1 on (0 = before the first), the same way as in Rust.
    pub fn starts_of(&self, first: NaiveDate, count: usize) -> Vec<DateTime<Utc>> {
        first
            .iter_days()
            .take(count)
            .map(|date| self.start_of(date))
            .collect()
    }
}

/// Whether one of these jobs has no recent run that reached the distributor.
pub async fn is_stale<S>(tx: &mut PgConnection, scope: &Scope<S>, jobs: &[&str]) -> Result<bool> {
    sqlx::query_file_scalar!(
        "sql/distributor/is_stale.sql",
        jobs as &[&str],
        scope.as_of - FRESH,
        scope.as_of,
        scope.tenant.slug
    )
    .fetch_one(tx)
    .await
    .context("look for fresh results")
}

#[cfg(test)]
mod tests {
    use shared::testing::{TestDb, execute, tenant};

    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_distributor_that_has_chosen_nothing_has_the_tables_defaults() {
        let db = TestDb::new().await;
        let tenant = tenant("vins", " America/New_York ");
        db.tenant("sales", "vins", "UTC").await;
        let mut connection = db.connect().await;
        let as_of = utc("2026-11-22T02:00:00Z");
        let distributor = Distributor::read(&mut connection, as_of, &tenant).await.unwrap();
        assert_eq!(distributor.setting, Setting::default(), "no row");
        assert_eq!(
            distributor.today.to_string(),
            "2026-11-21",
            "by the clock on its wall"
        );
        let row = format!("insert into sales.setting (tenant_id) values ('{}')", tenant.id);
        execute(&mut connection, &row).await;
        let distributor = Distributor::read(&mut connection, as_of, &tenant).await.unwrap();
        assert_eq!(distributor.setting, Setting::default(), "a row of defaults");
    }

    #[tokio::test]
    async fn a_distributor_without_a_time_zone_fails_as_a_whole() {
        let db = TestDb::new().await;
        let mut connection = db.connect().await;
        for unknown in ["Mars/Olympus", "+02:00", "EST5EDT4"] {
            let read =
                Distributor::read(&mut connection, DateTime::UNIX_EPOCH, &tenant("vins", unknown)).await;
            let said = format!("time zone '{unknown}' is unknown");
            assert_eq!(fault::classify(&read.unwrap_err()), fault::Fault::Tenant(said));
        }
    }

    #[tokio::test]
    async fn results_are_stale_unless_each_job_reached_the_distributor_within_26_hours() {
        let as_of = utc("2026-11-22T02:00:00Z");
        // Stale, when the second job ran, dry run, status, scope.
        let table = [
            (false, "2026-11-21T00:00:00.000001Z", false, "succeeded", ""),
            (false, "2026-11-22T02:00:00Z", false, "partial", "vins"),
            (true, "2026-11-21T00:00:00Z", false, "succeeded", ""),
            (true, "2026-11-22T02:00:00.000001Z", false, "succeeded", ""),
            (true, "2026-11-22T02:00:00Z", true, "succeeded", ""),
            (true, "2026-11-22T02:00:00Z", false, "failed", ""),
            (true, "2026-11-22T02:00:00Z", false, "succeeded", "other"),
        ];
        let db = TestDb::new().await;
        let mut connection = db.connect().await;
        let scope = shared::testing::scope((), tenant("vins", "UTC"), as_of);
        for (stale, ran_at, dry_run, status, scope_of_run) in table {
            execute(
                &mut connection,
                &format!(
                    "delete from platform.job_run;
                     insert into platform.job_run (job, trigger, as_of, dry_run, scope, status, fence) values
                         ('update-account-types', 'cli', '{as_of}', false, '', 'succeeded', 1),
                         ('sample-metrics', 'cli', '{ran_at}', {dry_run}, '{scope_of_run}', '{status}', 1)"
                ),
            )
            .await;
            let jobs = ["update-account-types", "sample-metrics"];
            assert_eq!(
                is_stale(&mut connection, &scope, &jobs).await.unwrap(),
                stale,
                "{ran_at} {dry_run} {status} {scope_of_run}"
            );
        }
        assert!(
            is_stale(&mut connection, &scope, &["calculate-burn-rates"])
                .await
                .unwrap(),
            "never ran"
        );
    }
}
