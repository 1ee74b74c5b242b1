//! As whom a job works: never as a role that could pass by row level security or change the schema.

use shared::{
    config::{Config, DatabaseSource},
    db::Database,
    testing::{TestDb, execute},
};
use sqlx::{PgConnection, postgres::PgConnectOptions};

/// A login of a test's own: logins belong to the cluster, which tests share.
struct Login<'a> {
    db: &'a TestDb,
    name: String,
}

const PASSWORD: &str = "a password";

impl<'a> Login<'a> {
    async fn new(db: &'a TestDb, attributes: &str) -> Self {
        let name = format!("login_{}", uuid::Uuid::new_v4().simple());
        let create = format!("create role {name} login password '{PASSWORD}' {attributes}");
        execute(&mut db.connect().await, &create).await;
        Self { db, name }
    }

    fn database(&self) -> Database {
        let options: PgConnectOptions = self.db.options().username(&self.name).password(PASSWORD);
        let database = DatabaseSource::Url(Box::new(options));
        Database::new(
            &Config {
                database,
                ..self.db.config()
            },
            "test",
        )
    }

    async fn drop(self) {
        let mut admin = self.db.connect().await;
        execute(
            &mut admin,
            &format!("drop owned by {0}; drop role {0}", self.name),
        )
        .await;
    }
}

async fn current_user(connection: &mut PgConnection) -> String {
    sqlx::query_scalar("select current_user::text")
        .fetch_one(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_superuser_steps_down_and_sees_no_tenants_rows() {
    let db = TestDb::new().await;
    let tenant = db.tenant("coaching", "gym", "UTC").await;
    let member = "insert into coaching.member (tenant_id, joined_date) values ($1, '2026-01-01')";
    sqlx::query(member)
        .bind(tenant)
        .execute(&mut db.connect().await)
        .await
        .unwrap();
    let mut connection = Database::new(&db.config(), "test").connect().await.unwrap();
    assert_eq!(current_user(&mut connection).await, "nightshift_job");
    let visible: i64 = sqlx::query_scalar("select count(*) from coaching.member")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(visible, 0, "without a tenant set there is nobody to see");
}

#[tokio::test]
async fn a_login_that_is_limited_itself_is_used_as_it_is() {
    let db = TestDb::new().await;
    let login = Login::new(&db, "in role nightshift_job").await;
    let mut connection = login.database().connect().await.unwrap();
    assert_eq!(current_user(&mut connection).await, login.name);
    drop(connection);
    login.drop().await;
}

#[tokio::test]
async fn a_login_that_bypasses_row_security_steps_down_where_it_may() {
    let db = TestDb::new().await;
    let login = Login::new(&db, "bypassrls in role nightshift_job").await;
    let mut connection = login.database().connect().await.unwrap();
    assert_eq!(current_user(&mut connection).await, "nightshift_job");
    drop(connection);
    login.drop().await;
}

#[tokio::test]
async fn a_privileged_login_without_a_way_down_is_refused() {
    let db = TestDb::new().await;
    for attributes in ["bypassrls", "createrole"] {
        let login = Login::new(&db, attributes).await;
        let error = login
            .database()
            .connect()
            .await
            .expect_err(attributes)
            .to_string();
        assert!(error.contains("grant nightshift_job to it"), "{error}");
        login.drop().await;
    }
    let owner = Login::new(&db, "").await;
    execute(
        &mut db.connect().await,
        &format!("alter table coaching.member owner to {}", owner.name),
    )
    .await;
    let error = owner
        .database()
        .connect()
        .await
        .expect_err("an owner may change the table")
        .to_string();
    assert!(error.contains("change the schema"), "{error}");
    execute(
        &mut db.connect().await,
        "alter table coaching.member owner to current_user",
    )
    .await;
    owner.drop().await;
}
