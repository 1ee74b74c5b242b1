//! How a receiver gets rid of what is not transactional.

use super::*;

#[test]
fn the_link_to_unsubscribe_goes_over_the_wire_as_it_is() {
    let long = format!(
        "<https://app.example.com/u?token={}>",
        "x".repeat(HEADER_MAX - 34)
    );
    for link in [LINK, long.as_str()] {
        let message = newsletter(json!({
            "List-Unsubscribe": link,
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }));
        let text = text(&message).unwrap();
        assert!(
            text.contains(&format!("\r\nList-Unsubscribe: {link}\r\n")),
            "{text}"
        );
        assert!(text.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    }
}

#[test]
fn what_is_not_transactional_can_be_unsubscribed_from_or_is_not_sent() {
    let missing = "it is not transactional and lacks List-Unsubscribe or List-Unsubscribe-Post";
    let post = "List-Unsubscribe=One-Click";
    for headers in [
        json!({}),
        json!({"List-Unsubscribe": LINK}),
        json!({"List-Unsubscribe-Post": post}),
        json!({"list-unsubscribe": LINK, "List-Unsubscribe-Post": post}),
    ] {
        assert_eq!(text(&newsletter(headers)).unwrap_err(), missing);
    }
    for transactional in [json!(null), json!(false), json!("true"), json!(1)] {
        let mut message = newsletter(json!({}));
        message.payload["transactional"] = transactional.clone();
        assert_eq!(text(&message).unwrap_err(), missing, "{transactional}");
    }
    let malformed = "its header List-Unsubscribe is malformed";
    let long = format!("<https://app.example.com/u?token={}>", "x".repeat(HEADER_MAX));
    for link in [
        "",
        "https://app.example.com/u",
        "<https://app.example.com/u",
        "<>",
        "<mailto:unsubscribe@example.com>",
        "<http://app.example.com/u>",
        "<http://localhost:3000/u>",
        "<https://>",
        "<https://a.example/u>, <https://b.example/u>",
        "<https://a.example/u u>",
        "<https://a.example/\u{fc}>",
        "<https://a.example/u>\r\nBcc: bob@example.com",
        "<https://a.example/\r\n u>",
        long.as_str(),
    ] {
        let message = newsletter(json!({"List-Unsubscribe": link, "List-Unsubscribe-Post": post}));
        assert_eq!(text(&message).unwrap_err(), malformed, "{link:?}");
    }
    for value in [
        json!("List-Unsubscribe=one-click"),
        json!(""),
        json!(1),
        json!("List-Unsubscribe=One-Click\n"),
    ] {
        let message = newsletter(json!({"List-Unsubscribe": LINK, "List-Unsubscribe-Post": value}));
        assert_eq!(
            text(&message).unwrap_err(),
            "its header List-Unsubscribe-Post is malformed"
        );
    }
}

#[test]
fn in_development_the_link_may_lead_to_this_machine() {
    let post = "List-Unsubscribe=One-Click";
    for (link, is_good) in [
        ("<http://localhost:3000/u>", true),
        ("<http://127.0.0.1:3000/u>", true),
        ("<http://[::1]:3000/u>", true),
        ("<http://app.example.com/u>", false),
    ] {
        let message = newsletter(json!({"List-Unsubscribe": link, "List-Unsubscribe-Post": post}));
        let letter = Letter::of(&message, &settings(true), noon());
        assert_eq!(letter.is_ok(), is_good, "{link}");
    }
}
