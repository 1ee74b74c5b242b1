//! What the specification has said of days, weeks and months.

use std::ops::Range;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{
    log::Told,
    oracle::{Oracle, Reader},
    people::{Goal, Session, State},
    wall::{self, spell},
    world::World,
};
use crate::reminder::{clock::Clock, person::after};

type Open<'a> = (&'a Goal, &'a State, NaiveDate);

/// The more important first.
fn place(priority: &str) -> Option<usize> {
    ["urgent", "high", "medium", "low"]
        .iter()
        .position(|name| *name == priority)
}

/// The focus sessions that ended within some time, up to now.
fn ended<'a>(of: &'a Reader<'_>, within: Range<DateTime<Utc>>) -> impl Iterator<Item = &'a Session> + Clone {
    let has_ended = move |session: &&Session| within.contains(&session.end) && session.end <= of.at;
    of.person
        .sessions
        .iter()
        .filter(|session| session.is_focus())
        .filter(has_ended)
}

fn seconds<'a>(sessions: impl Iterator<Item = &'a Session>) -> i64 {
    let counted = sessions.filter(|session| session.is_counted());
    counted.map(|session| session.seconds().min(28_800)).sum()
}

fn goals_done(of: &Reader<'_>, within: Range<DateTime<Utc>>) -> usize {
    let done = of.person.goals(of.at).filter(|(_, state)| {
        state.status == "completed"
            && state.deleted_at.is_none()
            && state.completed_at.is_some_and(|at| within.contains(&at))
    });
    done.count()
}

impl Oracle<'_> {
    pub fn deadlines(&mut self, to: &Reader, told: &mut Vec<Told>) {
        let (choice, today) = (self.world.choice, to.reads_on);
        let mut new: Vec<(&str, Open)> = Vec::new();
        for (goal, state) in to.person.open_goals(to.at) {
            let Some(due_on) = state.due_on else { continue };
            let is_announced = |bucket| self.announced.contains(&(goal.id, due_on, bucket));
            let bucket = match (due_on - today).num_days() {
                1 if !is_announced("tomorrow") => "tomorrow",
                0 if !is_announced("tomorrow") && !is_announced("today") => "today",
                2..=7 if !is_announced("week") && goal.created_at() <= to.at - TimeDelta::hours(24) => "week",
                -3..=-1 if choice.goal_overdue_notice && !is_announced("overdue") => "overdue",
                _ => continue,
            };
            new.push((bucket, (goal, state, due_on)));
        }
        let title = |bucket: &str, (goal, _, due_on): Open| match bucket {
            "week" => format!("Due {}: {}", spell(due_on), goal.title),
            "overdue" => format!("Overdue: {}", goal.title),
            bucket => format!("Due {bucket}: {}", goal.title),
        };
        for (bucket, goal) in &new {
            let kind = if *bucket == "week" {
                "goal-planning"
            } else {
                "goal-reminder"
            };
            let key = format!("goal:{}:{}:{bucket}", goal.0.id, goal.2);
            let end = to.begin(after(goal.2, 4));
            self.notice(told, to, "in_app", (kind, key, title(bucket, *goal)), end);
        }
        let in_mail: Vec<_> = new
            .iter()
            .copied()
            .filter(|(bucket, _)| *bucket != "week" || choice.goal_week_mail)
            .collect();
        let is_mailed = !in_mail.is_empty() && {
            let counts = [
                ("overdue", "overdue"),
                ("today", "due today"),
                ("tomorrow", "due tomorrow"),
                ("week", "due this week"),
            ];
            let parts =
                counts.map(|(bucket, words)| (in_mail.iter().filter(|(of, _)| *of == bucket).count(), words));
            let parts = parts.into_iter().filter(|(count, _)| *count > 0);
            let parts: Vec<String> = parts.map(|(count, words)| format!("{count} {words}")).collect();
            let subject = match &in_mail[..] {
                [("week", goal)] => format!("Due this week: {}", goal.0.title),
                [(bucket, goal)] => title(bucket, *goal),
                goals => format!("{} goals need you: {}", goals.len(), parts.join(", ")),
            };
            let key = format!("goal-digest:{}:{today}", to.person.id);
            self.mail(told, to, ("goal_digest", key, subject), to.begin(after(today, 1)))
        };
        let remembered = match (to.pref.in_app_enabled, is_mailed) {
            (true, _) => new,
            (false, true) => in_mail,
            (false, false) => Vec::new(),
        };
        self.announced.extend(
            remembered
                .into_iter()
                .map(|(bucket, goal)| (goal.0.id, goal.2, bucket)),
        );
    }

    pub fn check(&mut self, to: &Reader, told: &mut Vec<Told>) {
        let (person, at) = (to.person, to.at);
        let today = to.date(at);
        let last_activity_at = person.last_activity_at(at);
        let is_new = |hours| person.created_at > at - TimeDelta::hours(hours);
        if last_activity_at < at - TimeDelta::hours(96)
            || to.is_quiet()
            || (today - to.date(last_activity_at)).num_days() > 2
            || is_new(24)
        {
            return;
        }
        let is_work = |session: &&Session| {
            let is_short = session.status != "completed" && session.end <= at && session.seconds() < 300;
            session.is_focus() && session.start <= at && !is_short
        };
        // None is over another, so the last one ends last.
        let last = person.sessions.iter().rfind(is_work);
        let focus = last.map(|session| to.date(session.end.min(at)));
        let nudges = (self.nudged.iter()).filter(|(whom, date)| {
            *whom == person.id && *date < today && focus.is_none_or(|focus| *date > focus)
        });
        if focus == Some(today) || nudges.count() >= 3 {
            return;
        }
        let goals = person
            .open_goals(at)
            .filter_map(|(goal, state)| Some((goal, state.due_on?)));
        let nearest = goals
            .filter(|(_, due_on)| *due_on >= today)
            .min_by_key(|(goal, due_on)| (*due_on, place(goal.priority), goal.title, goal.id));
        let text = match nearest {
            Some((goal, due_on)) => format!("{}, due {}", goal.title, spell(due_on)),
            None => "Pick one goal and start 25 minutes.".to_owned(),
        };
        let end = to.begin(after(today, 1));
        for (channel, name) in [("in_app", "inapp"), ("push", "push")] {
            let key = format!("daily-{name}:{}:{today}", person.id);
            if self.notice(told, to, channel, ("productivity-nudge", key, text.clone()), end) {
                self.nudged.insert((person.id, today));
            }
        }
        let weekday = today.weekday().number_from_monday() as i16;
        let is_work_day = to.pref.work_days.contains(&weekday) || !self.world.choice.daily_mail_workdays_only;
        if let Some(focus) = focus
            && focus < after(today, -1)
            && !is_new(48)
            && is_work_day
        {
            let key = format!("daily-email:{}:{focus}", person.id);
            let subject = "A short session still counts today".to_owned();
            self.mail(told, to, ("daily_mail", key, subject), end);
        }
    }

    pub fn week(&mut self, to: &Reader, told: &mut Vec<Told>) {
        let slot = self
            .wall(to.at, to.person.zone)
            .date()
            .and_hms_opt(19, 0, 0)
            .unwrap();
        let weeks_ago = |weeks| match self.clock {
            Clock::Utc => (slot - TimeDelta::weeks(weeks)).and_utc(),
            Clock::Local => wall::first(slot - TimeDelta::weeks(weeks), to.person.zone),
        };
        let (before, start, end) = (weeks_ago(2), weeks_ago(1), weeks_ago(0));
        let is_silent = |within: Range<DateTime<Utc>>| {
            let mut sessions = ended(to, within.clone());
            !sessions.any(|session| session.status == "completed") && goals_done(to, within) == 0
        };
        if is_silent(start..end) && is_silent(before..start) {
            return;
        }
        let (focus, goals) = (seconds(ended(to, start..end)), goals_done(to, start..end));
        let (id, ends_on) = (to.person.id, to.date(end));
        let text = format!(
            "This week: {goals} goals completed, {} minutes focused",
            focus / 60
        );
        let notice = ("weekly-review", format!("weekly-inapp:{id}:{ends_on}"), text);
        self.notice(told, to, "in_app", notice, end + TimeDelta::days(7));
        let subject = format!(
            "Your week: {} focused, {} done",
            wall::duration(focus),
            wall::count(goals)
        );
        let mail = ("weekly_review", format!("weekly:{id}:{ends_on}"), subject);
        self.mail(told, to, mail, end + TimeDelta::hours(25));
    }

    pub fn month(&mut self, to: &Reader, told: &mut Vec<Told>) {
        let next = self.wall(to.at, to.person.zone).date();
        let last = after(next, -1);
        let first = last.with_day(1).unwrap();
        let active_on = World::active_on(to.person, to.at);
        if to.date(to.person.created_at) > after(last, -7) || active_on.range(first..=last).next().is_none() {
            return;
        }
        let zone = to.person.zone;
        let within = wall::first(first.and_time(NaiveTime::MIN), zone)..wall::begin(next, zone);
        let (focus, goals) = (seconds(ended(to, within.clone())), goals_done(to, within));
        let (month, focus) = (first.format("%B"), wall::duration(focus));
        let subject = format!(
            "Your {month} report: {focus} focused, {} completed",
            wall::count(goals)
        );
        let key = format!("monthly:{}:{}", to.person.id, first.format("%Y-%m"));
        self.mail(
            told,
            to,
            ("monthly_report", key, subject),
            to.at + TimeDelta::hours(48),
        );
    }
}
