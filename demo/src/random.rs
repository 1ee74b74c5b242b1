//! Numbers and ids that depend on a seed and on nothing else.

use uuid::Uuid;

/// SplitMix64 (Steele, Lea and Flood, 2014). A few lines of our own, because a crate's generator may give other
/// numbers after an upgrade, and a seed is a promise of the same rows.
pub struct Random {
    state: u64,
    /// How many ids were drawn.
    ids: u64,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self { state: seed, ids: 0 }
    }

    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0..bound`, by the high half of a product: its bias is below `bound` in 2^32.
    pub fn below(&mut self, bound: u32) -> u32 {
        let high = ((self.bits() >> 32) * u64::from(bound)) >> 32;
        u32::try_from(high).unwrap_or(bound)
    }

    /// A number from `first` to `last`, both included.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        let width = u32::try_from(last - first + 1).unwrap_or(1);
        first + i64::from(self.below(width))
    }

    pub fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        let index = self.below(u32::try_from(choices.len()).unwrap_or(u32::MAX));
        choices[index as usize]
    }

    /// One of the choices, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, choices: &[(T, u32)]) -> T {
        let mut place = self.below(choices.iter().map(|(_, weight)| weight).sum());
        for &(choice, weight) in choices {
            if place < weight {
                return choice;
            }
            place -= weight;
        }
        choices[0].0
    }

    /// An id of version 7 whose clock ticks once an id. Ids that ascend are appended to an index instead of
    /// strewn over it, and pages follow the order in which people came.
    pub fn id(&mut self) -> Uuid {
        // 2025-01-01T00:00:00Z
        const FIRST_MS: u64 = 1_735_689_600_000;
        self.ids += 1;
        let mut noise = [0; 10];
        noise[..8].copy_from_slice(&self.bits().to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(FIRST_MS + self.ids, &noise).into_uuid()
    }
}
