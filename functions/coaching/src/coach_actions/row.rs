//! A member at risk as the query brings him, and as the rule sees him.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use shared::calendar;
use shared::job::{Reason, Scope};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Settings;
use super::rule::{ActionType, Member, Past, PastActions};
use crate::gym::Gym;
use crate::level::Level;
use crate::visits::{Facts, Observed, RECENT_DAYS};

/// A member at risk, his coach, and what was between them.
pub struct Row {
    pub id: Uuid,
    pub coach_id: Uuid,
    first_name: String,
    last_name: String,
    observed: Observed,
    last_campaign_at: Option<DateTime<Utc>>,
    commitment: Option<i16>,
    risk: i16,
    level: String,
    exists_today: bool,
    past: Vec<PastRow>,
}

/// The earlier actions of one type.
struct PastRow {
    action_type: String,
    completed_at: Option<DateTime<Utc>>,
    open_due_date: Option<NaiveDate>,
}

/// Reads at most `limit` members after this id, in the order of ids.
pub async fn read(
    tx: &mut PgConnection,
    scope: &Scope<Settings>,
    after: Option<&Uuid>,
    limit: i64,
) -> Result<Vec<Row>> {
    let rows = sqlx::query_file!(
        "sql/coach-actions/read.sql",
        scope.tenant.id,
        after.copied().unwrap_or_default(),
        after,
        scope.as_of,
        scope.settings.coaching_day,
        RECENT_DAYS,
        limit
    )
    .map(|row| Row {
        id: row.id,
        coach_id: row.coach_id,
        first_name: row.first_name,
        last_name: row.last_name,
        observed: Observed {
            joined_date: row.joined_date,
            last_visit_date: row.last_visit_date,
            recent: row.recent.unwrap_or_default(),
            older: row.older,
            future_activity: row.is_in_future,
        },
        last_campaign_at: row.last_campaign_at,
        commitment: row.commitment_score,
        risk: row.churn_risk_score,
        level: row.churn_risk_level,
        exists_today: row.exists_today,
        past: PastRow::zip(row.types, row.completed, row.open_due),
    });
    rows.fetch_all(tx).await.context("read the members at risk")
}

impl Row {
    /// The member as the rule sees him on the coaching day.
    pub fn member(&self, settings: &Settings) -> Result<Member, Reason> {
        Ok(Member {
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            facts: Facts::of(settings.coaching_day, &self.observed),
            risk: self.risk,
            level: Level::named(&self.level).ok_or("the stored risk level is unknown")?,
            commitment: self.commitment,
            last_campaign: self
                .last_campaign_at
                .map(|sent| calendar::local_date(sent, settings.gym.zone)),
        })
    }

    /// What was between coach and member, in local dates.
    pub fn past(&self, gym: &Gym) -> Result<Past, Reason> {
        let of_type = |past: &PastRow| {
            Ok(PastActions {
                action_type: ActionType::named(&past.action_type)
                    .ok_or("the type of an earlier action is unknown")?,
                completed_on: past
                    .completed_at
                    .map(|completed| calendar::local_date(completed, gym.zone)),
                open_due_date: past.open_due_date,
            })
        };
        let actions = self.past.iter().map(of_type).collect::<Result<_, Reason>>()?;
        Ok(Past {
            exists_today: self.exists_today,
            actions,
        })
    }
}

impl PastRow {
    /// Puts together what the query brings as one array a column; no row at all brings no arrays.
    fn zip(
        types: Option<Vec<String>>,
        completed: Option<Vec<Option<DateTime<Utc>>>>,
        open_due: Option<Vec<Option<NaiveDate>>>,
    ) -> Vec<Self> {
        let dates = completed
            .into_iter()
            .flatten()
            .zip(open_due.into_iter().flatten());
        types
            .into_iter()
            .flatten()
            .zip(dates)
            .map(|(action_type, (completed_at, open_due_date))| Self {
                action_type,
                completed_at,
                open_due_date,
            })
            .collect()
    }
}
