//! Each job beside its floor and the old way, at the size at which the replaced program was timed.

use anyhow::{Context, Result, ensure};
use demo::words::thousands;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, postgres::PgConnectOptions};

use super::{
    JOBS,
    replaced::{COMPARISONS, Comparison, Old},
};
use crate::{
    Arguments,
    contest::{self, LATENCY},
    database::{Filling, Server, as_of, copy_in, copy_out},
    median,
    old_way::{self, Sample},
    progress, run,
    table::{Table, megabytes, ratio, yes_or_no},
};

/// What a check divides the sizes by.
const CHECKED: u32 = 10;

/// Times are the medians of the rounds, in seconds.
struct Compared {
    job: &'static str,
    of: &'static str,
    subjects: u64,
    ours: f64,
    floor: Option<f64>,
    old_way: f64,
    far_ours: f64,
    far_old_way: f64,
    /// The shortest and the longest time that was stated.
    stated: [f64; 2],
    peak_memory_mb: f64,
}

/// Measures each job, or checks it on a tenth of the customers and products. Gives the table.
pub async fn all(server: &Server, arguments: &Arguments) -> Result<String> {
    let mut compared = Vec::new();
    for comparison in &COMPARISONS {
        let mut size = comparison.size;
        if arguments.check {
            size.customers_per_distributor /= CHECKED;
            size.skus_per_distributor /= CHECKED;
        }
        progress(&format!("{}: filling a distributor", comparison.job));
        server.fill(&Filling::Distributors(size)).await?;
        if comparison.job == JOBS[3] {
            // It goes by the results of the others.
            for job in &JOBS[..3] {
                run::run(&server.function_of_filled(job), job).await?;
            }
        }
        compared.push(comparison.run(server, arguments).await?);
        server.forget().await?;
    }
    Ok(table(&compared))
}

impl Comparison {
    async fn run(&self, server: &Server, arguments: &Arguments) -> Result<Compared> {
        let (job, rounds) = (self.job, arguments.rounds);
        let mut samples = None;
        let (mut ours, mut floors, mut old_ways) = (Vec::new(), Vec::new(), Vec::new());
        let (mut far_ours, mut far_old_ways) = (Vec::new(), Vec::new());
        let (mut subjects, mut peak_memory_mb) = (0, 0_f64);
        for round in 1..=rounds {
            progress(&format!("{job}, round {round} of {rounds}"));
            let mut copy = server.copy().await?;
            let near = run::run(&server.job(job, None), job).await?;
            ours.push(near.seconds);
            subjects = near.report.totals.total;
            peak_memory_mb = peak_memory_mb.max(near.peak_memory_mb);
            let samples = match &mut samples {
                Some(samples) => samples,
                first => first.insert(self.keep(server, &mut copy, arguments).await?),
            };
            copy.close().await.context("close the connection")?;
            if let Some(floor) = self.floor {
                floors.push(self.run_floor(server, floor).await?);
            }
            server.copy().await?;
            old_ways.push(self.run_old_ways(&server.copy_options(), samples).await?);

            server.copy().await?;
            let wire = server.wire(LATENCY)?;
            far_ours.push(run::run(&server.job(job, Some(&wire)), job).await?.seconds);
            server.copy().await?;
            let wire = server.wire(LATENCY)?;
            far_old_ways.push(self.run_old_ways(&wire.options(), samples).await?);
        }
        Ok(Compared {
            job,
            of: self.of,
            subjects,
            ours: median(ours),
            floor: self.floor.map(|_| median(floors)),
            old_way: median(old_ways),
            far_ours: median(far_ours),
            far_old_way: median(far_old_ways),
            stated: self.stated,
            peak_memory_mb,
        })
    }

    /// Puts the tables that the job has written beside those that it worked on, and draws the subjects for the old
    /// way, each sample with the number of all of its kind.
    async fn keep(
        &self,
        server: &Server,
        copy: &mut PgConnection,
        arguments: &Arguments,
    ) -> Result<Vec<(Sample, i64)>> {
        let mut filled = server.connect_filled().await?;
        for table in self.tables {
            let rows = copy_out(copy, &format!("copy {table} to stdout (format binary)")).await?;
            let kept = kept(table);
            let create = format!(
                "create table {kept} (like {table} including indexes including generated);
                 grant select on {kept} to nightshift_job"
            );
            sqlx::raw_sql(AssertSqlSafe(create))
                .execute(&mut filled)
                .await
                .with_context(|| format!("make {kept}"))?;
            copy_in(
                &mut filled,
                &format!("copy {kept} from stdin (format binary)"),
                rows,
            )
            .await?;
            filled
                .execute(AssertSqlSafe(format!("vacuum (analyze) {kept}")))
                .await
                .with_context(|| format!("vacuum {kept}"))?;
        }
        let mut samples = Vec::new();
        for Old { subjects, way } in self.old_ways {
            let all: Vec<_> = sqlx::query_as(*subjects)
                .bind(None::<i64>)
                .fetch_all(&mut filled)
                .await
                .context("draw the subjects for the old way")?;
            let number = all.len() as i64;
            ensure!(number > 0, "{}: nothing was kept for the old way", self.job);
            let most = arguments.sample(way.sample);
            let subjects = all.into_iter().take(most as usize).collect();
            let as_of = as_of()?;
            samples.push((Sample { subjects, as_of }, number));
        }
        filled.close().await.context("close the connection")?;
        Ok(samples)
    }

    /// What the job and the floor have written must be the same rows.
    async fn run_floor(&self, server: &Server, floor: &'static str) -> Result<f64> {
        let mut filled = server.connect_filled().await?;
        let tenants = contest::tenants(&mut filled).await?;
        filled.close().await.context("close the connection")?;
        let (mut copy, seconds) = contest::run_floor(server, floor, &tenants, as_of()?).await?;
        for table in self.tables {
            let differing = format!(
                "select count(*) from {table} t full join {} k using (id) where t is distinct from k",
                kept(table)
            );
            let differing: i64 = sqlx::query_scalar(AssertSqlSafe(differing))
                .fetch_one(&mut copy)
                .await
                .with_context(|| format!("compare {table}"))?;
            ensure!(
                differing == 0,
                "{}: the floor left {differing} rows of {table} other than the job",
                self.job
            );
        }
        copy.close().await.context("close the connection")?;
        Ok(seconds)
    }

    /// Returns how long all subjects would have taken, in seconds.
    async fn run_old_ways(&self, options: &PgConnectOptions, samples: &[(Sample, i64)]) -> Result<f64> {
        let mut seconds = 0.0;
        for (Old { way, .. }, (sample, number)) in self.old_ways.iter().zip(samples) {
            seconds += old_way::run(options, way, sample).await? * *number as f64;
        }
        Ok(seconds)
    }
}

/// The name of a table for what was kept of another.
fn kept(table: &str) -> String {
    let name = table.rsplit('.').next().unwrap_or(table);
    format!("public.kept_{}", name.trim_matches('"'))
}

fn table(compared: &[Compared]) -> String {
    /// How much less than the shortest time that was stated a job is to take.
    const PROMISED: f64 = 20.0;
    let mut table = Table::new(
        "At the sizes at which the replaced program was timed",
        &[
            "job",
            "on",
            "subjects",
            "ours",
            "floor",
            "ours ÷ floor",
            "old way",
            "old way ÷ ours",
            "with 1 ms more: ours",
            "old way",
            "old way ÷ ours",
            "stated then",
            "its shorter ÷ ours",
            "20 × or more",
            "peak memory",
        ],
    );
    for figures in compared {
        let [shortest, longest] = figures.stated;
        let factor = shortest / figures.ours;
        let floor = |show: fn(f64, f64) -> String| {
            let text = figures.floor.map(|floor| show(figures.ours, floor));
            text.unwrap_or_default()
        };
        table.row(&[
            figures.job.to_owned(),
            figures.of.to_owned(),
            thousands(figures.subjects),
            format!("{:.3} s", figures.ours),
            floor(|_, floor| format!("{floor:.3} s")),
            floor(|ours, floor| ratio(ours / floor)),
            format!("{:.2} s", figures.old_way),
            ratio(figures.old_way / figures.ours),
            format!("{:.3} s", figures.far_ours),
            format!("{:.2} s", figures.far_old_way),
            ratio(figures.far_old_way / figures.far_ours),
            format!("{shortest:.0}–{longest:.0} s"),
            format!("{factor:.1} ×"),
            yes_or_no(factor >= PROMISED),
            megabytes(figures.peak_memory_mb),
        ]);
    }
    table.text()
}
