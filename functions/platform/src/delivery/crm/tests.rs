use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tracing::{Event, Metadata, Subscriber, span};

use super::*;
use crate::delivery::testing::{
    http::{Answer, Receiver, status},
    send, update, while_silent,
};

const TOKEN: &str = "correct-horse";

fn channel(receiver: &Receiver) -> Updates<HubSpot> {
    Updates::new(HubSpot::new(&receiver.url(""), TOKEN).unwrap())
}

fn again(why: &str) -> Outcome {
    Outcome::again(why)
}

fn never(why: &str) -> Outcome {
    Outcome::never(why)
}

const SENT: Outcome = Outcome::Sent { reference: None };

#[tokio::test]
async fn an_update_sets_the_properties_of_the_contact_with_that_address() {
    let receiver = Receiver::always(status("200 OK")).await;
    assert_eq!(send(&channel(&receiver), &update()).await, SENT);
    let request = &receiver.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        (
            "PATCH",
            "/crm/v3/objects/contacts/ann+1@example.com?idProperty=email"
        )
    );
    assert_eq!(request.headers["authorization"], "Bearer correct-horse");
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(
        request.body,
        r#"{"properties":{"nightshift_trigger":"hidden-trigger","nightshift_last_order_date":""}}"#,
        "null is what clears a property"
    );
}

#[tokio::test]
async fn an_address_stays_one_segment_of_the_path() {
    let receiver = Receiver::always(status("200 OK")).await;
    let channel = channel(&receiver);
    for (target, segment) in [
        ("a/b@example.com", "a%2Fb@example.com"),
        ("a?b#c@example.com", "a%3Fb%23c@example.com"),
        ("a%2fb@example.com", "a%252fb@example.com"),
    ] {
        let mut message = update();
        message.target = target.into();
        assert_eq!(send(&channel, &message).await, SENT, "{target}");
        let last = receiver.requests().pop().unwrap().target;
        assert_eq!(
            last,
            format!("/crm/v3/objects/contacts/{segment}?idProperty=email")
        );
    }
}

#[tokio::test]
async fn what_is_no_update_is_not_sent() {
    let receiver = Receiver::always(status("200 OK")).await;
    let channel = channel(&receiver);
    for (payload, why) in [
        (json!({}), "its payload has no properties"),
        (json!({"properties": {}}), "its payload has no properties"),
        (json!({"properties": ["hidden"]}), "its payload has no properties"),
        (
            json!({"properties": {"hidden": {}}}),
            "a property in its payload is not a single value",
        ),
        (
            json!({"properties": {"hidden": []}}),
            "a property in its payload is not a single value",
        ),
    ] {
        let mut message = update();
        message.payload = payload;
        assert_eq!(send(&channel, &message).await, never(why));
    }
    for target in ["", "..", "ann", "ann@", "ann@example.com,bob@example.com"] {
        let mut message = update();
        message.target = target.into();
        assert_eq!(
            send(&channel, &message).await,
            never("its target is not one e-mail address")
        );
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_contact_that_is_not_there_is_made_only_where_the_payload_says_so() {
    let missing = |before| match before {
        0 => status("404 Not Found"),
        _ => status("201 Created"),
    };
    let receiver = Receiver::start(missing).await;
    let unknown = never("the CRM knows no such contact (HTTP 404)");
    assert_eq!(send(&channel(&receiver), &update()).await, unknown);
    assert_eq!(receiver.requests().len(), 1);

    let mut message = update();
    message.payload["create"] = json!(true);
    let receiver = Receiver::start(missing).await;
    assert_eq!(send(&channel(&receiver), &message).await, SENT);
    let request = &receiver.requests()[1];
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/crm/v3/objects/contacts")
    );
    assert_eq!(
        request.body,
        r#"{"properties":{"nightshift_trigger":"hidden-trigger","nightshift_last_order_date":"","email":"ann+1@example.com"}}"#
    );
    let receiver = Receiver::start(|before| match before {
        0 => status("404 Not Found"),
        _ => status("409 Conflict"),
    })
    .await;
    let by_now = again("the CRM has the contact by now (HTTP 409)");
    assert_eq!(send(&channel(&receiver), &message).await, by_now);
}

#[tokio::test]
async fn what_the_crm_answers_decides() {
    for (answer, expected) in [
        ("204 No Content", SENT),
        ("400 Bad Request", never("the CRM answered HTTP 400")),
        ("409 Conflict", never("the CRM answered HTTP 409")),
        ("410 Gone", never("the CRM answered HTTP 410")),
        (
            "302 Found\r\nlocation: /quoted",
            never("the CRM redirects (HTTP 302), which is not followed"),
        ),
        ("500 Oh", again("the CRM answered HTTP 500")),
        (
            "429 Slow\r\nretry-after: 10",
            Outcome::Closed {
                why: "the CRM answered HTTP 429".into(),
                after: Some(Duration::from_secs(10)),
            },
        ),
    ] {
        let receiver = Receiver::always(status(answer)).await;
        assert_eq!(send(&channel(&receiver), &update()).await, expected, "{answer}");
    }
    let receiver = Receiver::always(Answer::Cut).await;
    let cut = again("the CRM cut the connection before it answered");
    assert_eq!(send(&channel(&receiver), &update()).await, cut);
    let receiver = Receiver::always(Answer::Hang).await;
    let channel = channel(&receiver);
    let hung = while_silent(receiver.silent(), send(&channel, &update())).await;
    assert_eq!(hung, again("the CRM did not answer within 15 s"));
}

/// Counts what is said.
struct Counting(Arc<AtomicUsize>);

impl Subscriber for Counting {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("platform")
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn a_refused_token_is_said_once_and_costs_no_message() {
    let said = Arc::new(AtomicUsize::new(0));
    let _listening = tracing::subscriber::set_default(Counting(Arc::clone(&said)));
    for answer in ["401 Unauthorized", "403 Forbidden"] {
        said.store(0, Ordering::Relaxed);
        let receiver = Receiver::always(status(answer)).await;
        let channel = channel(&receiver);
        for _ in 0..3 {
            let why = format!("the CRM refuses the token (HTTP {})", &answer[..3]);
            assert_eq!(send(&channel, &update()).await, Outcome::closed(why));
        }
        assert_eq!(said.load(Ordering::Relaxed), 1, "{answer}");
    }
}

#[test]
fn the_crm_is_configured_by_variables() {
    let read = |app_env, variables: &[(&str, &str)], secret: Option<&str>| {
        let of = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        HubSpot::from_variables(app_env, &Variables::new(&of), secret)
            .map(|crm| crm.map(|crm| crm.contacts.to_string()))
            .map_err(|error| error.to_string())
    };
    let (development, production) = (AppEnv::Development, AppEnv::Production);
    let hubspot = Ok(Some("https://api.hubapi.com/crm/v3/objects/contacts".to_owned()));
    assert_eq!(read(production, &[], None), Ok(None));
    assert_eq!(read(production, &[], Some("hidden\n")), hubspot);
    assert_eq!(read(development, &[("CRM_TOKEN", "hidden")], None), hubspot);
    let refused = "CRM_TOKEN serves development alone: store the token in the secret CRM_SECRET_ID";
    assert_eq!(
        read(production, &[("CRM_TOKEN", "hidden")], None),
        Err(refused.into())
    );
    let at = |url| read(production, &[("CRM_BASE_URL", url)], Some("hidden"));
    assert_eq!(
        at("https://crm.example/eu/"),
        Ok(Some("https://crm.example/eu/crm/v3/objects/contacts".into()))
    );
    assert_eq!(
        at("http://localhost:8080"),
        Ok(Some("http://localhost:8080/crm/v3/objects/contacts".into()))
    );
    assert_eq!(at("http://crm.example"), Err("CRM_BASE_URL must be https".into()));
    for token in ["", "hid\nden"] {
        let error = read(production, &[], Some(token)).unwrap_err();
        assert_eq!(error, "the CRM's token cannot stand in a header");
    }
}
