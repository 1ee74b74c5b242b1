//! What the tests of secrets and of TLS share: a login with a password, the secret that holds it in moto's Secrets
//! Manager, and an endpoint that counts requests or answers as AWS does where moto does not.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use demo::runtime_api::Function;
use serde_json::{Value, json};
use shared::testing::execute;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

use crate::{
    log::{checked, error},
    stage::{Stage, binary, rule_with_id},
};

pub const JOB: &str = "at-risk-detection";

/// A database login with a password, and the secret that holds it.
pub struct Vault {
    pub stage: Stage,
    pub login: String,
    pub secret: String,
}

impl Vault {
    pub async fn new() -> Self {
        let (stage, id) = (Stage::new().await, Uuid::new_v4().simple());
        let (login, secret) = (format!("rotated_{id}"), format!("nightshift/{id}"));
        let create = format!("create role {login} login in role nightshift_job");
        execute(&mut stage.db.connect().await, &create).await;
        Self { stage, login, secret }
    }

    /// Sets the login's password in the database, and says so nowhere.
    pub async fn set_password(&self, password: &str) {
        let alter = format!("alter role {} password '{password}'", self.login);
        execute(&mut self.stage.db.connect().await, &alter).await;
    }

    /// Where PostgreSQL listens at 127.0.0.1.
    pub async fn port(&self) -> u16 {
        let port = "select setting::int8 from pg_settings where name = 'port'";
        self.stage.count(port).await.try_into().unwrap()
    }

    /// What RDS would keep in the secret.
    pub async fn content(&self, password: &str) -> Value {
        let options = self.stage.db.options();
        json!({
            "engine": "postgres", "host": "127.0.0.1", "port": self.port().await, "username": self.login,
            "password": password, "dbname": options.get_database(), "dbInstanceIdentifier": "nightshift",
        })
    }

    /// Makes the secret.
    pub async fn create(&self, text: &str) {
        let body = json!({"Name": self.secret, "SecretString": text, "ClientRequestToken": Uuid::new_v4()});
        call("CreateSecret", body).await;
    }

    /// Gives the secret another content: the fields of a PutSecretValue.
    pub async fn put(&self, content: Value) {
        let mut body = json!({"SecretId": self.secret, "ClientRequestToken": Uuid::new_v4()});
        body.as_object_mut()
            .unwrap()
            .extend(content.as_object().unwrap().clone());
        call("PutSecretValue", body).await;
    }

    pub fn function(&self) -> Function {
        self.function_at(&moto())
    }

    /// The function, with Secrets Manager at this address.
    pub fn function_at(&self, endpoint: &str) -> Function {
        Function::new(binary(JOB), JOB)
            .env("DATABASE_SECRET_ID", &self.secret)
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
    }

    /// What a new sandbox says about the secret, with Secrets Manager at this address.
    pub async fn refusal(&self, endpoint: &str) -> String {
        let failed = self.function_at(endpoint).invoke(&rule_with_id(JOB, "1")).await;
        let failed = checked(JOB, failed.unwrap());
        let (kind, message) = error(&failed);
        assert_eq!(kind, "Failed");
        let beginning = format!("read the secret {}: ", self.secret);
        message.strip_prefix(&beginning).expect(message).to_owned()
    }

    pub async fn drop(self) {
        let drop = format!("drop role {}", self.login);
        execute(&mut self.stage.db.connect().await, &drop).await;
    }
}

/// Where moto listens.
pub fn moto() -> String {
    std::env::var("MOTO_URL").expect("MOTO_URL is not set: run the tests with `cargo xtask test`")
}

/// One call of Secrets Manager's API.
pub async fn call(action: &str, body: Value) {
    let body = body.to_string();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: moto\r\nContent-Type: application/x-amz-json-1.1\r\n\
         X-Amz-Target: secretsmanager.{action}\r\nContent-Length: {}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=testing/20260101/eu-central-1/secretsmanager/aws4_request\r\n\r\n{body}",
        body.len()
    );
    let answer = ask_moto(&request).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{action}: {answer}");
}

/// Moto's answer to an HTTP request.
async fn ask_moto(request: &str) -> String {
    let mut stream = TcpStream::connect(moto().trim_start_matches("http://"))
        .await
        .unwrap();
    let request = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// An address of an AWS service where requests are counted.
pub struct Endpoint {
    pub url: String,
    asked: Arc<AtomicUsize>,
}

impl Endpoint {
    /// Hands every request on to moto.
    pub async fn of_moto() -> Self {
        Self::new(None).await
    }

    /// Answers every request with an error in AWS's form.
    pub async fn refusing(code: &str, message: &str) -> Self {
        let body = json!({"__type": code, "Message": message}).to_string();
        let head =
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.1\r\nConnection: close";
        Self::new(Some(format!(
            "{head}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )))
        .await
    }

    /// Takes every request and says no more.
    pub async fn accepting() -> Self {
        let answer = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        Self::new(Some(answer.to_owned())).await
    }

    async fn new(answer: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        tokio::spawn(async move {
            loop {
                let mut stream = BufReader::new(listener.accept().await.unwrap().0);
                let request = read_request(&mut stream).await;
                count.fetch_add(1, Ordering::Relaxed);
                let answer = match &answer {
                    Some(answer) => answer.clone(),
                    None => ask_moto(&request).await,
                };
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, asked }
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> String {
    let (mut request, mut length) = (String::new(), 0);
    while !request.ends_with("\r\n\r\n") {
        let mut line = String::new();
        assert_ne!(
            stream.read_line(&mut line).await.unwrap(),
            0,
            "a request ends: {request}"
        );
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        request += &line;
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    request + &String::from_utf8(body).unwrap()
}
