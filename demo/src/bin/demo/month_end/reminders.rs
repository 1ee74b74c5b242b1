//! What people were told, and whether it is what the jobs say.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use demo::words::thousands;
use sqlx::PgConnection;

use super::MonthEnd;
use crate::{
    companies::{Company, Letter, Notice},
    night::Run,
    paper::Set,
    words::counter,
};

/// How many e-mails, notices and pushes there are of each job and channel.
pub type Told = BTreeMap<(String, String), i64>;

/// The channels as they are stored, with the counter of each.
const CHANNELS: [(&str, &str); 4] = [
    ("email", "queuedEmail"),
    ("held", "deferredQuiet"),
    ("in_app", "queuedInApp"),
    ("push", "queuedPush"),
];

pub async fn told(database: &mut PgConnection, companies: &[Company]) -> Result<Told> {
    let mut told = Told::new();
    for company in companies {
        for row in company.told(database).await? {
            *told.entry((row.job, row.channel)).or_default() += row.count;
        }
    }
    Ok(told)
}

/// Tells what the reminder jobs among these runs have queued since `before`.
pub async fn tell(
    month_end: &MonthEnd<'_>,
    database: &mut PgConnection,
    heading: &str,
    before: &Told,
    runs: &[Run],
) -> Result<()> {
    let paper = month_end.paper;
    let after = told(database, month_end.companies).await?;
    let reminders = runs
        .iter()
        .filter(|run| run.report.counters.get("queuedEmail").is_some());
    let reminders: Vec<&Run> = reminders.collect();
    paper.heading(heading);
    let head = [
        "job",
        "looked at",
        "with something to say",
        "e-mails",
        "held till morning",
        "notices",
        "pushes",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for Run { job, report, .. } in &reminders {
        for (channel, name) in CHANNELS {
            let key = ((*job).to_owned(), channel.to_owned());
            let of = |told: &Told| told.get(&key).copied().unwrap_or_default();
            let (stored, reported) = (of(&after) - of(before), counter(report, name)?);
            ensure!(
                stored.cast_unsigned() == reported,
                "{job} says {name} {reported}, and {stored} are stored"
            );
        }
        let [looked_at, eligible, mails, held, notices, pushes] = [
            "candidates",
            "eligible",
            "queuedEmail",
            "deferredQuiet",
            "queuedInApp",
            "queuedPush",
        ]
        .map(|name| counter(report, name));
        rows.push([
            (*job).to_owned(),
            thousands(looked_at?),
            thousands(eligible?),
            thousands(mails?),
            thousands(held?),
            thousands(notices?),
            thousands(pushes?),
        ]);
    }
    let queued: u64 = reminders
        .iter()
        .map(|run| counter(&run.report, "queuedEmail"))
        .sum::<Result<u64>>()?;
    ensure!(queued > 0, "nobody got an e-mail");
    let right = Set::Right;
    paper.table([Set::Left, right, right, right, right, right, right], &rows);
    for run in &reminders {
        sample(month_end, database, run).await?;
    }
    Ok(())
}

/// One of a job's e-mails or, if it writes none, one of its notices.
async fn sample(month_end: &MonthEnd<'_>, database: &mut PgConnection, run: &Run) -> Result<()> {
    let mut longest: Option<(&Company, Letter)> = None;
    for company in month_end.companies {
        if let Some(letter) = company.letter(database, run.job).await?
            && longest
                .as_ref()
                .is_none_or(|(_, longest)| weight(&letter) > weight(longest))
        {
            longest = Some((company, letter));
        }
    }
    match longest {
        Some((company, letter)) if counter(&run.report, "queuedEmail")? > 0 => {
            show(month_end, company, &letter, run);
            Ok(())
        }
        _ => notice(month_end, database, run).await,
    }
}

/// How much a subject says: of goals, if it can, and then at length.
fn weight(letter: &Letter) -> (bool, usize) {
    let tells_of_goals = !letter.subject.contains(", 0 goals");
    (tells_of_goals, letter.subject.len())
}

fn show(month_end: &MonthEnd, company: &Company, letter: &Letter, run: &Run) {
    let paper = month_end.paper;
    let sent = match letter.not_before {
        Some(at) => format!(" · not before {}", at.format("%a %H:%M UTC")),
        None => String::new(),
    };
    paper.line(format_args!("  {}: “{}”", run.job, paper.bold(&letter.subject)));
    paper.aside(
        4,
        &format!(
            "To {}, {} · {}{sent}",
            letter.display_name, company.name, letter.time_zone
        ),
    );
    // A week in full, but for what stands below every e-mail; of the others the subject says enough.
    if run.job == "weekly-review" {
        let lines = letter.body_text.lines().filter(|line| !line.is_empty());
        for line in lines.take_while(|line| *line != "--") {
            paper.aside(6, line);
        }
    }
}

async fn notice(month_end: &MonthEnd<'_>, database: &mut PgConnection, run: &Run) -> Result<()> {
    let kind = match run.job {
        "break-reminders" => "break-reminder",
        _ => "productivity-nudge",
    };
    let mut found: Option<(&Company, Notice)> = None;
    for company in month_end.companies {
        let notice = company.notice(database, kind).await?;
        found = found.or(notice.map(|notice| (company, notice)));
    }
    if let Some((company, notice)) = found {
        let paper = month_end.paper;
        paper.line(format_args!("  {}: “{}”", run.job, paper.bold(&notice.title)));
        paper.aside(
            4,
            &format!("{} To {}, {}.", notice.body, notice.display_name, company.name),
        );
    }
    Ok(())
}
