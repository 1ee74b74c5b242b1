//! The golden cases: companies end to end, the rules of trends and anomalies by themselves.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::*;
use crate::{
    anomaly::{Kind, baseline, judge},
    daily_analytics::trend::Trend,
    golden::{self, Case, assert_rows, cases, list},
};

const FILE: &str = include_str!("../../../../../tests/golden/daily-analytics.json");

#[tokio::test]
async fn daily_analytics_gives_what_the_golden_cases_expect() {
    for case in cases(FILE) {
        match case.name.split_once(": ") {
            Some(("anomaly", _)) => assert_eq!(verdict(&case), case.expect["verdict"], "{}", case.name),
            Some(("trend", _)) => assert_eq!(trend(&case), case.expect["trend"], "{}", case.name),
            _ => assert_company(&case).await,
        }
    }
}

async fn assert_company(case: &Case) {
    let (expect, name) = (&case.expect, case.name.as_str());
    let db = golden::company(case).await;
    let mut connection = db.connect().await;
    let report = db.run(&DailyAnalytics, &invoked(case.as_of)).await;
    assert_eq!(report.totals.failed, 0, "{name}");
    let days = list(&expect["daily_metric"]);
    for day in days {
        let row = format!(
            "select * from productivity.daily_metric where day = {}",
            quoted(&day["day"])
        );
        assert_rows(&mut connection, &row, day, name).await;
    }
    if let Some(focus) = expect.get("user_daily_focus") {
        let rows = "select * from productivity.user_daily_focus order by user_id, day";
        assert_rows(&mut connection, rows, focus, name).await;
    }
    assert!(!days.is_empty(), "{name} expects something");
}

fn quoted(text: &Value) -> String {
    format!("'{}'", text.as_str().unwrap())
}

fn number(value: &Value) -> Decimal {
    value.as_i64().unwrap().into()
}

fn spelled(number: Decimal) -> Value {
    json!(number.normalize().to_string())
}

fn verdict(case: &Case) -> Value {
    assert_eq!(case.given["kind"], "count");
    let values = list(&case.given["sameWeekday"]);
    let day = yesterday(case.as_of);
    let of_weekday = |date: NaiveDate| {
        let age = (day - date).num_days();
        (age % 7 == 0)
            .then(|| values.get(age as usize / 7 - 1).map(number))
            .flatten()
    };
    let Some(earlier) = baseline(day, of_weekday) else {
        return json!("no_verdict");
    };
    match judge(Kind::Count, number(&case.given["value"]), &earlier) {
        None => json!("none"),
        Some(anomaly) => json!({
            "expected": spelled(anomaly.expected),
            "score": anomaly.score.map(spelled),
            "severity": format!("{:?}", anomaly.severity).to_lowercase(),
        }),
    }
}

fn trend(case: &Case) -> Value {
    let earlier = [number(&case.given["previous"])];
    let trend = Trend::of(number(&case.given["current"]), &earlier);
    trend.map_or(Value::Null, |trend| {
        json!({
            "previous": spelled(trend.previous), "current": spelled(trend.current),
            "change_pct": spelled(trend.change_pct), "direction": trend.direction, "level": trend.level,
        })
    })
}
