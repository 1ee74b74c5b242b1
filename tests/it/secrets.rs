//! Where the password of the database comes from: moto's Secrets Manager, or an endpoint that answers as AWS does
//! where moto does not, and a PostgreSQL that asks for passwords.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use demo::runtime_api::Function;
use serde_json::{Value, json};
use shared::testing::execute;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpSocket, TcpStream},
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
    secret: String,
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
    async fn put(&self, content: Value) {
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
    fn function_at(&self, endpoint: &str) -> Function {
        Function::new(binary(JOB), JOB)
            .env("DATABASE_SECRET_ID", &self.secret)
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
    }

    /// What a new sandbox says about the secret, with Secrets Manager at this address.
    async fn refusal(&self, endpoint: &str) -> String {
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

fn moto() -> String {
    std::env::var("MOTO_URL").expect("MOTO_URL is not set: run the tests with `cargo xtask test`")
}

/// One call of Secrets Manager's API.
async fn call(action: &str, body: Value) {
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

/// An address of Secrets Manager where requests are counted.
struct Endpoint {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Endpoint {
    /// Hands every request on to moto.
    async fn of_moto() -> Self {
        Self::new(None).await
    }

    /// Answers every request with an error in AWS's form.
    async fn refusing(code: &str, message: &str) -> Self {
        let body = json!({"__type": code, "Message": message}).to_string();
        let head =
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.1\r\nConnection: close";
        Self::new(Some(format!(
            "{head}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )))
        .await
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

    fn asked(&self) -> usize {
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

#[tokio::test]
async fn a_secret_is_read_as_rds_and_other_tools_write_it() {
    let vault = Vault::new().await;
    vault.set_password("correct-horse").await;
    let content = vault.content("correct-horse").await;
    vault.create(&content.to_string()).await;
    let port = content["port"].to_string();
    for (id, field, value) in [
        ("1", "port", content["port"].clone()),
        ("2", "port", json!(port)),
        ("3", "host", json!("localhost")),
    ] {
        let mut content = content.clone();
        content[field] = value;
        vault.put(json!({"SecretString": content.to_string()})).await;
        let invocation = vault.function().invoke(&rule_with_id(JOB, id)).await;
        let invocation = checked(JOB, invocation.unwrap());
        assert_eq!(invocation.answer().unwrap()["total"], 10, "{content}");
    }
    vault.drop().await;
}

#[tokio::test]
async fn a_secret_is_asked_for_once_until_it_is_too_old() {
    let vault = Vault::new().await;
    vault.set_password("correct-horse").await;
    vault
        .create(&vault.content("correct-horse").await.to_string())
        .await;
    // A run opens two connections: one to work on, one for its lock.
    for (max_age, asked) in [("300", [1, 1]), ("0", [2, 4])] {
        let endpoint = Endpoint::of_moto().await;
        let function = vault
            .function_at(&endpoint.url)
            .env("SECRET_MAX_AGE_SECONDS", max_age);
        for (nth, asked) in asked.into_iter().enumerate() {
            let id = format!("{max_age} {nth}");
            let invocation = checked(JOB, function.invoke(&rule_with_id(JOB, &id)).await.unwrap());
            assert_eq!(invocation.answer().unwrap()["status"], "succeeded");
            assert_eq!(invocation.cold_start.is_some(), nth == 0);
            assert_eq!(
                endpoint.asked(),
                asked,
                "at most {max_age} s old, invocation {nth}"
            );
        }
    }
    vault.drop().await;
}

#[tokio::test]
async fn a_rotated_password_works_in_the_next_run_without_a_restart() {
    let vault = Vault::new().await;
    vault.set_password("first").await;
    vault.create(&vault.content("first").await.to_string()).await;
    let function = vault.function();
    let cold = checked(JOB, function.invoke(&rule_with_id(JOB, "1")).await.unwrap());
    assert_eq!(cold.answer().unwrap()["status"], "succeeded");

    vault.set_password("second").await;
    let second = vault.content("second").await.to_string();
    vault.put(json!({"SecretString": second})).await;
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
    assert_eq!(
        vault.refusal(&moto()).await,
        "ResourceNotFoundException: no secret of that name has a value in the function's account and region"
    );
    vault.create("correct-horse").await;
    let form = "it must be JSON with the texts host, username and password (port and dbname if they differ from 5432 and postgres)";
    let mut port = vault.content("correct-horse").await;
    port["port"] = json!("correct-horse");
    for (content, message) in [
        (json!({"SecretString": "correct-horse"}), form),
        (json!({"SecretString": "{\"password\":\"correct-horse\"}"}), form),
        (json!({"SecretString": "[\"correct-horse\"]"}), form),
        (json!({"SecretString": port.to_string()}), "port must be a number"),
        // correct-horse in base64.
        (
            json!({"SecretBinary": "Y29ycmVjdC1ob3JzZQ=="}),
            "it is binary; store it as text (SecretString)",
        ),
    ] {
        vault.put(content.clone()).await;
        assert_eq!(vault.refusal(&moto()).await, message, "{content}");
    }
    call("DeleteSecret", json!({"SecretId": vault.secret})).await;
    assert_eq!(
        vault.refusal(&moto()).await,
        "InvalidRequestException: it is marked for deletion; restore it"
    );
    vault.drop().await;
}

#[tokio::test]
async fn a_secret_that_is_denied_is_asked_for_once_and_the_missing_permission_named() {
    let vault = Vault::new().await;
    for (code, message, said) in [
        (
            "AccessDeniedException",
            "User: arn:aws:sts::123456789012:assumed-role/zebulon/at-risk-detection is not authorized to perform: \
             secretsmanager:GetSecretValue on resource: nightshift/database",
            "AccessDeniedException: the role needs secretsmanager:GetSecretValue on it, and kms:Decrypt where its key \
             is your own",
        ),
        (
            "DecryptionFailure",
            "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
            "DecryptionFailure: look whether its KMS key is enabled and the role has kms:Decrypt on it",
        ),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "UnrecognizedClientException",
        ),
    ] {
        let endpoint = Endpoint::refusing(code, message).await;
        assert_eq!(vault.refusal(&endpoint.url).await, said);
        assert_eq!(endpoint.asked(), 1, "{code} does not pass");
    }
    vault.drop().await;
}

#[tokio::test]
async fn secrets_manager_out_of_reach_ends_the_invocation_soon_and_says_what_a_vpc_needs() {
    let vault = Vault::new().await;
    // Bound, so that nobody else gets the port, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let function = vault.function_at(&format!("http://{}", socket.local_addr().unwrap()));
    let failed = checked(JOB, function.invoke(&rule_with_id(JOB, "1")).await.unwrap());
    let message = format!(
        "read the secret {}: no answer from Secrets Manager in 3 attempts of at most 5 s; a function in a VPC needs a NAT \
         gateway or an interface endpoint for it",
        vault.secret
    );
    assert_eq!(error(&failed), ("Failed", message.as_str()));
    assert!(failed.duration < Duration::from_secs(18), "{:?}", failed.duration);
    vault.drop().await;
}

#[tokio::test]
async fn a_process_without_credentials_or_a_region_is_told_to_have_them() {
    for variable in ["AWS_ACCESS_KEY_ID", "AWS_REGION"] {
        let function = Function::new(binary(JOB), JOB)
            .env("DATABASE_SECRET_ID", "nightshift/database")
            // Or they would be asked for at an address that is not this machine's.
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .env(variable, "");
        let failed = checked(JOB, function.invoke(&rule_with_id(JOB, "1")).await.unwrap());
        let message = "read the secret nightshift/database: the call could not be made; give the process AWS \
                       credentials and a region";
        assert_eq!(error(&failed), ("Failed", message), "without {variable}");
    }
}
