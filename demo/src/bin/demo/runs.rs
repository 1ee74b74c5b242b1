//! How a night's functions did.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use demo::words::thousands;
use shared::report::Status;

use crate::{
    night::Run,
    paper::{Paper, Set},
    tenants::Tenant,
    words::{duration, in_words},
};

/// How the functions did with these tenants, each of which consists of what `subjects` says.
pub fn runs(paper: Paper, heading: &str, subjects: &str, tenants: &[Tenant], runs: &[Run]) -> Result<()> {
    paper.heading(heading);
    let head = [
        "job",
        "status",
        subjects,
        "failed",
        "took",
        "cold start",
        "memory",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for run in runs {
        let (job, report, totals) = (run.job, &run.report, run.report.totals);
        let worked = matches!(report.status, Status::Succeeded | Status::Partial);
        ensure!(
            worked && !report.duplicate,
            "{job} did not do its work: {report:?}"
        );
        ensure!(
            totals.processed + totals.failed == totals.total,
            "{job} lost some of its {subjects}: {totals:?}"
        );
        let seen = report.tenants.total;
        ensure!(
            seen == tenants.len() as u64,
            "{job} saw {seen} tenants of {}",
            tenants.len()
        );
        let cold_start = run
            .invocation
            .cold_start
            .context("a first invocation starts cold")?;
        let memory = run.invocation.peak_memory_kb;
        rows.push([
            job.to_owned(),
            report.status.as_str().to_owned(),
            thousands(totals.total),
            thousands(totals.failed),
            duration(run.invocation.duration),
            duration(cold_start),
            memory.map_or_else(String::new, |kb| format!("{} MB", kb.div_ceil(1024))),
        ]);
    }
    let right = Set::Right;
    paper.table([Set::Left, Set::Left, right, right, right, right, right], &rows);
    paper.line("");
    for run in runs {
        paper.text(2, &format!("{}: {}.", run.job, in_words(run.job, &run.report)?));
    }
    errors(paper, runs);
    Ok(())
}

/// What failed, each once however many jobs met it.
fn errors(paper: Paper, runs: &[Run]) {
    let errors = runs.iter().flat_map(|run| &run.report.errors);
    let errors: BTreeSet<_> = errors
        .map(|error| [&error.tenant, &error.subject, &error.message])
        .collect();
    if !errors.is_empty() {
        paper.text(2, "What failed, on its own and without holding up the others:");
    }
    for [tenant, subject, message] in errors {
        paper.aside(4, &format!("{tenant} · {subject}: {message}"));
    }
}
