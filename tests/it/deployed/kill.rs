//! Killing a job in the middle of its work.

use demo::runtime_api::Function;
use uuid::Uuid;

use super::{Product, state};
use crate::{
    log::checked,
    resume::{assert_the_same_work, killed_when},
    stage::{Gate, Stage, rule},
};

/// Where a job is killed.
pub struct Kill {
    /// The job and its lock.
    pub job: (&'static str, i64),
    /// When it is about to write this row.
    pub at: ((&'static str, &'static str), Uuid),
    /// The subjects of the pages before.
    pub done: i64,
}

impl Kill {
    /// Kills the job on a stage where those before it in the night have been, and calls it again: it ends as one that
    /// nothing disturbed.
    pub async fn and_call_again<P: Product>(self, deploy: impl Fn(&Stage) -> Function) -> Stage {
        let (job, lock) = self.job;
        let event = rule(job);
        let undisturbed = until::<P>(job).await;
        let expected = checked(job, deploy(&undisturbed).invoke(&event).await.unwrap());
        let mut expected = expected.answer().unwrap().clone();

        let stage = until::<P>(job).await;
        let gate = Gate::on(&stage, self.at.0, self.at.1).await;
        let function = deploy(&stage);
        killed_when(job, &function, &event, gate.reached(&stage)).await;
        gate.open().await;
        stage.wait_until_unlocked(lock).await;
        let done = format!(
            "select sum(c.total)::bigint from platform.job_checkpoint c
             join platform.job_run r on r.id = c.run_id and r.job = '{job}'"
        );
        assert_eq!(stage.count(&done).await, self.done, "{job}");

        let resumed = checked(job, function.invoke(&event).await.unwrap());
        for counter in P::of_one_attempt(job) {
            let (whole, rest) = (
                &expected["counters"][counter],
                &resumed.answer().unwrap()["counters"][counter],
            );
            assert!(rest.as_u64() < whole.as_u64(), "{counter}: {rest} of {whole}");
            expected["counters"][counter] = rest.clone();
        }
        assert_the_same_work(&resumed, &expected, 2);
        assert_eq!(state::<P>(&stage).await, state::<P>(&undisturbed).await, "{job}");
        stage
    }
}

/// A stage on which the jobs before this one have been.
async fn until<P: Product>(job: &str) -> Stage {
    let stage = P::stage().await;
    for (earlier, _) in P::JOBS.iter().take_while(|(name, _)| *name != job) {
        stage.invoke(earlier, &rule(earlier)).await.answer().unwrap();
    }
    stage
}
