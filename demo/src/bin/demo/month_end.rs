//! The companies' Friday and their Sunday with which a month begins: whom the twelve productivity jobs reminded, what they
//! measured and what they cleaned up. Each chapter checks what it says.

mod clean;
mod numbers;
mod periods;
mod reminders;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use demo::{productivity, words::thousands};
use sqlx::PgConnection;

use crate::{
    Arguments, again,
    companies::Company,
    night::Night,
    paper::{Paper, Set},
    runs,
    tenants::{self, each},
};

const COMPANIES: productivity::Size = productivity::Size {
    companies: 3,
    people_per_company: 120,
    sessions_per_person: 60,
    unknown_zone: false,
};

/// When the rules start the jobs on Friday, in minutes of the day. One of the working day's breaks stands for all.
const FRIDAY: [(&str, i64); 8] = [
    ("daily-analytics", 60),
    ("data-cleanup", 240),
    ("goal-deadlines", 540),
    ("inactive-users", 600),
    ("user-behavior", 720),
    ("performance-metrics", 1_020),
    ("break-reminders", BREAK),
    ("daily-check", 1_080),
];
/// People stand as they do then.
const BREAK: i64 = 1_045;

const SUNDAY: [(&str, i64); 5] = [
    ("daily-analytics", 60),
    ("weekly-aggregation", 120),
    ("monthly-insights", 180),
    ("monthly-report", 540),
    ("weekly-review", 1_140),
];

/// Those who tell of the month's end.
struct MonthEnd<'a> {
    paper: Paper,
    arguments: &'a Arguments,
    url: &'a str,
    companies: &'a [Company],
    /// The first of a month.
    sunday: NaiveDate,
}

/// Makes up the companies and tells of them, at the latest end of a month that was a Saturday, before `as_of`.
pub async fn tell(
    paper: Paper,
    database: &mut PgConnection,
    arguments: &Arguments,
    url: &str,
    as_of: DateTime<Utc>,
) -> Result<()> {
    let sunday = latest(as_of).context("some month begins with a Sunday")?;
    let friday = sunday - Days::new(2);
    productivity::fill(database, arguments.seed, minute(friday, BREAK), COMPANIES)
        .await
        .context("make up the companies")?;
    let companies = tenants::of_product(database, "productivity").await?;
    let month_end = MonthEnd {
        paper,
        arguments,
        url,
        companies: &companies,
        sunday,
    };
    month_end.made_up(database, friday).await?;
    month_end.month_before().await?;
    month_end.friday(database, friday).await?;
    month_end.sunday(database).await
}

/// The latest first of a month that was a Sunday and is over.
fn latest(as_of: DateTime<Utc>) -> Option<NaiveDate> {
    let first = as_of.date_naive().with_day(1)?;
    (0..48)
        .filter_map(|months| first.checked_sub_months(Months::new(months)))
        .find(|first| first.weekday() == Weekday::Sun && minute(*first, 1_440) <= as_of)
}

fn minute(date: NaiveDate, minute: i64) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(minute)
}

impl MonthEnd<'_> {
    fn night(&self, date: NaiveDate, jobs: &[(&'static str, i64)]) -> Night {
        let jobs: Vec<_> = jobs.iter().map(|&(job, at)| (job, minute(date, at))).collect();
        Night::new(&self.arguments.bin_dir, self.url, &jobs)
    }

    /// What was made.
    async fn made_up(&self, database: &mut PgConnection, friday: NaiveDate) -> Result<()> {
        self.paper.heading(&format!(
            "Companies whose people set goals and run timers, as they stand on {}",
            friday.format("%A, %-d %B %Y")
        ));
        let head = [
            "company",
            "time zone",
            "people",
            "zones of their own",
            "goals",
            "sessions",
            "under way",
        ];
        let mut rows = vec![head.map(str::to_owned)];
        for company in self.companies {
            let headcount = company.headcount(database).await?;
            let numbers = [
                headcount.people,
                headcount.time_zones,
                headcount.goals,
                headcount.sessions,
                headcount.running,
            ];
            let [people, time_zones, goals, sessions, running] = numbers.map(thousands);
            rows.push([
                company.name.clone(),
                company.time_zone.clone(),
                people,
                time_zones,
                goals,
                sessions,
                running,
            ]);
        }
        let right = Set::Right;
        self.paper
            .table([Set::Left, Set::Left, right, right, right, right, right], &rows);
        Ok(())
    }

    /// Sums up the month before the one that ends, so that it can be compared.
    async fn month_before(&self) -> Result<()> {
        let before = self.sunday - Months::new(1);
        let night = self.night(before, &[("monthly-insights", 180)]);
        for run in night.work(&night.events()).await? {
            ensure!(
                run.report.totals.failed == 0 && run.report.totals.total > 0,
                "the month before was not summed up: {:?}",
                run.report
            );
        }
        Ok(())
    }

    async fn friday(&self, database: &mut PgConnection, friday: NaiveDate) -> Result<()> {
        let night = self.night(friday, &FRIDAY);
        let told = reminders::told(database, self.companies).await?;
        let held = clean::Kept::count(database, self.companies, friday).await?;
        let runs = night.work(&night.events()).await?;
        runs::runs(
            self.paper,
            &format!(
                "Friday, {}: eight jobs, by UTC from one in the morning to six in the evening",
                friday.format("%-d %B")
            ),
            "subjects",
            self.companies,
            &runs,
        )?;
        reminders::tell(self, database, "Whom they reminded on Friday", &told, &runs).await?;
        numbers::yesterday(self, database, friday - Days::new(1), &runs).await?;
        numbers::at_work(self, database, &runs).await?;
        clean::tell(self, database, friday, &held, &runs).await?;
        self.again(database, &night, "Friday").await
    }

    async fn sunday(&self, database: &mut PgConnection) -> Result<()> {
        let night = self.night(self.sunday, &SUNDAY);
        let told = reminders::told(database, self.companies).await?;
        let runs = night.work(&night.events()).await?;
        runs::runs(
            self.paper,
            &format!(
                "Sunday, {}: a week and a month are over, and five jobs sum them up",
                self.sunday.format("%-d %B")
            ),
            "subjects",
            self.companies,
            &runs,
        )?;
        reminders::tell(
            self,
            database,
            "Who got his week and his month by mail",
            &told,
            &runs,
        )
        .await?;
        periods::week(self, database, &runs).await?;
        periods::month(self, database, &runs).await?;
        self.again(database, &night, "Sunday").await
    }

    /// What happens when a day's events come again.
    async fn again(&self, database: &mut PgConnection, night: &Night, day: &str) -> Result<()> {
        let before = self.fingerprints(database).await?;
        let runs = again::work(night).await?;
        ensure!(
            before == self.fingerprints(database).await?,
            "the second {day} changed the companies' rows"
        );
        self.paper.checked(&format!(
            "New events for the same {day}: all {} jobs went through it again, nobody was told anything twice, 0 rows were \
             written.",
            runs.len()
        ));
        Ok(())
    }

    async fn fingerprints(&self, database: &mut PgConnection) -> Result<Vec<String>> {
        each(self.companies, async |company| {
            company.company_fingerprint(database).await
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_that_begins_with_a_sunday_is_told_of_when_its_first_day_is_over() {
        for (as_of, sunday) in [
            ("2026-11-23T04:00:00Z", "2026-11-01"),
            ("2026-11-02T04:00:00Z", "2026-11-01"),
            ("2026-11-01T04:00:00Z", "2026-03-01"),
            ("2027-07-31T04:00:00Z", "2026-11-01"),
        ] {
            assert_eq!(latest(as_of.parse().unwrap()), sunday.parse().ok(), "{as_of}");
        }
    }
}
