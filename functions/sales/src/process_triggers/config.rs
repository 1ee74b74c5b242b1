//! A trigger's `config`, which people write: parsed once, or said what is wrong with it.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::trigger::{Action, Audience, Condition, Priority, Severity, Trigger};

/// The longest texts, in characters.
const TITLE_MAX: usize = 500;
const DESCRIPTION_MAX: usize = 5_000;

/// A trigger as it is stored.
pub struct Stored {
    pub id: uuid::Uuid,
    pub trigger_type: String,
    pub name: String,
    /// JSON as the database spells it, which holds more than every reader can take.
    pub config: String,
    pub actions: Vec<String>,
}

impl Stored {
    /// The trigger, or a sentence that names the key at fault, what it has and what it takes. It quotes no text: that
    /// may name a person.
    pub fn parsed(self) -> Result<Trigger, String> {
        let config: Value =
            serde_json::from_str(&self.config).map_err(|error| format!("config cannot be read: {error}"))?;
        let Value::Object(config) = &config else {
            return Err(format!("config is {} and takes an object", described(&config)));
        };
        let config = Config(config);
        let condition = config.condition(&self.trigger_type)?;
        Ok(Trigger {
            id: self.id,
            condition,
            priority: config.choice("priority", &Priority::ALL, Priority::as_str)?,
            due_days: config.days("dueDays", 0, 60)?,
            task_title: config.text("taskTitle", TITLE_MAX)?,
            task_description: config.text("taskDescription", DESCRIPTION_MAX)?,
            email_to: config.audiences("emailTo")?,
            actions: Action::ALL
                .into_iter()
                .filter(|action| self.actions.iter().any(|named| named == action.as_str()))
                .collect(),
            name: self.name,
        })
    }
}

struct Config<'a>(&'a Map<String, Value>);

impl Config<'_> {
    fn condition(&self, trigger_type: &str) -> Result<Condition, String> {
        Ok(match trigger_type {
            "CUSTOMER_DORMANCY" => Condition::CustomerDormancy {
                min_days: self.days("minDays", 7, 365)?.unwrap_or(45),
            },
            "LOW_INVENTORY" => Condition::LowInventory {
                min_severity: self
                    .choice("minSeverity", &Severity::ALL, Severity::as_str)?
                    .unwrap_or(Severity::Warning),
            },
            "MISSED_ORDER_PATTERN" => {
                let warn_factor = self.number("warnFactor", 1.0, 5.0)?.unwrap_or(1.2);
                let crit_factor = self.number("critFactor", 1.0, 5.0)?.unwrap_or(1.5);
                if crit_factor < warn_factor {
                    return Err(format!(
                        "critFactor is {crit_factor} and takes a number from warnFactor, {warn_factor}, to 5"
                    ));
                }
                Condition::MissedOrderPattern {
                    warn_factor,
                    crit_factor,
                    min_grace_days: self.days("minGraceDays", 0, 60)?.unwrap_or(3),
                }
            }
            "REVENUE_DECLINE" => Condition::RevenueDecline {
                drop_threshold: self.number("dropThreshold", 0.01, 0.9)?.map(exact),
            },
            "SAMPLE_NO_ORDER" => Condition::SampleNoOrder {
                days_after: self.days("daysAfter", 0, 60)?.unwrap_or(7),
            },
            "FIRST_ORDER_FOLLOWUP" => Condition::FirstOrderFollowup {
                days_after: self.days("daysAfter", 0, 60)?.unwrap_or(1),
            },
            "CUSTOMER_TIMING" => Condition::CustomerTiming,
            "BURN_RATE_ALERT" => Condition::BurnRateAlert {
                percentage_threshold: self.number("percentageThreshold", 0.0, 200.0)?.unwrap_or(20.0),
                days_ahead: self.days("daysAhead", 0, 60)?.unwrap_or(7),
                min_confidence: exact(self.number("minConfidence", 0.0, 1.0)?.unwrap_or(0.5)),
            },
            _ => return Err("its type is unknown".to_owned()),
        })
    }

    /// An integer in JSON, too: 45.0 is none.
    fn days(&self, key: &str, least: u32, most: u32) -> Result<Option<u32>, String> {
        self.read(key, &format!("an integer from {least} to {most}"), |value| {
            let days = u32::try_from(value.as_u64()?).ok()?;
            (least..=most).contains(&days).then_some(days)
        })
    }

    fn number(&self, key: &str, least: f64, most: f64) -> Result<Option<f64>, String> {
        self.read(key, &format!("a number from {least} to {most}"), |value| {
            value.as_f64().filter(|number| (least..=most).contains(number))
        })
    }

    fn text(&self, key: &str, most: usize) -> Result<Option<String>, String> {
        self.read(key, &format!("a string of at most {most} characters"), |value| {
            let text = value.as_str()?;
            (text.chars().count() <= most).then(|| text.to_owned())
        })
    }

    fn choice<T: Copy>(
        &self,
        key: &str,
        all: &[T],
        spelled: fn(T) -> &'static str,
    ) -> Result<Option<T>, String> {
        self.read(key, &listed(all, spelled), |value| chosen(value, all, spelled))
    }

    fn audiences(&self, key: &str) -> Result<Option<Vec<Audience>>, String> {
        let all = &Audience::ALL;
        let takes = format!("an array of {}", listed(all, Audience::as_str));
        self.read(key, &takes, |value| {
            let named = value.as_array()?.iter();
            named.map(|value| chosen(value, all, Audience::as_str)).collect()
        })
    }

    /// None where the key is not there.
    fn read<T>(
        &self,
        key: &str,
        takes: &str,
        parse: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(value) = self.0.get(key) else {
            return Ok(None);
        };
        match parse(value) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(format!("{key} is {} and takes {takes}", described(value))),
        }
    }
}

fn chosen<T: Copy>(value: &Value, all: &[T], spelled: fn(T) -> &'static str) -> Option<T> {
    let name = value.as_str()?;
    all.iter().copied().find(|choice| spelled(*choice) == name)
}

fn listed<T: Copy>(all: &[T], spelled: fn(T) -> &'static str) -> String {
    let names: Vec<_> = all.iter().map(|choice| spelled(*choice)).collect();
    match names.split_last() {
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// A value without what people wrote into it.
fn described(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("a string of {} characters", text.chars().count()),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// A number as it was written: its shortest decimal form. Within the bounds above every one has such a form.
fn exact(number: f64) -> Decimal {
    number.to_string().parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn parsed(trigger_type: &str, config: Value) -> Result<Trigger, String> {
        Stored {
            id: Uuid::nil(),
            trigger_type: trigger_type.into(),
            name: "A trigger".into(),
            config: config.to_string(),
            actions: vec!["UPDATE_CRM".into(), "CREATE_TASK".into(), "UPDATE_CRM".into()],
        }
        .parsed()
    }

    #[test]
    fn an_empty_config_takes_the_types_own_figures() {
        let half = Decimal::new(5, 1);
        for (trigger_type, condition, due_days) in [
            (
                "CUSTOMER_DORMANCY",
                Condition::CustomerDormancy { min_days: 45 },
                2,
            ),
            (
                "LOW_INVENTORY",
                Condition::LowInventory {
                    min_severity: Severity::Warning,
                },
                1,
            ),
            (
                "MISSED_ORDER_PATTERN",
                Condition::MissedOrderPattern {
                    warn_factor: 1.2,
                    crit_factor: 1.5,
                    min_grace_days: 3,
                },
                2,
            ),
            (
                "REVENUE_DECLINE",
                Condition::RevenueDecline { drop_threshold: None },
                2,
            ),
            ("SAMPLE_NO_ORDER", Condition::SampleNoOrder { days_after: 7 }, 3),
            (
                "FIRST_ORDER_FOLLOWUP",
                Condition::FirstOrderFollowup { days_after: 1 },
                0,
            ),
            ("CUSTOMER_TIMING", Condition::CustomerTiming, 0),
            (
                "BURN_RATE_ALERT",
                Condition::BurnRateAlert {
                    percentage_threshold: 20.0,
                    days_ahead: 7,
                    min_confidence: half,
                },
                2,
            ),
        ] {
            let trigger = parsed(trigger_type, json!({})).unwrap();
            assert_eq!(trigger.condition, condition);
            assert_eq!(trigger.condition.as_str(), trigger_type);
            assert_eq!((trigger.priority, trigger.due_days), (None, None));
            assert_eq!(
                trigger.actions,
                [Action::CreateTask, Action::UpdateCrm],
                "each once"
            );
            let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
            assert_eq!(
                trigger.due_on(day("2026-11-22")),
                day("2026-11-22") + chrono::Days::new(due_days)
            );
        }
    }

    /// Both sides of both bounds of every figure, and of every length.
    #[test]
    fn bounds_are_inside_and_what_is_beyond_them_is_unusable() {
        let table = [
            (
                "CUSTOMER_DORMANCY",
                "minDays",
                json!([7, 365]),
                json!([6, 366, 45.0, "45", null, -7]),
            ),
            (
                "CUSTOMER_DORMANCY",
                "dueDays",
                json!([0, 60]),
                json!([-1, 61, 1.5, true]),
            ),
            (
                "CUSTOMER_DORMANCY",
                "priority",
                json!(["LOW", "MEDIUM", "HIGH"]),
                json!(["high", "", 1]),
            ),
            (
                "CUSTOMER_DORMANCY",
                "taskTitle",
                json!(["", "é".repeat(500)]),
                json!(["é".repeat(501), 5]),
            ),
            (
                "CUSTOMER_TIMING",
                "taskDescription",
                json!(["x".repeat(5_000)]),
                json!(["x".repeat(5_001), []]),
            ),
            (
                "CUSTOMER_TIMING",
                "emailTo",
                json!([[], ["owner", "manager", "buyers"]]),
                json!(["owner", ["all"], [1]]),
            ),
            (
                "LOW_INVENTORY",
                "minSeverity",
                json!(["INFO", "WARNING", "CRITICAL"]),
                json!(["LOW", 3]),
            ),
            (
                "MISSED_ORDER_PATTERN",
                "warnFactor",
                json!([1, 1.5]),
                json!([0.99, 1.51, 5.1, "1.2"]),
            ),
            (
                "MISSED_ORDER_PATTERN",
                "critFactor",
                json!([1.2, 5]),
                json!([1.19, 5.01]),
            ),
            (
                "MISSED_ORDER_PATTERN",
                "minGraceDays",
                json!([0, 60]),
                json!([61, 0.0]),
            ),
            (
                "REVENUE_DECLINE",
                "dropThreshold",
                json!([0.01, 0.9]),
                json!([0.009, 0.901, "15%"]),
            ),
            ("SAMPLE_NO_ORDER", "daysAfter", json!([0, 60]), json!([61])),
            ("FIRST_ORDER_FOLLOWUP", "daysAfter", json!([0, 60]), json!([61])),
            (
                "BURN_RATE_ALERT",
                "percentageThreshold",
                json!([0, 200, 33.3]),
                json!([-0.1, 200.1]),
            ),
            ("BURN_RATE_ALERT", "daysAhead", json!([0, 60]), json!([61])),
            (
                "BURN_RATE_ALERT",
                "minConfidence",
                json!([0, 1]),
                json!([-0.001, 1.001]),
            ),
        ];
        for (trigger_type, key, usable, unusable) in table {
            for value in usable.as_array().unwrap() {
                let trigger = parsed(trigger_type, json!({ key: value, "other": {} }));
                assert!(trigger.is_ok(), "{key} {value}: {trigger:?}");
            }
            for value in unusable.as_array().unwrap() {
                let why = parsed(trigger_type, json!({ key: value })).unwrap_err();
                // The default of its partner is what a factor contradicts.
                let named = if why.starts_with("critFactor") {
                    "critFactor"
                } else {
                    key
                };
                assert!(
                    why.starts_with(&format!("{named} is ")) && why.contains(" and takes "),
                    "{why}"
                );
            }
        }
    }

    #[test]
    fn a_key_of_another_type_is_ignored() {
        assert!(parsed("CUSTOMER_TIMING", json!({"minDays": "45"})).is_ok());
    }

    #[test]
    fn the_sentence_names_key_value_and_bounds_and_quotes_no_text() {
        for (trigger_type, config, sentence) in [
            (
                "CUSTOMER_DORMANCY",
                json!({"minDays": "45"}),
                "minDays is a string of 2 characters and takes an integer from 7 to 365",
            ),
            (
                "CUSTOMER_DORMANCY",
                json!({"minDays": 6}),
                "minDays is 6 and takes an integer from 7 to 365",
            ),
            (
                "BURN_RATE_ALERT",
                json!({"minConfidence": 1.5}),
                "minConfidence is 1.5 and takes a number from 0 to 1",
            ),
            (
                "CUSTOMER_TIMING",
                json!({"emailTo": ["ann@example.com"]}),
                "emailTo is an array and takes an array of owner, manager or buyers",
            ),
            (
                "CUSTOMER_TIMING",
                json!({"priority": "Ann"}),
                "priority is a string of 3 characters and takes LOW, MEDIUM or HIGH",
            ),
            (
                "MISSED_ORDER_PATTERN",
                json!({"warnFactor": 2}),
                "critFactor is 1.5 and takes a number from warnFactor, 2, to 5",
            ),
            (
                "CUSTOMER_TIMING",
                json!([]),
                "config is an array and takes an object",
            ),
            (
                "CUSTOMER_TIMING",
                json!(null),
                "config is null and takes an object",
            ),
        ] {
            assert_eq!(parsed(trigger_type, config), Err(sentence.to_owned()));
        }
    }

    #[test]
    fn numbers_are_taken_as_they_are_written() {
        let threshold = |config| match parsed("REVENUE_DECLINE", config).unwrap().condition {
            Condition::RevenueDecline { drop_threshold } => drop_threshold.unwrap(),
            other => panic!("{other:?}"),
        };
        assert_eq!(threshold(json!({"dropThreshold": 0.15})), Decimal::new(15, 2));
        assert_eq!(
            threshold(json!({"dropThreshold": 0.3333333333333333})).scale(),
            16
        );
    }

    proptest! {
        #[test]
        fn every_number_within_the_bounds_is_exact(number in 0.0..=1.0_f64) {
            let text = exact(number).to_string();
            prop_assert!((text.parse::<f64>().unwrap() - number).abs() < 1e-15);
        }
    }
}
