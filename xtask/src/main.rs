//! The project's only automation: `cargo xtask <command>`. It depends on no other crate of the workspace,
//! so it also works while those do not build.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to a person is what it is for"
)]

mod account;
mod bench;
mod catalogue;
mod ci;
mod cluster;
mod db;
mod demo;
mod moto;
mod new_job;
mod package;
mod postgres;
mod process;
mod python;
mod queries;
mod registry;
mod schedule;
mod server;
mod stack;
mod stanzas;
mod sync;
mod test;
mod tidy;
mod url;
mod usage;
mod watched;
mod workspace;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Everything that is done to this repository beside editing it.
///
/// The commands that need a database use a private PostgreSQL cluster under target/db, which they start
/// and stop by themselves, or the server that DATABASE_URL names.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the jobs on made-up gyms and tells what they found
    Demo(demo::Options),
    /// Runs all tests with the database and the AWS stand-in they need
    Test {
        /// Handed to `cargo test`, for example `-p coaching` or `-- name_of_a_test`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Starts, stops and looks into the private PostgreSQL cluster
    Db {
        #[command(subcommand)]
        verb: db::Verb,
    },
    /// Writes docs/jobs.md, the jobs in template.yaml and for the watchdog, and the query data in .sqlx/
    Sync {
        /// Writes nothing, and fails when something is stale
        #[arg(long)]
        check: bool,
    },
    /// Measures the jobs, beside the least that a database can do and beside what they replace
    Bench(bench::Options),
    /// Adds a job to a domain: code that compiles, a query, tests and the registry entry
    NewJob(new_job::Options),
    /// Builds all functions as they are deployed, into the folders that template.yaml names
    Package(package::Options),
    /// Runs every check, and the tests as the last
    Ci {
        /// Only these
        steps: Vec<ci::Step>,
    },
}

fn main() -> ExitCode {
    let result = run(Cli::parse());
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(cli: Cli) -> Result<ExitCode> {
    // An interrupt also reaches whatever runs in the foreground, and ends it. This process stays alive to
    // see that and to stop what it started.
    let interrupted = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, interrupted).context("survive an interrupt")?;

    let workspace = Workspace::find()?;
    match cli.command {
        Command::Demo(options) => demo::run(&workspace, &options)?,
        Command::Test { arguments } => {
            let outcome = test::run(&workspace, &arguments)?;
            println!("{}", outcome.closing_line());
            return Ok(outcome.exit_code());
        }
        Command::Db { verb } => db::run(&workspace, verb)?,
        Command::Sync { check: true } => sync::check(&workspace)?,
        Command::Sync { check: false } => sync::write(&workspace)?,
        Command::Bench(options) => bench::run(&workspace, &options)?,
        Command::NewJob(options) => new_job::run(&workspace, &options)?,
        Command::Package(options) => drop(package::run(&workspace, &options)?),
        Command::Ci { steps } => return Ok(ci::run(&workspace, &steps)),
    }
    Ok(ExitCode::SUCCESS)
}
