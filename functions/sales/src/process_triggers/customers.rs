//! Candidates that come of customers' figures: dormant, late, falling, due.

use std::{collections::HashMap, sync::Arc};

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    candidate::{Due, Facts, Sku},
    figures::{BASE_DAYS, HISTORY_DAYS, History, LATEST, RECENT_DAYS, YEAR_AGO_DAYS},
    search::{Search, customer},
    trigger::{Condition, Trigger},
};

/// A predicted order that did not come is asked for so long.
const PREDICTED_DAYS: u32 = 30;
/// So many products of a customer who is due are named.
const DUE_SKUS_MAX: usize = 10;

/// A product that a customer is predicted to order, and how surely.
#[derive(Debug, Clone)]
pub struct Predicted {
    pub on: NaiveDate,
    pub confidence: Decimal,
    pub sku: Arc<Sku>,
}

/// What customers are looked at with.
pub struct Today {
    pub today: NaiveDate,
    /// The distributor's own threshold of a decline.
    pub drop_threshold: Decimal,
}

/// Finds the candidates of all these triggers in one reading of the customers. Only who is a candidate is kept.
pub async fn find(tx: &mut PgConnection, search: &mut Search<'_>, triggers: &[Arc<Trigger>]) -> Result<()> {
    let (distributor, tenant_id) = (search.distributor, search.tenant_id);
    let today = Today {
        today: distributor.today,
        drop_threshold: distributor.setting.revenue_drop_alert_threshold,
    };
    let ahead = triggers.iter().filter_map(|trigger| match trigger.condition {
        Condition::BurnRateAlert { days_ahead, .. } => Some(days_ahead),
        _ => None,
    });
    let ahead = ahead.max();
    let skus = match ahead {
        Some(_) => skus(tx, tenant_id).await?,
        None => HashMap::new(),
    };
    let days_ago = |days: u32| distributor.days_ago(days.into());
    let start = |days| distributor.start_of(days_ago(days));
    let mut rows = sqlx::query_file!(
        "sql/process-triggers/figures.sql",
        tenant_id,
        &distributor.starts_of(days_ago(HISTORY_DAYS), HISTORY_DAYS as usize + 1),
        start(HISTORY_DAYS),
        search.as_of,
        start(RECENT_DAYS),
        start(RECENT_DAYS + BASE_DAYS),
        start(YEAR_AGO_DAYS),
        start(0),
        ahead.is_some(),
        days_ago(PREDICTED_DAYS),
        today.ahead(ahead.unwrap_or_default()),
        LATEST
    )
    .fetch(tx);
    while let Some(row) = rows.try_next().await.context("read the customers' figures")? {
        // Dates come numbered from the first of the two years on, 1.
        let ago = |number: i32| HISTORY_DAYS + 1 - number.unsigned_abs();
        let history = History {
            dates: row.dates.unwrap_or_default().into_iter().map(ago).collect(),
            first: row.first_date.map(ago).unwrap_or_default(),
            recent_revenue: row.recent_revenue.unwrap_or_default(),
            base_revenue: row.base_revenue.unwrap_or_default(),
            base_purchases: row.base_purchases.unwrap_or_default(),
            year_ago_revenue: row.year_ago_revenue.unwrap_or_default(),
        };
        let predicted = row.sku_ids.unwrap_or_default().into_iter();
        let predicted = predicted
            .zip(row.predicted.unwrap_or_default())
            .zip(row.confidences.unwrap_or_default())
            .filter_map(|((sku_id, on), confidence)| {
                // An inactive product is not among them.
                let sku = skus.get(&sku_id)?.clone();
                Some(Predicted { on, confidence, sku })
            })
            .collect::<Vec<_>>();
        let noticed = triggers.iter().filter_map(|trigger| {
            let (condition_on, facts) = today.noticed(&trigger.condition, &history, &predicted)?;
            Some((trigger, condition_on, facts))
        });
        let noticed: Vec<_> = noticed.collect();
        if noticed.is_empty() {
            continue;
        }
        let customer = Arc::new(customer!(row, search.reps));
        for (trigger, condition_on, facts) in noticed {
            search.add_of_customer(trigger, customer.clone(), customer.id, condition_on, facts);
        }
    }
    Ok(())
}

async fn skus(tx: &mut PgConnection, tenant_id: Uuid) -> Result<HashMap<Uuid, Arc<Sku>>> {
    let skus = sqlx::query_file_as!(Sku, "sql/process-triggers/skus.sql", tenant_id)
        .fetch_all(tx)
        .await
        .context("read the products")?;
    Ok(skus.into_iter().map(|sku| (sku.id, Arc::new(sku))).collect())
}

impl Today {
    fn ahead(&self, days: u32) -> NaiveDate {
        self.today + Days::new(days.into())
    }

    /// Whether a customer meets a condition, by which date, and with which figures.
    pub fn noticed(
        &self,
        condition: &Condition,
        history: &History,
        predicted: &[Predicted],
    ) -> Option<(NaiveDate, Facts)> {
        let ago = |days: u32| self.today - Days::new(days.into());
        match *condition {
            Condition::CustomerDormancy { min_days } => {
                let (since, threshold) = (history.since()?, history.dormant(min_days)?);
                Some((ago(since), Facts::Dormant { since, threshold }))
            }
            Condition::MissedOrderPattern {
                warn_factor,
                crit_factor,
                min_grace_days,
            } => {
                let level = history.missed(warn_factor, crit_factor, min_grace_days)?;
                let (since, pace) = (history.since()?, history.pace()?);
                Some((self.expected(history)?, Facts::Missed { since, pace, level }))
            }
            Condition::RevenueDecline { drop_threshold } => {
                let decline = history.decline(drop_threshold.unwrap_or(self.drop_threshold))?;
                let since = history.since()?;
                let first_of_month = chrono::Datelike::with_day(&self.today, 1)?;
                Some((first_of_month, Facts::Declined { since, decline }))
            }
            Condition::BurnRateAlert {
                percentage_threshold,
                days_ahead,
                min_confidence,
            } => {
                let within = ago(PREDICTED_DAYS)..=self.ahead(days_ahead);
                let mut skus: Vec<_> = predicted
                    .iter()
                    .filter(|one| one.confidence >= min_confidence && within.contains(&one.on))
                    .map(|one| (one.on, one.sku.clone()))
                    .collect();
                skus.sort_by(|(on, sku), (other_on, other)| (on, &sku.code).cmp(&(other_on, &other.code)));
                skus.truncate(DUE_SKUS_MAX);
                let expected = self.expected(history);
                let overdue = expected.filter(|_| history.is_overdue(percentage_threshold));
                let first = skus.first().map(|(on, _)| *on);
                let condition_on = overdue.into_iter().chain(first).min()?;
                let due = Due {
                    since: history.since(),
                    pace: history.pace(),
                    expected,
                    skus,
                };
                Some((condition_on, Facts::Due(Box::new(due))))
            }
            Condition::LowInventory { .. }
            | Condition::SampleNoOrder { .. }
            | Condition::FirstOrderFollowup { .. }
            | Condition::CustomerTiming => None,
        }
    }

    /// The date of the next order by the customer's pace.
    fn expected(&self, history: &History) -> Option<NaiveDate> {
        let days = chrono::TimeDelta::days(history.expected_in()?);
        self.today.checked_add_signed(days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn burn(days_ahead: u32) -> Condition {
        Condition::BurnRateAlert {
            percentage_threshold: 20.0,
            days_ahead,
            min_confidence: Decimal::new(5, 1),
        }
    }

    fn predicted(on: &str, thousandths: i64, code: &str) -> Predicted {
        Predicted {
            on: day(on),
            confidence: Decimal::new(thousandths, 3),
            sku: Arc::new(Sku {
                id: Uuid::nil(),
                code: code.into(),
                name: code.to_lowercase(),
            }),
        }
    }

    fn noticed(history: &History, predicted: &[Predicted]) -> Option<(NaiveDate, Vec<String>)> {
        let today = Today {
            today: day("2026-11-22"),
            drop_threshold: Decimal::ONE,
        };
        let (on, facts) = today.noticed(&burn(7), history, predicted)?;
        let Facts::Due(due) = facts else {
            panic!("{facts:?}")
        };
        assert_eq!(due.expected.is_some(), due.pace.is_some());
        Some((on, due.skus.iter().map(|(_, sku)| sku.code.clone()).collect()))
    }

    #[test]
    fn a_predicted_order_counts_from_30_days_after_it_to_the_days_ahead_if_it_is_sure_enough() {
        let none = History::default();
        for (on, confidence, counts) in [
            ("2026-10-22", 900, false),
            ("2026-10-23", 900, true),
            ("2026-11-29", 900, true),
            ("2026-11-30", 900, false),
            ("2026-11-25", 500, true),
            ("2026-11-25", 499, false),
        ] {
            let found = noticed(&none, &[predicted(on, confidence, "A")]);
            let expected = counts.then(|| (day(on), vec!["A".to_owned()]));
            assert_eq!(found, expected, "{on} {confidence}");
        }
    }

    #[test]
    fn one_candidate_has_the_earliest_date_and_ten_products_by_date_and_code() {
        // Expected on the 18th, overdue since today.
        let late = History {
            dates: vec![24, 44, 64],
            ..History::default()
        };
        // Expected today, not overdue yet: its date does not count.
        let due = History {
            dates: vec![20, 40, 60],
            ..History::default()
        };
        let sku = [predicted("2026-11-21", 900, "A")];
        assert_eq!(noticed(&late, &[]), Some((day("2026-11-18"), vec![])));
        assert_eq!(noticed(&late, &sku).unwrap().0, day("2026-11-18"));
        assert_eq!(noticed(&due, &sku).unwrap().0, day("2026-11-21"));
        assert_eq!(noticed(&due, &[]), None);
        let mut many: Vec<_> = ('B'..='L')
            .rev()
            .map(|code| predicted("2026-11-25", 900, &code.to_string()))
            .collect();
        many.push(predicted("2026-11-24", 900, "Z"));
        let (_, codes) = noticed(&late, &many).unwrap();
        assert_eq!(codes.concat(), "ZBCDEFGHIJ");
    }
}
