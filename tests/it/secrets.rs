//! Where the password of the database comes from, against moto's Secrets Manager and a PostgreSQL that asks for
//! passwords: a rotated one, and secrets that are missing or malformed.

use demo::runtime_api::Function;
use serde_json::{Value, json};
use shared::testing::execute;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

use crate::{
    log::{checked, error},
    stage::{Stage, binary, rule_with_id},
};

const JOB: &str = "at-risk-detection";

/// A database login with a password, and the secret that holds it.
struct Vault {
    stage: Stage,
    login: String,
    secret: String,
}

impl Vault {
    async fn new() -> Self {
        let (stage, id) = (Stage::new().await, Uuid::new_v4().simple());
        let (login, secret) = (format!("rotated_{id}"), format!("nightshift/{id}"));
        let create = format!("create role {login} login in role nightshift_job");
        execute(&mut stage.db.connect().await, &create).await;
        Self { stage, login, secret }
    }

    /// Sets the login's password in the database, and says so nowhere.
    async fn set_password(&self, password: &str) {
        let alter = format!("alter role {} password '{password}'", self.login);
        execute(&mut self.stage.db.connect().await, &alter).await;
    }

    /// What RDS would keep in the secret.
    async fn content(&self, password: &str) -> Value {
        let port = self
            .stage
            .count("select setting::int8 from pg_settings where name = 'port'")
            .await;
        let options = self.stage.db.options();
        json!({
            "engine": "postgres", "host": "127.0.0.1", "port": port, "username": self.login,
            "password": password, "dbname": options.get_database(),
        })
    }

    fn function(&self) -> Function {
        Function::new(binary(JOB), JOB)
            .env("DATABASE_SECRET_ID", &self.secret)
            .env("AWS_ENDPOINT_URL", &moto())
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
    }

    async fn drop(self) {
        let drop = format!("drop role {}", self.login);
        execute(&mut self.stage.db.connect().await, &drop).await;
    }
}

fn moto() -> String {
    std::env::var("MOTO_URL").expect("MOTO_URL is not set: run the tests with `cargo xtask test`")
}

/// One call of Secrets Manager's API.
async fn call(action: &str, body: Value) {
    let host = moto().trim_start_matches("http://").to_owned();
    let body = body.to_string();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.1\r\n\
         X-Amz-Target: secretsmanager.{action}\r\nContent-Length: {}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=testing/20260101/eu-central-1/secretsmanager/aws4_request\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(&host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{action}: {answer}");
}

async fn create(secret: &str, text: &str) {
    call(
        "CreateSecret",
        json!({"Name": secret, "SecretString": text, "ClientRequestToken": Uuid::new_v4()}),
    )
    .await;
}

async fn put(secret: &str, text: &str) {
    call(
        "PutSecretValue",
        json!({"SecretId": secret, "SecretString": text, "ClientRequestToken": Uuid::new_v4()}),
    )
    .await;
}

#[tokio::test]
async fn a_rotated_password_works_in_the_next_run_without_a_restart() {
    let vault = Vault::new().await;
    vault.set_password("first").await;
    create(&vault.secret, &vault.content("first").await.to_string()).await;
    let function = vault.function();
    let cold = checked(JOB, function.invoke(&rule_with_id(JOB, "1")).await.unwrap());
    assert_eq!(cold.answer().unwrap()["status"], "succeeded");

    vault.set_password("second").await;
    put(&vault.secret, &vault.content("second").await.to_string()).await;
    let warm = checked(JOB, function.invoke(&rule_with_id(JOB, "2")).await.unwrap());
    assert_eq!(warm.answer().unwrap()["status"], "succeeded");
    assert!(
        warm.cold_start.is_none(),
        "the same process read the secret again"
    );

    // Rotated in the database alone: the secret is as wrong as what is in memory.
    vault.set_password("third").await;
    let refused = checked(JOB, function.invoke(&rule_with_id(JOB, "3")).await.unwrap());
    let (kind, message) = error(&refused);
    assert_eq!(kind, "Failed");
    assert_eq!(
        message,
        "connect to the database: the database refused the login (SQLSTATE 28P01)"
    );
    drop(function);
    vault.drop().await;
}

#[tokio::test]
async fn a_secret_that_is_missing_or_malformed_is_named_and_never_quoted() {
    let vault = Vault::new().await;
    let message = |text: &str| format!("read the secret {}: {text}", vault.secret);
    let said = async || {
        let failed = checked(
            JOB,
            vault.function().invoke(&rule_with_id(JOB, "1")).await.unwrap(),
        );
        error(&failed).1.to_owned()
    };
    assert_eq!(said().await, message("ResourceNotFoundException"));
    create(&vault.secret, "correct-horse").await;
    for text in [
        "correct-horse",
        "{\"password\":\"correct-horse\"}",
        "[\"correct-horse\"]",
    ] {
        put(&vault.secret, text).await;
        let said = said().await;
        assert!(
            said.starts_with(&message(
                "it must be JSON with the texts host, username and password"
            )),
            "{said}"
        );
    }
    let mut content = vault.content("correct-horse").await;
    content["port"] = json!("correct-horse");
    put(&vault.secret, &content.to_string()).await;
    assert_eq!(said().await, message("port must be a number"));
    vault.drop().await;
}
