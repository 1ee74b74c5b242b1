//! The Lambda face: events in, reports out.

use std::{
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::Error;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tokio::time::Instant;
use tracing::{Instrument, info_span};

use crate::{
    clock,
    config::ConfigError,
    fault,
    job::Job,
    report::{Answer, Report, Status},
    request::{BadRequest, Event, Request},
    run::Runner,
    telemetry::{self, Sink},
};

/// What is kept of Lambda's time for answering; past its deadline the sandbox is killed.
const RESERVE: Duration = Duration::from_secs(5);

/// Serves invocations until Lambda ends the sandbox. A configuration that cannot be read is each
/// invocation's error, so that whoever invokes sees which variable it is.
pub async fn serve<J: Job>(configured: Result<(J, Runner), ConfigError>) -> ExitCode {
    telemetry::start(Sink::Lambda);
    let function = Function {
        configured,
        cold: AtomicBool::new(true),
    };
    match lambda_runtime::run(service_fn(|event| function.invoked(event))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(reason = error.to_string(), "Lambda's runtime API failed");
            ExitCode::FAILURE
        }
    }
}

struct Function<J> {
    configured: Result<(J, Runner), ConfigError>,
    cold: AtomicBool,
}

impl<J: Job> Function<J> {
    async fn invoked(&self, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
        let LambdaEvent { payload, context } = event;
        let cold_start = self.cold.swap(false, Ordering::Relaxed);
        let span = info_span!(
            "invocation",
            job = J::NAME,
            function_request_id = context.request_id,
            xray_trace_id = context.xray_trace_id.as_deref().unwrap_or_default(),
            cold_start,
        );
        let give_up_at = give_up_at(context.deadline);
        let answer = async {
            let (job, runner) = match &self.configured {
                Ok(configured) => configured,
                Err(error) => return failed::<J>(&error.clone().into(), cold_start),
            };
            let ready = Ready {
                job,
                runner,
                give_up_at,
                cold_start,
            };
            match Event::read(&payload, &context.request_id, job.limit()) {
                Err(error) => failed::<J>(&error.into(), cold_start),
                Ok(Event::One(request)) => ready.one(&request).await,
                Ok(Event::Batch(records)) => Ok(ready.batch(records).await),
            }
        };
        answer.instrument(span).await
    }
}

/// An invocation of a function that is configured.
struct Ready<'a, J> {
    job: &'a J,
    runner: &'a Runner,
    give_up_at: Option<Instant>,
    cold_start: bool,
}

impl<J: Job> Ready<'_, J> {
    async fn one(&self, request: &Request) -> Result<Value, Diagnostic> {
        match Box::pin(self.runner.run(self.job, request, self.give_up_at, &mut ())).await {
            Err(error) => failed::<J>(&error, self.cold_start),
            Ok(answer) => {
                telemetry::metrics(J::NAME, Some(&answer), self.cold_start);
                telemetry::last_line(J::NAME, &answer);
                answered(&answer)
            }
        }
    }

    /// Does queue records one after another; those that failed come back to the queue, and only those.
    async fn batch(&self, records: Vec<(String, Result<Request, BadRequest>)>) -> Value {
        let mut failures = Vec::new();
        for (id, request) in records {
            let answer = match request {
                Ok(request) => self.one(&request).await,
                Err(error) => failed::<J>(&error.into(), self.cold_start),
            };
            // A run that another one's lock kept from beginning has done nothing: its record must come back.
            if answer.map_or(true, |answer| answer["reason"] == "locked") {
                failures.push(json!({"itemIdentifier": id}));
            }
        }
        json!({"batchItemFailures": failures})
    }
}

/// The end of a request that no run came of.
fn failed<J: Job>(error: &Error, cold_start: bool) -> Result<Value, Diagnostic> {
    let error_message = fault::describe(error);
    telemetry::metrics(J::NAME, None, cold_start);
    telemetry::last_line_without_run(J::NAME, &error_message);
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
fn answered(answer: &Answer) -> Result<Value, Diagnostic> {
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
        Answer::Ran(report) if report.status == Status::Failed => error("Failed", report),
        Answer::Ran(report) if report.status == Status::Incomplete => error("Incomplete", report),
        answer => Ok(answer.to_json()),
    }
}

/// When a run must be done: Lambda's deadline less the reserve. Some emulators send a deadline that has
/// passed; that counts as none.
fn give_up_at(deadline_ms: u64) -> Option<Instant> {
    let left = deadline_ms.checked_sub(u64::try_from(clock::now().timestamp_millis()).ok()?)?;
    Some(Instant::now() + Duration::from_millis(left).saturating_sub(RESERVE))
}
