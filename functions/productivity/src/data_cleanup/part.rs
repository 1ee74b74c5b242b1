//! The parts of the work, each a table or some rows of it, and how far the run has come in them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::job::Batch;

use super::{Counters, DataCleanup, Row};

/// A part of a company's work, in the order in which they are done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    #[default]
    Timer,
    Session,
    Goal,
    DailyMetric,
    MetricTrend,
    Anomaly,
    BehaviorInsight,
    UserActivityDay,
    PerformanceMetric,
    HttpMinuteStat,
    ReadNotification,
    UnreadNotification,
    Message,
    MessageText,
    ContactLog,
    GoalReminderMark,
    ActivityEvent,
    UserSegment,
    TimerSessionArchive,
    User,
    /// Nothing is left.
    End,
}

/// A step of the work: what a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Timers,
    Sessions,
    Goals,
    Metrics,
    Operational,
    Erasure,
}

impl Part {
    /// The parts in their order.
    pub const ALL: [Self; 20] = [
        Self::Timer,
        Self::Session,
        Self::Goal,
        Self::DailyMetric,
        Self::MetricTrend,
        Self::Anomaly,
        Self::BehaviorInsight,
        Self::UserActivityDay,
        Self::PerformanceMetric,
        Self::HttpMinuteStat,
        Self::ReadNotification,
        Self::UnreadNotification,
        Self::Message,
        Self::MessageText,
        Self::ContactLog,
        Self::GoalReminderMark,
        Self::ActivityEvent,
        Self::UserSegment,
        Self::TimerSessionArchive,
        Self::User,
    ];

    /// Its name in queries.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadNotification => "read_notification",
            Self::UnreadNotification => "unread_notification",
            Self::MessageText => "message_text",
            _ => self.table(),
        }
    }

    /// Its table.
    pub fn table(self) -> &'static str {
        match self {
            Self::Timer | Self::Session => "timer_session",
            Self::Goal => "goal",
            Self::DailyMetric => "daily_metric",
            Self::MetricTrend => "metric_trend",
            Self::Anomaly => "anomaly",
            Self::BehaviorInsight => "behavior_insight",
            Self::UserActivityDay => "user_activity_day",
            Self::PerformanceMetric => "performance_metric",
            Self::HttpMinuteStat => "http_minute_stat",
            Self::ReadNotification | Self::UnreadNotification => "notification",
            Self::Message | Self::MessageText => "message",
            Self::ContactLog => "contact_log",
            Self::GoalReminderMark => "goal_reminder_mark",
            Self::ActivityEvent => "activity_event",
            Self::UserSegment => "user_segment",
            Self::TimerSessionArchive => "timer_session_archive",
            Self::User => "app_user",
            Self::End => "",
        }
    }

    pub fn step(self) -> Step {
        match self {
            Self::Timer => Step::Timers,
            Self::Session => Step::Sessions,
            Self::Goal => Step::Goals,
            Self::DailyMetric
            | Self::MetricTrend
            | Self::Anomaly
            | Self::BehaviorInsight
            | Self::UserActivityDay
            | Self::PerformanceMetric
            | Self::HttpMinuteStat => Step::Metrics,
            Self::User | Self::End => Step::Erasure,
            _ => Step::Operational,
        }
    }

    /// The part after it.
    pub fn next(self) -> Self {
        let mut parts = Self::ALL.into_iter().skip_while(|part| *part != self);
        parts.nth(1).unwrap_or(Self::End)
    }

    /// What becomes of its rows.
    pub fn outcome(self) -> &'static str {
        match self {
            Self::Session | Self::Goal => "archived",
            Self::MessageText => "scrubbed",
            Self::User => "erased",
            _ => "deleted",
        }
    }

    /// What so many rows of it add to the counters.
    pub fn counted(self, rows: u64) -> Counters {
        let mut counted = Counters::default();
        let counter = match self {
            Self::Timer => &mut counted.expired_timers,
            Self::Session => &mut counted.archived_sessions,
            Self::Goal => &mut counted.archived_goals,
            Self::ReadNotification | Self::UnreadNotification => &mut counted.deleted_notifications,
            Self::Message => &mut counted.deleted_mails,
            Self::MessageText => &mut counted.scrubbed_mails,
            Self::User => &mut counted.erased_users,
            _ if self.step() == Step::Metrics => &mut counted.deleted_metrics,
            _ => &mut counted.deleted_operational,
        };
        *counter = rows;
        counted
    }
}

/// How far the run has come with a company.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub part: Part,
    /// The key of the last row done, or while they are counted, seen. None: the part has not begun.
    pub after: Option<Value>,
    /// Rows of the step that are taken.
    pub taken: u64,
    /// While it is still asked how many rows the part would take: so many so far.
    pub counting: Option<u64>,
}

impl Place {
    /// The beginning of the next part.
    pub fn of_next_part(&self) -> Self {
        let part = self.part.next();
        let is_same_step = part.step() == self.part.step();
        Self {
            part,
            taken: if is_same_step { self.taken } else { 0 },
            ..Self::default()
        }
    }

    /// The beginning of the next part that is of another table.
    pub fn of_next_table(&self) -> Self {
        let next = self.of_next_part();
        match next.part != Part::End && next.part.table() == self.part.table() {
            true => next.of_next_table(),
            false => next,
        }
    }

    /// A page of rows after this place, of which up to `size` were asked for: fewer, and the part has no more. None where
    /// there are none.
    pub fn batch(&self, keys: Vec<Value>, size: i64) -> Option<Batch<DataCleanup>> {
        let last = keys.last()?.clone();
        let taken = self.taken + keys.len() as u64;
        let is_full = usize::try_from(size).is_ok_and(|size| keys.len() >= size);
        let done = Self {
            after: Some(last),
            taken,
            ..self.clone()
        };
        Some(Batch {
            rows: keys.into_iter().map(|key| Row::Keyed(self.part, key)).collect(),
            next: Some(if is_full { done } else { done.of_next_part() }),
            counted: Counters {
                batches: 1,
                ..Counters::default()
            },
        })
    }
}

/// A key in a report: the row's id, where it has one.
pub fn spelled(key: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (key.get("id"), key.as_object()) {
        (Some(id), _) => text(id),
        (None, Some(fields)) => fields.values().map(text).collect::<Vec<_>>().join("/"),
        (None, None) => text(key),
    }
}
