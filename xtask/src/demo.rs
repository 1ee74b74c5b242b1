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
    /// Another seed makes other gyms; the same seed always makes the same
    #[arg(long)]
    seed: Option<u64>,
    /// Leaves the database up, to look around in
    #[arg(long)]
    keep: bool,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let database = Database::of(workspace)?;
    let url = database.during(|server| {
        // Of the dev profile, which is also the tests': the shortest way from a fresh clone to the story.
        process::run(
            workspace
                .cargo()
                .args(["build", "--quiet", "--workspace", "--bins"]),
        )?;
        let url = db::create_database(server, DATABASE)?;
        let told = tell(workspace, options, &url);
        if !options.keep {
            db::drop_database(server, DATABASE)?;
        } else if let Database::Private(cluster) = &database {
            cluster.start()?;
        }
        told.map(|()| url)
    })?;
    if options.keep {
        print_ways_in(workspace, &url);
    }
    Ok(())
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
    println!("\nThe database stays up until `cargo xtask db stop`. Look around:\n");
    println!("    export APP_ENV=development DATABASE_URL='{url}'");
    println!("    cargo xtask db psql -- -c 'select job, status, total, failed from platform.job_run'");
    println!(
        "    {}/at-risk-detection --dry-run --json",
        workspace.shown(&workspace.binaries())
    );
}
