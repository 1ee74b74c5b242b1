//! What is told of an alert.

use serde_json::json;
use shared::config::Variables;

use super::*;

fn news(what: &str) -> News {
    News {
        id: Uuid::nil(),
        what: what.into(),
        job: "commitment-scores".into(),
        rule: "failing".into(),
        severity: "critical".into(),
        message: "the last 2 runs failed & <b>more</b>".into(),
        opened_at: "2026-02-03T02:05:00Z".parse().unwrap(),
        resolved_at: Some("2026-02-03T04:10:00Z".parse().unwrap()),
    }
}

#[test]
fn an_opened_alert_is_told_of_without_its_end() {
    let letter = Letter::of(news("opened"));
    assert_eq!(letter.subject, "[Nightshift] critical: commitment-scores failing");
    assert_eq!(
        Text { letter: &letter }.render().unwrap(),
        "commitment-scores: the last 2 runs failed & <b>more</b>.\n\n\
         Rule      failing (critical)\n\
         Opened    2026-02-03 02:05 UTC\n\n\
         An e-mail will say when it is over.\n"
    );
    assert_eq!(
        letter.payload,
        json!({
            "kind": "alert",
            "transactional": true,
            "alert": {
                "id": Uuid::nil(), "event": "opened", "job": "commitment-scores", "rule": "failing", "severity": "critical",
                "message": "the last 2 runs failed & <b>more</b>", "openedAt": "2026-02-03T02:05:00Z", "resolvedAt": null,
            },
        })
    );
}

#[test]
fn a_resolved_alert_is_told_of_with_how_long_it_lasted() {
    let letter = Letter::of(news("resolved"));
    assert_eq!(letter.subject, "[Nightshift] resolved: commitment-scores failing");
    assert_eq!(
        Text { letter: &letter }.render().unwrap(),
        "Resolved on 2026-02-03 04:10 UTC, after 2 h 5 min.\n\n\
         commitment-scores: the last 2 runs failed & <b>more</b>.\n\n\
         Rule      failing (critical)\n\
         Opened    2026-02-03 02:05 UTC\n"
    );
    assert_eq!(letter.payload["alert"]["resolvedAt"], "2026-02-03T04:10:00Z");
}

#[test]
fn what_is_told_is_escaped_in_html() {
    for what in ["opened", "resolved"] {
        let letter = Letter::of(news(what));
        let html = Html { letter: &letter }.render().unwrap();
        assert!(html.contains("failed &#38; &#60;b&#62;more"), "{html}");
        assert_eq!(html.contains("after 2 h 5 min"), what == "resolved", "{html}");
    }
}

#[test]
fn a_length_of_time_is_said_in_hours_and_minutes() {
    for (minutes, said) in [(0, "0 min"), (59, "59 min"), (60, "1 h"), (125, "2 h 5 min")] {
        assert_eq!(lasted(TimeDelta::minutes(minutes)), said);
    }
}

#[test]
fn the_reader_is_an_address_or_nobody() {
    let read = |text: &'static str| {
        let value = move |name: &str| (name == "ALERT_EMAIL").then(|| text.to_owned());
        reader(&Variables::new(&value)).map_err(|error| error.to_string())
    };
    assert_eq!(read(""), Ok(None));
    assert_eq!(
        read(" operator@example.org "),
        Ok(Some("operator@example.org".into()))
    );
    for text in [
        "operator",
        "a@b@c",
        "Operator <operator@example.org>",
        "a@example.org, b@example.org",
    ] {
        assert_eq!(
            read(text),
            Err("ALERT_EMAIL must be an e-mail address such as operator@example.com".into()),
            "{text}"
        );
    }
}
