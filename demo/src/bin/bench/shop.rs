//! The shops' contests.

use anyhow::Result;
use demo::booking::{Opening, Size};

use crate::{
    contest::{self, Contest, LATENCY},
    database::{Filling, Server},
    median,
    old_way::OldWay,
    progress, run,
};

const RECOMPUTE_SCORES: Contest = Contest {
    job: "recompute-scores",
    keep: include_str!("../../../sql/bench/recompute-scores/keep.sql"),
    kept: include_str!("../../../sql/bench/recompute-scores/kept.sql"),
    floor: include_str!("../../../sql/bench/recompute-scores/floor.sql"),
    old_way: None,
    state: include_str!("../../../sql/bench/recompute-scores/state.sql"),
};

const RESOLVE_OUTCOMES: Contest = Contest {
    job: "resolve-outcomes",
    keep: include_str!("../../../sql/bench/resolve-outcomes/keep.sql"),
    kept: include_str!("../../../sql/bench/resolve-outcomes/kept.sql"),
    floor: include_str!("../../../sql/bench/resolve-outcomes/floor.sql"),
    // The original went from one appointment to the next.
    old_way: Some(OldWay {
        connections: 1,
        in_transaction: true,
        reads: &[include_str!("../../../sql/bench/resolve-outcomes/old_read.sql")],
        writes: &[
            include_str!("../../../sql/bench/resolve-outcomes/old_update.sql"),
            include_str!("../../../sql/bench/resolve-outcomes/old_event.sql"),
        ],
        rows: 2,
        sample: 2_000,
    }),
    state: include_str!("../../../sql/bench/resolve-outcomes/state.sql"),
};

/// Of one shop, whose appointments were all resolved until yesterday.
const SHOP: Size<'_> = Size {
    shops: 1,
    customers_per_shop: 0,
    appointments_per_customer: 10,
    openings: &[],
    unresolved_days: 1,
    unknown_zone: false,
};

/// Measures recompute-scores on one shop of so many customers, and resolve-outcomes on small shops of which each
/// has somewhat fewer due than the most that a run takes of a shop.
pub async fn measure(
    server: &Server,
    customers: u32,
    rounds: u32,
    contests: &mut Vec<contest::Figures>,
) -> Result<()> {
    let one_shop = Size {
        customers_per_shop: customers,
        ..SHOP
    };
    let small_shops = Size {
        shops: (customers / 500).clamp(1, 100),
        customers_per_shop: 180,
        appointments_per_customer: 5,
        // Nothing was resolved ever.
        unresolved_days: 1_000,
        ..SHOP
    };
    for (contest, size) in [(&RECOMPUTE_SCORES, one_shop), (&RESOLVE_OUTCOMES, small_shops)] {
        let Size {
            shops,
            customers_per_shop,
            ..
        } = size;
        progress(&format!(
            "{shops} × {customers_per_shop} customers: {}",
            contest.job
        ));
        server.fill(&Filling::Shops(size)).await?;
        contests.push(contest::run(server, contest, rounds, true).await?);
        server.forget().await?;
    }
    Ok(())
}

/// What expire-offers costs, which has no floor; times are the medians of the rounds.
pub struct Offers {
    pub customers: u32,
    pub live: u32,
    pub lapsed: u32,
    /// Offers and bookings that the job has dealt with.
    pub subjects: u64,
    pub seconds: f64,
    pub idle_seconds: f64,
    pub far_seconds: f64,
    pub pages: u64,
    pub own_a_page: f64,
    pub peak_memory_mb: f64,
}

/// More offers are not out at a time.
const MOST_OFFERED: u32 = 20_000;

/// Measures expire-offers on one shop of so many scored customers, every second of whom has an offer, of which one
/// in a hundred has lapsed.
pub async fn offers(server: &Server, customers: u32, rounds: u32) -> Result<Offers> {
    const JOB: &str = "expire-offers";
    let customers = customers.min(MOST_OFFERED);
    progress(&format!("{customers} customers: {JOB}"));
    let lapsed = (customers / 200).max(1);
    let live = customers / 2;
    let size = Size {
        customers_per_shop: customers,
        appointments_per_customer: 4,
        openings: &[(Opening::Live, live - lapsed), (Opening::Lapsed, lapsed)],
        ..SHOP
    };
    server.fill(&Filling::ScoredShops(size)).await?;
    let (mut seconds, mut idle_seconds, mut far_seconds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut subjects, mut pages, mut own_a_page, mut peak_memory_mb) = (0, 0, 0.0, 0_f64);
    for _ in 0..rounds {
        server.copy().await?;
        let function = server.job(JOB, None);
        let near = run::run(&function, JOB).await?;
        subjects = near.report.totals.total;
        peak_memory_mb = peak_memory_mb.max(near.peak_memory_mb);
        seconds.push(near.seconds);
        idle_seconds.push(run::idle(&function, JOB).await?.seconds);

        server.copy().await?;
        let wire = server.wire(LATENCY)?;
        far_seconds.push(run::run(&server.job(JOB, Some(&wire)), JOB).await?.seconds);
        pages = wire.pages();
        own_a_page = contest::own_a_page(&wire);
    }
    server.forget().await?;
    Ok(Offers {
        customers,
        live,
        lapsed,
        subjects,
        seconds: median(seconds),
        idle_seconds: median(idle_seconds),
        far_seconds: median(far_seconds),
        pages,
        own_a_page,
        peak_memory_mb,
    })
}
