//! The golden cases, end to end.

use serde_json::{Map, Value, json};
use shared::testing::{all, counted, invoked};

use super::MonthlyInsights;
use crate::golden::{assert_rows, cases, company, label};

const FILE: &str = include_str!("../../../../../tests/golden/monthly-insights.json");

#[tokio::test]
async fn monthly_insights_gives_what_the_golden_cases_expect() {
    for case in cases(FILE) {
        let (expect, name) = (&case.expect, case.name.as_str());
        let db = company(&case).await;
        let mut connection = db.connect().await;
        let report = db.run(&MonthlyInsights, &invoked(case.as_of)).await;
        let month = "select * from productivity.monthly_insight";
        assert_rows(&mut connection, month, &expect["monthly_insight"], name).await;
        let rows = all(
            &mut connection,
            "select user_id, segment, month, previous_segment from productivity.user_segment order by user_id",
        )
        .await;
        let segments: Map<String, Value> = rows
            .iter()
            .map(|row| {
                (
                    row["user_id"].as_str().unwrap().to_owned(),
                    row["segment"].clone(),
                )
            })
            .collect();
        let expected: Map<String, Value> = expect["segments"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(user, segment)| (label(user).to_string(), segment.clone()))
            .collect();
        assert_eq!(json!(segments), json!(expected), "{name}");
        assert_eq!(counted(&report)["users"], expected.len(), "{name}");
        assert_eq!(report.totals.total, expected.len() as u64, "{name}");
    }
}
