//! The night shift itself: a product's functions, deployed as in Lambda, and what starts them.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use demo::runtime_api::{Function, Invocation, Outcome};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::report::Report;
use uuid::Uuid;

/// Where the shops' customers answer offers, the distributors' reps work off their tasks and the companies' people run their
/// timers.
pub const FRONTEND_URL: &str = "https://shop.example";

/// What ended so many days ago is archived.
pub const CLEANUP_INTERVAL_DAYS: u64 = 180;

/// Jobs in the order in which they are due.
pub struct Night {
    rules: Vec<Rule>,
}

/// When a job is due, and the function that does it.
struct Rule {
    job: &'static str,
    due: DateTime<Utc>,
    function: Function,
}

/// One job's work of the night.
pub struct Run {
    pub job: &'static str,
    pub invocation: Invocation,
    pub report: Report,
}

impl Night {
    pub fn new(bin_dir: &Path, database_url: &str, jobs: &[(&'static str, DateTime<Utc>)]) -> Self {
        let rules = jobs.iter().map(|&(job, due)| Rule {
            job,
            due,
            function: deploy(bin_dir, job, database_url),
        });
        Self {
            rules: rules.collect(),
        }
    }

    /// Gives the functions a variable more.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        let rules = self.rules.into_iter().map(|rule| Rule {
            function: rule.function.env(name, value),
            ..rule
        });
        self.rules = rules.collect();
        self
    }

    /// New events of the rules, one for each job.
    pub fn events(&self) -> Vec<Value> {
        let events = self.rules.iter().map(|Rule { job, due, .. }| {
            json!({
                "version": "0",
                "id": Uuid::new_v4(),
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": "000000000000",
                "time": due.to_rfc3339_opts(SecondsFormat::Secs, true),
                "region": "eu-central-1",
                "resources": [format!("arn:aws:events:eu-central-1:000000000000:rule/{job}")],
                "detail": {},
            })
        });
        events.collect()
    }

    /// Sends each job its event, one after the other.
    pub async fn work(&self, events: &[Value]) -> Result<Vec<Run>> {
        let mut runs = Vec::new();
        for (Rule { job, function, .. }, event) in self.rules.iter().zip(events) {
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

    /// When a job is due.
    pub fn due(&self, job: &str) -> Result<DateTime<Utc>> {
        Ok(self.rule(job)?.due)
    }

    /// Sends a job a direct request and returns its report.
    pub async fn request(&self, job: &str, request: &Value) -> Result<Report> {
        let (_, answer) = answer(job, &self.rule(job)?.function, request).await?;
        Report::deserialize(answer).with_context(|| format!("read the report of {job}"))
    }

    /// Sends a job a request that it must refuse, and returns what it said.
    pub async fn refusal(&self, job: &str, request: &Value) -> Result<String> {
        match self.rule(job)?.function.invoke(request).await?.outcome {
            Outcome::FunctionError { message, .. } => Ok(message),
            other => bail!("{job} should have refused {request}, but: {other:?}"),
        }
    }

    fn rule(&self, job: &str) -> Result<&Rule> {
        let rule = self.rules.iter().find(|rule| rule.job == job);
        rule.with_context(|| format!("no job {job}"))
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
        .env("FRONTEND_URL", FRONTEND_URL)
        .env("REMINDER_CLOCK", "utc")
        .env("CLEANUP_INTERVAL_DAYS", &CLEANUP_INTERVAL_DAYS.to_string())
        .env("ANALYTICS_RETENTION_DAYS", "365")
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
