//! The programs that the jobs replace: batches of fifty members over ten connections, one read and one update a
//! member, each its own transaction, no history. What the rule would say it is told beforehand.

use std::{cell::Cell, time::Instant};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::future::try_join_all;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use uuid::Uuid;

const CONNECTIONS: usize = 10;
const BATCH: usize = 50;

/// How many members it is timed on, at most: what it takes for each does not depend on it.
pub const SAMPLE: i64 = 20_000;

/// Its two statements.
pub struct Statements {
    pub read: &'static str,
    pub update: &'static str,
}

pub struct Members {
    pub tenant: Uuid,
    pub ids: Vec<Uuid>,
    pub today: NaiveDate,
    pub as_of: DateTime<Utc>,
}

/// Works through the members and returns how long one took, in seconds.
pub async fn run(options: &PgConnectOptions, statements: &Statements, members: &Members) -> Result<f64> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let connection = PgConnection::connect_with(options).await;
        connections.push(connection.context("connect as the old way did")?);
    }
    let begun = Instant::now();
    for batch in members.ids.chunks(BATCH) {
        let next = Cell::new(0);
        let workers = connections.iter_mut().map(async |connection| {
            while let Some(id) = batch.get(next.get()) {
                next.set(next.get() + 1);
                one(connection, statements, members, *id).await?;
            }
            anyhow::Ok(())
        });
        try_join_all(workers).await?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    for connection in connections {
        connection.close().await.context("close a connection")?;
    }
    Ok(seconds / members.ids.len() as f64)
}

async fn one(
    connection: &mut PgConnection,
    statements: &Statements,
    members: &Members,
    id: Uuid,
) -> Result<()> {
    sqlx::query(statements.read)
        .bind(members.tenant)
        .bind(id)
        .bind(members.today)
        .fetch_one(&mut *connection)
        .await
        .context("read a member")?;
    let written = sqlx::query(statements.update)
        .bind(members.tenant)
        .bind(id)
        .bind(members.as_of)
        .execute(connection)
        .await
        .context("update a member")?;
    ensure!(written.rows_affected() == 1, "the member {id} was not updated");
    Ok(())
}
