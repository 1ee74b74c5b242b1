//! A company as its jobs see it: its tunables, and the time zones of its users.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use shared::{calendar, job::Tenant};
use sqlx::PgConnection;

/// A company.
#[derive(Debug, Clone)]
pub struct Company {
    pub setting: Setting,
    pub zones: Zones,
}

/// What a company may choose, as in `productivity.setting`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Whether goals that are due within a week are worth an e-mail.
    pub goal_week_mail: bool,
    /// Whether goals that are overdue are worth a notice.
    pub goal_overdue_notice: bool,
    pub daily_mail_workdays_only: bool,
    /// How many e-mails that nobody asked for a user gets in seven days at most.
    pub nudge_mails_per_week: i16,
    /// Days without activity after which a user is at risk, and after which he is lost.
    pub at_risk_days: i32,
    pub churned_days: i32,
    /// More sessions in a month than the one, on at least as many days as the other, make a power user.
    pub power_sessions: i32,
    pub power_active_days: i32,
    /// Beyond these the application is not well, if it had so many requests at all.
    pub max_error_rate: Decimal,
    pub max_p95_ms: i32,
    pub max_mean_ms: i32,
    pub alert_min_requests: i32,
}

impl Default for Setting {
    /// What holds for a company that has chosen nothing: the defaults of the table, held to them by a test.
    fn default() -> Self {
        Self {
            goal_week_mail: false,
            goal_overdue_notice: true,
            daily_mail_workdays_only: true,
            nudge_mails_per_week: 2,
            at_risk_days: 14,
            churned_days: 30,
            power_sessions: 20,
            power_active_days: 8,
            max_error_rate: Decimal::new(3, 2),
            max_p95_ms: 1000,
            max_mean_ms: 250,
            alert_min_requests: 100,
        }
    }
}

/// The time zone that a user's dates are told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserZone {
    pub zone: Tz,
    /// Whether it is the company's, because nobody knows the one that the user has set.
    pub is_fallback: bool,
}

/// The time zones of a company's users: all that this program and the database both know.
#[derive(Debug, Clone)]
pub struct Zones {
    /// For users who have set none or one that nobody knows. UTC where nobody knows the company's either.
    pub own: Tz,
    /// By their names as users have set them.
    known: BTreeMap<String, Tz>,
}

impl Company {
    /// Reads a company.
    pub async fn read(tx: &mut PgConnection, tenant: &Tenant) -> Result<Self> {
        Ok(Self {
            setting: Setting::read(tx, tenant).await?,
            zones: Zones::read(tx, tenant).await?,
        })
    }
}

impl Setting {
    /// Reads what a company has chosen, for jobs that need no zones.
    pub async fn read(tx: &mut PgConnection, tenant: &Tenant) -> Result<Self> {
        let setting = sqlx::query_file_as!(Self, "sql/company/setting.sql", tenant.id)
            .fetch_optional(tx)
            .await
            .context("read the company's settings")?;
        Ok(setting.unwrap_or_default())
    }
}

impl Zones {
    async fn read(tx: &mut PgConnection, tenant: &Tenant) -> Result<Self> {
        let names = sqlx::query_file_scalar!("sql/company/zones.sql", tenant.id)
            .fetch_all(&mut *tx)
            .await
            .context("read the zones of users")?;
        let own = calendar::zone(&tenant.time_zone).unwrap_or_default();
        let mut known: BTreeMap<String, Tz> = names
            .into_iter()
            .filter_map(|name| calendar::zone(&name).ok().map(|zone| (name, zone)))
            .collect();
        let asked: BTreeSet<&str> = known.values().chain([&own]).map(|zone| zone.name()).collect();
        let asked: Vec<&str> = asked.into_iter().collect();
        let missing = sqlx::query_file_scalar!("sql/company/missing_zones.sql", &asked as &[&str])
            .fetch_all(tx)
            .await
            .context("ask which zones the database knows")?;
        let is_missing = |zone: Tz| missing.iter().any(|name| name == zone.name());
        known.retain(|_, zone| !is_missing(*zone));
        Ok(Self {
            own: if is_missing(own) { Tz::UTC } else { own },
            known,
        })
    }

    /// The zone of a user who has set this one; '' is none.
    pub fn of(&self, name: &str) -> UserZone {
        match self.known.get(name) {
            Some(zone) => UserZone {
                zone: *zone,
                is_fallback: false,
            },
            None => UserZone {
                zone: self.own,
                is_fallback: !name.trim().is_empty(),
            },
        }
    }

    /// The name by which the database tells local times of a zone. It takes four of them for abbreviations, which to it
    /// know no summer time; they are other names of these.
    pub fn in_sql(zone: Tz) -> &'static str {
        match zone {
            Tz::CET | Tz::MET => Tz::Europe__Brussels.name(),
            Tz::EET => Tz::Europe__Athens.name(),
            Tz::WET => Tz::Europe__Lisbon.name(),
            zone => zone.name(),
        }
    }

    /// The zones that users have set, by their names as users have them. Whoever has another one, or none, has
    /// [`Zones::own`].
    pub fn known(&self) -> impl Iterator<Item = (&str, Tz)> {
        self.known.iter().map(|(name, zone)| (name.as_str(), *zone))
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
    use serde_json::json;
    use shared::testing::{TestDb, execute, insert, tenant};

    use super::*;

    async fn company(db: &TestDb, zone: &str) -> Company {
        Company::read(&mut db.connect().await, &tenant("acme", zone))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_company_that_has_chosen_nothing_has_the_tables_defaults() {
        let db = TestDb::new().await;
        let id = db.tenant("productivity", "acme", "UTC").await;
        assert_eq!(company(&db, "UTC").await.setting, Setting::default(), "no row");
        let row = format!("insert into productivity.setting (tenant_id) values ('{id}')");
        execute(&mut db.connect().await, &row).await;
        assert_eq!(
            company(&db, "UTC").await.setting,
            Setting::default(),
            "a row of defaults"
        );
    }

    #[tokio::test]
    async fn whoever_has_chosen_nothing_is_reminded_by_the_tables_defaults() {
        let db = TestDb::new().await;
        let id = db.tenant("productivity", "acme", "UTC").await;
        let mut connection = db.connect().await;
        for first_name in ["without", "with"] {
            let user =
                json!({"tenant_id": id, "first_name": first_name, "created_at": "2026-01-01T00:00:00Z"});
            insert(&mut connection, "productivity.app_user", &user).await;
        }
        execute(
            &mut connection,
            "insert into productivity.notification_pref (tenant_id, user_id)
            select tenant_id, id from productivity.app_user where first_name = 'with'",
        )
        .await;
        let recipients = shared::testing::all(
            &mut connection,
            "select distinct to_jsonb(r) - '{id, first_name, unsubscribe_token}'::text[] as chosen
            from productivity.recipient r",
        )
        .await;
        assert_eq!(recipients.len(), 1, "{recipients:?}");
    }

    #[tokio::test]
    async fn a_user_whose_zone_is_not_known_has_the_companys() {
        let db = TestDb::new().await;
        let id = db.tenant("productivity", "acme", "UTC").await;
        let mut connection = db.connect().await;
        for zone in [
            "null",
            "''",
            "'Asia/Tokyo'",
            "E'\\tAsia/Tokyo '",
            "'asia/tokyo'",
            "'PST'",
        ] {
            let user =
                format!("insert into productivity.app_user (tenant_id, time_zone) values ('{id}', {zone})");
            execute(&mut connection, &user).await;
        }
        let zones = company(&db, " Europe/Berlin ").await.zones;
        for known in ["Asia/Tokyo", "\tAsia/Tokyo "] {
            assert_eq!(
                zones.of(known),
                UserZone {
                    zone: Tz::Asia__Tokyo,
                    is_fallback: false
                }
            );
        }
        for (other, is_fallback) in [("", false), (" ", false), ("asia/tokyo", true), ("PST", true)] {
            let expected = UserZone {
                zone: Tz::Europe__Berlin,
                is_fallback,
            };
            assert_eq!(zones.of(other), expected, "{other:?}");
        }
        assert_eq!(zones.known().count(), 2);
        assert_eq!(company(&db, "Mars/Olympus").await.zones.own, Tz::UTC);
    }

    #[tokio::test]
    async fn a_zone_that_the_database_does_not_know_is_nobodys() {
        let db = TestDb::new().await;
        let id = db.tenant("productivity", "acme", "UTC").await;
        let mut connection = db.connect().await;
        execute(
            &mut connection,
            "create or replace function platform.has_time_zone(name text) returns boolean
            language sql as $$ select name <> 'Asia/Tokyo' $$",
        )
        .await;
        let user =
            format!("insert into productivity.app_user (tenant_id, time_zone) values ('{id}', 'Asia/Tokyo')");
        execute(&mut connection, &user).await;
        let expected = UserZone {
            zone: Tz::Europe__Berlin,
            is_fallback: true,
        };
        assert_eq!(
            company(&db, "Europe/Berlin").await.zones.of("Asia/Tokyo"),
            expected
        );
        assert_eq!(company(&db, "Asia/Tokyo").await.zones.own, Tz::UTC);
    }

    #[tokio::test]
    async fn the_database_knows_every_zone_that_this_program_knows() {
        let db = TestDb::new().await;
        let zones: Vec<&str> = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
        let missing = sqlx::query_file_scalar!("sql/company/missing_zones.sql", &zones as &[&str])
            .fetch_all(&mut db.connect().await)
            .await
            .unwrap();
        let also = ["Mars/Olympus", ""];
        assert!(missing.len() < zones.len() / 100, "{missing:?}");
        let missing = sqlx::query_file_scalar!("sql/company/missing_zones.sql", &also as &[&str])
            .fetch_all(&mut db.connect().await)
            .await
            .unwrap();
        assert_eq!(missing, also);
    }
    /// Not all of them by name: the one's or the other's database of time zones may be newer.
    #[tokio::test]
    async fn the_database_tells_local_times_as_this_program_does() {
        let db = TestDb::new().await;
        let mut connection = db.connect().await;
        let instants: Vec<DateTime<Utc>> = (0..120)
            .filter_map(|month| NaiveDate::from_ymd_opt(2020 + month / 12, month as u32 % 12 + 1, 15))
            .map(|date| date.and_time(NaiveTime::MIN).and_utc())
            .collect();
        let mut others = Vec::new();
        for zone in chrono_tz::TZ_VARIANTS {
            let told: Vec<NaiveDateTime> =
                sqlx::query_scalar("select t at time zone $1 from unnest($2::timestamptz[]) t")
                    .bind(Zones::in_sql(zone))
                    .bind(&instants)
                    .fetch_all(&mut connection)
                    .await
                    .unwrap_or_default();
            let expected = instants
                .iter()
                .map(|instant| instant.with_timezone(&zone).naive_local());
            if !expected.eq(told) {
                others.push(zone.name());
            }
        }
        assert!(others.len() < chrono_tz::TZ_VARIANTS.len() / 50, "{others:?}");
        for abbreviation in ["CET", "EET", "MET", "WET"] {
            assert!(!others.contains(&abbreviation), "{others:?}");
        }
    }
}
