//! What data-cleanup took away, and what stayed.

use anyhow::{Context, Result, ensure};
use chrono::{Days, NaiveDate, NaiveTime};
use demo::words::thousands;
use sqlx::PgConnection;

use super::MonthEnd;
use crate::{
    companies::{Company, Holdings},
    night::{CLEANUP_INTERVAL_DAYS, Run},
    paper::Set,
    words::counter,
};

/// What all companies keep together.
pub struct Kept(Holdings);

impl Kept {
    pub async fn count(database: &mut PgConnection, companies: &[Company], today: NaiveDate) -> Result<Self> {
        let old = (today - Days::new(CLEANUP_INTERVAL_DAYS))
            .and_time(NaiveTime::MIN)
            .and_utc();
        let mut all: Option<Holdings> = None;
        for company in companies {
            let holdings = company.holdings(database, old).await?;
            all = Some(match all {
                None => holdings,
                Some(all) => sum(&all, &holdings),
            });
        }
        all.map(Self).context("there are companies")
    }
}

fn sum(one: &Holdings, other: &Holdings) -> Holdings {
    Holdings {
        sessions: one.sessions + other.sessions,
        archived_sessions: one.archived_sessions + other.archived_sessions,
        old_sessions: one.old_sessions + other.old_sessions,
        held_sessions: one.held_sessions + other.held_sessions,
        running: one.running + other.running,
        goals: one.goals + other.goals,
        old_goals: one.old_goals + other.old_goals,
        letters: one.letters + other.letters,
        notices: one.notices + other.notices,
        traces: one.traces + other.traces,
        people: one.people + other.people,
    }
}

/// Tells what the run among these has done since `before`.
pub async fn tell(
    month_end: &MonthEnd<'_>,
    database: &mut PgConnection,
    today: NaiveDate,
    before: &Kept,
    runs: &[Run],
) -> Result<()> {
    let run = runs.iter().find(|run| run.job == "data-cleanup");
    let report = &run.context("data-cleanup ran")?.report;
    let Kept(before) = before;
    let Kept(after) = Kept::count(database, month_end.companies, today).await?;
    let [ended, archived, blocked, goals, scrubbed, erased] = [
        "expiredTimers",
        "archivedSessions",
        "blocked",
        "archivedGoals",
        "scrubbedMails",
        "erasedUsers",
    ]
    .map(|name| counter(report, name).map(u64::cast_signed));
    let (archived, blocked, erased) = (archived?, blocked?, erased?);
    for (what, stored, reported) in [
        (
            "sessions archived",
            after.archived_sessions - before.archived_sessions,
            archived,
        ),
        (
            "old sessions left",
            after.old_sessions - after.held_sessions,
            blocked,
        ),
        (
            "old sessions",
            before.old_sessions - before.held_sessions,
            archived + blocked,
        ),
        (
            "sessions of people under legal hold",
            after.held_sessions,
            before.held_sessions,
        ),
        ("timers ended", before.running - after.running, ended?),
        ("goals archived", before.old_goals - after.old_goals, goals?),
        ("people erased", before.people - after.people, erased),
    ] {
        ensure!(
            stored == reported,
            "{what}: {stored} by the rows, and {reported} by the report"
        );
    }
    ensure!(
        archived > 0 && blocked > 0 && erased > 0,
        "there was nothing to clean up"
    );
    let mut noted = 0;
    for company in month_end.companies {
        noted += company.noted(database, report.run_id).await?;
    }
    let total = i64::try_from(report.totals.total).context("count what was done")?;
    ensure!(
        noted == total,
        "the protocols say {noted}, and the report {total}: {report:?}"
    );
    say(month_end, before, &after, (archived, blocked, scrubbed?));
    Ok(())
}

fn say(
    month_end: &MonthEnd,
    before: &Holdings,
    after: &Holdings,
    (archived, blocked, scrubbed): (i64, i64, i64),
) {
    let paper = month_end.paper;
    paper.heading("What the clean-up took, and what stayed");
    let mut rows = vec![["", "before", "after"].map(str::to_owned)];
    for (what, before, after) in [
        ("people, those who left among them", before.people, after.people),
        ("sessions", before.sessions, after.sessions),
        ("timers under way", before.running, after.running),
        (
            "sessions in the archive",
            before.archived_sessions,
            after.archived_sessions,
        ),
        ("goals on people's lists", before.goals, after.goals),
        ("e-mails with their text", before.letters, after.letters),
        ("notices", before.notices, after.notices),
        (
            "minutes of traffic, days of activity, events",
            before.traces,
            after.traces,
        ),
    ] {
        rows.push([what.to_owned(), thousands(before), thousands(after)]);
    }
    paper.table([Set::Left, Set::Right, Set::Right], &rows);
    paper.checked(&format!(
        "{} sessions that ended {CLEANUP_INTERVAL_DAYS} days ago or earlier stand in the archive, without titles and notes. \
         {} stay because no night has summed up their day, and {} because their people are under legal hold. {} e-mails \
         lost their text. Every company's protocol says the same.",
        thousands(archived),
        thousands(blocked),
        thousands(after.held_sessions),
        thousands(scrubbed)
    ));
}
