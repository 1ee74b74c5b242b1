//! `ci`: every check, each with its name and duration, and the tests as the last.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::python::{Python, SAM};
use crate::workspace::{self, Workspace};
use crate::{bench, process, stack, sync, test, tidy};

/// The version whose checks and whose deny.toml belong together.
const CARGO_DENY: &str = "0.20.2";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// The code is formatted
    Format,
    /// No lint complains, in tests neither
    Clippy,
    /// The documentation builds without a broken link
    Docs,
    /// Nothing is declared and then not used, and every crate obeys the lints
    Tidy,
    /// Licences, sources and bans of all dependencies
    Deny,
    /// No generated file is stale
    Sync,
    /// The template is valid, as written and as AWS translates it
    Template,
    /// The bench runs, and finds the jobs' results equal to the floors'
    Bench,
    /// All tests
    Test,
}

/// Runs the steps, all of them even after one failed, and closes with the tests' number.
pub fn run(workspace: &Workspace, steps: &[Step]) -> ExitCode {
    let steps = if steps.is_empty() {
        Step::value_variants()
    } else {
        steps
    };
    let begun = Instant::now();
    let mut failed = Vec::new();
    let mut closing_line = None;
    for &step in steps {
        let name = step.name();
        println!("── {name}");
        let step_begun = Instant::now();
        let result = match step {
            Step::Test => test::run(workspace, &[]).map(|outcome| {
                closing_line = Some(outcome.closing_line());
                outcome.succeeded
            }),
            _ => step.check(workspace).map(|()| true),
        };
        let seconds = step_begun.elapsed().as_secs_f64();
        match result {
            Ok(true) => println!("── {name}: passed in {seconds:.1} s"),
            Ok(false) => failed.push(name),
            Err(error) => {
                println!("── {name}: failed after {seconds:.1} s: {error:#}");
                failed.push(name);
            }
        }
    }
    for name in &failed {
        println!("failed: {name}; alone: cargo xtask ci {name}");
    }
    println!(
        "{} of {} steps passed in {:.0} s",
        steps.len() - failed.len(),
        steps.len(),
        begun.elapsed().as_secs_f64()
    );
    if let Some(line) = closing_line {
        println!("{line}");
    }
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn check(self, workspace: &Workspace) -> Result<()> {
        let cargo = |words: &[&str]| process::run(workspace.cargo().args(words));
        match self {
            Self::Format => cargo(&["fmt", "--all", "--check"]),
            Self::Clippy => cargo(&[
                "clippy",
                "--quiet",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]),
            Self::Docs => {
                let mut doc = workspace.cargo();
                // Private items too: their links are what readers of the code follow.
                doc.args([
                    "doc",
                    "--quiet",
                    "--workspace",
                    "--no-deps",
                    "--document-private-items",
                ]);
                process::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
            }
            Self::Tidy => tidy::check(workspace),
            Self::Deny => deny(workspace),
            Self::Sync => sync::check(workspace),
            Self::Template => template(workspace),
            Self::Bench => bench::check(workspace),
            Self::Test => test::run(workspace, &[]).map(|_| ()),
        }
    }
}

/// Advisories are left out: they need a database from elsewhere, which changes without this code changing.
fn deny(workspace: &Workspace) -> Result<()> {
    let program = cargo_deny(workspace)?;
    let mut command = std::process::Command::new(program);
    command.current_dir(&workspace.root);
    process::run(command.args([
        "--all-features",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))
}

/// The pinned cargo-deny: on PATH in that version, or built under cargo's target directory.
fn cargo_deny(workspace: &Workspace) -> Result<std::path::PathBuf> {
    let answer = process::capture(std::process::Command::new("cargo-deny").arg("--version"));
    if answer.is_ok_and(|answer| answer.trim() == format!("cargo-deny {CARGO_DENY}")) {
        return Ok("cargo-deny".into());
    }
    let home = workspace
        .target
        .join("tools")
        .join(format!("cargo-deny-{CARGO_DENY}"));
    let program = home.join("bin/cargo-deny");
    if !program.exists() {
        println!("building cargo-deny {CARGO_DENY} into {}", workspace.shown(&home));
        let mut install = workspace.cargo();
        // A debug build: it checks this workspace in a second, and takes half as long to make.
        install.args([
            "install",
            "--quiet",
            "--locked",
            "--debug",
            "cargo-deny",
            "--version",
            CARGO_DENY,
        ]);
        install
            .arg("--root")
            .arg(&home)
            .arg("--target-dir")
            .arg(home.join("build"));
        process::run(&mut install).context("install cargo-deny")?;
        // Half a gigabyte that nothing needs again.
        workspace::remove_folder(&home.join("build"))?;
    }
    Ok(program)
}

/// cfn-lint alone misses what only shows after the translation, such as a malformed rate.
fn template(workspace: &Workspace) -> Result<()> {
    let python = Python::with(workspace, &SAM)?;
    let run = |program: &str, words: &[&str]| {
        let mut command = python.program(program);
        command.current_dir(&workspace.root).args(words);
        // SAM wants to know a region, and would report its use to its makers.
        process::run(
            command
                .env("AWS_DEFAULT_REGION", "eu-central-1")
                .env("SAM_CLI_TELEMETRY", "0"),
        )
    };
    run("cfn-lint", &["template.yaml"]).context("lint template.yaml as written")?;
    let path = workspace.target.join("template.translated.json");
    workspace::write(&path, &stack::translated(workspace)?)?;
    run("cfn-lint", &[&path.to_string_lossy()]).context("lint template.yaml as translated")?;
    run("sam", &["validate", "--lint", "--template", "template.yaml"]).context("validate template.yaml")
}
