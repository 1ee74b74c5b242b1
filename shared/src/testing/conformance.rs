//! What every job must hold. `conformance!(Fixture)` in a job's tests proves it for that job.
//!
//! In one file because its list of promises is what a reader looks for; each is a function of its own.

use std::{future::Future, sync::Arc};

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tokio::{sync::Notify, time::Instant};
use uuid::Uuid;

use crate::{
    job::{Job, Limit},
    report::{Answer, CHANGES_MAX, Report, Skip, Status, Totals},
    request::Request,
    run::{Runner, Watch},
    testing::{TestDb, execute, invoked, ran, scheduled, subject_id},
};

/// How to try a job: its subjects, and how to spoil one.
pub trait Fixture {
    type Job: Job;

    /// The job.
    fn job() -> Self::Job;

    /// A clock at which every seeded subject is due.
    fn as_of() -> DateTime<Utc>;

    /// Makes the subjects 1 to `count` of a tenant, with the ids of [`subject_id`], each of which the job will
    /// change something for.
    fn seed(
        connection: &mut PgConnection,
        tenant: Uuid,
        count: u32,
    ) -> impl Future<Output = Result<()>> + Send;

    /// The table, `schema.name`, and in it the column with the subject's id, of a row that is written for each
    /// subject.
    fn written() -> (&'static str, &'static str);

    /// The subjects that the job has of a tenant beside those seeded, for whom it also changes something.
    const BESIDE: u32 = 0;

    /// The table of the product in which the job notes each run, which two ways to the same end need not agree on.
    const DIARY: Option<&'static str> = None;

    /// The counters that tell how the work was parted into pages.
    const OF_PAGES: &'static [&'static str] = &[];

    /// What a seeded subject's id is in `written`'s column, and in the subject's name.
    fn subject(tenant: Uuid, n: u32) -> String {
        subject_id(tenant, n).to_string()
    }
}

/// Subjects a tenant: several pages of 3, the last of them short.
const SUBJECTS: u32 = 7;

/// Proves the conformance of a job with a test for each promise.
#[macro_export]
macro_rules! conformance {
    ($fixture:ident) => {
        $crate::conformance!($fixture:
            stands_in_the_registry(env!("CARGO_PKG_NAME"), include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))),
            a_second_run_changes_nothing(),
            every_subject_is_accounted_for(),
            pages_of_any_size_give_the_same(),
            a_crash_at_any_page_boundary_resumes_to_the_same_state(),
            a_dry_run_writes_nothing_and_counts_the_same(),
            a_poisoned_record_harms_only_itself(),
            the_deadline_stops_between_pages_and_the_next_attempt_goes_on(),
            two_at_once_do_the_work_once(),
            an_overtaken_run_writes_nothing_more(),
            another_tenants_rows_are_neither_read_nor_written(),
            the_same_event_is_one_run(),
            a_limit_counts_what_the_job_says(),
        );
    };
    ($fixture:ident: $($promise:ident($($argument:expr),*)),+ $(,)?) => {
        mod conformance {
            $(#[tokio::test]
            async fn $promise() {
                $crate::testing::conformance::$promise::<super::$fixture>($($argument),*).await;
            })+
        }
    };
}

/// The registry in the crate's Cargo.toml names the job, under its product, with its lock id.
pub async fn stands_in_the_registry<F: Fixture>(package: &str, manifest: &str) {
    assert_eq!(
        package,
        F::Job::PRODUCT,
        "a job stands in the crate of its product"
    );
    let heading = format!("[package.metadata.jobs.{}]", F::Job::NAME);
    let entry = manifest
        .split_once(&heading)
        .unwrap_or_else(|| panic!("{heading} is missing"))
        .1;
    let entry = entry.split("\n[").next().unwrap_or_default();
    let lock_id = format!("lock-id = {}", F::Job::LOCK_ID);
    assert!(
        entry.lines().any(|line| line == lock_id),
        "{heading} has no line `{lock_id}`"
    );
}

/// Two runs leave what one leaves, and the second writes no row anew.
pub async fn a_second_run_changes_nothing<F: Fixture>() {
    let (db, _) = seeded::<F>(SUBJECTS).await;
    let first = db.run(&F::job(), &invoked(F::as_of())).await;
    let (left, versions) = (state::<F>(&db).await, row_versions::<F>(&db).await);
    let second = db.run(&F::job(), &invoked(F::as_of())).await;
    assert_eq!(
        (first.status, second.status),
        (Status::Succeeded, Status::Succeeded)
    );
    assert_eq!(state::<F>(&db).await, left);
    assert_eq!(
        row_versions::<F>(&db).await,
        versions,
        "an unchanged row is not rewritten"
    );
}

/// Every subject seeded is in `total`, and `total` is `processed` plus `failed`; none and one are fine, too.
pub async fn every_subject_is_accounted_for<F: Fixture>() {
    for count in [0, 1, 3, SUBJECTS] {
        let (db, _) = seeded::<F>(count).await;
        let report = ran(db
            .runner(3)
            .run(&F::job(), &invoked(F::as_of()), None, &mut ())
            .await
            .unwrap());
        let all = u64::from(count + F::BESIDE);
        assert_eq!(
            report.totals,
            Totals {
                total: all,
                processed: all,
                failed: 0
            }
        );
        assert_eq!(report.status, Status::Succeeded);
        assert_eq!((report.tenants.total, report.tenants.processed), (1, 1));
    }
}

/// One page and pages of 1, 2, 3 and exactly all subjects leave the same and count the same; so a slice of n is
/// as good as n slices of one.
pub async fn pages_of_any_size_give_the_same<F: Fixture>() {
    let (expected, report) = undisturbed::<F>().await;
    for batch_size in [1, 2, 3, SUBJECTS] {
        let (db, _) = seeded::<F>(SUBJECTS).await;
        let paged = ran(db
            .runner(batch_size)
            .run(&F::job(), &invoked(F::as_of()), None, &mut ())
            .await
            .unwrap());
        assert_eq!(state::<F>(&db).await, expected, "pages of {batch_size}");
        assert_eq!(
            (paged.totals, counters::<F>(&paged)),
            (report.totals, counters::<F>(&report)),
            "pages of {batch_size}"
        );
    }
}

/// A run that dies at the boundary of a page goes on there when its event comes again, and reports the whole.
pub async fn a_crash_at_any_page_boundary_resumes_to_the_same_state<F: Fixture>() {
    let (expected, report) = undisturbed::<F>().await;
    for pages in 1..=3 {
        let (db, _) = seeded::<F>(SUBJECTS).await;
        let (runner, job, event) = (db.runner(3), F::job(), scheduled("event", F::as_of()));
        run_until_page(&runner, &job, &event, pages).await;
        lock_is_free::<F>(&db).await;
        let resumed = ran(runner.run(&job, &event, None, &mut ()).await.unwrap());
        assert_eq!(
            (resumed.status, resumed.attempt, resumed.resumed),
            (Status::Succeeded, 2, true)
        );
        assert_eq!(state::<F>(&db).await, expected, "after {pages} pages");
        assert_eq!(
            (resumed.totals, counters::<F>(&resumed)),
            (report.totals, counters::<F>(&report)),
            "after {pages} pages"
        );
    }
}

/// A dry run answers what a run would, shows the changes, and leaves no trace in the product's tables.
pub async fn a_dry_run_writes_nothing_and_counts_the_same<F: Fixture>() {
    let (_, report) = undisturbed::<F>().await;
    let (db, _) = seeded::<F>(SUBJECTS).await;
    let (before, versions) = (state::<F>(&db).await, row_versions::<F>(&db).await);
    let request = Request {
        dry_run: true,
        ..invoked(F::as_of())
    };
    let dry = ran(db
        .runner(3)
        .run(&F::job(), &request, None, &mut ())
        .await
        .unwrap());
    assert!(dry.dry_run);
    assert_eq!(
        (state::<F>(&db).await, row_versions::<F>(&db).await),
        (before, versions)
    );
    assert_eq!(
        (dry.status, dry.totals, counters::<F>(&dry)),
        (report.status, report.totals, counters::<F>(&report))
    );
    assert_eq!(
        dry.changes.len(),
        ((SUBJECTS + F::BESIDE) as usize).min(CHANGES_MAX)
    );
    assert!(dry.changes.iter().all(|change| change.before != change.after));
}

/// A record that the database refuses is reported, and every other subject is written as if it were not there.
pub async fn a_poisoned_record_harms_only_itself<F: Fixture>() {
    let (expected, _) = undisturbed::<F>().await;
    let (db, tenant) = seeded::<F>(SUBJECTS).await;
    let guilty = F::subject(tenant, 4);
    poison::<F>(&db, &guilty).await;
    let untouched = state::<F>(&db).await;
    let report = db.run(&F::job(), &invoked(F::as_of())).await;
    assert_eq!(report.status, Status::Partial);
    assert_eq!(
        (report.totals.failed, report.totals.processed),
        (1, u64::from(SUBJECTS + F::BESIDE) - 1)
    );
    assert!(report.errors[0].subject.ends_with(&guilty), "{:?}", report.errors);
    assert!(
        report.errors[0]
            .message
            .starts_with("write refused: raised by PL/pgSQL function"),
        "{:?}",
        report.errors
    );
    let of = |rows: &[String], mine: bool| -> Vec<String> {
        rows.iter()
            .filter(|row| row.contains(&guilty) == mine)
            .cloned()
            .collect()
    };
    let state = state::<F>(&db).await;
    assert_eq!(of(&state, false), of(&expected, false), "the others");
    assert_eq!(of(&state, true), of(&untouched, true), "the guilty one");
}

/// A run that meets its deadline between two pages says so, and the next attempt ends the work.
pub async fn the_deadline_stops_between_pages_and_the_next_attempt_goes_on<F: Fixture>() {
    let (expected, report) = undisturbed::<F>().await;
    let (db, _) = seeded::<F>(SUBJECTS).await;
    let (runner, job, event) = (db.runner(3), F::job(), scheduled("event", F::as_of()));
    let stopped = ran(runner.run(&job, &event, None, &mut Midnight).await.unwrap());
    assert_eq!((stopped.status, stopped.totals.total), (Status::Incomplete, 3));
    let resumed = ran(runner.run(&job, &event, None, &mut ()).await.unwrap());
    assert_eq!(
        (resumed.status, resumed.totals),
        (Status::Succeeded, report.totals)
    );
    assert_eq!(state::<F>(&db).await, expected);
    let no_time = ran(runner
        .run(&job, &invoked(F::as_of()), Some(Instant::now()), &mut ())
        .await
        .unwrap());
    assert_eq!(
        (no_time.status, no_time.totals.total),
        (Status::Incomplete, 0),
        "not even one page is begun"
    );
}

/// While one run works, another is told so and does nothing.
pub async fn two_at_once_do_the_work_once<F: Fixture>() {
    let (expected, _) = undisturbed::<F>().await;
    let (db, _) = seeded::<F>(SUBJECTS).await;
    let (runner, job) = (db.runner(3), F::job());
    let mut gate = Gate::default();
    let (reached, go_on) = (gate.reached.clone(), gate.go_on.clone());
    let (first_request, second_request) =
        (scheduled("event-1", F::as_of()), scheduled("event-2", F::as_of()));
    let first = runner.run(&job, &first_request, None, &mut gate);
    let second = async {
        reached.notified().await;
        let answer = runner.run(&job, &second_request, None, &mut ()).await.unwrap();
        go_on.notify_one();
        answer
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(
        second,
        Answer::Skipped {
            job: F::Job::NAME,
            reason: Skip::Locked
        }
    );
    assert_eq!(ran(first.unwrap()).status, Status::Succeeded);
    assert_eq!(state::<F>(&db).await, expected);
}

/// A run whose lock was lost while it lived is overtaken, and writes nothing from then on.
pub async fn an_overtaken_run_writes_nothing_more<F: Fixture>() {
    let (db, _) = seeded::<F>(SUBJECTS).await;
    let (runner, job) = (db.runner(1), F::job());
    let mut gate = Gate::default();
    let (reached, go_on) = (gate.reached.clone(), gate.go_on.clone());
    let request = scheduled("event-1", F::as_of());
    let overtaken = runner.run(&job, &request, None, &mut gate);
    let overtaking = async {
        reached.notified().await;
        let mut admin = db.connect().await;
        let cut = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = $1::int::oid \
                   and database = (select oid from pg_database where datname = current_database())";
        sqlx::query(cut)
            .bind(F::Job::LOCK_ID)
            .execute(&mut admin)
            .await
            .unwrap();
        lock_is_free::<F>(&db).await;
        // It does the first subject only, so that there is something left that the overtaken run could write.
        let limited = Request {
            limit: job.limit().taken(Some(1)),
            ..scheduled("event-2", F::as_of())
        };
        let report = ran(runner.run(&job, &limited, None, &mut ()).await.unwrap());
        go_on.notify_one();
        (report, state::<F>(&db).await)
    };
    let (overtaken, (overtaking, left)) = tokio::join!(overtaken, overtaking);
    let overtaken = ran(overtaken.unwrap());
    assert_eq!(overtaking.status, Status::Succeeded);
    assert_eq!(overtaken.status, Status::Failed);
    assert!(
        overtaken
            .error
            .as_ref()
            .is_some_and(|error| error.starts_with("superseded")),
        "{:?}",
        overtaken.error
    );
    assert_eq!(overtaken.totals.total, 1, "the page before");
    assert_eq!(state::<F>(&db).await, left, "nothing was written after that");
}

/// A run for one tenant leaves the others as they were, and counts none of them.
pub async fn another_tenants_rows_are_neither_read_nor_written<F: Fixture>() {
    let (expected, report) = undisturbed::<F>().await;
    let (db, _) = seeded::<F>(SUBJECTS).await;
    let other = db.tenant(F::Job::PRODUCT, "zz-other", "UTC").await;
    F::seed(&mut db.connect().await, other, 5).await.unwrap();
    let other = other.to_string();
    let theirs =
        |rows: Vec<String>| -> Vec<String> { rows.into_iter().filter(|row| row.contains(&other)).collect() };
    let before = theirs(state::<F>(&db).await);
    let request = Request {
        tenant: Some(TENANT.into()),
        ..invoked(F::as_of())
    };
    let scoped = db.run(&F::job(), &request).await;
    assert_eq!(
        (scoped.totals, &scoped.counters),
        (report.totals, &report.counters)
    );
    let after = state::<F>(&db).await;
    assert_eq!(theirs(after.clone()), before);
    let ours: Vec<String> = after.into_iter().filter(|row| !row.contains(&other)).collect();
    assert_eq!(ours, expected);
}

/// An event that comes again later is answered from its run.
pub async fn the_same_event_is_one_run<F: Fixture>() {
    let (db, tenant) = seeded::<F>(SUBJECTS).await;
    let event = scheduled("event", F::as_of());
    let first = db.run(&F::job(), &event).await;
    // What would be work for another run is none for this event.
    let late = db.tenant(F::Job::PRODUCT, "zz-late", "UTC").await;
    F::seed(&mut db.connect().await, late, 1).await.unwrap();
    let state_after_one = state::<F>(&db).await;
    let again = db.run(&F::job(), &event).await;
    assert_ne!(tenant, late);
    assert_eq!(
        Report {
            duplicate: false,
            ..again.clone()
        },
        first
    );
    assert!(again.duplicate);
    assert_eq!(state::<F>(&db).await, state_after_one);
}

/// `limit` counts the subjects of all tenants together, and a tenant behind it is not looked at; or it counts
/// those of each tenant, where that is what it means to the job.
pub async fn a_limit_counts_what_the_job_says<F: Fixture>() {
    let (db, _) = seeded::<F>(SUBJECTS).await;
    let other = db.tenant(F::Job::PRODUCT, "zz-other", "UTC").await;
    F::seed(&mut db.connect().await, other, 5).await.unwrap();
    let (ours, theirs) = (u64::from(SUBJECTS + F::BESIDE), u64::from(5 + F::BESIDE));
    for limit in [2, ours, 9, 100] {
        let (total, tenants) = match F::job().limit() {
            Limit::Unsupported(job) => {
                assert_eq!(job, F::Job::NAME);
                return;
            }
            Limit::OfRun => (limit.min(ours + theirs), if limit > ours { 2 } else { 1 }),
            // What is seeded is of one step.
            Limit::OfTenant { .. } | Limit::OfStep => (limit.min(ours) + limit.min(theirs), 2),
        };
        let request = Request {
            limit: Some(limit),
            dry_run: true,
            ..invoked(F::as_of())
        };
        let report = ran(db
            .runner(2)
            .run(&F::job(), &request, None, &mut ())
            .await
            .unwrap());
        assert_eq!(report.totals.total, total, "limit {limit}");
        assert_eq!(
            (report.status, report.tenants.processed),
            (Status::Succeeded, tenants),
            "limit {limit}"
        );
    }
}

const TENANT: &str = "a-tenant";

async fn seeded<F: Fixture>(count: u32) -> (TestDb, Uuid) {
    let db = TestDb::new().await;
    let tenant = db.tenant(F::Job::PRODUCT, TENANT, "UTC").await;
    F::seed(&mut db.connect().await, tenant, count).await.unwrap();
    (db, tenant)
}

/// What one run in one page leaves and reports: the measure of all others.
async fn undisturbed<F: Fixture>() -> (Vec<String>, Report) {
    let (db, _) = seeded::<F>(SUBJECTS).await;
    let before = state::<F>(&db).await;
    let report = db.run(&F::job(), &invoked(F::as_of())).await;
    let after = state::<F>(&db).await;
    assert_ne!(after, before, "the fixture gives the job nothing to do");
    (after, report)
}

/// The rows of the product's tables, and of the one that the fixture names where it stands elsewhere.
async fn state<F: Fixture>(db: &TestDb) -> Vec<String> {
    let mut state = db.state(F::Job::PRODUCT).await;
    let is_noted = |row: &String| F::DIARY.is_some_and(|table| row.split(' ').next() == Some(table));
    state.retain(|row| !is_noted(row));
    let (written, _) = F::written();
    if !written.starts_with(&format!("{}.", F::Job::PRODUCT)) {
        state.extend(db.rows(written).await);
    }
    state
}

/// What a run counted, whatever its pages were.
fn counters<F: Fixture>(report: &Report) -> serde_json::Value {
    let mut counters = report.counters.clone();
    if let Some(counters) = counters.as_object_mut() {
        counters.retain(|name, _| !F::OF_PAGES.contains(&name.as_str()));
    }
    counters
}

/// The transactions that wrote the rows of the fixture's table.
async fn row_versions<F: Fixture>(db: &TestDb) -> Vec<String> {
    let rows = format!("select xmin::text from {} order by 1", F::written().0);
    sqlx::query_scalar(sqlx::AssertSqlSafe(rows))
        .fetch_all(&mut db.connect().await)
        .await
        .unwrap()
}

async fn poison<F: Fixture>(db: &TestDb, guilty: &str) {
    let (table, column) = F::written();
    let mut admin = db.connect().await;
    execute(
        &mut admin,
        "create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end'",
    )
    .await;
    let trigger = format!(
        "create trigger refuse before insert or update on {table} for each row when (new.{column} = '{guilty}') \
         execute function refuse()"
    );
    execute(&mut admin, &trigger).await;
}

/// Waits until the server has noticed that the lock's owner is gone.
async fn lock_is_free<F: Fixture>(db: &TestDb) {
    let lock = F::Job::LOCK_ID;
    let mut admin = db.connect().await;
    execute(
        &mut admin,
        &format!("select pg_advisory_lock({lock}), pg_advisory_unlock({lock})"),
    )
    .await;
}

/// Runs until so many pages are done, and dies there: what it holds is dropped as a killed process drops it.
async fn run_until_page<J: Job>(runner: &Runner, job: &J, request: &Request, pages: u32) {
    let reached = Arc::new(Notify::new());
    let mut watch = DieAfter {
        pages,
        reached: reached.clone(),
    };
    tokio::select! {
        answer = runner.run(job, request, None, &mut watch) => panic!("the run ended: {answer:?}"),
        () = reached.notified() => {}
    }
}

struct DieAfter {
    pages: u32,
    reached: Arc<Notify>,
}

impl Watch for DieAfter {
    async fn page(&mut self, _so_far: Totals) {
        self.pages -= 1;
        if self.pages == 0 {
            self.reached.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

/// Stands still after the first page until it is let on.
#[derive(Default)]
struct Gate {
    open: bool,
    reached: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl Watch for Gate {
    async fn page(&mut self, _so_far: Totals) {
        if !self.open {
            self.open = true;
            self.reached.notify_one();
            self.go_on.notified().await;
        }
    }
}

/// Lets a run's whole time pass after a page.
struct Midnight;

impl Watch for Midnight {
    async fn page(&mut self, _so_far: Totals) {
        tokio::time::pause();
        tokio::time::advance(std::time::Duration::from_secs(86_400)).await;
        tokio::time::resume();
    }
}
