//! Golden cases: what is given and what is expected, loaded and compared.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::testing::{insert, tenant_id};

/// A golden case.
pub struct Case {
    pub name: String,
    pub as_of: DateTime<Utc>,
    pub given: Value,
    pub expect: Value,
}

/// The cases of a file: an array, or an object that has them in `cases`.
pub fn cases(file: &str) -> Vec<Case> {
    let mut file: Value = serde_json::from_str(file).unwrap();
    if file.is_object() {
        file = file["cases"].take();
    }
    let cases: Vec<Value> = serde_json::from_value(file).unwrap();
    let case = |case: Value| Case {
        name: case["name"].as_str().unwrap().to_owned(),
        as_of: instant(&case["as_of"]),
        given: case["given"].clone(),
        expect: case["expect"].clone(),
    };
    cases.into_iter().map(case).collect()
}

/// The id that stands for a label: ids are in the order of their labels.
pub fn label(label: &str) -> Uuid {
    tenant_id(label)
}

/// Inserts a row: what the set-up says and what the case gives, the rest by default. A case that gives nothing,
/// not even an empty object, has no row.
pub async fn insert_given(connection: &mut PgConnection, table: &str, row: Value, given: &Value) {
    let Some(given) = given.as_object() else { return };
    let mut row = row.as_object().unwrap().clone();
    row.extend(given.clone());
    insert(connection, table, &Value::Object(row)).await;
}

/// The elements of an array; none of anything else.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// An instant as JSON spells it.
pub fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

/// Compares two values; instants may be spelled differently.
pub fn assert_same(actual: &Value, expected: &Value, name: &str) {
    assert_eq!(spelled(actual), spelled(expected), "{name}");
}

fn spelled(value: &Value) -> Value {
    match value {
        Value::String(text) => text
            .parse::<DateTime<Utc>>()
            .map_or_else(|_| value.clone(), |instant| json!(instant)),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), spelled(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// Both bodies of an e-mail contain each of these in one piece, the HTML once tags are gone and entities decoded.
pub fn assert_mail_says(mail: &Value, pieces: &[&str]) {
    let (text, html) = (
        mail["body_text"].as_str().unwrap(),
        mail["body_html"].as_str().unwrap(),
    );
    let seen = seen(html);
    for piece in pieces {
        assert!(text.contains(piece), "{piece:?} is missing in\n{text}");
        assert!(seen.contains(piece), "{piece:?} is missing in\n{html}");
    }
}

/// What a reader of the HTML sees.
fn seen(html: &str) -> String {
    let mut seen = String::new();
    for (index, part) in html.split('<').enumerate() {
        seen.push_str(if index == 0 {
            part
        } else {
            part.split_once('>').unwrap().1
        });
    }
    for (entity, character) in [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ] {
        seen = seen.replace(entity, character);
    }
    seen
}
