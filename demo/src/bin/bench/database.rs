//! The server, a filled database, and the copies of it that each contestant gets.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use demo::{booking, coaching, productivity, runtime_api::Function, sales, training, wire::Wire};
use futures_util::TryStreamExt;
use hyper::body::Bytes;
use serde_json::json;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions};

const FILLED: &str = "nightshift_bench_filled";
const COPY: &str = "nightshift_bench_copy";

/// The moment as of which everything is made up and every contestant works.
pub const AS_OF: &str = "2026-01-29T03:00:00Z";

/// Tenants grow from it: the same for every size and every run.
const SEED: u64 = 1;

/// What a production server has and a test's server may lack. Per-row commits are flushed in the old way's
/// production, too.
const DURABLE: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// What a database is filled with.
pub enum Filling<'a> {
    Gym {
        members: u32,
    },
    Shops(booking::Size<'a>),
    /// Shops whose customers have scores.
    ScoredShops(booking::Size<'a>),
    Distributors(sales::Size),
    Apps(training::Size),
    Companies(productivity::Size),
}

pub struct Server {
    options: PgConnectOptions,
    functions: PathBuf,
}

pub fn as_of() -> Result<DateTime<Utc>> {
    AS_OF.parse().context("read the bench's own instant")
}

impl Server {
    pub fn at(url: &str, functions: &Path) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)
            .context("read DATABASE_URL")?
            .disable_statement_logging();
        Ok(Self {
            options,
            functions: functions.to_owned(),
        })
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        self.options.clone().database(database)
    }

    async fn connect(&self, database: &str) -> Result<PgConnection> {
        PgConnection::connect_with(&self.options(database))
            .await
            .with_context(|| format!("connect to {database}"))
    }

    /// Makes the server durable for as long as the bench runs. Returns which settings it took for that.
    pub async fn prepare(&self) -> Result<Vec<&'static str>> {
        let mut connection = self.connect("postgres").await?;
        let mut changed = Vec::new();
        for setting in DURABLE {
            let value: String = sqlx::query_scalar("select current_setting($1)")
                .bind(setting)
                .fetch_one(&mut connection)
                .await
                .context("read the server's settings")?;
            if value != "on" {
                alter_system(&mut connection, format!("set {setting} = on")).await?;
                changed.push(setting);
            }
        }
        Ok(changed)
    }

    /// What the server is, in a line.
    pub async fn describe(&self) -> Result<String> {
        sqlx::query_scalar(
            "select format(
                'PostgreSQL %s, shared_buffers %s, max_wal_size %s, fsync %s, synchronous_commit %s',
                split_part(current_setting('server_version'), ' ', 1),
                current_setting('shared_buffers'),
                current_setting('max_wal_size'),
                current_setting('fsync'),
                current_setting('synchronous_commit')
            )",
        )
        .fetch_one(&mut self.connect("postgres").await?)
        .await
        .context("read the server's settings")
    }

    /// Undoes what [`Server::prepare`] has changed.
    pub async fn restore(&self, changed: &[&'static str]) -> Result<()> {
        let mut connection = self.connect("postgres").await?;
        for setting in changed {
            alter_system(&mut connection, format!("reset {setting}")).await?;
        }
        Ok(())
    }

    /// Makes a database without a tenant.
    pub async fn migrate(&self) -> Result<()> {
        let mut server = self.connect("postgres").await?;
        drop_database(&mut server, FILLED).await?;
        let create = format!("create database {FILLED}");
        server
            .execute(AssertSqlSafe(create))
            .await
            .context("create the database")?;
        let migrated = self.function_of_filled("migrate").invoke(&json!({})).await?;
        migrated.answer().context("migrate the database")?;
        Ok(())
    }

    /// Makes the database that the contestants get copies of: migrated, filled, vacuumed.
    pub async fn fill(&self, filling: &Filling<'_>) -> Result<()> {
        self.migrate().await?;
        let mut connection = self.connect_filled().await?;
        match *filling {
            Filling::Gym { members } => {
                let size = coaching::Size {
                    gyms: 1,
                    members_per_gym: members,
                    unknown_zone: false,
                };
                coaching::fill(&mut connection, SEED, as_of()?, size).await?;
            }
            Filling::Shops(size) => drop(booking::fill(&mut connection, SEED, as_of()?, size).await?),
            Filling::ScoredShops(size) => {
                booking::fill(&mut connection, SEED, as_of()?, size).await?;
                booking::score(&mut connection, as_of()?).await?;
            }
            Filling::Distributors(size) => drop(sales::fill(&mut connection, SEED, as_of()?, size).await?),
            Filling::Apps(size) => drop(training::fill(&mut connection, SEED, as_of()?, size).await?),
            Filling::Companies(size) => {
                productivity::fill(&mut connection, SEED, as_of()?, size).await?;
            }
        }
        connection
            .execute("vacuum (analyze)")
            .await
            .context("vacuum the filled database")?;
        Ok(())
    }

    pub async fn connect_filled(&self) -> Result<PgConnection> {
        self.connect(FILLED).await
    }

    pub async fn forget(&self) -> Result<()> {
        let mut server = self.connect("postgres").await?;
        drop_database(&mut server, COPY).await?;
        drop_database(&mut server, FILLED).await
    }

    /// A fresh copy of the filled database, in place of the one before.
    pub async fn copy(&self) -> Result<PgConnection> {
        let mut server = self.connect("postgres").await?;
        drop_database(&mut server, COPY).await?;
        let create = format!("create database {COPY} template {FILLED} strategy file_copy");
        server
            .execute(AssertSqlSafe(create))
            .await
            .context("copy the filled database")?;
        // Nobody is to pay for writing out what the copy has left in memory.
        server.execute("checkpoint").await.context("checkpoint")?;
        self.connect(COPY).await
    }

    /// A function at work on the copy, over a wire of its own if one is given.
    pub fn job(&self, name: &str, wire: Option<&Wire>) -> Function {
        self.function(name, COPY, wire)
    }

    /// A function that works on the filled database, or the one without a tenant.
    pub fn function_of_filled(&self, name: &str) -> Function {
        self.function(name, FILLED, None)
    }

    /// The names of all functions, in order.
    pub fn names(&self) -> Result<Vec<String>> {
        let folders = fs::read_dir(&self.functions).context("list the functions")?;
        let mut names: Vec<_> = folders
            .map(|folder| Ok(folder?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_>>()?;
        names.sort();
        Ok(names)
    }

    fn binary(&self, name: &str) -> PathBuf {
        self.functions.join(name).join("bootstrap")
    }

    fn function(&self, name: &str, database: &str, wire: Option<&Wire>) -> Function {
        let options = match wire {
            Some(wire) => wire.options(),
            None => self.options(database),
        };
        Function::new(self.binary(name), name)
            .env("DATABASE_URL", options.to_url_lossy().as_str())
            .timeout(Duration::from_secs(3600))
            .env("JOB_TIMEOUT_SECONDS", "3600")
            .env("FRONTEND_URL", "https://shop.example")
            .env("RESOLVE_OUTCOMES_LIMIT", "1000")
            .env("CLEANUP_INTERVAL_DAYS", "180")
            .env("ANALYTICS_RETENTION_DAYS", "365")
            // What is cleaned up is most of what there is.
            .env("CLEANUP_FORCE", "true")
    }

    /// A wire to the copy on which each request takes `latency` longer.
    pub fn wire(&self, latency: Duration) -> Result<Wire> {
        Wire::to(&self.options(COPY), latency)
    }

    /// How long the longest transaction on the copy has been under way, in seconds.
    pub async fn longest_transaction(&self, connection: &mut PgConnection) -> Result<f64> {
        sqlx::query_scalar(
            "select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::float8
            from pg_stat_activity
            where datname = $1
            and backend_type = 'client backend'",
        )
        .bind(COPY)
        .fetch_one(connection)
        .await
        .context("ask for transactions")
    }

    /// A connection that is not to the copy.
    pub async fn connect_aside(&self) -> Result<PgConnection> {
        self.connect("postgres").await
    }

    pub fn copy_options(&self) -> PgConnectOptions {
        self.options(COPY)
    }
}

async fn alter_system(connection: &mut PgConnection, change: String) -> Result<()> {
    connection
        .execute(AssertSqlSafe(format!("alter system {change}")))
        .await
        .with_context(|| format!("alter the server's settings: {change}"))?;
    connection
        .execute("select pg_reload_conf()")
        .await
        .context("reload the server's settings")?;
    Ok(())
}

async fn drop_database(server: &mut PgConnection, name: &str) -> Result<()> {
    let drop = format!("drop database if exists {name} with (force)");
    server
        .execute(AssertSqlSafe(drop))
        .await
        .with_context(|| format!("drop {name}"))?;
    Ok(())
}

/// What a `copy … to stdout` gives.
pub async fn copy_out(connection: &mut PgConnection, statement: &str) -> Result<Vec<Bytes>> {
    let rows = connection
        .copy_out_raw(statement)
        .await
        .context("begin to copy rows out")?;
    rows.try_collect().await.context("copy rows out")
}

/// Hands it to a `copy … from stdin`.
pub async fn copy_in(connection: &mut PgConnection, statement: &str, rows: Vec<Bytes>) -> Result<u64> {
    let mut copy = connection
        .copy_in_raw(statement)
        .await
        .context("begin to copy rows in")?;
    for chunk in rows {
        copy.send(chunk).await.context("copy rows in")?;
    }
    copy.finish().await.context("end copying rows in")
}
