//! Dialogues that begin in TLS or go over to it.

use super::*;
use crate::delivery::testing::Authority;

fn login() -> Option<(String, String)> {
    Some(("hidden-user".into(), "correct-horse".into()))
}

/// How AUTH PLAIN writes that login.
const PLAIN: &str = "PLAIN AGhpZGRlbi11c2VyAGNvcnJlY3QtaG9yc2U=";

#[tokio::test]
async fn the_login_and_the_message_go_through_tls() {
    let authority = Authority::new();
    for (security, is_implicit) in [(Security::StartTls, false), (Security::Tls, true)] {
        let acceptor = authority.acceptor("localhost");
        let server = Smtp::with_tls(|_, _| Act::Go, Some(acceptor), is_implicit).await;
        let channel = Email::new(SmtpSettings {
            security,
            login: login(),
            authorities: Some(authority.pem()),
            ..settings(&server)
        })
        .unwrap();
        for _ in 0..2 {
            assert_eq!(send(&channel, &mail()).await, sent(), "{security:?}");
        }
        for taken in server.mails() {
            assert!(taken.is_private, "{security:?}");
            assert_eq!(taken.login.as_deref(), Some(PLAIN), "{security:?}");
        }
        assert_eq!((server.reached("connect"), server.mails().len()), (1, 2));
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_trusted_gets_nothing() {
    let (authority, other) = (Authority::new(), Authority::new());
    let untrusted =
        closed("the mail server's certificate is not trusted; look at SMTP_HOST and SMTP_CA_FILE");
    for (name, trusted) in [
        ("localhost", None),
        ("localhost", Some(other.pem())),
        ("mail.test", Some(authority.pem())),
    ] {
        for (security, is_implicit) in [(Security::StartTls, false), (Security::Tls, true)] {
            let server = Smtp::with_tls(|_, _| Act::Go, Some(authority.acceptor(name)), is_implicit).await;
            let channel = Email::new(SmtpSettings {
                security,
                login: login(),
                authorities: trusted.clone(),
                ..settings(&server)
            })
            .unwrap();
            assert_eq!(send(&channel, &mail()).await, untrusted, "{name} {security:?}");
            assert_eq!((server.reached("AUTH"), server.reached("MAIL")), (0, 0));
        }
    }
}

#[tokio::test]
async fn without_tls_nothing_is_sent_to_another_host() {
    let server = Smtp::start(|_, _| Act::Go).await;
    let channel = |security| {
        let settings = SmtpSettings {
            security,
            login: login(),
            ..settings(&server)
        };
        Email::new(settings).unwrap()
    };
    let none = closed("the mail server offers no STARTTLS");
    assert_eq!(send(&channel(Security::StartTls), &mail()).await, none);
    let failed = closed("TLS with the mail server failed");
    assert_eq!(send(&channel(Security::Tls), &mail()).await, failed);
    assert_eq!((server.reached("AUTH"), server.reached("MAIL")), (0, 0));
}

#[tokio::test]
async fn what_was_said_in_clear_is_no_answer_to_what_is_said_in_tls() {
    let authority = Authority::new();
    let injected = "220 2.0.0 Go ahead\r\n250-mail.test\r\n250 AUTH PLAIN LOGIN";
    let plan = move |at: &str, _| match at {
        "STARTTLS" => Act::Reply(injected),
        _ => Act::Go,
    };
    let server = Smtp::with_tls(plan, Some(authority.acceptor("localhost")), false).await;
    let channel = Email::new(SmtpSettings {
        security: Security::StartTls,
        login: login(),
        authorities: Some(authority.pem()),
        ..settings(&server)
    })
    .unwrap();
    let failed = closed("TLS with the mail server failed");
    assert_eq!(send(&channel, &mail()).await, failed);
    assert_eq!((server.reached("AUTH"), server.reached("MAIL")), (0, 0));
}

#[tokio::test]
async fn a_broken_upgrade_or_login_is_tried_again_and_costs_no_message() {
    let authority = Authority::new();
    for (step, act, why) in [
        (
            "STARTTLS",
            Act::Reply("454 4.7.0 quoted"),
            "the mail server refused STARTTLS with 454 4.7.0",
        ),
        (
            "STARTTLS",
            Act::Reply("501 5.5.4 quoted"),
            "the mail server refused STARTTLS with 501 5.5.4",
        ),
        (
            "STARTTLS",
            Act::Cut,
            "the mail server broke off before it answered STARTTLS",
        ),
        (
            "AUTH",
            Act::Reply("535 5.7.8 quoted"),
            "the mail server refused the login with 535 5.7.8",
        ),
        (
            "AUTH",
            Act::Reply("454 4.7.0 quoted"),
            "the mail server refused the login with 454 4.7.0",
        ),
        (
            "AUTH",
            Act::Cut,
            "the mail server broke off before it answered the login",
        ),
    ] {
        let acceptor = authority.acceptor("localhost");
        let plan = move |at: &str, before| match at == step && before == 0 {
            true => act,
            false => Act::Go,
        };
        let server = Smtp::with_tls(plan, Some(acceptor), false).await;
        let channel = Email::new(SmtpSettings {
            security: Security::StartTls,
            login: login(),
            authorities: Some(authority.pem()),
            ..settings(&server)
        })
        .unwrap();
        assert_eq!(send(&channel, &mail()).await, closed(why), "{step} {act:?}");
        assert_eq!(server.reached("MAIL"), 0);
        assert_eq!(send(&channel, &mail()).await, sent(), "{step} {act:?}");
    }
    for (step, what) in [("STARTTLS", "STARTTLS"), ("AUTH", "the login")] {
        let acceptor = authority.acceptor("localhost");
        let plan = move |at: &str, _| if at == step { Act::Hang } else { Act::Go };
        let server = Smtp::with_tls(plan, Some(acceptor), false).await;
        let channel = Email::new(SmtpSettings {
            security: Security::StartTls,
            login: login(),
            authorities: Some(authority.pem()),
            ..settings(&server)
        })
        .unwrap();
        let hung = closed(format!("the mail server did not answer {what} within 30 s"));
        assert_eq!(while_silent(server.hung(), send(&channel, &mail())).await, hung);
    }
}
