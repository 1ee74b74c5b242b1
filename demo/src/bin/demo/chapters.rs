//! What the demo tells, chapter by chapter. Each checks what it says.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use demo::words::thousands;
use shared::report::Status;
use sqlx::PgConnection;

use crate::{
    gyms::{AtRisk, Gym},
    night::Run,
    paper::{Paper, Set},
    reasons::{Kind, kind, reasons},
    words::{counter, duration, full_name, in_words},
};

/// How many members of each kind are shown.
const MEMBERS_SHOWN_OF_A_KIND: usize = 2;
/// How many coaches' lists are shown, and how much of each.
const COACHES_SHOWN: usize = 5;
const ACTIONS_SHOWN: usize = 3;

/// What was made.
pub async fn gyms(
    paper: Paper,
    database: &mut PgConnection,
    as_of: DateTime<Utc>,
    gyms: &[Gym],
) -> Result<()> {
    paper.line(format_args!(
        "{}",
        paper.bold(&format!(
            "Nightshift: the night of {}",
            as_of.format("%A, %-d %B %Y, %H:%M UTC")
        ))
    ));
    paper.heading("The gyms, made up for this demo");
    let mut rows = vec![["gym", "time zone", "members", "active", "coaches", "visits"].map(str::to_owned)];
    let mut sum = [0; 4];
    for gym in gyms {
        let size = gym.size(database).await?;
        let numbers = [size.members, size.active, size.coaches, size.visits];
        sum = std::array::from_fn(|column| sum[column] + numbers[column]);
        let [members, active, coaches, visits] = numbers.map(thousands);
        rows.push([
            gym.name.clone(),
            gym.time_zone.clone(),
            members,
            active,
            coaches,
            visits,
        ]);
    }
    let [members, active, coaches, visits] = sum.map(thousands);
    rows.push([
        format!("{} gyms", gyms.len()),
        String::new(),
        members,
        active,
        coaches,
        visits,
    ]);
    paper.table(
        [
            Set::Left,
            Set::Left,
            Set::Right,
            Set::Right,
            Set::Right,
            Set::Right,
        ],
        &rows,
    );
    Ok(())
}

/// How the three functions did.
pub fn runs(paper: Paper, gyms: &[Gym], runs: &[Run]) -> Result<()> {
    paper.heading("The three jobs, each started as a Lambda function by its EventBridge rule");
    let head = [
        "job",
        "status",
        "members",
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
            "{job} lost a member: {totals:?}"
        );
        let seen = report.tenants.total;
        ensure!(
            seen == gyms.len() as u64,
            "{job} saw {seen} gyms of {}",
            gyms.len()
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

/// Who is at risk and why.
pub async fn members_at_risk(
    paper: Paper,
    database: &mut PgConnection,
    gyms: &[Gym],
    runs: &[Run],
) -> Result<()> {
    let mut kinds: BTreeMap<Kind, Vec<(&Gym, AtRisk)>> = BTreeMap::new();
    let mut counted = 0;
    for gym in gyms {
        for member in gym.at_risk(database).await? {
            counted += 1;
            kinds
                .entry(kind(&member.risk_factors)?)
                .or_default()
                .push((gym, member));
        }
    }
    let reported = counter(&runs[1].report, "high")? + counter(&runs[1].report, "medium")?;
    ensure!(
        counted == reported,
        "{counted} members are at risk, and the report says {reported}"
    );

    paper.heading(&format!(
        "Who is at risk of leaving, and why: {} members",
        thousands(counted)
    ));
    for (kind, mut members) in kinds {
        paper.line(format_args!("  {}: {}", kind.words(), thousands(members.len())));
        members.sort_by_key(|(_, member)| Reverse(member.risk));
        for (gym, member) in evenly(&members, MEMBERS_SHOWN_OF_A_KIND) {
            member_at_risk(paper, gym, member)?;
        }
    }
    Ok(())
}

fn member_at_risk(paper: Paper, gym: &Gym, member: &AtRisk) -> Result<()> {
    let commitment = match member.commitment_score {
        Some(score) => format!("commitment {score}"),
        None => "commitment not known yet".to_owned(),
    };
    paper.line(format_args!(
        "   {} {}, {} {}",
        paper.level(&member.level, &format!("{:>3} {:<6}", member.risk, member.level)),
        paper.bold(&full_name(&member.first_name, &member.last_name)),
        gym.name,
        paper.dim(&format!("· {commitment}")),
    ));
    paper.text(14, &reasons(&member.risk_factors, &member.score_factors)?);
    paper.aside(14, &member.interpretation);
    Ok(())
}

/// What each coach has to do, in the gyms that did not fail.
pub async fn coaches(paper: Paper, database: &mut PgConnection, gyms: &[Gym], runs: &[Run]) -> Result<()> {
    let report = &runs[2].report;
    let failed = |gym: &Gym| report.errors.iter().any(|error| error.tenant == gym.slug);
    let mut lists = Vec::new();
    for gym in gyms.iter().filter(|gym| !failed(gym)) {
        let actions = gym.open_actions(database).await?;
        lists.extend(
            actions
                .chunk_by(|one, next| one.coach_id == next.coach_id)
                .map(|list| (gym, list.to_vec())),
        );
    }
    let open = lists.iter().map(|(_, list)| list.len() as u64).sum::<u64>();
    let expected = counter(report, "actionsCreated")? + counter(report, "skippedOpen")?;
    ensure!(
        open >= expected,
        "{expected} actions must be open, and {open} are"
    );

    let heading = format!(
        "What the coaches have to do: {} actions in {} lists",
        thousands(open),
        lists.len()
    );
    paper.heading(&heading);
    for (gym, list) in evenly(&lists, COACHES_SHOWN) {
        let coach = paper.bold(&full_name(&list[0].first_name, &list[0].last_name));
        paper.line(format_args!(
            "  {coach}, {} {}",
            gym.name,
            paper.dim(&format!("· {} open", list.len()))
        ));
        for action in list.iter().take(ACTIONS_SHOWN) {
            let priority = paper.level(&action.priority, &format!("{:<6}", action.priority));
            let due = paper.dim(&format!("· due {}", action.due_date));
            paper.line(format_args!("    {priority}  {} {due}", action.title));
            if let Some(description) = &action.description {
                paper.aside(12, description);
            }
        }
        if list.len() > ACTIONS_SHOWN {
            paper.aside(12, &format!("… and {} more", list.len() - ACTIONS_SHOWN));
        }
    }
    Ok(())
}

/// Where to look next.
pub fn how_to_go_on(paper: Paper) {
    paper.line("");
    paper.aside(
        2,
        "Other gyms: cargo xtask demo --members 6000 --seed 7. To look around afterwards: add --keep.",
    );
}

/// At most `count` of the items, spread over all of them.
fn evenly<T>(items: &[T], count: usize) -> impl Iterator<Item = &T> {
    items.iter().step_by(items.len().div_ceil(count).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_few_spread_over_all() {
        let few: Vec<_> = evenly(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 3).copied().collect();
        assert_eq!(few, [1, 5, 9]);
        assert_eq!(evenly(&[1, 2], 5).count(), 2);
        assert_eq!(evenly::<u8>(&[], 5).count(), 0);
    }
}
