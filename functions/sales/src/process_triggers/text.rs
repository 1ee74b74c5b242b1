//! What people read: titles, descriptions of tasks, e-mails.

mod condition;

use anyhow::{Context, Result};
use askama::Template;

use super::candidate::{Candidate, Facts};
use condition::condition;

/// The longest title, in characters.
const TITLE_MAX: usize = 200;
/// The longest value within a text, in characters: names have no bound of their own.
const VALUE_MAX: usize = 200;

/// A task's title and description, which its e-mail has as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub title: String,
    pub description: String,
    story: Story,
}

/// What there is to say about a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Story {
    /// The customer, or the product by code and name.
    about: String,
    /// Why it was noticed, with the figures.
    condition: String,
    /// What to do: the type's advice, or what the trigger's config says.
    advice: String,
    link: String,
}

/// An e-mail without its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    pub text: String,
    pub html: String,
}

#[derive(Template)]
#[template(path = "trigger.txt")]
struct Text<'a> {
    title: &'a str,
    description: &'a str,
    trigger: &'a str,
    distributor: &'a str,
}

#[derive(Template)]
#[template(path = "trigger.html")]
struct Html<'a> {
    title: &'a str,
    story: &'a Story,
    trigger: &'a str,
    distributor: &'a str,
}

impl Words {
    pub fn of(candidate: &Candidate, frontend_url: &str) -> Self {
        let trigger = &candidate.trigger;
        let filled = |text: &str| filled(text, |name| value(candidate, name));
        let title = trigger.task_title.as_deref().unwrap_or(title(candidate));
        let story = Story {
            about: about(candidate),
            condition: condition(candidate),
            advice: trigger
                .task_description
                .as_deref()
                .map_or_else(|| advice(candidate).to_owned(), filled),
            link: link(candidate, frontend_url),
        };
        Self {
            title: one_line(&filled(title)).chars().take(TITLE_MAX).collect(),
            description: format!(
                "{}\n{}\n\n{}\n\n{}",
                story.about, story.condition, story.advice, story.link
            ),
            story,
        }
    }

    /// The e-mail of a distributor of this name.
    pub fn mail(&self, candidate: &Candidate, distributor: &str) -> Result<Mail> {
        let (trigger, distributor) = (cut(&candidate.trigger.name), cut(distributor));
        let text = Text {
            title: &self.title,
            description: &self.description,
            trigger,
            distributor,
        };
        let html = Html {
            title: &self.title,
            story: &self.story,
            trigger,
            distributor,
        };
        Ok(Mail {
            subject: one_line(&format!("[{distributor}] {}", self.title)),
            text: text.render().context("write the mail's text")?,
            html: html.render().context("write the mail's HTML")?,
        })
    }
}

/// A type's own title.
const fn title(candidate: &Candidate) -> &'static str {
    match candidate.facts {
        Facts::Dormant { .. } => "Win back {customer}: {days} days without an order",
        Facts::LowStock(_) => "Low stock: {product}",
        Facts::Missed { .. } => "{customer} missed its usual order",
        Facts::Declined { .. } => "Revenue of {customer} is falling",
        Facts::Sample { .. } => "Follow up on {product} sample tasting",
        Facts::FirstOrder { .. } => "Thank you call: {customer}",
        Facts::Timing { .. } => "Contact {customer}",
        Facts::Due(_) => "Reorder check-in: {customer}",
    }
}

/// What a placeholder stands for; None where there is no such placeholder.
fn value(candidate: &Candidate, name: &str) -> Option<String> {
    let customer = candidate.customer.as_ref();
    let value = match name {
        "customer" => customer.map(|customer| cut(&customer.name).to_owned()),
        "product" => candidate.product().map(|name| cut(name).to_owned()),
        "date" => Some(candidate.condition_on.to_string()),
        "days" => candidate.days().map(|days| days.to_string()),
        "rep" => customer.and_then(|customer| Some(cut(&customer.rep.as_ref()?.name).to_owned())),
        _ => return None,
    };
    Some(value.unwrap_or_default())
}

/// A text with its placeholders filled, in one pass: what is filled in is text. An unknown placeholder stays.
fn filled(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let known = after
            .split_once('}')
            .and_then(|(name, behind)| Some((value(name)?, behind)));
        match known {
            Some((value, behind)) => {
                filled.push_str(&value);
                rest = behind;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

/// A value as far as it is shown.
fn cut(value: &str) -> &str {
    let end = value.char_indices().nth(VALUE_MAX);
    end.map_or(value, |(end, _)| &value[..end])
}

/// A text without control characters, which become spaces.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn about(candidate: &Candidate) -> String {
    let customer = candidate.customer.as_ref();
    let customer = customer.map(|customer| format!("Customer: {}", cut(&customer.name)));
    let sku = candidate.sku.as_ref();
    let sku = sku.map(|sku| format!("Product: {} {}", cut(&sku.code), cut(&sku.name)));
    let lines: Vec<String> = customer.into_iter().chain(sku).collect();
    lines.join("\n")
}

fn link(candidate: &Candidate, frontend_url: &str) -> String {
    match (candidate.customer_id(), candidate.sku_id()) {
        (Some(customer), _) => format!("{frontend_url}/customers/{customer}"),
        (None, Some(sku)) => format!("{frontend_url}/skus/{sku}"),
        (None, None) => frontend_url.to_owned(),
    }
}

const fn advice(candidate: &Candidate) -> &'static str {
    match candidate.facts {
        Facts::Dormant { .. } => {
            "Please call or visit, ask what has changed, and offer a reason to order again."
        }
        Facts::LowStock(_) => {
            "Please check the stock and what is on order, and reorder in time, or tell sales what will be short."
        }
        Facts::Missed { .. } => {
            "Please ask whether an order was forgotten or went elsewhere, and take it if you can."
        }
        Facts::Declined { .. } => {
            "Please find out what the customer buys less of, and why, and agree on what would help."
        }
        Facts::Sample { .. } => "Please ask how the sample was liked, and offer to take an order.",
        Facts::FirstOrder { .. } => {
            "Please thank the customer, ask whether all arrived as it should, and say when you will be in touch again."
        }
        Facts::Timing { .. } => "Please get in touch as you agreed.",
        Facts::Due(_) => "Please check in, and offer to take the next order.",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled_with(text: &str, customer: &str) -> String {
        filled(text, |name| match name {
            "customer" => Some(customer.to_owned()),
            "product" => Some(String::new()),
            "days" => Some("65".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn placeholders_are_filled_in_one_pass_and_unknown_ones_stay() {
        for (text, expected) in [
            ("{customer}: {days}", "{days}: 65"),
            ("{product}|{nope}|{}", "|{nope}|{}"),
            ("{{days}}", "{65}"),
            ("{ days } {days", "{ days } {days"),
            ("{nope{days}", "{nope65"),
            ("}{", "}{"),
            ("", ""),
        ] {
            assert_eq!(filled_with(text, "{days}"), expected);
        }
    }

    proptest! {
        #[test]
        fn what_is_filled_in_is_text_whatever_it_holds(before in "[^{}]*", name in any::<String>(), after in "[^{}]*") {
            prop_assert_eq!(
                filled_with(&format!("{before}{{customer}}{after}"), &name),
                format!("{before}{name}{after}")
            );
        }

        #[test]
        fn no_text_is_lost_that_holds_no_placeholder(text in any::<String>()) {
            prop_assert_eq!(filled(&text, |_| None), text);
        }

        #[test]
        fn any_template_makes_one_line(text in "(\\{(customer|days|nope|\\{)\\}?|\\PC|[\\x00-\\x1f]){0,40}") {
            let line = one_line(&filled_with(&text, "A\r\nB"));
            prop_assert!(!line.chars().any(char::is_control));
        }
    }
}
