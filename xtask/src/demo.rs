//! `demo`: a fresh database, the functions' binaries, and the story that the `demo` crate tells with them.

use anyhow::Result;
use clap::Args;

use crate::db::{self, Database};
use crate::process;
use crate::workspace::Workspace;

const DATABASE: &str = "nightshift_demo";

#[derive(Args)]
pub struct Options {
    /// How many members the gyms have together
    #[arg(long)]
    members: Option<u32>,
    /// Another seed makes other gyms and shops; the same seed always makes the same
    #[arg(long)]
    seed: Option<u64>,
    /// Leaves the database up, to look around in
    #[arg(long)]
    keep: bool,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let database = Database::of(workspace)?;
    database.during(|server| {
        let mut build = workspace.cargo();
        // Of the dev profile and with the tests' features, so that whoever runs the tests next, or ran them
        // before, has the dependencies already.
        build.args(["build", "--workspace", "--bins", "--features", "shared/testing"]);
        process::run(&mut build)?;
        let url = db::create_database(server, DATABASE)?;
        let told = tell(workspace, options, &url);
        if !options.keep {
            db::drop_database(server, DATABASE)?;
            return told;
        }
        if let Database::Private(cluster) = &database {
            cluster.start()?;
        }
        print_ways_in(workspace, &url);
        told
    })
}

fn tell(workspace: &Workspace, options: &Options, url: &str) -> Result<()> {
    let mut story = std::process::Command::new(workspace.binaries().join("demo"));
    story
        .arg("--bin-dir")
        .arg(workspace.binaries())
        .env("DATABASE_URL", url);
    if let Some(members) = options.members {
        story.args(["--members", &members.to_string()]);
    }
    if let Some(seed) = options.seed {
        story.args(["--seed", &seed.to_string()]);
    }
    process::run(&mut story)
}

fn print_ways_in(workspace: &Workspace, url: &str) {
    let binaries = workspace.shown(&workspace.binaries()).to_string();
    println!("\nThe database stays. To look around:\n");
    println!("    export DATABASE_URL='{url}'");
    println!("    cargo xtask db psql -- -c 'select job, status, total, failed from platform.job_run'");
    println!("    {binaries}/at-risk-detection --dry-run --json");
    println!("\n`cargo xtask db stop` stops the private cluster, `cargo xtask db reset` empties it.");
}
