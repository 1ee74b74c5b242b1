//! The rule at its bounds, what holds of whatever is judged, and what becomes of the rows.

use proptest::{collection, prelude::*};
use serde_json::json;
use shared::testing::{TestDb, all, execute};

use super::*;

fn decimals(values: &[i64]) -> Vec<Decimal> {
    values.iter().map(|value| Decimal::from(*value)).collect()
}

/// How a count is judged: its score, or `all equal`, and how bad it is.
fn judged(value: i64, earlier: &[i64]) -> Option<(String, Severity)> {
    let anomaly = judge(Kind::Count, value.into(), &decimals(earlier))?;
    let score = anomaly
        .score
        .map_or("all equal".into(), |score| score.to_string());
    Some((score, anomaly.severity))
}

#[test]
fn a_score_of_three_and_a_half_is_an_anomaly_and_one_of_seven_is_critical() {
    use Severity::{Critical, Warning};
    // The median is 20000 and the deviation 1349, so that a score of 3.5 is 7000 away.
    let earlier = [18651, 18651, 20000, 21349, 21349];
    for (value, expected) in [
        (26999, None),
        (27000, Some(("3.50".into(), Warning))),
        (13000, Some(("-3.50".into(), Warning))),
        (33999, Some(("7.00".into(), Warning))),
        (34000, Some(("7.00".into(), Critical))),
        (6000, Some(("-7.00".into(), Critical))),
    ] {
        let scored = judged(value, &earlier);
        assert_eq!(
            scored,
            expected.map(|(score, severity): (String, _)| (score, severity)),
            "{value}"
        );
    }
}

#[test]
fn a_count_must_move_by_five_and_be_twenty() {
    for (value, earlier, is_told) in [
        (24, 19, true),
        (20, 15, true),
        (19, 14, false),
        (23, 19, false),
        (15, 20, true),
        (14, 19, false),
        (0, 20, true),
        (120, 100, true),
        (119, 100, false),
    ] {
        assert_eq!(
            judged(value, &[earlier; 8]).is_some(),
            is_told,
            "{value} after {earlier}"
        );
    }
}

#[test]
fn a_rate_must_move_by_five_points_and_be_one_of_twenty() {
    let earlier = vec![decimal(9, 1); 5];
    for (value, base, is_told) in [
        (decimal(85, 2), 20, true),
        (decimal(95, 2), 20, true),
        (decimal(851, 3), 20, false),
        (decimal(5, 1), 19, false),
    ] {
        let anomaly = judge(Kind::Rate { base }, value, &earlier);
        assert_eq!(anomaly.is_some(), is_told, "{value} of {base}");
        assert!(
            anomaly.is_none_or(|anomaly| anomaly.severity == Severity::Warning && anomaly.score.is_none())
        );
    }
}

#[test]
fn a_day_is_judged_by_five_of_eight_weekdays_or_by_fourteen_of_28_days() {
    let day: NaiveDate = "2026-11-21".parse().unwrap();
    let known = |ages: &[i64]| {
        let known = |date: NaiveDate| ages.contains(&(day - date).num_days());
        let baseline = baseline(day, |date| {
            known(date).then(|| Decimal::from((day - date).num_days()))
        });
        baseline.map(|values| {
            values
                .iter()
                .map(|value| value.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        })
    };
    assert_eq!(known(&[7, 21, 28, 49, 56]).as_deref(), Some("7 21 28 49 56"));
    assert_eq!(
        known(&[7, 21, 28, 49, 63]),
        None,
        "nine weeks before is too long ago"
    );
    let fortnight: Vec<i64> = (1..=14).collect();
    assert_eq!(
        known(&fortnight).as_deref(),
        Some("1 2 3 4 5 6 7 8 9 10 11 12 13 14")
    );
    assert_eq!(known(&fortnight[1..]), None);
    let late: Vec<i64> = (15..=28).collect();
    assert_eq!(known(&late).map(|values| values.len()), Some(14 * 3 - 1));
    assert_eq!(
        known(&(16..=29).collect::<Vec<_>>()),
        None,
        "29 days before is too long ago"
    );
}

#[test]
fn what_is_said_has_no_zeros_at_its_end() {
    let finding = Finding {
        metric: "completion_rate",
        period_start: DateTime::UNIX_EPOCH,
        anomaly: Anomaly {
            value: decimal(5000, 4),
            expected: decimal(8050, 4),
            score: None,
            severity: Severity::Warning,
        },
    };
    assert_eq!(finding.message(), "completion_rate 0.5, expected about 0.805");
}

proptest! {
    #[test]
    fn the_order_of_earlier_values_does_not_matter(
        value in 0..2_000_i64, mut earlier in collection::vec(0..2_000_i64, 5..28)
    ) {
        let one = judged(value, &earlier);
        earlier.reverse();
        prop_assert_eq!(&judged(value, &earlier), &one);
        earlier.sort_unstable();
        prop_assert_eq!(&judged(value, &earlier), &one);
    }

    #[test]
    fn a_value_among_its_like_is_no_anomaly(earlier in collection::vec(0..i64::MAX / 100, 1..28)) {
        let mut sorted = earlier.clone();
        sorted.sort_unstable();
        prop_assert_eq!(judged(sorted[sorted.len() / 2], &[sorted[sorted.len() / 2]; 5]), None);
        let middle = median(&decimals(&earlier)).unwrap();
        prop_assert_eq!(judge(Kind::Count, middle, &decimals(&earlier)), None);
    }

    #[test]
    fn further_away_is_never_less_of_an_anomaly(
        away in 0..5_000_i64, further in 0..5_000_i64, earlier in collection::vec(100..3_000_i64, 5..28)
    ) {
        let middle = median(&decimals(&earlier)).unwrap();
        let severity = |away: i64| judge(Kind::Count, middle + Decimal::from(away), &decimals(&earlier))
            .map(|anomaly| anomaly.severity);
        prop_assert!(severity(away) <= severity(away + further));
    }

    #[test]
    fn whatever_is_found_fits_the_table(
        value in 0..i64::from(i32::MAX) * 600, earlier in collection::vec(0..i64::from(i32::MAX), 5..28)
    ) {
        if let Some(anomaly) = judge(Kind::Count, value.into(), &decimals(&earlier)) {
            prop_assert!(anomaly.score.is_none_or(|score| score.abs() <= HIGHEST_SCORE && score.scale() <= 2));
            prop_assert!((anomaly.value - anomaly.expected).abs() >= LEAST_MOVE_OF_COUNT);
        }
    }
}

#[tokio::test]
async fn anomalies_are_written_mended_and_taken_back_and_what_people_made_of_them_stays() {
    let db = TestDb::new().await;
    let (tenant, other) = (
        db.tenant("productivity", "acme", "UTC").await,
        db.tenant("productivity", "other", "UTC").await,
    );
    let mut connection = db.connect().await;
    let at = |hour: &str| -> DateTime<Utc> { format!("2026-11-22T{hour}:00:00Z").parse().unwrap() };
    let (first, second, unjudged) = (at("00"), at("06"), at("12"));
    let finding = |metric, period_start, value: i64| Finding {
        metric,
        period_start,
        anomaly: Anomaly {
            value: value.into(),
            expected: decimal(1005, 1),
            score: Some(decimal(1366, 2)),
            severity: Severity::Critical,
        },
    };
    let given = [
        finding("dau", first, 60),
        finding("new_users", first, 61),
        finding("dau", second, 62),
        finding("dau", unjudged, 63),
    ];
    let given: Vec<&Finding> = given.iter().collect();
    let all_three = [first, second, unjudged];
    for tenant in [tenant, other] {
        write(&mut connection, tenant, first, Period::Slot, &all_three, &given)
            .await
            .unwrap();
    }
    write(
        &mut connection,
        tenant,
        first,
        Period::Day,
        &all_three,
        &given[..1],
    )
    .await
    .unwrap();
    execute(
        &mut connection,
        &format!("update productivity.anomaly set status = 'acknowledged' where tenant_id = '{tenant}'"),
    )
    .await;
    let rows = format!(
        "select concat_ws(' ', period, to_char(period_start, 'HH24'), status, to_char(detected_at, 'HH24'), message) as said,
            xmin::text as version
        from productivity.anomaly where tenant_id = '{tenant}' order by 1"
    );
    let before = all(&mut connection, &rows).await;
    let now = [
        finding("dau", first, 60),
        finding("dau", second, 99),
        finding("new_users", second, 61),
    ];
    write(
        &mut connection,
        tenant,
        at("18"),
        Period::Slot,
        &[first, second],
        &now.iter().collect::<Vec<_>>(),
    )
    .await
    .unwrap();
    let after = all(&mut connection, &rows).await;
    let said: Vec<&str> = after.iter().map(|row| row["said"].as_str().unwrap()).collect();
    assert_eq!(
        said,
        [
            "day 00 acknowledged 00 dau 60, expected about 100.5",
            "slot 00 acknowledged 00 dau 60, expected about 100.5",
            "slot 06 acknowledged 00 dau 99, expected about 100.5",
            "slot 06 open 18 new_users 61, expected about 100.5",
            "slot 12 acknowledged 00 dau 63, expected about 100.5",
        ]
    );
    assert_eq!(after[1], before[1], "what stays as it is is not rewritten");
    let theirs = format!("select count(*) from productivity.anomaly where tenant_id = '{other}'");
    assert_eq!(all(&mut connection, &theirs).await, [json!({"count": 4})]);
}
