//! data-cleanup where half a year's sessions are due at once, and how long it holds on to what it takes.

use std::{pin::pin, time::Duration};

use anyhow::{Result, ensure};
use demo::words::thousands;
use futures_util::future::{Either, select};
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    contest,
    database::{Server, as_of},
    median, run,
    table::{Table, megabytes, rate, ratio},
};

const JOB: &str = "data-cleanup";

pub const PREPARE: &str = include_str!("../../../../sql/bench/data-cleanup/prepare.sql");
const FLOOR: &str = include_str!("../../../../sql/bench/data-cleanup/floor.sql");

/// How often it is looked at what is under way: no transaction is longer by more than this than it is said to be.
const INTERVAL: Duration = Duration::from_millis(2);

/// Times are the medians of the rounds, in seconds, but for the longest transaction of all of them.
pub struct Figures {
    people: u32,
    /// Archived, and acted on in all.
    sessions: u64,
    rows: u64,
    batches: u64,
    ours: f64,
    floor: f64,
    longest_transaction: f64,
    peak_memory_mb: f64,
}

pub async fn measure(server: &Server, people: u32, rounds: u32) -> Result<Figures> {
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    let mut figures = Figures {
        people,
        sessions: 0,
        rows: 0,
        batches: 0,
        ours: f64::NAN,
        floor: f64::NAN,
        longest_transaction: 0.0,
        peak_memory_mb: 0.0,
    };
    for _ in 0..rounds {
        let mut copy = server.copy().await?;
        let tenants = contest::tenants(&mut copy).await?;
        let (run, longest) = watched(server).await?;
        let counter = |name: &str| {
            run.report
                .counters
                .get(name)
                .and_then(Value::as_u64)
                .unwrap_or_default()
        };
        ensure!(
            counter("archivedSessions") > 0,
            "nothing was archived: {:?}",
            run.report
        );
        figures.sessions = counter("archivedSessions");
        figures.batches = counter("batches");
        figures.rows = run.report.totals.total;
        figures.longest_transaction = figures.longest_transaction.max(longest);
        figures.peak_memory_mb = figures.peak_memory_mb.max(run.peak_memory_mb);
        ours.push(run.seconds);
        floor.push(contest::run_floor(server, FLOOR, &tenants, as_of()?).await?.1);
    }
    Ok(Figures {
        ours: median(ours),
        floor: median(floor),
        ..figures
    })
}

/// Runs the job, and says how long its longest transaction was.
async fn watched(server: &Server) -> Result<(run::Figures, f64)> {
    let function = server.job(JOB, None);
    let mut aside = server.connect_aside().await?;
    let mut longest = 0_f64;
    let mut work = pin!(run::run(&function, JOB));
    loop {
        let look = pin!(async {
            sleep(INTERVAL).await;
            server.longest_transaction(&mut aside).await
        });
        match select(work.as_mut(), look).await {
            Either::Left((done, _)) => return Ok((done?, longest)),
            Either::Right((seconds, _)) => longest = longest.max(seconds?),
        }
    }
}

pub fn table(figures: &[Figures]) -> String {
    let mut table = Table::new(
        "data-cleanup, where all sessions are half a year old",
        &[
            "people",
            "sessions archived",
            "rows in all",
            "batches",
            "ours",
            "floor, sessions only",
            "ours ÷ floor",
            "longest transaction",
            "peak memory",
        ],
    );
    for figures in figures {
        table.row(&[
            thousands(figures.people),
            thousands(figures.sessions),
            thousands(figures.rows),
            thousands(figures.batches),
            rate(figures.rows, figures.ours),
            rate(figures.sessions, figures.floor),
            ratio(figures.ours / figures.floor),
            format!("{:.0} ms", figures.longest_transaction * 1e3),
            megabytes(figures.peak_memory_mb),
        ]);
    }
    table.text()
}
