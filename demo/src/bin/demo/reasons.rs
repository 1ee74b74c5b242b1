//! Why a member is at risk, out of the factors that the jobs store, in words.

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use serde::Deserialize;
use serde_json::Value;

use crate::words::days;

/// As in `coaching.member.risk_factors`.
#[derive(Deserialize)]
struct RiskFactors {
    today: NaiveDate,
    days_absent: u64,
    never_visited: bool,
    days_since_joining: u64,
    /// Visits in the last 30 days and in the 30 before.
    visits: [u64; 2],
    applied: Vec<String>,
}

/// As in `coaching.member.score_factors`.
#[derive(Deserialize)]
struct ScoreFactors {
    expected_per_week: u64,
    velocity_per_week: Option<f64>,
}

/// What is the matter with a member, in the order of urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    ComesLess,
    Away,
    LongGone,
    NeverCame,
}

impl Kind {
    pub fn words(self) -> &'static str {
        match self {
            Self::ComesLess => "Still coming, but far less than before",
            Self::Away => "Away for weeks",
            Self::LongGone => "Gone for a month or longer",
            Self::NeverCame => "Joined and never came",
        }
    }
}

pub fn kind(risk_factors: &Value) -> Result<Kind> {
    let risk = RiskFactors::deserialize(risk_factors).context("read a member's risk_factors")?;
    Ok(match risk.days_absent {
        _ if risk.never_visited => Kind::NeverCame,
        0..14 => Kind::ComesLess,
        14..30 => Kind::Away,
        30.. => Kind::LongGone,
    })
}

/// Says what the risk score was made of, the heaviest first.
pub fn reasons(risk_factors: &Value, score_factors: &Value) -> Result<String> {
    let risk = RiskFactors::deserialize(risk_factors).context("read a member's risk_factors")?;
    let score = ScoreFactors::deserialize(score_factors).context("read a member's score_factors")?;
    let [recent, before] = risk.visits;

    let mut reasons = Vec::new();
    if risk.never_visited {
        reasons.push(format!(
            "Joined {} ago and never came",
            days(risk.days_since_joining)
        ));
    } else {
        reasons.push(match risk.days_absent {
            0 => "Came today".to_owned(),
            absent => format!(
                "Last visit {}, {} ago",
                risk.today - Days::new(absent),
                days(absent)
            ),
        });
        // The rule asks for the plan's visits a week over the last 30 days, or since joining if that is less.
        let period = (risk.days_since_joining + 1).clamp(7, 30);
        let expected = (score.expected_per_week * period).div_ceil(7);
        reasons.push(format!(
            "{recent} of {expected} expected visits in the last {}",
            days(period)
        ));
    }
    if risk.applied.iter().any(|step| step == "halved") {
        reasons.push(format!("less than half of the {before} in the month before"));
    }
    if let Some(velocity) = score.velocity_per_week.filter(|velocity| *velocity <= -0.5) {
        reasons.push(format!("{:.1} visits a week fewer than before", -velocity));
    }
    // Imports give old members a young joining date.
    if risk.days_since_joining < 90 && risk.days_absent < risk.days_since_joining {
        reasons.push(format!("a member for only {}", days(risk.days_since_joining)));
    }
    Ok(format!("{}.", reasons.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(
        absent: u64,
        never: bool,
        joined: u64,
        visits: [u64; 2],
        applied: &[&str],
        velocity: Option<f64>,
    ) -> String {
        let risk = json!({"version": 1, "today": "2026-01-29", "days_absent": absent, "never_visited": never,
            "days_since_joining": joined, "visits": visits, "factors": {}, "raw": 41, "applied": applied});
        let score = json!({"expected_per_week": 2, "velocity_per_week": velocity});
        reasons(&risk, &score).unwrap()
    }

    #[test]
    fn names_absence_attendance_pace_and_tenure() {
        assert_eq!(
            said(29, false, 365, [1, 0], &[], Some(0.0)),
            "Last visit 2025-12-31, 29 days ago, 1 of 9 expected visits in the last 30 days."
        );
        assert_eq!(
            said(1, false, 80, [3, 8], &["halved"], Some(-1.2)),
            "Last visit 2026-01-28, 1 day ago, 3 of 9 expected visits in the last 30 days, less than half of the 8 in the \
             month before, 1.2 visits a week fewer than before, a member for only 80 days."
        );
        assert_eq!(
            said(20, true, 20, [0, 0], &[], None),
            "Joined 20 days ago and never came."
        );
    }
}
