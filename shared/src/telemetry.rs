//! What people who read CloudWatch see: one flat JSON object a line, and the numbers of each run in
//! CloudWatch's embedded metric format. On a terminal the same is written as text.

use std::{
    fmt,
    io::{IsTerminal, Write, stderr, stdout},
};

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    info_span,
    level_filters::LevelFilter,
    span,
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::{
    clock,
    report::{Answer, Status},
};

/// The value of the log field and metric dimension `service`.
const SERVICE: &str = "nightshift";

/// The namespace of the metrics.
const NAMESPACE: &str = "Nightshift";

/// Where a process's log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sink {
    /// Lambda takes what is written to stdout.
    Lambda,
    /// A command keeps stdout for its answer.
    Command,
}

/// Begins to log. The level is `AWS_LAMBDA_LOG_LEVEL`, else `RUST_LOG`, else info. It holds for this project's
/// own lines: other crates never get below warnings, because what they say at lower levels may hold secrets.
pub fn start(sink: Sink) {
    let level = ["AWS_LAMBDA_LOG_LEVEL", "RUST_LOG"]
        .iter()
        .find_map(|name| std::env::var(name).ok());
    let level = level.as_deref().map_or(LevelFilter::INFO, own_level);
    let filter = Targets::new()
        .with_default(LevelFilter::WARN)
        // It repeats each function error after our last line, without the job and the request.
        .with_target("lambda_runtime", LevelFilter::OFF)
        .with_targets(OWN.map(|target| (target, level)));
    let registry = tracing_subscriber::registry().with(filter);
    // The first to start keeps the log; tests start it many times.
    let started = match sink {
        Sink::Command if stderr().is_terminal() => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_writer(stderr)
                    .with_target(false)
                    .without_time(),
            )
            .try_init(),
        sink => registry.with(JsonLines { sink }).try_init(),
    };
    drop(started);
}

/// The crates whose level the variable sets.
const OWN: [&str; 2] = ["shared", "platform"];

/// The level that a variable such as `debug` or `warn,shared=debug` asks for; info where it says nothing that can
/// be read about this project.
fn own_level(text: &str) -> LevelFilter {
    let Ok(targets) = text.parse::<Targets>() else {
        return LevelFilter::INFO;
    };
    [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR]
        .into_iter()
        .find(|level| targets.would_enable(OWN[0], level))
        .map_or(LevelFilter::INFO, LevelFilter::from_level)
}

/// Writes each event as one line of flat JSON: the fields of its spans, outermost first, then its own.
struct JsonLines {
    sink: Sink,
}

/// A span's fields, kept with the span.
struct Fields(Map<String, Value>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for JsonLines {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut fields = Fields(Map::new());
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Fields(Map::new());
        line.0.insert(
            "timestamp".into(),
            clock::now().to_rfc3339_opts(SecondsFormat::Millis, true).into(),
        );
        line.0
            .insert("level".into(), event.metadata().level().as_str().into());
        line.0.insert("message".into(), "".into());
        line.0.insert("service".into(), SERVICE.into());
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            if let Some(Fields(fields)) = span.extensions().get() {
                line.0.extend(fields.clone());
            }
        }
        event.record(&mut line);
        write_line(self.sink, &Value::Object(line.0));
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().into(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        // The report travels as text through a log event and is an object again in its line.
        let value = match field.name() {
            "report" => serde_json::from_str(value).unwrap_or_else(|_| value.into()),
            _ => value.into(),
        };
        self.0.insert(field.name().into(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().into(), value.into());
    }
}

/// A log that cannot be written must not stop a run.
fn write_line(sink: Sink, line: &Value) {
    drop(match sink {
        Sink::Lambda => writeln!(stdout().lock(), "{line}"),
        Sink::Command => writeln!(stderr().lock(), "{line}"),
    });
}

/// Writes a run's last line: `[JOB SUCCESS]` where Lambda is answered, `[JOB FAILURE]` where it gets an error.
pub fn last_line(job: &str, answer: &Answer) {
    match answer {
        Answer::Skipped { reason, .. } => {
            let report = answer.to_json().to_string();
            tracing::info!(
                report = report.as_str(),
                "[JOB SUCCESS] {job} skipped: {}",
                reason.as_str()
            );
        }
        Answer::Ran(report) => {
            let _run = info_span!("run", run_id = %report.run_id).entered();
            let text = json!(report.for_log()).to_string();
            let totals = report.totals;
            let outcome = format!(
                "{job} {}: {} of {} processed",
                report.status.as_str(),
                totals.processed,
                totals.total
            );
            match report.status {
                Status::Succeeded | Status::Partial => {
                    tracing::info!(report = text.as_str(), "[JOB SUCCESS] {outcome}")
                }
                Status::Incomplete | Status::Failed => {
                    tracing::error!(report = text.as_str(), "[JOB FAILURE] {outcome}")
                }
            }
        }
    }
}

/// Writes the last line of a request that no run came of.
pub fn last_line_without_run(job: &str, reason: &str) {
    let report = json!({"job": job, "status": "failed", "error": reason}).to_string();
    tracing::error!(report = report.as_str(), "[JOB FAILURE] {job}: {reason}");
}

/// Writes a run's numbers for CloudWatch, which makes metrics of them. A duplicate's were written by its run.
pub fn metrics(job: &str, answer: Option<&Answer>, cold_start: bool) {
    write_line(Sink::Lambda, &embedded_metrics(job, answer, cold_start));
}

/// A line in the embedded metric format. `None`: no run came of the request.
fn embedded_metrics(job: &str, answer: Option<&Answer>, cold_start: bool) -> Value {
    let mut numbers = Map::new();
    let mut declared = Vec::new();
    let mut declare = |name: &str, unit: &str, value: u64| {
        declared.push(json!({"Name": name, "Unit": unit}));
        numbers.insert(name.to_owned(), value.into());
    };
    let ran = match answer {
        Some(Answer::Ran(report)) if !report.duplicate => Some(report),
        _ => None,
    };
    let status = ran.map(|report| report.status);
    let failed = answer.is_none() || matches!(status, Some(Status::Failed | Status::Incomplete));
    declare(
        "RunsSucceeded",
        "Count",
        u64::from(status == Some(Status::Succeeded)),
    );
    declare("RunsPartial", "Count", u64::from(status == Some(Status::Partial)));
    declare("RunsFailed", "Count", u64::from(failed));
    declare(
        "RunsSkipped",
        "Count",
        u64::from(matches!(answer, Some(Answer::Skipped { .. }))),
    );
    declare("ColdStart", "Count", u64::from(cold_start));
    if let Some(report) = ran {
        declare("Duration", "Milliseconds", report.duration_ms);
        declare("SubjectsProcessed", "Count", report.totals.processed);
        declare("SubjectsFailed", "Count", report.totals.failed);
        for (name, value) in report.counters.as_object().into_iter().flatten() {
            if let Some(value) = value.as_u64() {
                declare(name, "Count", value);
            }
        }
    }
    let mut line = json!({
        "_aws": {
            "Timestamp": clock::now().timestamp_millis(),
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [["service", "job"]], "Metrics": declared}],
        },
        "service": SERVICE,
        "job": job,
    });
    if let Some(line) = line.as_object_mut() {
        line.extend(numbers);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Skip;

    #[test]
    fn a_level_is_read_from_a_word_or_a_list_of_targets() {
        assert_eq!(own_level("DEBUG"), LevelFilter::DEBUG);
        assert_eq!(own_level("warn,shared=trace"), LevelFilter::TRACE);
        assert_eq!(
            own_level("hyper=debug"),
            LevelFilter::INFO,
            "only others were asked for"
        );
        assert_eq!(own_level("!!"), LevelFilter::INFO);
    }

    #[test]
    fn every_declared_metric_has_its_number_and_only_two_dimensions() {
        let skipped = Answer::Skipped {
            job: "x",
            reason: Skip::Locked,
        };
        for answer in [None, Some(&skipped)] {
            let line = embedded_metrics("x", answer, true);
            let declared = &line["_aws"]["CloudWatchMetrics"][0];
            assert_eq!(declared["Dimensions"], json!([["service", "job"]]));
            for metric in declared["Metrics"].as_array().unwrap() {
                assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{metric}");
            }
            assert_eq!(line["RunsFailed"], u64::from(answer.is_none()));
            assert_eq!(line["RunsSkipped"], u64::from(answer.is_some()));
        }
    }
}
