//! A database of a test's own, copied from one that is migrated once.

use std::{str::FromStr, time::Duration};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use uuid::Uuid;

use super::{execute, ran, tenant_id};
use crate::{
    config::{AppEnv, Config, DatabaseSource},
    program::Program,
    report::Report,
    request::Request,
    run::Runner,
    schema::MIGRATOR,
};

/// Where `cargo xtask` has its server keep the databases of tests: in memory, if it can.
const TABLESPACE: &str = "nightshift_tests";

/// Serialises the making of the template among test processes: any number that nothing else takes.
const TEMPLATE_LOCK: i64 = 482_000;

/// A migrated database of a test's own, dropped with it.
pub struct TestDb {
    options: PgConnectOptions,
    name: String,
}

impl TestDb {
    /// Makes a migrated database.
    pub async fn new() -> Self {
        let admin = admin();
        let mut connection = admin.connect().await.expect("connect to DATABASE_URL");
        let template = template(&mut connection, &admin).await;
        // Copied as files: the template is at rest, and its pages need not go through the write-ahead log.
        let like = format!("template {template} strategy file_copy");
        Self::make(&mut connection, admin, &like).await
    }

    /// Makes an empty database.
    pub async fn empty() -> Self {
        let admin = admin();
        let mut connection = admin.connect().await.expect("connect to DATABASE_URL");
        Self::make(&mut connection, admin, "").await
    }

    async fn make(connection: &mut PgConnection, admin: PgConnectOptions, like: &str) -> Self {
        let name = format!("nightshift_test_{}", Uuid::new_v4().simple());
        execute(connection, &format!("create database {name} {like}")).await;
        Self {
            options: admin.database(&name),
            name,
        }
    }

    /// A connection as superuser, who sees the rows of all tenants.
    pub async fn connect(&self) -> PgConnection {
        self.options
            .connect()
            .await
            .expect("connect to the test's database")
    }

    /// The way to the database, as superuser.
    pub fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// `DATABASE_URL` for a process that is to use this database.
    pub fn url(&self) -> String {
        self.options.to_url_lossy().to_string()
    }

    /// A configuration for this database with the contract's defaults.
    pub fn config(&self) -> Config {
        Config {
            app_env: AppEnv::Development,
            database: DatabaseSource::Url(Box::new(self.options())),
            database_ca: None,
            batch_size: 500,
            batch_delay: Duration::ZERO,
            job_timeout: Duration::from_secs(600),
            secret_max_age: Duration::from_secs(300),
            lock_id: None,
        }
    }

    /// A runner with pages of so many subjects.
    pub fn runner(&self, batch_size: u32) -> Runner {
        Runner::new(
            Config {
                batch_size,
                ..self.config()
            },
            "test",
        )
    }

    /// Makes an active tenant, whose id follows from its slug.
    pub async fn tenant(&self, product: &str, slug: &str, time_zone: &str) -> Uuid {
        let id = tenant_id(slug);
        sqlx::query(
            "insert into platform.tenant (id, slug, name, product, time_zone) values ($1, $2, $2, $3, $4)",
        )
        .bind(id)
        .bind(slug)
        .bind(product)
        .bind(time_zone)
        .execute(&mut self.connect().await)
        .await
        .expect("insert the tenant");
        id
    }

    /// Runs a program and expects that a run comes of it.
    pub async fn run<P: Program>(&self, program: &P, request: &Request) -> Report {
        ran(self
            .runner(500)
            .run(program, request, None, &mut ())
            .await
            .expect("run the job"))
    }

    /// Every row of a schema, table by table, as JSON in an order of its own: what two ways to the same end
    /// must agree on. Run ids and the server's clock are left out, and every id that was made anew, wherever it stands,
    /// is a dot: the kit's own ids are of no version that anybody makes.
    pub async fn state(&self, schema: &str) -> Vec<String> {
        let mut connection = self.connect().await;
        let tables: Vec<String> = sqlx::query_scalar(
            "select schemaname || '.' || tablename from pg_tables where schemaname = $1 order by 1",
        )
        .bind(schema)
        .fetch_all(&mut connection)
        .await
        .expect("list the tables");
        let mut state = Vec::new();
        for table in tables {
            state.extend(self.rows(&table).await);
        }
        state
    }

    /// Every row of a table, `schema.name`, as [`TestDb::state`] has it.
    pub async fn rows(&self, table: &str) -> Vec<String> {
        let name = table.split('.').next_back().unwrap_or(table);
        let rows = format!(
            "select '{name} ' || regexp_replace((to_jsonb(t) - '{{created_at,run_id}}'::text[])::text, \
             '\\w{{8}}-\\w{{4}}-[47]\\w{{3}}-[89ab]\\w{{3}}-\\w{{12}}', '.', 'g') \
             from {table} t order by 1"
        );
        sqlx::query_scalar(AssertSqlSafe(rows))
            .fetch_all(&mut self.connect().await)
            .await
            .expect("read the table")
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (admin, drop) = (
            admin(),
            format!("drop database if exists {} with (force)", self.name),
        );
        // The test's own runtime may be the one that is unwinding.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let mut connection = admin.connect().await.expect("connect to DATABASE_URL");
                execute(&mut connection, &drop).await;
            });
        });
        if dropped.join().is_err() {
            eprintln!("the database {} could not be dropped", self.name);
        }
    }
}

/// Where tests may make databases.
fn admin() -> PgConnectOptions {
    let url = std::env::var("DATABASE_URL")
        .expect("DATABASE_URL is not set: run the tests with `cargo xtask test`");
    PgConnectOptions::from_str(&url)
        .expect("DATABASE_URL is a PostgreSQL URL")
        .disable_statement_logging()
}

/// A migrated database that others are copied from: made once for each state of `migrations/`.
async fn template(connection: &mut PgConnection, admin: &PgConnectOptions) -> String {
    // FNV-1a, over the checksums that the migrator keeps anyway.
    let hash = MIGRATOR
        .iter()
        .flat_map(|migration| migration.checksum.iter())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let name = format!("nightshift_template_{hash:016x}");
    let exists = "select exists (select from pg_database where datname = $1)";
    execute(connection, &format!("select pg_advisory_lock({TEMPLATE_LOCK})")).await;
    if !sqlx::query_scalar::<_, bool>(exists)
        .bind(&name)
        .fetch_one(&mut *connection)
        .await
        .expect("look for the template")
    {
        // Migrated under another name first, so that a half migrated one is never taken for the template.
        let making = format!("{name}_making");
        execute(connection, &format!("drop database if exists {making}")).await;
        let in_memory: bool =
            sqlx::query_scalar("select exists (select from pg_tablespace where spcname = $1)")
                .bind(TABLESPACE)
                .fetch_one(&mut *connection)
                .await
                .expect("look for the tablespace");
        // A copy is where its template is.
        let place = if in_memory {
            format!("tablespace {TABLESPACE}")
        } else {
            String::new()
        };
        execute(connection, &format!("create database {making} {place}")).await;
        let mut fresh = admin
            .clone()
            .database(&making)
            .connect()
            .await
            .expect("connect to the new template");
        MIGRATOR.run(&mut fresh).await.expect("migrate the template");
        fresh.close().await.expect("leave the template");
        execute(connection, &format!("alter database {making} rename to {name}")).await;
    }
    execute(connection, &format!("select pg_advisory_unlock({TEMPLATE_LOCK})")).await;
    name
}
