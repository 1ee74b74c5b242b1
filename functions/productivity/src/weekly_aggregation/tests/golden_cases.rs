//! The golden cases, end to end.

use shared::testing::{counted, invoked};

use super::WeeklyAggregation;
use crate::golden::{assert_rows, cases, company, list};

const FILE: &str = include_str!("../../../../../tests/golden/weekly-aggregation.json");

#[tokio::test]
async fn weekly_aggregation_gives_what_the_golden_cases_expect() {
    for case in cases(FILE) {
        let (expect, name) = (&case.expect, case.name.as_str());
        let db = company(&case).await;
        let mut connection = db.connect().await;
        let report = db.run(&WeeklyAggregation, &invoked(case.as_of)).await;
        for (table, key) in [
            ("weekly_metric", "week_start"),
            ("retention_cohort", "cohort_day, day_n"),
            ("usage_heatmap", "dow, hour"),
        ] {
            let query = format!("select * from productivity.{table} order by {key}");
            assert_rows(&mut connection, &query, &expect[table], name).await;
        }
        let cells = list(&expect["retention_cohort"]).len() + list(&expect["usage_heatmap"]).len();
        assert_eq!(counted(&report)["rowsWritten"], cells + 1, "{name}");
    }
}
