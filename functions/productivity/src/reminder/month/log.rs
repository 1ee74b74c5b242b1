//! What people were told, and what must hold of it whatever the rules are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{people::Person, wall, world::World};
use crate::reminder::{clock::Clock, person::after};

/// A notice or an e-mail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    pub person: Uuid,
    pub channel: String,
    pub kind: String,
    pub key: String,
    /// The subject of an e-mail; of a notice the part of it that the specification gives.
    pub text: String,
    /// Of an e-mail, on which it is read.
    pub date: Option<NaiveDate>,
    pub not_before: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
}

/// How many notices and how many messages have been read from the tables.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen(i64, i64);

const NEW: &str = "select recipient_id, channel, kind, dedupe_key,
        case when kind in ('goal-reminder', 'goal-planning', 'timer-forgotten') then title else body end,
        null::date, null::timestamptz, expires_at, n, 0::bigint
    from platform.notification where n > $1
    union all
    select l.user_id, m.channel, l.kind, m.dedupe_key, m.subject, l.local_date, m.not_before, m.expires_at, 0, m.n
    from platform.message m
    join productivity.contact_log l on l.tenant_id = m.tenant_id and l.dedupe_key = m.dedupe_key
    where m.n > $2";

type Row = (
    Uuid,
    String,
    String,
    String,
    String,
    Option<NaiveDate>,
    Option<DateTime<Utc>>,
    DateTime<Utc>,
    i64,
    i64,
);

impl Told {
    /// What has been told since.
    pub async fn since(seen: &mut Seen, connection: &mut PgConnection) -> Vec<Self> {
        let rows: Vec<Row> = sqlx::query_as(NEW)
            .bind(seen.0)
            .bind(seen.1)
            .fetch_all(connection)
            .await
            .unwrap();
        let told = rows.into_iter().map(|row| {
            *seen = Seen(seen.0.max(row.8), seen.1.max(row.9));
            let (person, channel, kind, key, text, date, not_before, expires_at, ..) = row;
            Self {
                person,
                channel,
                kind,
                key,
                text,
                date,
                not_before,
                expires_at,
            }
        });
        let mut told: Vec<Self> = told.collect();
        told.sort_unstable();
        told
    }

    fn is_nudge(&self) -> bool {
        ["daily_mail", "reengagement"].contains(&self.kind.as_str())
    }
}

/// Everything that was told, by the instant at which it was written.
#[derive(Default)]
pub struct Log(pub Vec<(DateTime<Utc>, Told)>);

impl Log {
    /// Checks what anybody may rely on.
    pub fn assert_considerate(&self, world: &World, clock: Clock) {
        let people: BTreeMap<Uuid, &Person> = world.people.iter().map(|person| (person.id, person)).collect();
        let mut keys = BTreeSet::new();
        let mut of_a_time = BTreeSet::new();
        for (at, told) in &self.0 {
            let person = people[&told.person];
            assert!(
                keys.insert((&told.channel == "email", &told.key)),
                "told twice: {told:?}"
            );
            let wall = wall::wall(*at, person.zone);
            let slot = match clock {
                Clock::Utc => at.date_naive(),
                Clock::Local => wall.date(),
            };
            let time = match told.kind.as_str() {
                "productivity-nudge" => wall.date().to_string(),
                "goal_digest" | "daily_mail" | "reengagement" => told.date.unwrap().to_string(),
                "weekly-review" | "weekly_review" => slot.iso_week().week().to_string(),
                "monthly_report" => slot.month().to_string(),
                _ => told.key.clone(),
            };
            let is_new = of_a_time.insert((told.person, &told.channel, &told.kind, time));
            assert!(is_new, "twice in its time: {told:?}");
            assert_welcome(*at, told, person);
        }
        for person in people.keys() {
            self.assert_few_nudges(people[person], world.choice.nudge_mails_per_week);
        }
    }

    /// Checks that there was enough of everything to speak of.
    pub fn assert_lively(&self) {
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (_, told) in &self.0 {
            *counts.entry((&told.channel, &told.kind)).or_default() += 1;
        }
        assert_eq!(counts.len(), 14, "{counts:?}");
        assert!(counts.values().all(|count| *count >= 5), "{counts:?}");
    }

    fn assert_few_nudges(&self, person: &Person, per_week: i16) {
        let mails = self
            .0
            .iter()
            .filter(|(_, told)| told.person == person.id && told.channel == "email");
        let mails: Vec<&(DateTime<Utc>, Told)> = mails.collect();
        for (index, (at, told)) in mails.iter().enumerate().filter(|(_, (_, told))| told.is_nudge()) {
            let (date, pref) = (told.date.unwrap(), person.pref(*at));
            let nudges = mails[..=index].iter().filter(|(_, before)| {
                before.is_nudge() && (after(date, -6)..=date).contains(&before.date.unwrap())
            });
            assert!(nudges.count() <= per_week as usize, "over the cap: {told:?}");
            let is_beside = mails[..index].iter().any(|(_, before)| before.date == Some(date));
            assert!(!is_beside, "a nudge beside another mail: {told:?}");
            let is_sunday = date.weekday() == Weekday::Sun && pref.weekly_report;
            let is_first = date.day() == 1 && pref.monthly_report;
            assert!(
                !is_sunday && !is_first,
                "a nudge on the day of a report: {told:?}"
            );
        }
    }
}

/// Somebody wants to be told this, and now.
fn assert_welcome(at: DateTime<Utc>, told: &Told, person: &Person) {
    let pref = person.pref(at);
    let is_wanted = match told.kind.as_str() {
        "goal-reminder" | "goal-planning" | "goal_digest" => pref.goal_reminders,
        "productivity-nudge" | "daily_mail" => pref.daily_checkin,
        "weekly-review" | "weekly_review" => pref.weekly_report,
        "monthly_report" => pref.monthly_report,
        "reengagement" => pref.reengagement,
        "break-reminder" | "timer-forgotten" | "forgotten_timer" => pref.break_reminders,
        kind => panic!("what is {kind}?"),
    };
    let is_snoozed = pref.snooze_until.is_some_and(|until| until > at);
    assert!(person.is_there(at), "to somebody who is not there: {told:?}");
    assert!(
        is_wanted && !is_snoozed,
        "to somebody who does not want it: {told:?}"
    );
    let read_at = told.not_before.unwrap_or(at).max(at);
    let is_quiet = wall::is_quiet(read_at, person.zone, &pref);
    match told.channel.as_str() {
        "in_app" => assert!(pref.in_app_enabled, "not in the application: {told:?}"),
        "push" => assert!(pref.push_enabled && !is_quiet, "no push, not now: {told:?}"),
        _ => {
            let may_write = pref.email_enabled
                && person.is_verified
                && person.email.as_ref().is_some_and(|to| !to.is_empty());
            let is_suppressed = person.suppressed_at.is_some_and(|since| since <= at);
            assert!(may_write && !is_suppressed, "no e-mail: {told:?}");
            assert!(!is_quiet, "in quiet hours: {told:?}");
            assert_eq!(told.date, Some(wall::date(read_at, person.zone)), "{told:?}");
            assert!(read_at - at < TimeDelta::hours(24), "waits for days: {told:?}");
        }
    }
    assert!(
        told.expires_at > read_at || told.channel != "email",
        "read too late: {told:?}"
    );
}
