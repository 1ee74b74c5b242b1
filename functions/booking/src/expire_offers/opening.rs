//! What is done about an opening: its live offer closed, the opening closed, held or offered on.

mod rows;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::job::{Diff, Reason, Scope};
use uuid::Uuid;

use super::{
    Counters, Place, Settings,
    choice::{self, Candidate, Choice},
    mail::Told,
    stance::Stance,
};
use crate::mail::Mail;

pub use rows::{read, write};

/// Openings a page. Each is looked up as many candidates as a page has openings, so a page grows by the square.
pub const PAGE: i64 = 25;

/// A shorter offer is no offer.
const SHORTEST_OFFER: TimeDelta = TimeDelta::minutes(5);

/// How long a slot waits for those who could have it, but had another offer of late.
const WAIT: TimeDelta = TimeDelta::minutes(60);

/// An opening that something must be done about.
pub struct Opening {
    pub id: Uuid,
    service_name: String,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    price: Option<Decimal>,
    currency: String,
    next_action_at: Option<DateTime<Utc>>,
    is_open: bool,
    live: Option<Live>,
    /// Another appointment has the time.
    is_taken: bool,
    offers_had: i64,
    /// Whom it is offered to; none where that was not asked, for it cannot be offered.
    choice: Option<Choice>,
    /// The id of that offer. No rule could make one up.
    offer_id: Uuid,
}

/// The offer that is out.
#[derive(Debug, Clone, Copy)]
struct Live {
    id: Uuid,
    is_lapsed: bool,
    /// Its e-mail never arrived.
    is_undeliverable: bool,
}

/// What an opening's live offer becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Expired,
    Failed,
    Superseded,
}

/// What becomes of an opening.
enum Next {
    /// It was closed already, and only its offer was left behind.
    Closed,
    Close(&'static str),
    /// Nobody is written to now: look again then, or as soon as offers are made again.
    Hold(Option<DateTime<Utc>>),
    Wait(DateTime<Utc>),
    Offer(Box<Offer>),
}

struct Offer {
    id: Uuid,
    candidate: Candidate,
    rank: i32,
    deposit: Decimal,
    currency: String,
    expires_at: DateTime<Utc>,
    list_unsubscribe: String,
    mail: Mail,
}

/// What is to be done about an opening.
pub struct Change {
    id: Uuid,
    is_open: bool,
    live: Option<(Uuid, Ended)>,
    next: Next,
}

impl Opening {
    pub fn place(&self) -> Place {
        (self.starts_at, self.id)
    }

    /// Whether a live offer was not answered in time.
    pub fn is_lapsed(&self) -> bool {
        self.is_open && self.live.is_some_and(|live| live.is_lapsed)
    }

    /// Whether it is open with no offer out.
    pub fn is_swept(&self) -> bool {
        self.is_open && self.live.is_none()
    }

    pub fn change(&self, scope: &Scope<Settings>) -> Result<Change, Reason> {
        let live = self.live.map(|live| {
            let ended = match live {
                _ if !self.is_open => Ended::Superseded,
                Live { is_lapsed: true, .. } => Ended::Expired,
                Live {
                    is_undeliverable: true,
                    ..
                } => Ended::Failed,
                // The shop wants more time before the start than it did, and that has begun.
                Live { .. } => Ended::Superseded,
            };
            (live.id, ended)
        });
        Ok(Change {
            id: self.id,
            is_open: self.is_open,
            live,
            next: self.next(scope)?,
        })
    }

    fn next(&self, scope: &Scope<Settings>) -> Result<Next, Reason> {
        let Settings { shop, stance, .. } = &scope.settings;
        let closes_at = choice::closes_at(&shop.setting, self.starts_at);
        Ok(match stance {
            _ if !self.is_open => Next::Closed,
            _ if self.starts_at <= scope.as_of => Next::Close("past"),
            _ if closes_at < scope.as_of + SHORTEST_OFFER => Next::Close("too_late"),
            _ if self.is_taken => Next::Close("slot_taken"),
            Stance::Disabled => Next::Hold(None),
            Stance::Unknown(unknown) => return Err(unknown.to_string().into()),
            Stance::QuietUntil(end) => Next::Hold(Some(*end)),
            Stance::Offering(zone) => match &self.choice {
                None | Some(Choice::Nobody) => Next::Close("no_candidates"),
                Some(Choice::Later) => Next::Wait(scope.as_of + WAIT),
                Some(Choice::Customer(candidate)) => {
                    Next::Offer(Box::new(self.offer(scope, candidate, *zone)?))
                }
            },
        })
    }

    fn offer(
        &self,
        scope: &Scope<Settings>,
        candidate: &Candidate,
        zone: chrono_tz::Tz,
    ) -> Result<Offer, Reason> {
        let Settings {
            shop, frontend_url, ..
        } = &scope.settings;
        let link = format!("{frontend_url}/offers/{}", self.offer_id);
        let deposit = choice::deposit(&shop.setting, &candidate.tier, self.price);
        let expires_at = choice::expires_at(&shop.setting, self.starts_at, scope.as_of);
        let told = Told {
            customer: &candidate.name,
            shop: &shop.name,
            service: &self.service_name,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            expires_at,
            deposit,
            currency: &self.currency,
            link: &link,
            zone,
        };
        Ok(Offer {
            id: self.offer_id,
            candidate: candidate.clone(),
            rank: i32::try_from(self.offers_had + 1).map_err(|_| "it has had too many offers")?,
            deposit,
            currency: self.currency.clone(),
            expires_at,
            list_unsubscribe: format!("<{link}/unsubscribe>"),
            mail: told.mail()?,
        })
    }

    pub fn diff(&self, change: &Change) -> Diff {
        let status = |is_open| if is_open { "open" } else { "closed" };
        let before = json!({
            "status": status(self.is_open),
            "closed_reason": null,
            "next_action_at": self.next_action_at,
            "live_offer": self.live.map(|_| "sent"),
            "offered_to": null,
        });
        let offered_to = match &change.next {
            Next::Offer(offer) => json!(format!("customer:{}", offer.candidate.customer_id)),
            _ => Value::Null,
        };
        let after = json!({
            "status": status(change.is_open && change.closed_reason().is_none()),
            "closed_reason": change.closed_reason(),
            "next_action_at": change.next_action_at(),
            "live_offer": change.live.map(|(_, ended)| ended.as_str()),
            "offered_to": offered_to,
        });
        Diff { before, after }
    }
}

impl Ended {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
        }
    }
}

impl Change {
    fn closed_reason(&self) -> Option<&'static str> {
        match self.next {
            Next::Close(reason) => Some(reason),
            _ => None,
        }
    }

    fn next_action_at(&self) -> Option<DateTime<Utc>> {
        match self.next {
            Next::Hold(at) => at,
            Next::Wait(at) => Some(at),
            _ => None,
        }
    }

    fn offer(&self) -> Option<(&Self, &Offer)> {
        match &self.next {
            Next::Offer(offer) => Some((self, offer)),
            _ => None,
        }
    }

    fn count(&self, counters: &mut Counters) {
        match self.live {
            Some((_, Ended::Expired)) => counters.expired += 1,
            Some((_, Ended::Failed)) => counters.undeliverable += 1,
            Some((_, Ended::Superseded)) => counters.superseded += 1,
            None => {}
        }
        match self.next {
            Next::Closed => {}
            Next::Close(_) => counters.openings_expired += 1,
            Next::Hold(_) => counters.held += 1,
            Next::Wait(_) => counters.waiting += 1,
            Next::Offer(_) => counters.triggered += 1,
        }
    }
}
