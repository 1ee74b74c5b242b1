//! How many e-mails are too many of those that nobody asked for, the nudges.

use chrono::{Datelike, NaiveDate, Weekday};
use serde::Deserialize;

use super::person::after;

/// Days that are looked at, the one on which an e-mail is read among them.
pub const WINDOW_DAYS: i64 = 7;

/// Kinds of e-mail that nobody asked for.
const NUDGES: [&str; 2] = ["daily_mail", "reengagement"];

/// What is in the log beside e-mails.
const NOTICE: &str = "daily_nudge";

/// A row of `productivity.contact_log`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Contact {
    pub kind: String,
    /// The date on which it was to be read.
    pub local_date: NaiveDate,
}

/// What a person gets by e-mail as it is.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    /// At least those of the window; others change nothing.
    pub contacts: Vec<Contact>,
    pub weekly_report: bool,
    pub monthly_report: bool,
}

impl Inbox {
    /// Whether a nudge that is read on a date would be one too many: there is another e-mail that day, or a report is
    /// due on it, or there were `per_week` nudges in the seven days up to it.
    pub fn is_full(&self, read_on: NaiveDate, per_week: i16) -> bool {
        let window = after(read_on, 1 - WINDOW_DAYS)..=read_on;
        let mut mails = self.contacts.iter().filter(|contact| contact.kind != NOTICE);
        let is_nudge = |contact: &&Contact| {
            NUDGES.contains(&contact.kind.as_str()) && window.contains(&contact.local_date)
        };
        let nudges = self.contacts.iter().filter(is_nudge).count();
        mails.any(|mail| mail.local_date == read_on)
            || usize::try_from(per_week).is_ok_and(|most| nudges >= most)
            || self.weekly_report && read_on.weekday() == Weekday::Sun
            || self.monthly_report && read_on.day() == 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A Wednesday.
    fn today() -> NaiveDate {
        "2024-06-26".parse().unwrap()
    }

    fn contact(kind: &str, days_ago: i64) -> Contact {
        Contact {
            kind: kind.to_owned(),
            local_date: after(today(), -days_ago),
        }
    }

    fn inbox(contacts: Vec<Contact>) -> Inbox {
        Inbox {
            contacts,
            weekly_report: true,
            monthly_report: true,
        }
    }

    #[test]
    fn another_mail_of_the_day_is_enough_and_a_notice_is_none() {
        for (kind, days_ago, expected) in [
            ("goal_digest", 0, true),
            ("reengagement", 0, true),
            ("daily_nudge", 0, false),
            ("goal_digest", 1, false),
            ("goal_digest", -1, false),
        ] {
            let full = inbox(vec![contact(kind, days_ago)]).is_full(today(), 2);
            assert_eq!(full, expected, "{kind} {days_ago} days ago");
        }
    }

    #[test]
    fn two_nudges_in_seven_days_are_enough() {
        for (kinds, expected) in [
            ([("reengagement", 6), ("daily_mail", 1)], true),
            ([("reengagement", 7), ("daily_mail", 1)], false),
            ([("reengagement", -1), ("daily_mail", 1)], false),
            ([("goal_digest", 6), ("daily_mail", 1)], false),
            ([("daily_nudge", 6), ("daily_mail", 1)], false),
        ] {
            let contacts = kinds.map(|(kind, days_ago)| contact(kind, days_ago));
            assert_eq!(inbox(contacts.into()).is_full(today(), 2), expected, "{kinds:?}");
        }
    }

    #[test]
    fn a_day_on_which_a_report_is_due_is_left_to_it() {
        let (none, both) = (Inbox::default(), inbox(Vec::new()));
        for (date, expected) in [
            ("2024-06-30", true),
            ("2024-07-01", true),
            ("2024-07-02", false),
            ("2024-06-29", false),
        ] {
            let date = date.parse().unwrap();
            assert_eq!(both.is_full(date, 2), expected, "{date}");
            assert!(!none.is_full(date, 2), "{date} without reports");
        }
    }

    fn contacts() -> impl Strategy<Value = Vec<Contact>> {
        let kinds = [
            "daily_nudge",
            "daily_mail",
            "reengagement",
            "goal_digest",
            "monthly_report",
        ];
        let one =
            (0..kinds.len(), -3_i64..12).prop_map(move |(kind, days_ago)| contact(kinds[kind], days_ago));
        proptest::collection::vec(one, 0..8)
    }

    proptest! {
        #[test]
        fn what_lies_outside_the_window_changes_nothing(contacts in contacts(), per_week in 0_i16..8) {
            let inside = |contact: &Contact| {
                (0..WINDOW_DAYS).contains(&(today() - contact.local_date).num_days())
            };
            let of_window = contacts.iter().filter(|contact| inside(contact)).cloned().collect();
            prop_assert_eq!(inbox(contacts).is_full(today(), per_week), inbox(of_window).is_full(today(), per_week));
        }

        #[test]
        fn one_mail_more_or_one_allowed_less_empties_no_inbox(
            contacts in contacts(), per_week in 1_i16..8, days_ago in 0_i64..7
        ) {
            let with = |more: Option<Contact>| inbox(contacts.iter().cloned().chain(more).collect());
            if with(None).is_full(today(), per_week) {
                prop_assert!(with(Some(contact("daily_mail", days_ago))).is_full(today(), per_week));
                prop_assert!(with(None).is_full(today(), per_week - 1));
            }
            prop_assert!(with(None).is_full(today(), 0));
        }

        /// Whoever would be written to each day.
        #[test]
        fn no_seven_days_have_more_nudges_than_are_allowed(per_week in 0_i16..8, wanted in proptest::collection::vec(any::<bool>(), 40)) {
            let mut inbox = inbox(Vec::new());
            for (day, is_wanted) in (0..).zip(wanted) {
                let date = after(today(), day);
                if is_wanted && !inbox.is_full(date, per_week) {
                    inbox.contacts.push(contact("daily_mail", -day));
                }
                let week = after(date, 1 - WINDOW_DAYS)..=date;
                let nudges = inbox.contacts.iter().filter(|contact| week.contains(&contact.local_date)).count();
                prop_assert!(nudges <= usize::try_from(per_week).unwrap());
            }
        }
    }
}
