//! The gym's contests.

use anyhow::Result;

use crate::{
    contest::{self, Contest},
    database::{Filling, Server},
    old_way::OldWay,
    progress, run,
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

/// What coach-actions costs, which has no floor.
pub struct Coaches {
    pub members: u32,
    pub run: run::Figures,
}

/// Measures the gym's jobs on a gym of so many members.
pub async fn measure(
    server: &Server,
    members: u32,
    rounds: u32,
    contests: &mut Vec<contest::Figures>,
) -> Result<Coaches> {
    progress(&format!("{members} members: filling a gym"));
    server.fill(&Filling::Gym { members }).await?;
    // A million members are copied and worked through for minutes; they tell no more the third time, nor from afar.
    let is_large = members > 200_000;
    for job in &JOBS {
        progress(&format!("{members} members: {}", job.job));
        let rounds = if is_large { 1 } else { rounds };
        contests.push(contest::run(server, job, rounds, !is_large).await?);
    }
    progress(&format!("{members} members: coach-actions"));
    server.copy().await?;
    // It goes by the risks.
    run::run(&server.job("at-risk-detection", None), "at-risk-detection").await?;
    let run = run::run(&server.job("coach-actions", None), "coach-actions").await?;
    server.forget().await?;
    Ok(Coaches { members, run })
}
