//! `db`: the database that everything else here works on, the private cluster or the one in `DATABASE_URL`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Subcommand;

use crate::cluster::Cluster;
use crate::postgres::Postgres;
use crate::workspace::Workspace;
use crate::{process, url};

#[derive(Subcommand)]
pub enum Verb {
    /// Starts the private cluster and leaves it running
    Start,
    /// Stops the private cluster; its data stays
    Stop,
    /// Says whether the cluster runs, and where
    Status,
    /// Throws all data away and starts afresh
    Reset,
    /// Prints the URL of the superuser's login
    Url,
    /// Opens psql, for example `cargo xtask db psql nightshift_demo -- -c 'select now()'`
    Psql {
        /// The database; without it, the one in the URL
        database: Option<String>,
        /// What psql is to be told besides where the database is
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

pub enum Database {
    /// What `DATABASE_URL` names: started, stopped and reset by whoever set it.
    Given(String),
    Private(Cluster),
}

impl Database {
    pub fn of(workspace: &Workspace) -> Result<Self> {
        match std::env::var("DATABASE_URL") {
            Ok(url) if !url.is_empty() => Ok(Self::Given(url)),
            _ => Ok(Self::Private(Cluster::of(workspace)?)),
        }
    }

    /// Does the work with a running server's URL. A private cluster that was not running before, and that
    /// nobody else has come to use, is stopped again, whatever became of the work.
    pub fn during<T>(&self, work: impl FnOnce(&str) -> Result<T>) -> Result<T> {
        match self {
            Self::Given(url) => work(url),
            Self::Private(cluster) => {
                let user = cluster.enter()?;
                let result = cluster.url().and_then(|url| work(&url));
                let left = cluster.leave(user);
                // The work's own failure is the one to read first.
                let value = result?;
                left?;
                Ok(value)
            }
        }
    }
}

pub fn run(workspace: &Workspace, verb: Verb) -> Result<()> {
    match Database::of(workspace)? {
        Database::Private(cluster) => run_private(cluster, verb),
        Database::Given(url) => {
            let cluster = Cluster::of(workspace)?;
            let of_the_server = matches!(verb, Verb::Start | Verb::Stop | Verb::Status | Verb::Reset);
            // `db url` was put into DATABASE_URL, as the README shows: the cluster is still one's own.
            if of_the_server && cluster.is_behind(&url) {
                return run_private(cluster, verb);
            }
            run_given(&url, verb)
        }
    }
}

fn run_given(url: &str, verb: Verb) -> Result<()> {
    match verb {
        Verb::Start | Verb::Stop | Verb::Reset => {
            bail!(
                "DATABASE_URL is set, so there is no private cluster to start, stop or reset; unset it first"
            )
        }
        Verb::Status => {
            println!(
                "DATABASE_URL is set and replaces the private cluster: {}",
                version(url)?
            );
            Ok(())
        }
        Verb::Url => {
            println!("{url}");
            Ok(())
        }
        Verb::Psql { database, arguments } => open_psql(url, database, &arguments),
    }
}

fn run_private(cluster: Cluster, verb: Verb) -> Result<()> {
    match verb {
        Verb::Start => {
            cluster.start()?;
            println!("{}", cluster.url()?);
            Ok(())
        }
        Verb::Stop => cluster.stop(),
        Verb::Status if cluster.is_running()? => {
            let url = cluster.url()?;
            println!(
                "running: {}\nat {url}\nwith its data in {}",
                version(&url)?,
                cluster.data().display()
            );
            Ok(())
        }
        Verb::Status => {
            println!("not running; `cargo xtask db start` starts it");
            Ok(())
        }
        Verb::Reset => {
            cluster.reset()?;
            println!("{}", cluster.url()?);
            Ok(())
        }
        Verb::Url if cluster.is_running()? => {
            println!("{}", cluster.url()?);
            Ok(())
        }
        Verb::Url => bail!("the private cluster is not running; `cargo xtask db start` starts it"),
        Verb::Psql { database, arguments } => {
            Database::Private(cluster).during(|url| open_psql(url, database, &arguments))
        }
    }
}

fn open_psql(url: &str, database: Option<String>, arguments: &[String]) -> Result<()> {
    let url = database.map_or_else(|| url.to_owned(), |database| url::with_database(url, &database));
    process::run(psql(&url)?.args(arguments))
}

fn version(url: &str) -> Result<String> {
    Ok(query(url, "select version()")?.trim().to_owned())
}

/// psql of the found installation, or the one on PATH where only a client is installed.
fn psql(url: &str) -> Result<Command> {
    let installed = Postgres::find()?
        .map(|postgres| postgres.program("psql"))
        .filter(|psql| psql.is_file());
    let mut command = Command::new(installed.unwrap_or_else(|| "psql".into()));
    command.arg(url);
    Ok(command)
}

/// One statement; the rows come back as lines of text.
pub fn query(url: &str, sql: &str) -> Result<String> {
    process::capture(psql(url)?.args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql]))
}

/// Runs a file of statements, all of them or none.
pub fn run_file(url: &str, file: &Path) -> Result<()> {
    let mut command = psql(url)?;
    command
        .args(["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f"])
        .arg(file);
    process::capture(&mut command)?;
    Ok(())
}

/// Makes an empty database in place of any of that name and returns its URL.
pub fn create_database(server: &str, name: &str) -> Result<String> {
    drop_database(server, name)?;
    query(server, &format!("create database {name}"))
        .with_context(|| format!("create the database {name}"))?;
    Ok(url::with_database(server, name))
}

/// Drops a database, whoever is connected to it.
pub fn drop_database(server: &str, name: &str) -> Result<()> {
    query(server, &format!("drop database if exists {name} with (force)"))
        .with_context(|| format!("drop the database {name}"))?;
    Ok(())
}
