//! Keeps a bad subject from harming the others: a panic in a rule, a record that the database refuses.

use std::{
    cell::{Cell, RefCell},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Once,
};

use anyhow::{Context, Result};
use sqlx::{Connection, Executor, PgConnection};

use crate::{
    fault::{self, Fault},
    job::{Counters, Decision, Job, Reason, Scope},
};

/// What became of the writing of some changes.
pub struct Written<Counters> {
    pub counters: Counters,
    /// The changes that were refused, by their place in the slice, and why.
    pub refused: Vec<(usize, String)>,
}

/// Writes changes so that those the database refuses stand alone: the slice is halved under savepoints until
/// it goes through or is a single record. One bad record among n costs about 2·log2(n) writes.
///
/// # Errors
/// When the fault is not a record's.
pub async fn write<J: Job>(
    job: &J,
    tx: &mut PgConnection,
    scope: &Scope<J::Settings>,
    changes: &[J::Change],
) -> Result<Written<J::Counters>> {
    let mut written = Written {
        counters: J::Counters::default(),
        refused: Vec::new(),
    };
    // The whole slice was refused already, which is why this is called. Last in, first out: the left half goes first.
    let mut pending = halves(0..changes.len());
    while let Some(range) = pending.pop() {
        let mut savepoint = tx.begin().await.context("set a savepoint")?;
        match write_checked(job, &mut savepoint, scope, &changes[range.clone()]).await {
            Ok(counters) => {
                savepoint.commit().await.context("release the savepoint")?;
                written.counters.add(&counters);
            }
            Err(error) => {
                let Fault::Record(why) = fault::classify(&error) else {
                    return Err(error);
                };
                savepoint.rollback().await.context("roll back to the savepoint")?;
                if range.len() > 1 {
                    pending.extend(halves(range));
                    continue;
                }
                let why = format!("write refused: {why}");
                note(job, tx, scope, &changes[range.start], &why).await?;
                written.counters.add(&J::refusal());
                written.refused.push((range.start, why));
            }
        }
    }
    Ok(written)
}

/// Has the job note what was refused. A note that is refused itself is left: the run's errors name the subject anyway.
async fn note<J: Job>(
    job: &J,
    tx: &mut PgConnection,
    scope: &Scope<J::Settings>,
    change: &J::Change,
    why: &str,
) -> Result<()> {
    let mut savepoint = tx.begin().await.context("set a savepoint")?;
    match job.refused(&mut savepoint, scope, change, why).await {
        Ok(()) => savepoint.commit().await.context("release the savepoint"),
        Err(error) if matches!(fault::classify(&error), Fault::Record(_)) => {
            savepoint.rollback().await.context("roll back to the savepoint")
        }
        Err(error) => Err(error),
    }
}

/// The two halves of a range, the left one last; a range of one, or none, as it is.
fn halves(range: std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
    match range.len() {
        0 => vec![],
        1 => vec![range],
        length => {
            let middle = range.start + length / 2;
            vec![middle..range.end, range.start..middle]
        }
    }
}

/// Writes, and has deferred constraints speak now, while it is known whom they speak of.
async fn write_checked<J: Job>(
    job: &J,
    tx: &mut PgConnection,
    scope: &Scope<J::Settings>,
    changes: &[J::Change],
) -> Result<J::Counters> {
    let counters = job.write(tx, scope, changes).await?;
    tx.execute("set constraints all immediate; set constraints all deferred")
        .await
        .context("check constraints")?;
    Ok(counters)
}

thread_local! {
    static IN_RULE: Cell<bool> = const { Cell::new(false) };
    static PANICKED_AT: RefCell<Option<String>> = const { RefCell::new(None) };
}

static HOOK: Once = Once::new();

/// Decides about one subject. A panic is that subject's error; it names the place, not the panic's
/// message, which may quote a value.
pub fn decide<J: Job>(
    scope: &Scope<J::Settings>,
    row: &J::Row,
) -> Result<Decision<J::Change, J::Counters>, Reason> {
    HOOK.call_once(remember_where_rules_panic);
    IN_RULE.set(true);
    let decided = catch_unwind(AssertUnwindSafe(|| J::decide(scope, row)));
    IN_RULE.set(false);
    decided.unwrap_or_else(|_| {
        let place = PANICKED_AT.take().unwrap_or_else(|| "an unknown place".into());
        Err(Reason(format!("the rule panicked at {place}")))
    })
}

/// Panics elsewhere go to the hook that was there before.
fn remember_where_rules_panic() {
    let elsewhere = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if IN_RULE.get() {
            PANICKED_AT.set(panic.location().map(ToString::to_string));
        } else {
            elsewhere(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use uuid::Uuid;

    use super::*;
    use crate::job::{Batch, Diff, Tenant};

    #[test]
    fn a_range_is_halved_without_loss_and_the_left_half_comes_first() {
        assert_eq!(halves(4..9), [6..9, 4..6]);
        assert_eq!(halves(7..8).len(), 1, "one stays one");
        assert!(halves(3..3).is_empty());
    }

    /// A job whose subjects are numbers, and whose rule cannot do with 13.
    struct Superstitious;

    crate::counters! {
        pub struct Counted { decided: u64 }
    }

    impl Job for Superstitious {
        const NAME: &'static str = "superstitious";
        const PRODUCT: &'static str = "coaching";
        const LOCK_ID: i32 = 1;

        type Settings = ();
        type Cursor = u64;
        type Row = u64;
        type Change = ();
        type Counters = Counted;

        async fn settings(&self, _: &mut PgConnection, _: DateTime<Utc>, _: &Tenant) -> Result<()> {
            Ok(())
        }

        async fn read(
            &self,
            _: &mut PgConnection,
            _: &Scope<()>,
            _: Option<&u64>,
            limit: i64,
        ) -> Result<Batch<Self>> {
            Ok(Batch::of(vec![], limit, |row| *row))
        }

        fn subject(row: &u64) -> String {
            format!("number:{row}")
        }

        fn decide(_: &Scope<()>, row: &u64) -> Result<Decision<(), Counted>, Reason> {
            assert_ne!(*row, 13, "a name that must not be seen");
            Ok(Decision {
                change: None,
                counted: Counted { decided: 1 },
            })
        }

        async fn write(&self, _: &mut PgConnection, _: &Scope<()>, _: &[()]) -> Result<Counted> {
            Ok(Counted::default())
        }

        fn diff(_: &u64, (): &()) -> Diff {
            Diff {
                before: serde_json::Value::Null,
                after: serde_json::Value::Null,
            }
        }
    }

    #[test]
    fn a_panic_in_a_rule_is_its_subjects_error_and_names_the_place_alone() {
        let scope = Scope {
            tenant: Tenant {
                id: Uuid::nil(),
                slug: "t".into(),
                name: "T".into(),
                time_zone: "UTC".into(),
            },
            settings: (),
            as_of: DateTime::UNIX_EPOCH,
            run_id: Uuid::nil(),
            limit: None,
        };
        let Reason(why) = decide::<Superstitious>(&scope, &13).unwrap_err();
        assert!(
            why.starts_with("the rule panicked at ") && why.contains("isolate.rs"),
            "{why}"
        );
        assert!(!why.contains("must not be seen"), "{why}");
        let next = decide::<Superstitious>(&scope, &14).unwrap();
        assert_eq!(next.counted, Counted { decided: 1 }, "the next is decided");
    }
}
