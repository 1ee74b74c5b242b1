//! What Lambda is asked, and what is said when it does not take it.

use std::sync::{Arc, Mutex};

use aws_sdk_lambda::config::{Credentials, Region, retry::RetryConfig};
use serde_json::json;
use shared::{
    job::Limit,
    request::{Request, Trigger},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::*;

/// A receiver of HTTP requests that gives each the same answer and leaves; without one it just leaves.
struct Receiver {
    url: String,
    /// Heads and bodies.
    requests: Arc<Mutex<Vec<(String, String)>>>,
}

impl Receiver {
    async fn always(answer: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<_>>>::default();
        let (answer, kept) = (answer.to_owned(), requests.clone());
        tokio::spawn(async move {
            loop {
                let mut client = BufReader::new(listener.accept().await.unwrap().0);
                let request = read(&mut client).await;
                kept.lock().unwrap().push(request);
                client.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, requests }
    }
}

async fn read(client: &mut BufReader<TcpStream>) -> (String, String) {
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        client.read_line(&mut line).await.unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head += &line;
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body).await.unwrap();
    (head, String::from_utf8(body).unwrap())
}

fn start(job: &str, tenant: Option<&str>) -> Start {
    Start {
        job: job.into(),
        key: "missed:x".into(),
        as_of: "2026-02-03T02:00:00Z".parse().unwrap(),
        tenant: tenant.map(Into::into),
        reason: "started by watchdog".into(),
    }
}

/// Lambda as the receiver plays it, asked once.
async fn lambda(receiver: &Receiver) -> Starter {
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(aws_sdk_lambda::config::BehaviorVersion::latest())
        .endpoint_url(&receiver.url)
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("testing", "testing", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .build();
    Starter::Lambda {
        prefix: "nightshift-".into(),
        client: Box::new(OnceCell::new_with(Some(Client::from_conf(config)))),
    }
}

#[tokio::test]
async fn lambda_is_asked_to_invoke_the_jobs_function_and_not_to_wait() {
    let receiver =
        Receiver::always("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    let starts = [
        start("commitment-scores", None),
        start("expire-offers", Some("acme")),
    ];
    let started = lambda(&receiver).await.start(&starts).await;
    assert!(started.iter().all(Result::is_ok), "{started:?}");
    let mut requests = receiver.requests.lock().unwrap().clone();
    requests.sort_unstable();
    let asked: Vec<_> = requests
        .iter()
        .map(|(head, body)| {
            let is_event = head
                .to_lowercase()
                .contains("\r\nx-amz-invocation-type: event\r\n");
            (
                head.lines().next().unwrap(),
                is_event,
                serde_json::from_str(body).unwrap(),
            )
        })
        .collect();
    let common = json!({"key": "missed:x", "asOf": "2026-02-03T02:00:00Z", "reason": "started by watchdog"});
    let mut scoped = common.clone();
    scoped["tenant"] = json!("acme");
    assert_eq!(
        asked,
        [
            (
                "POST /2015-03-31/functions/nightshift-commitment-scores/invocations HTTP/1.1",
                true,
                common
            ),
            (
                "POST /2015-03-31/functions/nightshift-expire-offers/invocations HTTP/1.1",
                true,
                scoped
            ),
        ]
    );
}

#[test]
fn what_is_asked_is_a_direct_request() {
    let start = start("expire-offers", Some("acme"));
    let request = Request::direct(Trigger::Invoke, &start.request(), Limit::OfRun).unwrap();
    assert_eq!(
        (request.key, request.as_of, request.tenant, request.reason),
        (
            Some(start.key),
            Some(start.as_of),
            start.tenant,
            Some(start.reason)
        )
    );
}

#[tokio::test]
async fn a_refusal_is_told_by_its_code_and_remedy_and_never_by_its_message() {
    for (line, code, said) in [
        (
            "403 Forbidden",
            "AccessDeniedException",
            "AccessDeniedException: the role needs lambda:InvokeFunction on it",
        ),
        (
            "404 Not Found",
            "ResourceNotFoundException",
            "ResourceNotFoundException: no function has this name in the account and region",
        ),
        (
            "429 Too Many Requests",
            "TooManyRequestsException",
            "TooManyRequestsException",
        ),
    ] {
        let body = r#"{"Message":"User: arn:aws:sts::123456789012:x"}"#;
        let answer = format!(
            "HTTP/1.1 {line}\r\nContent-Type: application/json\r\nx-amzn-ErrorType: {code}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
        let receiver = Receiver::always(&answer).await;
        let started = lambda(&receiver)
            .await
            .start(&[start("commitment-scores", None)])
            .await;
        let why = started[0].as_ref().unwrap_err().to_string();
        assert_eq!(why, format!("invoke nightshift-commitment-scores: {said}"));
    }
    let receiver = Receiver::always("").await;
    let started = lambda(&receiver)
        .await
        .start(&[start("commitment-scores", None)])
        .await;
    let why = started[0].as_ref().unwrap_err().to_string();
    assert!(why.contains("no answer from Lambda"), "{why}");
}
