//! The distributors' jobs, beside what they replace at the sizes at which that was timed, and on a large one.

mod comparison;
mod large;
mod replaced;

use anyhow::Result;
use demo::sales::Size;

use crate::{Arguments, Part, database::Server, typed};

pub const PART: Part = Part {
    name: "distributors",
    options: |arguments| {
        format!(
            " --customers {} --rounds {}",
            typed(&arguments.customers),
            arguments.rounds
        )
    },
    measure: |server, arguments| Box::pin(measure(server, arguments)),
};

/// In the order in which they go by each other's results.
const JOBS: [&str; 4] = [
    "update-account-types",
    "sample-metrics",
    "calculate-burn-rates",
    "process-triggers",
];

const DISTRIBUTOR: Size = Size {
    distributors: 1,
    customers_per_distributor: 0,
    orders_per_customer: 10,
    lines_per_order: 5,
    skus_per_distributor: 500,
    unusable_trigger: false,
    unknown_zone: false,
};

async fn measure(server: &Server, arguments: &Arguments) -> Result<String> {
    let compared = comparison::all(server, arguments).await?;
    let large = large::all(server, &arguments.customers).await?;
    Ok([compared, large].join("\n"))
}
