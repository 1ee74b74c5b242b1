mod place;

use std::{sync::Arc, time::Duration};

use reqwest::header::HeaderMap;
use tokio::sync::Notify;

use super::*;
use crate::delivery::testing::{
    OTHER_SECRET, SECRET, discreet, hook,
    http::{Answer, Receiver, Request, status},
    noon, send, while_silent,
};

fn channel() -> Webhook {
    Webhook::new(AppEnv::Development, None).unwrap()
}

async fn sent_to(receiver: &Receiver) -> Outcome {
    send(&channel(), &hook(receiver.url("/hidden/path?hidden=1"))).await
}

fn sent() -> Outcome {
    Outcome::Sent { reference: None }
}

fn again(why: &str) -> Outcome {
    Outcome::again(why)
}

fn never(why: &str) -> Outcome {
    Outcome::never(why)
}

/// Whether the standard's reference implementation takes a request for genuine.
fn is_genuine(request: &Request, secret: &str) -> bool {
    let mut headers = HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, request.headers[name].parse().unwrap());
    }
    let webhook = standardwebhooks::Webhook::new(secret).unwrap();
    webhook.verify(request.body.as_bytes(), &headers).is_ok()
}

#[tokio::test]
async fn a_webhook_is_its_payload_signed_by_the_standard() {
    let receiver = Receiver::always(status("200 OK")).await;
    let mut message = hook(receiver.url("/hidden/path?hidden=1"));
    // The reference implementation looks at the machine's clock.
    let now = shared::clock::now();
    assert_eq!(channel().send(&message, now).await, sent());
    let request = &receiver.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/hidden/path?hidden=1")
    );
    assert_eq!(request.body, message.payload.to_string());
    for (name, value) in [
        ("content-type", "application/json"),
        ("user-agent", "Nightshift/0.1.0"),
        ("webhook-id", "01930000-0000-7000-8000-000000000001"),
        ("webhook-timestamp", &now.timestamp().to_string()),
    ] {
        assert_eq!(request.headers[name], value);
    }
    assert!(is_genuine(request, SECRET) && !is_genuine(request, OTHER_SECRET));

    // While receivers change over, both secrets sign.
    if let Some(endpoint) = &mut message.endpoint {
        endpoint.previous_secret = Some(SECRET.into());
        endpoint.secret = OTHER_SECRET.into();
    }
    assert_eq!(channel().send(&message, now).await, sent());
    let request = &receiver.requests()[1];
    assert!(is_genuine(request, SECRET) && is_genuine(request, OTHER_SECRET));
    let signatures = &request.headers["webhook-signature"];
    assert_eq!(signatures.matches("v1,").count(), 2, "{signatures}");
}

#[tokio::test]
async fn outside_development_only_sealed_secrets_sign() {
    let receiver = Receiver::always(status("200 OK")).await;
    let key = || SealingKey::read("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap();
    // A guard of development, so that the receiver on this machine is reached.
    let webhook = Webhook::with(Guard::new(System, true), http::client(), Some(key()), false).unwrap();
    let mut message = hook(receiver.url("/"));
    let why = "its endpoint's secret is not sealed, as it must be outside development";
    assert_eq!(send(&webhook, &message).await, never(why));
    if let Some(endpoint) = &mut message.endpoint {
        endpoint.secret = key().seal(SECRET).unwrap();
    }
    assert_eq!(
        discreet(webhook.send(&message, shared::clock::now()).await),
        sent()
    );
    assert!(is_genuine(&receiver.requests()[0], SECRET));
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn what_a_receiver_answers_decides() {
    let who = "the webhook's receiver";
    for (answer, expected) in [
        ("204 No Content", sent()),
        ("202 Accepted", sent()),
        ("400 Bad Request", never(&format!("{who} answered HTTP 400"))),
        ("401 Unauthorized", never(&format!("{who} answered HTTP 401"))),
        ("404 Not Found", never(&format!("{who} answered HTTP 404"))),
        (
            "410 Gone",
            Outcome::Gone {
                why: format!("{who} answered HTTP 410: it is there no more"),
            },
        ),
        ("408 Request Timeout", again(&format!("{who} answered HTTP 408"))),
        ("425 Too Early", again(&format!("{who} answered HTTP 425"))),
        (
            "429 Too Many Requests",
            again(&format!("{who} answered HTTP 429")),
        ),
        (
            "500 Internal Server Error",
            again(&format!("{who} answered HTTP 500")),
        ),
        (
            "503 Service Unavailable",
            again(&format!("{who} answered HTTP 503")),
        ),
    ] {
        let receiver = Receiver::always(status(answer)).await;
        assert_eq!(sent_to(&receiver).await, expected, "{answer}");
        assert_eq!(
            receiver.requests().len(),
            1,
            "{answer}: one attempt is one request"
        );
    }
}

#[tokio::test]
async fn a_receiver_that_wants_to_be_left_alone_says_for_how_long() {
    for (head, seconds) in [
        ("429 Too Many Requests\r\nretry-after: 120", 120),
        ("429 Too Many Requests\r\nretry-after: 86400", 3600),
        (
            "429 Too Many Requests\r\nretry-after: Sun, 22 Nov 2026 12:00:45 GMT",
            45,
        ),
        ("503 Service Unavailable\r\nretry-after: 30", 30),
    ] {
        let receiver = Receiver::always(status(head)).await;
        let Outcome::Again { after, .. } = sent_to(&receiver).await else {
            panic!("{head}")
        };
        assert_eq!(after, Some(Duration::from_secs(seconds)), "{head}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Receiver::always(status("200 OK")).await;
    let head = format!("307 Temporary Redirect\r\nlocation: {}", elsewhere.url("/quoted"));
    let receiver = Receiver::always(status(&head)).await;
    let why = "the webhook's receiver redirects (HTTP 307), which is not followed";
    assert_eq!(sent_to(&receiver).await, never(why));
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_cut_before_the_answer_is_tried_again_with_the_same_id() {
    let cut = "the webhook's receiver cut the connection before it answered";
    for broken in [
        Answer::Cut,
        Answer::Raw("HTTP/1.1 2".into()),
        Answer::Raw("quoted nonsense\r\n\r\n".into()),
    ] {
        let receiver = Receiver::start(move |before| match before {
            0 => broken.clone(),
            _ => status("200 OK"),
        })
        .await;
        let (channel, message) = (channel(), hook(receiver.url("/hidden")));
        assert_eq!(send(&channel, &message).await, again(cut));
        assert_eq!(send(&channel, &message).await, sent());
        let ids: Vec<String> = receiver
            .requests()
            .iter()
            .map(|request| request.headers["webhook-id"].clone())
            .collect();
        assert_eq!(ids, [message.id.to_string(), message.id.to_string()]);
    }
}

#[tokio::test]
async fn a_receiver_that_hangs_costs_no_more_than_the_deadline() {
    let receiver = Receiver::always(Answer::Hang).await;
    let outcome = while_silent(receiver.silent(), sent_to(&receiver)).await;
    assert_eq!(
        outcome,
        again("the webhook's receiver did not answer within 15 s")
    );
    let receiver = Receiver::always(Answer::Stall("HTTP/1.1 200 OK\r\ncontent-le".into())).await;
    let outcome = while_silent(receiver.silent(), sent_to(&receiver)).await;
    assert_eq!(
        outcome,
        again("the webhook's receiver did not answer within 15 s")
    );
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_none_and_the_next_attempt_has_the_same_id() {
    let told = Arc::new(Notify::new());
    let late = Answer::Late(Arc::clone(&told));
    let receiver = Receiver::start(move |before| match before {
        0 => late.clone(),
        _ => status("200 OK"),
    })
    .await;
    let (channel, message) = (channel(), hook(receiver.url("/")));
    let outcome = while_silent(receiver.silent(), send(&channel, &message)).await;
    assert_eq!(
        outcome,
        again("the webhook's receiver did not answer within 15 s")
    );
    told.notify_one();
    assert_eq!(send(&channel, &message).await, sent());
    let [first, second] = &receiver.requests()[..] else {
        panic!("two attempts are two requests")
    };
    assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
    assert_eq!(
        receiver.connections(),
        2,
        "the late answer is not taken for the next one's"
    );
}

#[tokio::test]
async fn a_body_changes_nothing_and_is_not_read_to_its_end() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n";
    let receiver = Receiver::always(Answer::Endless(head.into())).await;
    assert_eq!(sent_to(&receiver).await, sent());
    // What is written and not read waits in the kernel's buffers.
    assert!(receiver.written() < 32 * 1024 * 1024, "{}", receiver.written());
    let receiver = Receiver::always(Answer::Stall(head.into())).await;
    assert_eq!(while_silent(receiver.silent(), sent_to(&receiver)).await, sent());
    let receiver = Receiver::always(Answer::Raw(format!("{head}broken off"))).await;
    assert_eq!(sent_to(&receiver).await, sent());
    let failed = head.replace("200 OK", "500 Oh");
    let receiver = Receiver::always(Answer::Raw(failed)).await;
    assert_eq!(
        sent_to(&receiver).await,
        again("the webhook's receiver answered HTTP 500")
    );
}

#[tokio::test]
async fn one_connection_serves_several_messages() {
    let receiver = Receiver::always(status("200 OK")).await;
    let (channel, message) = (channel(), hook(receiver.url("/")));
    for _ in 0..10 {
        assert_eq!(send(&channel, &message).await, sent());
    }
    assert_eq!((receiver.requests().len(), receiver.connections()), (10, 1));
}

#[tokio::test]
async fn sending_at_noon_says_so() {
    let receiver = Receiver::always(status("200 OK")).await;
    assert_eq!(sent_to(&receiver).await, sent());
    let timestamp = noon().timestamp().to_string();
    assert_eq!(receiver.requests()[0].headers["webhook-timestamp"], timestamp);
}
