//! The training apps' jobs, on one app of users who train.

use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use demo::{training::Size, words::thousands};
use sqlx::{Connection, Executor};

use crate::{
    Arguments, Part,
    contest::{self, Contest},
    database::{AS_OF, Filling, Server},
    median, progress, run,
    table::{Table, megabytes},
    typed,
};

pub const PART: Part = Part {
    name: "lifters",
    options: |arguments| {
        format!(
            " --users {} --rounds {}",
            typed(&arguments.users),
            arguments.rounds
        )
    },
    measure: |server, arguments| Box::pin(measure(server, arguments)),
};

const BEHAVIOR_METRICS: Contest = Contest {
    job: "behavior-metrics",
    as_of: AS_OF,
    keep: include_str!("../../../sql/bench/behavior-metrics/keep.sql"),
    kept: include_str!("../../../sql/bench/behavior-metrics/kept.sql"),
    floor: include_str!("../../../sql/bench/behavior-metrics/floor.sql"),
    old_way: None,
    state: include_str!("../../../sql/bench/behavior-metrics/state.sql"),
};

const WEEKLY_REPORT: Contest = Contest {
    job: "weekly-report",
    as_of: AS_OF,
    keep: include_str!("../../../sql/bench/weekly-report/keep.sql"),
    kept: include_str!("../../../sql/bench/weekly-report/kept.sql"),
    floor: include_str!("../../../sql/bench/weekly-report/floor.sql"),
    old_way: None,
    state: include_str!("../../../sql/bench/weekly-report/state.sql"),
};

const PREPARE_REPORTS: &str = include_str!("../../../sql/bench/weekly-report/prepare.sql");

/// What a tick asks the database when nobody is due.
const ZONES: &str = include_str!("../../../../functions/training/sql/weekly-report/zones.sql");

/// A tick at which nobody's report is due; times are the medians of the rounds.
struct Idle {
    users: u32,
    sets: i64,
    zones: usize,
    seconds: f64,
    /// What the database takes to find the zones out.
    zones_seconds: f64,
    peak_memory_mb: f64,
}

async fn measure(server: &Server, arguments: &Arguments) -> Result<String> {
    let (mut contests, mut ticks) = (Vec::new(), Vec::new());
    for &users in &arguments.users {
        progress(&format!("{users} users: filling an app"));
        let begun = Instant::now();
        server.fill(&Filling::Apps(size(users))).await?;
        progress(&format!("filled in {:.0} s", begun.elapsed().as_secs_f64()));
        progress(&format!("{users} users: behavior-metrics"));
        contests.push(contest::run(server, &BEHAVIOR_METRICS, arguments, false).await?);
        progress(&format!("{users} users: weekly-report"));
        ticks.push(tick(server, users, arguments.rounds).await?);
        let mut filled = server.connect_filled().await?;
        filled
            .execute(PREPARE_REPORTS)
            .await
            .context("make reports due")?;
        filled
            .execute("vacuum (analyze)")
            .await
            .context("vacuum the filled database")?;
        filled.close().await.context("close the connection")?;
        contests.push(contest::run(server, &WEEKLY_REPORT, arguments, false).await?);
        server.forget().await?;
    }
    Ok([contest::tables(&contests), table(&ticks)].join("\n"))
}

/// Fifty sets a user, nearly.
const fn size(users: u32) -> Size {
    Size {
        apps: 1,
        users_per_app: users,
        workouts_per_user: 10,
        sets_per_workout: 4,
        unknown_zone: false,
    }
}

/// Measures a tick at which nobody's report is due: at the bench's instant it is six o'clock nowhere.
async fn tick(server: &Server, users: u32, rounds: u32) -> Result<Idle> {
    const JOB: &str = "weekly-report";
    let mut copy = server.copy().await?;
    let (mut seconds, mut zones_seconds, mut peak_memory_mb) = (Vec::new(), Vec::new(), 0_f64);
    for _ in 0..rounds {
        let idle = run::idle(&server.job(JOB, None), JOB).await?;
        seconds.push(idle.seconds);
        peak_memory_mb = peak_memory_mb.max(idle.peak_memory_mb);
    }
    let [tenant] = contest::tenants(&mut copy)
        .await?
        .try_into()
        .map_err(|_| anyhow!("there is more than one app"))?;
    let sets = sqlx::query_scalar("select count(*) from training.workout_set")
        .fetch_one(&mut copy)
        .await
        .context("count the sets")?;
    let mut tx = copy.begin().await.context("begin the tick")?;
    sqlx::query("select set_config('app.tenant_id', $1, true), set_config('role', 'nightshift_job', true)")
        .bind(tenant.to_string())
        .execute(&mut *tx)
        .await
        .context("become nightshift_job")?;
    let mut zones = 0;
    for _ in 0..rounds {
        let begun = Instant::now();
        let found = sqlx::query(ZONES).bind(tenant).fetch_all(&mut *tx);
        zones = found.await.context("read the zones of users")?.len();
        zones_seconds.push(begun.elapsed().as_secs_f64());
    }
    tx.rollback().await.context("end the tick")?;
    copy.close().await.context("close the connection")?;
    Ok(Idle {
        users,
        sets,
        zones,
        seconds: median(seconds),
        zones_seconds: median(zones_seconds),
        peak_memory_mb,
    })
}

fn table(ticks: &[Idle]) -> String {
    let mut table = Table::new(
        "A tick of weekly-report at which nobody is due",
        &[
            "users",
            "sets",
            "zones",
            "the invocation",
            "of that, finding the zones",
            "peak memory",
        ],
    );
    for tick in ticks {
        table.row(&[
            thousands(tick.users),
            thousands(tick.sets),
            tick.zones.to_string(),
            format!("{:.1} ms", tick.seconds * 1e3),
            format!("{:.2} ms", tick.zones_seconds * 1e3),
            megabytes(tick.peak_memory_mb),
        ]);
    }
    table.text()
}
