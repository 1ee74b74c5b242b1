//! What a claim of e-mails costs when much waits that is not its turn.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use demo::words::thousands;
use sqlx::{Connection, Executor, PgConnection};

use super::{tenant, vacuum};
use crate::{
    Arguments,
    database::{Server, as_of},
    median, progress,
    table::{Table, ratio},
};

/// The statement of the function.
const CLAIM: &str = include_str!("../../../../../functions/platform/sql/deliver-messages/claim.sql");
/// How sessions of jobs plan (docs/decisions/0006), and as whom they work. All that counts is claimed in one session, so what the
/// first claims cost a cold server is in none of the figures.
const SESSION: &str = "set enable_sort = off; set enable_seqscan = off; set plan_cache_mode = force_generic_plan; set jit = off;
    set role nightshift_job; select set_config('app.tenant_id', (select id::text from platform.tenant), false)";

/// As many as a run claims at once of one source: what eight connections have under way, and as many more.
const CLAIMED: i64 = 16;
const CLAIMS: usize = 101;
const WARM: usize = 10;

/// What the outbox is filled with.
struct Outbox {
    title: &'static str,
    /// E-mails that are due, e-mails that are not yet, and webhooks of one endpoint.
    due: i64,
    later: i64,
    webhooks: i64,
}

const OUTBOXES: [Outbox; 3] = [
    Outbox {
        title: "1,000 e-mails",
        due: 1_000,
        later: 0,
        webhooks: 0,
    },
    Outbox {
        title: "1,000 e-mails, and 99,000 whose turn is later",
        due: 1_000,
        later: 99_000,
        webhooks: 0,
    },
    Outbox {
        title: "100 e-mails, made after 100,000 webhooks of one endpoint",
        due: 100,
        later: 0,
        webhooks: 100_000,
    },
];

pub async fn measure(server: &Server, arguments: &Arguments) -> Result<String> {
    let title = format!("A claim of {CLAIMED} e-mails, by what waits");
    let mut table = Table::new(&title, &["in the outbox", "a claim", "beside the first"]);
    let mut first = None;
    for outbox in &OUTBOXES {
        progress(&format!("claim of {}", outbox.title));
        let seconds = claim(server, arguments, outbox).await?;
        let beside = seconds / *first.get_or_insert(seconds);
        table.row(&[
            outbox.title.to_owned(),
            format!("{:.2} ms", seconds * 1000.0),
            ratio(beside),
        ]);
    }
    let note = format!(
        "Medians of {} claims, each rolled back.",
        thousands(CLAIMS as u64)
    );
    Ok(format!("{}\n{note}", table.text()))
}

/// The median time of a claim, in seconds, its round trip included.
async fn claim(server: &Server, arguments: &Arguments, outbox: &Outbox) -> Result<f64> {
    server.migrate().await?;
    let mut connection = server.connect_filled().await?;
    tenant(&mut connection).await?;
    sqlx::query(include_str!("../../../../sql/bench/deliver-messages/outbox.sql"))
        .bind(arguments.sample(outbox.due))
        .bind(arguments.sample(outbox.later))
        .bind(arguments.sample(outbox.webhooks))
        .execute(&mut connection)
        .await
        .context("fill the outbox")?;
    vacuum(&mut connection).await?;
    connection.execute(SESSION).await.context("be a job's session")?;
    let mut seconds = Vec::new();
    for turn in 0..WARM + CLAIMS {
        let taken = once(&mut connection).await?;
        if turn >= WARM {
            seconds.push(taken);
        }
    }
    connection.close().await.context("close the connection")?;
    Ok(median(seconds))
}

async fn once(connection: &mut PgConnection) -> Result<f64> {
    let mut tx = connection.begin().await.context("begin a claim")?;
    let begun = Instant::now();
    let claimed = sqlx::query(CLAIM)
        .bind(uuid::Uuid::from_u128(1))
        .bind("email")
        .bind(as_of()?)
        .bind(CLAIMED)
        .bind(300.0)
        .bind(5)
        .fetch_all(&mut *tx)
        .await
        .context("claim e-mails")?;
    let seconds = begun.elapsed().as_secs_f64();
    tx.rollback().await.context("give the claim back")?;
    ensure!(
        claimed.len() as i64 == CLAIMED,
        "{CLAIMED} e-mails are claimed, and {} were",
        claimed.len()
    );
    Ok(seconds)
}
