//! The night shift itself: the functions, deployed as in Lambda, and what starts them.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use demo::runtime_api::{Function, Invocation, Outcome};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::report::Report;
use uuid::Uuid;

/// The gym's jobs in the order of their night: each reads what the one before has written.
pub const JOBS: [&str; 3] = ["commitment-scores", "at-risk-detection", "coach-actions"];

pub struct Night {
    as_of: DateTime<Utc>,
    functions: [Function; 3],
}

/// One job's work of the night.
pub struct Run {
    pub job: &'static str,
    pub invocation: Invocation,
    pub report: Report,
}

impl Night {
    pub fn new(bin_dir: &Path, database_url: &str, as_of: DateTime<Utc>) -> Self {
        Self {
            as_of,
            functions: JOBS.map(|job| deploy(bin_dir, job, database_url)),
        }
    }

    /// New events of the three rules, one for each job.
    pub fn events(&self) -> [Value; 3] {
        JOBS.map(|job| {
            json!({
                "version": "0",
                "id": Uuid::new_v4(),
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": "000000000000",
                "time": self.as_of.to_rfc3339_opts(SecondsFormat::Secs, true),
                "region": "eu-central-1",
                "resources": [format!("arn:aws:events:eu-central-1:000000000000:rule/{job}")],
                "detail": {},
            })
        })
    }

    /// Sends each job its event, one after the other.
    pub async fn work(&self, events: &[Value; 3]) -> Result<Vec<Run>> {
        let mut runs = Vec::new();
        for ((job, function), event) in JOBS.into_iter().zip(&self.functions).zip(events) {
            let (invocation, answer) = answer(job, function, event).await?;
            let report = Report::deserialize(answer).with_context(|| format!("read the report of {job}"))?;
            runs.push(Run {
                job,
                invocation,
                report,
            });
        }
        Ok(runs)
    }

    /// Sends a job a direct request and returns its report.
    pub async fn request(&self, job: &str, request: &Value) -> Result<Report> {
        let (_, answer) = answer(job, self.function(job)?, request).await?;
        Report::deserialize(answer).with_context(|| format!("read the report of {job}"))
    }

    /// Sends a job a request that it must refuse, and returns what it said.
    pub async fn refusal(&self, job: &str, request: &Value) -> Result<String> {
        match self.function(job)?.invoke(request).await?.outcome {
            Outcome::FunctionError { message, .. } => Ok(message),
            other => bail!("{job} should have refused {request}, but: {other:?}"),
        }
    }

    fn function(&self, job: &str) -> Result<&Function> {
        let place = JOBS
            .iter()
            .position(|name| *name == job)
            .with_context(|| format!("no job {job}"))?;
        Ok(&self.functions[place])
    }
}

/// Deploys the `migrate` function and invokes it.
pub async fn migrate(bin_dir: &Path, database_url: &str) -> Result<Value> {
    let (_, answer) = answer("migrate", &deploy(bin_dir, "migrate", database_url), &json!({})).await?;
    Ok(answer)
}

fn deploy(bin_dir: &Path, name: &str, database_url: &str) -> Function {
    // Lambda's longest: a demo of a million members is nobody's mistake.
    Function::new(bin_dir.join(name), name)
        .env("DATABASE_URL", database_url)
        .timeout(Duration::from_secs(900))
}

/// Invokes a function that must answer; when it does not, its log goes with the error.
async fn answer(name: &str, function: &Function, event: &Value) -> Result<(Invocation, Value)> {
    let invocation = function.invoke(event).await?;
    let answer = invocation
        .answer()
        .cloned()
        .with_context(|| format!("invoke {name}; its log:\n{}\n", invocation.logs.join("\n")))?;
    Ok((invocation, answer))
}
