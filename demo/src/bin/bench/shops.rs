//! The shops' jobs.

use anyhow::{Context, Result};
use demo::{
    booking::{Opening, Size},
    words::thousands,
};

use crate::{
    Arguments, Part,
    contest::{self, Contest, LATENCY},
    database::{AS_OF, Filling, Server},
    median,
    old_way::OldWay,
    progress, run,
    table::{Table, megabytes},
    typed,
};

pub const PART: Part = Part {
    name: "shops",
    options: |arguments| {
        format!(
            " --customers {} --rounds {}",
            typed(&arguments.customers),
            arguments.rounds
        )
    },
    measure: |server, arguments| Box::pin(measure(server, arguments)),
};

const RECOMPUTE_SCORES: Contest = Contest {
    job: "recompute-scores",
    as_of: AS_OF,
    keep: include_str!("../../../sql/bench/recompute-scores/keep.sql"),
    kept: include_str!("../../../sql/bench/recompute-scores/kept.sql"),
    floor: include_str!("../../../sql/bench/recompute-scores/floor.sql"),
    old_way: None,
    state: include_str!("../../../sql/bench/recompute-scores/state.sql"),
};

const RESOLVE_OUTCOMES: Contest = Contest {
    job: "resolve-outcomes",
    as_of: AS_OF,
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

async fn measure(server: &Server, arguments: &Arguments) -> Result<String> {
    let mut contests = Vec::new();
    for &customers in &arguments.customers {
        contend(server, customers, arguments, &mut contests).await?;
    }
    let most = arguments
        .customers
        .iter()
        .max()
        .context("read the sizes of a shop")?;
    let offers = offer(server, *most, arguments.rounds).await?;
    Ok([contest::tables(&contests), offers.table()].join("\n"))
}

/// Measures recompute-scores on one shop of so many customers, and resolve-outcomes on small shops of which each
/// has somewhat fewer due than the most that a run takes of a shop.
async fn contend(
    server: &Server,
    customers: u32,
    arguments: &Arguments,
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
        contests.push(contest::run(server, contest, arguments, false).await?);
        server.forget().await?;
    }
    Ok(())
}

/// What expire-offers costs, which has no floor; times are the medians of the rounds.
struct Offers {
    customers: u32,
    live: u32,
    lapsed: u32,
    /// Offers and bookings that the job has dealt with.
    subjects: u64,
    seconds: f64,
    idle_seconds: f64,
    far_seconds: f64,
    pages: u64,
    own_a_page: f64,
    peak_memory_mb: f64,
}

/// More offers are not out at a time.
const MOST_OFFERED: u32 = 20_000;

/// Measures expire-offers on one shop of so many scored customers, every second of whom has an offer, of which one
/// in a hundred has lapsed.
async fn offer(server: &Server, customers: u32, rounds: u32) -> Result<Offers> {
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

impl Offers {
    fn table(&self) -> String {
        let mut table = Table::new(
            "expire-offers",
            &[
                "customers",
                "live offers",
                "lapsed of them",
                "subjects",
                "time",
                "with 1 ms more",
                "with nothing to do",
                "pages",
                "statements of its own a page",
                "peak memory",
            ],
        );
        table.row(&[
            thousands(self.customers),
            thousands(self.live),
            thousands(self.lapsed),
            thousands(self.subjects),
            format!("{:.2} s", self.seconds),
            format!("{:.2} s", self.far_seconds),
            format!("{:.2} s", self.idle_seconds),
            self.pages.to_string(),
            format!("{:.2}", self.own_a_page),
            megabytes(self.peak_memory_mb),
        ]);
        table.text()
    }
}
