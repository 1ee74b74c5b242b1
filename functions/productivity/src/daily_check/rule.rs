//! Whether somebody is asked for a session this evening, and the e-mail that does.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use crate::{
    goal::{Day, ToldGoal},
    reminder::{
        letter::letter,
        person::{Reader, after},
    },
    words,
};

/// Who was not there for longer is not looked at: four days reach over the two dates of [`SILENT_DAYS_MAX`] in any zone.
const SELECTED_HOURS: i64 = 96;

/// Dates without a sign of life up to which an evening's nudge makes sense. After that inactive-users speaks.
const SILENT_DAYS_MAX: i64 = 2;

/// How long nobody nudges a new user, and how long nobody mails one.
const NEW_HOURS: i64 = 24;
const NEW_MAIL_HOURS: i64 = 48;

/// Nudges without a session after them that are enough. The query brings no more.
const NUDGES_MAX: usize = 3;

/// What is known of a person's work in the evening.
#[derive(Debug, Clone)]
pub struct Evening {
    /// Not after the run's clock.
    pub last_activity_at: DateTime<Utc>,
    /// Until when he has been at a focus session that counts: until the run's clock if one is running.
    pub worked_until: Option<DateTime<Utc>>,
    /// The last date, up to today, of which the analytics know a counted session.
    pub counted_on: Option<NaiveDate>,
    /// The last three dates before today on which he was nudged.
    pub nudged_on: Vec<NaiveDate>,
    /// ISO: 1 is Monday.
    pub work_days: Vec<i16>,
    pub work: Work,
}

/// Focus time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    /// In the seven days up to today.
    pub week_seconds: i64,
    /// In the seven days before those.
    pub week_before_seconds: i64,
}

/// What is done about somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is too late in the evening, and tomorrow it would not be true any more.
    Quiet,
    /// He is new, or has been away for too long.
    Nothing,
    HadActivity,
    NudgedEnough,
    Nudge,
    NudgeAndMail {
        last_focus: NaiveDate,
    },
}

/// From when on somebody's last activity is recent enough for him to be looked at.
pub fn selected_from(as_of: DateTime<Utc>) -> DateTime<Utc> {
    as_of - TimeDelta::hours(SELECTED_HOURS)
}

impl Evening {
    /// What is done about a reader whose evening this is.
    pub fn verdict(&self, as_of: DateTime<Utc>, reader: &Reader, mails_on_work_days_only: bool) -> Verdict {
        let today = reader.date_at(as_of);
        let worked_on = self.worked_until.map(|at| reader.date_at(at));
        let last_focus = worked_on.max(self.counted_on);
        let silent_days = (today - reader.date_at(self.last_activity_at)).num_days();
        let is_older_than = |hours| reader.person.created_at <= as_of - TimeDelta::hours(hours);
        if reader.is_quiet {
            return Verdict::Quiet;
        }
        if silent_days > SILENT_DAYS_MAX || !is_older_than(NEW_HOURS) {
            return Verdict::Nothing;
        }
        if worked_on == Some(today) {
            return Verdict::HadActivity;
        }
        let is_unanswered = |date: &&NaiveDate| last_focus.is_none_or(|last_focus| **date > last_focus);
        if self.nudged_on.iter().filter(is_unanswered).count() >= NUDGES_MAX {
            return Verdict::NudgedEnough;
        }
        let is_work_day = i16::try_from(today.weekday().number_from_monday())
            .is_ok_and(|weekday| self.work_days.contains(&weekday));
        match last_focus {
            Some(last_focus)
                if worked_on != Some(after(today, -1))
                    && is_older_than(NEW_MAIL_HOURS)
                    && (is_work_day || !mails_on_work_days_only) =>
            {
                Verdict::NudgeAndMail { last_focus }
            }
            _ => Verdict::Nudge,
        }
    }
}

/// The e-mail to somebody who has worked neither today nor yesterday.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    pub name: String,
    pub last_focus_on: Day,
    #[serde(flatten)]
    pub work: Work,
    /// The one that is due next.
    pub goal: Option<ToldGoal>,
    /// Where a session is begun.
    pub link: String,
}

impl Invitation {
    fn week(&self) -> String {
        words::duration(self.work.week_seconds)
    }

    fn week_before(&self) -> String {
        words::duration(self.work.week_before_seconds)
    }
}

letter!(Invitation, "daily_mail.txt", "daily_mail.html", |_| {
    super::TITLE.to_owned()
});

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::NaiveTime;
    use chrono_tz::Tz;
    use proptest::prelude::*;
    use shared::calendar;
    use uuid::Uuid;

    use super::*;
    use crate::{company::UserZone, reminder::person::Person};

    /// Somebody who has been there for years, and on whose wall it is this time.
    fn reader(at: DateTime<Utc>, zone: Tz) -> Reader {
        let midnight = NaiveTime::MIN;
        Reader {
            person: Person {
                id: Uuid::nil(),
                first_name: None,
                display_name: None,
                time_zone: String::new(),
                created_at: DateTime::UNIX_EPOCH,
                address: None,
                is_suppressed: false,
                unsubscribe_token: Uuid::nil(),
                in_app_enabled: true,
                push_enabled: true,
                quiet_start: midnight,
                quiet_end: midnight,
                is_willing: true,
            },
            zone: UserZone {
                zone,
                is_fallback: false,
            },
            is_quiet: false,
            reads_at: at,
            reads_on: calendar::local_date(at, zone),
        }
    }

    fn evening(at: DateTime<Utc>) -> Evening {
        Evening {
            last_activity_at: at,
            worked_until: None,
            counted_on: None,
            nudged_on: Vec::new(),
            work_days: vec![1, 2, 3, 4, 5],
            work: Work {
                week_seconds: 0,
                week_before_seconds: 0,
            },
        }
    }

    /// A Wednesday, 18:00.
    fn now() -> DateTime<Utc> {
        "2024-06-26T18:00:00Z".parse().unwrap()
    }

    fn ago(hours: i64) -> DateTime<Utc> {
        now() - TimeDelta::hours(hours)
    }

    fn date(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 6, day).unwrap()
    }

    #[test]
    fn each_reason_to_be_silent_goes_before_the_next() {
        let mut reader = reader(now(), Tz::UTC);
        let mut evening = evening(ago(72));
        let verdict = |reader: &Reader, evening: &Evening| evening.verdict(now(), reader, true);
        reader.is_quiet = true;
        evening.worked_until = Some(now());
        evening.nudged_on = vec![date(25), date(24), date(23)];
        assert_eq!(verdict(&reader, &evening), Verdict::Quiet);
        reader.is_quiet = false;
        assert_eq!(verdict(&reader, &evening), Verdict::Nothing, "away since Sunday");
        evening.last_activity_at = ago(66);
        reader.person.created_at = ago(24) + TimeDelta::seconds(1);
        assert_eq!(verdict(&reader, &evening), Verdict::Nothing, "new");
        reader.person.created_at = ago(24);
        assert_eq!(verdict(&reader, &evening), Verdict::HadActivity);
        evening.worked_until = None;
        assert_eq!(verdict(&reader, &evening), Verdict::NudgedEnough);
        evening.counted_on = Some(date(23));
        assert_eq!(verdict(&reader, &evening), Verdict::Nudge, "too new for a mail");
        reader.person.created_at = ago(48);
        let mail = |day| Verdict::NudgeAndMail {
            last_focus: date(day),
        };
        assert_eq!(verdict(&reader, &evening), mail(23));
        evening.worked_until = Some(ago(42) - TimeDelta::seconds(1));
        assert_eq!(verdict(&reader, &evening), mail(24));
        evening.work_days = vec![1, 2, 4, 5, 6, 7];
        assert_eq!(verdict(&reader, &evening), Verdict::Nudge, "no work day");
        assert_eq!(evening.verdict(now(), &reader, false), mail(24));
        evening.worked_until = Some(ago(42));
        assert_eq!(
            evening.verdict(now(), &reader, false),
            Verdict::Nudge,
            "worked yesterday"
        );
    }

    #[test]
    fn who_has_never_worked_gets_no_mail() {
        assert_eq!(
            evening(ago(1)).verdict(now(), &reader(now(), Tz::UTC), true),
            Verdict::Nudge
        );
    }

    proptest! {
        /// Somebody who looks in every day, in any zone, at any time of the day and of the year.
        #[test]
        fn nobody_is_nudged_on_a_day_of_work_nor_more_than_three_times_without_one(
            seconds in 946_684_800_i64..4_102_444_800, index in 0..chrono_tz::TZ_VARIANTS.len(),
            works in proptest::collection::vec(prop::bool::weighted(0.2), 40)
        ) {
            let zone = chrono_tz::TZ_VARIANTS[index];
            let (mut nudged, mut worked_until) = (BTreeSet::new(), None);
            for (day, works) in (0..).zip(works) {
                let as_of = DateTime::from_timestamp(seconds, 0).unwrap() + TimeDelta::days(day);
                let today = calendar::local_date(as_of, zone);
                if works {
                    worked_until = Some(as_of);
                }
                let evening = Evening {
                    worked_until,
                    nudged_on: nudged.iter().rev().filter(|date| **date < today).take(3).copied().collect(),
                    ..evening(as_of)
                };
                let last_focus = worked_until.map(|at| calendar::local_date(at, zone));
                match evening.verdict(as_of, &reader(as_of, zone), false) {
                    Verdict::HadActivity => prop_assert_eq!(last_focus, Some(today)),
                    Verdict::NudgedEnough => {}
                    Verdict::Nudge => {
                        prop_assert!(last_focus.is_none_or(|date| date == after(today, -1)));
                        nudged.insert(today);
                    }
                    Verdict::NudgeAndMail { last_focus: told } => {
                        prop_assert!(Some(told) == last_focus && told < after(today, -1));
                        nudged.insert(today);
                    }
                    silent => prop_assert!(false, "{silent:?}"),
                }
                let unanswered = nudged.iter().filter(|date| last_focus.is_none_or(|focus| **date > focus));
                prop_assert!(unanswered.count() <= NUDGES_MAX);
            }
        }
    }
}
