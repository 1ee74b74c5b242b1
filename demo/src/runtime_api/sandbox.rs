//! One running binary: its process, the HTTP side of the Runtime API, and what it writes.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt,
    process::{ExitStatus, Stdio},
    time::Instant,
};

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::{mpsc, oneshot, watch},
    task::{JoinHandle, JoinSet},
    time,
};
use uuid::Uuid;

use super::{Function, Outcome};

const API: &str = "/2018-06-01/runtime/";

/// A running binary, the API that it talks to and what it has written.
pub struct Sandbox {
    pub child: Child,
    calls: mpsc::UnboundedReceiver<Call>,
    server: JoinHandle<()>,
    /// A file that is already unlinked. Lines written before a call to the API are surely in it by then,
    /// which a pipe and its reader would not promise.
    log: File,
    log_read: u64,
    /// The request for the next event, held open while there is none.
    pub ready: Option<Call>,
    pub fresh: bool,
}

impl Sandbox {
    pub async fn start(function: &Function) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .context("open a port for the Runtime API")?;
        let address = listener.local_addr().context("read the Runtime API's port")?;
        let log = unlinked_file().context("create the sandbox's log file")?;
        let output = || {
            log.try_clone()
                .map(Stdio::from)
                .context("share the sandbox's log file")
        };
        let child = Command::new(&function.binary)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs(&function.env)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", &function.name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string())
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .env("TZ", ":UTC")
            .stdin(Stdio::null())
            .stdout(output()?)
            .stderr(output()?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", function.binary.display()))?;
        let (send, calls) = mpsc::unbounded_channel();
        let server = tokio::spawn(serve(listener, send));
        Ok(Self {
            child,
            calls,
            server,
            log,
            log_read: 0,
            ready: None,
            fresh: true,
        })
    }

    /// Waits for the next thing that the function does, or that happens to it.
    pub async fn step(
        &mut self,
        request_id: &str,
        deadline: Instant,
        killed: &mut watch::Receiver<()>,
    ) -> Result<Step> {
        loop {
            // In this order: an answer that was given counts, whatever happened right after it.
            let call = tokio::select! {
                biased;
                Some(call) = self.calls.recv() => call,
                status = self.child.wait() => return Ok(Step::Exited(status.context("wait for the sandbox")?)),
                Ok(()) = killed.changed() => {
                    self.child.start_kill().context("kill the sandbox")?;
                    continue;
                }
                () = time::sleep_until(deadline.into()) => return Ok(Step::TimedOut),
            };
            let path = call
                .path
                .strip_prefix(API)
                .unwrap_or_default()
                .split('/')
                .collect::<Vec<_>>();
            let ended = match (&call.method, path.as_slice()) {
                (&Method::GET, ["invocation", "next"]) => return Ok(Step::Next(call)),
                (&Method::POST, ["invocation", id, "response"]) if *id == request_id => {
                    Outcome::Answer(serde_json::from_slice(&call.body).context("read the function's answer")?)
                }
                (&Method::POST, ["invocation", id, "error"]) if *id == request_id => {
                    function_error(&call.body)?
                }
                (&Method::POST, ["init", "error"]) => function_error(&call.body)?,
                _ => {
                    call.answer(status(StatusCode::NOT_FOUND));
                    continue;
                }
            };
            call.answer(status(StatusCode::ACCEPTED));
            return Ok(Step::Ended(ended));
        }
    }

    pub fn new_log_lines(&mut self) -> Result<Vec<String>> {
        let length = self.log.metadata().context("measure the sandbox's log")?.len();
        let mut bytes =
            vec![0; usize::try_from(length - self.log_read).context("measure the sandbox's log")?];
        self.log
            .read_exact_at(&mut bytes, self.log_read)
            .context("read the sandbox's log")?;
        self.log_read = length;
        Ok(String::from_utf8_lossy(&bytes)
            .lines()
            .map(str::to_owned)
            .collect())
    }

    pub fn peak_memory_kb(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        peak.trim().trim_end_matches(" kB").parse().ok()
    }
}

impl Drop for Sandbox {
    /// Closes the port. The process itself is killed when its handle is dropped.
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub enum Step {
    Next(Call),
    Ended(Outcome),
    TimedOut,
    Exited(ExitStatus),
}

/// A request of the function, answered by whoever takes it from the queue.
pub struct Call {
    method: Method,
    path: String,
    body: Bytes,
    reply: oneshot::Sender<Response<Full<Bytes>>>,
}

impl Call {
    /// Answers. When the function is no longer there to hear it, its exit is the next step.
    pub fn answer(self, response: Response<Full<Bytes>>) {
        drop(self.reply.send(response));
    }
}

async fn serve(listener: TcpListener, calls: mpsc::UnboundedSender<Call>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let calls = calls.clone();
        let service = service_fn(move |request| relay(request, calls.clone()));
        connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn relay(
    request: Request<Incoming>,
    calls: mpsc::UnboundedSender<Call>,
) -> Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .context("read the function's request")?
        .to_bytes();
    let (reply, response) = oneshot::channel();
    calls.send(Call {
        method: head.method,
        path: head.uri.path().to_owned(),
        body,
        reply,
    })?;
    Ok(response.await?)
}

fn status(code: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = code;
    response
}

fn function_error(body: &[u8]) -> Result<Outcome> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Report {
        error_type: String,
        error_message: String,
    }
    let report: Report = serde_json::from_slice(body).context("read the function's error")?;
    Ok(Outcome::FunctionError {
        error_type: report.error_type,
        message: report.error_message,
    })
}

fn unlinked_file() -> std::io::Result<File> {
    let path = std::env::temp_dir().join(format!("nightshift-{}.log", Uuid::new_v4()));
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create_new(true)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}
