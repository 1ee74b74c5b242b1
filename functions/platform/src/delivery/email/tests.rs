mod tls;

use super::*;
use crate::delivery::{
    email::settings::sender,
    testing::{
        mail, send,
        smtp::{Act, Smtp},
        while_silent,
    },
};

/// The steps of a dialogue in clear and without a login.
const STEPS: [(&str, &str); 6] = [
    ("connect", "the connection"),
    ("EHLO", "the connection"),
    ("MAIL", "the sender"),
    ("RCPT", "the recipient"),
    ("DATA", "the announcement of the message"),
    (".", "the message"),
];

fn settings(server: &Smtp) -> SmtpSettings {
    SmtpSettings {
        host: "localhost".into(),
        port: server.port,
        security: Security::Plain,
        login: None,
        from: sender("Nightshift <no-reply@example.com>").unwrap(),
        authorities: None,
        is_development: true,
    }
}

fn channel(server: &Smtp) -> Email {
    Email::new(settings(server)).unwrap()
}

fn sent() -> Outcome {
    Outcome::Sent {
        reference: Some("2.0.0 Ok: queued as 4F2A".into()),
    }
}

fn again(why: impl Into<String>) -> Outcome {
    Outcome::again(why)
}

fn closed(why: impl Into<String>) -> Outcome {
    Outcome::closed(why)
}

/// What a failure means that may pass: until the message's part of the dialogue begins, that nothing can be sent.
fn later(step: &str, why: String) -> Outcome {
    match step {
        "connect" | "EHLO" => closed(why),
        _ => again(why),
    }
}

fn never(why: &str) -> Outcome {
    Outcome::never(why)
}

/// A server that does one thing when it is at a step for the first time.
async fn once(at: &'static str, act: Act) -> Smtp {
    Smtp::start(move |step, before| match step == at && before == 0 {
        true => act,
        false => Act::Go,
    })
    .await
}

#[tokio::test]
async fn a_message_is_taken_as_it_was_written() {
    let server = Smtp::start(|_, _| Act::Go).await;
    let mut message = mail();
    message.subject = "Gr\u{fc}\u{df}e".into();
    message.body_text = ".\n..dots\nlast".into();
    assert_eq!(send(&channel(&server), &message).await, sent());
    let [taken] = &server.mails()[..] else {
        panic!("one message, sent once")
    };
    assert_eq!(
        (taken.from.as_str(), taken.to.as_str()),
        ("FROM:<no-reply@example.com>", "TO:<ann@example.com>")
    );
    for (name, value) in [
        ("From", "Nightshift <no-reply@example.com>"),
        ("To", "ann@example.com"),
        ("Subject", "=?utf-8?b?R3LDvMOfZQ==?="),
        ("Date", "Sun, 22 Nov 2026 12:00:00 +0000"),
        ("Message-ID", "<01930000-0000-7000-8000-000000000001@example.com>"),
        ("MIME-Version", "1.0"),
    ] {
        assert_eq!(taken.header(name).as_deref(), Some(value), "{name}");
    }
    assert!(
        taken
            .header("Content-Type")
            .unwrap()
            .starts_with("multipart/alternative; boundary=")
    );
    assert!(taken.data.contains("\r\n.\r\n..dots\r\nlast"), "{}", taken.data);
    assert!(taken.data.contains("<p>The hidden HTML.</p>"));
}

#[tokio::test]
async fn what_the_server_calls_the_message_is_kept_unless_it_is_an_address() {
    for (reply, reference) in [
        ("250 Ok 010f0193-4f2a", Some("Ok 010f0193-4f2a")),
        ("250-2.0.0 first\r\n250 second", Some("2.0.0 first")),
        ("250 <4f2a@mail.example.com> queued", None),
        ("250 ", None),
    ] {
        let server = Smtp::start(move |step, _| match step {
            "." => Act::Reply(reply),
            _ => Act::Go,
        })
        .await;
        let reference = reference.map(str::to_owned);
        assert_eq!(
            send(&channel(&server), &mail()).await,
            Outcome::Sent { reference },
            "{reply}"
        );
    }
}

#[tokio::test]
async fn what_is_refused_for_now_is_tried_again() {
    for (step, what) in STEPS {
        let server = once(step, Act::Reply("451 4.3.0 <ann@example.com>: quoted")).await;
        let channel = channel(&server);
        let refused = later(step, format!("the mail server refused {what} with 451 4.3.0"));
        assert_eq!(send(&channel, &mail()).await, refused, "{step}");
        assert_eq!(send(&channel, &mail()).await, sent(), "{step}");
    }
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_unless_the_server_refuses_everybody() {
    for (step, what) in STEPS {
        let server = once(
            step,
            Act::Reply("550-5.1.1 <ann@example.com>:\r\n550 5.1.1 quoted"),
        )
        .await;
        let channel = channel(&server);
        let why = format!("the mail server refused {what} with 550 5.1.1");
        let expected = match step {
            "connect" | "EHLO" => closed(why),
            _ => never(&why),
        };
        assert_eq!(send(&channel, &mail()).await, expected, "{step}");
        assert_eq!(send(&channel, &mail()).await, sent(), "{step}");
    }
    let server = once("MAIL", Act::Reply("530 5.7.0 quoted")).await;
    let login = closed("the mail server refused the sender with 530 5.7.0");
    assert_eq!(send(&channel(&server), &mail()).await, login);
    let server = once("RCPT", Act::Reply("550 quoted")).await;
    let bare = never("the mail server refused the recipient with 550");
    assert_eq!(
        send(&channel(&server), &mail()).await,
        bare,
        "without an enhanced code"
    );
}

#[tokio::test]
async fn a_cut_at_any_step_is_tried_again_and_the_message_keeps_its_id() {
    for (step, what) in STEPS {
        let server = once(step, Act::Cut).await;
        let channel = channel(&server);
        let doubt = if step == "." { "; it may have taken it" } else { "" };
        let cut = later(
            step,
            format!("the mail server broke off before it answered {what}{doubt}"),
        );
        assert_eq!(send(&channel, &mail()).await, cut, "{step}");
        assert_eq!(send(&channel, &mail()).await, sent(), "{step}");
        let ids: Vec<_> = server
            .mails()
            .iter()
            .map(|taken| taken.header("Message-ID").unwrap())
            .collect();
        let copies = if step == "." { 2 } else { 1 };
        assert_eq!(
            ids,
            vec!["<01930000-0000-7000-8000-000000000001@example.com>"; copies],
            "{step}"
        );
    }
}

#[tokio::test]
async fn a_server_that_hangs_at_any_step_costs_no_more_than_the_deadline() {
    for (step, what) in STEPS {
        let server = once(step, Act::Hang).await;
        let channel = channel(&server);
        let doubt = if step == "." { "; it may have taken it" } else { "" };
        let hung = later(
            step,
            format!("the mail server did not answer {what} within 30 s{doubt}"),
        );
        let outcome = while_silent(server.hung(), send(&channel, &mail())).await;
        assert_eq!(outcome, hung, "{step}");
        // The connection in the middle of something is not used again.
        assert_eq!(send(&channel, &mail()).await, sent(), "{step}");
        assert_eq!(server.reached("connect"), 2, "{step}");
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_tried_again() {
    for (reply, step, what) in [
        ("hello", "MAIL", "the sender"),
        ("HTTP/1.1 400 quoted", "connect", "the connection"),
        ("999 quoted", "RCPT", "the recipient"),
    ] {
        let server = once(step, Act::Reply(reply)).await;
        let none = later(
            step,
            format!("the mail server broke off before it answered {what}"),
        );
        let channel = channel(&server);
        assert_eq!(send(&channel, &mail()).await, none, "{reply}");
        // Nobody knows what such a server would answer next.
        assert_eq!(send(&channel, &mail()).await, sent(), "{reply}");
        assert_eq!(server.reached("connect"), 2, "{reply}");
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_can_be_sent() {
    let mut settings = settings(&Smtp::start(|_, _| Act::Go).await);
    settings.port = 1;
    for security in [Security::Plain, Security::StartTls, Security::Tls] {
        settings.security = security;
        let channel = Email::new(settings.clone()).unwrap();
        let unreachable = closed("the mail server could not be reached");
        assert_eq!(send(&channel, &mail()).await, unreachable, "{security:?}");
    }
}

#[tokio::test]
async fn one_connection_serves_many_messages_refused_ones_too() {
    let server = Smtp::start(|step, before| match (step, before % 5) {
        ("RCPT", 1) => Act::Reply("550 5.1.1 No such user"),
        ("MAIL", 3) => Act::Reply("452 4.2.2 Later"),
        _ => Act::Go,
    })
    .await;
    let channel = channel(&server);
    for _ in 0..50 {
        send(&channel, &mail()).await;
    }
    assert_eq!(server.reached("connect"), 1);
    assert_eq!(
        server.mails().len(),
        32,
        "of 50, 10 senders and 8 recipients were refused"
    );
}

#[tokio::test]
async fn a_connection_that_was_cut_while_idle_is_replaced_within_the_attempt() {
    for act in [Act::Cut, Act::Reply("421 4.4.2 Idle for too long")] {
        let server = once("RSET", act).await;
        let channel = channel(&server);
        assert_eq!(send(&channel, &mail()).await, sent());
        assert_eq!(send(&channel, &mail()).await, sent());
        assert_eq!(
            (server.reached("connect"), server.mails().len()),
            (2, 2),
            "{act:?}"
        );
    }
}

#[tokio::test]
async fn messages_sent_at_the_same_time_have_connections_of_their_own() {
    let server = Smtp::start(|_, _| Act::Go).await;
    let (channel, message) = (channel(&server), mail());
    for _ in 0..2 {
        let sending = (0..8).map(|_| send(&channel, &message));
        let outcomes = futures_util::future::join_all(sending).await;
        assert_eq!(outcomes, vec![sent(); 8]);
    }
    assert_eq!((server.mails().len(), server.reached("connect")), (16, 8));
    channel.close().await;
    assert_eq!(server.reached("QUIT"), 8);
    channel.close().await;
    assert_eq!(server.reached("QUIT"), 8);
}

#[tokio::test]
async fn a_server_that_does_not_say_good_bye_is_left() {
    let server = once("QUIT", Act::Hang).await;
    let channel = channel(&server);
    assert_eq!(send(&channel, &mail()).await, sent());
    while_silent(server.hung(), channel.close()).await;
}

#[tokio::test]
async fn what_must_not_be_sent_is_not_even_connected_for() {
    let server = Smtp::start(|_, _| Act::Go).await;
    let mut message = mail();
    message.target = "ann@example.com, bob@example.com".into();
    let refused = never("its target is not one e-mail address");
    assert_eq!(send(&channel(&server), &message).await, refused);
    assert_eq!(server.reached("connect"), 0);
}
