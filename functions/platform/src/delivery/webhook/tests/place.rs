//! Where webhooks go, and where they do not.

use std::{
    collections::VecDeque,
    io,
    net::IpAddr,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use reqwest::Certificate;
use tokio::net::TcpSocket;

use super::*;
use crate::delivery::{guard::Lookup, testing::Authority};

#[tokio::test]
async fn where_nobody_listens_it_is_tried_again() {
    let message = hook("http://127.0.0.1:1/hidden".into());
    // A port that is taken, and does not listen.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    let silent = hook(format!("http://127.0.0.1:{port}/hidden"));
    assert_eq!(
        send(&channel(), &message).await,
        never("its URL names a port that is not the web's")
    );
    let unreachable = again("the webhook's receiver could not be reached");
    assert_eq!(send(&channel(), &silent).await, unreachable);
    let unknown = Webhook::with(Guard::new(Unknown, true), http::client(), None, true).unwrap();
    assert_eq!(
        send(&unknown, &hook("https://hidden.example.com/".into())).await,
        unreachable
    );
}

/// A resolver that knows no name.
struct Unknown;

impl Lookup for Unknown {
    fn lookup<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async { Err(io::Error::other("no such host: hidden.example.com")) })
    }
}

#[tokio::test]
async fn nothing_is_sent_without_an_endpoint() {
    let receiver = Receiver::always(status("200 OK")).await;
    let mut message = hook(receiver.url("/"));
    message.endpoint = None;
    assert_eq!(
        send(&channel(), &message).await,
        never("its webhook endpoint is there no more")
    );
    assert_eq!(receiver.connections(), 0);
}

/// Gives each lookup its next answer, and counts them.
struct Fickle {
    answers: Mutex<VecDeque<Vec<&'static str>>>,
    asked: Arc<AtomicUsize>,
}

impl Lookup for Fickle {
    fn lookup<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let answer = self.answers.lock().unwrap().pop_front().unwrap();
        let answer = answer.iter().map(|text| text.parse().unwrap()).collect();
        Box::pin(async move { Ok(answer) })
    }
}

#[tokio::test]
async fn a_name_is_resolved_once_and_only_what_was_looked_at_is_spoken_to() {
    let receiver = Receiver::always(Answer::Raw(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".into(),
    ))
    .await;
    let asked = Arc::new(AtomicUsize::new(0));
    let answers = [
        vec!["127.0.0.1"],
        vec!["169.254.169.254"],
        vec!["127.0.0.1", "10.0.0.1"],
        vec!["93.184.215.14", "::ffff:10.0.0.1"],
    ];
    let fickle = Fickle {
        answers: Mutex::new(answers.into()),
        asked: Arc::clone(&asked),
    };
    let channel = Webhook::with(Guard::new(fickle, true), http::client(), None, true).unwrap();
    let message = hook(format!("http://hidden.example.com:{}/", receiver.port));
    assert_eq!(send(&channel, &message).await, sent());
    assert_eq!(
        receiver.requests()[0].headers["host"],
        format!("hidden.example.com:{}", receiver.port)
    );
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    for _ in 0..3 {
        let why = "its URL leads to an address that is not public";
        assert_eq!(send(&channel, &message).await, never(why));
    }
    assert_eq!(asked.load(Ordering::Relaxed), 4);
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn outside_development_this_machine_is_refused_by_name_and_by_address() {
    let receiver = Receiver::always(status("200 OK")).await;
    let channel = Webhook::new(AppEnv::Production, None).unwrap();
    let why = "its URL leads to an address that is not public";
    for host in ["127.0.0.1", "[::1]", "2130706433"] {
        let message = hook(format!("https://{host}:{}/", receiver.port));
        assert_eq!(send(&channel, &message).await, never(why), "{host}");
    }
    // By name it is found out when the name is resolved, which is after the secret was read.
    let key = SealingKey::read("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap();
    let mut message = hook(format!("https://localhost:{}/", receiver.port));
    if let Some(endpoint) = &mut message.endpoint {
        endpoint.secret = key.seal(SECRET).unwrap();
    }
    let channel = Webhook::new(AppEnv::Production, Some(key)).unwrap();
    assert_eq!(send(&channel, &message).await, never(why));
    let message = hook(receiver.url("/"));
    assert_eq!(send(&channel, &message).await, never("its URL is not https"));
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_certificate_is_checked() {
    let authority = Authority::new();
    let trusting = || http::client().tls_certs_merge([Certificate::from_pem(&authority.pem()).unwrap()]);
    let to = |receiver: &Receiver| hook(format!("https://localhost:{}/", receiver.port));
    let with = |client| Webhook::with(Guard::new(System, true), client, None, true).unwrap();
    let receiver = Receiver::with_tls(|_| status("200 OK"), Some(authority.acceptor("localhost"))).await;
    assert_eq!(send(&with(trusting()), &to(&receiver)).await, sent());
    let unreachable = again("the webhook's receiver could not be reached");
    assert_eq!(
        send(&with(http::client()), &to(&receiver)).await,
        unreachable,
        "an unknown authority"
    );
    let other = Receiver::with_tls(|_| status("200 OK"), Some(authority.acceptor("other.test"))).await;
    assert_eq!(
        send(&with(trusting()), &to(&other)).await,
        unreachable,
        "another's certificate"
    );
    assert_eq!((receiver.requests().len(), other.requests().len()), (1, 0));
}
