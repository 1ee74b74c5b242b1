//! The least that a Lambda function can be: it answers with its event and its surroundings. For the tests of
//! the Runtime API it also fails, panics, hangs or exits when its event says so.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    reason = "it does what functions do, also those of others"
)]

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(probe)).await
}

async fn probe(invocation: LambdaEvent<Value>) -> Result<Value, Error> {
    let event = invocation.payload;
    if let Some(text) = event["say"].as_str() {
        println!("stdout {text}");
        eprintln!("stderr {text}");
    }
    if let Some(message) = event["fail"].as_str() {
        return Err(message.into());
    }
    if let Some(message) = event["panic"].as_str() {
        panic!("{message}");
    }
    if let Some(code) = event["exit"].as_i64() {
        std::process::exit(i32::try_from(code)?);
    }
    if event["hang"] == true {
        std::future::pending::<()>().await;
    }
    Ok(json!({
        "event": event,
        "deadline": invocation.context.deadline,
        "pid": std::process::id(),
        "environment": std::env::vars().map(|(key, _)| key).collect::<std::collections::BTreeSet<_>>(),
    }))
}
