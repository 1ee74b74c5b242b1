//! What may start a run: an EventBridge rule's event, a direct request, a batch of queue records, or the
//! command line. All of them become one [`Request`].

use std::fmt;

use chrono::{DateTime, Datelike, Utc};
use serde_json::{Map, Value};

use crate::{config::AppEnv, job::Limit};

/// Who started a run, as `platform.job_run.trigger` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    Schedule,
    Invoke,
    Queue,
    Cli,
}

impl Trigger {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Invoke => "invoke",
            Self::Queue => "queue",
            Self::Cli => "cli",
        }
    }
}

/// What is asked of a run. Nothing set means: all tenants, everything, now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub trigger: Trigger,
    /// Only this tenant, by slug or id.
    pub tenant: Option<String>,
    /// Decide and try the writes, then roll everything back.
    pub dry_run: bool,
    /// At most so many subjects in this run.
    pub limit: Option<u64>,
    /// The run's clock; none means now.
    pub as_of: Option<DateTime<Utc>>,
    /// Stands in for the job's lock id.
    pub lock_id: Option<i32>,
    /// A second request with a finished run's key gets that run's report.
    pub key: Option<String>,
    /// Kept with the run: who ran it by hand, and why.
    pub reason: Option<String>,
    /// Lambda's id of the invocation.
    pub request_id: Option<String>,
}

/// A request that cannot be understood, with the field and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRequest(pub String);

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadRequest {}

/// What a Lambda event asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    One(Request),
    /// Queue records, each with its message id; a bad one is that record's failure alone.
    Batch(Vec<(String, Result<Request, BadRequest>)>),
}

/// The fields of a direct request, in the order of the contract.
const FIELDS: [&str; 7] = ["tenant", "dryRun", "limit", "asOf", "lockId", "key", "reason"];

/// The longest tenant and key: longer ones are no names. Reasons are sentences.
const NAME_MAX: usize = 200;
const REASON_MAX: usize = 2_000;

/// The years in which a clock makes sense; the dates of all domains lie well inside PostgreSQL's and chrono's.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;

impl Request {
    /// A request that sets nothing.
    pub fn new(trigger: Trigger) -> Self {
        Self {
            trigger,
            tenant: None,
            dry_run: false,
            limit: None,
            as_of: None,
            lock_id: None,
            key: None,
            reason: None,
            request_id: None,
        }
    }

    /// Reads a direct request: a JSON object, every field optional.
    ///
    /// # Errors
    /// An unknown field is refused with the list of the known ones; a malformed one is named with what it takes.
    pub fn direct(trigger: Trigger, body: &Value, limit: Limit) -> Result<Self, BadRequest> {
        let Some(fields) = body.as_object() else {
            return Err(BadRequest(format!(
                "the request must be a JSON object such as {{}}; known fields: {}",
                FIELDS.join(", ")
            )));
        };
        if let Some(unknown) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            let unknown: String = unknown.chars().take(40).collect();
            return Err(BadRequest(format!(
                "unknown field '{unknown}'; known fields: {}",
                FIELDS.join(", ")
            )));
        }
        Ok(Self {
            tenant: text(fields, "tenant", NAME_MAX)?,
            dry_run: flag(fields, "dryRun")?,
            limit: match fields.get("limit") {
                None | Some(Value::Null) => None,
                Some(given) => Some(
                    limit
                        .taken(given.as_u64())
                        .ok_or_else(|| BadRequest(limit.refusal()))?,
                ),
            },
            as_of: field(fields, "asOf", AS_OF, |value| value.as_str().and_then(instant))?,
            lock_id: field(fields, "lockId", "an integer from 1 to 2147483647", |value| {
                value
                    .as_i64()
                    .and_then(|id| i32::try_from(id).ok())
                    .filter(|id| *id >= 1)
            })?,
            key: text(fields, "key", NAME_MAX)?,
            reason: text(fields, "reason", REASON_MAX)?,
            ..Self::new(trigger)
        })
    }

    /// Refuses what only development may ask for.
    ///
    /// # Errors
    /// When a lock id is given in production.
    pub fn permitted(&self, app_env: AppEnv, lock_variable: &str) -> Result<(), BadRequest> {
        match (self.lock_id, app_env) {
            (Some(_), AppEnv::Production) => Err(BadRequest(format!(
                "lockId is refused in production; set the environment variable {lock_variable} instead"
            ))),
            _ => Ok(()),
        }
    }
}

const AS_OF: &str = "an RFC 3339 instant such as 2026-11-22T02:00:00Z, from 1970 to 2199";

/// Reads a limit given as text.
///
/// # Errors
/// What the job's limit takes, or that it has none.
pub fn limit(text: &str, of_job: Limit) -> Result<u64, BadRequest> {
    of_job
        .taken(text.trim().parse().ok())
        .ok_or_else(|| BadRequest(of_job.refusal()))
}

/// Reads an RFC 3339 instant within the years that jobs are made for.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    YEARS.contains(&instant.year()).then_some(instant)
}

impl Event {
    /// Reads whatever Lambda was invoked with. `request_id` is the key of a direct request without one:
    /// Lambda keeps it when it tries an asynchronous invocation again, and so the run is resumed.
    ///
    /// # Errors
    /// When the event is neither of the three kinds, or malformed.
    pub fn read(event: &Value, request_id: &str, limit: Limit) -> Result<Self, BadRequest> {
        let with_id = |request: Request| Request {
            request_id: Some(request_id.to_owned()),
            ..request
        };
        if let Some(records) = queue_records(event) {
            let read = |record: &Value| {
                let id = record["messageId"].as_str().unwrap_or_default().to_owned();
                let request = queue_record(record, &id, limit).map(with_id);
                (id, request)
            };
            return Ok(Self::Batch(records.iter().map(read).collect()));
        }
        if event["source"] == "aws.events" && event["detail-type"] == "Scheduled Event" {
            return rule(event).map(with_id).map(Self::One);
        }
        let request = Request::direct(Trigger::Invoke, event, limit)?;
        let key = request
            .key
            .clone()
            .or_else(|| Some(format!("lambda:{request_id}")));
        Ok(Self::One(with_id(Request { key, ..request })))
    }
}

fn rule(event: &Value) -> Result<Request, BadRequest> {
    let malformed =
        |field: &str, takes: &str| BadRequest(format!("{field} of the rule's event must be {takes}"));
    let as_of = event["time"]
        .as_str()
        .and_then(instant)
        .ok_or_else(|| malformed("time", AS_OF))?;
    let id = event["id"]
        .as_str()
        .filter(|id| !id.is_empty() && id.len() <= NAME_MAX);
    let id = id.ok_or_else(|| malformed("id", "a text of 1 to 200 characters"))?;
    Ok(Request {
        as_of: Some(as_of),
        key: Some(id.to_owned()),
        ..Request::new(Trigger::Schedule)
    })
}

fn queue_records(event: &Value) -> Option<&Vec<Value>> {
    event["Records"]
        .as_array()
        .filter(|records| records.iter().all(|record| record["eventSource"] == "aws:sqs"))
}

fn queue_record(record: &Value, id: &str, limit: Limit) -> Result<Request, BadRequest> {
    let body = record["body"]
        .as_str()
        .and_then(|body| serde_json::from_str(body).ok());
    let body: Value = body.ok_or_else(|| BadRequest("the record's body must be JSON".into()))?;
    let request = Request::direct(Trigger::Queue, &body, limit)?;
    let key = request.key.clone().or_else(|| Some(format!("sqs:{id}")));
    Ok(Request { key, ..request })
}

/// Reads a field that may be absent or null.
fn field<T>(
    fields: &Map<String, Value>,
    name: &str,
    takes: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, BadRequest> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value)
            .map(Some)
            .ok_or_else(|| BadRequest(format!("{name} must be {takes}"))),
    }
}

fn flag(fields: &Map<String, Value>, name: &str) -> Result<bool, BadRequest> {
    Ok(field(fields, name, "true or false", Value::as_bool)?.unwrap_or_default())
}

fn text(fields: &Map<String, Value>, name: &str, longest: usize) -> Result<Option<String>, BadRequest> {
    field(
        fields,
        name,
        &format!("a text of 1 to {longest} characters"),
        |value| {
            let text = value.as_str()?.trim();
            // PostgreSQL cannot store a NUL character.
            let fits = !text.is_empty() && text.chars().count() <= longest && !text.contains('\0');
            fits.then(|| text.to_owned())
        },
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn direct(body: Value) -> Result<Request, String> {
        Request::direct(Trigger::Invoke, &body, Limit::OfRun).map_err(|error| error.0)
    }

    #[test]
    fn an_empty_object_is_a_valid_request_and_null_is_absent() {
        assert_eq!(direct(json!({})), Ok(Request::new(Trigger::Invoke)));
        assert_eq!(
            direct(json!({"limit": null, "tenant": null})),
            Ok(Request::new(Trigger::Invoke))
        );
    }

    #[test]
    fn every_field_is_read() {
        let body = json!({"tenant": "iron-temple", "dryRun": true, "limit": 5, "asOf": "2026-11-22T03:00:00+01:00",
            "lockId": 7, "key": "k", "reason": "by hand"});
        let expected = Request {
            tenant: Some("iron-temple".into()),
            dry_run: true,
            limit: Some(5),
            as_of: instant("2026-11-22T02:00:00Z"),
            lock_id: Some(7),
            key: Some("k".into()),
            reason: Some("by hand".into()),
            ..Request::new(Trigger::Invoke)
        };
        assert_eq!(direct(body), Ok(expected));
    }

    #[test]
    fn an_unknown_field_is_refused_with_the_known_ones() {
        let expected =
            "unknown field 'dry_run'; known fields: tenant, dryRun, limit, asOf, lockId, key, reason";
        assert_eq!(direct(json!({"dry_run": true})), Err(expected.into()));
        assert!(
            direct(json!([]))
                .unwrap_err()
                .starts_with("the request must be a JSON object")
        );
    }

    #[test]
    fn a_malformed_field_is_named_with_what_it_takes() {
        for limit in [json!(0), json!(-1), json!(1.5), json!("10"), json!(true)] {
            assert_eq!(
                direct(json!({"limit": limit})),
                Err("limit must be an integer of at least 1".into())
            );
        }
        for garbage in [
            json!("yesterday"),
            json!("2026-11-22"),
            json!(5),
            json!("+99999-01-01T00:00:00Z"),
            json!("2200-01-01T00:00:00Z"),
        ] {
            assert_eq!(
                direct(json!({"asOf": garbage})),
                Err(format!("asOf must be {AS_OF}"))
            );
        }
        assert_eq!(
            direct(json!({"dryRun": "yes"})),
            Err("dryRun must be true or false".into())
        );
        assert_eq!(
            direct(json!({"tenant": "a".repeat(201)})),
            Err("tenant must be a text of 1 to 200 characters".into())
        );
        assert_eq!(
            direct(json!({"key": ""})),
            Err("key must be a text of 1 to 200 characters".into())
        );
        assert_eq!(
            direct(json!({"lockId": 0})),
            Err("lockId must be an integer from 1 to 2147483647".into())
        );
    }

    #[test]
    fn a_lock_id_is_refused_in_production_only() {
        let request = Request {
            lock_id: Some(1),
            ..Request::new(Trigger::Cli)
        };
        assert_eq!(request.permitted(AppEnv::Staging, "X_LOCK_ID"), Ok(()));
        assert!(
            request
                .permitted(AppEnv::Production, "X_LOCK_ID")
                .unwrap_err()
                .0
                .contains("X_LOCK_ID")
        );
    }

    #[test]
    fn a_rule_event_gives_the_clock_and_the_key() {
        let event = json!({"version": "0", "id": "e1", "detail-type": "Scheduled Event", "source": "aws.events",
            "account": "1", "time": "2026-11-22T02:00:00Z", "region": "eu-west-1", "resources": [], "detail": {}});
        let expected = Request {
            as_of: instant("2026-11-22T02:00:00Z"),
            key: Some("e1".into()),
            request_id: Some("r".into()),
            ..Request::new(Trigger::Schedule)
        };
        assert_eq!(Event::read(&event, "r", Limit::OfRun), Ok(Event::One(expected)));
        let garbled =
            json!({"id": "e1", "detail-type": "Scheduled Event", "source": "aws.events", "time": "soon"});
        assert!(
            Event::read(&garbled, "r", Limit::OfRun)
                .unwrap_err()
                .0
                .starts_with("time of the rule's event")
        );
    }

    #[test]
    fn a_direct_request_without_a_key_is_known_by_its_invocation() {
        let Ok(Event::One(request)) = Event::read(&json!({}), "r-1", Limit::OfRun) else {
            panic!("one request")
        };
        assert_eq!(request.key.as_deref(), Some("lambda:r-1"));
    }

    #[test]
    fn a_bad_queue_record_fails_alone() {
        let record = |id: &str, body: &str| json!({"messageId": id, "eventSource": "aws:sqs", "body": body});
        let event = json!({"Records": [record("m1", "{\"limit\":1}"), record("m2", "nonsense"), record("m3", "{\"x\":1}")]});
        let Ok(Event::Batch(records)) = Event::read(&event, "r", Limit::OfRun) else {
            panic!("a batch")
        };
        assert_eq!(records[0].1.as_ref().unwrap().key.as_deref(), Some("sqs:m1"));
        assert!(records[1].1.is_err() && records[2].1.is_err());
    }

    proptest! {
        #[test]
        fn no_event_panics(text in "\\PC*", number in any::<f64>()) {
            for event in [json!(text), json!(number), json!({"limit": number}), json!({"asOf": text}), json!({&text: 1}),
                json!({"Records": [{"eventSource": "aws:sqs", "body": text}]})]
            {
                // Either answer is fine; only a panic is not.
                drop(Event::read(&event, "r", Limit::OfRun));
            }
        }
    }
}
