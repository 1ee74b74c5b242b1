//! What a company's application answered, minute by minute.

use anyhow::Result;
use chrono::{DurationRound, TimeDelta};
use sqlx::PgConnection;

use super::Company;
use crate::{copy::Rows, random::Random};

const ROUTES: [&str; 3] = ["GET /dashboard", "GET /goals", "POST /sessions"];

/// Hours of which one minute is kept, and before those, minutes of which every one is.
const HOURS: i64 = 40 * 24;
const MINUTES: i64 = 180;

/// Errors and slow answers in a hundred, on a good day and on a bad one.
const USUAL: (u32, u32) = (0, 1);
const IN_TROUBLE: (u32, u32) = (8, 22);

/// How many answers took as long as each bucket says, of a hundred that were not slow.
const SHARES: [i32; 12] = [4, 8, 22, 30, 24, 9, 3, 0, 0, 0, 0, 0];

/// Writes the minutes down.
pub async fn fill(company: &Company, tx: &mut PgConnection, random: &mut Random) -> Result<u64> {
    let mut minutes = Rows::new(
        "copy productivity.http_minute_stat (
             tenant_id, minute_at, route, requests, errors_4xx, errors_5xx, total_ms, max_ms, buckets
         )
         from stdin (format binary)",
    );
    let last = company.as_of.duration_trunc(TimeDelta::minutes(1))?;
    let recent = (0..MINUTES).map(|ago| last - TimeDelta::minutes(ago));
    let older = (0..HOURS).map(|ago| last - TimeDelta::minutes(MINUTES + 60 * ago));
    for minute_at in recent.chain(older) {
        let is_now = last - minute_at < TimeDelta::minutes(MINUTES);
        for route in ROUTES {
            let (errors, slow) = if is_now && company.is_in_trouble {
                IN_TROUBLE
            } else {
                USUAL
            };
            let requests = random.between(20, 60) as i32;
            let slow = (0..requests).filter(|_| random.percent(slow)).count() as i32;
            let failed = (0..requests).filter(|_| random.percent(errors)).count() as i32;
            let mut buckets = SHARES.map(|share| (requests - slow) * share / 100);
            buckets[8] = slow;
            // What the shares have left over.
            buckets[3] += requests - buckets.iter().sum::<i32>();
            let total = i64::from(requests - slow) * 38 + i64::from(slow) * 1_500;
            minutes.push(&[
                &company.id,
                &minute_at,
                &route,
                &requests,
                &(requests / 30),
                &failed,
                &total,
                &if slow > 0 { 2_100_i32 } else { 480 },
                &buckets.as_slice(),
            ]);
        }
    }
    minutes.write(tx).await
}
