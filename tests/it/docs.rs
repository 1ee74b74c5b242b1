//! What operators copy from the documentation: the queries of docs/logging.md, held against the lines that a job
//! writes, and the SQL of docs/runbook.md, against the schema.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::testing::{execute, subject_id, tenant_id};

use crate::log::checked;
use crate::stage::{Stage, rule_with_id};

const LOGGING: &str = include_str!("../../docs/logging.md");
const RUNBOOK: &str = include_str!("../../docs/runbook.md");

const JOB: &str = "commitment-scores";

/// A line's fields as Insights finds them, `report.errors.0.message` for one inside, and their values as text.
type Line = BTreeMap<String, String>;

#[tokio::test]
async fn the_queries_find_what_they_ask_for_and_the_fields_are_all_explained() {
    let lines = lines_of_a_troubled_job().await;
    let without_metrics = lines.iter().filter(|line| !line.contains_key("_aws.Timestamp"));
    for field in without_metrics.flat_map(Line::keys) {
        let field = field.split('.').next().unwrap();
        assert!(
            LOGGING.contains(&format!("`{field}`")),
            "docs/logging.md does not explain {field}"
        );
    }
    for query in fenced(LOGGING, "insights") {
        holds(query, &lines);
    }
}

#[tokio::test]
async fn the_database_takes_every_statement_of_the_runbook() {
    let stage = Stage::empty().await;
    let mut admin = stage.db.connect().await;
    for statements in fenced(RUNBOOK, "sql") {
        execute(&mut admin, &format!("begin; {statements}; rollback")).await;
    }
}

/// The blocks of a page in one language.
fn fenced<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    let blocks: Vec<&str> = page
        .split(&opening)
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("```")?.0))
        .collect();
    assert!(!blocks.is_empty(), "no {language} in the page");
    blocks
}

/// Applies a query's filters, and looks for the fields that it names in the lines that are left.
fn holds(query: &str, lines: &[Line]) {
    let mut left: Vec<&Line> = lines.iter().collect();
    let mut shown = String::new();
    for command in query.split('|').map(str::trim) {
        let (verb, words) = command.split_once(' ').unwrap();
        match verb {
            "filter" => left = filtered(words, &left),
            "fields" | "stats" | "sort" => shown += &format!("{words} "),
            "limit" => assert!(words.parse::<u32>().is_ok(), "{command}"),
            _ => panic!("is {verb} a command of Insights? {query}"),
        }
    }
    for field in fields(&shown) {
        assert!(
            left.iter().any(|line| line.contains_key(field)),
            "no line that is left has {field}: {query}"
        );
    }
}

/// The lines that a filter leaves: of each of its alternatives at least one.
fn filtered<'a>(condition: &str, lines: &[&'a Line]) -> Vec<&'a Line> {
    let alternatives = condition.split(" or ");
    let found = alternatives.flat_map(|alternative| {
        let found: Vec<&Line> = lines
            .iter()
            .copied()
            .filter(|line| alternative.split(" and ").all(|term| is_met(term, line)))
            .collect();
        assert!(!found.is_empty(), "no line has {alternative}");
        found
    });
    found.collect()
}

/// Whether a line meets one term of a filter. Any value meets `"…"`, which stands for what one looks for.
fn is_met(term: &str, line: &Line) -> bool {
    if let Some(field) = term.strip_prefix("not ispresent(") {
        return !line.contains_key(field.trim_end_matches(')'));
    }
    if let Some(field) = term.strip_prefix("ispresent(") {
        return line.contains_key(field.trim_end_matches(')'));
    }
    let [field, operator, value] = term.splitn(3, ' ').collect::<Vec<_>>()[..] else {
        panic!("what does {term} mean?")
    };
    let value = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap();
    line.get(field).is_some_and(|found| match operator {
        _ if value == "…" => true,
        "=" => found == value,
        "like" => found.contains(value),
        _ => panic!("what does {term} mean?"),
    })
}

/// The fields that lists and aggregations name: no function, no name given by `as`, and not the one that Insights
/// itself adds to a line.
fn fields(words: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut given = vec!["@timestamp"];
    let mut words = words.split([' ', ',', ')']).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        match word.rsplit_once('(').map_or(word, |(_, argument)| argument) {
            "as" => given.extend(words.next()),
            "by" | "asc" | "desc" | "*" => {}
            number if number.starts_with(|c: char| c.is_ascii_digit()) => {}
            field => fields.push(field),
        }
    }
    fields.retain(|field| !given.contains(field));
    fields
}

/// Runs a job as Lambda does through most of what can become of a run.
async fn lines_of_a_troubled_job() -> Vec<Line> {
    let stage = Stage::new().await;
    let mut admin = stage.db.connect().await;
    let function = stage.function(JOB).env("AWS_LAMBDA_LOG_LEVEL", "DEBUG");
    let mut logs = Vec::new();
    let mut invoke = async |id: &str| {
        let invocation = function.invoke(&rule_with_id(JOB, id)).await.unwrap();
        logs.extend(checked(JOB, invocation).logs);
    };

    let member = subject_id(tenant_id("alpha"), 1);
    let refuse = format!(
        "alter table coaching.member_score_history add constraint refused check (member_id <> '{member}')"
    );
    for (id, trouble) in [
        ("a member refused", refuse.as_str()),
        (
            "a gym with a bad zone",
            "update platform.tenant set time_zone = 'Mars/Olympus' where slug = 'beta'",
        ),
        (
            "both gyms with a bad zone",
            "update platform.tenant set time_zone = 'Mars/Olympus'",
        ),
        ("good again", "update platform.tenant set time_zone = 'UTC'"),
        (
            "paused",
            &format!("insert into platform.job_setting (job, enabled) values ('{JOB}', false)"),
        ),
    ] {
        execute(&mut admin, trouble).await;
        invoke(id).await;
    }
    execute(&mut admin, "delete from platform.job_setting").await;
    invoke("good again").await;

    stage.gym("gamma", 3).await;
    // As if another run had begun while this one wrote its page.
    for statement in [
        "create function overtake() returns trigger language plpgsql as
         'begin update platform.job_lease set fence = fence + 1; return null; end'",
        "create trigger overtake after insert on coaching.member_score_history execute function overtake()",
    ] {
        execute(&mut admin, statement).await;
    }
    invoke("overtaken").await;
    logs.iter()
        .map(|line| flat(&serde_json::from_str(line).unwrap()))
        .collect()
}

fn flat(line: &Value) -> Line {
    fn add(path: &str, value: &Value, line: &mut Line) {
        let inside = |name: &str| match path {
            "" => name.to_owned(),
            _ => format!("{path}.{name}"),
        };
        match value {
            Value::Object(fields) => fields
                .iter()
                .for_each(|(name, value)| add(&inside(name), value, line)),
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    add(&inside(&n.to_string()), item, line);
                }
            }
            Value::String(text) => drop(line.insert(path.to_owned(), text.clone())),
            other => drop(line.insert(path.to_owned(), other.to_string())),
        }
    }
    let mut fields = Line::new();
    add("", line, &mut fields);
    fields
}
