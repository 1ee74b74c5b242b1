use serde_json::json;

use super::*;
use crate::delivery::{
    message::{BODY_MAX, PAYLOAD_MAX, SUBJECT_MAX, TARGET_MAX},
    testing::{discreet, hook, mail, noon},
};

/// Takes everything that comes to it.
struct Taking(&'static str);

impl Channel for Taking {
    fn name(&self) -> &'static str {
        self.0
    }

    fn at_once(&self) -> usize {
        self.0.len()
    }

    fn send<'a>(&'a self, _: &'a Outgoing, _: DateTime<Utc>) -> BoxFuture<'a, Outcome> {
        let reference = Some(self.0.to_owned());
        Box::pin(async { Outcome::Sent { reference } })
    }
}

fn channels() -> Channels {
    Channels::new(vec![Box::new(Taking("sms")), Box::new(Taking("email"))])
}

async fn sent(message: &Outgoing) -> Outcome {
    discreet(channels().send(message, noon()).await)
}

fn taken_by(name: &str) -> Outcome {
    Outcome::Sent {
        reference: Some(name.into()),
    }
}

#[tokio::test]
async fn a_message_goes_by_its_own_channel_and_waits_where_there_is_none() {
    assert_eq!(
        channels().widths().collect::<Vec<_>>(),
        [("sms", 3), ("email", 5)]
    );
    assert_eq!(sent(&mail()).await, taken_by("email"));
    let mut message = mail();
    message.channel = "sms".into();
    assert_eq!(sent(&message).await, taken_by("sms"));
    let missing = Outcome::again("the channel webhook is not configured");
    assert_eq!(sent(&hook(String::new())).await, missing);
}

/// Makes a part of a message so long.
type Lengthen = fn(&mut Outgoing, usize);

#[tokio::test]
async fn what_is_too_long_is_not_sent() {
    let longest: [(&str, usize, Lengthen); 5] = [
        ("target", TARGET_MAX, |message, length| {
            message.target = "x".repeat(length)
        }),
        ("subject", SUBJECT_MAX, |message, length| {
            message.subject = "\u{fc}".repeat(length)
        }),
        ("text", BODY_MAX, |message, length| {
            message.body_text = "x".repeat(length)
        }),
        ("HTML", BODY_MAX, |message, length| {
            message.body_html = "x".repeat(length)
        }),
        // With its quotes.
        ("payload", PAYLOAD_MAX, |message, length| {
            message.payload = json!("x".repeat(length - 2))
        }),
    ];
    for (what, max, lengthen) in longest {
        let mut message = mail();
        lengthen(&mut message, max);
        assert_eq!(sent(&message).await, taken_by("email"), "{what}");
        lengthen(&mut message, max + 1);
        let why = format!("its {what} is longer than {max}");
        assert_eq!(sent(&message).await, Outcome::Never { why });
    }
}

#[tokio::test]
async fn what_would_end_a_line_is_not_sent() {
    for hostile in [
        "\r",
        "\n",
        "\0",
        "\r\nBcc: bob@example.com",
        "\u{85}",
        "\u{1b}[2J",
    ] {
        let mut message = mail();
        message.subject.push_str(hostile);
        let why = "its subject holds a control character";
        assert_eq!(sent(&message).await, Outcome::never(why), "{hostile:?}");
        let mut message = mail();
        message.target.push_str(hostile);
        let why = "its target holds a control character";
        assert_eq!(sent(&message).await, Outcome::never(why), "{hostile:?}");
    }
}

#[test]
fn a_log_line_of_a_message_names_nobody() {
    let text = format!("{:?}", hook("https://hidden.example.com/".into()));
    assert_eq!(
        text,
        "Outgoing { id: 01930000-0000-7000-8000-000000000001, tenant: Some(\"iron-temple\"), job: \"coach-actions\", \
         channel: \"webhook\", .. }"
    );
}
