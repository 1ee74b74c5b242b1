//! The e-mails of the ladder.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::rule::Step;
use crate::{
    goal::{Day, OpenGoal, ToldGoal, nearest},
    reminder::{Round, letter::letter, person::Reader},
    words,
};

/// Where a session is begun, where goals are set and changed, and where e-mails are chosen.
const TIMER: &str = "/timer";
const GOALS: &str = "/goals";
const CHOICES: &str = "/settings/notifications";

/// What somebody left behind.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// He has begun a focus session at least once.
    pub has_focused: bool,
    /// When the last one that counts ended, and how many seconds it took.
    pub last_session: Option<(DateTime<Utc>, i64)>,
    /// His next open goals, one for each date.
    pub upcoming: Vec<OpenGoal>,
    /// His first open goals by date, those without one last.
    pub open: Vec<OpenGoal>,
    pub done: Done,
}

/// What somebody has done so far, and what of it is known.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    pub focus_seconds: Option<i64>,
    pub goals_completed: i64,
    /// The most days in a row.
    pub best_streak: Option<i64>,
}

/// What somebody is written.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "topic", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Invitation {
    PickUp {
        last_session: Option<Session>,
        goal: Option<ToldGoal>,
        link: String,
    },
    Goals {
        goals: Vec<ToldGoal>,
        link: String,
    },
    SoFar {
        #[serde(flatten)]
        done: Done,
        link: String,
    },
    Goodbye {
        choices: [&'static str; 3],
        link: String,
    },
    /// To somebody who has never begun a session.
    FirstSession {
        link: String,
    },
    FirstGoal {
        link: String,
    },
}

#[derive(Debug, Clone, Serialize)]
pub struct Session {
    on: Day,
    seconds: i64,
}

impl Session {
    fn length(&self) -> String {
        words::duration(self.seconds)
    }
}

impl Done {
    fn focus_time(&self) -> Option<String> {
        self.focus_seconds.map(words::duration)
    }
}

impl Invitation {
    pub fn of(step: Step, reader: &Reader, past: &Past, round: &Round<()>) -> Self {
        let told = |goal: &OpenGoal| ToldGoal::of(goal, round);
        match step {
            Step::Three if !past.has_focused => Self::FirstSession {
                link: round.link(TIMER),
            },
            Step::Three => Self::PickUp {
                last_session: past.last_session.map(|(ended_at, seconds)| Session {
                    on: Day(reader.date_at(ended_at)),
                    seconds,
                }),
                goal: nearest(&past.upcoming, reader.reads_on).map(|(goal, _)| told(goal)),
                link: round.link(TIMER),
            },
            Step::Seven if !past.has_focused => Self::FirstGoal {
                link: round.link(GOALS),
            },
            Step::Seven => Self::Goals {
                goals: past.open.iter().map(told).collect(),
                link: round.link(GOALS),
            },
            Step::Fourteen => Self::SoFar {
                done: past.done.clone(),
                link: round.link(GOALS),
            },
            Step::Thirty => Self::Goodbye {
                choices: [
                    "Keep the weekly summary",
                    "Pause all e-mails for 3 months",
                    "Stop all e-mails",
                ],
                link: round.link(CHOICES),
            },
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::PickUp { .. } => "Pick up where you left off",
            Self::Goals { .. } => "Your goals are still here",
            Self::SoFar { .. } => "What you have done so far",
            Self::Goodbye { .. } => "We will stop these reminders",
            Self::FirstSession { .. } => "Your first 25 minutes",
            Self::FirstGoal { .. } => "One small goal is enough",
        }
    }
}

letter!(Invitation, "reengagement.txt", "reengagement.html", |letter| {
    letter.title().to_owned()
});
