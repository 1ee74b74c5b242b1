//! Running again after late data leaves what one run leaves that had all of it from the beginning.

use chrono::TimeDelta;
use chrono_tz::Tz;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

use super::*;

const AS_OF: &str = "2026-11-22T01:00:00Z";

/// Pairs of companies with the same people: the one is told all at once, the other one in two parts.
const PAIRS: u32 = 12;
const USERS: u32 = 5;

const ZONES: [Tz; 6] = [
    Tz::UTC,
    Tz::America__Los_Angeles,
    Tz::Pacific__Kiritimati,
    Tz::Asia__Kathmandu,
    Tz::Pacific__Niue,
    Tz::Europe__Berlin,
];

#[tokio::test]
async fn late_data_ends_in_what_all_data_at_once_ends_in() {
    let db = TestDb::new().await;
    let mut connection = db.connect().await;
    let mut runner = TestRunner::deterministic();
    let mut drawn = |range: std::ops::Range<i64>| range.new_tree(&mut runner).unwrap().current();
    let as_of = instant(AS_OF);
    // What is told late: of each pair the same for both.
    let mut late = Vec::new();
    for pair in 0..PAIRS {
        let tenants = [
            db.tenant("productivity", &format!("a{pair:02}"), "UTC").await,
            db.tenant("productivity", &format!("b{pair:02}"), "UTC").await,
        ];
        for n in 1..=USERS {
            let zone = ZONES[drawn(0..6) as usize];
            for tenant in tenants {
                insert_user(&mut connection, tenant, subject_id(tenant, n), zone.name()).await;
            }
            for _ in 0..drawn(0..8) {
                // The days that are closed by the first run are told in time, as far as the company's numbers go.
                let is_late = drawn(0..2) == 1;
                let oldest = if is_late { 2 * 86_400 - 82_800 } else { 6 * 86_400 };
                let end = as_of - TimeDelta::seconds(drawn(0..oldest));
                let start = end - TimeDelta::seconds(drawn(0..40_000));
                let status = ["completed", "cancelled", "expired"][drawn(0..3) as usize];
                let kind = ["pomodoro", "focus", "custom", "break"][drawn(0..4) as usize];
                let session = json!({"status": status, "type": kind});
                if is_late {
                    late.push((tenants, n, start, end, session));
                } else {
                    for tenant in tenants {
                        insert_session(
                            &mut connection,
                            tenant,
                            subject_id(tenant, n),
                            start,
                            end,
                            &session,
                        )
                        .await;
                    }
                }
            }
            // And what of his old sessions is told late touches nobody's day but his.
            let end = as_of - TimeDelta::seconds(drawn(6 * 86_400..55 * 86_400));
            let session = json!({"updated_at": as_of - TimeDelta::seconds(drawn(0..345_600))});
            late.push((tenants, n, end - TimeDelta::minutes(25), end, session));
        }
    }
    let all_at_once = |index: usize| index == 1;
    for index in [1, 0] {
        if all_at_once(index) {
            for (tenants, n, start, end, session) in &late {
                let tenant = tenants[index];
                insert_session(
                    &mut connection,
                    tenant,
                    subject_id(tenant, *n),
                    *start,
                    *end,
                    session,
                )
                .await;
            }
            run_at(&db, AS_OF).await;
            continue;
        }
        for (tenants, n, start, end, session) in &late {
            let tenant = tenants[index];
            insert_session(
                &mut connection,
                tenant,
                subject_id(tenant, *n),
                *start,
                *end,
                session,
            )
            .await;
        }
    }
    let rows = |slug: &str| {
        format!(
            "select left(t.slug, 0) as of, right(t.slug, 2) as pair, q.* from platform.tenant t
            join (
                select tenant_id, day, to_jsonb(f) - '{{tenant_id,user_id}}'::text[] as said, left(user_id::text, 8) as who
                from productivity.user_daily_focus f
                union all
                select tenant_id, day, to_jsonb(m) - 'tenant_id', '' from productivity.daily_metric m
                where day >= '2026-11-20'
            ) q on q.tenant_id = t.id
            where t.slug like '{slug}%'
            order by pair, who, day"
        )
    };
    let said = |rows: Vec<Value>| -> Vec<Value> {
        rows.into_iter()
            .map(|row| json!([row["pair"], row["who"], row["day"], row["said"]]))
            .collect()
    };
    let once = said(all(&mut connection, &rows("b")).await);
    assert_ne!(
        said(all(&mut connection, &rows("a")).await),
        once,
        "the second part has not been counted yet"
    );
    run_at(&db, AS_OF).await;
    assert_eq!(said(all(&mut connection, &rows("a")).await), once);
    assert!(once.len() > 200, "{}", once.len());
    let again = run_at(&db, AS_OF).await;
    assert_eq!(again.counters["rowsWritten"], 0);
}
