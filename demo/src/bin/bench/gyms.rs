//! The gyms' jobs.

use anyhow::Result;
use demo::words::thousands;

use crate::{
    Arguments, Part,
    contest::{self, Contest},
    database::{AS_OF, Filling, Server},
    old_way::OldWay,
    progress, run,
    table::{Table, megabytes},
    typed,
};

pub const PART: Part = Part {
    name: "gyms",
    options: |arguments| {
        format!(
            " --sizes {} --rounds {}",
            typed(&arguments.sizes),
            arguments.rounds
        )
    },
    measure: |server, arguments| Box::pin(measure(server, arguments)),
};

/// The originals worked in batches of fifty members over ten connections, one read and one update a member, each
/// its own transaction, and kept no history.
const fn old_way(read: &'static [&'static str; 1], update: &'static [&'static str; 1]) -> OldWay {
    OldWay {
        connections: 10,
        in_transaction: false,
        reads: read,
        writes: update,
        rows: 1,
        sample: 20_000,
    }
}

const JOBS: [Contest; 2] = [
    Contest {
        job: "commitment-scores",
        as_of: AS_OF,
        keep: include_str!("../../../sql/bench/commitment-scores/keep.sql"),
        kept: include_str!("../../../sql/bench/commitment-scores/kept.sql"),
        floor: include_str!("../../../sql/bench/commitment-scores/floor.sql"),
        old_way: Some(old_way(
            &[include_str!("../../../sql/bench/commitment-scores/old_read.sql")],
            &[include_str!(
                "../../../sql/bench/commitment-scores/old_update.sql"
            )],
        )),
        state: include_str!("../../../sql/bench/commitment-scores/state.sql"),
    },
    Contest {
        job: "at-risk-detection",
        as_of: AS_OF,
        keep: include_str!("../../../sql/bench/at-risk-detection/keep.sql"),
        kept: include_str!("../../../sql/bench/at-risk-detection/kept.sql"),
        floor: include_str!("../../../sql/bench/at-risk-detection/floor.sql"),
        old_way: Some(old_way(
            &[include_str!("../../../sql/bench/at-risk-detection/old_read.sql")],
            &[include_str!(
                "../../../sql/bench/at-risk-detection/old_update.sql"
            )],
        )),
        state: include_str!("../../../sql/bench/at-risk-detection/state.sql"),
    },
];

/// A gym of more members is measured less often.
const MANY: u32 = 200_000;

/// What coach-actions costs, which has no floor.
struct Coaches {
    members: u32,
    run: run::Figures,
}

async fn measure(server: &Server, arguments: &Arguments) -> Result<String> {
    let (mut contests, mut coached) = (Vec::new(), Vec::new());
    for &members in &arguments.sizes {
        coached.push(one(server, members, arguments, &mut contests).await?);
    }
    Ok([contest::tables(&contests), coaches(&coached)].join("\n"))
}

/// Measures the jobs on a gym of so many members.
async fn one(
    server: &Server,
    members: u32,
    arguments: &Arguments,
    contests: &mut Vec<contest::Figures>,
) -> Result<Coaches> {
    progress(&format!("{members} members: filling a gym"));
    server.fill(&Filling::Gym { members }).await?;
    for job in &JOBS {
        progress(&format!("{members} members: {}", job.job));
        contests.push(contest::run(server, job, arguments, members > MANY).await?);
    }
    progress(&format!("{members} members: coach-actions"));
    server.copy().await?;
    // It goes by the risks.
    run::run(&server.job("at-risk-detection", None), "at-risk-detection").await?;
    let run = run::run(&server.job("coach-actions", None), "coach-actions").await?;
    server.forget().await?;
    Ok(Coaches { members, run })
}

fn coaches(coaches: &[Coaches]) -> String {
    let mut table = Table::new(
        "coach-actions",
        &["members", "coaches", "time", "µs a member", "peak memory"],
    );
    for Coaches { members, run } in coaches {
        table.row(&[
            thousands(members),
            thousands(run.report.totals.total),
            format!("{:.2} s", run.seconds),
            format!("{:.0}", run.seconds / f64::from(*members) * 1e6),
            megabytes(run.peak_memory_mb),
        ]);
    }
    table.text()
}
