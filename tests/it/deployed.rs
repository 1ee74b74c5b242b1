//! What every product's jobs hold as deployed: what starts them, what they answer, whom they leave alone, and that a
//! kill costs nothing. `deployed!(Product)` proves it for a product's stage.

mod kill;

use serde_json::{Value, json};
use shared::testing::tenant_id;
use uuid::Uuid;

pub use kill::Kill;

use crate::{
    log::{checked, error},
    stage::{GYMS, Gate, Stage, as_of, rule, rule_with_id, skipped, written},
};

/// The tenants of a product's stage, in the order of jobs. They have the gyms' slugs, and so the ids that no log line
/// may hold.
pub const TENANTS: [&str; 2] = GYMS;

/// A product with its jobs, and a stage on which each of them has something to do.
pub trait Product {
    /// As in `platform.tenant.product`, and the name of the schema.
    const NAME: &'static str;
    /// The jobs and their locks, in the order of their night.
    const JOBS: &'static [(&'static str, i64)];

    /// Two tenants with the same subjects, at least three for each job.
    async fn stage() -> Stage;

    /// A job's subjects in both tenants, and what it counts when it comes in its place in the night.
    fn expected(job: &str) -> (u64, Value);

    /// The n-th subject of a job, in the order of pages, that [`written`] has a row of.
    fn subject(job: &str, tenant: Uuid, n: u32) -> Uuid;

    /// The counters of a job that begins an unfinished tenant again and does not find to do what is done.
    fn of_one_attempt(_job: &str) -> &'static [&'static str] {
        &[]
    }

    /// The subjects of a job's first page of two, where its third subject is written.
    fn before_the_third(_job: &str) -> i64 {
        2
    }
}

/// Proves what a product's jobs must hold with a test for each promise.
macro_rules! deployed {
    ($product:ident) => {
        $crate::deployed::deployed!($product:
            a_rules_event_is_answered_with_the_report_and_a_repeated_one_with_the_same,
            a_dry_run_writes_nothing_and_a_direct_request_does_what_it_said,
            an_unknown_field_is_refused_with_those_that_are_known,
            a_job_whose_lock_is_held_is_skipped_and_with_another_number_it_runs_under_that,
            a_run_for_one_tenant_leaves_the_other_byte_for_byte,
            a_tenant_of_another_product_is_not_found,
            killed_inside_the_second_page_and_called_again_it_ends_as_if_undisturbed,
        );
    };
    ($product:ident: $($promise:ident),+ $(,)?) => {
        mod deployed {
            $(#[tokio::test]
            async fn $promise() {
                $crate::deployed::$promise::<super::$product>().await;
            })+
        }
    };
}
pub(crate) use deployed;

/// Everything that a product's jobs have left behind, and whom they would tell what.
pub async fn state<P: Product>(stage: &Stage) -> Vec<String> {
    // The ids of offers are made anew each time, in their e-mails too.
    let messages = "select concat_ws(' ', 'message', job, tenant_id, channel, target, subject,
            headers ->> 'List-Unsubscribe-Post',
            case when dedupe_key = 'offer:' || (payload ->> 'offerId') then 'offer of ' || (payload ->> 'openingId')
            else dedupe_key end)
        from platform.message
        order by 1";
    let notifications =
        "select concat_ws(' ', 'notification', tenant_id, recipient_id, kind, title, dedupe_key)
        from platform.notification
        order by 1";
    let mut state = stage.db.state(P::NAME).await;
    state.extend(stage.texts(messages).await);
    state.extend(stage.texts(notifications).await);
    state
}

pub async fn a_rules_event_is_answered_with_the_report_and_a_repeated_one_with_the_same<P: Product>() {
    let stage = P::stage().await;
    for (job, _) in P::JOBS {
        let report = stage.invoke(job, &rule(job)).await.answer().unwrap().clone();
        let (subjects, counters) = P::expected(job);
        let expected = json!({
            "job": job, "runId": report["runId"], "status": "succeeded", "trigger": "schedule", "asOf": as_of(job),
            "dryRun": false, "attempt": 1, "resumed": false, "durationMs": report["durationMs"],
            "tenants": {"total": 2, "processed": 2, "failed": 0},
            "total": subjects, "processed": subjects, "failed": 0, "counters": counters,
            "errors": [], "errorsTruncated": false, "changes": [],
        });
        assert_eq!(report, expected);
        assert!(report["durationMs"].is_u64());
        let kept = format!(
            "select count(*) from platform.job_run
             where id = '{}' and status = 'succeeded' and processed = {subjects} and trigger = 'schedule'",
            report["runId"].as_str().unwrap()
        );
        assert_eq!(stage.count(&kept).await, 1);

        let left = state::<P>(&stage).await;
        let mut again = report;
        again["duplicate"] = json!(true);
        assert_eq!(stage.invoke(job, &rule(job)).await.answer().unwrap(), &again);
        assert_eq!(state::<P>(&stage).await, left);
    }
}

pub async fn a_dry_run_writes_nothing_and_a_direct_request_does_what_it_said<P: Product>() {
    let stage = P::stage().await;
    for (job, _) in P::JOBS {
        let (subjects, counters) = P::expected(job);
        let before = state::<P>(&stage).await;
        let dry = stage
            .invoke(job, &json!({"asOf": as_of(job), "dryRun": true}))
            .await;
        let dry = dry.answer().unwrap();
        assert_eq!(state::<P>(&stage).await, before, "{job}");
        assert_eq!(
            (&dry["dryRun"], &dry["counters"]),
            (&json!(true), &counters),
            "{job}"
        );
        assert_eq!(dry["changes"].as_array().unwrap().len() as u64, subjects, "{job}");

        let direct = stage.invoke(job, &json!({"asOf": as_of(job)})).await;
        let direct = direct.answer().unwrap();
        for (field, value) in [
            ("status", json!("succeeded")),
            ("trigger", json!("invoke")),
            ("asOf", json!(as_of(job))),
            ("total", json!(subjects)),
            ("counters", counters),
        ] {
            assert_eq!(direct[field], value, "{field} of {job}");
        }
        assert_ne!(state::<P>(&stage).await, before, "{job}");
    }
}

pub async fn an_unknown_field_is_refused_with_those_that_are_known<P: Product>() {
    let stage = Stage::empty().await;
    for (job, _) in P::JOBS {
        let refused = stage.invoke(job, &json!({"shopId": "alpha"})).await;
        let message =
            "unknown field 'shopId'; known fields: tenant, dryRun, limit, asOf, lockId, key, reason";
        assert_eq!(error(&refused), ("BadRequest", message), "{job}");
    }
    assert_eq!(stage.count("select count(*) from platform.job_run").await, 0);
}

/// How many sessions hold a lock.
async fn holders(stage: &Stage, lock: i64) -> i64 {
    let held = format!(
        "select count(*) from pg_locks join pg_database on pg_database.oid = pg_locks.database
         where datname = current_database() and locktype = 'advisory' and objid = {lock} and granted"
    );
    stage.count(&held).await
}

pub async fn a_job_whose_lock_is_held_is_skipped_and_with_another_number_it_runs_under_that<P: Product>() {
    for &(job, lock) in P::JOBS {
        let stage = P::stage().await;
        let mut elsewhere = stage.db.connect().await;
        shared::testing::execute(&mut elsewhere, &format!("select pg_advisory_lock({lock})")).await;
        let before = state::<P>(&stage).await;
        let locked = stage.invoke(job, &rule(job)).await;
        assert_eq!(locked.answer().unwrap(), &skipped(job, "locked"));
        assert_eq!(state::<P>(&stage).await, before);
        let kept = format!(
            "select count(*) from platform.job_run
             where job = '{job}' and status = 'skipped' and error = 'locked' and trigger = 'schedule'
             and request_id = '{}'",
            locked.request_id
        );
        assert_eq!(stage.count(&kept).await, 1);

        let variable = format!("{}_LOCK_ID", job.to_uppercase().replace('-', "_"));
        let function = stage.function(job).env(&variable, "99");
        let first = P::subject(job, tenant_id(TENANTS[0]), 1);
        let gate = Gate::before(&stage, job, first).await;
        let event = rule(job);
        let (ran, ()) = tokio::join!(function.invoke(&event), async {
            gate.reached(&stage).await;
            assert_eq!((holders(&stage, 99).await, holders(&stage, lock).await), (1, 1));
            let second = checked(job, function.invoke(&rule_with_id(job, "second")).await.unwrap());
            assert_eq!(second.answer().unwrap(), &skipped(job, "locked"));
            gate.open().await;
        });
        let ran = checked(job, ran.unwrap());
        assert_eq!(
            ran.answer().unwrap()["status"],
            "succeeded",
            "the skipped event may still be done"
        );
    }
}

/// Every row of a tenant, and of what it would tell whom, with the version that any write would change.
async fn rows<P: Product>(stage: &Stage, tenant: Uuid) -> Vec<String> {
    let tables = format!(
        "select format('%I.%I', table_schema, table_name) from information_schema.columns
         join information_schema.tables using (table_schema, table_name)
         where table_schema = '{}' and column_name = 'tenant_id' and table_type = 'BASE TABLE' order by 1",
        P::NAME
    );
    let told = ["platform.message", "platform.notification"].map(str::to_owned);
    let mut rows = Vec::new();
    for table in stage.texts(&tables).await.into_iter().chain(told) {
        let of_tenant =
            format!("select '{table} ' || xmin || t from {table} t where tenant_id = '{tenant}' order by 1");
        rows.extend(stage.texts(&of_tenant).await);
    }
    rows
}

pub async fn a_run_for_one_tenant_leaves_the_other_byte_for_byte<P: Product>() {
    let stage = P::stage().await;
    let [first, second] = TENANTS.map(tenant_id);
    for (named, other) in [(first, second), (second, first)] {
        for (job, _) in P::JOBS {
            let (own, others) = (rows::<P>(&stage, named).await, rows::<P>(&stage, other).await);
            let request = json!({"tenant": named.to_string(), "asOf": as_of(job)});
            let invocation = stage.invoke(job, &request).await;
            let report = invocation.answer().unwrap();
            assert_eq!(
                (&report["tenants"]["total"], &report["total"]),
                (&json!(1), &json!(P::expected(job).0 / 2))
            );
            assert_ne!(rows::<P>(&stage, named).await, own, "{job}");
            assert_eq!(rows::<P>(&stage, other).await, others, "{job}");
        }
    }
}

pub async fn a_tenant_of_another_product_is_not_found<P: Product>() {
    let stage = P::stage().await;
    let gym = stage.gym("gamma", 1).await;
    let before = state::<P>(&stage).await;
    for (job, _) in P::JOBS {
        for tenant in ["gamma".to_owned(), gym.to_string()] {
            let invocation = stage
                .invoke(job, &json!({"tenant": tenant, "asOf": as_of(job)}))
                .await;
            assert_eq!(
                invocation.answer().unwrap(),
                &skipped(job, "tenant not found"),
                "{tenant}"
            );
        }
    }
    assert_eq!(state::<P>(&stage).await, before);
}

pub async fn killed_inside_the_second_page_and_called_again_it_ends_as_if_undisturbed<P: Product>() {
    for &(job, lock) in P::JOBS {
        let third = P::subject(job, tenant_id(TENANTS[0]), 3);
        let kill = Kill {
            job: (job, lock),
            at: (written(job), third),
            done: P::before_the_third(job),
        };
        kill.and_call_again::<P>(|stage| stage.function(job)).await;
    }
}
