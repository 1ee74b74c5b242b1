//! The productivity jobs, on one company.

mod cleaning;

use std::time::Instant;

use anyhow::{Context, Result};
use demo::productivity::Size;
use sqlx::{Connection, Executor};

use crate::{
    Arguments, Part,
    contest::{self, Contest},
    database::{AS_OF, Filling, Server},
    old_way::OldWay,
    progress, typed,
};

pub const PART: Part = Part {
    name: "productivity",
    options: |arguments| {
        format!(
            " --users {} --rounds {}",
            typed(&arguments.users),
            arguments.rounds
        )
    },
    measure: |server, arguments| Box::pin(measure(server, arguments)),
};

/// A reminder job, when it is due. Its floor reads what the job reads, and writes what any of them writes.
macro_rules! reminder {
    ($job:literal, $as_of:expr, $floor:literal, $old_way:expr) => {
        Contest {
            job: $job,
            as_of: $as_of,
            keep: include_str!("../../../sql/bench/reminders/keep.sql"),
            kept: include_str!("../../../sql/bench/reminders/kept.sql"),
            floor: concat!(
                include_str!($floor),
                include_str!("../../../sql/bench/reminders/write.sql")
            ),
            old_way: $old_way,
            state: include_str!("../../../sql/bench/reminders/state.sql"),
        }
    };
}

/// In the order of their slots: of the Thursday as of which everything is made up, and of the Sunday after it, with which a
/// month begins.
const REMINDERS: [Contest; 5] = [
    reminder!(
        "goal-deadlines",
        "2026-01-29T09:00:00Z",
        "../../../sql/bench/goal-deadlines/floor.sql",
        // The original went from one person to the next.
        Some(OldWay {
            connections: 1,
            in_transaction: false,
            reads: &[
                include_str!("../../../sql/bench/goal-deadlines/old_pref.sql"),
                include_str!("../../../sql/bench/goal-deadlines/old_goals.sql"),
            ],
            writes: &[
                include_str!("../../../sql/bench/goal-deadlines/old_notify.sql"),
                include_str!("../../../sql/bench/goal-deadlines/old_mail.sql"),
            ],
            rows: 1,
            sample: 2_000,
        })
    ),
    reminder!(
        "inactive-users",
        "2026-01-29T10:00:00Z",
        "../../../sql/bench/inactive-users/floor.sql",
        None
    ),
    reminder!(
        "daily-check",
        "2026-01-29T18:00:00Z",
        "../../../sql/bench/daily-check/floor.sql",
        None
    ),
    reminder!(
        "monthly-report",
        "2026-02-01T09:00:00Z",
        "../../../sql/bench/monthly-report/floor.sql",
        None
    ),
    reminder!(
        "weekly-review",
        "2026-02-01T19:00:00Z",
        "../../../sql/bench/weekly-review/floor.sql",
        None
    ),
];

const BREAK_REMINDERS: Contest = reminder!(
    "break-reminders",
    AS_OF,
    "../../../sql/bench/break-reminders/floor.sql",
    None
);

const DAILY_ANALYTICS: Contest = Contest {
    job: "daily-analytics",
    as_of: AS_OF,
    keep: include_str!("../../../sql/bench/daily-analytics/keep.sql"),
    kept: include_str!("../../../sql/bench/daily-analytics/kept.sql"),
    floor: include_str!("../../../sql/bench/daily-analytics/floor.sql"),
    old_way: None,
    state: include_str!("../../../sql/bench/daily-analytics/state.sql"),
};

/// Each works on what the one before has left of the filled company, hence the order.
async fn measure(server: &Server, arguments: &Arguments) -> Result<String> {
    let (mut contests, mut cleanings) = (Vec::new(), Vec::new());
    for &people in &arguments.users {
        progress(&format!("{people} people: filling a company"));
        let begun = Instant::now();
        server.fill(&Filling::Companies(size(people))).await?;
        progress(&format!("filled in {:.0} s", begun.elapsed().as_secs_f64()));
        for reminder in &REMINDERS {
            progress(&format!("{people} people: {}", reminder.job));
            contests.push(contest::run(server, reminder, arguments, false).await?);
        }
        for (contest, prepare) in [
            (
                &BREAK_REMINDERS,
                include_str!("../../../sql/bench/break-reminders/prepare.sql"),
            ),
            (
                &DAILY_ANALYTICS,
                include_str!("../../../sql/bench/daily-analytics/prepare.sql"),
            ),
        ] {
            progress(&format!("{people} people: {}", contest.job));
            self::prepare(server, prepare).await?;
            contests.push(contest::run(server, contest, arguments, false).await?);
        }
        progress(&format!("{people} people: data-cleanup"));
        self::prepare(server, cleaning::PREPARE).await?;
        cleanings.push(cleaning::measure(server, people, arguments.rounds).await?);
        server.forget().await?;
    }
    Ok([contest::tables(&contests), cleaning::table(&cleanings)].join("\n"))
}

/// Ten sessions for everybody, nearly.
const fn size(people: u32) -> Size {
    Size {
        companies: 1,
        people_per_company: people,
        sessions_per_person: 10,
        unknown_zone: false,
    }
}

/// Changes the filled company for a job.
async fn prepare(server: &Server, statements: &'static str) -> Result<()> {
    let mut filled = server.connect_filled().await?;
    filled.execute(statements).await.context("prepare the company")?;
    filled
        .execute("vacuum (analyze)")
        .await
        .context("vacuum the filled database")?;
    filled.close().await.context("close the connection")
}
