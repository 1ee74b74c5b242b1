//! Whose reports are due, and what they did.

use anyhow::{Context, Result};
use chrono::TimeDelta;
use shared::{calendar, job::Scope, sql::column};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Settings,
    due::{Due, DueZone},
    prediction::Previous,
    report::Bests,
};
use crate::history::{self, History, Reach};

/// What the rules ask for, seen from any day of the week after the reported one: 52 weeks of workouts, and what was done
/// in two. Two days more than any clock is apart from another.
const REACH: Reach = Reach {
    workouts: TimeDelta::days(52 * 7 + 9),
    lifts: TimeDelta::days(14 + 9),
};

/// A user whose report is due.
pub struct Row {
    pub id: Uuid,
    /// '': he has set none.
    pub time_zone: String,
    pub due: Due,
    /// The report that there is says that there was too little to tell.
    pub is_insufficient: bool,
    pub previous: Option<Previous>,
    pub history: History,
    /// Of the exercises of the week.
    pub earlier: Bests,
}

/// Reads the next users whose reports are due, with all that is told of them.
pub async fn read(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    due: &[DueZone],
    after: Option<&Uuid>,
    limit: i64,
) -> Result<Vec<Row>> {
    let mut rows = select(tx, scope, due, after, limit).await?;
    if rows.is_empty() {
        return Ok(rows);
    }
    let ids = column(&rows, |row| row.id);
    let histories = history::read(tx, scope.tenant.id, scope.as_of, REACH, &ids).await?;
    for (row, history) in rows.iter_mut().zip(histories) {
        row.history = history;
    }
    read_earlier(tx, scope, &mut rows).await?;
    Ok(rows)
}

/// The next users whose reports are due.
async fn select(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    due: &[DueZone],
    after: Option<&Uuid>,
    limit: i64,
) -> Result<Vec<Row>> {
    let users = sqlx::query_file!(
        "sql/weekly-report/select.sql",
        scope.tenant.id,
        after.copied().unwrap_or_default(),
        after,
        scope.as_of,
        &column(due, |zone| zone.name.as_str()) as &[&str],
        &column(due, |zone| zone.due.week.start),
        &column(due, |zone| zone.registered_before),
        limit
    );
    let rows = users.map(|user| {
        // The series of the statement numbers the zones from 1 on.
        let zone = &due[user.place as usize - 1];
        let previous = user.previous_goal.zip(user.previous_strength_weeks);
        Row {
            id: user.id,
            time_zone: zone.name.clone(),
            due: zone.due,
            is_insufficient: user.is_insufficient,
            previous: previous.map(|(goal, weeks)| Previous {
                goal,
                strength_weeks: weeks.into(),
            }),
            history: History::default(),
            earlier: Bests::new(),
        }
    });
    rows.fetch_all(tx).await.context("select the users")
}

/// Reads how good each user was before his week at what he did in it.
async fn read_earlier(tx: &mut PgConnection, scope: &Scope<Settings>, rows: &mut [Row]) -> Result<()> {
    let mut asked = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        // Who has no zone will fail.
        let Ok(zone) = scope.settings.app.zone_of(Some(&row.time_zone)) else {
            continue;
        };
        let week = row.due.week;
        let from = calendar::day_bounds(week.start, zone.zone).0;
        let before = calendar::day_bounds(week.end(), zone.zone).1;
        let exercises = row.history.tested(from, before).into_iter();
        asked.extend(exercises.map(|exercise| (place, row.id, exercise, from)));
    }
    if asked.is_empty() {
        return Ok(());
    }
    let bests = sqlx::query_file!(
        "sql/weekly-report/bests.sql",
        scope.tenant.id,
        &column(&asked, |(_, user_id, ..)| *user_id),
        &column(&asked, |(.., exercise_id, _)| *exercise_id),
        &column(&asked, |(.., from)| *from)
    );
    for best in bests.fetch_all(tx).await.context("read earlier records")? {
        let (place, _, exercise_id, _) = asked[best.place as usize - 1];
        rows[place].earlier.insert(exercise_id, best.best);
    }
    Ok(())
}
