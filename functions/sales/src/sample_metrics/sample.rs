//! A sample: a tasting, or a line of an order given for nothing; and what became of it.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::{calendar, job::Reason};
use uuid::Uuid;

use super::{Place, measure::Fact};
use crate::distributor::Distributor;

/// How a product without a category and a customer without an account type are called.
const NO_CATEGORY: &str = "UNCATEGORIZED";
const NO_SEGMENT: &str = "NONE";

/// More than any sample is or leads to: a line of it is mistyped, and would be in all sums.
const UNITS_MAX: i32 = 1_000_000;
const REVENUE_MAX: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// Who sets a flag, as the table spells the program.
const JOB: &str = "job";

/// A sample, with what was bought after it within its time.
pub struct Sample {
    pub place: Place,
    pub customer_id: Uuid,
    pub sku_id: Uuid,
    pub sales_rep_id: Option<Uuid>,
    pub quantity: i32,
    pub category: Option<String>,
    pub segment: Option<String>,
    /// What the tasting says itself. A line says nothing.
    pub flag: Flag,
    pub converted_by: Option<String>,
    pub first_order: Option<Order>,
    /// Of the lines that are credited to it.
    pub revenue: Decimal,
}

/// An order that a sample led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub id: Uuid,
    pub ordered_at: DateTime<Utc>,
}

/// Whether a tasting led to an order, and to which. Persons need not say to which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    pub resulted_in_order: bool,
    pub converted_order_id: Option<Uuid>,
}

impl Flag {
    pub fn shown(self) -> Value {
        json!({"resultedInOrder": self.resulted_in_order, "convertedOrderId": self.converted_order_id})
    }
}

impl Sample {
    /// What it led to, for the sums.
    ///
    /// # Errors
    /// When that is more than can be.
    pub fn fact(&self, distributor: &Distributor) -> Result<Fact, Reason> {
        if self.quantity > UNITS_MAX {
            return Err(format!("its quantity is above {UNITS_MAX}: correct it").into());
        }
        if self.revenue > REVENUE_MAX {
            return Err(format!("its orders come to more than {REVENUE_MAX}: correct their lines").into());
        }
        let date = |at| calendar::local_date(at, distributor.zone);
        let sampled_on = date(self.place.sampled_at());
        let days_ago = days(sampled_on, distributor.today);
        Ok(Fact {
            place: self.place,
            customer_id: self.customer_id,
            sku_id: self.sku_id,
            category: self.category.as_deref().unwrap_or(NO_CATEGORY).into(),
            segment: self.segment.as_deref().unwrap_or(NO_SEGMENT).into(),
            sales_rep_id: self.sales_rep_id,
            quantity: self.quantity,
            days_ago,
            is_converted: self.first_order.is_some()
                || self.flag.resulted_in_order && self.converted_by.as_deref() != Some(JOB),
            is_matured: i32::from(days_ago) > distributor.setting.sample_attribution_days,
            days_to_convert: self
                .first_order
                .map(|order| days(sampled_on, date(order.ordered_at))),
            revenue: self.revenue,
        })
    }

    /// Whether the tasting's flag is to be written: what a person said stands.
    pub fn needs_flag(&self) -> bool {
        let is_due = match self.converted_by.as_deref() {
            Some(JOB) => self.flag != Flag::of(self.first_order) || self.first_order.is_none(),
            Some(_) => false,
            None => !self.flag.resulted_in_order && self.first_order.is_some(),
        };
        self.place.is_usage() && is_due
    }
}

impl Flag {
    /// What a tasting says that led to this order.
    pub fn of(first_order: Option<Order>) -> Self {
        Self {
            resulted_in_order: first_order.is_some(),
            converted_order_id: first_order.map(|order| order.id),
        }
    }
}

/// From a date to a later one, of which none is further away than an attribution and a window together. None is before
/// it but where the clock is set back over midnight.
fn days(from: NaiveDate, to: NaiveDate) -> u8 {
    u8::try_from((to - from).num_days().max(0)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: Order = Order {
        id: Uuid::from_u128(1),
        ordered_at: DateTime::UNIX_EPOCH,
    };

    /// A tasting that says this.
    fn tasting(
        resulted_in_order: bool,
        order: Option<u128>,
        by: Option<&str>,
        first: Option<Order>,
    ) -> Sample {
        Sample {
            place: Place::Usage(DateTime::UNIX_EPOCH, Uuid::nil()),
            customer_id: Uuid::nil(),
            sku_id: Uuid::nil(),
            sales_rep_id: None,
            quantity: 1,
            category: None,
            segment: None,
            flag: Flag {
                resulted_in_order,
                converted_order_id: order.map(Uuid::from_u128),
            },
            converted_by: by.map(Into::into),
            first_order: first,
            revenue: Decimal::ZERO,
        }
    }

    #[test]
    fn a_flag_is_written_where_it_differs_and_no_person_set_it() {
        let (first, none) = (Some(ORDER), None);
        // Whether it is written: what it says, of which order, who said so, and the first order there is.
        let table = [
            (true, tasting(false, None, None, first)),
            (true, tasting(true, Some(2), Some("job"), first)),
            (true, tasting(true, Some(1), Some("job"), none)),
            (true, tasting(true, None, Some("job"), none)),
            (true, tasting(false, None, Some("job"), none)),
            (false, tasting(true, Some(1), Some("job"), first)),
            (false, tasting(false, None, None, none)),
            (false, tasting(false, Some(2), None, none)),
            (false, tasting(true, None, None, first)),
            (false, tasting(true, None, None, none)),
            (false, tasting(true, Some(2), Some("user"), first)),
            (false, tasting(true, Some(2), Some("user"), none)),
            (false, tasting(false, None, Some("user"), first)),
        ];
        for (n, (is_written, tasting)) in table.iter().enumerate() {
            assert_eq!(tasting.needs_flag(), *is_written, "row {n}");
        }
        let line = Sample {
            place: Place::Line(DateTime::UNIX_EPOCH, Uuid::nil()),
            ..tasting(false, None, None, first)
        };
        assert!(!line.needs_flag(), "a line says nothing");
    }

    #[test]
    fn who_says_so_converts_but_the_program_does_not_by_its_own_word() {
        let distributor = Distributor {
            zone: chrono_tz::Tz::UTC,
            today: NaiveDate::from_ymd_opt(1970, 2, 1).unwrap(),
            setting: crate::distributor::Setting::default(),
        };
        for (is_converted, tasting) in [
            (true, tasting(true, None, Some("user"), None)),
            (true, tasting(true, None, None, None)),
            (true, tasting(false, None, Some("user"), Some(ORDER))),
            (false, tasting(true, Some(1), Some("job"), None)),
            (false, tasting(false, None, Some("user"), None)),
        ] {
            let fact = tasting.fact(&distributor).unwrap();
            assert_eq!(fact.is_converted, is_converted);
            assert_eq!(fact.days_to_convert, tasting.first_order.map(|_| 0));
            assert_eq!((fact.days_ago, fact.is_matured), (31, true));
            assert_eq!((&*fact.category, &*fact.segment), ("UNCATEGORIZED", "NONE"));
        }
        let yesterday = Distributor {
            today: NaiveDate::from_ymd_opt(1970, 1, 31).unwrap(),
            ..distributor
        };
        assert!(
            !tasting(false, None, None, None)
                .fact(&yesterday)
                .unwrap()
                .is_matured,
            "on its last day"
        );
    }

    #[test]
    fn what_can_only_be_mistyped_is_the_samples_own_error() {
        let distributor = Distributor {
            zone: chrono_tz::Tz::UTC,
            today: NaiveDate::from_ymd_opt(1970, 2, 1).unwrap(),
            setting: crate::distributor::Setting::default(),
        };
        let refused = |quantity, revenue| {
            let sample = Sample {
                quantity,
                revenue,
                ..tasting(false, None, None, Some(ORDER))
            };
            sample.fact(&distributor).err()
        };
        assert_eq!(refused(UNITS_MAX, REVENUE_MAX), None);
        let units = Reason("its quantity is above 1000000: correct it".into());
        assert_eq!(refused(UNITS_MAX + 1, Decimal::ZERO), Some(units));
        let revenue = Reason("its orders come to more than 1000000000: correct their lines".into());
        assert_eq!(refused(1, REVENUE_MAX + Decimal::new(1, 2)), Some(revenue));
    }
}
