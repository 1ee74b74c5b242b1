//! What the training apps' nightly job found out, and then their Monday. Each chapter checks what it says.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc};
use demo::{training, words::thousands};
use sqlx::PgConnection;

use crate::{
    Arguments,
    apps::{App, Metric, fingerprints},
    monday::{LAST_HOUR_OF_CATCHING_UP, Monday},
    night::{Night, Run},
    paper::{Paper, Set},
    runs, tenants,
    words::{counter, days},
};

/// Of the last of them nobody knows the time zone; whoever has none of his own fails there, without harm to the others.
const APPS: training::Size = training::Size {
    apps: 3,
    users_per_app: 150,
    workouts_per_user: 11,
    sets_per_workout: 4,
    unknown_zone: true,
};

/// Makes up the apps and tells of them, in the latest week that began long enough before `as_of`.
pub async fn tell(
    paper: Paper,
    database: &mut PgConnection,
    arguments: &Arguments,
    url: &str,
    as_of: DateTime<Utc>,
) -> Result<()> {
    let latest = (as_of - TimeDelta::hours(LAST_HOUR_OF_CATCHING_UP)).date_naive();
    let monday = latest - TimeDelta::days(i64::from(latest.weekday().num_days_from_monday()));
    let midnight = monday.and_time(NaiveTime::MIN).and_utc();
    let night_of_metrics = midnight + TimeDelta::hours(2);
    training::fill(database, arguments.seed, night_of_metrics, APPS)
        .await
        .context("make up the training apps")?;
    let apps = tenants::of_product(database, "training").await?;
    let jobs = [
        ("behavior-metrics", night_of_metrics),
        ("weekly-report", midnight),
    ];
    let night = Night::new(&arguments.bin_dir, url, &jobs);

    made_up(paper, database, &apps).await?;
    let runs = night.work(&night.events()[..1]).await?;
    runs::runs(
        paper,
        &format!(
            "The apps' nightly job, as of {}",
            night_of_metrics.format("%A, %-d %B, %H:%M UTC")
        ),
        "users",
        &apps,
        &runs,
    )?;
    let [metrics] = runs.as_slice() else {
        bail!("one event makes one run");
    };
    found(paper, database, &apps, metrics).await?;
    night_again(paper, database, &apps, &night).await?;
    let monday = Monday {
        paper,
        apps: &apps,
        night: &night,
        midnight,
        week: monday - TimeDelta::days(7),
    };
    monday.tell(database).await
}

/// What was made.
async fn made_up(paper: Paper, database: &mut PgConnection, apps: &[App]) -> Result<()> {
    paper.heading("The training apps, made up like the rest");
    let head = [
        "app",
        "time zone",
        "users",
        "pro",
        "zones of their own",
        "workouts",
        "sets",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for app in apps {
        let reach = app.reach(database).await?;
        let numbers = [
            reach.users,
            reach.pro,
            reach.time_zones,
            reach.workouts,
            reach.sets,
        ];
        let [users, pro, time_zones, workouts, sets] = numbers.map(thousands);
        rows.push([
            app.name.clone(),
            app.time_zone.clone(),
            users,
            pro,
            time_zones,
            workouts,
            sets,
        ]);
    }
    let right = Set::Right;
    paper.table([Set::Left, Set::Left, right, right, right, right, right], &rows);
    Ok(())
}

/// What the metrics say, and one user's in words.
async fn found(paper: Paper, database: &mut PgConnection, apps: &[App], run: &Run) -> Result<()> {
    let mut findings: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut most_telling: Option<(&App, Metric)> = None;
    for app in apps {
        for finding in app.findings(database, run.report.as_of).await? {
            *findings.entry((finding.kind, finding.found)).or_default() += finding.count;
        }
        if let Some(metric) = app.telling_metric(database, run.report.as_of).await?
            && most_telling
                .as_ref()
                .is_none_or(|(_, most)| metric.said > most.said)
        {
            most_telling = Some((app, metric));
        }
    }
    let of_risk = findings.iter().filter(|((kind, _), _)| kind == "dropout");
    let stored = of_risk.map(|(_, count)| count.cast_unsigned()).sum::<u64>();
    let reported = counter(&run.report, "created")? + counter(&run.report, "updated")?;
    ensure!(
        stored == reported,
        "{stored} metrics were written, and the report says {reported}"
    );
    paper.heading(&format!(
        "What the night found: {} rows of metrics",
        thousands(stored)
    ));
    let mut rows = vec![["", "users"].map(str::to_owned)];
    for (kind, name, known) in KINDS {
        let of_kind = known.iter().filter_map(|(found, words)| {
            let count = findings.get(&(kind.to_owned(), (*found).to_owned()))?;
            Some(format!("{} {words}", thousands(count)))
        });
        rows.push([name.to_owned(), of_kind.collect::<Vec<_>>().join(", ")]);
    }
    paper.table([Set::Left, Set::Left], &rows);
    let (app, metric) = most_telling.context("somebody's metrics were written")?;
    one_user(paper, app, &metric);
    Ok(())
}

type Kind = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// What is found, in words.
const KINDS: [Kind; 5] = [
    ("dropout", "risk of dropping out", &LEVELS),
    ("burnout", "risk of burning out", &LEVELS),
    (
        "momentum",
        "momentum",
        &[("rising", "rising"), ("stable", "stable"), ("falling", "falling")],
    ),
    (
        "adherence",
        "way of training",
        &[
            ("consistent", "consistent"),
            ("weekend_warrior", "at weekends"),
            ("sporadic", "sporadic"),
        ],
    ),
    (
        "mistake",
        "main mistake",
        &[
            ("inconsistent_training_days", "irregular days"),
            ("overtraining_signals", "no rest"),
            ("volume_drop", "far less volume"),
            ("no_progression_21_days", "no progress"),
            ("sessions_too_short", "short sessions"),
        ],
    ),
];
const LEVELS: [(&str, &str); 3] = [("high", "high"), ("medium", "medium"), ("low", "low")];

fn one_user(paper: Paper, app: &App, metric: &Metric) {
    paper.line(format_args!(
        "  {}, {} {}",
        paper.bold(&metric.display_name),
        app.name,
        paper.dim(&format!(
            "· {} · wants {} a week of {} minutes",
            metric.time_zone,
            days(u64::from(metric.target_days_per_week.unsigned_abs())),
            metric.target_session_minutes
        ))
    ));
    let volume = match &metric.volume_delta_pct {
        Some(percent) => format!("volume {percent} % against the week before"),
        None => "no volume to compare with".to_owned(),
    };
    paper.text(
        4,
        &format!(
            "Trained on {} of the last 14, {} % of the target; {} without training up to now; {volume}. Risk of dropping \
             out: {}; momentum: {}.",
            days(u64::from(metric.workouts_last_14_days.unsigned_abs())),
            metric.consistency_score,
            days(u64::from(metric.current_gap_days.unsigned_abs())),
            metric.dropout_risk,
            metric.momentum_trend
        ),
    );
    let reasons = metric.reasons.as_array().into_iter().flatten();
    for reason in reasons.filter_map(|reason| reason["reason_label"].as_str()) {
        paper.aside(4, &format!("– {reason}"));
    }
    if let Some(focus) = &metric.focus_label {
        paper.text(4, &format!("Next: {focus}."));
    }
}

/// What happens when the night is worked through again.
async fn night_again(paper: Paper, database: &mut PgConnection, apps: &[App], night: &Night) -> Result<()> {
    let before = fingerprints(database, apps).await?;
    for run in night.work(&night.events()[..1]).await? {
        let unchanged = counter(&run.report, "unchanged")?;
        ensure!(
            !run.report.duplicate && unchanged == run.report.totals.processed,
            "the second run of a night changed metrics: {:?}",
            run.report
        );
        ensure!(
            before == fingerprints(database, apps).await?,
            "the second run of a night changed the apps' rows"
        );
        paper.checked(&format!(
            "A new event for the same instant: the metrics of {} users were worked out again, 0 rows were written.",
            thousands(unchanged)
        ));
    }
    Ok(())
}
