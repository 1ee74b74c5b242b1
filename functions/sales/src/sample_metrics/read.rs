//! Reads samples with what was bought after them.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use shared::job::Scope;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Place, Settings,
    credit::{Bought, Given, Ledger, Moment},
    sample::{Flag, Sample},
};

/// A sample as it is read.
struct Row {
    id: Uuid,
    sampled_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    customer_id: Uuid,
    sku_id: Uuid,
    sales_rep_id: Option<Uuid>,
    quantity: i32,
    is_usage: bool,
    resulted_in_order: bool,
    converted_order_id: Option<Uuid>,
    converted_by: Option<String>,
    category: Option<String>,
    segment: Option<String>,
    next_tasting_at: Option<DateTime<Utc>>,
    /// With one of a customer's samples, all of its.
    bought: Option<Vec<Bought>>,
    given: Option<Vec<Given>>,
}

impl Settings {
    /// Reads so many samples after a place.
    pub async fn samples(
        &self,
        tx: &mut PgConnection,
        scope: &Scope<Self>,
        after: Option<Place>,
        limit: i64,
    ) -> Result<Vec<Sample>> {
        let (begin, end) = (self.starts[0], self.distributor.start_of(self.distributor.today));
        let (usages, lines) = match after {
            None => ((begin, None), (begin, None)),
            Some(Place::Usage(at, id)) => ((at, Some(id)), (begin, None)),
            Some(Place::Line(at, id)) => ((end, None), (at, Some(id))),
        };
        let mut rows = sqlx::query_file_as!(
            Row,
            "sql/sample-metrics/read.sql",
            scope.tenant.id,
            scope.as_of,
            end,
            usages.0,
            usages.1,
            lines.0,
            lines.1,
            limit,
            &self.starts,
            self.distributor.setting.sample_attribution_days
        )
        .fetch_all(tx)
        .await
        .context("read the samples")?;
        let mut ledger = Ledger::default();
        for row in &mut rows {
            let (bought, given) = (row.bought.take(), row.given.take());
            ledger.add(
                row.customer_id,
                bought.unwrap_or_default(),
                given.unwrap_or_default(),
            );
        }
        let sample = |row: Row| {
            let (first_order, revenue) = ledger.credited(Moment {
                id: row.id,
                customer_id: row.customer_id,
                sku_id: row.sku_id,
                sampled_at: row.sampled_at,
                ends_at: row.ends_at,
                next_tasting_at: row.next_tasting_at,
            });
            Sample {
                place: match row.is_usage {
                    true => Place::Usage(row.sampled_at, row.id),
                    false => Place::Line(row.sampled_at, row.id),
                },
                customer_id: row.customer_id,
                sku_id: row.sku_id,
                sales_rep_id: row.sales_rep_id,
                quantity: row.quantity,
                category: row.category,
                segment: row.segment,
                flag: Flag {
                    resulted_in_order: row.resulted_in_order,
                    converted_order_id: row.converted_order_id,
                },
                converted_by: row.converted_by,
                first_order,
                revenue,
            }
        };
        Ok(rows.into_iter().map(sample).collect())
    }
}
