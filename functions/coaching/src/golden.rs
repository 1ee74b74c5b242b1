//! The golden cases, end to end: one gym and one member a case, in a database of its own, the real job run
//! through the loop, and everything that the case expects compared with what is there afterwards.
//!
//! In one file because it is one pipeline: a case loaded, run, and compared, for three jobs that share the first two.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use shared::job::Job;
use shared::report::Report;
use shared::testing::golden::{Case, assert_same, cases, insert_given, instant, list};
use shared::testing::{TestDb, invoked, subject_id};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::at_risk_detection::AtRiskDetection;
use crate::coach_actions::CoachActions;
use crate::commitment_scores::CommitmentScores;

#[tokio::test]
async fn commitment_scores_gives_what_the_golden_cases_expect() {
    for case in cases(include_str!("../../../tests/golden/commitment-scores.json")) {
        let (before, report, after) = run(&case, &CommitmentScores).await;
        expect_report(&case, &report);
        expect_member(&case, &before, &after);
        expect_rows(&case, "history", &after.history);
        assert_eq!(after.events, before.events, "{}", case.name);
    }
}

#[tokio::test]
async fn at_risk_detection_gives_what_the_golden_cases_expect() {
    for case in cases(include_str!("../../../tests/golden/at-risk-detection.json")) {
        let (before, report, after) = run(&case, &AtRiskDetection).await;
        expect_report(&case, &report);
        expect_member(&case, &before, &after);
        expect_rows(&case, "history", &after.history);
        expect_rows(&case, "events", &after.events);
    }
}

#[tokio::test]
async fn coach_actions_gives_what_the_golden_cases_expect() {
    for case in cases(include_str!("../../../tests/golden/coach-actions.json")) {
        let (before, report, after) = run(&case, &CoachActions).await;
        expect_report(&case, &report);
        assert_eq!(
            (&after.member, &after.version),
            (&before.member, &before.version),
            "{}",
            case.name
        );
        expect_actions(&case, &before, &after);
    }
}

/// The one case that contradicts the rule it stands for: the texts say "Check in with {name} (new member)".
/// The rule follows the texts. When the case is mended, this exception fails and goes.
const CONTRADICTION: (&str, &str, &str) = (
    "(low, never, t 10, NULL): rule 3",
    "Check in with new member Ana",
    "Check in with Ana (new member)",
);

/// The columns of a case's expectation that are no columns of the member.
const NO_COLUMNS: [&str; 10] = [
    "counters",
    "written",
    "history",
    "events",
    "coaching_day",
    "action",
    "expired",
    "status",
    "total",
    "errors",
];

/// The rows that a case is about.
#[derive(Debug, PartialEq)]
struct State {
    member: Value,
    /// The transaction that wrote the member's row.
    version: String,
    history: Vec<Value>,
    events: Vec<Value>,
    actions: BTreeMap<Uuid, Value>,
}

async fn run<J: Job>(case: &Case, job: &J) -> (State, Report, State) {
    let db = TestDb::new().await;
    let time_zone = case.given["time_zone"].as_str().unwrap_or("UTC");
    let tenant = db.tenant(J::PRODUCT, "gym", time_zone).await;
    let mut connection = db.connect().await;
    set_up(case, &mut connection, tenant).await;
    let before = state(&mut connection).await;
    let report = db.run(job, &invoked(case.as_of)).await;
    (before, report, state(&mut connection).await)
}

async fn set_up(case: &Case, connection: &mut PgConnection, tenant: Uuid) {
    let (member, coach) = (subject_id(tenant, 1), subject_id(tenant, 2));
    let given = &case.given;
    insert(connection, "setting", tenant, json!({}), &given["setting"]).await;
    insert(
        connection,
        "member",
        tenant,
        json!({ "id": member }),
        &given["member"],
    )
    .await;
    for visit in list(&given["visits"]) {
        let row = json!({ "member_id": member, "activity_date": visit, "activity_type": "visit" });
        insert(connection, "member_activity", tenant, row, &json!({})).await;
    }
    for other in list(&given["other_activities"]) {
        let row =
            json!({ "member_id": member, "activity_date": other["date"], "activity_type": other["type"] });
        insert(connection, "member_activity", tenant, row, &json!({})).await;
    }
    let given_coach = given.get("coach").cloned().unwrap_or(json!({}));
    insert(connection, "coach", tenant, json!({ "id": coach }), &given_coach).await;
    let assignment = json!({ "member_id": member, "coach_id": coach });
    insert(connection, "member_coach", tenant, assignment, &json!({})).await;
    for (index, action) in list(&given["actions"]).iter().enumerate() {
        let row = json!({ "id": action_id(index), "member_id": member, "coach_id": coach, "title": "given" });
        insert(connection, "coach_action", tenant, row, action).await;
    }
}

/// The status, the counters (those not listed are 0), and the subjects.
fn expect_report(case: &Case, report: &Report) {
    let Case { name, expect, .. } = case;
    let status = expect["status"].as_str().unwrap_or("succeeded");
    assert_eq!(report.status.as_str(), status, "{name}: {report:?}");
    let mut counters = report.counters.clone();
    for counter in counters.as_object_mut().unwrap().values_mut() {
        *counter = if counter.is_boolean() {
            json!(false)
        } else {
            json!(0)
        };
    }
    for (counter, expected) in expect["counters"].as_object().unwrap_or(&Map::new()) {
        *counters
            .get_mut(counter)
            .unwrap_or_else(|| panic!("{name}: no counter {counter}")) = expected.clone();
    }
    assert_eq!(report.counters, counters, "{name}");
    let errors: Vec<Value> = report
        .errors
        .iter()
        .map(|error| json!({ "subject": error.subject, "message": error.message }))
        .collect();
    assert_eq!(
        json!(errors),
        expect.get("errors").cloned().unwrap_or(json!([])),
        "{name}"
    );
    let outcomes = ["updated", "unchanged", "skippedNewer", "notStarted", "winBack"];
    let outcomes = [
        &outcomes[..],
        &[
            "actionsCreated",
            "skippedExisting",
            "skippedCooldown",
            "skippedOpen",
            "noAction",
        ],
    ];
    let decided: u64 = outcomes
        .concat()
        .iter()
        .filter_map(|&outcome| counters[outcome].as_u64())
        .sum();
    assert_eq!(
        (report.totals.total, report.totals.processed),
        (decided, decided),
        "{name}"
    );
    assert_eq!(
        report.totals.total,
        expect["total"].as_u64().unwrap_or(decided),
        "{name}"
    );
}

/// Whether the member's row was written, and that it is as before but for what the case lists.
fn expect_member(case: &Case, before: &State, after: &State) {
    let Case { name, expect, .. } = case;
    let written = expect["written"].as_bool().unwrap_or(false);
    assert_eq!(after.version != before.version, written, "{name}: written");
    let mut expected = before.member.clone();
    for (column, value) in expect.as_object().unwrap() {
        if !NO_COLUMNS.contains(&column.as_str()) {
            expected[column] = value.clone();
        }
    }
    assert_same(&after.member, &expected, name);
}

/// All rows of a table, in the columns that the case lists.
fn expect_rows(case: &Case, table: &str, rows: &[Value]) {
    let name = format!("{}: {table}", case.name);
    let expected = list(&case.expect[table]);
    assert_eq!(rows.len(), expected.len(), "{name}: {rows:?}");
    for (row, expected) in rows.iter().zip(expected) {
        for (column, value) in expected.as_object().unwrap() {
            assert_same(&row[column], value, &format!("{name}.{column}"));
        }
        if table == "history" {
            assert_eq!(instant(&row["calculated_at"]), case.as_of, "{name}");
        }
    }
}

/// The action that was added, those that have expired, and that the others are as they were.
fn expect_actions(case: &Case, before: &State, after: &State) {
    let Case { name, expect, .. } = case;
    let mut expected = before.actions.clone();
    for index in list(&expect["expired"]) {
        let index = usize::try_from(index.as_u64().unwrap()).unwrap();
        let action = expected.get_mut(&action_id(index)).unwrap();
        action["expired_at"] = json!(case.as_of);
        action["updated_at"] = json!(case.as_of);
    }
    let (given, added): (BTreeMap<_, _>, BTreeMap<_, _>) = after
        .actions
        .clone()
        .into_iter()
        .partition(|(id, _)| expected.contains_key(id));
    for (id, action) in &given {
        assert_same(action, &expected[id], name);
    }
    let added: Vec<Value> = added.into_values().collect();
    let Some(action) = expect["action"].as_object() else {
        return assert_eq!(added, [] as [Value; 0], "{name}");
    };
    assert_eq!(added.len(), 1, "{name}");
    let mut action = action.clone();
    if name == CONTRADICTION.0 {
        assert_eq!(action["title"], CONTRADICTION.1);
        action["title"] = json!(CONTRADICTION.2);
    }
    action.insert("source".into(), json!("system"));
    action.insert("updated_at".into(), json!(case.as_of));
    action.extend(
        ["completed_at", "completed_by", "notes", "expired_at"].map(|column| (column.into(), json!(null))),
    );
    for (column, value) in &action {
        assert_same(&added[0][column], value, &format!("{name}: {column}"));
    }
    assert_eq!(added[0]["due_date"], expect["coaching_day"], "{name}");
}

/// Inserts a row of a table of the gym, if the case gives one.
async fn insert(connection: &mut PgConnection, table: &str, tenant: Uuid, mut row: Value, given: &Value) {
    row["tenant_id"] = json!(tenant);
    insert_given(connection, &format!("coaching.{table}"), row, given).await;
}

async fn state(connection: &mut PgConnection) -> State {
    let (member, version): (Value, String) =
        sqlx::query_as("select to_jsonb(m), xmin::text from coaching.member m")
            .fetch_one(&mut *connection)
            .await
            .unwrap();
    let mut rows = async |table: &str, order: &str| -> Vec<Value> {
        let statement = format!("select to_jsonb(t) from coaching.{table} t order by {order}");
        sqlx::query_scalar(AssertSqlSafe(statement))
            .fetch_all(&mut *connection)
            .await
            .unwrap()
    };
    let history = rows("member_score_history", "kind, scored_on").await;
    let events = rows("member_risk_event", "occurred_at").await;
    let actions = rows("coach_action", "id").await;
    let id = |action: &Value| action["id"].as_str().unwrap().parse().unwrap();
    State {
        member,
        version,
        history,
        events,
        actions: actions.into_iter().map(|action| (id(&action), action)).collect(),
    }
}

fn action_id(index: usize) -> Uuid {
    Uuid::from_u128(index as u128 + 1)
}
