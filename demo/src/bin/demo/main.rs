//! The story behind `cargo xtask demo`: one night of the gym's three jobs, as Lambda would run them, on made-up
//! gyms in an empty database. Whatever it claims it has checked; when something is not so it fails.

mod chapters;
mod gyms;
mod night;
mod paper;
mod reasons;
mod safety;
mod words;

use std::{path::PathBuf, str::FromStr};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Days, NaiveTime, Utc};
use clap::Parser;
use demo::coaching::{self, Size};
use night::Night;
use paper::Paper;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

/// One of them has a time zone that nobody knows, and fails without harm to the others.
const GYMS: u32 = 6;

/// Shows one night of the gym's jobs in the empty database that `DATABASE_URL` names.
#[derive(Parser)]
struct Arguments {
    /// Where the functions' binaries are
    #[arg(long)]
    bin_dir: PathBuf,
    /// How many members the gyms have together; a handful would not make a story
    #[arg(long, default_value_t = 1200, value_parser = clap::value_parser!(u32).range(60..))]
    members: u32,
    /// What the gyms grow from: the same seed, the same gyms
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
    let before = gyms::all(&mut database).await?;
    ensure!(
        before.is_empty(),
        "the database holds gyms already: the demo wants an empty one"
    );
    let size = Size {
        gyms: GYMS,
        members_per_gym: arguments.members.div_ceil(GYMS),
        unknown_zone: true,
    };
    coaching::fill(&mut database, arguments.seed, as_of, size)
        .await
        .context("make up the gyms")?;
    let gyms = gyms::all(&mut database).await?;
    let night = Night::new(&arguments.bin_dir, &url, as_of);
    let events = night.events();

    chapters::gyms(paper, &mut database, as_of, &gyms).await?;
    let runs = night.work(&events).await?;
    chapters::runs(paper, &gyms, &runs)?;
    chapters::members_at_risk(paper, &mut database, &gyms, &runs).await?;
    chapters::coaches(paper, &mut database, &gyms, &runs).await?;
    safety::repeated(paper, &mut database, &gyms, &night, &events, &runs).await?;
    chapters::how_to_go_on(paper);
    database.close().await.context("close the connection")
}

/// The latest 04:00 UTC, when the last of the three jobs is due.
fn last_night() -> Result<DateTime<Utc>> {
    let now = shared::clock::now();
    let four = NaiveTime::from_hms_opt(4, 0, 0).context("04:00 is a time")?;
    let today = now.date_naive().and_time(four).and_utc();
    Ok(if today <= now { today } else { today - Days::new(1) })
}
