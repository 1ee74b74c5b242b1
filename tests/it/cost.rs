//! What a page asks of the database: statements, counted on their way there.

use std::time::Duration;

use demo::wire::Wire;
use shared::testing::execute;
use sqlx::ConnectOptions;

use crate::stage::{JOBS, Stage, rule};

/// `BEGIN`, the guard, one read, three writes of which the checkpoint is one, `COMMIT`.
const MOST_A_PAGE: u64 = 7;

const MEMBERS: u32 = 30;

/// The statements of one run in pages of so many members, of whom each third has left.
async fn statements(job: &str, batch_size: u32) -> u64 {
    let stage = Stage::empty().await;
    stage.gym("alpha", MEMBERS).await;
    let leave = "update coaching.member set status = 'cancelled'
        where id in (select id from (select id, row_number() over (order by id) as n from coaching.member) as m where n % 3 = 0)";
    execute(&mut stage.db.connect().await, leave).await;
    stage.until(job).await;
    let wire = Wire::to(&stage.db.options(), Duration::ZERO).unwrap();
    let function = stage
        .function(job)
        .env("DATABASE_URL", wire.options().to_url_lossy().as_str())
        .env("BATCH_SIZE", &batch_size.to_string());
    let invocation = function.invoke(&rule(job)).await.unwrap();
    assert!(
        invocation.answer().unwrap()["total"].as_u64() >= Some(20),
        "{invocation:?}"
    );
    wire.statements()
}

#[tokio::test]
async fn a_page_costs_one_read_and_three_writes_at_most() {
    for (job, _) in JOBS {
        // 20 members make seven and three pages, 30 make eleven and four.
        let (small, large) = (statements(job, 3).await, statements(job, 8).await);
        let pages = |batch_size: u64| match job {
            "commitment-scores" => 30 / batch_size + 1,
            _ => 20 / batch_size + 1,
        };
        let (asked, more_pages) = (small - large, pages(3) - pages(8));
        assert!(
            asked <= MOST_A_PAGE * more_pages,
            "{job}: {asked} statements for {more_pages} more pages"
        );
        // Each page of these has something to write.
        assert!(
            asked >= (MOST_A_PAGE - 1) * more_pages,
            "{job}: {asked} statements are too few to be true"
        );
    }
}
