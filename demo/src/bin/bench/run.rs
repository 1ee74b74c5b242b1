//! One job, once, as Lambda would run it.

use anyhow::{Context, Result, ensure};
use demo::runtime_api::Function;
use serde::Deserialize;
use serde_json::json;
use shared::report::Report;

use crate::database::AS_OF;

pub struct Figures {
    pub report: Report,
    pub seconds: f64,
    pub peak_memory_mb: f64,
}

/// Runs the job on all there is, in a sandbox that is warm.
pub async fn run(function: &Function, job: &str) -> Result<Figures> {
    run_at(function, job, AS_OF).await
}

/// Runs the job as of another instant than everything was made up for.
pub async fn run_at(function: &Function, job: &str, as_of: &str) -> Result<Figures> {
    let figures = once(function, job, as_of).await?;
    ensure!(figures.report.totals.total > 0, "{job} found nothing to do");
    Ok(figures)
}

/// Runs the job when nothing is left to do.
pub async fn idle(function: &Function, job: &str) -> Result<Figures> {
    let figures = once(function, job, AS_OF).await?;
    let left = figures.report.totals.total;
    ensure!(left == 0, "{job} has left {left} to do");
    Ok(figures)
}

async fn once(function: &Function, job: &str, as_of: &str) -> Result<Figures> {
    let warm = function.invoke(&json!({ "tenant": "nobody" })).await?;
    warm.answer().with_context(|| format!("warm {job}"))?;
    let invocation = function
        .invoke(&json!({ "asOf": as_of, "reason": "bench" }))
        .await?;
    let answer = invocation
        .answer()
        .with_context(|| format!("run {job}; its log:\n{}\n", invocation.logs.join("\n")))?;
    let report = Report::deserialize(answer).with_context(|| format!("read the report of {job}"))?;
    ensure!(report.totals.failed == 0, "{job}: {answer}");
    Ok(Figures {
        report,
        seconds: invocation.duration.as_secs_f64(),
        peak_memory_mb: invocation.peak_memory_kb.context("read the peak memory")? as f64 / 1024.0,
    })
}
