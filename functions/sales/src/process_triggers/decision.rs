//! What a candidate alone decides: whether it was done already, and what could be done about it for whom.

use uuid::Uuid;

use super::{
    candidate::{Candidate, Status, Stored},
    trigger::{Action, Audience},
};
use crate::distributor::Distributor;

/// A failed execution is tried so often.
pub const ATTEMPTS_MAX: i32 = 5;
/// The longest address, in characters: that of a path in RFC 5321.
const ADDRESS_MAX: usize = 254;

/// What candidates are decided by, beside themselves.
pub struct Means {
    pub distributor: Distributor,
    /// Enabled webhook endpoints with the event types that they want.
    pub endpoints: Vec<(Uuid, Vec<String>)>,
}

/// Why nothing is done about a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    DoNotContact,
    MissingOwner,
    NoTarget,
    Cooldown,
    CustomerLimit,
    OwnerLimit,
    TenantLimit,
}

/// What a candidate comes to, as far as it alone decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was executed, or failed for good.
    Deduplicated,
    Skip(Skip),
    /// To be executed unless a limit is met.
    Execute(Plan),
}

/// What is to be done about a candidate, and whom it reaches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Who gets the task.
    pub task_for: Option<Uuid>,
    pub addresses: Vec<String>,
    pub endpoints: Vec<Uuid>,
    pub crm_address: Option<String>,
    /// Actions that reach nobody, and why.
    pub omitted: Vec<(Action, &'static str)>,
}

impl Skip {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DoNotContact => "do_not_contact",
            Self::MissingOwner => "missing_owner",
            Self::NoTarget => "no_target",
            Self::Cooldown => "cooldown",
            Self::CustomerLimit => "customer_limit",
            Self::OwnerLimit => "owner_limit",
            Self::TenantLimit => "tenant_limit",
        }
    }
}

/// Whose a candidate is, and where the owner's mail goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Owner<'a> {
    pub user_id: Option<Uuid>,
    email: Option<&'a str>,
}

impl Plan {
    /// The actions that reach somebody.
    pub fn actions(&self) -> Vec<Action> {
        let reaches = |action: &Action| match action {
            Action::CreateTask => self.task_for.is_some(),
            Action::SendEmail => !self.addresses.is_empty(),
            Action::CallWebhook => !self.endpoints.is_empty(),
            Action::UpdateCrm => self.crm_address.is_some(),
        };
        Action::ALL.into_iter().filter(reaches).collect()
    }
}

impl Means {
    /// What a candidate alone decides.
    pub fn decide(&self, candidate: &Candidate) -> Verdict {
        match candidate.stored {
            Some(stored) if stored.is_final() => Verdict::Deduplicated,
            _ => self.plan(candidate).map_or_else(Verdict::Skip, Verdict::Execute),
        }
    }

    fn plan(&self, candidate: &Candidate) -> Result<Plan, Skip> {
        let held_until = candidate
            .customer
            .as_ref()
            .and_then(|customer| customer.do_not_contact_until);
        if held_until.is_some_and(|until| until > self.distributor.today) && !candidate.is_timing() {
            return Err(Skip::DoNotContact);
        }
        let owner = self.owner(candidate);
        let mut plan = Plan::default();
        for action in &candidate.trigger.actions {
            let omitted = match action {
                Action::CreateTask => {
                    plan.task_for = Some(owner.user_id.ok_or(Skip::MissingOwner)?);
                    None
                }
                Action::SendEmail => {
                    plan.addresses = self.addresses(candidate, owner);
                    plan.addresses.is_empty().then_some("no_recipient")
                }
                Action::CallWebhook => {
                    plan.endpoints = self.endpoints(candidate.trigger.condition.event_type());
                    plan.endpoints.is_empty().then_some("no_endpoint")
                }
                Action::UpdateCrm if !self.distributor.setting.crm_enabled => Some("crm_off"),
                Action::UpdateCrm => {
                    plan.crm_address = crm_address(candidate);
                    plan.crm_address.is_none().then_some("no_address")
                }
            };
            plan.omitted.extend(omitted.map(|why| (*action, why)));
        }
        if plan.actions().is_empty() {
            return Err(Skip::NoTarget);
        }
        match candidate.is_cooling {
            true => Err(Skip::Cooldown),
            false => Ok(plan),
        }
    }

    /// A customer belongs to its rep as long as the rep works and signs in, and else to the default owner, as stock
    /// does that has no owner of its own.
    pub fn owner<'a>(&'a self, candidate: &'a Candidate) -> Owner<'a> {
        let setting = &self.distributor.setting;
        let rep = candidate
            .customer
            .as_ref()
            .and_then(|customer| customer.rep.as_ref());
        if let Some(rep) = rep.filter(|rep| rep.is_active && rep.user_id.is_some()) {
            return Owner {
                user_id: rep.user_id,
                email: rep.email.as_deref(),
            };
        }
        let of_stock = setting
            .inventory_owner_user_id
            .filter(|_| candidate.trigger.condition.is_about_stock());
        let user_id = of_stock.or(setting.default_owner_user_id);
        let is_default = user_id.is_some() && user_id == setting.default_owner_user_id;
        Owner {
            user_id,
            email: setting.default_owner_email.as_deref().filter(|_| is_default),
        }
    }

    fn addresses(&self, candidate: &Candidate, owner: Owner<'_>) -> Vec<String> {
        let setting = &self.distributor.setting;
        let mut addresses: Vec<String> = Vec::new();
        for audience in candidate.trigger.email_to() {
            let of_audience: Vec<&str> = match audience {
                Audience::Owner => owner.email.into_iter().collect(),
                Audience::Manager => setting.manager_emails.iter().map(String::as_str).collect(),
                Audience::Buyers => setting.buyer_emails.iter().map(String::as_str).collect(),
            };
            for address in of_audience.into_iter().filter_map(normal) {
                let is_one = address.matches('@').count() == 1;
                if is_one && !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
        }
        addresses
    }

    fn endpoints(&self, event_type: &str) -> Vec<Uuid> {
        let wants = |event_types: &[String]| {
            event_types
                .iter()
                .any(|wanted| wanted == "*" || wanted == event_type)
        };
        self.endpoints
            .iter()
            .filter(|(_, event_types)| wants(event_types))
            .map(|(id, _)| *id)
            .collect()
    }
}

fn crm_address(candidate: &Candidate) -> Option<String> {
    let email = candidate.customer.as_ref()?.email.as_deref()?;
    normal(email).filter(|address| !address.is_empty())
}

/// An address as it is written to; None if it is longer than any may be.
fn normal(address: &str) -> Option<String> {
    let address = address.trim();
    let is_too_long = address.chars().nth(ADDRESS_MAX).is_some();
    (!is_too_long).then(|| address.to_lowercase())
}

impl Stored {
    /// Whether nothing more is to be done.
    pub fn is_final(self) -> bool {
        match self.status {
            Status::Success => true,
            Status::Failed => self.attempts >= ATTEMPTS_MAX,
            Status::Skipped => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::{
        distributor::Setting,
        process_triggers::{
            candidate::{Customer, Facts, LowStock, Rep},
            config,
            trigger::Severity,
        },
    };

    const REP: Uuid = Uuid::from_u128(1);
    const DEFAULT: Uuid = Uuid::from_u128(2);
    const STOCK: Uuid = Uuid::from_u128(3);
    const HOOK: Uuid = Uuid::from_u128(4);

    fn means() -> Means {
        Means {
            distributor: Distributor {
                zone: chrono_tz::Tz::UTC,
                today: "2026-11-22".parse().unwrap(),
                setting: Setting {
                    default_owner_user_id: Some(DEFAULT),
                    default_owner_email: Some("default@example.com".into()),
                    manager_emails: vec!["m@example.com".into()],
                    buyer_emails: vec!["b@example.com".into()],
                    crm_enabled: true,
                    ..Setting::default()
                },
            },
            endpoints: vec![(HOOK, vec!["*".into()])],
        }
    }

    fn candidate(trigger_type: &str, config: serde_json::Value, actions: &[&str]) -> Candidate {
        let trigger = config::Stored {
            id: Uuid::nil(),
            trigger_type: trigger_type.into(),
            name: String::new(),
            config: config.to_string(),
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        };
        let is_stock = trigger_type == "LOW_INVENTORY";
        let stock = LowStock {
            alert_type: "LOW_STOCK",
            severity: Severity::Critical,
            available: 1,
            reorder_point: None,
            days_of_supply: None,
            recommended: None,
        };
        let customer = Customer {
            email: Some(" Shop@Example.com ".into()),
            rep: Some(Arc::new(Rep {
                user_id: Some(REP),
                name: "Rita".into(),
                email: Some("rita@example.com".into()),
                is_active: true,
            })),
            ..Customer::default()
        };
        Candidate {
            trigger: Arc::new(trigger.parsed().unwrap()),
            customer: (!is_stock).then(|| Arc::new(customer)),
            sku: None,
            subject: Uuid::nil(),
            condition_on: "2026-11-01".parse().unwrap(),
            facts: match is_stock {
                true => Facts::LowStock(Box::new(stock)),
                false => Facts::Timing { since: 21 },
            },
            stored: None,
            is_cooling: false,
        }
    }

    const ALL: [&str; 4] = ["CREATE_TASK", "SEND_EMAIL", "CALL_WEBHOOK", "UPDATE_CRM"];

    fn with_customer(change: impl Fn(&mut Customer)) -> Candidate {
        let mut candidate = candidate("CUSTOMER_DORMANCY", json!({}), &ALL);
        let mut customer = candidate.customer.as_deref().unwrap().clone();
        change(&mut customer);
        candidate.customer = Some(Arc::new(customer));
        candidate
    }

    fn with_rep(change: impl Fn(&mut Rep)) -> Candidate {
        with_customer(|customer| {
            let mut rep = customer.rep.as_deref().unwrap().clone();
            change(&mut rep);
            customer.rep = Some(Arc::new(rep));
        })
    }

    fn owner(means: &Means, candidate: &Candidate) -> (Option<Uuid>, Option<String>) {
        let owner = means.owner(candidate);
        (owner.user_id, owner.email.map(str::to_owned))
    }

    #[test]
    fn a_customer_belongs_to_its_rep_while_the_rep_works_and_signs_in() {
        let means = means();
        let of_rep = |email: Option<&str>| (Some(REP), email.map(str::to_owned));
        let of_default = (Some(DEFAULT), Some("default@example.com".to_owned()));
        assert_eq!(owner(&means, &with_rep(|_| {})), of_rep(Some("rita@example.com")));
        assert_eq!(owner(&means, &with_rep(|rep| rep.email = None)), of_rep(None));
        assert_eq!(owner(&means, &with_rep(|rep| rep.is_active = false)), of_default);
        assert_eq!(owner(&means, &with_rep(|rep| rep.user_id = None)), of_default);
        assert_eq!(
            owner(&means, &with_customer(|customer| customer.rep = None)),
            of_default
        );
    }

    #[test]
    fn stock_belongs_to_its_owner_and_else_to_the_default_owner_whose_address_is_his_alone() {
        let stock = candidate("LOW_INVENTORY", json!({}), &ALL);
        let mut means = means();
        let default = Some("default@example.com".to_owned());
        assert_eq!(owner(&means, &stock), (Some(DEFAULT), default.clone()));
        means.distributor.setting.inventory_owner_user_id = Some(STOCK);
        assert_eq!(owner(&means, &stock), (Some(STOCK), None));
        let customers = with_customer(|customer| customer.rep = None);
        assert_eq!(owner(&means, &customers), (Some(DEFAULT), default.clone()));
        means.distributor.setting.inventory_owner_user_id = Some(DEFAULT);
        assert_eq!(owner(&means, &stock), (Some(DEFAULT), default));
        means.distributor.setting.inventory_owner_user_id = None;
        means.distributor.setting.default_owner_user_id = None;
        assert_eq!(
            owner(&means, &stock),
            (None, None),
            "an address alone owns nothing"
        );
    }

    #[test]
    fn every_action_reaches_its_targets_or_says_why_not() {
        let everybody = json!({"emailTo": ["owner", "manager", "buyers"]});
        let one = candidate("CUSTOMER_DORMANCY", everybody, &ALL);
        let Verdict::Execute(plan) = means().decide(&one) else {
            panic!("skipped")
        };
        assert_eq!(plan.actions(), Action::ALL);
        assert_eq!(plan.task_for, Some(REP));
        assert_eq!(
            plan.addresses,
            ["rita@example.com", "m@example.com", "b@example.com"]
        );
        assert_eq!(
            (plan.endpoints, plan.crm_address.as_deref()),
            (vec![HOOK], Some("shop@example.com"))
        );
        assert_eq!(plan.omitted, []);

        let omitted = |change: fn(&mut Means), candidate: &Candidate| {
            let mut means = means();
            change(&mut means);
            match means.decide(candidate) {
                Verdict::Execute(plan) => plan.omitted,
                other => panic!("{other:?}"),
            }
        };
        let dormant = with_customer(|_| {});
        assert_eq!(
            omitted(
                |means| means.endpoints[0].1 = vec!["inventory.low".into()],
                &dormant
            ),
            [(Action::CallWebhook, "no_endpoint")]
        );
        assert_eq!(
            omitted(
                |means| means.endpoints[0].1 = vec!["customer.dormant".into()],
                &dormant
            ),
            []
        );
        assert_eq!(
            omitted(|means| means.distributor.setting.crm_enabled = false, &dormant),
            [(Action::UpdateCrm, "crm_off")]
        );
        assert_eq!(
            omitted(
                |_| {},
                &with_customer(|customer| customer.email = Some("  ".into()))
            ),
            [(Action::UpdateCrm, "no_address")]
        );
        assert_eq!(
            omitted(|_| {}, &candidate("LOW_INVENTORY", json!({}), &ALL)),
            [(Action::UpdateCrm, "no_address")]
        );
        assert_eq!(
            omitted(|_| {}, &with_rep(|rep| rep.email = Some("at home".into()))),
            [(Action::SendEmail, "no_recipient")]
        );
    }

    #[test]
    fn a_type_writes_to_its_own_audience_once_to_each_address() {
        let mut means = means();
        means.distributor.setting.manager_emails = [
            "M@example.com",
            " m@EXAMPLE.com",
            "a@b@c",
            "nobody",
            "n@example.com",
        ]
        .map(str::to_owned)
        .into();
        let addresses =
            |trigger_type| match means.decide(&candidate(trigger_type, json!({}), &["SEND_EMAIL"])) {
                Verdict::Execute(plan) => plan.addresses,
                other => panic!("{other:?}"),
            };
        assert_eq!(addresses("REVENUE_DECLINE"), ["m@example.com", "n@example.com"]);
        assert_eq!(addresses("LOW_INVENTORY"), ["b@example.com"]);
        for trigger_type in [
            "CUSTOMER_DORMANCY",
            "SAMPLE_NO_ORDER",
            "CUSTOMER_TIMING",
            "BURN_RATE_ALERT",
        ] {
            assert_eq!(addresses(trigger_type), ["rita@example.com"]);
        }
    }

    #[test]
    fn the_first_reason_to_skip_is_named() {
        let mut ownerless = means();
        ownerless.distributor.setting.default_owner_user_id = None;
        let day = |text: &str| Some(text.parse().unwrap());
        // Each candidate has all that the ones after it lack.
        let mut one = with_customer(|customer| {
            customer.do_not_contact_until = day("2026-11-23");
            customer.rep = None;
            customer.email = None;
        });
        one.is_cooling = true;
        assert_eq!(ownerless.decide(&one), Verdict::Skip(Skip::DoNotContact));
        let mut today = one.clone();
        let mut customer = one.customer.as_deref().unwrap().clone();
        customer.do_not_contact_until = day("2026-11-22");
        today.customer = Some(Arc::new(customer));
        assert_eq!(
            ownerless.decide(&today),
            Verdict::Skip(Skip::MissingOwner),
            "held back until today"
        );
        let mut without_task = candidate("CUSTOMER_DORMANCY", json!({}), &["SEND_EMAIL", "UPDATE_CRM"]);
        without_task.customer = today.customer.clone();
        without_task.is_cooling = true;
        assert_eq!(ownerless.decide(&without_task), Verdict::Skip(Skip::NoTarget));
        assert_eq!(means().decide(&without_task), Verdict::Skip(Skip::Cooldown));
        without_task.is_cooling = false;
        assert!(matches!(means().decide(&without_task), Verdict::Execute(_)));
    }

    #[test]
    fn a_date_to_call_on_is_not_held_back_by_another_date() {
        let mut timing = candidate("CUSTOMER_TIMING", json!({}), &ALL);
        let mut customer = timing.customer.as_deref().unwrap().clone();
        customer.do_not_contact_until = Some("2026-12-24".parse().unwrap());
        timing.customer = Some(Arc::new(customer));
        assert!(matches!(means().decide(&timing), Verdict::Execute(_)));
    }

    #[test]
    fn successes_and_fifth_failures_are_final() {
        for (status, attempts, is_final) in [
            (Status::Success, 0, true),
            (Status::Failed, 4, false),
            (Status::Failed, 5, true),
            (Status::Skipped, 5, false),
        ] {
            let mut one = with_customer(|_| {});
            one.stored = Some(Stored { status, attempts });
            assert_eq!(
                means().decide(&one) == Verdict::Deduplicated,
                is_final,
                "{status:?} {attempts}"
            );
        }
    }
}
