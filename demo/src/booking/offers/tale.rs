//! What has happened to an opening of each kind.

use super::Opening;
use crate::{booking::fate::Story, random::Random};

/// How an opening of some kind came to be as it is.
pub struct Tale {
    pub status: &'static str,
    pub closed_reason: Option<&'static str>,
    /// In minutes from now.
    pub next_action: Option<i32>,
    /// What became of the offers, and how many minutes ago they were sent.
    pub offers: Vec<(Offered, i32)>,
    /// What the appointment came to that was made in the opening's time.
    pub booked: Option<Story>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    Live,
    Undeliverable,
    Closed(&'static str),
}

impl Opening {
    pub fn tale(self, random: &mut Random) -> Tale {
        use Offered::{Closed, Live, Undeliverable};
        let open = |offers| Tale {
            status: "open",
            closed_reason: None,
            next_action: None,
            offers,
            booked: None,
        };
        let filled = |offers, booked| Tale {
            status: "filled",
            closed_reason: Some("filled"),
            next_action: None,
            offers,
            booked: Some(booked),
        };
        match self {
            Self::New | Self::TooLate | Self::Past => Tale {
                next_action: random.percent(30).then_some(-5),
                ..open(vec![])
            },
            Self::Waiting => Tale {
                next_action: Some(20),
                ..open(vec![(Closed("expired"), 40)])
            },
            Self::Live => open(vec![(Live, random.between(0, 14) as i32)]),
            Self::Lapsed => open(vec![(Live, random.between(15, 20) as i32)]),
            Self::Undeliverable => open(vec![(Closed("declined"), 30), (Undeliverable, 4)]),
            Self::Taken => Tale {
                booked: Some(Story::Visit),
                ..open(vec![])
            },
            Self::Filled => filled(
                vec![(Closed("expired"), 200), (Closed("accepted"), 185)],
                Story::Visit,
            ),
            Self::FilledWithStray => filled(vec![(Closed("accepted"), 12), (Live, 10)], Story::Visit),
            Self::FilledUnpaid => filled(vec![(Closed("accepted"), 1850)], Story::Pending),
            Self::Expired => Tale {
                status: "expired",
                closed_reason: Some(random.one_of(&[
                    "past",
                    "too_late",
                    "slot_taken",
                    "no_candidates",
                    "withdrawn",
                ])),
                ..open(vec![
                    (Closed("declined"), 120),
                    (Closed("failed"), 100),
                    (Closed("expired"), 80),
                    (Closed("superseded"), 60),
                ])
            },
        }
    }
}
