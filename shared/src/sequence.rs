//! Jobs that one request asks for together, one after another.

use std::{collections::HashMap, future::Future};

use anyhow::{Context, Result};
use tokio::time::Instant;

use crate::{
    config::{Config, ConfigError},
    job::Job,
    report::Answer,
    request::Request,
    run::{Runner, Watch},
};

/// Jobs in the order in which one reads what another wrote.
pub trait Sequence: Send + Sync {
    /// The one name of the sequence: binary, function, log field, documentation.
    const NAME: &'static str;

    /// Hands over each job in turn, and ends where one stops it.
    fn each<E: Each>(&self, doing: &mut E) -> impl Future<Output = Result<(), E::Stop>> + Send;
}

/// What is done with each job of a sequence.
pub trait Each: Send {
    /// Why the jobs after this one are not done.
    type Stop: Send;

    fn job<J: Job>(&mut self, job: &J) -> impl Future<Output = Result<(), Self::Stop>> + Send;
}

/// What runs each job of a sequence: made once, so that a variable that is unusable stops none of them halfway.
#[derive(Default)]
pub struct Runners(HashMap<&'static str, Runner>);

impl Runners {
    /// # Errors
    /// [`ConfigError`] of the first job whose configuration is unusable.
    pub async fn of<S: Sequence>(sequence: &S) -> Result<Self, ConfigError> {
        let mut runners = Self::default();
        sequence.each(&mut runners).await?;
        Ok(runners)
    }

    /// Runs a job. The request of those after it has this one's clock: with another, a later one might find the results
    /// of an earlier one to be of the future, or of another day.
    ///
    /// # Errors
    /// As [`Runner::run`].
    pub async fn run<J: Job>(
        &self,
        job: &J,
        request: &mut Request,
        give_up_at: Option<Instant>,
        watch: &mut impl Watch,
    ) -> Result<Answer> {
        let runner = self
            .0
            .get(J::NAME)
            .context("the sequence names other jobs each time")?;
        // Boxed, as in the faces: the compiler lays out no deeper nest of futures.
        let answer = Box::pin(runner.run(job, request, give_up_at, watch)).await?;
        if let Answer::Ran(report) = &answer {
            request.as_of = Some(report.as_of);
        }
        Ok(answer)
    }
}

impl Each for Runners {
    type Stop = ConfigError;

    async fn job<J: Job>(&mut self, _: &J) -> Result<(), ConfigError> {
        let config = Config::from_env(J::NAME)?;
        self.0.insert(J::NAME, Runner::new(config, J::NAME));
        Ok(())
    }
}

/// Why a sequence ends where a job is locked.
pub fn locked(job: &str) -> String {
    format!(
        "another run of {job} is under way, and the jobs after it read what that will write: ask again when it is done"
    )
}
