//! Connections: where the database is, how it is trusted, and as which role a job works there.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use sqlx::{
    ConnectOptions, Connection, Executor, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::time::timeout;
use tracing::info;

use crate::{
    config::{Config, DatabaseSource},
    fault::{self, NoAnswer},
    secrets::Secrets,
};

/// How long connecting may take, name resolution, TLS and login together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// SQLSTATE `invalid_password`.
const INVALID_PASSWORD: &str = "28P01";

/// The last word of a session's set-up.
///
/// A sandbox frozen inside a transaction must not hold its locks for ever. One that vanished without a word
/// must have lost its lock within 50 s, because Lambda's first retry comes after a minute and would be told
/// `locked`. No plan or text may depend on the server's zone.
///
/// A page is read and written by indexes, whatever the planner's statistics say; decision 6 has the reasons and
/// the measurements.
///  - Without sorts, an ordered page is read by the index that has the order.
///  - Without sequential scans, a table that was empty in the evening is not read whole for every subject.
///  - A plan for any parameters is made once and serves every page, and every row's foreign keys.
///  - Compiling a statement never pays for a page.
const SESSION: &str = "set idle_in_transaction_session_timeout = '60s'; \
    set tcp_keepalives_idle = 20; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3; \
    set time zone 'UTC'; \
    set enable_sort = off; set enable_seqscan = off; set plan_cache_mode = force_generic_plan; set jit = off";

/// The way to the database. It holds no connection: each run opens its own and closes it, so a sandbox
/// that was frozen for hours never meets a dead one.
pub struct Database {
    source: DatabaseSource,
    ca: Option<Vec<u8>>,
    application: String,
    secrets: Secrets,
}

impl Database {
    pub fn new(config: &Config, application: &str) -> Self {
        Self {
            source: config.database.clone(),
            ca: config.database_ca.clone(),
            application: format!("nightshift {application}"),
            secrets: Secrets::new(config.secret_max_age),
        }
    }

    /// Opens a connection that works as a role without privileges beyond the jobs' own.
    ///
    /// # Errors
    /// When the secret cannot be read, the database cannot be reached or refuses the login, or the login is
    /// privileged and may not step down to `nightshift_job`.
    pub async fn connect(&self) -> Result<PgConnection> {
        let mut connection = self.open().await?;
        step_down(&mut connection).await?;
        connection
            .execute(SESSION)
            .await
            .context("prepare the database session")?;
        Ok(connection)
    }

    /// Opens a connection with the login's own privileges, as migrations need it.
    ///
    /// # Errors
    /// As [`Database::connect`], but for the last.
    pub async fn open(&self) -> Result<PgConnection> {
        let DatabaseSource::Secret(id) = &self.source else {
            return open(self.options(None)?).await;
        };
        let known = self.secrets.get(id).await?;
        match open(self.options(Some((id, &known)))?).await {
            // The password was rotated since it was fetched.
            Err(error) if fault::sqlstate(&error) == Some(INVALID_PASSWORD) => {
                let current = self.secrets.fetch(id).await?;
                info!("the database refused the login: read its secret again");
                open(self.options(Some((id, &current)))?).await
            }
            opened => opened,
        }
    }

    /// Another secret's text, from memory while that is young.
    ///
    /// # Errors
    /// As [`Secrets::get`].
    pub(crate) async fn secret(&self, id: &str) -> Result<String> {
        self.secrets.get(id).await
    }

    fn options(&self, secret: Option<(&str, &str)>) -> Result<PgConnectOptions> {
        let options = match (&self.source, secret) {
            (DatabaseSource::Url(options), _) => (**options).clone(),
            (DatabaseSource::Secret(_), Some((id, text))) => from_secret(id, text)?,
            (DatabaseSource::Secret(id), None) => bail!("read the secret {id}: it was not fetched"),
        };
        let options = options
            .application_name(&self.application)
            .disable_statement_logging();
        Ok(trusted(options, self.ca.as_deref()))
    }
}

/// What RDS keeps in a database's secret, as far as it is needed here.
#[derive(Deserialize)]
struct DatabaseSecret {
    host: String,
    port: Option<Port>,
    username: String,
    password: String,
    dbname: Option<String>,
}

/// RDS writes a number, some tools a string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Port {
    Number(u16),
    Text(String),
}

fn from_secret(id: &str, text: &str) -> Result<PgConnectOptions> {
    // Neither the text nor serde's message, which may quote it, gets into the error.
    let secret: DatabaseSecret = serde_json::from_str(text).map_err(|_| {
        anyhow!("read the secret {id}: it must be JSON with the texts host, username and password (port and dbname if they differ from 5432 and postgres)")
    })?;
    let port = match secret.port {
        None => 5432,
        Some(Port::Number(port)) => port,
        Some(Port::Text(text)) => text
            .parse()
            .map_err(|_| anyhow!("read the secret {id}: port must be a number"))?,
    };
    Ok(PgConnectOptions::new_without_pgpass()
        .host(&secret.host)
        .port(port)
        .username(&secret.username)
        .password(&secret.password)
        .database(secret.dbname.as_deref().unwrap_or("postgres")))
}

/// Anything but this machine is spoken to by TLS, with the certificate and the host name checked,
/// whatever the URL says.
fn trusted(options: PgConnectOptions, ca: Option<&[u8]>) -> PgConnectOptions {
    let host = options.get_host();
    let local = options.get_socket().is_some()
        || host.starts_with('/')
        || matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]");
    let options = match ca {
        Some(pem) => options.ssl_root_cert_from_pem(pem.to_vec()),
        None => options,
    };
    match local {
        // With an authority given, a local server's certificate is checked as well.
        true if ca.is_none() => options.ssl_mode(PgSslMode::Disable),
        _ => options.ssl_mode(PgSslMode::VerifyFull),
    }
}

async fn open(options: PgConnectOptions) -> Result<PgConnection> {
    let connected = timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&options)).await;
    connected
        .map_err(|_| anyhow::Error::new(NoAnswer))
        .and_then(|r| r.map_err(Into::into))
        .context("connect to the database")
}

/// Leaves a privileged login by `SET ROLE`. A login is privileged when it may bypass row level security
/// or change the schema.
async fn step_down(connection: &mut PgConnection) -> Result<()> {
    let login = standing(connection).await?;
    if !login.privileged {
        return Ok(());
    }
    if login.may_step_down {
        connection
            .execute("set role nightshift_job")
            .await
            .context("become nightshift_job")?;
        if !standing(connection).await?.privileged {
            return Ok(());
        }
        bail!(
            "the role nightshift_job may bypass row level security or change the schema: take that from it"
        );
    }
    bail!(
        "the database login may bypass row level security or change the schema, and is no member of \
         nightshift_job: grant nightshift_job to it, or use another login"
    )
}

struct Standing {
    privileged: bool,
    may_step_down: bool,
}

async fn standing(connection: &mut PgConnection) -> Result<Standing> {
    sqlx::query_file_as!(Standing, "sql/standing.sql")
        .fetch_one(connection)
        .await
        .context("read what the database login may do")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_spoken_to_without_tls() {
        let mode = |host: &str, ca| {
            let options = PgConnectOptions::new_without_pgpass().host(host);
            trusted(options.ssl_mode(PgSslMode::Prefer), ca).get_ssl_mode()
        };
        for host in ["localhost", "127.0.0.1", "::1", "[::1]", "/var/run/postgresql"] {
            assert!(matches!(mode(host, None), PgSslMode::Disable), "{host}");
            assert!(
                matches!(mode(host, Some(b"")), PgSslMode::VerifyFull),
                "{host} with an authority"
            );
        }
        for host in [
            "LOCALHOST",
            "localhost.example",
            "127.0.0.1.example",
            "127.0.0.2",
            "0.0.0.0",
            "::2",
            "",
        ] {
            assert!(matches!(mode(host, None), PgSslMode::VerifyFull), "{host}");
        }
    }
    #[test]
    fn a_secret_without_port_and_dbname_means_the_usual_ones() {
        let secret = r#"{"host": "db.example", "username": "jobs", "password": "correct-horse"}"#;
        let options = from_secret("nightshift/database", secret).unwrap();
        assert_eq!(
            (options.get_port(), options.get_database()),
            (5432, Some("postgres"))
        );
    }
}
