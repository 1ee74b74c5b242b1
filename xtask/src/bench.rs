//! `bench`: the figures of docs/performance.md, measured anew.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use clap::Args;

use crate::db::Database;
use crate::workspace::{self, Workspace};
use crate::{package, process, registry};

const BEGIN: &str = "<!-- BEGIN written by `cargo xtask bench`; do not edit. -->\n";
const END: &str = "<!-- END -->\n";

#[derive(Args)]
pub struct Options {
    /// Members of the gym, once for each size; the published figures go to 1000000, which takes half an hour
    /// and about 10 GB on the disk
    #[arg(long, default_value = "10000,100000")]
    sizes: String,
    /// Customers of the shop, once for each size
    #[arg(long, default_value = "10000,100000")]
    customers: String,
    /// How often each contestant runs
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Writes the figures into docs/performance.md
    #[arg(long)]
    write: bool,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let package = package::run(workspace, &package::Options::default())?;
    let mut build = workspace.cargo();
    // For the same target as the functions, with which it shares what is built.
    build.args([
        "build",
        "--release",
        "--workspace",
        "--bin",
        "bench",
        "--example",
        "probe",
    ]);
    build.args(["--target", package.target]);
    process::run(&mut build)?;
    let release = workspace.target.join(package.target).join("release");
    let figures = Database::of(workspace)?.during(|server| {
        let mut bench = bench(&release, &package.folders, server);
        bench.arg("--zips").arg(&package.zips).args([
            "--sizes",
            &options.sizes,
            "--customers",
            &options.customers,
            "--rounds",
            &options.rounds.to_string(),
        ]);
        process::capture(&mut bench)
    })?;
    println!("{figures}");
    if options.write {
        let path = workspace.root.join("docs/performance.md");
        let page = replace(&workspace::read(&path)?, options, &figures)?;
        workspace::write(&path, &page)?;
    }
    Ok(())
}

/// Runs the bench once on a few members and customers, by binaries of the dev profile: its figures mean nothing, but it has
/// compared what the jobs leave with what the floors leave.
pub fn check(workspace: &Workspace) -> Result<()> {
    process::run(
        workspace
            .cargo()
            .args(["build", "--workspace", "--bins", "--tests", "--examples"]),
    )?;
    let debug = workspace.binaries();
    let folders = workspace.target.join("tmp/bench");
    workspace::remove_folder(&folders)?;
    for function in registry::read(workspace)? {
        let folder = folders.join(&function.name);
        workspace::create_folder(&folder)?;
        let (binary, bootstrap) = (debug.join(&function.name), folder.join("bootstrap"));
        fs::copy(&binary, &bootstrap).with_context(|| format!("copy {}", binary.display()))?;
    }
    Database::of(workspace)?.during(|server| {
        let mut bench = bench(&debug, &folders, server);
        process::capture(bench.args([
            "--sizes",
            "600",
            "--customers",
            "600",
            "--rounds",
            "1",
            "--starts",
            "1",
        ]))
    })?;
    workspace::remove_folder(&folders)
}

fn bench(built: &Path, functions: &Path, server: &str) -> Command {
    let mut bench = Command::new(built.join("bench"));
    bench
        .arg("--functions")
        .arg(functions)
        .arg("--empty")
        .arg(built.join("examples/probe"))
        .env("DATABASE_URL", server)
        .stderr(Stdio::inherit());
    bench
}

/// The page with the part between the markers replaced.
fn replace(page: &str, options: &Options, figures: &str) -> Result<String> {
    let missing = || {
        format!(
            "docs/performance.md: the line `{}` or `{}` is missing",
            BEGIN.trim(),
            END.trim()
        )
    };
    let (head, rest) = page.split_once(BEGIN).with_context(missing)?;
    let (_, tail) = rest.split_once(END).with_context(missing)?;
    let command = format!(
        "cargo xtask bench --sizes {} --customers {} --rounds {}",
        options.sizes, options.customers, options.rounds
    );
    Ok(format!(
        "{head}{BEGIN}\nBy `{command} --write`, on {figures}\n{END}{tail}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_figures_and_nothing_else() {
        let options = Options {
            sizes: "10".into(),
            customers: "20".into(),
            rounds: 2,
            write: true,
        };
        let page = format!("before\n{BEGIN}old\n{END}after\n");
        let new = replace(&page, &options, "2 processors\n").unwrap();
        assert_eq!(
            new,
            format!(
                "before\n{BEGIN}\nBy `cargo xtask bench --sizes 10 --customers 20 --rounds 2 --write`, on 2 processors\n\n{END}after\n"
            )
        );
        assert!(replace("no markers", &options, "").is_err());
    }
}
