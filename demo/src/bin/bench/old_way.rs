//! The programs that the jobs replace: one subject after another, each in a transaction of its own or in one for
//! each statement. What the rule would say they are told beforehand.

use std::{cell::Cell, time::Instant};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use uuid::Uuid;

/// Subjects that are begun together, over all connections.
const BATCH: usize = 50;

/// How a replaced program went about it. The parameters of its statements are a tenant, a subject's id and the
/// run's clock.
pub struct OldWay {
    pub connections: usize,
    /// Whether a subject's statements are one transaction.
    pub in_transaction: bool,
    pub reads: &'static [&'static str],
    pub writes: &'static [&'static str],
    /// How many rows are written of each subject, at least.
    pub rows: u64,
    /// How many subjects it is timed on, at most: what it takes for each does not depend on it.
    pub sample: i64,
}

pub struct Sample {
    /// Tenants and ids.
    pub subjects: Vec<(Uuid, Uuid)>,
    pub as_of: DateTime<Utc>,
}

/// Works through the sample and returns how long one subject took, in seconds.
pub async fn run(options: &PgConnectOptions, old_way: &OldWay, sample: &Sample) -> Result<f64> {
    let mut connections = Vec::new();
    for _ in 0..old_way.connections {
        let connection = PgConnection::connect_with(options).await;
        connections.push(connection.context("connect as the old way did")?);
    }
    let begun = Instant::now();
    for batch in sample.subjects.chunks(BATCH) {
        let next = Cell::new(0);
        let workers = connections.iter_mut().map(async |connection| {
            while let Some(subject) = batch.get(next.get()) {
                next.set(next.get() + 1);
                one(connection, old_way, *subject, sample.as_of).await?;
            }
            anyhow::Ok(())
        });
        try_join_all(workers).await?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    for connection in connections {
        connection.close().await.context("close a connection")?;
    }
    Ok(seconds / sample.subjects.len() as f64)
}

async fn one(
    connection: &mut PgConnection,
    old_way: &OldWay,
    subject: (Uuid, Uuid),
    as_of: DateTime<Utc>,
) -> Result<()> {
    if !old_way.in_transaction {
        return statements(connection, old_way, subject, as_of).await;
    }
    let mut tx = connection.begin().await.context("begin a subject")?;
    statements(&mut tx, old_way, subject, as_of).await?;
    tx.commit().await.context("commit a subject")
}

async fn statements(
    connection: &mut PgConnection,
    old_way: &OldWay,
    (tenant, id): (Uuid, Uuid),
    as_of: DateTime<Utc>,
) -> Result<()> {
    for read in old_way.reads {
        sqlx::query(*read)
            .bind(tenant)
            .bind(id)
            .bind(as_of)
            .fetch_all(&mut *connection)
            .await
            .context("read a subject")?;
    }
    let mut rows = 0;
    for write in old_way.writes {
        rows += sqlx::query(*write)
            .bind(tenant)
            .bind(id)
            .bind(as_of)
            .execute(&mut *connection)
            .await
            .context("write a subject")?
            .rows_affected();
    }
    ensure!(rows >= old_way.rows, "the subject {id} was not written");
    Ok(())
}
