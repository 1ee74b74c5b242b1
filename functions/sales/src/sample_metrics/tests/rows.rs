//! The rows of the metric tables.

use super::*;

#[tokio::test]
async fn a_second_run_rewrites_no_row_and_one_that_changed_is_written_alone() {
    let (db, mut connection, tenant) = distributor(4).await;
    run(&db).await;
    let versions = "select xmin::text, id from sales.sample_metric
        union all
        select xmin::text, id from sales.sample_metric_sku
        union all
        select xmin::text, id from sales.sample_usage
        order by 2";
    let before = all(&mut connection, versions).await;
    assert_eq!(before.len(), 14);
    run(&db).await;
    assert_eq!(all(&mut connection, versions).await, before);
    // The fourth customer was the only one of two without a type that tasted the first product.
    let moved = format!(
        "update sales.customer set account_type = 'HIGH_VOLUME' where id = '{}'",
        subject_id(tenant, 4)
    );
    execute(&mut connection, &moved).await;
    let later = Tastings::as_of() + TimeDelta::hours(1);
    let report = db.run(&SampleMetrics, &invoked(later)).await;
    // One segment is new and one lost a sample.
    let expected =
        json!({"samples": 4, "conversions": 4, "rowsWritten": 2, "rowsUnchanged": 9, "stale": true});
    assert_eq!(counted(&report), expected);
    let segments = "select customer_segment, samples_given, calculated_at from sales.sample_metric
        where customer_segment is not null order by 1";
    let (then, now) = ("2026-11-22T02:00:00+00:00", "2026-11-22T03:00:00+00:00");
    let expected = [("HIGH_VOLUME", 1, now), ("LOW_VOLUME", 1, then), ("NONE", 2, now)].map(|(segment, given, at)| {
        json!({"customer_segment": segment, "samples_given": given, "calculated_at": at})
    });
    assert_eq!(all(&mut connection, segments).await, expected);
}

#[tokio::test]
async fn a_date_keeps_what_was_known_then_and_loses_what_is_no_more() {
    let (db, mut connection, tenant) = distributor(2).await;
    let before = Tastings::as_of() - TimeDelta::days(1);
    db.run(&SampleMetrics, &invoked(before)).await;
    let of = |date: &str| {
        format!(
            "select to_jsonb(m) as row from sales.sample_metric m where metric_date = '{date}'
            union all
            select to_jsonb(m) from sales.sample_metric_sku m where metric_date = '{date}'
            order by 1"
        )
    };
    let yesterday = all(&mut connection, &of("2026-11-21")).await;
    run(&db).await;
    let today = all(&mut connection, &of("2026-11-22")).await;
    assert_eq!((yesterday.len(), today.len()), (9, 9));
    // With the first tasting the second product goes, and with it its category.
    let gone = format!(
        "delete from sales.sample_usage where id = '{}'",
        subject_id(tenant, 1)
    );
    execute(&mut connection, &gone).await;
    let report = run(&db).await;
    assert_eq!(report.counters["rowsDeleted"], 3);
    assert_eq!(all(&mut connection, &of("2026-11-22")).await.len(), 6);
    assert_eq!(all(&mut connection, &of("2026-11-21")).await, yesterday);
}

#[tokio::test]
async fn a_refused_sample_is_left_out_of_the_sums_however_the_pages_fall() {
    let (db, mut connection, tenant) = distributor(7).await;
    let guilty = subject_id(tenant, 4);
    execute(
        &mut connection,
        &format!("delete from sales.sample_usage where id = '{guilty}'"),
    )
    .await;
    run(&db).await;
    let expected = metrics(&mut connection).await;
    for pages in [1, 3, 500] {
        let (db, mut connection, _) = distributor(7).await;
        let poison = format!(
            "create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end';
             create trigger refuse before update on sales.sample_usage for each row when (new.id = '{guilty}')
             execute function refuse()"
        );
        execute(&mut connection, &poison).await;
        let request = invoked(Tastings::as_of());
        let report = db
            .runner(pages)
            .run(&SampleMetrics, &request, None, &mut ())
            .await
            .unwrap();
        let report = shared::testing::ran(report);
        assert_eq!((report.status, report.totals.failed), (Status::Partial, 1));
        assert_eq!(report.errors[0].subject, format!("sample:{guilty}"));
        assert_eq!(
            (
                &report.counters["samples"],
                &report.counters["conversions"],
                &report.counters["samplesFlagged"]
            ),
            (&json!(7), &json!(6), &json!(6))
        );
        assert_eq!(metrics(&mut connection).await, expected, "pages of {pages}");
    }
}

/// The windows begin and end with local midnights, on the days too on which the clock is changed there.
#[tokio::test]
async fn a_window_is_of_local_dates_whatever_the_clock_does_that_day() {
    // Zone, clock, the first instant of the cohort and the first after it.
    let table = [
        // 25 October 2026 has 25 hours in Berlin, 29 March 2026 has 23.
        (
            "Europe/Berlin",
            "2027-01-23T12:00:00Z",
            "2026-10-24T22:00:00Z",
            "2027-01-22T23:00:00Z",
        ),
        (
            "Europe/Berlin",
            "2026-10-26T12:00:00Z",
            "2026-07-27T22:00:00Z",
            "2026-10-25T23:00:00Z",
        ),
        (
            "Europe/Berlin",
            "2026-03-30T12:00:00Z",
            "2025-12-29T23:00:00Z",
            "2026-03-29T22:00:00Z",
        ),
        // In Santiago midnight of 6 September 2026 is skipped: the day begins at 1:00 of the summer time.
        (
            "America/Santiago",
            "2026-09-06T12:00:00Z",
            "2026-06-08T04:00:00Z",
            "2026-09-06T04:00:00Z",
        ),
    ];
    let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    for (zone, as_of, begin, end) in table {
        let (db, mut connection, _) = distributor(4).await;
        let mut statement = format!("update platform.tenant set time_zone = '{zone}';");
        let just = TimeDelta::microseconds(1);
        let tasted = [
            instant(begin) - just,
            instant(begin),
            instant(end) - just,
            instant(end),
        ];
        for (n, tasted_at) in tasted.into_iter().enumerate() {
            statement += &format!(
                "update sales.sample_usage set tasted_at = '{tasted_at}' where id =
                 (select id from sales.sample_usage order by id offset {n} limit 1);"
            );
        }
        execute(&mut connection, &statement).await;
        db.run(&SampleMetrics, &invoked(instant(as_of))).await;
        let given = "select window_days, samples_given from sales.sample_metric
            where product_category is null and sales_rep_id is null and customer_segment is null order by 1";
        let expected = [(7, 1), (30, 1), (90, 2)]
            .map(|(window, given)| json!({"window_days": window, "samples_given": given}));
        assert_eq!(all(&mut connection, given).await, expected, "{zone} {as_of}");
    }
}
