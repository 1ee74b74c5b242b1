//! What the generator promises.

use super::*;
use crate::testing::{Generator, count, filled, has_each, seeded};

struct Companies;

impl Generator for Companies {
    type Size = Size;
    type Filled = Filled;

    /// A Friday afternoon.
    const AS_OF: &'static str = "2026-01-30T17:25:00Z";
    const SIZE: Size = Size {
        companies: 3,
        people_per_company: 240,
        sessions_per_person: 40,
        unknown_zone: false,
    };
    const LOST: Size = Size {
        people_per_company: 60,
        unknown_zone: true,
        ..Self::SIZE
    };
    const UNCOUNTED: &'static [&'static str] = &["productivity.setting"];
    const ASKED: &'static [(&'static str, u64)] = &[
        ("platform.tenant", 3),
        ("productivity.app_user", 720),
        ("productivity.daily_metric", 3 * (DAYS_KNOWN - DAYS_OPEN)),
    ];

    async fn fill(
        connection: &mut PgConnection,
        seed: u64,
        as_of: DateTime<Utc>,
        size: Size,
    ) -> Result<Filled> {
        fill(connection, seed, as_of, size).await
    }

    fn written(filled: &Filled) -> Vec<(&'static str, u64)> {
        let Filled {
            companies,
            people,
            preferences,
            suppressions,
            goals,
            marks,
            sessions,
            activity_days,
            events,
            messages,
            contacts,
            notices,
            episodes,
            minutes,
            focus_days,
            days,
        } = *filled;
        vec![
            ("platform.tenant", companies),
            ("productivity.app_user", people),
            ("productivity.notification_pref", preferences),
            ("platform.suppression", suppressions),
            ("productivity.goal", goals),
            ("productivity.goal_reminder_mark", marks),
            ("productivity.timer_session", sessions),
            ("productivity.user_activity_day", activity_days),
            ("productivity.activity_event", events),
            ("platform.message", messages),
            ("productivity.contact_log", contacts),
            ("platform.notification", notices),
            ("productivity.reengagement_episode", episodes),
            ("productivity.http_minute_stat", minutes),
            ("productivity.user_daily_focus", focus_days),
            ("productivity.daily_metric", days),
        ]
    }
}

seeded!(Companies);

#[tokio::test]
async fn people_have_as_many_sessions_as_were_asked_for_on_average() {
    let db = filled::<Companies>().await;
    let sessions = count(&db, "select count(*) from productivity.timer_session").await as f64 / 720.0;
    assert!((36.0..44.0).contains(&sessions), "{sessions} sessions a person");
    let breaks = count(
        &db,
        "select count(*) from productivity.timer_session where type = 'break'",
    )
    .await as f64;
    let share = breaks / 720.0 / sessions;
    assert!((0.1..0.3).contains(&share), "{share} of them are breaks");
    let days = count(
        &db,
        "select count(distinct started_at::date) from productivity.timer_session",
    )
    .await;
    assert!(days > 150, "they began on {days} days");
}

#[tokio::test]
async fn what_was_summed_up_is_what_there_was() {
    let db = filled::<Companies>().await;
    for (case, query) in [
        ("seconds of people and of companies differ by more than what clocks are apart", "
            select count(*) from (
              select tenant_id, sum(focus_seconds) as seconds from productivity.daily_metric
              where day between '2025-12-10' and '2026-01-10' group by 1) d
            join (
              select f.tenant_id, sum(f.focus_seconds) as seconds from productivity.user_daily_focus f
              join productivity.analysed_user u on u.id = f.user_id
              where day between '2025-12-10' and '2026-01-10' group by 1) f using (tenant_id)
            where abs(d.seconds - f.seconds) > 0.03 * d.seconds"),
        ("a day with other people than were there", "
            select count(*) from productivity.daily_metric m
            where m.dau <> (
              select count(*) from productivity.user_activity_day a join productivity.analysed_user u on u.id = a.user_id
              where a.tenant_id = m.tenant_id and a.day = m.day)
            or m.mau <> (
              select count(distinct a.user_id) from productivity.user_activity_day a
              join productivity.analysed_user u on u.id = a.user_id
              where a.tenant_id = m.tenant_id and a.day between m.day - 29 and m.day)"),
        ("a mean that is not its own", "
            select count(*) from productivity.daily_metric
            where avg_session_seconds <> round(focus_seconds::numeric / sessions_counted)"),
        ("a day that has not come", "
            select count(*) from productivity.user_daily_focus where day >= '2026-01-26'"),
    ] {
        assert_eq!(count(&db, query).await, 0, "there is {case}");
    }
}

#[tokio::test]
async fn nothing_is_told_that_cannot_be() {
    let db = filled::<Companies>().await;
    for (case, query) in [
        (
            "a session of the future",
            "select count(*) from productivity.timer_session
          where greatest(started_at, ended_at, paused_at, resumed_at) > '2026-01-30T17:25Z'",
        ),
        (
            "a session that ended before it began",
            "select count(*) from productivity.timer_session
          where ended_at < started_at + make_interval(secs => coalesce(actual_seconds, 0))",
        ),
        (
            "somebody who worked before he came",
            "select count(*) from productivity.timer_session s
          join productivity.app_user u on u.id = s.user_id where s.started_at < u.created_at",
        ),
        (
            "somebody who was there and had no day",
            "select count(*) from productivity.timer_session s
          where not exists (select from productivity.user_activity_day a
            where a.user_id = s.user_id and a.day = (s.started_at at time zone 'UTC')::date)",
        ),
        (
            "a last activity that is not that of the last day",
            "select count(*) from productivity.app_user u
          where last_active_at is distinct from (
            select max(last_at) from productivity.user_activity_day where user_id = u.id)",
        ),
        (
            "a goal that was reached before it was set",
            "select count(*) from productivity.goal
          where least(completed_at, cancelled_at, archived_at, deleted_at) < created_at",
        ),
        (
            "minute whose buckets are not its requests",
            "select count(*) from productivity.http_minute_stat
          where requests <> (select sum(b) from unnest(buckets) b)",
        ),
        (
            "result of the days that are due",
            "select count(*) from productivity.daily_metric where day >= '2026-01-22'",
        ),
        (
            "two sessions at a time",
            "select count(*) from (
            select s.*, lead(started_at) over (partition by user_id order by started_at) as next
            from productivity.timer_session s where extract(epoch from ended_at - started_at) < 28000) s
          where next < ended_at",
        ),
    ] {
        assert_eq!(count(&db, query).await, 0, "there is {case}");
    }
}

#[tokio::test]
async fn a_company_has_all_kinds_of_what_a_job_may_meet() {
    let db = filled::<Companies>().await;
    has_each(
        &db,
        &[
            ("company with settings", "select count(*) from productivity.setting"),
            ("without a zone", "select count(*) from productivity.app_user where time_zone is null"),
            ("unknown zone", "select count(*) from productivity.app_user where time_zone = 'europe/paris'"),
            ("quarter hour", "select count(*) from productivity.app_user where time_zone = 'Asia/Kathmandu'"),
            ("without an address", "select count(*) from productivity.app_user where email is null"),
            ("not verified", "select count(*) from productivity.app_user where email_verified_at is null"),
            ("suspended", "select count(*) from productivity.app_user where status = 'suspended'"),
            ("admin", "select count(*) from productivity.app_user where role = 'admin'"),
            ("internal", "select count(*) from productivity.app_user where is_internal"),
            ("to be erased", "select count(*) from productivity.app_user where deleted_at < '2025-12-30'"),
            ("not to be erased yet", "select count(*) from productivity.app_user where deleted_at > '2026-01-01'"),
            ("suppressed", "select count(*) from platform.suppression"),
            ("snoozing", "select count(*) from productivity.notification_pref where snooze_until > '2026-02-01'"),
            ("no work days", "select count(*) from productivity.notification_pref where work_days = '{}'"),
            ("never worked", "select count(*) from productivity.app_user u
              where not exists (select from productivity.timer_session where user_id = u.id)"),
            ("running", "select count(*) from productivity.timer_session where status = 'running'"),
            ("running since morning", "select count(*) from productivity.timer_session
              where status = 'running' and started_at between '2026-01-29T18:00Z' and '2026-01-30T09:25Z'"),
            ("forgotten", "select count(*) from productivity.timer_session
              where status = 'running' and started_at < '2026-01-28'"),
            ("paused", "select count(*) from productivity.timer_session where status = 'paused'"),
            ("paused for a week", "select count(*) from productivity.timer_session
              where status = 'paused' and paused_at < '2026-01-23'"),
            ("resumed", "select count(*) from productivity.timer_session where status = 'running' and pause_count > 0"),
            ("too short to count", "select count(*) from productivity.ended_session
              where status = 'cancelled' and seconds < 300 and is_focus"),
            ("too long", "select count(*) from productivity.ended_session where seconds > capped_seconds"),
            ("length not told", "select count(*) from productivity.timer_session
              where ended_at is not null and actual_seconds is null"),
            ("over midnight", "select count(*) from productivity.timer_session s
              join productivity.app_user u on u.id = s.user_id
              where u.time_zone = 'Europe/Berlin'
              and (started_at at time zone u.time_zone)::date < (ended_at at time zone u.time_zone)::date"),
            ("old session, summed up", "select count(*) from productivity.timer_session s
              join productivity.user_daily_focus f on f.user_id = s.user_id and f.day = (s.ended_at at time zone 'UTC')::date
              where s.ended_at < '2025-08-01'"),
            ("old session, not summed up", "select count(*) from productivity.timer_session s
              where s.ended_at < '2025-08-01' and not exists (
                select from productivity.user_daily_focus f where f.user_id = s.user_id
                and f.day between s.ended_at::date - 1 and s.ended_at::date + 1)"),
            ("old day", "select count(*) from productivity.user_activity_day where day < '2025-01-25'"),
            ("old minute", "select count(*) from productivity.http_minute_stat where minute_at < '2025-12-25'"),
            ("old mail with a text", "select count(*) from platform.message where created_at < '2025-12-25'"),
            ("very old mail", "select count(*) from platform.message where created_at < '2024-12-20'"),
            ("failed mail", "select count(*) from platform.message where status = 'failed'"),
            ("old notice, read", "select count(*) from platform.notification where read_at < '2025-10-20'"),
            ("old notice, not read", "select count(*) from platform.notification
              where read_at is null and created_at < '2025-07-20'"),
            ("old event", "select count(*) from productivity.activity_event where occurred_at < '2025-10-20'"),
            ("asked back", "select count(*) from productivity.reengagement_episode"),
            ("due tomorrow", "select count(*) from productivity.goal where due_on = '2026-01-31' and status = 'in_progress'"),
            ("overdue", "select count(*) from productivity.goal where due_on < '2026-01-30' and status = 'in_progress'"),
            ("announced", "select count(*) from productivity.goal_reminder_mark"),
            ("long reached", "select count(*) from productivity.goal where completed_at < '2025-08-01'"),
            ("failing application", "select count(*) from productivity.http_minute_stat where errors_5xx > 0"),
        ],
    )
    .await;
}

#[tokio::test]
async fn hardly_anybody_of_a_company_that_was_out_worked_yesterday() {
    let db = filled::<Companies>().await;
    let at_work = async |slug: &str, day: &str| {
        let query = format!(
            "select count(distinct user_id) from productivity.timer_session s join platform.tenant t on t.id = s.tenant_id
             where t.slug = '{slug}' and s.started_at::date = '{day}'"
        );
        count(&db, &query).await
    };
    let out = at_work("hudson-drafting", "2026-01-29").await;
    let usual = at_work("hudson-drafting", "2026-01-28").await;
    assert!(out * 2 < usual, "{out} of {usual}");
    assert!(at_work("far-and-wide", "2026-01-29").await * 2 > usual);
}
