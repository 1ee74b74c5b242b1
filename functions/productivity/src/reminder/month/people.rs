//! A thousand people whom nobody thought out: who they are, what they want to be told, and what they do all month.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use uuid::Uuid;

/// Numbers by chance, the same in each run (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((number ^ (number >> 31)) % end as u64) as i64
    }

    pub fn percent(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as i64) as usize]
    }
}

/// Where people live, as they have set it. Whoever has set nothing that is known lives in [`OWN`].
pub const ZONES: [(Option<&str>, Tz); 18] = [
    (Some("UTC"), Tz::UTC),
    (Some("America/New_York"), Tz::America__New_York),
    (Some("America/Los_Angeles"), Tz::America__Los_Angeles),
    (Some("America/Havana"), Tz::America__Havana),
    (Some("America/St_Johns"), Tz::America__St_Johns),
    (Some("Europe/Berlin"), Tz::Europe__Berlin),
    (Some("CET"), Tz::Europe__Berlin),
    (Some("Africa/Cairo"), Tz::Africa__Cairo),
    (Some("Asia/Kathmandu"), Tz::Asia__Kathmandu),
    (Some("Asia/Tokyo"), Tz::Asia__Tokyo),
    (Some("Australia/Sydney"), Tz::Australia__Sydney),
    (Some("Australia/Lord_Howe"), Tz::Australia__Lord_Howe),
    (Some("Pacific/Chatham"), Tz::Pacific__Chatham),
    (Some("Pacific/Tongatapu"), Tz::Pacific__Tongatapu),
    (Some("Pacific/Pago_Pago"), Tz::Pacific__Pago_Pago),
    (Some("Mars/Olympus"), Tz::Europe__London),
    (Some(""), Tz::Europe__London),
    (None, Tz::Europe__London),
];

/// The company's own zone.
pub const OWN: &str = "Europe/London";

/// A row of `productivity.notification_pref`.
#[derive(Debug, Clone, Serialize)]
pub struct Pref {
    pub email_enabled: bool,
    pub push_enabled: bool,
    pub in_app_enabled: bool,
    pub goal_reminders: bool,
    pub daily_checkin: bool,
    pub weekly_report: bool,
    pub monthly_report: bool,
    pub reengagement: bool,
    pub break_reminders: bool,
    pub work_days: Vec<i16>,
    pub work_start: NaiveTime,
    pub work_end: NaiveTime,
    pub quiet_start: NaiveTime,
    pub quiet_end: NaiveTime,
    pub break_after_min: i16,
    pub break_repeat_min: i16,
    pub break_outside_work: bool,
    pub snooze_until: Option<DateTime<Utc>>,
}

/// Somebody, all his month.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: Uuid,
    pub zone_name: Option<&'static str>,
    pub zone: Tz,
    pub created_at: DateTime<Utc>,
    pub email: Option<String>,
    pub is_verified: bool,
    pub suppressed_at: Option<DateTime<Utc>>,
    /// When he is suspended or deleted.
    pub leaves_at: Option<(DateTime<Utc>, &'static str)>,
    /// What he wants from each of these instants on. Without any, the defaults.
    pub prefs: Vec<(DateTime<Utc>, Pref)>,
    /// Every sign of life, in order, that he gives of himself.
    pub active_at: Vec<DateTime<Utc>>,
    /// In order, none over another.
    pub sessions: Vec<Session>,
    pub goals: Vec<Goal>,
}

#[derive(Debug, Clone)]
pub struct Session {
    pub id: Uuid,
    pub kind: &'static str,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// How it ends.
    pub status: &'static str,
}

#[derive(Debug, Clone)]
pub struct Goal {
    pub id: Uuid,
    pub title: &'static str,
    pub priority: &'static str,
    /// How it is from each of these instants on.
    pub states: Vec<(DateTime<Utc>, State)>,
}

#[derive(Debug, Clone, Serialize)]
pub struct State {
    pub due_on: Option<NaiveDate>,
    pub status: &'static str,
    pub progress: i16,
    pub completed_at: Option<DateTime<Utc>>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub archived_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
}

impl Default for Pref {
    fn default() -> Self {
        Self {
            email_enabled: true,
            push_enabled: true,
            in_app_enabled: true,
            goal_reminders: true,
            daily_checkin: true,
            weekly_report: true,
            monthly_report: true,
            reengagement: true,
            break_reminders: true,
            work_days: vec![1, 2, 3, 4, 5],
            work_start: time(9, 0),
            work_end: time(18, 0),
            quiet_start: time(22, 0),
            quiet_end: time(8, 0),
            break_after_min: 50,
            break_repeat_min: 25,
            break_outside_work: false,
            snooze_until: None,
        }
    }
}

pub fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
}

impl Pref {
    /// Of somebody who has chosen, each switch off for one in ten.
    pub fn by(chance: &mut Chance) -> Self {
        let quiet = [
            (22, 0, 8, 0),
            (0, 0, 0, 0),
            (12, 0, 14, 30),
            (20, 0, 6, 30),
            (23, 15, 7, 45),
            (19, 0, 0, 0),
        ];
        let work = [
            (9, 0, 18, 0),
            (9, 0, 18, 0),
            (22, 0, 6, 0),
            (0, 0, 0, 0),
            (6, 30, 12, 15),
        ];
        let days: [&[i16]; 5] = [
            &[1, 2, 3, 4, 5],
            &[1, 2, 3, 4, 5],
            &[6, 7],
            &[1, 2, 3, 4, 5, 6, 7],
            &[],
        ];
        let (quiet, work, wish) = (
            chance.pick(&quiet),
            chance.pick(&work),
            chance.pick(&[(50, 25), (15, 10), (90, 30)]),
        );
        let mut on = || !chance.percent(10);
        Self {
            email_enabled: on(),
            push_enabled: on(),
            in_app_enabled: on(),
            goal_reminders: on(),
            daily_checkin: on(),
            weekly_report: on(),
            monthly_report: on(),
            reengagement: on(),
            break_reminders: on(),
            work_days: chance.pick(&days).to_vec(),
            work_start: time(work.0, work.1),
            work_end: time(work.2, work.3),
            quiet_start: time(quiet.0, quiet.1),
            quiet_end: time(quiet.2, quiet.3),
            break_after_min: wish.0,
            break_repeat_min: wish.1,
            break_outside_work: chance.percent(30),
            snooze_until: None,
        }
    }
}

impl Person {
    /// Whether reminders go to him at all.
    pub fn is_there(&self, at: DateTime<Utc>) -> bool {
        self.created_at <= at && self.status(at) == "active"
    }

    pub fn status(&self, at: DateTime<Utc>) -> &'static str {
        self.leaves_at
            .filter(|(leaves_at, _)| *leaves_at <= at)
            .map_or("active", |(_, status)| status)
    }

    pub fn pref(&self, at: DateTime<Utc>) -> Pref {
        let pref = self.prefs.iter().rfind(|(since, _)| *since <= at);
        pref.map(|(_, pref)| pref.clone()).unwrap_or_default()
    }

    pub fn last_active_at(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let count = self.active_at.partition_point(|active_at| *active_at <= at);
        count.checked_sub(1).map(|last| self.active_at[last])
    }

    pub fn last_activity_at(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.last_active_at(at)
            .map_or(self.created_at, |active_at| active_at.max(self.created_at))
    }

    /// The goals that stand, how they are.
    pub fn goals(&self, at: DateTime<Utc>) -> impl Iterator<Item = (&Goal, &State)> {
        let of = move |goal: &'_ Goal| goal.states.iter().rposition(|(since, _)| *since <= at);
        self.goals
            .iter()
            .filter_map(move |goal| Some((goal, &goal.states[of(goal)?].1)))
    }

    pub fn open_goals(&self, at: DateTime<Utc>) -> impl Iterator<Item = (&Goal, &State)> {
        self.goals(at).filter(|(_, state)| {
            ["not_started", "in_progress"].contains(&state.status)
                && state.progress < 100
                && state.archived_at.is_none()
                && state.deleted_at.is_none()
        })
    }
}

impl Session {
    pub fn is_focus(&self) -> bool {
        self.kind != "break"
    }

    pub fn seconds(&self) -> i64 {
        (self.end - self.start).num_seconds()
    }

    /// Once it has ended.
    pub fn is_counted(&self) -> bool {
        self.is_focus() && (self.status == "completed" || self.seconds() >= 300)
    }
}

impl Goal {
    pub fn created_at(&self) -> DateTime<Utc> {
        self.states[0].0
    }
}
