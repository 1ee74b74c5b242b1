//! `migrate`: brings the database's schema up to date. It is invoked at deployment, as a Lambda function or as a
//! command, with a login that owns the schema. Twice is as good as once, also at the same time: the migrator
//! holds a lock of its own.

use std::{
    collections::HashSet,
    io::{Write, stdout},
    process::ExitCode,
};

use anyhow::{Context, Result};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};
use shared::{
    config::Config,
    db::Database,
    fault, on_lambda,
    schema::MIGRATOR,
    telemetry::{self, Sink},
};
use sqlx::{Connection, PgConnection, migrate::Migrate};
use tracing::{Instrument, error, info, info_span};

/// The function's name, and the field `job` of its log lines.
const NAME: &str = "migrate";

/// Runs the binary: a Lambda function where Lambda's runtime API is at hand, a command otherwise.
pub fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    telemetry::start(if on_lambda() { Sink::Lambda } else { Sink::Command });
    match runtime {
        Err(error) => {
            error!(reason = error.to_string(), "start the runtime");
            ExitCode::FAILURE
        }
        Ok(runtime) if on_lambda() => runtime.block_on(serve()),
        Ok(runtime) => runtime.block_on(once()),
    }
}

async fn serve() -> ExitCode {
    let served = lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        let span = info_span!(
            "invocation",
            job = NAME,
            function_request_id = event.context.request_id
        );
        let migrated = migrate().instrument(span).await;
        migrated.map_err(|error| Diagnostic {
            error_type: "Failed".into(),
            error_message: explain(&error),
        })
    }));
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(reason = error.to_string(), "Lambda's runtime API failed");
            ExitCode::FAILURE
        }
    }
}

async fn once() -> ExitCode {
    match migrate().instrument(info_span!("invocation", job = NAME)).await {
        Ok(answer) => {
            // Whoever closed stdout early does not want the answer.
            drop(writeln!(stdout().lock(), "{answer}"));
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}

/// Applies what is missing, and answers with the versions that it applied and the one that stands now.
async fn migrate() -> Result<Value> {
    let migrated = apply().await;
    match &migrated {
        Ok(answer) => {
            let report = answer.to_string();
            info!(report = report.as_str(), "[JOB SUCCESS] {NAME}");
        }
        Err(error) => error!("[JOB FAILURE] {NAME}: {}", explain(error)),
    }
    migrated
}

async fn apply() -> Result<Value> {
    let config = Config::from_env(NAME)?;
    let mut connection = Database::new(&config, NAME).open().await?;
    // Another that works at the same time is waited for first, so that what it applies is not said to be ours.
    connection.lock().await.context("wait for other migrations")?;
    let before = versions(&mut connection).await?;
    MIGRATOR
        .run(&mut connection)
        .await
        .context("apply the migrations")?;
    let after = versions(&mut connection).await?;
    connection.unlock().await.context("let other migrations go on")?;
    connection.close().await.context("leave the database")?;
    let mut applied: Vec<i64> = after.difference(&before).copied().collect();
    applied.sort_unstable();
    Ok(json!({"function": NAME, "applied": applied, "version": after.iter().max()}))
}

async fn versions(connection: &mut PgConnection) -> Result<HashSet<i64>> {
    connection
        .ensure_migrations_table(&MIGRATOR.table_name)
        .await
        .context("make the table of migrations")?;
    let applied = connection
        .list_applied_migrations(&MIGRATOR.table_name)
        .await
        .context("list the migrations")?;
    Ok(applied.into_iter().map(|migration| migration.version).collect())
}

/// Migrations touch no tenant's rows, so what the database says about them names no person, and whoever deploys
/// needs to read it.
fn explain(error: &anyhow::Error) -> String {
    match error
        .chain()
        .find_map(|cause| cause.downcast_ref::<sqlx::migrate::MigrateError>())
    {
        Some(cause) => format!("apply the migrations: {cause}"),
        None => fault::describe(error),
    }
}
