//! The command face: runs the job once. Logs go to stderr; stdout gets the answer and nothing else.

mod summary;

use std::{
    io::{IsTerminal, Write, stderr, stdout},
    process::ExitCode,
};

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, error::ErrorKind};
use serde_json::{Value, json};
use tracing::{Instrument, info_span, warn};

use crate::{
    config::ConfigError,
    fault,
    job::{Job, Limit},
    lambda::OneJob,
    program::Program,
    report::{Answer, Skip, Status, Totals},
    request::{BadRequest, Request, Trigger, instant, limit},
    run::Watch,
    sequence::{self, Each, Runners, Sequence},
    telemetry::{self, Sink},
};
use summary::summary;

/// Exit statuses of the contract.
const SOME_FAILED: u8 = 1;
const UNUSABLE_ARGUMENTS: u8 = 2;

/// Runs the job once.
#[derive(Parser)]
struct Arguments {
    /// Process only this tenant, by slug or id
    #[arg(long, value_name = "SLUG|UUID")]
    tenant: Option<String>,
    /// Decide and try the writes, then roll everything back; show what would change
    #[arg(long, action = ArgAction::SetTrue)]
    dry_run: bool,
    /// Process at most N subjects
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    limit: Option<String>,
    /// The run's clock instead of now
    #[arg(long, value_name = "RFC3339", value_parser = as_of)]
    as_of: Option<DateTime<Utc>>,
    /// Another advisory lock id; refused in production
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    lock_id: Option<i32>,
    /// Print the report as JSON
    #[arg(long, action = ArgAction::SetTrue)]
    json: bool,
}

fn as_of(text: &str) -> Result<DateTime<Utc>, String> {
    instant(text).ok_or_else(|| "it takes an instant such as 2026-11-22T02:00:00Z, from 1970 to 2199".into())
}

/// Reads the arguments, runs the job and prints its answer.
pub async fn run<P: Program>(configured: Result<OneJob<P>, ConfigError>) -> ExitCode {
    let arguments = arguments(P::NAME);
    let ran = async {
        let OneJob { job, runner } = configured.map_err(|error| unconfigured(P::NAME, error))?;
        let request = arguments.request(P::NAME, job.limit());
        let answer = logged(
            P::NAME,
            Box::pin(runner.run(&job, &request, None, &mut Progress::shown())).await,
        )?;
        print(&match arguments.json {
            true => format!("{}\n", answer.to_json()),
            false => summary(&answer),
        });
        match has_failures(&answer) {
            true => Err(ExitCode::from(SOME_FAILED)),
            false => Ok(()),
        }
    };
    let ended = ran.instrument(info_span!("invocation", job = P::NAME)).await;
    ended.err().unwrap_or(ExitCode::SUCCESS)
}

/// Reads the arguments, runs one job after the other and prints their answers: as JSON one object with all of them. A
/// job that failed, met its deadline or is locked ends it.
pub async fn run_in_order<S: Sequence>(configured: Result<S, ConfigError>) -> ExitCode {
    let arguments = arguments(S::NAME);
    let ran = async {
        let sequence = configured.map_err(|error| unconfigured(S::NAME, error))?;
        let runners = Runners::of(&sequence).await;
        let mut asking = Asking {
            runners: &runners.map_err(|error| unconfigured(S::NAME, error))?,
            request: arguments.request(S::NAME, Limit::OfRun),
            json: arguments.json,
            runs: Vec::new(),
            has_failures: false,
        };
        let ended = Box::pin(sequence.each(&mut asking)).await;
        if arguments.json {
            print(&format!("{}\n", json!({"job": S::NAME, "runs": asking.runs})));
        }
        ended?;
        match asking.has_failures {
            true => Err(ExitCode::from(SOME_FAILED)),
            false => Ok(()),
        }
    };
    let ended = ran.instrument(info_span!("invocation", job = S::NAME)).await;
    ended.err().unwrap_or(ExitCode::SUCCESS)
}

struct Asking<'a> {
    runners: &'a Runners,
    request: Request,
    json: bool,
    runs: Vec<Value>,
    has_failures: bool,
}

impl Each for Asking<'_> {
    type Stop = ExitCode;

    async fn job<J: Job>(&mut self, job: &J) -> Result<(), ExitCode> {
        let asked = async {
            let mut progress = Progress::shown();
            let ran = self
                .runners
                .run(job, &mut self.request, None, &mut progress)
                .await;
            logged(J::NAME, ran)
        };
        let answer = Box::pin(asked.instrument(info_span!("job", job = J::NAME))).await?;
        if !self.json {
            print(&summary(&answer));
        }
        self.runs.push(answer.to_json());
        self.has_failures |= has_failures(&answer);
        match answer {
            Answer::Ran(report) if matches!(report.status, Status::Failed | Status::Incomplete) => {
                Err(ExitCode::from(SOME_FAILED))
            }
            Answer::Skipped {
                reason: Skip::Locked, ..
            } => {
                warn!("{}", sequence::locked(J::NAME));
                Err(ExitCode::from(SOME_FAILED))
            }
            _ => Ok(()),
        }
    }
}

/// The process's arguments; where they are unusable the process ends with the status for it.
fn arguments(name: &'static str) -> Arguments {
    telemetry::start(Sink::Command);
    let matches = Arguments::command().name(name).get_matches();
    Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

impl Arguments {
    fn request(&self, name: &'static str, counts: Limit) -> Request {
        let limit = self.limit.as_ref().map(|text| {
            // Only the job knows what its limit takes; said as of any other argument.
            limit(text, counts).unwrap_or_else(|BadRequest(takes)| {
                let why = format!("invalid value '{text}' for '--limit <N>': {takes}");
                Self::command()
                    .name(name)
                    .error(ErrorKind::ValueValidation, why)
                    .exit()
            })
        });
        Request {
            tenant: self.tenant.clone(),
            dry_run: self.dry_run,
            limit,
            as_of: self.as_of,
            lock_id: self.lock_id,
            ..Request::new(Trigger::Cli)
        }
    }
}

/// Logs a run's last line.
fn logged(name: &str, ran: Result<Answer>) -> Result<Answer, ExitCode> {
    match ran {
        Err(error) => {
            telemetry::last_line_without_run(name, &fault::describe(&error));
            Err(ExitCode::from(match error.is::<BadRequest>() {
                true => UNUSABLE_ARGUMENTS,
                false => SOME_FAILED,
            }))
        }
        Ok(answer) => {
            telemetry::last_line(name, &answer);
            Ok(answer)
        }
    }
}

fn unconfigured(name: &str, error: ConfigError) -> ExitCode {
    telemetry::last_line_without_run(name, &fault::describe(&error.into()));
    ExitCode::from(SOME_FAILED)
}

fn print(text: &str) {
    // Whoever closed stdout early does not want the rest.
    drop(stdout().lock().write_all(text.as_bytes()));
}

fn has_failures(answer: &Answer) -> bool {
    matches!(answer, Answer::Ran(report) if report.status != Status::Succeeded)
}

/// How far a long run has come, for whoever watches it at a terminal.
struct Progress {
    shown: bool,
}

impl Progress {
    fn shown() -> Self {
        Self {
            shown: stderr().is_terminal(),
        }
    }
}

impl Watch for Progress {
    async fn page(&mut self, so_far: Totals) {
        if self.shown {
            let Totals { total, failed, .. } = so_far;
            // Progress that cannot be shown is no reason to stop.
            drop(write!(
                stderr().lock(),
                "\r{total} subjects, {failed} failed\x1b[K"
            ));
        }
    }
}
