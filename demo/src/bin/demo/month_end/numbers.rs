//! What the jobs say of a day and of an hour, beside what is counted again.

use anyhow::{Context, Result, ensure};
use chrono::{Days, NaiveDate, TimeDelta};
use demo::words::thousands;
use sqlx::PgConnection;

use super::MonthEnd;
use crate::{
    companies::{Day, Traffic},
    night::Run,
    paper::Set,
    words::counter,
};

/// How much that is unusual is told of a company.
const UNUSUAL_SHOWN: usize = 3;

const RIGHT: Set = Set::Right;

/// Finds a job's run.
pub fn of<'a>(runs: &'a [Run], job: &str) -> Result<&'a Run> {
    let run = runs.iter().find(|run| run.job == job);
    run.with_context(|| format!("{job} ran"))
}

pub async fn yesterday(
    month_end: &MonthEnd<'_>,
    database: &mut PgConnection,
    day: NaiveDate,
    runs: &[Run],
) -> Result<()> {
    let paper = month_end.paper;
    paper.heading(&format!("What Thursday, {}, was like", day.format("%-d %B")));
    let head = [
        "company",
        "active",
        "7 days",
        "30 days",
        "sessions",
        "focus",
        "completed",
        "typical",
        "goals",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let mut unusual = Vec::new();
    let (mut trends, mut anomalies) = (0, 0);
    for company in month_end.companies {
        let found = company.day(database, day).await?;
        let Day {
            dau_again,
            sessions_again,
            seconds_again,
            ..
        } = found;
        let again = (dau_again, sessions_again, seconds_again);
        ensure!(
            again
                == (
                    i64::from(found.dau),
                    i64::from(found.sessions_completed),
                    found.focus_seconds
                ),
            "counted again, {} had {again:?} on {day}",
            company.name
        );
        rows.push([
            company.name.clone(),
            thousands(found.dau),
            thousands(found.wau),
            thousands(found.mau),
            thousands(found.sessions_completed),
            hours(found.focus_seconds),
            percent(found.completion_rate.as_deref())?,
            found
                .p50_session_seconds
                .map_or_else(String::new, |seconds| format!("{} min", seconds / 60)),
            thousands(found.goals_completed),
        ]);
        // The job went seven days back where it found none.
        for finding in company.unusual(database, day - Days::new(7)).await? {
            *(if finding.is_anomaly {
                &mut anomalies
            } else {
                &mut trends
            }) += 1;
            if finding.day == day {
                unusual.push((company, finding));
            }
        }
    }
    let report = &of(runs, "daily-analytics")?.report;
    let reported = (counter(report, "trends")?, counter(report, "anomalies")?);
    ensure!(
        reported == (trends, anomalies),
        "{trends} trends and {anomalies} anomalies stand, and the report says {reported:?}"
    );
    paper.table(
        [Set::Left, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT],
        &rows,
    );
    paper.aside(
        2,
        "Active: on that day, and in the 7 and the 30 days up to it. Completed: of the sessions that ended. Typical: what \
         half of them did not exceed.",
    );
    for company in month_end.companies {
        let of_company = unusual.iter().filter(|(of, _)| of.id == company.id);
        for (_, finding) in of_company.take(UNUSUAL_SHOWN) {
            let what = if finding.is_anomaly {
                "Far from usual"
            } else {
                "Moved"
            };
            paper.aside(2, &format!("{what}, {}: {}", company.name, finding.text));
        }
    }
    paper.checked(
        "Counted again from what people did, the active, the sessions and the focus time are the same.",
    );
    Ok(())
}

/// How people worked and how the applications answered.
pub async fn at_work(month_end: &MonthEnd<'_>, database: &mut PgConnection, runs: &[Run]) -> Result<()> {
    let paper = month_end.paper;
    paper.heading("How people usually work, and how the applications answered");
    for company in month_end.companies {
        if let Some(profile) = company.profile(database).await? {
            paper.text(
                2,
                &format!(
                    "{}, {}: mostly {} sessions of {} minutes, most often begun at {} o'clock, most of the time in the {}; \
                     {} completed. Of {} sessions in four weeks.",
                    profile.display_name,
                    company.name,
                    profile.preferred_type,
                    profile.median_seconds / 60,
                    profile.usual_hour,
                    profile.best_daypart,
                    percent(Some(&profile.completion_rate))?,
                    profile.sample
                ),
            );
        }
    }
    let report = &of(runs, "performance-metrics")?.report;
    let hour = report.as_of - TimeDelta::hours(1);
    let mut opened = 0;
    for company in month_end.companies {
        let Traffic {
            requests,
            error_rate,
            p95_ms,
            requests_again,
            alerts,
        } = company.traffic(database, hour).await?;
        ensure!(
            requests_again == Some(i64::from(requests)),
            "{} answered {requests_again:?} requests, not {requests}",
            company.name
        );
        paper.text(
            2,
            &format!(
                "{}, from {}: {} requests, {} failed, 95 % within {p95_ms} ms.",
                company.name,
                hour.format("%H:%M UTC"),
                thousands(requests),
                percent(Some(&error_rate))?
            ),
        );
        for alert in &alerts {
            paper.aside(4, &format!("Alert: {alert}"));
        }
        opened += alerts.len() as u64;
    }
    paper.aside(
        2,
        "Nobody sends e-mails in this demo, so that those of the morning wait, and the job has noticed.",
    );
    let reported = counter(report, "alertsOpened")?;
    ensure!(
        opened == reported && opened > 0,
        "{opened} alerts stand, and the report says {reported}"
    );
    Ok(())
}

/// A length of time in whole hours.
pub fn hours(seconds: i64) -> String {
    format!("{} h", thousands(seconds / 3_600))
}

/// A rate of four decimals in percent.
pub fn percent(rate: Option<&str>) -> Result<String> {
    let Some(rate) = rate else {
        return Ok(String::new());
    };
    let rate: f64 = rate.parse().context("read a rate")?;
    Ok(format!("{:.0} %", rate * 100.0))
}
