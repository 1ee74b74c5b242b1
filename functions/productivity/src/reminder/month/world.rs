//! The company, and how it comes to the database as time goes by: what is new since the last tick, in a statement a table.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use shared::testing::subject_id;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::{
    life,
    people::{Goal, Person, Session},
};

/// What the company has chosen.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Choice {
    pub goal_week_mail: bool,
    pub goal_overdue_notice: bool,
    pub daily_mail_workdays_only: bool,
    pub nudge_mails_per_week: i16,
}

pub struct World {
    pub tenant: Uuid,
    pub choice: Choice,
    pub people: Vec<Person>,
}

/// What has come between two instants, the second included.
struct News {
    from: Option<DateTime<Utc>>,
    until: DateTime<Utc>,
}

impl News {
    fn have(&self, at: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| at > from) && at <= self.until
    }
}

impl World {
    pub fn new(tenant: Uuid, choice: Choice, count: u32) -> Self {
        let people = (1..=count).map(|n| life::person(subject_id(tenant, n), n.into()));
        Self {
            tenant,
            choice,
            people: people.collect(),
        }
    }

    /// The dates in UTC on which somebody was active.
    pub fn active_on(person: &Person, until: DateTime<Utc>) -> BTreeSet<NaiveDate> {
        let active_at = person.active_at.iter().chain([&person.created_at]);
        active_at
            .filter(|at| **at <= until)
            .map(|at| at.date_naive())
            .collect()
    }

    /// Brings what happened between two ticks.
    pub async fn go_on(
        &self,
        connection: &mut PgConnection,
        from: Option<DateTime<Utc>>,
        until: DateTime<Utc>,
    ) {
        let news = News { from, until };
        let (mut users, mut prefs, mut suppressed, mut days) = Default::default();
        let (mut goals, mut ended, mut live): (Vec<Value>, Vec<Value>, Vec<Value>) = Default::default();
        for person in self.people.iter().filter(|person| person.created_at <= until) {
            self.know(person, &news, &mut users, &mut prefs, &mut suppressed, &mut days);
            let first = person
                .sessions
                .partition_point(|session| from.is_some_and(|from| session.end <= from));
            let sessions = person.sessions[first..].iter();
            for session in sessions.take_while(|session| session.start <= until) {
                if news.have(session.end) {
                    ended.push(self.session(person, session, true));
                } else if news.have(session.start) {
                    live.push(self.session(person, session, false));
                }
            }
            for goal in &person.goals {
                if goal.states.iter().any(|(since, _)| news.have(*since)) {
                    goals.push(self.goal(person, goal, until));
                }
            }
        }
        // Whoever ends a session and begins another has one at a time.
        ended.append(&mut live);
        upsert(connection, "productivity.app_user", "id", users).await;
        upsert(
            connection,
            "productivity.notification_pref",
            "tenant_id, user_id",
            prefs,
        )
        .await;
        upsert(
            connection,
            "platform.suppression",
            "tenant_id, address",
            suppressed,
        )
        .await;
        upsert(
            connection,
            "productivity.user_activity_day",
            "tenant_id, user_id, day",
            days,
        )
        .await;
        upsert(connection, "productivity.goal", "id", goals).await;
        upsert(connection, "productivity.timer_session", "id", ended).await;
    }

    /// What is new about somebody.
    fn know(
        &self,
        person: &Person,
        news: &News,
        users: &mut Vec<Value>,
        prefs: &mut Vec<Value>,
        suppressed: &mut Vec<Value>,
        days: &mut Vec<Value>,
    ) {
        let (tenant, until) = (self.tenant, news.until);
        let first = person
            .active_at
            .partition_point(|at| news.from.is_some_and(|from| *at <= from));
        let active_at: Vec<&DateTime<Utc>> = person.active_at[first..]
            .iter()
            .take_while(|at| **at <= until)
            .collect();
        let left_at = person.leaves_at.filter(|(leaves_at, _)| *leaves_at <= until);
        let is_new = news.have(person.created_at);
        if is_new || !active_at.is_empty() || left_at.is_some_and(|(left_at, _)| news.have(left_at)) {
            let deleted_at = left_at
                .filter(|(_, status)| *status == "deleted")
                .map(|(at, _)| at);
            users.push(json!({
                "tenant_id": tenant, "id": person.id, "email": person.email, "first_name": "Ann",
                "time_zone": person.zone_name, "status": person.status(until),
                "email_verified_at": person.is_verified.then_some(person.created_at),
                "unsubscribe_token": person.id, "last_active_at": person.last_active_at(until),
                "deleted_at": deleted_at, "created_at": person.created_at, "updated_at": until,
                "role": "user", "is_internal": false, "legal_hold": false,
            }));
        }
        if person.prefs.iter().any(|(since, _)| news.have(*since)) {
            let mut pref = json!(person.pref(until));
            pref["tenant_id"] = json!(tenant);
            pref["user_id"] = json!(person.id);
            prefs.push(pref);
        }
        if let (true, Some(email)) = (person.suppressed_at.is_some_and(|at| at <= until), &person.email)
            && (is_new || person.suppressed_at.is_some_and(|at| news.have(at)))
            && !email.is_empty()
        {
            suppressed.push(json!({
                "tenant_id": tenant, "id": person.id, "address": email.to_lowercase(), "reason": "bounced",
                "created_at": until,
            }));
        }
        let born = is_new.then_some(&person.created_at);
        let dates: BTreeSet<NaiveDate> = active_at
            .into_iter()
            .chain(born)
            .map(|at| at.date_naive())
            .collect();
        days.extend(dates.iter().map(|day| {
            json!({
                "tenant_id": tenant, "user_id": person.id, "day": day, "logins": 1, "sessions": 0,
                "goal_events": 0, "first_at": until, "last_at": until,
            })
        }));
    }

    fn session(&self, person: &Person, session: &Session, is_ended: bool) -> Value {
        json!({
            "tenant_id": self.tenant, "id": session.id, "user_id": person.id, "type": session.kind,
            "started_at": session.start, "ended_at": is_ended.then_some(session.end),
            "status": if is_ended { session.status } else { "running" }, "planned_seconds": 1500,
            "paused_seconds": 0, "pause_count": 0, "notifications_enabled": true,
            "created_at": session.start, "updated_at": if is_ended { session.end } else { session.start },
        })
    }

    fn goal(&self, person: &Person, goal: &Goal, until: DateTime<Utc>) -> Value {
        let state = goal.states.iter().rfind(|(since, _)| *since <= until);
        let mut row = json!(state.map(|(_, state)| state));
        for (name, value) in [
            ("tenant_id", json!(self.tenant)),
            ("id", json!(goal.id)),
            ("user_id", json!(person.id)),
            ("title", json!(goal.title)),
            ("priority", json!(goal.priority)),
            ("category", json!("other")),
            ("is_recurring", json!(false)),
            ("created_at", json!(goal.created_at())),
            ("updated_at", json!(until)),
        ] {
            row[name] = value;
        }
        row
    }
}

/// Writes rows that are all of the same columns.
pub async fn upsert(connection: &mut PgConnection, table: &str, key: &str, rows: Vec<Value>) {
    let Some(row) = rows.first() else { return };
    let columns: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
    let set: Vec<String> = columns
        .iter()
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    let (columns, set) = (columns.join(", "), set.join(", "));
    let statement = format!(
        "insert into {table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, $1)
        on conflict ({key}) do update set {set}"
    );
    sqlx::query(AssertSqlSafe(statement))
        .bind(Value::Array(rows))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{table}: {error}"));
}
