//! The distributors' jobs, beside what they replace at the sizes at which that was timed, and on a large one.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use demo::sales::Size;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, postgres::PgConnectOptions};

use crate::{
    contest::{self, LATENCY},
    database::{Filling, Server, as_of, copy_in, copy_out},
    median,
    old_way::{self, OldWay, Sample},
    progress, run,
};

/// In the order in which they go by each other's results.
const JOBS: [&str; 4] = [
    "update-account-types",
    "sample-metrics",
    "calculate-burn-rates",
    "process-triggers",
];

/// A job at the size at which the replaced program was timed.
struct Comparison {
    job: &'static str,
    size: Size,
    /// The size in words.
    of: &'static str,
    /// The shortest and the longest time that was stated, in seconds.
    stated: [f64; 2],
    /// The tables that it writes, which the others write as well.
    tables: &'static [&'static str],
    floor: Option<&'static str>,
    old_ways: &'static [Old],
}

/// What the replaced program did for each of its subjects.
struct Old {
    /// Tenants and ids; the parameter is how many at most.
    subjects: &'static str,
    way: OldWay,
}

const DISTRIBUTOR: Size = Size {
    distributors: 1,
    customers_per_distributor: 0,
    orders_per_customer: 10,
    lines_per_order: 5,
    skus_per_distributor: 500,
    unusable_trigger: false,
    unknown_zone: false,
};

const COMPARISONS: [Comparison; 4] = [
    Comparison {
        job: JOBS[0],
        size: Size {
            customers_per_distributor: 1_000,
            orders_per_customer: 40,
            lines_per_order: 3,
            ..DISTRIBUTOR
        },
        of: "1,000 customers with 40 orders each",
        stated: [2.0, 5.0],
        tables: &["sales.customer", "sales.customer_type_change", "sales.\"order\""],
        floor: Some(include_str!("../../../sql/bench/update-account-types/floor.sql")),
        old_ways: &[old(
            "select tenant_id, id from public.kept_customer where not is_permanently_closed order by id limit $1",
            &[
                include_str!("../../../sql/bench/update-account-types/old_orders.sql"),
                include_str!("../../../sql/bench/update-account-types/old_mix.sql"),
            ],
            &[include_str!(
                "../../../sql/bench/update-account-types/old_update.sql"
            )],
            1,
        )],
    },
    Comparison {
        job: JOBS[1],
        size: Size {
            customers_per_distributor: 500,
            ..DISTRIBUTOR
        },
        of: "5,000 orders",
        stated: [3.0, 8.0],
        tables: &[
            "sales.sample_usage",
            "sales.sample_metric",
            "sales.sample_metric_sku",
        ],
        floor: None,
        old_ways: &[
            old(
                "select tenant_id, id from public.kept_sample_usage order by id limit $1",
                &[include_str!("../../../sql/bench/sample-metrics/old_lines.sql")],
                &[include_str!("../../../sql/bench/sample-metrics/old_update.sql")],
                0,
            ),
            old(
                "select tenant_id, id from public.kept_sample_metric order by id limit $1",
                &[include_str!("../../../sql/bench/sample-metrics/old_group.sql")],
                &[include_str!("../../../sql/bench/sample-metrics/old_metric.sql")],
                1,
            ),
            old(
                "select tenant_id, id from public.kept_sample_metric_sku order by id limit $1",
                &[include_str!("../../../sql/bench/sample-metrics/old_sku.sql")],
                &[include_str!(
                    "../../../sql/bench/sample-metrics/old_metric_sku.sql"
                )],
                1,
            ),
        ],
    },
    Comparison {
        job: JOBS[2],
        size: Size {
            customers_per_distributor: 500,
            orders_per_customer: 40,
            ..DISTRIBUTOR
        },
        of: "500 SKUs with 100,000 lines",
        stated: [5.0, 10.0],
        tables: &[
            "sales.sku",
            "sales.sku_demand",
            "sales.inventory_alert",
            "sales.inventory_recommendation",
            "sales.customer_sku_rate",
        ],
        floor: Some(include_str!("../../../sql/bench/calculate-burn-rates/floor.sql")),
        old_ways: &[
            old(
                "select tenant_id, id from public.kept_sku where is_active order by id limit $1",
                &[
                    include_str!("../../../sql/bench/calculate-burn-rates/old_demand.sql"),
                    include_str!("../../../sql/bench/calculate-burn-rates/old_months.sql"),
                    include_str!("../../../sql/bench/calculate-burn-rates/old_stock.sql"),
                ],
                &[
                    include_str!("../../../sql/bench/calculate-burn-rates/old_update.sql"),
                    include_str!("../../../sql/bench/calculate-burn-rates/old_figures.sql"),
                    include_str!("../../../sql/bench/calculate-burn-rates/old_alert.sql"),
                    include_str!("../../../sql/bench/calculate-burn-rates/old_recommendation.sql"),
                ],
                2,
            ),
            old(
                "select tenant_id, id from public.kept_customer_sku_rate order by id limit $1",
                &[include_str!(
                    "../../../sql/bench/calculate-burn-rates/old_dates.sql"
                )],
                &[include_str!(
                    "../../../sql/bench/calculate-burn-rates/old_rate.sql"
                )],
                1,
            ),
        ],
    },
    Comparison {
        job: JOBS[3],
        size: Size {
            customers_per_distributor: 5_000,
            ..DISTRIBUTOR
        },
        of: "5,000 customers and 8 triggers",
        stated: [5.0, 15.0],
        tables: &[
            "sales.customer",
            "sales.trigger_execution",
            "sales.task",
            "platform.notification",
            "platform.message",
        ],
        floor: None,
        old_ways: &[
            old(
                "select tenant_id, id from public.kept_customer where not is_permanently_closed order by id limit $1",
                &[
                    include_str!("../../../sql/bench/process-triggers/old_last.sql"),
                    include_str!("../../../sql/bench/process-triggers/old_dates.sql"),
                    include_str!("../../../sql/bench/process-triggers/old_revenue.sql"),
                ],
                &[],
                0,
            ),
            old(
                "select tenant_id, id from public.kept_trigger_execution where run_id is not null order by id limit $1",
                &[
                    include_str!("../../../sql/bench/process-triggers/old_customer.sql"),
                    include_str!("../../../sql/bench/process-triggers/old_limits.sql"),
                ],
                &[
                    include_str!("../../../sql/bench/process-triggers/old_execution.sql"),
                    include_str!("../../../sql/bench/process-triggers/old_task.sql"),
                    include_str!("../../../sql/bench/process-triggers/old_notification.sql"),
                    include_str!("../../../sql/bench/process-triggers/old_message.sql"),
                ],
                1,
            ),
        ],
    },
];

/// The replaced program asked and wrote for one after the other, each time for itself.
const fn old(
    subjects: &'static str,
    reads: &'static [&'static str],
    writes: &'static [&'static str],
    rows: u64,
) -> Old {
    Old {
        subjects,
        way: OldWay {
            connections: 1,
            in_transaction: false,
            reads,
            writes,
            rows,
            sample: 500,
        },
    }
}

/// Times are the medians of the rounds, in seconds.
pub struct Compared {
    pub job: &'static str,
    pub of: String,
    pub subjects: u64,
    pub ours: f64,
    pub floor: Option<f64>,
    pub old_way: f64,
    pub far_ours: f64,
    pub far_old_way: f64,
    /// The shortest and the longest time that was stated of this size, if one was.
    pub stated: Option<[f64; 2]>,
    pub peak_memory_mb: f64,
}

/// Measures each job at the size at which the replaced program was timed, or with fewer customers: at most a quarter
/// of a large distributor's.
pub async fn compare(server: &Server, large: u32, rounds: u32) -> Result<Vec<Compared>> {
    let most_customers = large / 4;
    let mut compared = Vec::new();
    for comparison in &COMPARISONS {
        let size = Size {
            customers_per_distributor: comparison.size.customers_per_distributor.min(most_customers),
            ..comparison.size
        };
        progress(&format!("{}: filling a distributor", comparison.job));
        server.fill(&Filling::Distributors(size)).await?;
        if comparison.job == JOBS[3] {
            // It goes by the results of the others.
            for job in &JOBS[..3] {
                run::run(&server.function_of_filled(job), job).await?;
            }
        }
        compared.push(comparison.run(server, size, rounds).await?);
        server.forget().await?;
    }
    Ok(compared)
}

impl Comparison {
    async fn run(&self, server: &Server, size: Size, rounds: u32) -> Result<Compared> {
        let job = self.job;
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
                first => first.insert(self.keep(server, &mut copy, size).await?),
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
        let is_whole = size.customers_per_distributor == self.size.customers_per_distributor;
        Ok(Compared {
            job,
            of: if is_whole {
                self.of.to_owned()
            } else {
                "fewer customers".to_owned()
            },
            subjects,
            ours: median(ours),
            floor: self.floor.map(|_| median(floors)),
            old_way: median(old_ways),
            far_ours: median(far_ours),
            far_old_way: median(far_old_ways),
            stated: is_whole.then_some(self.stated),
            peak_memory_mb,
        })
    }

    /// Puts the tables that the job has written beside those that it worked on, and draws the subjects for the old
    /// way, no more than there are customers, each sample with the number of all of its kind.
    async fn keep(&self, server: &Server, copy: &mut PgConnection, size: Size) -> Result<Vec<(Sample, i64)>> {
        let mut filled = server.connect_filled().await?;
        for table in self.tables {
            let rows = copy_out(copy, &format!("copy {table} to stdout (format binary)")).await?;
            let kept = kept(table);
            let create = format!(
                "create table {kept} (like {table} including indexes); grant select on {kept} to nightshift_job"
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
            let most = way.sample.min(i64::from(size.customers_per_distributor));
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
        let (mut copy, seconds) = contest::run_floor(server, floor, &tenants).await?;
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

/// One job on a large distributor.
pub struct Large {
    pub customers: u32,
    pub run: run::Figures,
    pub job: &'static str,
    /// A second run, which finds everything as it should be.
    pub again: f64,
}

/// Measures all four, one after the other, on a distributor of so many customers.
pub async fn large(server: &Server, customers: u32, figures: &mut Vec<Large>) -> Result<Filled> {
    let size = Size {
        customers_per_distributor: customers,
        orders_per_customer: 4,
        skus_per_distributor: (customers / 5).max(25),
        ..DISTRIBUTOR
    };
    progress(&format!("{customers} customers: filling a distributor"));
    let begun = Instant::now();
    server.fill(&Filling::Distributors(size)).await?;
    progress(&format!("filled in {:.0} s", begun.elapsed().as_secs_f64()));
    let mut copy = server.copy().await?;
    let filled = Filled::count(&mut copy, customers).await?;
    copy.close().await.context("close the connection")?;
    for job in JOBS {
        progress(&format!("{customers} customers: {job}"));
        let run = run::run(&server.job(job, None), job).await?;
        let again = run::run(&server.job(job, None), job).await?.seconds;
        figures.push(Large {
            customers,
            run,
            job,
            again,
        });
    }
    server.forget().await?;
    Ok(filled)
}

/// What a large distributor consists of.
pub struct Filled {
    pub customers: u32,
    pub orders: i64,
    pub lines: i64,
    pub skus: i64,
}

impl Filled {
    async fn count(copy: &mut PgConnection, customers: u32) -> Result<Self> {
        let (orders, lines, skus) = sqlx::query_as(
            "select
                (select count(*) from sales.\"order\"),
                (select count(*) from sales.order_line),
                (select count(*) from sales.sku)",
        )
        .fetch_one(copy)
        .await
        .context("count what was made")?;
        Ok(Self {
            customers,
            orders,
            lines,
            skus,
        })
    }
}
