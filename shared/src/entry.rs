//! A binary's entry: a Lambda function where Lambda's runtime API is at hand, a command otherwise.

use std::{future::Future, process::ExitCode};

use crate::{
    cli,
    config::{Config, ConfigError, Variables},
    lambda::{self, InOrder, OneJob},
    program::Program,
    run::Runner,
    sequence::Sequence,
};

/// Runs a program's binary. `configure` makes it of the variables that are its own.
pub fn main<P: Program>(configure: impl Fn(&Variables<'_>) -> Result<P, ConfigError>) -> ExitCode {
    let configured = Config::from_env(P::NAME).and_then(|config| {
        Ok(OneJob {
            job: configure(&Variables::of_process())?,
            runner: Runner::new(config, P::NAME),
        })
    });
    match on_lambda() {
        true => block_on(lambda::serve(configured)),
        false => block_on(cli::run(configured)),
    }
}

/// Runs the binary of jobs in their order. `configure` makes them of the variables that are their own.
pub fn main_in_order<S: Sequence>(configure: impl Fn(&Variables<'_>) -> Result<S, ConfigError>) -> ExitCode {
    let configured = configure(&Variables::of_process());
    match on_lambda() {
        true => block_on(async {
            let in_order = async { InOrder::of(configured?).await };
            lambda::serve(in_order.await).await
        }),
        false => block_on(cli::run_in_order(configured)),
    }
}

/// On one thread: a run is one page after another, and a Lambda of this size has less than one core.
#[expect(clippy::print_stderr, reason = "without a runtime there is no log yet")]
fn block_on(work: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Err(error) => {
            eprintln!("start the runtime: {error}");
            ExitCode::FAILURE
        }
        Ok(runtime) => runtime.block_on(work),
    }
}

/// Whether this process was started by Lambda.
pub fn on_lambda() -> bool {
    std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some()
}
