//! One user's week in words, and what is predicted of it.

use anyhow::{Context, Result};
use sqlx::PgConnection;

use super::Monday;
use crate::apps::{App, WeeklyReport};

/// Tells one report in full.
pub async fn tell(monday: &Monday<'_>, database: &mut PgConnection) -> Result<()> {
    let mut best: Option<(&App, WeeklyReport)> = None;
    for app in monday.apps {
        if let Some(report) = app.good_report(database, monday.week).await?
            && best
                .as_ref()
                .is_none_or(|(_, best)| report.prs_hit > best.prs_hit)
        {
            best = Some((app, report));
        }
    }
    let (app, report) = best.context("somebody has a report")?;
    monday.paper.line(format_args!(
        "  {}, {} {}",
        monday.paper.bold(&report.display_name),
        app.name,
        monday.paper.dim(&format!(
            "· {} · {} · “{}”",
            report.time_zone,
            report.generated_at.format("%a %H:%M UTC"),
            report.title
        ))
    ));
    monday.paper.text(4, &report.narrative);
    let milestone = match report.next_milestone_weeks {
        0 => report.next_milestone,
        weeks => format!("{} in about {}", report.next_milestone, weeks_in_words(weeks)),
    };
    let change = match (report.delta_reason.as_str(), report.weeks_delta) {
        ("first_prediction", _) => "a first estimate".to_owned(),
        ("goal_changed", _) => "an estimate for a new goal".to_owned(),
        (_, Some(weeks)) if weeks < 0 => {
            format!("an estimate, {} less than the last", weeks_in_words(-weeks))
        }
        (_, Some(weeks)) if weeks > 0 => {
            format!("an estimate, {} more than the last", weeks_in_words(weeks))
        }
        _ => "an estimate, the same as the last".to_owned(),
    };
    monday.paper.aside(4, &format!("{milestone}, {change}."));
    Ok(())
}

fn weeks_in_words(count: i16) -> String {
    match count {
        1 => "1 week".to_owned(),
        _ => format!("{count} weeks"),
    }
}
