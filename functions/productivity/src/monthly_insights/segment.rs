//! What somebody is to the company, by what he did in a month and before it.

use chrono::{Days, NaiveDate};

use super::month::Month;
use crate::company::Setting;

/// Who came less than so many days before the end of a month has had no time to begin yet.
const SETTLING_IN: Days = Days::new(7);

/// What somebody is to the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// He has never made a goal or begun a focus session.
    NeverActivated,
    /// He came in the month.
    New,
    /// He was active so long ago that he is lost, or so long ago that he may be soon.
    Churned,
    AtRisk,
    /// He works much and often.
    Power,
    Active,
}

/// What is known of a user at the end of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    pub created_on: NaiveDate,
    /// Whether he ever made a goal or began a focus session.
    pub has_begun: bool,
    /// The last day on which he was active, if there is one.
    pub last_day: Option<NaiveDate>,
    /// In the month: days on which he was active, and focus sessions that he completed.
    pub active_days: i64,
    pub sessions: i64,
}

impl Segment {
    /// The first that fits.
    pub fn of(month: &Month, setting: &Setting, user: &User) -> Self {
        let gap = user.gap(month);
        let is_power = user.sessions > i64::from(setting.power_sessions)
            && user.active_days >= i64::from(setting.power_active_days);
        if !user.has_begun && user.created_on < month.end - SETTLING_IN {
            Self::NeverActivated
        } else if user.created_on >= month.start {
            Self::New
        } else if gap > i64::from(setting.churned_days) {
            Self::Churned
        } else if gap > i64::from(setting.at_risk_days) {
            Self::AtRisk
        } else if is_power {
            Self::Power
        } else {
            Self::Active
        }
    }

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::NeverActivated => "never_activated",
            Self::New => "new",
            Self::Churned => "churned",
            Self::AtRisk => "at_risk",
            Self::Power => "power",
            Self::Active => "active",
        }
    }
}

impl User {
    /// Days from the last one on which he was active, else that on which he came, to the last of the month.
    fn gap(&self, month: &Month) -> i64 {
        let last = self.last_day.unwrap_or(self.created_on);
        (month.last() - last).num_days()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn june() -> Month {
        Month::before(date("2024-07-01"))
    }

    /// Somebody whom nothing can be said of but that he is active.
    const ACTIVE: User = User {
        created_on: NaiveDate::from_ymd_opt(2024, 1, 1).unwrap(),
        has_begun: true,
        last_day: NaiveDate::from_ymd_opt(2024, 6, 30),
        active_days: 8,
        sessions: 20,
    };

    fn segment(user: User) -> Segment {
        Segment::of(&june(), &Setting::default(), &user)
    }

    #[test]
    fn the_first_segment_that_fits_is_the_users() {
        let last = |day: &str| User {
            last_day: Some(date(day)),
            ..ACTIVE
        };
        let created = |day: &str, has_begun| User {
            created_on: date(day),
            has_begun,
            last_day: None,
            ..ACTIVE
        };
        let power = |sessions, active_days| User {
            sessions,
            active_days,
            ..ACTIVE
        };
        for (name, user, expected) in [
            ("more than 20 sessions on 8 days", power(21, 8), Segment::Power),
            ("20 are not more than 20", power(20, 8), Segment::Active),
            ("7 days are too few", power(21, 7), Segment::Active),
            ("gap 14", last("2024-06-16"), Segment::Active),
            ("gap 15", last("2024-06-15"), Segment::AtRisk),
            ("gap 30", last("2024-05-31"), Segment::AtRisk),
            ("gap 31", last("2024-05-30"), Segment::Churned),
            (
                "came in May, never seen again",
                created("2024-05-31", true),
                Segment::AtRisk,
            ),
            ("came on the first", created("2024-06-01", true), Segment::New),
            (
                "has had a week and done nothing",
                created("2024-06-23", false),
                Segment::NeverActivated,
            ),
            ("has not had a week", created("2024-06-24", false), Segment::New),
            (
                "never did anything",
                created("2024-01-01", false),
                Segment::NeverActivated,
            ),
        ] {
            assert_eq!(segment(user), expected, "{name}");
        }
        let lazy = User {
            has_begun: false,
            ..power(21, 8)
        };
        assert_eq!(segment(lazy), Segment::NeverActivated, "whatever else");
    }

    proptest! {
        #[test]
        fn the_longer_somebody_is_away_the_worse_it_is(
            created in 0..400u64, away in 0..400u64, longer in 0..400u64, sessions in 0..60i64, days in 0..31i64
        ) {
            let seen = |away| {
                let user = User {
                    created_on: june().start - Days::new(1 + created),
                    has_begun: true,
                    last_day: Some(june().last() - Days::new(away)),
                    active_days: days,
                    sessions,
                };
                match segment(user) {
                    Segment::Power | Segment::Active => 0,
                    Segment::AtRisk => 1,
                    Segment::Churned => 2,
                    other => panic!("{other:?}"),
                }
            };
            prop_assert!(seen(away) <= seen(away + longer));
        }
    }
}
