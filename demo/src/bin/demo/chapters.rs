//! What the demo tells of the gyms, chapter by chapter. Each checks what it says.

use std::{cmp::Reverse, collections::BTreeMap};

use anyhow::{Result, ensure};
use chrono::{DateTime, Utc};
use demo::words::thousands;
use sqlx::PgConnection;

use crate::{
    gyms::{AtRisk, Gym},
    night::Run,
    paper::{Paper, Set},
    reasons::{Kind, kind, reasons},
    words::{counter, evenly, full_name},
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
