//! What it takes to deliver messages: by the outbox beside the wire alone, and what a long outbox costs a claim.

mod claim;
mod wire;

use anyhow::{Context, Result, ensure};
use demo::{receivers::MailServer, words::thousands};
use sqlx::{Connection, Executor, PgConnection};

use crate::{
    Arguments, Part,
    database::Server,
    median, progress, run,
    table::{Table, megabytes, rate, ratio, yes_or_no},
};

pub const PART: Part = Part {
    name: "delivery",
    options: |arguments| format!(" --rounds {}", arguments.rounds),
    measure: |server, arguments| Box::pin(measure(server, arguments)),
};

const JOB: &str = "deliver-messages";
/// How many e-mails are sent, and in what time.
const EMAILS: i64 = 1_000;
const AIM_S: f64 = 20.0;

async fn measure(server: &Server, arguments: &Arguments) -> Result<String> {
    let sent = sending(server, arguments).await?;
    let claimed = claim::measure(server, arguments).await?;
    server.forget().await?;
    Ok(format!("{sent}\n{claimed}"))
}

/// The same letters by the binary and by the wire alone, in turn.
async fn sending(server: &Server, arguments: &Arguments) -> Result<String> {
    let emails = arguments.sample(EMAILS);
    server.migrate().await?;
    let mut filled = server.connect_filled().await?;
    tenant(&mut filled).await?;
    sqlx::query(include_str!("../../../sql/bench/deliver-messages/emails.sql"))
        .bind(emails)
        .execute(&mut filled)
        .await
        .context("write the e-mails")?;
    vacuum(&mut filled).await?;
    filled.close().await.context("close the connection")?;

    let mail = aside(MailServer::start())?;
    let (mut ours, mut floor, mut peak_memory_mb) = (Vec::new(), Vec::new(), 0_f64);
    for round in 1..=arguments.rounds {
        progress(&format!("{JOB}, round {round} of {}", arguments.rounds));
        let copy = server.copy().await?;
        copy.close().await.context("close the connection")?;
        let function = server
            .job(JOB, None)
            .env("SMTP_HOST", "127.0.0.1")
            .env("SMTP_PORT", &mail.port.to_string())
            .env("SMTP_FROM", "no-reply@example.com");
        let figures = run::run(&function, JOB).await?;
        let letters = mail.take();
        ensure!(
            letters.len() as i64 == emails && figures.report.counters["sent"] == emails,
            "{emails} e-mails are sent, and {} came in: {:?}",
            letters.len(),
            figures.report
        );
        ours.push(figures.seconds);
        peak_memory_mb = peak_memory_mb.max(figures.peak_memory_mb);

        floor.push(wire::send(mail.port, &letters).await?);
        ensure!(mail.take().len() == letters.len(), "the floor sends the same");
    }
    let (ours, floor) = (median(ours), median(floor));
    let count = emails.cast_unsigned();
    let title = format!(
        "{} e-mails over {} connections",
        thousands(count),
        wire::CONNECTIONS
    );
    let aim = format!("under {AIM_S} s");
    let columns = [
        "",
        "ours",
        "the wire alone",
        "ours beside it",
        &aim,
        "peak memory",
    ];
    let mut table = Table::new(&title, &columns);
    table.row(&[
        JOB.to_owned(),
        rate(count, ours),
        rate(count, floor),
        ratio(ours / floor),
        yes_or_no(ours < AIM_S),
        megabytes(peak_memory_mb),
    ]);
    Ok(table.text())
}

/// Makes the one tenant whose messages they are.
async fn tenant(connection: &mut PgConnection) -> Result<()> {
    connection
        .execute(include_str!("../../../sql/bench/deliver-messages/tenant.sql"))
        .await
        .context("make the tenant")?;
    Ok(())
}

async fn vacuum(connection: &mut PgConnection) -> Result<()> {
    connection
        .execute("vacuum (analyze)")
        .await
        .context("vacuum the outbox")?;
    Ok(())
}

/// Starts what runs for the rest of the bench in a thread of its own, as a receiver is no part of what is measured.
fn aside<T: Send + 'static>(start: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let (started, ready) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("make a runtime for the receiver")?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            // Nobody is there to hear it when the bench has ended.
            drop(started.send(start.await));
            std::future::pending::<()>().await;
        });
    });
    ready.recv().context("start the receiver")?
}
