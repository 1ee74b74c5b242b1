//! The story behind `cargo xtask demo`: a night of the gyms', the booking shops' and the distributors' jobs, a Monday of the
//! training apps' and a month's end of the companies', and the delivery of messages, as Lambda would run them, on made-up
//! tenants in an empty database.
//! Whatever it claims it has checked; when something is not so it fails.

mod again;
mod apps;
mod chapters;
mod companies;
mod distributors;
mod gyms;
mod lifters;
mod messages;
mod monday;
mod month_end;
mod night;
mod occasions;
mod outcomes;
mod paper;
mod reasons;
mod runs;
mod safety;
mod shops;
mod standing;
mod story;
mod tenants;
mod trade;
mod words;

use std::{path::PathBuf, str::FromStr};

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Days, NaiveTime, SecondsFormat, TimeDelta, Utc};
use clap::Parser;
use demo::{booking, coaching, sales};
use night::{FRONTEND_URL, Night};
use paper::Paper;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

/// One of them has a time zone that nobody knows, and fails without harm to the others.
const GYMS: u32 = 6;

/// Nobody has seen to their outcomes for a week, so that one night has some of every kind.
const SHOPS: booking::Size = booking::Size {
    shops: 4,
    customers_per_shop: 100,
    appointments_per_customer: 6,
    openings: booking::USUAL_OPENINGS,
    unresolved_days: 7,
    unknown_zone: false,
};

/// Two zones, of which one names everybody in its settings and the other nobody. A config of each cannot be used.
const DISTRIBUTORS: sales::Size = sales::Size {
    distributors: 2,
    customers_per_distributor: 150,
    orders_per_customer: 14,
    lines_per_order: 4,
    skus_per_distributor: 50,
    unusable_trigger: true,
    unknown_zone: false,
};

/// Shows what the jobs of all products do, in the empty database that `DATABASE_URL` names.
#[derive(Parser)]
struct Arguments {
    /// Where the functions' binaries are
    #[arg(long)]
    bin_dir: PathBuf,
    /// How many members the gyms have together; a handful would not make a story
    #[arg(long, default_value_t = 1200, value_parser = clap::value_parser!(u32).range(60..))]
    members: u32,
    /// What everything grows from: the same seed, the same gyms, shops and distributors
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let url = std::env::var("DATABASE_URL").context("read the environment variable DATABASE_URL")?;
    let as_of = last_night()?;
    let paper = Paper::new();

    night::migrate(&arguments.bin_dir, &url).await?;
    let options = PgConnectOptions::from_str(&url).context("read DATABASE_URL")?;
    let mut database = PgConnection::connect_with(&options)
        .await
        .context("connect to the database")?;
    for product in ["coaching", "booking", "sales", "training", "productivity"] {
        let tenants = tenants::of_product(&mut database, product).await?;
        ensure!(
            tenants.is_empty(),
            "the database holds tenants already: the demo wants an empty one"
        );
    }

    tell_of_gyms(paper, &mut database, &arguments, &url, as_of).await?;
    let lost_at = tell_of_shops(paper, &mut database, &arguments, &url, as_of).await?;
    tell_of_distributors(paper, &mut database, &arguments, &url, as_of).await?;
    lifters::tell(paper, &mut database, &arguments, &url, as_of).await?;
    month_end::tell(paper, &mut database, &arguments, &url, as_of).await?;
    messages::tell(paper, &mut database, &arguments, &url, triggers_due(as_of)).await?;
    how_to_go_on(paper, &arguments, lost_at);
    database.close().await.context("close the connection")
}

async fn tell_of_gyms(
    paper: Paper,
    database: &mut PgConnection,
    arguments: &Arguments,
    url: &str,
    as_of: DateTime<Utc>,
) -> Result<()> {
    let size = coaching::Size {
        gyms: GYMS,
        members_per_gym: arguments.members.div_ceil(GYMS),
        unknown_zone: true,
    };
    coaching::fill(database, arguments.seed, as_of, size)
        .await
        .context("make up the gyms")?;
    let gyms = tenants::of_product(database, "coaching").await?;
    let jobs = ["commitment-scores", "at-risk-detection", "coach-actions"].map(|job| (job, as_of));
    let night = Night::new(&arguments.bin_dir, url, &jobs);
    let events = night.events();

    chapters::gyms(paper, database, as_of, &gyms).await?;
    let runs = night.work(&events).await?;
    runs::runs(
        paper,
        "The gyms' three jobs, each started as a Lambda function by its EventBridge rule",
        "members",
        &gyms,
        &runs,
    )?;
    chapters::members_at_risk(paper, database, &gyms, &runs).await?;
    chapters::coaches(paper, database, &gyms, &runs).await?;
    safety::repeated(paper, database, &gyms, &night, &events, &runs).await
}

/// Returns when a slot is free again unless its deposit is paid.
async fn tell_of_shops(
    paper: Paper,
    database: &mut PgConnection,
    arguments: &Arguments,
    url: &str,
    as_of: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    let midnight = as_of.date_naive().and_time(NaiveTime::MIN).and_utc();
    booking::fill(database, arguments.seed, midnight, SHOPS)
        .await
        .context("make up the shops")?;
    story::open_shop(database, midnight).await?;
    let shops = tenants::of_product(database, "booking").await?;
    let jobs = [
        ("resolve-outcomes", 0),
        ("recompute-scores", 120),
        ("expire-offers", 125),
    ];
    let night = Night::new(
        &arguments.bin_dir,
        url,
        &jobs.map(|(job, minutes)| (job, midnight + TimeDelta::minutes(minutes))),
    );

    outcomes::shops(paper, database, &shops).await?;
    let runs = night.work(&night.events()).await?;
    runs::runs(
        paper,
        "The shops' three jobs, started by their rules at 00:00, 02:00 and 02:05 UTC",
        "subjects",
        &shops,
        &runs,
    )?;
    outcomes::outcomes(paper, database, &shops, &runs[0]).await?;
    outcomes::refunds(paper, database, &shops, &runs[0]).await?;
    standing::standing(paper, database, &shops, &runs[1]).await?;
    story::one_slot(paper, database, &shops, &night, midnight).await
}

async fn tell_of_distributors(
    paper: Paper,
    database: &mut PgConnection,
    arguments: &Arguments,
    url: &str,
    as_of: DateTime<Utc>,
) -> Result<()> {
    let due = triggers_due(as_of);
    sales::fill(database, arguments.seed, due, DISTRIBUTORS)
        .await
        .context("make up the distributors")?;
    let distributors = tenants::of_product(database, "sales").await?;
    // Each goes by the results of those before it.
    let jobs = [
        "update-account-types",
        "sample-metrics",
        "calculate-burn-rates",
        "process-triggers",
    ];
    let night = Night::new(&arguments.bin_dir, url, &jobs.map(|job| (job, due)));

    trade::distributors(paper, database, &distributors).await?;
    let runs = night.work(&night.events()).await?;
    runs::runs(
        paper,
        "The distributors' four jobs, one after the other as of 02:00 UTC",
        "subjects",
        &distributors,
        &runs,
    )?;
    let [types, samples, stock, triggers] = runs.as_slice() else {
        bail!("four jobs make four runs");
    };
    trade::moves(paper, database, &distributors, types).await?;
    trade::samples(paper, database, &distributors, samples).await?;
    trade::reorders(paper, database, &distributors, stock).await?;
    occasions::triggers(paper, database, &distributors, triggers).await?;
    trade::repeated(paper, database, &distributors, &night).await
}

/// Where to look next.
fn how_to_go_on(paper: Paper, arguments: &Arguments, lost_at: DateTime<Utc>) {
    paper.line("");
    paper.aside(
        2,
        "Other gyms, shops and distributors: cargo xtask demo --members 6000 --seed 7. To look around afterwards: add --keep. \
         Then, for what would come if nobody paid the deposit:",
    );
    let command = arguments.bin_dir.join("expire-offers");
    let as_of = lost_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    for line in [
        format!("FRONTEND_URL={FRONTEND_URL} {} \\", command.display()),
        format!("    --tenant {} --as-of {as_of} --dry-run", story::SHOP),
    ] {
        paper.line(format_args!("    {}", paper.dim(&line)));
    }
}

/// When the distributors' jobs are due in the night that ends at `as_of`.
fn triggers_due(as_of: DateTime<Utc>) -> DateTime<Utc> {
    as_of - TimeDelta::hours(2)
}

/// The latest 04:00 UTC, when the last of the night's jobs is due.
fn last_night() -> Result<DateTime<Utc>> {
    let now = shared::clock::now();
    let four = NaiveTime::from_hms_opt(4, 0, 0).context("04:00 is a time")?;
    let today = now.date_naive().and_time(four).and_utc();
    Ok(if today <= now { today } else { today - Days::new(1) })
}
