mod unsubscribe;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::delivery::{
    email::settings::{Security, sender},
    testing::{mail, noon},
};

fn settings(is_development: bool) -> SmtpSettings {
    SmtpSettings {
        host: "localhost".into(),
        port: 25,
        security: Security::Plain,
        login: None,
        from: sender("Nightshift <no-reply@example.com>").unwrap(),
        authorities: None,
        is_development,
    }
}

fn text(message: &Outgoing) -> Result<String, String> {
    Letter::of(message, &settings(false), noon()).map(|letter| letter.text)
}

/// A message that its receiver can unsubscribe from.
fn newsletter(headers: serde_json::Value) -> Outgoing {
    let serde_json::Value::Object(headers) = headers else {
        panic!("headers are an object")
    };
    let mut message = mail();
    message.payload = json!({"kind": "weekly"});
    message.headers = headers;
    message
}

const LINK: &str = "<https://app.example.com/email/unsubscribe?token=eyJ0&kind=weekly>";

#[test]
fn a_letter_has_the_headers_that_it_needs_and_no_others() {
    let text = text(&mail()).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    let names: Vec<&str> = head
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_once(": "))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "MIME-Version",
            "Content-Type"
        ]
    );
    for line in [
        "From: Nightshift <no-reply@example.com>",
        "To: ann@example.com",
        "Subject: A hidden subject",
        "Date: Sun, 22 Nov 2026 12:00:00 +0000",
        "Message-ID: <01930000-0000-7000-8000-000000000001@example.com>",
    ] {
        assert!(head.lines().any(|found| found == line), "{line}\n{head}");
    }
    assert!(
        text.contains("multipart/alternative") && text.contains("text/plain") && text.contains("text/html")
    );
    assert!(!text.contains("hidden-kind") && !text.contains("hidden-key"));
    let (plain, html) = (
        text.find("The hidden text."),
        text.find("<p>The hidden HTML.</p>"),
    );
    assert!(
        plain.is_some() && plain < html,
        "the last alternative is the preferred one"
    );
}

#[test]
fn without_html_it_is_text_alone_and_without_text_it_is_none() {
    let mut message = mail();
    message.body_html.clear();
    let plain = text(&message).unwrap();
    assert!(plain.contains("Content-Type: text/plain; charset=utf-8") && !plain.contains("multipart"));
    let mut message = mail();
    message.body_text.clear();
    assert_eq!(text(&message).unwrap_err(), "it has no text");
}

#[test]
fn what_is_not_ascii_is_encoded_and_no_line_is_too_long() {
    let mut message = mail();
    message.subject = format!("\u{dc}bung {}", "m\u{fc}de ".repeat(60));
    message.body_text = format!("{}\nGr\u{fc}\u{df}e \u{1f3cb}\n.\n..\n", "x".repeat(5000));
    let text = text(&message).unwrap();
    assert!(text.is_ascii());
    assert!(text.lines().all(|line| line.len() <= 998));
    assert!(text.contains("Subject: =?utf-8?"));
    assert!(
        text.split("\r\n").all(|line| !line.contains(['\r', '\n'])),
        "every line ends in CRLF"
    );
}

#[test]
fn only_one_plain_address_is_written_to() {
    for good in [
        "ann@example.com",
        "a.b+c_d-e'f@sub.example.com",
        "a@b.c",
        "ANN@Example.com",
        "x/y=z%w@example.com",
    ] {
        assert!(address(good).is_ok(), "{good}");
    }
    assert_eq!(
        address("ann@b\u{fc}cher.example").unwrap().to_string(),
        "ann@xn--bcher-kva.example"
    );
    assert_eq!(
        address("\u{e4}nn@example.com").unwrap_err(),
        "its target needs SMTPUTF8, which is not spoken"
    );
    for bad in [
        "",
        "@",
        "ann",
        "ann@",
        "@example.com",
        "ann@@example.com",
        "ann@example.com@example.com",
        "ann@example.com,bob@example.com",
        "ann@example.com;bob@example.com",
        "ann@example.com bob@example.com",
        " ann@example.com",
        "ann@example.com ",
        "Ann <ann@example.com>",
        "<ann@example.com>",
        "\"a b\"@example.com",
        "\"ann\"@example.com",
        "ann(x)@example.com",
        "ann\\@example.com",
        "ann@[127.0.0.1]",
        "ann@127.0.0.1",
        "ann@2130706433",
        "ann@exam ple.com",
        "ann@example.com\r\nRCPT TO:<bob@example.com>",
        "ann\r\n@example.com",
        "ann@example.com\0",
        ".ann@example.com",
        "a..b@example.com",
        "ann@example..com",
    ] {
        assert_eq!(
            address(bad).err().as_deref(),
            Some("its target is not one e-mail address"),
            "{bad:?}"
        );
    }
}

#[test]
fn a_row_brings_no_other_header_along() {
    for (name, why) in [
        ("Bcc", "its header Bcc is not one that a message may bring along"),
        (
            "X-Kind",
            "its header X-Kind is not one that a message may bring along",
        ),
        (
            "bcc: bob@example.com\r\nX",
            "one of its headers is not one that a message may bring along",
        ),
        ("", "one of its headers is not one that a message may bring along"),
    ] {
        let mut message = mail();
        message.headers.insert(name.into(), json!("hidden"));
        assert_eq!(text(&message).unwrap_err(), why);
    }
}

/// Text with what ends lines, headers and messages in it.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("\0".to_owned()),
        Just("\r\nBcc: bob@evil.test".to_owned()),
        Just("\r\n.\r\n".to_owned()),
        Just("@".to_owned()),
        Just("evil.test".to_owned()),
        Just("=?utf-8?q?=0D=0ABcc:?=".to_owned()),
        Just("\u{2028}".to_owned()),
        "[ -~]{0,12}",
        "\\PC{0,6}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_in_a_message_makes_another_header_or_receiver(
        target in prop_oneof![Just("ann@example.com".to_owned()), hostile()],
        subject in hostile(),
        body in hostile(),
        link in prop_oneof![Just(LINK.to_owned()), hostile()],
    ) {
        let mut message = newsletter(json!({
            "List-Unsubscribe": link,
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }));
        (message.target, message.subject, message.body_text) = (target, subject, format!("x{body}"));
        let Ok(letter) = Letter::of(&message, &settings(false), noon()) else {
            return Ok(());
        };
        let to = letter.to.to_string();
        prop_assert!(to.bytes().all(|b| b.is_ascii_graphic()) && !to.contains(['<', '>', ',']), "{}", to);
        let content = letter.content();
        prop_assert!(content.ends_with("\r\n.\r\n"));
        prop_assert_eq!(content.matches("\r\n.\r\n").count(), 1);
        let text = letter.text;
        prop_assert!(text.is_ascii());
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split_once(':').map_or(line, |(name, _)| name))
            .collect();
        let expected = [
            "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version",
            "Content-Type",
        ];
        prop_assert_eq!(names, expected);
        prop_assert!(!head.replace("\r\n", "").contains(['\r', '\n', '\0']));
    }
}
