//! One job at one size: ours, the floor and the old way, each on a fresh copy of the same gym.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use chrono::NaiveDate;
use hyper::body::Bytes;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::{
    database::{Server, as_of, copy_in, copy_out},
    median, old_way, progress, run,
};

/// How much longer each request takes in the second comparison.
const LATENCY: Duration = Duration::from_millis(1);

/// Members from which on one round has to do.
const LARGE: u32 = 200_000;

/// The local day of [`as_of`] in the gym's zone, which is UTC+1.
const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 1, 29).expect("a date");

/// A job, and the same work done otherwise.
pub struct Contest {
    pub job: &'static str,
    /// Copies what the job has written into a table `kept`, so that the others can write it as well.
    keep: &'static str,
    /// Makes that table.
    kept: &'static str,
    floor: &'static str,
    old_way: old_way::Statements,
    /// What is left behind, in a line: equal after the job and after the floor.
    state: &'static str,
}

pub const JOBS: [Contest; 2] = [
    Contest {
        job: "commitment-scores",
        keep: include_str!("../../../sql/bench/commitment-scores/keep.sql"),
        kept: include_str!("../../../sql/bench/commitment-scores/kept.sql"),
        floor: include_str!("../../../sql/bench/commitment-scores/floor.sql"),
        old_way: old_way::Statements {
            read: include_str!("../../../sql/bench/commitment-scores/old_read.sql"),
            update: include_str!("../../../sql/bench/commitment-scores/old_update.sql"),
        },
        state: include_str!("../../../sql/bench/commitment-scores/state.sql"),
    },
    Contest {
        job: "at-risk-detection",
        keep: include_str!("../../../sql/bench/at-risk-detection/keep.sql"),
        kept: include_str!("../../../sql/bench/at-risk-detection/kept.sql"),
        floor: include_str!("../../../sql/bench/at-risk-detection/floor.sql"),
        old_way: old_way::Statements {
            read: include_str!("../../../sql/bench/at-risk-detection/old_read.sql"),
            update: include_str!("../../../sql/bench/at-risk-detection/old_update.sql"),
        },
        state: include_str!("../../../sql/bench/at-risk-detection/state.sql"),
    },
];

/// What was measured; times are the medians of the rounds, in seconds.
pub struct Figures {
    pub job: &'static str,
    pub members: u64,
    pub ours: f64,
    pub floor: f64,
    /// Of one member.
    pub old_way_each: f64,
    pub peak_memory_mb: f64,
    /// Not of the largest gyms.
    pub far: Option<Far>,
}

/// What was measured with the database further away.
pub struct Far {
    pub ours: f64,
    /// Of one member.
    pub old_way_each: f64,
    pub statements_a_page: f64,
    pub round_trips_a_page: f64,
}

/// Members that a page takes: the job's default.
const PAGE: u64 = 500;

pub async fn run(server: &Server, contest: &Contest, size: u32, rounds: u32) -> Result<Figures> {
    let job = contest.job;
    // A million members are copied and worked through for minutes; they tell no more the third time, nor from afar.
    let (rounds, with_far) = if size > LARGE { (1, false) } else { (rounds, true) };
    let mut sample = None;
    let (mut ours, mut floor, mut old, mut far) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut members, mut peak_memory_mb) = (0, 0_f64);
    for round in 1..=rounds {
        progress(&format!("{size} members: {job}, round {round} of {rounds}"));
        let mut copy = server.copy().await?;
        let near = run::run(&server.job(job, None), job).await?;
        let state = state(&mut copy, contest).await?;
        if sample.is_none() {
            let kept = copy_out(&mut copy, contest.keep).await?;
            copy.close().await.context("close the connection")?;
            sample = Some(keep(server, contest, kept).await?);
        }
        let Some(sample) = &sample else {
            bail!("the members of the sample were not read")
        };
        ours.push(near.seconds);
        members = near.report.totals.total;
        peak_memory_mb = peak_memory_mb.max(near.peak_memory_mb);

        floor.push(run_floor(server, contest, sample.tenant, &state).await?);
        server.copy().await?;
        old.push(old_way::run(&server.copy_options(), &contest.old_way, sample).await?);
        if with_far {
            far.push(run_far(server, contest, sample).await?);
        }
    }
    forget(server).await?;
    Ok(Figures {
        job,
        members,
        ours: median(ours),
        floor: median(floor),
        old_way_each: median(old),
        peak_memory_mb,
        far: with_far.then(|| Far::median(&far)),
    })
}

/// Ours and the old way over a longer wire, which also counts what is asked.
async fn run_far(server: &Server, contest: &Contest, sample: &old_way::Members) -> Result<Far> {
    let job = contest.job;
    server.copy().await?;
    let wire = server.wire(LATENCY)?;
    let ours = run::run(&server.job(job, Some(&wire)), job).await?;
    let pages = ours.report.totals.total.div_ceil(PAGE) as f64;
    let (statements, round_trips) = (wire.statements() as f64, wire.round_trips() as f64);
    server.copy().await?;
    let wire = server.wire(LATENCY)?;
    Ok(Far {
        ours: ours.seconds,
        old_way_each: old_way::run(&wire.options(), &contest.old_way, sample).await?,
        statements_a_page: statements / pages,
        round_trips_a_page: round_trips / pages,
    })
}

impl Far {
    fn median(rounds: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| median(rounds.iter().map(figure).collect());
        Self {
            ours: of(|far| far.ours),
            old_way_each: of(|far| far.old_way_each),
            statements_a_page: of(|far| far.statements_a_page),
            round_trips_a_page: of(|far| far.round_trips_a_page),
        }
    }
}

/// Coach-actions has no floor; what it costs, after the risks that it goes by.
pub async fn coaches(server: &Server, size: u32) -> Result<(u32, run::Figures)> {
    progress(&format!("{size} members: coach-actions"));
    server.copy().await?;
    run::run(&server.job("at-risk-detection", None), "at-risk-detection").await?;
    let figures = run::run(&server.job("coach-actions", None), "coach-actions").await?;
    Ok((size, figures))
}

async fn state(copy: &mut PgConnection, contest: &Contest) -> Result<String> {
    sqlx::query_scalar(contest.state)
        .fetch_one(copy)
        .await
        .context("read what was left behind")
}

/// Puts what the job has written beside the gym, and draws the members for the old way.
async fn keep(server: &Server, contest: &Contest, rows: Vec<Bytes>) -> Result<old_way::Members> {
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
    let ids = sqlx::query_scalar("select id from public.kept order by id limit $1")
        .bind(old_way::SAMPLE)
        .fetch_all(&mut filled)
        .await
        .context("draw the members for the old way")?;
    let tenant = sqlx::query_scalar("select id from platform.tenant")
        .fetch_one(&mut filled)
        .await
        .context("read the gym's id")?;
    filled.close().await.context("close the connection")?;
    Ok(old_way::Members {
        tenant,
        ids,
        today: TODAY,
        as_of: as_of()?,
    })
}

async fn forget(server: &Server) -> Result<()> {
    let mut filled = server.connect_filled().await?;
    filled
        .execute("drop table public.kept")
        .await
        .context("drop the table kept")?;
    filled.close().await.context("close the connection")
}

/// One statement for the whole gym, as the jobs' role and under its policies, and the state compared.
async fn run_floor(server: &Server, contest: &Contest, tenant: Uuid, expected: &str) -> Result<f64> {
    let mut copy = server.copy().await?;
    copy.execute("set role nightshift_job")
        .await
        .context("become nightshift_job")?;
    let begun = Instant::now();
    let mut tx = copy.begin().await.context("begin the floor")?;
    sqlx::query("select set_config('app.tenant_id', $1, true)")
        .bind(tenant.to_string())
        .execute(&mut *tx)
        .await
        .context("set the tenant")?;
    sqlx::query(contest.floor)
        .bind(tenant)
        .bind(as_of()?)
        .bind(TODAY)
        .execute(&mut *tx)
        .await
        .context("run the floor")?;
    tx.commit().await.context("commit the floor")?;
    let seconds = begun.elapsed().as_secs_f64();
    copy.execute("reset role").await.context("leave nightshift_job")?;
    let left = state(&mut copy, contest).await?;
    ensure!(
        left == expected,
        "{}: the floor left {left}, the job {expected}",
        contest.job
    );
    Ok(seconds)
}
