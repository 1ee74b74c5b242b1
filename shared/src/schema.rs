//! The migrations, built in.

use sqlx::migrate::Migrator;

/// Every migration of `migrations/`, in order. It locks the database while it works, so two at once are safe.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");
