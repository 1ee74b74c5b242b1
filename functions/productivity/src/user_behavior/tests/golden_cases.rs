//! The golden cases, each in a company of its own.

use super::*;
use crate::golden::{self, assert_rows, cases};

const FILE: &str = include_str!("../../../../../tests/golden/user-behavior.json");

#[tokio::test]
async fn user_behavior_gives_what_the_golden_cases_expect() {
    for case in cases(FILE) {
        let (expect, name) = (&case.expect, case.name.as_str());
        let db = golden::company(&case).await;
        let mut connection = db.connect().await;
        let report = db.run(&UserBehavior, &invoked(case.as_of)).await;
        assert_eq!(report.totals.failed, 0, "{name}");
        let window = "select * from productivity.behavior_insight";
        assert_rows(&mut connection, window, &expect["behavior_insight"], name).await;
        let profiles = "select * from productivity.user_behavior_profile order by user_id";
        assert_rows(&mut connection, profiles, &expect["profiles"], name).await;
    }
}
