//! `bench`: the figures of docs/performance.md, measured anew.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::db::Database;
use crate::workspace::{self, Workspace};
use crate::{package, process, registry};

/// Begin the first and the last line of a part's block; the part's name comes next.
const BEGIN: &str = "<!-- BEGIN ";
const END: &str = "<!-- END ";

#[derive(Args)]
pub struct Options {
    /// Which parts of the figures, as docs/performance.md names its blocks; all without one
    parts: Vec<String>,
    /// Members of the gym, once for each size: 10000,100000 without it. The published figures go to 1000000, which
    /// takes half an hour and about 10 GB on the disk
    #[arg(long)]
    sizes: Option<String>,
    /// Customers of the shop, and of the large distributor, once for each size: 10000,100000 without it
    #[arg(long)]
    customers: Option<String>,
    /// Users of the training app, and people of the company, once for each size: 10000,100000 without it
    #[arg(long)]
    users: Option<String>,
    /// How often each contestant runs: 3 times without it
    #[arg(long)]
    rounds: Option<u32>,
    /// Writes the figures into docs/performance.md
    #[arg(long)]
    write: bool,
}

impl Options {
    /// Those that the bench itself has, where they were given.
    fn given(&self) -> Vec<String> {
        [
            ("--sizes", self.sizes.clone()),
            ("--customers", self.customers.clone()),
            ("--users", self.users.clone()),
            ("--rounds", self.rounds.map(|rounds| rounds.to_string())),
        ]
        .into_iter()
        .filter_map(|(option, value)| Some([option.to_owned(), value?]))
        .flatten()
        .collect()
    }
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let path = workspace.root.join("docs/performance.md");
    let page = workspace::read(&path)?;
    let parts = chosen(&page, &options.parts)?;
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
    Database::of(workspace)?.during(|server| {
        for part in &parts {
            let mut bench = bench(&release, &package.folders, server);
            bench
                .arg(part)
                .arg("--zips")
                .arg(&package.zips)
                .args(options.given());
            let block = process::capture(&mut bench)?;
            println!("{block}");
            if options.write {
                workspace::write(&path, &replace(&workspace::read(&path)?, &block)?)?;
            }
        }
        Ok(())
    })
}

/// Runs every part of the bench once on few subjects, by binaries of the dev profile: its figures mean nothing, but it has
/// compared what the jobs leave with what the floors leave, and each part has its block.
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
    let blocks = Database::of(workspace)?
        .during(|server| process::capture(bench(&debug, &folders, server).arg("--check")))?;
    let page = workspace::read(&workspace.root.join("docs/performance.md"))?;
    let (measured, named) = (markers(&blocks), markers(&page));
    ensure!(
        measured == named,
        "the bench writes between the lines\n{}\nand docs/performance.md has\n{}",
        measured.join("\n"),
        named.join("\n")
    );
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

/// The parts that were asked for, or all.
fn chosen<'a>(page: &'a str, asked: &'a [String]) -> Result<Vec<&'a str>> {
    let known = names(page);
    if asked.is_empty() {
        return Ok(known);
    }
    let chosen: Vec<_> = asked.iter().map(String::as_str).collect();
    if let Some(unknown) = chosen.iter().find(|part| !known.contains(part)) {
        bail!(
            "the bench has no part {unknown}; its parts are {}",
            known.join(", ")
        );
    }
    Ok(chosen)
}

/// The names of the page's blocks, in order.
fn names(page: &str) -> Vec<&str> {
    page.lines()
        .filter_map(|line| Some(line.strip_prefix(BEGIN)?.split_once(',')?.0))
        .collect()
}

/// The first and last lines of all blocks, in order.
fn markers(page: &str) -> Vec<&str> {
    page.lines()
        .filter(|line| line.starts_with(BEGIN) || line.starts_with(END))
        .collect()
}

/// The page with a part's block, from its first line to its last, in place of the one that it has.
fn replace(page: &str, block: &str) -> Result<String> {
    let block = block.trim();
    let (begin, end) = block
        .split_once('\n')
        .zip(block.rsplit_once('\n'))
        .map(|((begin, _), (_, end))| (begin, end))
        .context("read the bench's block")?;
    let missing = || format!("docs/performance.md: the line `{begin}` or `{end}` is missing");
    let (head, rest) = page.split_once(begin).with_context(missing)?;
    let (_, tail) = rest.split_once(end).with_context(missing)?;
    Ok(format!("{head}{block}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(name: &str, figures: &str) -> String {
        format!("<!-- BEGIN {name}, written; do not edit. -->\n\n{figures}\n\n<!-- END {name} -->\n")
    }

    fn page(gyms: &str, shops: &str) -> String {
        let [gyms, shops] = [block("gyms", gyms), block("shops", shops)];
        format!("before\n{gyms}between\n{shops}after\n")
    }

    #[test]
    fn replaces_one_part_and_nothing_else() {
        let old = page("old", "old");
        assert_eq!(replace(&old, &block("gyms", "new")).unwrap(), page("new", "old"));
        assert_eq!(replace(&old, &block("shops", "new")).unwrap(), page("old", "new"));
        for absent in [block("bars", "new"), "one line".to_owned()] {
            assert!(replace(&old, &absent).is_err());
        }
    }

    #[test]
    fn the_parts_are_the_pages_blocks() {
        let page = page("", "");
        let chosen = |asked: &[&str]| {
            let asked: Vec<_> = asked.iter().map(|part| (*part).to_owned()).collect();
            chosen(&page, &asked).map(|parts| parts.join(" "))
        };
        assert_eq!(chosen(&[]).unwrap(), "gyms shops");
        assert_eq!(chosen(&["shops"]).unwrap(), "shops");
        assert_eq!(
            chosen(&["shops", "bars"]).unwrap_err().to_string(),
            "the bench has no part bars; its parts are gyms, shops"
        );
    }
}
