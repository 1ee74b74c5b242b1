//! What the jobs say of a week and a month, beside what is counted again.

use anyhow::{Context, Result, ensure};
use chrono::{Days, Months};
use demo::words::thousands;
use sqlx::PgConnection;

use super::{
    MonthEnd,
    numbers::{hours, of, percent},
};
use crate::{
    companies::{Month, Week},
    night::Run,
    paper::Set,
    words::counter,
};

const RIGHT: Set = Set::Right;

pub async fn week(month_end: &MonthEnd<'_>, database: &mut PgConnection, runs: &[Run]) -> Result<()> {
    let paper = month_end.paper;
    let sunday = month_end.sunday - Days::new(7);
    paper.heading(&format!("The week from Sunday, {}", sunday.format("%-d %B")));
    let head = [
        "company",
        "active",
        "new",
        "stayed",
        "came back",
        "left out",
        "sessions",
        "focus",
        "of 7 days",
        "busiest",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let mut there = 0;
    for company in month_end.companies {
        let week = company.week(database, sunday).await?;
        check_week(&week).with_context(|| format!("the week of {}", company.name))?;
        there += i64::from(week.wau);
        rows.push([
            company.name.clone(),
            thousands(week.wau),
            thousands(week.new_active_users),
            thousands(week.retained_users),
            thousands(week.resurrected_users),
            thousands(week.dormant_users),
            thousands(week.sessions_completed),
            hours(week.focus_seconds),
            format!("{} of {}", week.d7_retained, week.d7_size),
            busiest(&week),
        ]);
    }
    let reported = counter(&of(runs, "weekly-aggregation")?.report, "users")?;
    ensure!(
        there.cast_unsigned() == reported,
        "{there} people were there, and the report says {reported}"
    );
    paper.table(
        [
            Set::Left,
            RIGHT,
            RIGHT,
            RIGHT,
            RIGHT,
            RIGHT,
            RIGHT,
            RIGHT,
            RIGHT,
            Set::Left,
        ],
        &rows,
    );
    paper.aside(
        2,
        "Left out: was there the week before, and not in this one. Of 7 days: how many of those who had come a week before \
         were there on that very day.",
    );
    paper.checked("New, stayed and came back make the active, as do those of one to seven days; counted again, they are as many.");
    Ok(())
}

fn check_week(week: &Week) -> Result<()> {
    let wau = i64::from(week.wau);
    let parts = week.new_active_users + week.retained_users + week.resurrected_users;
    ensure!(
        i64::from(parts) == wau && week.histogram == wau && week.wau_again == wau,
        "{wau} were active, {parts} by where they came from, {} by days, and {} counted again",
        week.histogram,
        week.wau_again
    );
    ensure!(week.heatmap > 0, "nobody began to work");
    Ok(())
}

fn busiest(week: &Week) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let day = week
        .peak_dow
        .and_then(|dow| DAYS.get(usize::from(dow.unsigned_abs())));
    match (day, week.peak_hour) {
        (Some(day), Some(hour)) => format!("{day}, {hour:02}:00"),
        _ => String::new(),
    }
}

pub async fn month(month_end: &MonthEnd<'_>, database: &mut PgConnection, runs: &[Run]) -> Result<()> {
    let paper = month_end.paper;
    let first = month_end.sunday - Months::new(1);
    paper.heading(&format!("The month of {}", first.format("%B")));
    let head = [
        "company",
        "there",
        "power",
        "active",
        "new",
        "at risk",
        "lost",
        "never began",
        "stayed",
        "a day",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    let (mut changes, mut sorted) = (Vec::new(), 0);
    for company in month_end.companies {
        let month = company.month(database, first).await?;
        check_month(&month).with_context(|| format!("the month of {}", company.name))?;
        sorted += month.sorted;
        let numbers = [
            month.mau,
            month.seg_power,
            month.seg_active,
            month.seg_new,
            month.seg_at_risk,
            month.seg_churned,
            month.seg_never_activated,
        ];
        let [mau, power, active, new, at_risk, churned, never] = numbers.map(thousands);
        rows.push([
            company.name.clone(),
            mau,
            power,
            active,
            new,
            at_risk,
            churned,
            never,
            percent(month.retention_rate.as_deref())?,
            percent(month.stickiness.as_deref())?,
        ]);
        for insight in month.insights.as_array().into_iter().flatten() {
            let text = insight["text"].as_str().context("an insight has a text")?;
            changes.push(format!("{}: {text}", company.name));
        }
    }
    let reported = counter(&of(runs, "monthly-insights")?.report, "users")?;
    ensure!(
        sorted.cast_unsigned() == reported,
        "{sorted} people were sorted, and the report says {reported}"
    );
    paper.table(
        [
            Set::Left,
            RIGHT,
            RIGHT,
            RIGHT,
            RIGHT,
            RIGHT,
            RIGHT,
            RIGHT,
            RIGHT,
            RIGHT,
        ],
        &rows,
    );
    paper.aside(
        2,
        "Stayed: of those who were there the month before. A day: how many of a month's people are there on one of its \
         days, in the mean.",
    );
    for change in changes {
        paper.aside(2, &format!("– {change}"));
    }
    paper.checked(&format!(
        "Each of {} people is sorted into one kind, and all of the month's days were there to go by.",
        thousands(sorted)
    ));
    Ok(())
}

fn check_month(month: &Month) -> Result<()> {
    let kinds = month.seg_never_activated
        + month.seg_new
        + month.seg_churned
        + month.seg_at_risk
        + month.seg_power
        + month.seg_active;
    ensure!(
        i64::from(kinds) == month.sorted && !month.stale,
        "{kinds} of {} people are of a kind; stale: {}",
        month.sorted,
        month.stale
    );
    Ok(())
}
