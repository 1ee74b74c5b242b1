//! A Lambda Runtime API (version 2018-06-01) on a loopback port: starts a function's binary as Lambda starts
//! it and invokes it, with real deadlines, cold starts, crashes and the retries of asynchronous calls.
//!
//! One running binary is a sandbox. It serves one invocation at a time and is kept for the next one; two
//! invocations at once get a sandbox each. A sandbox that timed out, crashed or was killed never comes back.

mod sandbox;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::ExitStatus,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use http_body_util::Full;
use hyper::{Response, body::Bytes};
use sandbox::{Sandbox, Step};
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

/// How long Lambda lets a sandbox start before its first event.
const INIT_LIMIT: Duration = Duration::from_secs(10);
/// How often Lambda calls a function for one asynchronous event: once, and twice more after a failure.
const ASYNC_ATTEMPTS: usize = 3;

/// A deployed function: its binary, its configuration and the sandboxes that wait for an event.
///
/// Dropping it kills every sandbox.
pub struct Function {
    binary: PathBuf,
    name: String,
    env: BTreeMap<String, String>,
    timeout: Duration,
    memory_mb: u32,
    idle: Mutex<Vec<Sandbox>>,
    kill: watch::Sender<()>,
}

/// One attempt at one event.
#[derive(Debug)]
pub struct Invocation {
    pub request_id: String,
    pub outcome: Outcome,
    /// What the function wrote to stdout and stderr, line by line, since the invocation before.
    pub logs: Vec<String>,
    /// From the event to the request for the next one, as Lambda bills it.
    pub duration: Duration,
    /// How long the sandbox took to start, where this invocation started it.
    pub cold_start: Option<Duration>,
    /// The most memory that the sandbox held so far, where it is alive and the system tells.
    pub peak_memory_kb: Option<u64>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Answer(Value),
    FunctionError { error_type: String, message: String },
    TimedOut,
    Crashed(ExitStatus),
}

/// What became of an asynchronous event.
#[derive(Debug)]
pub struct Delivery {
    /// All with the same request id.
    pub attempts: Vec<Invocation>,
    /// The event, where no attempt answered.
    pub dead_letter: Option<Value>,
}

impl Invocation {
    /// Returns the function's answer, or an error that says what came in its place.
    pub fn answer(&self) -> Result<&Value> {
        match &self.outcome {
            Outcome::Answer(value) => Ok(value),
            Outcome::FunctionError { error_type, message } => bail!("function error {error_type}: {message}"),
            Outcome::TimedOut => bail!("the function timed out after {:?}", self.duration),
            Outcome::Crashed(status) => bail!("the function's process ended: {status}"),
        }
    }
}

impl Function {
    pub fn new(binary: impl Into<PathBuf>, name: &str) -> Self {
        Self {
            binary: binary.into(),
            name: name.to_owned(),
            env: BTreeMap::new(),
            timeout: Duration::from_secs(60),
            memory_mb: 256,
            idle: Mutex::default(),
            kill: watch::Sender::new(()),
        }
    }

    /// Sets an environment variable of the function. It sees these, `PATH` and Lambda's own, nothing else.
    pub fn env(mut self, key: &str, value: &str) -> Self {
        self.env.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Sets the function's time limit; it is told the deadline and killed when it has passed.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Sets the memory size that the function is told. It is not enforced.
    pub fn memory(mut self, mb: u32) -> Self {
        self.memory_mb = mb;
        self
    }

    /// Invokes the function once and waits for its answer.
    ///
    /// # Errors
    /// When the sandbox cannot be started or does not speak the protocol. What goes wrong inside the function
    /// is an [`Outcome`].
    pub async fn invoke(&self, event: &Value) -> Result<Invocation> {
        self.invoke_bytes(event.to_string().into()).await
    }

    /// Invokes the function once with an event that need not be JSON.
    pub async fn invoke_bytes(&self, event: Bytes) -> Result<Invocation> {
        self.attempt(&Uuid::new_v4().to_string(), event).await
    }

    /// Invokes the function as EventBridge does: the event comes again, at most twice, until it is answered.
    /// Lambda waits a minute and more between the attempts; here they follow at once.
    pub async fn invoke_async(&self, event: &Value) -> Result<Delivery> {
        let request_id = Uuid::new_v4().to_string();
        let mut attempts = Vec::new();
        while attempts.len() < ASYNC_ATTEMPTS {
            let attempt = self.attempt(&request_id, event.to_string().into()).await?;
            let answered = attempt.answer().is_ok();
            attempts.push(attempt);
            if answered {
                return Ok(Delivery {
                    attempts,
                    dead_letter: None,
                });
            }
        }
        Ok(Delivery {
            attempts,
            dead_letter: Some(event.clone()),
        })
    }

    /// Kills (SIGKILL) every sandbox, waiting or working. An invocation under way ends as a crash.
    pub fn kill(&self) {
        let mut idle = self.idle();
        self.kill.send_replace(());
        idle.clear();
    }

    async fn attempt(&self, request_id: &str, event: Bytes) -> Result<Invocation> {
        let mut killed = self.kill.subscribe();
        let mut started = Instant::now();
        let mut deadline = started + INIT_LIMIT;
        let mut cold_start = None;
        let mut outcome = None;
        let mut event = Some(event);

        let mut sandbox = match self.take_idle() {
            Some(sandbox) => sandbox,
            None => Sandbox::start(self).await?,
        };
        let ready = loop {
            let step = match sandbox.ready.take() {
                Some(ready) => Step::Next(ready),
                None => sandbox.step(request_id, deadline, &mut killed).await?,
            };
            match step {
                Step::Next(ready) => {
                    let Some(event) = event.take() else {
                        break Some(ready);
                    };
                    cold_start = sandbox.fresh.then(|| started.elapsed());
                    started = Instant::now();
                    deadline = started + self.timeout;
                    ready.answer(self.event(request_id, event)?);
                }
                Step::Ended(result) => outcome = Some(result),
                Step::TimedOut => {
                    sandbox
                        .child
                        .kill()
                        .await
                        .context("kill the sandbox at its deadline")?;
                    outcome = Some(Outcome::TimedOut);
                    break None;
                }
                Step::Exited(status) => {
                    outcome.get_or_insert(Outcome::Crashed(status));
                    break None;
                }
            }
        };

        let invocation = Invocation {
            request_id: request_id.to_owned(),
            outcome: outcome.context("the function asked for the next event and never answered this one")?,
            logs: sandbox.new_log_lines()?,
            duration: started.elapsed(),
            cold_start,
            peak_memory_kb: sandbox.peak_memory_kb(),
        };
        if ready.is_some() {
            let mut idle = self.idle();
            if !killed.has_changed()? {
                sandbox.ready = ready;
                sandbox.fresh = false;
                idle.push(sandbox);
            }
        }
        Ok(invocation)
    }

    /// Takes a sandbox that waits for an event; those that died waiting are forgotten.
    fn take_idle(&self) -> Option<Sandbox> {
        let mut idle = self.idle();
        idle.retain_mut(|sandbox| matches!(sandbox.child.try_wait(), Ok(None)));
        idle.pop()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Sandbox>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn event(&self, request_id: &str, event: Bytes) -> Result<Response<Full<Bytes>>> {
        let deadline = shared::clock::now() + self.timeout;
        let trace = request_id.replace('-', "");
        Response::builder()
            .header("Content-Type", "application/json")
            .header("Lambda-Runtime-Aws-Request-Id", request_id)
            .header("Lambda-Runtime-Deadline-Ms", deadline.timestamp_millis())
            .header(
                "Lambda-Runtime-Invoked-Function-Arn",
                format!("arn:aws:lambda:eu-central-1:000000000000:function:{}", self.name),
            )
            .header(
                "Lambda-Runtime-Trace-Id",
                format!("Root=1-{}-{};Sampled=0", &trace[..8], &trace[8..]),
            )
            .body(Full::new(event))
            .context("build the event's response")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use serde_json::json;
    use tokio::time;

    use super::*;

    /// The example `probe`, which does what its event says.
    fn probe() -> Function {
        let test = std::env::current_exe().unwrap();
        let binary = test.ancestors().nth(2).unwrap().join("examples/probe");
        assert!(
            binary.exists(),
            "{} is missing: cargo build -p demo --example probe",
            binary.display()
        );
        Function::new(binary, "probe")
    }

    #[tokio::test]
    async fn starts_cold_once_and_stays_warm() {
        let probe = probe();
        let first = probe.invoke(&json!({"say": "one"})).await.unwrap();
        let second = probe.invoke(&json!({"say": "two"})).await.unwrap();
        assert_eq!(first.answer().unwrap()["event"], json!({"say": "one"}));
        assert_eq!(second.answer().unwrap()["event"], json!({"say": "two"}));
        assert!(first.cold_start.is_some() && second.cold_start.is_none());
        assert_ne!(first.request_id, second.request_id);
        assert!(second.peak_memory_kb.is_some_and(|kb| kb > 0));
    }

    #[tokio::test]
    async fn tells_the_function_its_deadline_and_nothing_of_our_environment() {
        let probe = probe()
            .env("GIVEN", "yes")
            .timeout(Duration::from_secs(7))
            .memory(512);
        let before = shared::clock::now().timestamp_millis();
        let answer = probe.invoke(&json!({})).await.unwrap().answer().unwrap().clone();
        let remaining = answer["deadline"].as_i64().unwrap() - before;
        assert!((7_000..9_000).contains(&remaining), "{remaining} ms");
        assert_eq!(
            answer["environment"],
            json!([
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                "AWS_LAMBDA_FUNCTION_NAME",
                "AWS_LAMBDA_FUNCTION_VERSION",
                "AWS_LAMBDA_LOG_FORMAT",
                "AWS_LAMBDA_RUNTIME_API",
                "GIVEN",
                "PATH",
                "TZ",
                "_X_AMZN_TRACE_ID"
            ])
        );
    }

    #[tokio::test]
    async fn an_invocation_has_its_own_log_lines() {
        let probe = probe();
        let first = probe.invoke(&json!({"say": "one"})).await.unwrap();
        let second = probe.invoke(&json!({"say": "two"})).await.unwrap();
        assert_eq!(first.logs, ["stdout one", "stderr one"]);
        assert_eq!(second.logs, ["stdout two", "stderr two"]);
    }

    #[tokio::test]
    async fn an_error_and_a_panic_are_the_functions_own_and_keep_it_warm() {
        let probe = probe();
        let error = probe.invoke(&json!({"fail": "no such gym"})).await.unwrap();
        let panic = probe
            .invoke(&json!({"panic": "index out of bounds"}))
            .await
            .unwrap();
        for (invocation, wanted) in [(&error, "no such gym"), (&panic, "index out of bounds")] {
            let Outcome::FunctionError { message, .. } = &invocation.outcome else {
                panic!("{invocation:?}")
            };
            assert!(message.contains(wanted), "{message}");
        }
        assert!(panic.cold_start.is_none());
    }

    #[tokio::test]
    async fn kills_at_the_time_limit_and_starts_anew() {
        let probe = probe().timeout(Duration::from_secs(1));
        let hung = probe
            .invoke(&json!({"hang": true, "say": "last words"}))
            .await
            .unwrap();
        assert_eq!(hung.outcome, Outcome::TimedOut);
        assert_eq!(hung.logs, ["stdout last words", "stderr last words"]);
        let next = probe.invoke(&json!({})).await.unwrap();
        assert!(next.answer().is_ok() && next.cold_start.is_some());
    }

    #[tokio::test]
    async fn is_killed_from_another_task_working_or_waiting() {
        let probe = probe();
        let event = json!({"hang": true});
        let (hung, ()) = tokio::join!(probe.invoke(&event), async { probe.kill() });
        let Outcome::Crashed(status) = hung.unwrap().outcome else {
            panic!("not a crash")
        };
        assert_eq!(status.signal(), Some(9));
        probe.invoke(&json!({})).await.unwrap().answer().unwrap();
        probe.kill();
        assert!(probe.invoke(&json!({})).await.unwrap().cold_start.is_some());
    }

    #[tokio::test]
    async fn two_at_once_get_a_sandbox_each() {
        let probe = probe();
        let event = json!({});
        let (one, two) = tokio::join!(probe.invoke(&event), probe.invoke(&event));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(one.cold_start.is_some() && two.cold_start.is_some());
        assert_ne!(one.answer().unwrap()["pid"], two.answer().unwrap()["pid"]);
    }

    #[tokio::test]
    async fn an_asynchronous_event_comes_three_times_and_goes_to_the_dead_letters() {
        let probe = probe();
        let answered = probe.invoke_async(&json!({"say": "hello"})).await.unwrap();
        assert_eq!((answered.attempts.len(), answered.dead_letter), (1, None));

        let event = json!({"exit": 3});
        let dead = probe.invoke_async(&event).await.unwrap();
        assert_eq!(dead.attempts.len(), 3);
        for attempt in &dead.attempts {
            assert_eq!(attempt.request_id, dead.attempts[0].request_id);
            let Outcome::Crashed(status) = &attempt.outcome else {
                panic!("{attempt:?}")
            };
            assert_eq!(status.code(), Some(3));
        }
        assert_eq!(dead.dead_letter, Some(event));
    }

    #[tokio::test]
    async fn a_binary_that_ends_before_its_first_event_has_crashed() {
        let status = Function::new("/bin/false", "false")
            .invoke(&json!({}))
            .await
            .unwrap()
            .outcome;
        assert!(matches!(status, Outcome::Crashed(status) if status.code() == Some(1)));
    }

    #[tokio::test]
    async fn a_binary_that_is_not_there_is_our_error() {
        let error = Function::new("/nowhere/at-all", "none")
            .invoke(&json!({}))
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "start /nowhere/at-all");
    }

    #[tokio::test]
    async fn nothing_outlives_the_function() {
        let probe = probe();
        let pid = probe.invoke(&json!({})).await.unwrap().answer().unwrap()["pid"].clone();
        drop(probe);
        // SIGKILL is sent at once; dying and being reaped takes the system and the runtime a moment.
        let gone = async {
            while std::fs::exists(format!("/proc/{pid}")).unwrap() {
                tokio::task::yield_now().await;
            }
        };
        time::timeout(Duration::from_secs(5), gone).await.unwrap();
    }
}
