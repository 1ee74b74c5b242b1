//! Where people live who use an app from wherever they are.

use crate::random::Random;

/// Both ends of the day, offsets with half and quarter hours, and clocks that change at other times of the year than
/// most: near any instant some of them do.
const ZONES: [&str; 28] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Lagos",
    "America/Argentina/Buenos_Aires",
    "America/Chicago",
    "America/Havana",
    "America/Los_Angeles",
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Dubai",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Seoul",
    "Asia/Tokyo",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Lisbon",
    "Europe/London",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Honolulu",
    "Pacific/Kiritimati",
    "UTC",
];

const WITH_BLANKS: [&str; 3] = [" Europe/Berlin", "America/New_York ", "\tAsia/Kathmandu\n"];

/// Names that the IANA database does not have, some of them nearly.
const UNKNOWN: [&str; 4] = ["europe/paris", "Mars/Olympus_Mons", "GMT+25", "Europe / Rome"];

/// The zone that stands in a user's row; most have not set any, or their own.
pub fn time_zone(random: &mut Random) -> Option<&'static str> {
    let of_own = random.one_of(&ZONES);
    match random.below(100) {
        0..30 => None,
        30..32 => Some(random.one_of(&["", "  "])),
        32..35 => Some(random.one_of(&WITH_BLANKS)),
        35..37 => Some(random.one_of(&UNKNOWN)),
        _ => Some(of_own),
    }
}

/// A zone that everybody knows.
pub fn known_time_zone(random: &mut Random) -> &'static str {
    random.one_of(&ZONES)
}
