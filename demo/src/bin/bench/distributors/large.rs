//! The four jobs as a distributor grows.

use std::time::Instant;

use anyhow::{Context, Result};
use demo::{sales::Size, words::thousands};
use sqlx::{Connection, PgConnection};

use super::{DISTRIBUTOR, JOBS};
use crate::{
    database::{Filling, Server},
    progress, run,
    table::{Table, megabytes, yes_or_no},
};

/// One job on a large distributor.
struct Large {
    customers: u32,
    run: run::Figures,
    job: &'static str,
    /// A second run, which finds everything as it should be.
    again: f64,
}

/// Measures distributors of so many customers. Gives the table.
pub async fn all(server: &Server, sizes: &[u32]) -> Result<String> {
    let (mut distributors, mut figures) = (Vec::new(), Vec::new());
    for &customers in sizes {
        distributors.push(one(server, customers, &mut figures).await?);
    }
    Ok(table(&distributors, &figures))
}

/// Measures all four, one after the other, on a distributor of so many customers.
async fn one(server: &Server, customers: u32, figures: &mut Vec<Large>) -> Result<Filled> {
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
struct Filled {
    customers: u32,
    orders: i64,
    lines: i64,
    skus: i64,
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

fn table(distributors: &[Filled], large: &[Large]) -> String {
    /// What the largest distributor may take.
    const MOST_SECONDS: f64 = 60.0;
    const MOST_MB: f64 = 96.0;
    let mut table = Table::new(
        "As a distributor grows",
        &[
            "job",
            "customers",
            "subjects",
            "time",
            "µs a subject",
            "a second time",
            "peak memory",
            "within 60 s and 96 MB",
        ],
    );
    for Large {
        customers,
        run,
        job,
        again,
    } in large
    {
        let subjects = run.report.totals.total;
        table.row(&[
            (*job).to_owned(),
            thousands(customers),
            thousands(subjects),
            format!("{:.2} s", run.seconds),
            format!("{:.0}", run.seconds / subjects as f64 * 1e6),
            format!("{again:.2} s"),
            megabytes(run.peak_memory_mb),
            yes_or_no(run.seconds <= MOST_SECONDS && run.peak_memory_mb <= MOST_MB),
        ]);
    }
    let mut text = table.text();
    for Filled {
        customers,
        orders,
        lines,
        skus,
    } in distributors
    {
        text += &format!(
            "\n{} customers have {} orders with {} lines of {} products.\n",
            thousands(customers),
            thousands(orders),
            thousands(lines),
            thousands(skus)
        );
    }
    text
}
