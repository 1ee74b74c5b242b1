//! One job at one size: ours, the floor and the old way, each on a fresh copy of the same tenants.

mod table;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use demo::wire::Wire;
use hyper::body::Bytes;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::{
    Arguments,
    database::{Server, copy_in, copy_out},
    median,
    old_way::{self, OldWay, Sample},
    progress, run,
};

pub use table::all as tables;

/// How much longer each request takes in the second comparison.
pub const LATENCY: Duration = Duration::from_millis(1);

/// What a page asks of the database whatever the job: `BEGIN`, the guard, the checkpoint, `COMMIT`.
const OF_EVERY_PAGE: f64 = 4.0;

/// A job, and the same work done otherwise.
pub struct Contest {
    pub job: &'static str,
    /// When it is due.
    pub as_of: &'static str,
    /// Copies what the job has written into a table `kept`, so that the others can write it as well.
    pub keep: &'static str,
    /// Makes that table, of which each row begins with a tenant's and a subject's id.
    pub kept: &'static str,
    /// Its parameters are a tenant and the run's clock.
    pub floor: &'static str,
    pub old_way: Option<OldWay>,
    /// What is left behind, in a line: equal after the job and after the floor.
    pub state: &'static str,
}

/// What was measured; times are the medians of the rounds, in seconds.
pub struct Figures {
    pub job: &'static str,
    pub subjects: u64,
    pub ours: f64,
    pub floor: f64,
    /// Of one subject.
    pub old_way_each: Option<f64>,
    pub peak_memory_mb: f64,
    pub far: Option<Far>,
}

/// What was measured with the database further away.
pub struct Far {
    pub ours: f64,
    /// Of one subject.
    pub old_way_each: Option<f64>,
    pub own_a_page: f64,
    pub round_trips_a_page: f64,
}

/// What the floor and the old way go by.
struct Kept {
    tenants: Vec<Uuid>,
    sample: Sample,
}

/// Of many subjects, which are copied and worked through for minutes, all is measured once and only from near: they tell
/// no more the third time, nor from afar.
pub async fn run(
    server: &Server,
    contest: &Contest,
    arguments: &Arguments,
    are_many: bool,
) -> Result<Figures> {
    let rounds = if are_many { 1 } else { arguments.rounds };
    let job = contest.job;
    let mut kept = None;
    let (mut ours, mut floor, mut old, mut far) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut subjects, mut peak_memory_mb) = (0, 0_f64);
    for round in 1..=rounds {
        progress(&format!("{job}, round {round} of {rounds}"));
        let mut copy = server.copy().await?;
        let near = run::run_at(&server.job(job, None), job, contest.as_of).await?;
        let state = state(&mut copy, contest).await?;
        let kept = match &mut kept {
            Some(kept) => kept,
            first => {
                let rows = copy_out(&mut copy, contest.keep).await?;
                first.insert(keep(server, contest, arguments, rows).await?)
            }
        };
        copy.close().await.context("close the connection")?;
        ours.push(near.seconds);
        subjects = near.report.totals.total;
        peak_memory_mb = peak_memory_mb.max(near.peak_memory_mb);

        let (mut copy, seconds) = run_floor(server, contest.floor, &kept.tenants, kept.sample.as_of).await?;
        let left = self::state(&mut copy, contest).await?;
        ensure!(left == state, "{job}: the floor left {left}, the job {state}");
        floor.push(seconds);
        if let Some(old_way) = &contest.old_way {
            server.copy().await?;
            old.push(old_way::run(&server.copy_options(), old_way, &kept.sample).await?);
        }
        if !are_many {
            far.push(run_far(server, contest, &kept.sample).await?);
        }
    }
    forget(server).await?;
    Ok(Figures {
        job,
        subjects,
        ours: median(ours),
        floor: median(floor),
        old_way_each: contest.old_way.as_ref().map(|_| median(old)),
        peak_memory_mb,
        far: (!are_many).then(|| Far::median(&far)),
    })
}

/// Ours and the old way over a longer wire, which also counts what is asked.
async fn run_far(server: &Server, contest: &Contest, sample: &Sample) -> Result<Far> {
    let job = contest.job;
    server.copy().await?;
    let wire = server.wire(LATENCY)?;
    let ours = run::run_at(&server.job(job, Some(&wire)), job, contest.as_of).await?;
    let mut far = Far {
        ours: ours.seconds,
        old_way_each: None,
        own_a_page: own_a_page(&wire),
        round_trips_a_page: wire.round_trips() as f64 / wire.pages() as f64,
    };
    if let Some(old_way) = &contest.old_way {
        server.copy().await?;
        let wire = server.wire(LATENCY)?;
        far.old_way_each = Some(old_way::run(&wire.options(), old_way, sample).await?);
    }
    Ok(far)
}

/// The statements of a page that are the job's own.
pub fn own_a_page(wire: &Wire) -> f64 {
    wire.statements_of_pages() as f64 / wire.pages() as f64 - OF_EVERY_PAGE
}

impl Far {
    fn median(rounds: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| median(rounds.iter().map(figure).collect());
        let old_way: Option<Vec<_>> = rounds.iter().map(|far| far.old_way_each).collect();
        Self {
            ours: of(|far| far.ours),
            old_way_each: old_way.map(median),
            own_a_page: of(|far| far.own_a_page),
            round_trips_a_page: of(|far| far.round_trips_a_page),
        }
    }
}

async fn state(copy: &mut PgConnection, contest: &Contest) -> Result<String> {
    sqlx::query_scalar(contest.state)
        .fetch_one(copy)
        .await
        .context("read what was left behind")
}

/// Puts what the job has written beside what it worked on, and draws the subjects for the old way.
async fn keep(server: &Server, contest: &Contest, arguments: &Arguments, rows: Vec<Bytes>) -> Result<Kept> {
    let mut filled = server.connect_filled().await?;
    filled
        .execute(contest.kept)
        .await
        .context("make the table kept")?;
    copy_in(&mut filled, "copy public.kept from stdin (format binary)", rows).await?;
    filled
        .execute("vacuum (analyze) public.kept")
        .await
        .context("vacuum the table kept")?;
    let sample = contest
        .old_way
        .as_ref()
        .map_or(0, |old_way| arguments.sample(old_way.sample));
    let subjects = sqlx::query_as("select distinct tenant_id, id from public.kept order by id limit $1")
        .bind(sample)
        .fetch_all(&mut filled)
        .await
        .context("draw the subjects for the old way")?;
    let tenants = tenants(&mut filled).await?;
    filled.close().await.context("close the connection")?;
    let as_of = contest.as_of.parse().context("read when the job is due")?;
    Ok(Kept {
        tenants,
        sample: Sample { subjects, as_of },
    })
}

pub async fn tenants(filled: &mut PgConnection) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from platform.tenant order by slug")
        .fetch_all(filled)
        .await
        .context("list the tenants")
}

async fn forget(server: &Server) -> Result<()> {
    let mut filled = server.connect_filled().await?;
    filled
        .execute("drop table public.kept")
        .await
        .context("drop the table kept")?;
    filled.close().await.context("close the connection")
}

/// One statement for each tenant, as the jobs' role and under its policies. Returns the copy that it worked on.
pub async fn run_floor(
    server: &Server,
    floor: &'static str,
    tenants: &[Uuid],
    as_of: DateTime<Utc>,
) -> Result<(PgConnection, f64)> {
    let mut copy = server.copy().await?;
    copy.execute("set role nightshift_job")
        .await
        .context("become nightshift_job")?;
    let begun = Instant::now();
    for tenant in tenants {
        let mut tx = copy.begin().await.context("begin the floor")?;
        sqlx::query("select set_config('app.tenant_id', $1, true)")
            .bind(tenant.to_string())
            .execute(&mut *tx)
            .await
            .context("set the tenant")?;
        sqlx::query(floor)
            .bind(tenant)
            .bind(as_of)
            .execute(&mut *tx)
            .await
            .context("run the floor")?;
        tx.commit().await.context("commit the floor")?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    copy.execute("reset role").await.context("leave nightshift_job")?;
    Ok((copy, seconds))
}
