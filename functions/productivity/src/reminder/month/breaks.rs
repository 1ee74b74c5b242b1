//! When a break is due, by the words of the specification.

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use super::{
    people::{Person, Pref, Session},
    wall,
};

pub enum Due<'a> {
    Forgotten(&'a Session),
    Break {
        block: String,
        n: i64,
        minutes: i64,
        is_long: bool,
    },
}

/// What somebody is to be told of his timer.
pub fn due<'a>(person: &'a Person, pref: &Pref, at: DateTime<Utc>) -> Option<Due<'a>> {
    let is_running = |session: &&Session| at < session.end && session.start <= at && session.is_focus();
    let running = person.sessions.iter().rfind(is_running)?;
    let elapsed = (at - running.start).num_seconds();
    if elapsed >= 8 * 3600 {
        return Some(Due::Forgotten(running));
    }
    let mut ended: Vec<&Session> = person
        .sessions
        .iter()
        .filter(|session| session.is_focus() && session.end <= at && session.end >= at - TimeDelta::hours(4))
        .collect();
    ended.reverse();
    let joined = |gap: i64| {
        let mut start = running.start;
        let follows = |session: &&&Session| {
            let is_close = (start - session.end).num_seconds() < gap;
            start = session.start;
            is_close
        };
        ended.iter().take_while(follows).copied().collect::<Vec<_>>()
    };
    let block = joined(300);
    let continuous = elapsed + block.iter().map(|session| session.seconds()).sum::<i64>();
    let (first, then) = (
        i64::from(pref.break_after_min) * 60,
        i64::from(pref.break_repeat_min) * 60,
    );
    let mut n = if continuous < first {
        0
    } else {
        1 + (continuous - first) / then
    };
    if n == 0 && running.kind == "pomodoro" && elapsed >= 1500 + 300 {
        n = 1;
    }
    if !(1..=3).contains(&n) || !is_at_work(person, pref, at) {
        return None;
    }
    let completed = joined(900)
        .into_iter()
        .filter(|session| session.status == "completed");
    Some(Due::Break {
        block: format!("{}:0", block.last().map_or(running.id, |first| first.id)),
        n,
        minutes: continuous / 60,
        is_long: completed.count() >= 4,
    })
}

fn is_at_work(person: &Person, pref: &Pref, at: DateTime<Utc>) -> bool {
    let wall = wall::wall(at, person.zone);
    let (time, start, end) = (wall.time(), pref.work_start, pref.work_end);
    let works_on = |weekday: chrono::Weekday| pref.work_days.contains(&(weekday.number_from_monday() as i16));
    let (today, yesterday) = (works_on(wall.weekday()), works_on(wall.weekday().pred()));
    pref.break_outside_work
        || start == end && today
        || start < end && today && start <= time && time < end
        || start > end && (today && time >= start || yesterday && time < end)
}
