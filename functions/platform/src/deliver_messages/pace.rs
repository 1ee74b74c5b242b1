//! When a message is tried again.

use std::time::Duration;

use uuid::Uuid;

/// How often a message is tried.
pub const ATTEMPTS: i32 = 5;
/// How long the first wait is; each next one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(60);
/// How much longer a wait may be than that, in parts of it, so that what failed together does not come back together.
const JITTER: f64 = 0.25;

/// How long a message waits after its attempt of this number (1 is the first) for the next: 60 s × 2^(n−1), and up to a
/// quarter more. What is more depends on the message and the attempt alone. None: that was its last attempt.
pub fn wait(id: Uuid, attempt: i32) -> Option<Duration> {
    if attempt >= ATTEMPTS {
        return None;
    }
    let doubled = FIRST_WAIT * 2_u32.pow(u32::try_from(attempt - 1).unwrap_or(0));
    Some(doubled.mul_f64(1.0 + JITTER * fraction(id, attempt)))
}

/// A number from 0 to 1, spread evenly over messages and attempts: the last step of splitmix64.
fn fraction(id: Uuid, attempt: i32) -> f64 {
    let (high, low) = id.as_u64_pair();
    let mut bits = high ^ low ^ u64::from(attempt.unsigned_abs()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    bits as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_wait_is_twice_the_one_before_and_up_to_a_quarter_more(id in any::<u128>(), attempt in 1..ATTEMPTS) {
            let seconds = wait(Uuid::from_u128(id), attempt).unwrap().as_secs_f64();
            let least = 60.0 * 2_f64.powi(attempt - 1);
            prop_assert!((least..=least * 1.25).contains(&seconds), "{seconds} after attempt {attempt}");
        }
    }

    #[test]
    fn after_the_fifth_attempt_there_is_none() {
        assert_eq!(wait(Uuid::nil(), 5), None);
        assert_eq!(wait(Uuid::nil(), i32::MAX), None);
    }

    #[test]
    fn what_failed_together_does_not_come_back_together() {
        let waits: std::collections::HashSet<u128> = (0..1_000)
            .map(|n| wait(Uuid::from_u128(n), 1).unwrap().as_millis())
            .collect();
        assert!(
            waits.len() > 900,
            "{} different milliseconds of 15,000",
            waits.len()
        );
    }
}
