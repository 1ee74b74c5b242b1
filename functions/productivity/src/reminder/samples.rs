//! Every e-mail as it is sent, byte by byte, so that a change of a template is seen for what it does.
//!
//! `RENEW_SAMPLES=1 cargo xtask test -- -p productivity --lib samples` writes the files anew; look at what changed.

use std::{fs, path::PathBuf};

use shared::testing::{TestDb, invoked, one};

use super::{Reminder, testing};
use crate::{
    break_reminders::Breaks,
    daily_check::Check,
    goal_deadlines::Deadlines,
    golden::{self, Case},
    inactive_users::Ladder,
    monthly_report::Monthly,
    weekly_review::Weekly,
};

#[tokio::test]
async fn every_mail_is_written_as_it_was() {
    for case in golden::cases(include_str!(
        "../../../../tests/golden/mails/productivity/given.json"
    )) {
        let db = golden::company(&case).await;
        match case.given["job"].as_str().unwrap() {
            "goal-deadlines" => assert_sample::<Deadlines>(&db, &case).await,
            "daily-check" => assert_sample::<Check>(&db, &case).await,
            "weekly-review" => assert_sample::<Weekly>(&db, &case).await,
            "inactive-users" => assert_sample::<Ladder>(&db, &case).await,
            "break-reminders" => assert_sample::<Breaks>(&db, &case).await,
            "monthly-report" => assert_sample::<Monthly>(&db, &case).await,
            job => panic!("what is {job}?"),
        }
    }
}

async fn assert_sample<R: Reminder>(db: &TestDb, case: &Case) {
    let report = db.run(&testing::job::<R>("utc"), &invoked(case.as_of)).await;
    assert_eq!(
        report.counters["queuedEmail"], 1,
        "{}: {:?}",
        case.name, report.counters
    );
    let mail = one(&mut db.connect().await, "select * from platform.message").await;
    let part = |name: &str| mail[name].as_str().unwrap();
    let text = format!("Subject: {}\n\n{}\n", part("subject"), part("body_text"));
    assert_written(&format!("{}.txt", case.name), &text);
    assert_written(
        &format!("{}.html", case.name),
        &format!("{}\n", part("body_html")),
    );
}

fn assert_written(name: &str, expected: &str) {
    let samples = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/golden/mails/productivity"
    );
    let path = PathBuf::from(samples).join(name);
    if std::env::var_os("RENEW_SAMPLES").is_some() {
        fs::write(&path, expected).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == expected,
        "{name} is now:\n{expected}\nRENEW_SAMPLES=1 writes it anew."
    );
}
