//! `test`: everything the tests need, the tests, and one closing line with their number.

use std::io::{BufRead, BufReader};
use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result};

use crate::db::Database;
use crate::moto::Moto;
use crate::process;
use crate::workspace::Workspace;

/// What cargo's test runners said at their ends, added up.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    passed: u64,
    failed: u64,
    /// A crate that does not build, or a runner that was killed, fails without a failed test.
    pub succeeded: bool,
}

impl Outcome {
    pub fn exit_code(&self) -> ExitCode {
        if self.succeeded {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    pub fn closing_line(&self) -> String {
        format!("tests: {} passed, {} failed", self.passed, self.failed)
    }

    /// Takes in a line such as `test result: ok. 12 passed; 0 failed; 1 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some((_, numbers)) = line
            .split_once("test result: ")
            .and_then(|(_, rest)| rest.split_once(". "))
        else {
            return;
        };
        for number in numbers.split("; ") {
            match number.split_once(' ') {
                Some((count, "passed")) => self.passed += count.parse().unwrap_or(0),
                Some((count, "failed")) => self.failed += count.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<Outcome> {
    Database::of(workspace)?.during(|url| {
        let mut moto = Moto::start(workspace)?;
        let outcome = build_and_test(workspace, url, &mut moto, arguments);
        moto.stop()?;
        outcome
    })
}

fn build_and_test(
    workspace: &Workspace,
    database_url: &str,
    moto: &mut Moto,
    arguments: &[String],
) -> Result<Outcome> {
    // The tests start the functions' binaries, and cargo builds none of another crate for a test. Built
    // together with the tests, they share every dependency's features, so nothing is built twice.
    process::run(
        workspace
            .cargo()
            .args(["build", "--workspace", "--bins", "--tests"]),
    )?;

    let mut command = workspace.cargo();
    command.args(["test", "--no-fail-fast"]);
    let one_package = |argument: &String| argument.starts_with("-p") || argument.starts_with("--package");
    if !arguments.iter().any(one_package) {
        command.arg("--workspace");
    }
    command
        .args(arguments)
        .env("DATABASE_URL", database_url)
        .env("SQLX_OFFLINE", "true")
        .env("MOTO_URL", moto.url()?);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("start `cargo test`")?;
    let stdout = child.stdout.take().context("read what `cargo test` prints")?;
    let mut outcome = Outcome::default();
    for line in BufReader::new(stdout).lines() {
        let line = line.context("read what `cargo test` prints")?;
        outcome.add(&line);
        println!("{line}");
    }
    outcome.succeeded = child.wait().context("wait for `cargo test` to end")?.success();
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_up_every_runner_and_ignores_what_only_looks_like_one() {
        let mut outcome = Outcome::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s",
            "test rule::tests::passed ... ok",
            "running 15 tests",
        ] {
            outcome.add(line);
        }
        assert_eq!(
            outcome,
            Outcome {
                passed: 15,
                failed: 2,
                succeeded: false
            }
        );
        assert_eq!(outcome.closing_line(), "tests: 15 passed, 2 failed");
    }
}
