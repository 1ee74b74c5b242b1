//! The figures behind docs/performance.md: the jobs as Lambda runs them, beside the least that a database can do
//! for the same rows and beside the programs that they replace; and what it costs to start each binary.
//!
//! Prints the page's blocks. All of a part happens in one run, on one machine, on copies of one database.

mod contest;
mod database;
mod delivery;
mod distributors;
mod gyms;
mod lifters;
mod old_way;
mod productivity;
mod run;
mod shops;
mod starting;
mod table;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, builder::PossibleValuesParser};
use database::Server;
use futures_util::future::LocalBoxFuture;

/// In the order of the page.
const PARTS: &[Part] = &[
    gyms::PART,
    shops::PART,
    distributors::PART,
    lifters::PART,
    productivity::PART,
    delivery::PART,
    starting::PART,
];

/// A part of the figures: a module here, and a block there.
struct Part {
    name: &'static str,
    /// Those of its options that `cargo xtask bench` has too, as they are typed.
    options: fn(&Arguments) -> String,
    /// Gives its tables.
    measure: for<'a> fn(&'a Server, &'a Arguments) -> LocalBoxFuture<'a, Result<String>>,
}

/// Measures the jobs on the server that `DATABASE_URL` names, as its superuser.
#[derive(Parser)]
struct Arguments {
    /// Which parts; all without one
    #[arg(value_parser = PossibleValuesParser::new(PARTS.iter().map(|part| part.name)))]
    parts: Vec<String>,
    /// The folder with the functions as they are deployed, each in a folder of its own as `bootstrap`
    #[arg(long)]
    functions: PathBuf,
    /// The folder with the same as `bootstrap.zip`, if their sizes are of interest
    #[arg(long)]
    zips: Option<PathBuf>,
    /// A Lambda function that does nothing
    #[arg(long)]
    empty: PathBuf,
    /// Members of the gym, once for each size
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "10000,100000",
        default_value_if("check", "true", "600")
    )]
    sizes: Vec<u32>,
    /// Customers of the shop, and of the large distributor, once for each size
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "10000,100000",
        default_value_if("check", "true", "600")
    )]
    customers: Vec<u32>,
    /// Users of the training app, and people of the company, once for each size
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "10000,100000",
        default_value_if("check", "true", "600")
    )]
    users: Vec<u32>,
    /// How often each contestant runs; the figures are the medians
    #[arg(long, default_value_t = 3, default_value_if("check", "true", "1"), value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How often each binary is started
    #[arg(long, default_value_t = 21, default_value_if("check", "true", "1"), value_parser = clap::value_parser!(u32).range(1..))]
    starts: u32,
    /// Only sees that all can be measured, and that the floors leave what the jobs leave: goes by few subjects, and
    /// leaves the server as it is, which may not flush what is committed. The figures mean nothing
    #[arg(long)]
    check: bool,
}

impl Arguments {
    /// On how many subjects a program is timed that is timed on so many at most.
    fn sample(&self, most: i64) -> i64 {
        /// Enough to run each of its statements.
        const CHECKED: i64 = 50;
        if self.check { most.min(CHECKED) } else { most }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let url = std::env::var("DATABASE_URL").context("read the environment variable DATABASE_URL")?;
    let server = Server::at(&url, &arguments.functions)?;
    let changed = if arguments.check {
        Vec::new()
    } else {
        server.prepare().await?
    };
    let measured = measure(&server, &arguments).await;
    server.restore(&changed).await?;
    measured
}

/// Prints each part's block as soon as it is measured.
#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
async fn measure(server: &Server, arguments: &Arguments) -> Result<()> {
    let cores = std::thread::available_parallelism().context("count the processors")?;
    let settings = server.describe().await?;
    for Part {
        name,
        options,
        measure,
    } in PARTS
    {
        if !arguments.parts.is_empty() && !arguments.parts.iter().any(|part| part == name) {
            continue;
        }
        let tables = measure(server, arguments).await?;
        let command = format!("cargo xtask bench {name}");
        println!(
            "<!-- BEGIN {name}, written by `{command}`; do not edit. -->\n\n\
             By `{command}{}`, on {cores} processors, {settings}.\n\n{tables}\n<!-- END {name} -->",
            options(arguments)
        );
    }
    Ok(())
}

/// Sizes as they are typed: `10000,100000`.
fn typed(sizes: &[u32]) -> String {
    let sizes: Vec<_> = sizes.iter().map(u32::to_string).collect();
    sizes.join(",")
}

/// Says on stderr what is being done, since it takes minutes.
#[expect(clippy::print_stderr, reason = "someone waits")]
fn progress(what: &str) {
    eprintln!("bench: {what}");
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
