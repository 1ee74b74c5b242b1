//! Goals as reminders tell of them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    reminder::{Round, letter},
    words,
};

/// How much a goal matters, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    Urgent,
    High,
    Medium,
    Low,
}

/// A date as facts have it, and as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Day(pub NaiveDate);

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&words::date(self.0))
    }
}

/// An open goal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OpenGoal {
    pub id: Uuid,
    pub title: String,
    pub due_on: Option<NaiveDate>,
    /// Percent.
    pub progress: i16,
}

/// The open goal that is due next, on a day or after it, and when. Of the goals of one date a query brings one: the most
/// important, then by title (by code point) and id.
pub fn nearest(goals: &[OpenGoal], from: NaiveDate) -> Option<(&OpenGoal, NaiveDate)> {
    let due = goals.iter().filter_map(|goal| Some((goal, goal.due_on?)));
    due.filter(|(_, due_on)| *due_on >= from)
        .min_by_key(|(_, due_on)| *due_on)
}

/// A goal as an e-mail tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToldGoal {
    pub title: String,
    pub due_on: Option<Day>,
    /// Percent.
    pub progress: i16,
    pub link: String,
}

impl ToldGoal {
    pub fn of<Settings>(goal: &OpenGoal, round: &Round<Settings>) -> Self {
        Self {
            title: letter::one_line(&goal.title),
            due_on: goal.due_on.map(Day),
            progress: goal.progress,
            link: round.link(&format!("/goals/{}", goal.id)),
        }
    }
}
