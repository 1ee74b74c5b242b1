//! What a coach is asked to do about a member at risk, and when he is left in peace.

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;

use crate::gym::Tunables;
use crate::level::Level;
use crate::visits::{Facts, days};

/// A high risk calls for a person once the member has stayed away longer than this (days).
const CONTACT_AFTER_DAYS: i32 = 14;

/// Between one week and one month (days) of absence somebody asks how it goes; later that is no news.
const CHECK_IN_DAYS: std::ops::Range<i32> = 7..30;

/// Below this commitment (points) a medium risk is worth a campaign.
const CAMPAIGN_COMMITMENT: i16 = 50;

/// Below this commitment (points) something is wrong that visits and risk do not show yet.
const ISSUE_COMMITMENT: i16 = 40;

/// A member as the rule sees him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub first_name: String,
    pub last_name: String,
    /// Of the coaching day.
    pub facts: Facts,
    pub risk: i16,
    pub level: Level,
    /// None: commitment-scores could not say anything yet.
    pub commitment: Option<i16>,
    /// The local date of the last campaign.
    pub last_campaign: Option<NaiveDate>,
}

/// What happened between the coach and the member before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// Whether the job has given this coach an action for this member and day already, in whatever state.
    pub exists_today: bool,
    /// At most one entry a type.
    pub actions: Vec<PastActions>,
}

/// The earlier actions of one type, the job's and the coach's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastActions {
    pub action_type: ActionType,
    /// The local date of the last completion up to the run's clock.
    pub completed_on: Option<NaiveDate>,
    /// The latest day that one still open was or is due on.
    pub open_due_date: Option<NaiveDate>,
}

/// What the coach may be asked to do, with what only this proposal knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposal {
    ContactMember,
    SendCampaign {
        commitment: i16,
    },
    CheckIn,
    InvestigateIssue {
        commitment: i16,
    },
    FollowUp {
        /// The local date of the campaign in whose place this stands.
        after_campaign: Option<NaiveDate>,
    },
}

/// The type of an action, without its occasion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionType {
    ContactMember,
    SendCampaign,
    CheckIn,
    InvestigateIssue,
    FollowUp,
}

/// What becomes of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    SkippedExisting,
    SkippedCooldown,
    SkippedOpen,
    Create,
}

impl ActionType {
    const ALL: [Self; 5] = [
        Self::ContactMember,
        Self::SendCampaign,
        Self::CheckIn,
        Self::InvestigateIssue,
        Self::FollowUp,
    ];

    /// The type as the database spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ContactMember => "contact_member",
            Self::SendCampaign => "send_campaign",
            Self::CheckIn => "check_in",
            Self::InvestigateIssue => "investigate_issue",
            Self::FollowUp => "follow_up",
        }
    }

    /// The type that is spelled so, if any is.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|action_type| action_type.as_str() == name)
    }
}

/// The day that a run makes the list for: the local date, or the next one when the working day is over at the
/// local hour `rollover_hour` (24: never). At eight in the evening nobody works through a list any more.
pub fn coaching_day(as_of: DateTime<Utc>, zone: Tz, rollover_hour: i16) -> NaiveDate {
    let local = as_of.with_timezone(&zone);
    let is_over = i64::from(local.hour()) >= i64::from(rollover_hour);
    local.date_naive() + TimeDelta::days(i64::from(is_over))
}

impl Proposal {
    /// What to propose for a member: the first that fits, or nothing.
    pub fn of(member: &Member, tunables: &Tunables) -> Option<Self> {
        let Facts { d, t, today, .. } = member.facts;
        let commitment_below = |bound| member.commitment.filter(|&commitment| commitment < bound);

        if member.level == Level::High && d.is_none_or(|d| d > CONTACT_AFTER_DAYS) {
            return Some(Self::ContactMember);
        }
        if member.level == Level::Medium
            && let Some(commitment) = commitment_below(CAMPAIGN_COMMITMENT)
        {
            let after_campaign = member
                .last_campaign
                .filter(|&sent| sent >= days_before(today, tunables.campaign_quiet_days));
            return Some(match after_campaign {
                Some(_) => Self::FollowUp { after_campaign },
                None => Self::SendCampaign { commitment },
            });
        }
        if CHECK_IN_DAYS.contains(&d.unwrap_or(t)) {
            return Some(Self::CheckIn);
        }
        if let Some(commitment) = commitment_below(ISSUE_COMMITMENT) {
            return Some(Self::InvestigateIssue { commitment });
        }
        (member.level >= Level::Medium).then_some(Self::FollowUp { after_campaign: None })
    }

    pub fn action_type(&self) -> ActionType {
        match self {
            Self::ContactMember => ActionType::ContactMember,
            Self::SendCampaign { .. } => ActionType::SendCampaign,
            Self::CheckIn => ActionType::CheckIn,
            Self::InvestigateIssue { .. } => ActionType::InvestigateIssue,
            Self::FollowUp { .. } => ActionType::FollowUp,
        }
    }

    /// How soon, compared with the coach's other actions, as the database spells it.
    pub fn priority(&self) -> &'static str {
        match self {
            Self::ContactMember => "high",
            Self::SendCampaign { .. } | Self::CheckIn | Self::InvestigateIssue { .. } => "medium",
            Self::FollowUp { .. } => "low",
        }
    }

    /// Whether the proposal becomes an action on `today`, or why not: the first reason that fits.
    pub fn outcome(&self, past: &Past, today: NaiveDate, tunables: &Tunables) -> Outcome {
        let cooldown_days = match self {
            Self::SendCampaign { .. } => tunables.campaign_cooldown_days,
            _ => tunables.cooldown_days,
        };
        let within = |day: Option<NaiveDate>, days| day.is_some_and(|day| day >= days_before(today, days));
        let same_type = past
            .actions
            .iter()
            .find(|actions| actions.action_type == self.action_type());

        if past.exists_today {
            Outcome::SkippedExisting
        } else if same_type.is_some_and(|past| within(past.completed_on, cooldown_days)) {
            Outcome::SkippedCooldown
        } else if same_type.is_some_and(|past| within(past.open_due_date, tunables.carry_over_days)) {
            Outcome::SkippedOpen
        } else {
            Outcome::Create
        }
    }

    /// The title of the action, as plain text: whoever shows it as HTML escapes it.
    pub fn title(&self, member: &Member) -> String {
        let name = member.name();
        match self {
            Self::ContactMember => format!("Contact {name}"),
            Self::SendCampaign { .. } => format!("Send {name} a campaign"),
            Self::CheckIn if member.facts.d.is_none() => format!("Check in with {name} (new member)"),
            Self::CheckIn => format!("Check in with {name}"),
            Self::InvestigateIssue { .. } => format!("Find out what holds {name} back"),
            Self::FollowUp { .. } => format!("Follow up with {name}"),
        }
    }

    /// Why the coach is asked.
    pub fn description(&self, member: &Member) -> String {
        let risk = member.risk;
        match self {
            Self::ContactMember => format!("Churn risk {risk} of 100. {}", member.absence()),
            Self::SendCampaign { commitment } => {
                format!("Churn risk {risk} of 100, commitment {commitment} of 100.")
            }
            Self::CheckIn => member.absence(),
            Self::InvestigateIssue { commitment } => format!("Commitment {commitment} of 100."),
            Self::FollowUp { after_campaign } => {
                let risk = format!("Churn risk is {} ({risk} of 100).", member.level.as_str());
                match after_campaign {
                    Some(sent) => format!("{risk} A campaign was sent on {sent}."),
                    None => risk,
                }
            }
        }
    }
}

impl Member {
    /// The name to call the member by.
    fn name(&self) -> String {
        let names = [self.first_name.trim(), self.last_name.trim()];
        match names
            .into_iter()
            .filter(|name| !name.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
        {
            nameless if nameless.is_empty() => "this member".to_owned(),
            name => name,
        }
    }

    /// How long the member has not come.
    fn absence(&self) -> String {
        match (self.facts.d, self.facts.newest()) {
            (Some(d), Some(newest)) => format!("No visit for {} (last visit {newest}).", days(d)),
            _ if self.facts.t == 0 => "Has not visited since joining today.".to_owned(),
            _ => format!("Has not visited since joining {} ago.", days(self.facts.t)),
        }
    }
}

fn days_before(day: NaiveDate, days: i16) -> NaiveDate {
    day - TimeDelta::days(days.into())
}

#[cfg(test)]
mod tests {
    use proptest::{option, prelude::*, sample::select};

    use super::*;
    use crate::visits::samples::{ago, any_facts, facts, today};

    /// A member of a year at this level, who came last `d` days ago (None: never), with this commitment.
    fn member(level: Level, d: Option<i32>, commitment: Option<i16>) -> Member {
        let visits: Vec<i32> = d.into_iter().collect();
        Member {
            first_name: "Ana".into(),
            last_name: "Smith".into(),
            facts: facts(365, &visits),
            risk: 50,
            level,
            commitment,
            last_campaign: None,
        }
    }

    /// A member of this level who has not come in the `t` days since joining.
    fn never_came(level: Level, t: i32) -> Member {
        Member {
            facts: facts(t, &[]),
            ..member(level, None, None)
        }
    }

    fn proposed(member: &Member) -> Option<ActionType> {
        Proposal::of(member, &Tunables::default()).map(|proposal| proposal.action_type())
    }

    fn texts(member: &Member) -> (String, String) {
        let proposal = Proposal::of(member, &Tunables::default()).unwrap();
        (proposal.title(member), proposal.description(member))
    }

    #[test]
    fn the_list_is_for_the_next_day_when_the_local_working_day_is_over() {
        let day =
            |zone: Tz, hour| coaching_day("2026-02-03T04:00:00Z".parse().unwrap(), zone, hour).to_string();
        for (zone, expected) in [
            (Tz::UTC, "2026-02-03"),
            (Tz::Asia__Tokyo, "2026-02-03"),
            (Tz::Pacific__Auckland, "2026-02-03"),
            (Tz::America__New_York, "2026-02-03"),
            (Tz::America__Los_Angeles, "2026-02-03"),
            (Tz::Pacific__Honolulu, "2026-02-03"),
            (Tz::Pacific__Kiritimati, "2026-02-04"),
        ] {
            assert_eq!(day(zone, 18), expected, "{zone}");
        }
        assert_eq!(day(Tz::Asia__Tokyo, 13), "2026-02-04", "13:00 is 13:00");
        assert_eq!(day(Tz::Asia__Tokyo, 14), "2026-02-03");
        assert_eq!(day(Tz::America__New_York, 24), "2026-02-02", "24 is never");
    }

    #[test]
    fn proposals_are_those_of_the_table() {
        use ActionType::{CheckIn, ContactMember, FollowUp, InvestigateIssue, SendCampaign};
        use Level::{High, Low, Medium};
        for (level, d, commitment, expected) in [
            (High, 20, Some(30), Some(ContactMember)),
            (High, 14, Some(30), Some(CheckIn)),
            (High, 5, Some(30), Some(InvestigateIssue)),
            (Medium, 40, Some(49), Some(SendCampaign)),
            (Medium, 40, Some(50), Some(FollowUp)),
            (Low, 29, Some(80), Some(CheckIn)),
            (Low, 30, Some(80), None),
            (Low, 30, Some(39), Some(InvestigateIssue)),
            (Low, 3, None, None),
            // Near misses of the table's own.
            (High, 15, Some(30), Some(ContactMember)),
            (High, 3, Some(40), Some(FollowUp)),
            (Low, 7, Some(80), Some(CheckIn)),
            (Low, 6, Some(80), None),
            (Low, 30, Some(40), None),
            (Medium, 29, None, Some(CheckIn)),
            (Medium, 30, None, Some(FollowUp)),
        ] {
            assert_eq!(
                proposed(&member(level, Some(d), commitment)),
                expected,
                "{level:?} {d} {commitment:?}"
            );
        }
    }

    #[test]
    fn who_never_came_is_contacted_at_high_risk_and_asked_within_the_first_month() {
        use ActionType::{CheckIn, ContactMember, FollowUp};
        assert_eq!(proposed(&never_came(Level::High, 0)), Some(ContactMember));
        assert_eq!(proposed(&never_came(Level::Medium, 40)), Some(FollowUp));
        assert_eq!(
            [6, 7, 10, 29, 30].map(|t| proposed(&never_came(Level::Low, t))),
            [None, Some(CheckIn), Some(CheckIn), Some(CheckIn), None]
        );
    }

    #[test]
    fn a_campaign_gives_way_to_a_talk_while_the_last_one_is_fresh() {
        let sent = |days| Member {
            last_campaign: Some(ago(days)),
            ..member(Level::Medium, Some(40), Some(49))
        };
        assert_eq!(proposed(&sent(8)), Some(ActionType::SendCampaign));
        assert_eq!(
            proposed(&sent(7)),
            Some(ActionType::FollowUp),
            "the first quiet day"
        );
        assert_eq!(proposed(&sent(-1)), Some(ActionType::FollowUp), "already planned");
        assert_eq!(
            texts(&sent(7)).1,
            "Churn risk is medium (50 of 100). A campaign was sent on 2026-01-22."
        );
        let other_reason = Member {
            last_campaign: Some(ago(1)),
            ..member(Level::Medium, Some(40), Some(50))
        };
        assert_eq!(
            texts(&other_reason).1,
            "Churn risk is medium (50 of 100).",
            "not in place of a campaign"
        );
    }

    #[test]
    fn each_type_has_its_title_and_its_reason() {
        let days_away = |level, d, commitment| texts(&member(level, Some(d), commitment));
        let pair = |title: &str, description: &str| (title.to_owned(), description.to_owned());
        assert_eq!(
            days_away(Level::High, 20, None),
            pair(
                "Contact Ana Smith",
                "Churn risk 50 of 100. No visit for 20 days (last visit 2026-01-09)."
            )
        );
        assert_eq!(
            texts(&never_came(Level::High, 1)),
            pair(
                "Contact Ana Smith",
                "Churn risk 50 of 100. Has not visited since joining 1 day ago."
            )
        );
        assert_eq!(
            texts(&never_came(Level::High, 0)).1,
            "Churn risk 50 of 100. Has not visited since joining today."
        );
        assert_eq!(
            days_away(Level::Medium, 40, Some(49)),
            pair(
                "Send Ana Smith a campaign",
                "Churn risk 50 of 100, commitment 49 of 100."
            )
        );
        assert_eq!(
            days_away(Level::Low, 7, None),
            pair(
                "Check in with Ana Smith",
                "No visit for 7 days (last visit 2026-01-22)."
            )
        );
        assert_eq!(
            texts(&never_came(Level::Low, 10)),
            pair(
                "Check in with Ana Smith (new member)",
                "Has not visited since joining 10 days ago."
            )
        );
        assert_eq!(
            days_away(Level::High, 5, Some(0)),
            pair("Find out what holds Ana Smith back", "Commitment 0 of 100.")
        );
        assert_eq!(
            days_away(Level::High, 5, None),
            pair("Follow up with Ana Smith", "Churn risk is high (50 of 100).")
        );
    }

    #[test]
    fn a_name_is_what_is_left_without_white_space_around_and_stays_as_it_is_within() {
        let title = |first: &str, last: &str| {
            let member = Member {
                first_name: first.into(),
                last_name: last.into(),
                ..member(Level::Low, Some(7), None)
            };
            texts(&member)
                .0
                .strip_prefix("Check in with ")
                .unwrap()
                .to_owned()
        };
        assert_eq!(title(" <b>Ana</b> ", "\u{a0}O'Neil\u{2003}"), "<b>Ana</b> O'Neil");
        assert_eq!(title("", "de  la Cruz"), "de  la Cruz");
        assert_eq!(title("Ana", "\t\n"), "Ana");
        assert_eq!(title(" ", "\u{3000}"), "this member");
    }

    #[test]
    fn an_action_of_the_day_comes_before_a_cooldown_and_that_before_an_open_one() {
        let past = |exists_today, completed: Option<i32>, open: Option<i32>| Past {
            exists_today,
            actions: vec![PastActions {
                action_type: ActionType::CheckIn,
                completed_on: completed.map(ago),
                open_due_date: open.map(ago),
            }],
        };
        let outcome = |proposal: Proposal, past: &Past| proposal.outcome(past, today(), &Tunables::default());
        let check_in = |past: &Past| outcome(Proposal::CheckIn, past);
        assert_eq!(check_in(&Past::default()), Outcome::Create);
        assert_eq!(check_in(&past(true, Some(0), Some(0))), Outcome::SkippedExisting);
        assert_eq!(check_in(&past(false, Some(3), Some(0))), Outcome::SkippedCooldown);
        assert_eq!(check_in(&past(false, Some(4), Some(7))), Outcome::SkippedOpen);
        assert_eq!(check_in(&past(false, Some(4), Some(8))), Outcome::Create);
        assert_eq!(
            check_in(&past(false, None, Some(-30))),
            Outcome::SkippedOpen,
            "due later than today"
        );
        let other_type = Proposal::InvestigateIssue { commitment: 0 };
        assert_eq!(
            outcome(other_type, &past(false, Some(0), Some(0))),
            Outcome::Create,
            "another type"
        );
        assert_eq!(
            outcome(other_type, &past(true, None, None)),
            Outcome::SkippedExisting,
            "whatever its type"
        );
    }

    #[test]
    fn a_campaign_has_a_cooldown_of_its_own() {
        let completed = |action_type, days| Past {
            exists_today: false,
            actions: vec![PastActions {
                action_type,
                completed_on: Some(ago(days)),
                open_due_date: None,
            }],
        };
        let campaign = Proposal::SendCampaign { commitment: 0 };
        let outcome = |days| {
            campaign.outcome(
                &completed(ActionType::SendCampaign, days),
                today(),
                &Tunables::default(),
            )
        };
        assert_eq!([7, 8].map(outcome), [Outcome::SkippedCooldown, Outcome::Create]);
        let none = Tunables {
            campaign_cooldown_days: 0,
            ..Tunables::default()
        };
        let at = |days| campaign.outcome(&completed(ActionType::SendCampaign, days), today(), &none);
        assert_eq!(
            [0, 1].map(at),
            [Outcome::SkippedCooldown, Outcome::Create],
            "0 is the day itself"
        );
    }

    fn any_member() -> impl Strategy<Value = Member> {
        let level = select(vec![Level::Low, Level::Medium, Level::High]);
        let names = || select(vec!["", " ", "Ana", "O'Neil"]);
        (
            any_facts(),
            level,
            option::of(0..=100_i16),
            0..=100_i16,
            option::of(-5..40),
            names(),
            names(),
        )
            .prop_map(|(facts, level, commitment, risk, campaign, first, last)| Member {
                first_name: first.into(),
                last_name: last.into(),
                facts,
                risk,
                level,
                commitment,
                last_campaign: campaign.map(ago),
            })
    }

    proptest! {
        #[test]
        fn every_proposal_has_a_title_and_whole_sentences(member in any_member()) {
            if let Some(proposal) = Proposal::of(&member, &Tunables::default()) {
                let (title, description) = (proposal.title(&member), proposal.description(&member));
                prop_assert!(!title.contains("  ") && title.trim() == title, "{}", title);
                prop_assert!(description.ends_with('.') && !description.contains("  "), "{}", description);
            }
        }

        #[test]
        fn only_a_low_risk_can_go_without_a_proposal(member in any_member()) {
            let proposed = Proposal::of(&member, &Tunables::default());
            prop_assert!(proposed.is_some() || member.level == Level::Low);
        }

        #[test]
        fn nobody_who_stays_away_between_a_week_and_a_month_is_overlooked(member in any_member(), d in 7..30) {
            let member = Member { facts: facts(365, &[d]), ..member };
            prop_assert!(Proposal::of(&member, &Tunables::default()).is_some());
        }

        #[test]
        fn an_unknown_commitment_is_never_a_low_one(member in any_member()) {
            let unknown = proposed(&Member { commitment: None, ..member });
            prop_assert!(!matches!(unknown, Some(ActionType::SendCampaign | ActionType::InvestigateIssue)));
        }

        #[test]
        fn the_coaching_day_is_the_local_date_or_the_next(
            seconds in 1_700_000_000..2_000_000_000_i64, zone in select(&chrono_tz::TZ_VARIANTS[..]), hour in 12..=24_i16,
        ) {
            let as_of = DateTime::from_timestamp(seconds, 0).unwrap();
            let local = as_of.with_timezone(&zone).date_naive();
            let day = coaching_day(as_of, zone, hour);
            prop_assert!(day == local || Some(day) == local.succ_opt() && hour < 24);
            prop_assert!(coaching_day(as_of, zone, hour) <= coaching_day(as_of, zone, 12), "an earlier end is no later list");
        }
    }
}
