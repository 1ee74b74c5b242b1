//! The Lambda face: events in, reports out.

use std::{
    future::Future,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Error, Result};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tokio::time::Instant;
use tracing::{Instrument, info_span};

use crate::{
    clock,
    config::ConfigError,
    fault,
    job::{Job, Limit},
    program::Program,
    report::{Answer, Report, Skip, Status},
    request::{BadRequest, Event, Request},
    run::Runner,
    sequence::{self, Each, Runners, Sequence},
    telemetry::{self, Sink},
};

/// What is kept of Lambda's time for answering; past its deadline the sandbox is killed.
const RESERVE: Duration = Duration::from_secs(5);

/// What a function does when it is asked.
pub trait Function: Send + Sync {
    /// The one name of it.
    const NAME: &'static str;

    /// What a request's `limit` counts in it.
    fn limit(&self) -> Limit;

    /// Does what is asked for. A request that nothing came of, or that is to be tried again, is an error.
    fn asked(
        &self,
        request: &Request,
        invocation: Invocation,
    ) -> impl Future<Output = Result<Value, Diagnostic>> + Send;
}

/// What Lambda says of an invocation.
#[derive(Clone, Copy)]
pub struct Invocation {
    /// When a run must be done.
    give_up_at: Option<Instant>,
    cold_start: bool,
}

/// Serves invocations until Lambda ends the sandbox. A configuration that cannot be read is each
/// invocation's error, so that whoever invokes sees which variable it is.
pub async fn serve<F: Function>(configured: Result<F, ConfigError>) -> ExitCode {
    telemetry::start(Sink::Lambda);
    let host = Host {
        configured,
        cold: AtomicBool::new(true),
    };
    match lambda_runtime::run(service_fn(|event| host.invoked(event))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(reason = error.to_string(), "Lambda's runtime API failed");
            ExitCode::FAILURE
        }
    }
}

struct Host<F> {
    configured: Result<F, ConfigError>,
    cold: AtomicBool,
}

impl<F: Function> Host<F> {
    async fn invoked(&self, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
        let LambdaEvent { payload, context } = event;
        let cold_start = self.cold.swap(false, Ordering::Relaxed);
        let span = info_span!(
            "invocation",
            job = F::NAME,
            function_request_id = context.request_id,
            xray_trace_id = context.xray_trace_id.as_deref().unwrap_or_default(),
            cold_start,
        );
        let invocation = Invocation {
            give_up_at: give_up_at(context.deadline),
            cold_start,
        };
        let answer = async {
            let function = match &self.configured {
                Ok(function) => function,
                Err(error) => return failed(F::NAME, &error.clone().into(), cold_start),
            };
            match Event::read(&payload, &context.request_id, function.limit()) {
                Err(error) => failed(F::NAME, &error.into(), cold_start),
                Ok(Event::One(request)) => function.asked(&request, invocation).await,
                Ok(Event::Batch(records)) => Ok(batch(function, records, invocation).await),
            }
        };
        answer.instrument(span).await
    }
}

/// Does queue records one after another; those that failed come back to the queue, and only those.
async fn batch<F: Function>(
    function: &F,
    records: Vec<(String, Result<Request, BadRequest>)>,
    invocation: Invocation,
) -> Value {
    let mut failures = Vec::new();
    for (id, request) in records {
        let answer = match request {
            Ok(request) => function.asked(&request, invocation).await,
            Err(error) => failed(F::NAME, &error.into(), invocation.cold_start),
        };
        // A run that another one's lock kept from beginning has done nothing: its record must come back.
        if answer.map_or(true, |answer| answer["reason"] == "locked") {
            failures.push(json!({"itemIdentifier": id}));
        }
    }
    json!({"batchItemFailures": failures})
}

/// One program, with what runs it.
pub struct OneJob<P> {
    pub job: P,
    pub runner: Runner,
}

impl<P: Program> Function for OneJob<P> {
    const NAME: &'static str = P::NAME;

    fn limit(&self) -> Limit {
        self.job.limit()
    }

    async fn asked(&self, request: &Request, invocation: Invocation) -> Result<Value, Diagnostic> {
        let Self { job, runner } = self;
        let answer = Box::pin(runner.run(job, request, invocation.give_up_at, &mut ())).await;
        answered(P::NAME, answer, invocation.cold_start)
    }
}

/// The jobs of a sequence, each with what runs it. A job that did not come through ends it: Lambda's retry finds the
/// ones before it done.
pub struct InOrder<S> {
    sequence: S,
    runners: Runners,
}

impl<S: Sequence> InOrder<S> {
    /// # Errors
    /// When a job's configuration is unusable.
    pub async fn of(sequence: S) -> Result<Self, ConfigError> {
        let runners = Runners::of(&sequence).await?;
        Ok(Self { sequence, runners })
    }
}

impl<S: Sequence> Function for InOrder<S> {
    const NAME: &'static str = S::NAME;

    fn limit(&self) -> Limit {
        Limit::OfRun
    }

    async fn asked(&self, request: &Request, invocation: Invocation) -> Result<Value, Diagnostic> {
        let mut asking = Asking {
            runners: &self.runners,
            request: request.clone(),
            invocation,
            runs: Vec::new(),
        };
        Box::pin(self.sequence.each(&mut asking)).await?;
        Ok(json!({"job": S::NAME, "runs": asking.runs}))
    }
}

struct Asking<'a> {
    runners: &'a Runners,
    request: Request,
    invocation: Invocation,
    runs: Vec<Value>,
}

impl Each for Asking<'_> {
    type Stop = Diagnostic;

    async fn job<J: Job>(&mut self, job: &J) -> Result<(), Diagnostic> {
        let Invocation {
            give_up_at,
            cold_start,
        } = self.invocation;
        let asked = async {
            let answer = self
                .runners
                .run(job, &mut self.request, give_up_at, &mut ())
                .await;
            let is_locked = matches!(
                &answer,
                Ok(Answer::Skipped {
                    reason: Skip::Locked,
                    ..
                })
            );
            let run = answered(J::NAME, answer, cold_start)?;
            match is_locked {
                true => Err(Diagnostic {
                    error_type: "Locked".into(),
                    error_message: sequence::locked(J::NAME),
                }),
                false => Ok(run),
            }
        };
        let run = Box::pin(asked.instrument(info_span!("job", job = J::NAME))).await?;
        self.runs.push(run);
        Ok(())
    }
}

/// The end of a request that no run came of.
fn failed(name: &str, error: &Error, cold_start: bool) -> Result<Value, Diagnostic> {
    let error_message = fault::describe(error);
    telemetry::metrics(name, None, cold_start);
    telemetry::last_line_without_run(name, &error_message);
    let error_type = if error.is::<BadRequest>() {
        "BadRequest"
    } else if error.is::<ConfigError>() {
        "Configuration"
    } else {
        "Failed"
    };
    Err(Diagnostic {
        error_type: error_type.into(),
        error_message,
    })
}

/// A run that failed or met its deadline is a function error, so that Lambda tries it again and, when that
/// does not help, hands the event to the dead-letter queue.
fn answered(name: &str, answer: Result<Answer>, cold_start: bool) -> Result<Value, Diagnostic> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return failed(name, &error, cold_start),
    };
    telemetry::metrics(name, Some(&answer), cold_start);
    telemetry::last_line(name, &answer);
    let error = |error_type: &str, report: &Report| {
        let why = report.error.as_deref().unwrap_or("see the log");
        let error_message = format!(
            "{} {}: {why} (run {})",
            report.job,
            report.status.as_str(),
            report.run_id
        );
        Err(Diagnostic {
            error_type: error_type.into(),
            error_message,
        })
    };
    match answer {
        Answer::Ran(report) if report.status == Status::Failed => error("Failed", &report),
        Answer::Ran(report) if report.status == Status::Incomplete => error("Incomplete", &report),
        answer => Ok(answer.to_json()),
    }
}

/// When a run must be done: Lambda's deadline less the reserve. Some emulators send a deadline that has
/// passed; that counts as none.
fn give_up_at(deadline_ms: u64) -> Option<Instant> {
    let left = deadline_ms.checked_sub(u64::try_from(clock::now().timestamp_millis()).ok()?)?;
    Some(Instant::now() + Duration::from_millis(left).saturating_sub(RESERVE))
}
