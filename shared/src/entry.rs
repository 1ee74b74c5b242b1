//! A binary's entry: a Lambda function where Lambda's runtime API is at hand, a command otherwise.

use std::process::ExitCode;

use crate::{cli, job::Job, lambda};

/// Runs a job's binary.
#[expect(clippy::print_stderr, reason = "without a runtime there is no log yet")]
pub fn main<J: Job>(job: J) -> ExitCode {
    // One thread: a run is one page after another, and a Lambda of this size has less than one core.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Err(error) => {
            eprintln!("start the runtime: {error}");
            ExitCode::FAILURE
        }
        Ok(runtime) if on_lambda() => runtime.block_on(lambda::serve(job)),
        Ok(runtime) => runtime.block_on(cli::run(job)),
    }
}

/// Whether this process was started by Lambda.
pub fn on_lambda() -> bool {
    std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some()
}
