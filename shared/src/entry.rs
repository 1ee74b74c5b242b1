//! A binary's entry: a Lambda function where Lambda's runtime API is at hand, a command otherwise.

use std::process::ExitCode;

use crate::{
    cli,
    config::{Config, ConfigError, Variables},
    job::Job,
    lambda,
    run::Runner,
};

/// Runs a job's binary. `configure` makes the job of the variables that are its own.
#[expect(clippy::print_stderr, reason = "without a runtime there is no log yet")]
pub fn main<J: Job>(configure: impl Fn(&Variables<'_>) -> Result<J, ConfigError>) -> ExitCode {
    let configured = Config::from_env(J::NAME).and_then(|config| {
        let job = configure(&Variables::of_process())?;
        Ok((job, Runner::new(config, J::NAME)))
    });
    // One thread: a run is one page after another, and a Lambda of this size has less than one core.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Err(error) => {
            eprintln!("start the runtime: {error}");
            ExitCode::FAILURE
        }
        Ok(runtime) if on_lambda() => runtime.block_on(lambda::serve(configured)),
        Ok(runtime) => runtime.block_on(cli::run(configured)),
    }
}

/// Whether this process was started by Lambda.
pub fn on_lambda() -> bool {
    std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some()
}
