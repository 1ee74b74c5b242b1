//! Alerts hour by hour.

use super::*;

const ALERTS: &str = "select rule, severity, to_char(opened_at, 'DD HH24') as opened,
        to_char(last_seen_at, 'DD HH24') as seen, to_char(resolved_at, 'DD HH24') as resolved
    from platform.alert order by rule, opened_at";

fn alert(rule: &str, severity: &str, opened: &str, seen: &str, resolved: Option<&str>) -> Value {
    json!({"rule": rule, "severity": severity, "opened": opened, "seen": seen, "resolved": resolved})
}

/// Requests of an hour of 26 June that take too long on average.
async fn slow_hour(connection: &mut PgConnection, tenant: Uuid, hour: u32) {
    let minute_at = format!("2024-06-26T{hour:02}:30:00Z");
    minute(
        connection,
        tenant,
        json!({"minute_at": minute_at, "total_ms": 25_100}),
    )
    .await;
}

#[tokio::test]
async fn an_alert_is_opened_escalated_and_resolved_once_whatever_is_run_again() {
    let (db, mut connection, tenant) = company().await;
    // From 10 to 12 it is slow, and from 12 to 13 it is not.
    for hour in [10, 11] {
        slow_hour(&mut connection, tenant, hour).await;
    }
    minute(
        &mut connection,
        tenant,
        json!({"minute_at": "2024-06-26T12:30:00Z"}),
    )
    .await;
    let rule = "http-mean:acme";
    let hours = [
        (
            "2024-06-26T11:00:00Z",
            json!(1),
            json!(0),
            alert(rule, "warning", "26 11", "26 11", None),
        ),
        (
            "2024-06-26T12:00:00Z",
            json!(0),
            json!(0),
            alert(rule, "critical", "26 11", "26 12", None),
        ),
        (
            "2024-06-26T13:00:00Z",
            json!(0),
            json!(1),
            alert(rule, "critical", "26 11", "26 12", Some("26 13")),
        ),
    ];
    for (as_of, opened, closed, expected) in &hours {
        let report = run_at(&db, as_of).await;
        assert_eq!(
            (&report.counters["alertsOpened"], &report.counters["alertsClosed"]),
            (opened, closed),
            "{as_of}"
        );
        for again in [false, true] {
            assert_eq!(
                all(&mut connection, ALERTS).await,
                std::slice::from_ref(expected),
                "{as_of}, again: {again}"
            );
            let report = run_at(&db, as_of).await;
            assert_eq!(
                (&report.counters["alertsOpened"], &report.counters["alertsClosed"]),
                (&json!(0), &json!(0))
            );
        }
    }
    // Hours that are long past say nothing any more.
    for (as_of, ..) in &hours {
        run_at(&db, as_of).await;
        assert_eq!(
            all(&mut connection, ALERTS).await,
            [hours[2].3.clone()],
            "{as_of}"
        );
    }
    // A day without requests is unknown; bad again is another alert.
    run_at(&db, "2024-06-26T14:00:00Z").await;
    slow_hour(&mut connection, tenant, 14).await;
    run_at(&db, "2024-06-26T15:00:00Z").await;
    assert_eq!(
        all(&mut connection, ALERTS).await,
        [hours[2].3.clone(), alert(rule, "warning", "26 15", "26 15", None)]
    );
}

#[tokio::test]
async fn each_company_has_alerts_of_its_own_by_its_own_settings() {
    let (db, mut connection, tenant) = company().await;
    let patient = db.tenant("productivity", "patient", "UTC").await;
    let setting = json!({"tenant_id": patient, "max_mean_ms": 251});
    insert(&mut connection, "productivity.setting", &setting).await;
    for company in [tenant, patient] {
        slow_hour(&mut connection, company, 11).await;
        message(
            &mut connection,
            company,
            "old",
            json!({"created_at": "2024-06-26T11:29:59Z"}),
        )
        .await;
    }
    let report = run_at(&db, "2024-06-26T12:00:00Z").await;
    assert_eq!(report.counters["alertsOpened"], 3);
    let opened = |rule: &str| alert(rule, "warning", "26 12", "26 12", None);
    assert_eq!(
        all(&mut connection, ALERTS).await,
        [
            opened("http-mean:acme"),
            opened("mail-oldest:acme"),
            opened("mail-oldest:patient")
        ]
    );
}

#[tokio::test]
async fn an_alert_of_a_company_that_is_judged_no_more_is_resolved_after_a_day() {
    let (db, mut connection, tenant) = company().await;
    slow_hour(&mut connection, tenant, 11).await;
    run_at(&db, "2024-06-26T12:00:00Z").await;
    execute(&mut connection, "update platform.tenant set suspended_at = now()").await;
    let open = alert("http-mean:acme", "warning", "26 12", "26 12", None);
    run_at(&db, "2024-06-27T12:00:00Z").await;
    assert_eq!(all(&mut connection, ALERTS).await, [open], "24 h");
    assert_eq!(
        run_at(&db, "2024-06-27T13:00:00Z").await.counters["alertsClosed"],
        1
    );
    let resolved = alert("http-mean:acme", "warning", "26 12", "26 12", Some("27 13"));
    assert_eq!(all(&mut connection, ALERTS).await, [resolved], "25 h");
}
