//! How likely a member is to leave, in four words.

/// The level of a churn risk. `at-risk-detection` stores it, the other two jobs decide by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    None,
    Low,
    Medium,
    High,
}

impl Level {
    /// All levels, the mildest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Low, Self::Medium, Self::High];

    /// The level of a risk score of 0 to 100.
    pub fn of(score: i32) -> Self {
        match score {
            70.. => Self::High,
            40.. => Self::Medium,
            15.. => Self::Low,
            _ => Self::None,
        }
    }

    /// The level as the database and the texts spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The level that is spelled so, if any is.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_begins_exactly_at_its_threshold() {
        let levels = [0, 14, 15, 39, 40, 69, 70, 100].map(Level::of);
        use Level::{High, Low, Medium, None};
        assert_eq!(levels, [None, None, Low, Low, Medium, Medium, High, High]);
    }

    #[test]
    fn every_level_is_found_by_its_own_name_and_by_no_other() {
        for level in Level::ALL {
            assert_eq!(Level::named(level.as_str()), Some(level));
        }
        assert_eq!(Level::named("High"), None);
    }
}
