use reqwest::header::HeaderValue;

use super::*;
use crate::delivery::testing::{discreet, instant};

fn outcome(status: u16, retry_after: Option<Duration>) -> Outcome {
    let status = StatusCode::from_u16(status).unwrap();
    discreet(Answer { status, retry_after }.outcome("the receiver"))
}

#[test]
fn each_status_means_one_thing() {
    for status in [200, 201, 202, 204, 299] {
        assert_eq!(
            outcome(status, None),
            Outcome::Sent { reference: None },
            "{status}"
        );
    }
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        let why = format!("the receiver answered HTTP {status}");
        let after = Some(Duration::from_secs(7));
        assert_eq!(outcome(status, after), Outcome::Again { why, after });
    }
    for status in [301, 302, 303, 304, 307, 308] {
        let why = format!("the receiver redirects (HTTP {status}), which is not followed");
        assert_eq!(outcome(status, None), Outcome::Never { why });
    }
    for status in [400, 401, 403, 404, 405, 409, 410, 413, 422, 451, 600, 999] {
        let why = format!("the receiver answered HTTP {status}");
        assert_eq!(outcome(status, None), Outcome::Never { why });
    }
}

#[test]
fn a_wait_is_read_in_both_forms_and_bounded() {
    let now = instant("2026-11-22T12:00:00Z");
    let read = |text: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
        retry_after(&headers, now).map(|wait| wait.as_secs())
    };
    for (text, seconds) in [
        ("0", Some(0)),
        ("120", Some(120)),
        (" 120 ", Some(120)),
        ("3600", Some(3600)),
        ("3601", Some(3600)),
        ("99999999999999999999999", Some(3600)),
        ("Sun, 22 Nov 2026 12:01:30 GMT", Some(90)),
        ("Sun, 22 Nov 2026 11:00:00 GMT", Some(0)),
        ("Sun, 22 Nov 2099 12:00:00 GMT", Some(3600)),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("soon", None),
        ("Sun, 31 Feb 2026 12:00:00 GMT", None),
    ] {
        assert_eq!(read(text), seconds, "{text}");
    }
    assert_eq!(retry_after(&HeaderMap::new(), now), None);
}
