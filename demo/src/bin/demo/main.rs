//! The story behind `cargo xtask demo`: one night of the gyms' and of the booking shops' jobs, as Lambda would run
//! them, on made-up tenants in an empty database. Whatever it claims it has checked; when something is not so it
//! fails.

mod chapters;
mod gyms;
mod night;
mod outcomes;
mod paper;
mod reasons;
mod runs;
mod safety;
mod shops;
mod standing;
mod story;
mod tenants;
mod words;

use std::{path::PathBuf, str::FromStr};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Days, NaiveTime, SecondsFormat, TimeDelta, Utc};
use clap::Parser;
use demo::{booking, coaching};
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

/// Shows one night of the gyms' and the booking shops' jobs in the empty database that `DATABASE_URL` names.
#[derive(Parser)]
struct Arguments {
    /// Where the functions' binaries are
    #[arg(long)]
    bin_dir: PathBuf,
    /// How many members the gyms have together; a handful would not make a story
    #[arg(long, default_value_t = 1200, value_parser = clap::value_parser!(u32).range(60..))]
    members: u32,
    /// What gyms and shops grow from: the same seed, the same gyms and shops
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
    let gyms = tenants::of_product(&mut database, "coaching").await?;
    let shops = tenants::of_product(&mut database, "booking").await?;
    ensure!(
        gyms.is_empty() && shops.is_empty(),
        "the database holds gyms or shops already: the demo wants an empty one"
    );

    tell_of_gyms(paper, &mut database, &arguments, &url, as_of).await?;
    let lost_at = tell_of_shops(paper, &mut database, &arguments, &url, as_of).await?;
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
    let night = Night::new(&arguments.bin_dir, url, jobs);
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
        jobs.map(|(job, minutes)| (job, midnight + TimeDelta::minutes(minutes))),
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

/// Where to look next.
fn how_to_go_on(paper: Paper, arguments: &Arguments, lost_at: DateTime<Utc>) {
    paper.line("");
    paper.aside(
        2,
        "Other gyms and shops: cargo xtask demo --members 6000 --seed 7. To look around afterwards: add --keep. \
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

/// The latest 04:00 UTC, when the last of the night's jobs is due.
fn last_night() -> Result<DateTime<Utc>> {
    let now = shared::clock::now();
    let four = NaiveTime::from_hms_opt(4, 0, 0).context("04:00 is a time")?;
    let today = now.date_naive().and_time(four).and_utc();
    Ok(if today <= now { today } else { today - Days::new(1) })
}
