//! Why something was noticed, with the figures.

use chrono::NaiveDate;

use super::{
    super::{
        candidate::{Candidate, Due, Facts, LowStock, money},
        figures::Pace,
    },
    cut,
};

pub fn condition(candidate: &Candidate) -> String {
    let on = candidate.condition_on;
    match &candidate.facts {
        Facts::Dormant { since, threshold } => format!(
            "The last order was delivered on {on}, {} ago. This customer is dormant from {} without an order on.",
            days(*since),
            days(*threshold)
        ),
        Facts::LowStock(stock) => of_stock(stock),
        Facts::Missed { since, pace, level } => format!(
            "The customer orders about every {} days. The next order was expected on {on}, and the last one is {} ago \
             (level {}).",
            pace.days(),
            days(*since),
            level.as_str()
        ),
        Facts::Declined { decline, .. } => format!(
            "The revenue of the last 90 days is {}. It is usually {} in 90 days: that is a decline by {} %.",
            money(decline.revenue),
            money(decline.base),
            decline.percent()
        ),
        Facts::Sample { since } => format!(
            "The sample was tasted on {on}, {} ago, and no order has come of it yet.",
            days(*since)
        ),
        Facts::FirstOrder { total, .. } => format!(
            "The first order was delivered on {on}. Its total is {}.",
            money(*total)
        ),
        Facts::Timing { .. } => {
            format!("This customer was not to be contacted before {on}. Now you may call.")
        }
        Facts::Due(due) => of_due(due),
    }
}

fn of_stock(stock: &LowStock) -> String {
    fn or_unknown(figure: Option<impl ToString>) -> String {
        figure.map_or_else(|| "unknown".to_owned(), |figure| figure.to_string())
    }
    let order = match stock.recommended {
        Some(quantity) => format!("The recommended order is {quantity} units."),
        None => "No order is recommended at present.".to_owned(),
    };
    let state = match stock.alert_type {
        "OUT_OF_STOCK" => "The product is out of stock",
        _ => "The stock is low",
    };
    format!(
        "{state} ({}, {}). Available units: {}. Reorder point: {}. Days of supply: {}. {order}",
        stock.alert_type,
        stock.severity.as_str(),
        stock.available,
        or_unknown(stock.reorder_point),
        or_unknown(stock.days_of_supply.map(|days| format!("{days:.1}")))
    )
}

fn of_due(due: &Due) -> String {
    let by_pace = |(pace, expected): (Pace, NaiveDate)| {
        format!(
            "The customer orders about every {} days: by that, the next order is expected on {expected}.",
            pace.days()
        )
    };
    let skus = due
        .skus
        .iter()
        .map(|(on, sku)| format!("{} {} on {on}", cut(&sku.code), cut(&sku.name)));
    let skus: Vec<_> = skus.collect();
    let predicted =
        (!skus.is_empty()).then(|| format!("By its own history it will order: {}.", skus.join("; ")));
    let sentences: Vec<_> = due
        .pace
        .zip(due.expected)
        .map(by_pace)
        .into_iter()
        .chain(predicted)
        .collect();
    sentences.join(" ")
}

/// `1 day`, `2 days`.
fn days(count: u32) -> String {
    match count {
        1 => "1 day".to_owned(),
        _ => format!("{count} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_day_is_no_days() {
        assert_eq!(
            (days(0), days(1), days(2)),
            ("0 days".into(), "1 day".into(), "2 days".into())
        );
    }
}
