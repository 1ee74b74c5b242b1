//! How the shops' customers stand, and why. Each chapter checks what it says.

use anyhow::{Context, Result, ensure};
use demo::words::thousands;
use serde::Deserialize;
use serde_json::Value;
use sqlx::PgConnection;

use crate::{
    night::Run,
    paper::{Paper, Set},
    shops::{Shop, VariedScore},
    words::counter,
};

/// As in `booking.customer_score.breakdown`, in half points.
#[derive(Deserialize)]
struct Breakdown {
    start: i64,
    settled: Class,
    voided: Class,
    refunded: Class,
    #[serde(rename = "lateCancels")]
    late_cancels: Class,
    #[serde(rename = "abandonedForgiven")]
    abandoned_forgiven: u64,
    total: i64,
}

/// How many events of a class there were, by age, and what they came to.
#[derive(Deserialize)]
struct Class {
    d30: u64,
    d90: u64,
    older: u64,
    #[serde(rename = "halfPoints")]
    half_points: i64,
    /// After the cap; only good visits have one.
    counted: Option<i64>,
}

/// How the customers are tiered, and one of them in full.
pub async fn standing(paper: Paper, database: &mut PgConnection, shops: &[Shop], run: &Run) -> Result<()> {
    let report = &run.report;
    let head = ["shop", "top", "neutral", "risk", "little history"];
    let mut rows = vec![head.map(str::to_owned)];
    let mut sum = [0; 4];
    let mut most_varied: Option<(&Shop, VariedScore)> = None;
    for shop in shops {
        let tiers = shop.tiers(database).await?;
        let numbers = [tiers.top, tiers.neutral, tiers.risk, tiers.little_history];
        sum = std::array::from_fn(|column| sum[column] + numbers[column]);
        let [top, neutral, risk, little_history] = numbers.map(thousands);
        rows.push([shop.name.clone(), top, neutral, risk, little_history]);
        if let Some(score) = shop.varied_score(database).await?
            && most_varied
                .as_ref()
                .is_none_or(|(_, most)| score.kinds > most.kinds)
        {
            most_varied = Some((shop, score));
        }
    }
    for (counted, name) in sum
        .iter()
        .zip(["tierTop", "tierNeutral", "tierRisk", "insufficientHistory"])
    {
        let reported = counter(report, name)?;
        ensure!(
            counted.cast_unsigned() == reported,
            "{name} is {counted}, and the report says {reported}"
        );
    }
    ensure!(
        report.counters["stale"] == Value::Bool(false),
        "the scores went by old outcomes: {report:?}"
    );
    let [top, neutral, risk, _] = sum;
    paper.heading(&format!(
        "How reliable the customers are: {} scores",
        thousands(top + neutral + risk)
    ));
    let right = Set::Right;
    paper.table([Set::Left, right, right, right, right], &rows);
    let (shop, score) = most_varied.context("find a score that something went into")?;
    explain(paper, shop, &score)
}

/// Adds a score up from its breakdown.
fn explain(paper: Paper, shop: &Shop, stored: &VariedScore) -> Result<()> {
    let breakdown = Breakdown::deserialize(&stored.breakdown).context("read a customer's breakdown")?;
    let classes = [
        (
            "visits paid for",
            &breakdown.settled,
            breakdown.settled.counted.unwrap_or_default(),
        ),
        (
            "no-shows and never paid for",
            &breakdown.voided,
            -breakdown.voided.half_points,
        ),
        (
            "cancelled in time",
            &breakdown.refunded,
            -breakdown.refunded.half_points,
        ),
        (
            "cancelled late",
            &breakdown.late_cancels,
            -breakdown.late_cancels.half_points,
        ),
    ];
    let total = breakdown.start + classes.iter().map(|(.., half_points)| half_points).sum::<i64>();
    let score = (total.clamp(0, 200) + 1) / 2;
    ensure!(
        total == breakdown.total && score == i64::from(stored.score),
        "the breakdown comes to {total} half points and {score}, and stored are {} and {}",
        breakdown.total,
        stored.score
    );

    paper.line("");
    paper.line(format_args!(
        "  {}, {}: {} of 100, {} {}",
        paper.bold(&stored.name),
        shop.name,
        stored.score,
        stored.tier,
        paper.dim("· the stored breakdown, added up again"),
    ));
    let head = ["", "last 30 days", "60 before", "older", "points"].map(str::to_owned);
    let mut rows = vec![head];
    let line = |what: &str, points| {
        [
            what.to_owned(),
            String::new(),
            String::new(),
            String::new(),
            points,
        ]
    };
    rows.push(line("everybody starts at", points(breakdown.start)));
    for (what, class, half_points) in classes {
        if class.half_points > 0 {
            let [d30, d90, older] = [class.d30, class.d90, class.older].map(thousands);
            rows.push([what.to_owned(), d30, d90, older, signed(half_points)]);
        }
    }
    rows.push(line("together, rounded half up", points(breakdown.total)));
    let right = Set::Right;
    paper.table([Set::Left, right, right, right, right], &rows);
    if breakdown.settled.half_points > breakdown.settled.counted.unwrap_or_default() {
        paper.aside(2, "Visits paid for count for 50 points at most.");
    }
    if breakdown.abandoned_forgiven > 0 {
        paper.aside(
            2,
            &format!(
                "Forgiven: {} left before it was paid for.",
                thousands(breakdown.abandoned_forgiven)
            ),
        );
    }
    paper.aside(
        2,
        &format!("What is older than {} days no longer counts.", stored.window_days),
    );
    Ok(())
}

/// Half points as points: 3 is 1.5.
fn points(half_points: i64) -> String {
    let half = if half_points % 2 == 0 { "" } else { ".5" };
    format!("{}{half}", half_points / 2)
}

fn signed(half_points: i64) -> String {
    let sign = if half_points < 0 { '−' } else { '+' };
    format!("{sign}{}", points(half_points.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_points_are_written_as_points() {
        assert_eq!([0, 1, 40, 85].map(points), ["0", "0.5", "20", "42.5"]);
        assert_eq!([-5, -40, 35].map(signed), ["−2.5", "−20", "+17.5"]);
    }
}
