//! The training apps' weekly reports: a Monday morning, as it goes round the world hour by hour. Each step checks what
//! it says.

mod week;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};
use demo::words::thousands;
use serde_json::json;
use shared::report::{Report, Status};
use sqlx::PgConnection;

use crate::{
    apps::{App, fingerprints},
    night::Night,
    paper::{Paper, Set},
    words::counter,
};

// Hours after Monday 00:00 UTC. At the first of them Monday is three hours old where it begins first, and after the
// last its reports are made where it begins last.
const FIRST_HOUR: i64 = -11;
const LAST_HOUR: i64 = 17;
/// The hours at which nothing runs, with those in which Monday morning comes to New York, in summer and in winter.
const OUTAGE: RangeInclusive<i64> = 7..=14;
/// By then everybody's hour of catching up has come.
pub const LAST_HOUR_OF_CATCHING_UP: i64 = 41;

/// How many cities of an hour are named.
const CITIES_SHOWN: usize = 2;

pub struct Monday<'a> {
    pub paper: Paper,
    pub apps: &'a [App],
    pub night: &'a Night,
    /// With which Monday begins in UTC.
    pub midnight: DateTime<Utc>,
    /// The Monday of the week that is reported.
    pub week: NaiveDate,
}

/// An hour at which the job ran.
struct Tick {
    hour: i64,
    report: Report,
    /// How many reports were inserted or rewritten.
    written: u64,
    /// How many of them went to each time zone.
    places: BTreeMap<String, i64>,
}

impl Monday<'_> {
    pub async fn tell(&self, database: &mut PgConnection) -> Result<()> {
        self.paper.heading(&format!(
            "The reports of the week from {}, as Monday morning goes round the world",
            self.week
        ));
        let mut ticks = Vec::new();
        for hour in (FIRST_HOUR..=LAST_HOUR).filter(|hour| !OUTAGE.contains(hour)) {
            ticks.push(self.tick(database, hour).await?);
        }
        let failed: BTreeSet<_> = ticks
            .iter()
            .flat_map(|tick| &tick.report.errors)
            .map(|error| (&error.tenant, &error.subject, &error.message))
            .collect();
        self.table(&ticks);
        for (tenant, subject, message) in &failed {
            self.paper
                .aside(2, &format!("Failed: {tenant} · {subject}: {message}"));
        }
        week::tell(self, database).await?;
        let busiest = ticks.iter().max_by_key(|tick| tick.written);
        self.tick_again(database, busiest.context("there were ticks")?)
            .await?;
        self.catch_up(database, failed.len()).await
    }

    fn instant(&self, hour: i64) -> DateTime<Utc> {
        self.midnight + TimeDelta::hours(hour)
    }

    fn clock(&self, hour: i64) -> String {
        self.instant(hour).format("%a %H:%M").to_string()
    }

    async fn request(&self, hour: i64) -> Result<Report> {
        let as_of = self.instant(hour).to_rfc3339_opts(SecondsFormat::Secs, true);
        let report = self
            .night
            .request("weekly-report", &json!({"asOf": as_of}))
            .await?;
        let worked = matches!(report.status, Status::Succeeded | Status::Partial);
        ensure!(worked, "weekly-report did not do its work of {as_of}: {report:?}");
        Ok(report)
    }

    async fn tick(&self, database: &mut PgConnection, hour: i64) -> Result<Tick> {
        let report = self.request(hour).await?;
        let mut places: BTreeMap<String, i64> = BTreeMap::new();
        for app in self.apps {
            for place in app.places(database, self.instant(hour)).await? {
                *places.entry(place.time_zone).or_default() += place.count;
            }
        }
        let written = written(&report)?;
        let stored = places.values().sum::<i64>().cast_unsigned();
        ensure!(
            stored == written,
            "{stored} reports are of {}, and the job says {written}",
            self.clock(hour)
        );
        Ok(Tick {
            hour,
            report,
            written,
            places,
        })
    }

    fn table(&self, ticks: &[Tick]) {
        let head = [
            "UTC",
            "to",
            "reports",
            "too little",
            "again",
            "caught up",
            "failed",
        ];
        let mut rows = vec![head.map(str::to_owned)];
        let mut told_of_outage = false;
        for tick in ticks.iter().filter(|tick| tick.report.totals.total > 0) {
            if tick.hour > *OUTAGE.end() && !told_of_outage {
                told_of_outage = true;
                let mut row: [String; 7] = Default::default();
                row[0] = self.clock(*OUTAGE.start());
                row[1] = format!("nothing ran until {}", self.clock(*OUTAGE.end() + 1));
                rows.push(row);
            }
            rows.push(self.row(tick));
        }
        let right = Set::Right;
        self.paper
            .table([Set::Left, Set::Left, right, right, right, right, right], &rows);
        self.paper.aside(
            2,
            "Again: whose week was reported before, with too little to go by, and still is. Catching up: who was looked at \
             in the hour of every morning in which whatever is missing is made up for.",
        );
    }

    fn row(&self, tick: &Tick) -> [String; 7] {
        let count = |name| match tick.report.counters[name].as_u64() {
            None | Some(0) => String::new(),
            Some(count) => thousands(count),
        };
        let failed = tick.report.totals.failed;
        [
            self.clock(tick.hour),
            cities(&tick.places),
            count("generated"),
            count("insufficientData"),
            count("unchanged"),
            count("catchUp"),
            if failed > 0 {
                thousands(failed)
            } else {
                String::new()
            },
        ]
    }

    /// What happens when an hour comes twice.
    async fn tick_again(&self, database: &mut PgConnection, tick: &Tick) -> Result<()> {
        let before = fingerprints(database, self.apps).await?;
        let again = self.request(tick.hour).await?;
        let rows = written(&again)? + counter(&again, "predictions")? + counter(&again, "notifications")?;
        ensure!(
            rows == 0 && before == fingerprints(database, self.apps).await?,
            "the second run of {} wrote: {again:?}",
            self.clock(tick.hour)
        );
        self.paper.checked(&format!(
            "The tick of {} once more: its {} reports stand, 0 rows were written.",
            self.clock(tick.hour),
            thousands(tick.written)
        ));
        Ok(())
    }

    /// What becomes of those whose Monday morning came while nothing ran. `failed` = how many cannot get a report.
    async fn catch_up(&self, database: &mut PgConnection, failed: usize) -> Result<()> {
        let missed = self.without_report(database).await?;
        ensure!(
            missed > failed,
            "nobody has missed a report, though nothing ran for hours"
        );
        let (mut written, mut cities_of_all) = (0, BTreeMap::new());
        for hour in LAST_HOUR + 1..=LAST_HOUR_OF_CATCHING_UP {
            let tick = self.tick(database, hour).await?;
            written += tick.written;
            for (time_zone, count) in tick.places {
                *cities_of_all.entry(time_zone).or_default() += count;
            }
        }
        let left = self.without_report(database).await?;
        ensure!(
            left == failed,
            "{left} still have no report, and {failed} of them cannot have one"
        );
        self.paper.checked(&format!(
            "While nothing ran {} who pay missed their reports. The next day, each early in his own morning, the same job \
             made up for it: {} reports, trials included, to {}. Left out is only who lives where nobody knows.",
            thousands(missed - failed),
            thousands(written),
            cities(&cities_of_all)
        ));
        Ok(())
    }

    async fn without_report(&self, database: &mut PgConnection) -> Result<usize> {
        let mut missing = 0;
        for app in self.apps {
            missing += app.without_report(database, self.week).await?;
        }
        usize::try_from(missing).context("a count is positive")
    }
}

/// How many reports were inserted or rewritten.
fn written(report: &Report) -> Result<u64> {
    let mut written = 0;
    for name in ["generated", "insufficientData", "upgraded"] {
        written += counter(report, name)?;
    }
    Ok(written)
}

/// The cities that most have gone to, and how many more.
fn cities(places: &BTreeMap<String, i64>) -> String {
    let mut by_count: Vec<_> = places.iter().collect();
    by_count.sort_by_key(|(_, count)| -**count);
    let names = by_count.iter().take(CITIES_SHOWN).map(|(time_zone, _)| {
        let city = time_zone.rsplit('/').next().unwrap_or(time_zone);
        city.replace('_', " ")
    });
    let mut text = names.collect::<Vec<_>>().join(", ");
    if by_count.len() > CITIES_SHOWN {
        text += &format!(" and {} more", by_count.len() - CITIES_SHOWN);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_cities_that_most_have_gone_to() {
        let places = [("America/New_York", 2), ("UTC", 1), ("Europe/Berlin", 7)];
        let places = places
            .map(|(time_zone, count)| (time_zone.to_owned(), count))
            .into();
        assert_eq!(cities(&places), "Berlin, New York and 1 more");
        assert_eq!(cities(&BTreeMap::new()), "");
    }
}
