//! The figures behind docs/performance.md: the jobs as Lambda runs them, beside the least that a database can do
//! for the same rows and beside the programs that they replace; and what it costs to start each binary.
//!
//! Prints Markdown. All of a comparison happens in one run, on one machine, on copies of one database.

mod contest;
mod database;
mod distributor;
mod gym;
mod old_way;
mod run;
mod shop;
mod startup;
mod table;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use database::Server;

/// Measures the jobs on the server that `DATABASE_URL` names, as its superuser.
#[derive(Parser)]
struct Arguments {
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
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000])]
    sizes: Vec<u32>,
    /// Customers of the shop, and of the large distributor, once for each size
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000])]
    customers: Vec<u32>,
    /// How often each contestant runs; the figures are the medians
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How often each binary is started
    #[arg(long, default_value_t = 21, value_parser = clap::value_parser!(u32).range(1..))]
    starts: u32,
    /// Leaves the server as it is, which may not flush what is committed: for a check, whose figures mean nothing
    #[arg(long)]
    careless: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let url = std::env::var("DATABASE_URL").context("read the environment variable DATABASE_URL")?;
    let server = Server::at(&url, &arguments.functions)?;
    let changed = if arguments.careless {
        Vec::new()
    } else {
        server.prepare().await?
    };
    let measured = measure(&arguments, &server).await;
    let description = server.describe().await;
    server.restore(&changed).await?;
    table::print(&description?, &measured?)
}

async fn measure(arguments: &Arguments, server: &Server) -> Result<table::Figures> {
    progress("starting each binary");
    let starts = startup::measure(
        server,
        arguments.zips.as_deref(),
        &arguments.empty,
        arguments.starts,
    )
    .await?;
    let mut contests = Vec::new();
    let mut coaches = Vec::new();
    for &members in &arguments.sizes {
        coaches.push(gym::measure(server, members, arguments.rounds, &mut contests).await?);
    }
    for &customers in &arguments.customers {
        shop::measure(server, customers, arguments.rounds, &mut contests).await?;
    }
    let customers = arguments
        .customers
        .iter()
        .max()
        .context("read the sizes of a shop")?;
    let offers = shop::offers(server, *customers, arguments.rounds).await?;
    let compared = distributor::compare(server, *customers, arguments.rounds).await?;
    let mut large = Vec::new();
    let mut distributors = Vec::new();
    for &customers in &arguments.customers {
        distributors.push(distributor::large(server, customers, &mut large).await?);
    }
    Ok(table::Figures {
        starts,
        contests,
        coaches,
        offers,
        compared,
        distributors,
        large,
    })
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
