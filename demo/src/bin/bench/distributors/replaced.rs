//! What the replaced program did for each job, and the sizes at which it was timed.

use demo::sales::Size;

use super::{DISTRIBUTOR, JOBS};
use crate::old_way::OldWay;

/// A job at the size at which the replaced program was timed.
pub struct Comparison {
    pub job: &'static str,
    pub size: Size,
    /// The size in words.
    pub of: &'static str,
    /// The shortest and the longest time that was stated, in seconds.
    pub stated: [f64; 2],
    /// The tables that it writes, which the others write as well.
    pub tables: &'static [&'static str],
    pub floor: Option<&'static str>,
    pub old_ways: &'static [Old],
}

/// What the replaced program did for each of its subjects.
pub struct Old {
    /// Tenants and ids; the parameter is how many at most.
    pub subjects: &'static str,
    pub way: OldWay,
}

pub const COMPARISONS: [Comparison; 4] = [
    Comparison {
        job: JOBS[0],
        size: Size {
            customers_per_distributor: 1_000,
            orders_per_customer: 40,
            lines_per_order: 3,
            ..DISTRIBUTOR
        },
        of: "1,000 customers with 40 orders each",
        stated: [2.0, 5.0],
        tables: &["sales.customer", "sales.customer_type_change", "sales.\"order\""],
        floor: Some(include_str!(
            "../../../../sql/bench/update-account-types/floor.sql"
        )),
        old_ways: &[old(
            "select tenant_id, id from public.kept_customer where not is_permanently_closed order by id limit $1",
            &[
                include_str!("../../../../sql/bench/update-account-types/old_orders.sql"),
                include_str!("../../../../sql/bench/update-account-types/old_mix.sql"),
            ],
            &[include_str!(
                "../../../../sql/bench/update-account-types/old_update.sql"
            )],
            1,
        )],
    },
    Comparison {
        job: JOBS[1],
        size: Size {
            customers_per_distributor: 500,
            ..DISTRIBUTOR
        },
        of: "5,000 orders",
        stated: [3.0, 8.0],
        tables: &[
            "sales.sample_usage",
            "sales.sample_metric",
            "sales.sample_metric_sku",
        ],
        floor: None,
        old_ways: &[
            old(
                "select tenant_id, id from public.kept_sample_usage order by id limit $1",
                &[include_str!("../../../../sql/bench/sample-metrics/old_lines.sql")],
                &[include_str!(
                    "../../../../sql/bench/sample-metrics/old_update.sql"
                )],
                0,
            ),
            old(
                "select tenant_id, id from public.kept_sample_metric order by id limit $1",
                &[include_str!("../../../../sql/bench/sample-metrics/old_group.sql")],
                &[include_str!(
                    "../../../../sql/bench/sample-metrics/old_metric.sql"
                )],
                1,
            ),
            old(
                "select tenant_id, id from public.kept_sample_metric_sku order by id limit $1",
                &[include_str!("../../../../sql/bench/sample-metrics/old_sku.sql")],
                &[include_str!(
                    "../../../../sql/bench/sample-metrics/old_metric_sku.sql"
                )],
                1,
            ),
        ],
    },
    Comparison {
        job: JOBS[2],
        size: Size {
            customers_per_distributor: 500,
            orders_per_customer: 40,
            ..DISTRIBUTOR
        },
        of: "500 SKUs with 100,000 lines",
        stated: [5.0, 10.0],
        tables: &[
            "sales.sku",
            "sales.sku_demand",
            "sales.inventory_alert",
            "sales.inventory_recommendation",
            "sales.customer_sku_rate",
        ],
        floor: Some(include_str!(
            "../../../../sql/bench/calculate-burn-rates/floor.sql"
        )),
        old_ways: &[
            old(
                "select tenant_id, id from public.kept_sku where is_active order by id limit $1",
                &[
                    include_str!("../../../../sql/bench/calculate-burn-rates/old_demand.sql"),
                    include_str!("../../../../sql/bench/calculate-burn-rates/old_months.sql"),
                    include_str!("../../../../sql/bench/calculate-burn-rates/old_stock.sql"),
                ],
                &[
                    include_str!("../../../../sql/bench/calculate-burn-rates/old_update.sql"),
                    include_str!("../../../../sql/bench/calculate-burn-rates/old_figures.sql"),
                    include_str!("../../../../sql/bench/calculate-burn-rates/old_alert.sql"),
                    include_str!("../../../../sql/bench/calculate-burn-rates/old_recommendation.sql"),
                ],
                2,
            ),
            old(
                "select tenant_id, id from public.kept_customer_sku_rate order by id limit $1",
                &[include_str!(
                    "../../../../sql/bench/calculate-burn-rates/old_dates.sql"
                )],
                &[include_str!(
                    "../../../../sql/bench/calculate-burn-rates/old_rate.sql"
                )],
                1,
            ),
        ],
    },
    Comparison {
        job: JOBS[3],
        size: Size {
            customers_per_distributor: 5_000,
            ..DISTRIBUTOR
        },
        of: "5,000 customers and 8 triggers",
        stated: [5.0, 15.0],
        tables: &[
            "sales.customer",
            "sales.trigger_execution",
            "sales.task",
            "platform.notification",
            "platform.message",
        ],
        floor: None,
        old_ways: &[
            old(
                "select tenant_id, id from public.kept_customer where not is_permanently_closed order by id limit $1",
                &[
                    include_str!("../../../../sql/bench/process-triggers/old_last.sql"),
                    include_str!("../../../../sql/bench/process-triggers/old_dates.sql"),
                    include_str!("../../../../sql/bench/process-triggers/old_revenue.sql"),
                ],
                &[],
                0,
            ),
            old(
                "select tenant_id, id from public.kept_trigger_execution where run_id is not null order by id limit $1",
                &[
                    include_str!("../../../../sql/bench/process-triggers/old_customer.sql"),
                    include_str!("../../../../sql/bench/process-triggers/old_limits.sql"),
                ],
                &[
                    include_str!("../../../../sql/bench/process-triggers/old_execution.sql"),
                    include_str!("../../../../sql/bench/process-triggers/old_task.sql"),
                    include_str!("../../../../sql/bench/process-triggers/old_notification.sql"),
                    include_str!("../../../../sql/bench/process-triggers/old_message.sql"),
                ],
                1,
            ),
        ],
    },
];

/// The replaced program asked and wrote for one after the other, each time for itself.
const fn old(
    subjects: &'static str,
    reads: &'static [&'static str],
    writes: &'static [&'static str],
    rows: u64,
) -> Old {
    Old {
        subjects,
        way: OldWay {
            connections: 1,
            in_transaction: false,
            reads,
            writes,
            rows,
            sample: 500,
        },
    }
}
