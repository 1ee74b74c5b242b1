//! A training app as its jobs see it: its time zone and its settings.

use anyhow::{Context, Result};
use chrono_tz::Tz;
use shared::{
    calendar,
    job::{Reason, Tenant},
};
use sqlx::PgConnection;

use crate::days::Target;

/// A training app.
#[derive(Debug, Clone)]
pub struct App {
    /// For users without one of their own. The name, where nobody knows it: only they fail then.
    pub zone: Result<Tz, String>,
    pub setting: Setting,
}

/// What an app may choose, as in `training.setting`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// For users who have set none.
    pub default_target_days: i16,
    pub default_session_minutes: i16,
    /// The local hours of Monday from which and until before which a report is due.
    pub report_from_hour: i16,
    pub report_until_hour: i16,
    /// The local hour of every day in which one that was missed is made up for.
    pub catch_up_hour: i16,
}

impl Default for Setting {
    /// What holds for an app that has chosen nothing: the defaults of the table, held to them by a test.
    fn default() -> Self {
        Self {
            default_target_days: 3,
            default_session_minutes: 45,
            report_from_hour: 3,
            report_until_hour: 6,
            catch_up_hour: 6,
        }
    }
}

/// The time zone that a user's dates are told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserZone {
    pub zone: Tz,
    /// Whether it is the app's, because his own is not known.
    pub is_fallback: bool,
}

impl App {
    /// Reads an app.
    pub async fn read(tx: &mut PgConnection, tenant: &Tenant) -> Result<Self> {
        let setting = sqlx::query_file_as!(Setting, "sql/app/setting.sql", tenant.id)
            .fetch_optional(tx)
            .await
            .context("read the app's settings")?;
        Ok(Self {
            zone: calendar::zone(&tenant.time_zone).map_err(|unknown| unknown.0.trim().to_owned()),
            setting: setting.unwrap_or_default(),
        })
    }

    /// The zone of a user who has set this one.
    ///
    /// # Errors
    /// Where neither his nor the app's is known.
    pub fn zone_of(&self, name: Option<&str>) -> Result<UserZone, Reason> {
        let name = name.unwrap_or_default();
        if let Ok(zone) = calendar::zone(name) {
            return Ok(UserZone {
                zone,
                is_fallback: false,
            });
        }
        let zone = self.zone.as_ref().map_err(|tenants| {
            let name = name.trim();
            format!("time zone '{name}' is unknown, and so is the tenant's '{tenants}'")
        })?;
        Ok(UserZone {
            zone: *zone,
            is_fallback: true,
        })
    }

    /// What a user who has set these days a week and minutes a session aims at; nothing and 0 are the app's defaults.
    pub fn target(&self, days: Option<i16>, minutes: Option<i16>) -> Target {
        let or = |own: Option<i16>, default| own.filter(|own| *own > 0).unwrap_or(default).into();
        Target {
            days: or(days, self.setting.default_target_days),
            minutes: or(minutes, self.setting.default_session_minutes),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::testing::{TestDb, execute, tenant};

    use super::*;

    async fn app(db: &TestDb, zone: &str) -> App {
        App::read(&mut db.connect().await, &tenant("fit", zone))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn an_app_that_has_chosen_nothing_has_the_tables_defaults() {
        let db = TestDb::new().await;
        let id = db.tenant("training", "fit", "UTC").await;
        assert_eq!(app(&db, "UTC").await.setting, Setting::default(), "no row");
        let row = format!("insert into training.setting (tenant_id) values ('{id}')");
        execute(&mut db.connect().await, &row).await;
        assert_eq!(
            app(&db, "UTC").await.setting,
            Setting::default(),
            "a row of defaults"
        );
    }

    #[tokio::test]
    async fn a_user_whose_zone_is_not_known_has_the_apps() {
        let db = TestDb::new().await;
        let berlin = app(&db, " Europe/Berlin ").await;
        for own in [Some("Asia/Tokyo"), Some("\tAsia/Tokyo ")] {
            let expected = UserZone {
                zone: Tz::Asia__Tokyo,
                is_fallback: false,
            };
            assert_eq!(berlin.zone_of(own), Ok(expected), "{own:?}");
        }
        for unknown in [
            None,
            Some(""),
            Some("  "),
            Some("asia/tokyo"),
            Some("+09:00"),
            Some("Mars/Olympus"),
        ] {
            let expected = UserZone {
                zone: Tz::Europe__Berlin,
                is_fallback: true,
            };
            assert_eq!(berlin.zone_of(unknown), Ok(expected), "{unknown:?}");
        }
        let nowhere = app(&db, " Mars/Olympus\n").await;
        assert!(nowhere.zone_of(Some("UTC")).is_ok());
        for (own, shown) in [(None, ""), (Some(" X "), "X")] {
            let said = format!("time zone '{shown}' is unknown, and so is the tenant's 'Mars/Olympus'");
            assert_eq!(nowhere.zone_of(own), Err(Reason(said)));
        }
    }

    #[tokio::test]
    async fn nothing_and_zero_are_the_apps_targets() {
        let db = TestDb::new().await;
        let app = app(&db, "UTC").await;
        for unset in [None, Some(0)] {
            assert_eq!(app.target(unset, unset), Target { days: 3, minutes: 45 });
        }
        assert_eq!(app.target(Some(7), Some(20)), Target { days: 7, minutes: 20 });
    }
}
