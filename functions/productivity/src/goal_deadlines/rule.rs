//! What is told of a goal on the day on which it is read, and the digest of all of them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    goal::{Day, Priority},
    reminder::{
        Round,
        letter::{self, letter},
    },
};

/// A section of the digest has this many goals at most; the others are a number.
const SECTION_MAX: usize = 20;

/// Code points of a description that are shown.
const DESCRIPTION_MAX: usize = 140;

/// An open goal with a date.
#[derive(Debug, Clone, Deserialize)]
pub struct Goal {
    pub id: Uuid,
    pub title: String,
    pub description: Option<String>,
    pub priority: Priority,
    pub due_on: NaiveDate,
    /// Percent.
    pub progress: i16,
    /// Whoever set it a few hours ago need not be told of a date next week.
    pub is_day_old: bool,
    /// What was announced about this date.
    pub marks: Vec<Bucket>,
}

/// When a goal is due, seen from the day on which it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bucket {
    Overdue,
    Today,
    Tomorrow,
    Week,
}

/// What is told of a goal.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    pub goal: &'a Goal,
    pub bucket: Bucket,
    /// Whether it has not been announced, nor anything that says as much.
    pub is_new: bool,
}

impl Goal {
    /// Goals stand by date, the more important first, then by title (by code point) and id.
    pub fn order(&self) -> impl Ord + '_ {
        (self.due_on, self.priority, self.title.as_str(), self.id)
    }

    pub fn path(&self) -> String {
        format!("/goals/{}", self.id)
    }

    /// How far it is.
    pub fn state(&self) -> String {
        format!("Due {}, {} % done.", Day(self.due_on), self.progress)
    }
}

impl Bucket {
    fn of(due_on: NaiveDate, today: NaiveDate) -> Option<Self> {
        match (due_on - today).num_days() {
            -3..=-1 => Some(Self::Overdue),
            0 => Some(Self::Today),
            1 => Some(Self::Tomorrow),
            2..=7 => Some(Self::Week),
            _ => None,
        }
    }

    /// Its name, in the database too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Today => "today",
            Self::Tomorrow => "tomorrow",
            Self::Week => "week",
        }
    }

    pub fn notice_kind(self) -> &'static str {
        match self {
            Self::Week => "goal-planning",
            Self::Overdue | Self::Today | Self::Tomorrow => "goal-reminder",
        }
    }

    /// How a subject about one goal begins.
    fn announced(self) -> &'static str {
        match self {
            Self::Overdue => "Overdue",
            Self::Today => "Due today",
            Self::Tomorrow => "Due tomorrow",
            Self::Week => "Due this week",
        }
    }

    /// How a subject about several goals names these.
    fn counted(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Today => "due today",
            Self::Tomorrow => "due tomorrow",
            Self::Week => "due this week",
        }
    }
}

impl<'a> Item<'a> {
    /// What is told of a goal on a day, if anything.
    pub fn of(goal: &'a Goal, today: NaiveDate, tells_overdue: bool) -> Option<Self> {
        let bucket = Bucket::of(goal.due_on, today)?;
        let is_marked = |bucket| goal.marks.contains(&bucket);
        let is_new = match bucket {
            Bucket::Tomorrow => !is_marked(Bucket::Tomorrow),
            // Who was told yesterday that it is due tomorrow knows.
            Bucket::Today => !is_marked(Bucket::Tomorrow) && !is_marked(Bucket::Today),
            Bucket::Week => !is_marked(Bucket::Week) && goal.is_day_old,
            Bucket::Overdue => tells_overdue && !is_marked(Bucket::Overdue),
        };
        Some(Self { goal, bucket, is_new })
    }

    /// The title of its notice.
    pub fn title(&self) -> String {
        let title = &self.goal.title;
        letter::subject(&match self.bucket {
            Bucket::Week => format!("Due {}: {title}", Day(self.goal.due_on)),
            bucket => format!("{}: {title}", bucket.announced()),
        })
    }
}

/// The e-mail about all goals of one person that are due.
#[derive(Debug, Clone, Serialize)]
pub struct Digest {
    #[serde(skip)]
    subject: String,
    sections: Vec<Section>,
}

#[derive(Debug, Clone, Serialize)]
struct Section {
    heading: &'static str,
    goals: Vec<Told>,
    /// How many there are beside those shown.
    more: usize,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    title: String,
    due_on: Day,
    progress: i16,
    description: String,
    link: String,
}

impl Digest {
    /// The digest of a day's items, which stand in their order: new ones, and the week's whether new or not.
    pub fn of(items: &[Item<'_>], tells_week: bool, round: &Round<()>) -> Self {
        let section = |bucket, heading| {
            let of = |item: &&Item<'_>| item.bucket == bucket && (item.is_new || bucket == Bucket::Week);
            let all: Vec<&Item<'_>> = items.iter().filter(of).collect();
            let shown = all.iter().take(SECTION_MAX);
            Section {
                heading,
                more: all.len().saturating_sub(SECTION_MAX),
                goals: shown.map(|item| Told::of(item.goal, round)).collect(),
            }
        };
        let sections = [
            section(Bucket::Overdue, "Overdue"),
            section(Bucket::Today, "Today"),
            section(Bucket::Tomorrow, "Tomorrow"),
            section(Bucket::Week, "This week"),
        ];
        Self {
            subject: subject(items, tells_week),
            sections: sections
                .into_iter()
                .filter(|section| !section.goals.is_empty())
                .collect(),
        }
    }
}

impl Told {
    fn of(goal: &Goal, round: &Round<()>) -> Self {
        let description = letter::one_line(goal.description.as_deref().unwrap_or_default());
        Self {
            title: letter::one_line(&goal.title),
            due_on: Day(goal.due_on),
            progress: goal.progress,
            description: letter::cut(&description, DESCRIPTION_MAX),
            link: round.link(&goal.path()),
        }
    }
}

/// The new items, in one line: the title of one, the numbers of several.
fn subject(items: &[Item<'_>], tells_week: bool) -> String {
    let told: Vec<&Item<'_>> = items
        .iter()
        .filter(|item| item.is_new && (tells_week || item.bucket != Bucket::Week))
        .collect();
    if let [item] = told.as_slice() {
        return format!("{}: {}", item.bucket.announced(), item.goal.title);
    }
    let number = |bucket: Bucket| {
        let count = told.iter().filter(|item| item.bucket == bucket).count();
        (count > 0).then(|| format!("{count} {}", bucket.counted()))
    };
    let numbers: Vec<String> = [Bucket::Overdue, Bucket::Today, Bucket::Tomorrow, Bucket::Week]
        .into_iter()
        .filter_map(number)
        .collect();
    format!("{} goals need you: {}", told.len(), numbers.join(", "))
}

letter!(Digest, "goal_digest.txt", "goal_digest.html", |digest| digest
    .subject
    .clone());
