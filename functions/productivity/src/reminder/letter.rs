//! How e-mails are written: as text and as HTML, what people typed on one line and escaped.

use askama::Template;
use serde::Serialize;
use serde_json::{Value, json};
use shared::job::Reason;
use uuid::Uuid;

/// A subject longer than this many code points is cut.
const SUBJECT_MAX: usize = 150;

/// What an e-mail tells. As JSON it is the facts of the message's payload.
pub trait Letter: Serialize + Send + Sync {
    fn subject(&self) -> String;
    fn text(&self, frame: &Frame<'_>) -> Result<String, Reason>;
    fn html(&self, frame: &Frame<'_>) -> Result<String, Reason>;
}

/// Writes a letter by its two templates, which know it as `letter` and what stands around it as `frame`.
macro_rules! letter {
    ($letter:ty, $text:literal, $html:literal, $subject:expr) => {
        const _: () = {
            use $crate::reminder::letter::{Frame, Letter, rendered};

            #[derive(askama::Template)]
            #[template(path = $text)]
            struct Text<'a> {
                letter: &'a $letter,
                frame: &'a Frame<'a>,
            }

            #[derive(askama::Template)]
            #[template(path = $html)]
            struct Html<'a> {
                letter: &'a $letter,
                frame: &'a Frame<'a>,
            }

            impl Letter for $letter {
                fn subject(&self) -> String {
                    let subject: fn(&Self) -> String = $subject;
                    subject(self)
                }

                fn text(&self, frame: &Frame<'_>) -> Result<String, shared::job::Reason> {
                    rendered(&Text {
                        letter: self,
                        frame,
                    })
                }

                fn html(&self, frame: &Frame<'_>) -> Result<String, shared::job::Reason> {
                    rendered(&Html {
                        letter: self,
                        frame,
                    })
                }
            }
        };
    };
}
pub(crate) use letter;

/// What stands around every letter: the greeting, and how to stop them.
pub struct Frame<'a> {
    pub frontend_url: &'a str,
    /// How the reader is addressed.
    pub name: String,
    pub token: Uuid,
    /// The column of the preference that brought the letter.
    pub preference: &'static str,
}

impl Frame<'_> {
    /// An absolute link into the application.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.frontend_url)
    }

    pub fn unsubscribe_link(&self) -> String {
        self.link(&format!(
            "/email/unsubscribe?token={}&kind={}",
            self.token, self.preference
        ))
    }

    /// How a mail program unsubscribes in one click (RFC 8058).
    pub fn headers(&self) -> Value {
        json!({
            "List-Unsubscribe": format!("<{}>", self.unsubscribe_link()),
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        })
    }
}

/// A text on one line: each run of white space or control characters is a space, and none is left at the ends.
pub fn one_line(text: &str) -> String {
    let is_gap = |c: char| c.is_whitespace() || c.is_control();
    text.split(is_gap)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A text as a subject or a title: on one line, and cut to 150 code points.
pub fn subject(text: &str) -> String {
    let line = one_line(text);
    match line.chars().count() > SUBJECT_MAX {
        true => cut(&line, SUBJECT_MAX - 1),
        false => line,
    }
}

/// The first so many code points, and that there were more.
pub fn cut(text: &str, length: usize) -> String {
    match text.chars().count() > length {
        true => text.chars().take(length).chain(['…']).collect(),
        false => text.to_owned(),
    }
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

    #[test]
    fn a_subject_is_one_line_of_150_code_points_at_most() {
        assert_eq!(subject(" a\r\n\tb\u{85}\u{0}c  "), "a b c");
        assert_eq!(subject(&"ü".repeat(150)), "ü".repeat(150));
        assert_eq!(subject(&"ü".repeat(151)), format!("{}…", "ü".repeat(149)));
    }

    proptest! {
        #[test]
        fn no_subject_holds_a_control_character_or_two_spaces(text in any::<String>()) {
            let subject = subject(&text);
            prop_assert!(!subject.chars().any(char::is_control) && !subject.contains("  "));
            prop_assert!(subject.chars().count() <= 150);
        }
    }
}
