//! A gym as its jobs see it: its zone, its day and its tunables.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use shared::{calendar, fault, job::Tenant};
use sqlx::PgConnection;

/// A gym on the day of a run.
#[derive(Debug, Clone)]
pub struct Gym {
    pub zone: Tz,
    /// The local date of the run's clock.
    pub today: NaiveDate,
    /// The first instant of today and the first after it.
    pub day: (DateTime<Utc>, DateTime<Utc>),
    pub tunables: Tunables,
}

/// What a gym may choose, as in `coaching.setting`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tunables {
    /// What a member without a target of his own is expected to come, in visits a week.
    pub expected_visits_per_week: i16,
    /// The local hour from which on a coach's list is for the next day; 24: never.
    pub day_rollover_hour: i16,
    /// Days after a campaign in which no other one is proposed.
    pub campaign_quiet_days: i16,
    /// Days after a completed action in which none of the same type is given.
    pub cooldown_days: i16,
    /// The same after a completed `send_campaign`.
    pub campaign_cooldown_days: i16,
    /// Days that an open action stays in the inbox after it was due.
    pub carry_over_days: i16,
}

impl Default for Tunables {
    /// What holds for a gym that has chosen nothing: the defaults of the table, held to them by a test.
    fn default() -> Self {
        Self {
            expected_visits_per_week: 2,
            day_rollover_hour: 18,
            campaign_quiet_days: 7,
            cooldown_days: 3,
            campaign_cooldown_days: 7,
            carry_over_days: 7,
        }
    }
}

impl Gym {
    /// Reads a gym.
    ///
    /// # Errors
    /// An unknown time zone fails the tenant: none of its days can be told.
    pub async fn read(tx: &mut PgConnection, as_of: DateTime<Utc>, tenant: &Tenant) -> Result<Self> {
        let zone = calendar::zone(&tenant.time_zone).map_err(|unknown| fault::tenant(unknown.to_string()))?;
        let today = calendar::local_date(as_of, zone);
        let tunables = sqlx::query_file_as!(Tunables, "sql/gym/tunables.sql", tenant.id)
            .fetch_optional(tx)
            .await
            .context("read the gym's settings")?
            .unwrap_or_default();
        Ok(Self {
            zone,
            today,
            day: calendar::day_bounds(today, zone),
            tunables,
        })
    }
}

#[cfg(test)]
mod tests {
    use shared::testing::{TestDb, execute};

    use super::*;

    async fn read(db: &TestDb, time_zone: &str) -> Result<Gym> {
        let tenant = shared::testing::tenant("gym", time_zone);
        let as_of = "2026-01-29T02:00:00Z".parse().unwrap();
        Gym::read(&mut db.connect().await, as_of, &tenant).await
    }

    #[tokio::test]
    async fn a_gym_that_has_chosen_nothing_has_the_tables_defaults() {
        let db = TestDb::new().await;
        let tenant = db.tenant("coaching", "gym", "UTC").await;
        assert_eq!(
            read(&db, "UTC").await.unwrap().tunables,
            Tunables::default(),
            "no row"
        );
        let row = format!("insert into coaching.setting (tenant_id) values ('{tenant}')");
        execute(&mut db.connect().await, &row).await;
        assert_eq!(
            read(&db, "UTC").await.unwrap().tunables,
            Tunables::default(),
            "a row of defaults"
        );
    }

    #[tokio::test]
    async fn today_is_the_date_on_the_gyms_own_wall() {
        let db = TestDb::new().await;
        let gym = read(&db, " America/Los_Angeles ").await.unwrap();
        assert_eq!(gym.today.to_string(), "2026-01-28");
        let day = ["2026-01-28T08:00:00Z", "2026-01-29T08:00:00Z"].map(|instant| instant.parse().unwrap());
        assert_eq!(gym.day, (day[0], day[1]));
    }

    #[tokio::test]
    async fn an_unknown_zone_fails_the_gym() {
        let error = read(&TestDb::new().await, "America/los_angeles")
            .await
            .unwrap_err();
        let expected = fault::Fault::Tenant("time zone 'America/los_angeles' is unknown".into());
        assert_eq!(fault::classify(&error), expected);
    }
}
