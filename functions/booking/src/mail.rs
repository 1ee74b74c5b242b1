//! How the shop's e-mails write instants, money and names.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use shared::job::Reason;

/// An e-mail without its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// `Mon 23 Nov 2026, 14:30 (Europe/Berlin)`.
pub fn moment(instant: DateTime<Utc>, zone: Tz) -> String {
    format!(
        "{} ({zone})",
        instant.with_timezone(&zone).format("%a %-d %b %Y, %H:%M")
    )
}

/// `Mon 23 Nov 2026, 14:30-15:15 (Europe/Berlin)`: a slot by the clock on the shop's wall.
pub fn slot(starts_at: DateTime<Utc>, ends_at: DateTime<Utc>, zone: Tz) -> String {
    let (starts, ends) = (starts_at.with_timezone(&zone), ends_at.with_timezone(&zone));
    format!(
        "{}-{} ({zone})",
        starts.format("%a %-d %b %Y, %H:%M"),
        ends.format("%H:%M")
    )
}

/// `20.00 EUR`.
pub fn money(amount: Decimal, currency: &str) -> String {
    format!("{amount:.2} {currency}")
}

/// A service's name, or what stands for one that is blank.
pub fn service(name: &str) -> &str {
    match name.trim_matches(' ') {
        "" => "appointment",
        _ => name,
    }
}

/// A subject on one line: each run of control characters becomes a space.
pub fn subject(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut is_in_run = false;
    for c in text.chars() {
        match c.is_control() {
            true if is_in_run => {}
            true => line.push(' '),
            false => line.push(c),
        }
        is_in_run = c.is_control();
    }
    line
}

/// A template with its values.
///
/// # Errors
/// Only when formatting fails, which it does for none of our values.
pub fn rendered(template: &impl Template) -> Result<String, Reason> {
    template
        .render()
        .map_err(|error| Reason(format!("write the mail: {error}")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn instants_are_those_on_the_shops_wall() {
        let (starts, ends) = (utc("2026-11-03T22:30:00Z"), utc("2026-11-03T23:15:00Z"));
        assert_eq!(
            slot(starts, ends, Tz::Europe__Berlin),
            "Tue 3 Nov 2026, 23:30-00:15 (Europe/Berlin)"
        );
        assert_eq!(
            moment(ends, Tz::Europe__Berlin),
            "Wed 4 Nov 2026, 00:15 (Europe/Berlin)"
        );
        assert_eq!(moment(ends, Tz::UTC), "Tue 3 Nov 2026, 23:15 (UTC)");
    }

    #[test]
    fn money_has_two_decimals_and_no_grouping() {
        assert_eq!(money(Decimal::new(123_456_700, 2), "EUR"), "1234567.00 EUR");
        assert_eq!(money(Decimal::new(5, 2), "USD"), "0.05 USD");
        assert_eq!(money(Decimal::from(20), "EUR"), "20.00 EUR");
    }

    #[test]
    fn a_blank_service_is_an_appointment() {
        assert_eq!(
            (service(""), service("  "), service("Cut ")),
            ("appointment", "appointment", "Cut ")
        );
    }

    #[test]
    fn a_subject_is_one_line() {
        assert_eq!(
            subject("Salon\r\nBcc: all@example.org\u{85}x"),
            "Salon Bcc: all@example.org x"
        );
        assert_eq!(
            subject("Über 🪒 & <Söhne>"),
            "Über 🪒 & <Söhne>",
            "and otherwise as it was"
        );
    }

    proptest! {
        #[test]
        fn no_subject_holds_a_control_character(text in any::<String>()) {
            prop_assert!(!subject(&text).chars().any(char::is_control));
        }
    }
}
