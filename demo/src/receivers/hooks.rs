//! A receiver of webhooks that answers as it is told.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Empty};
use hyper::{
    HeaderMap, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::Valve;

/// A request that the receiver was handed.
#[derive(Debug, Clone)]
pub struct Hook {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Hook {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The receiver, for any number of connections. It works until its runtime ends.
pub struct HookReceiver {
    pub port: u16,
    state: Arc<State>,
}

struct State {
    answer: Box<dyn Fn(&Hook) -> StatusCode + Send + Sync>,
    hooks: Mutex<Vec<Hook>>,
    answering: Valve,
}

impl HookReceiver {
    /// Starts a receiver that answers each request by the status that it is told.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn start(answer: impl Fn(&Hook) -> StatusCode + Send + Sync + 'static) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .context("open a port for webhooks")?;
        let port = listener.local_addr().context("read the receiver's port")?.port();
        let state = Arc::new(State {
            answer: Box::new(answer),
            hooks: Mutex::default(),
            answering: Valve::default(),
        });
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = Arc::clone(&served);
                let service = service_fn(move |request| take(Arc::clone(&state), request));
                // Whichever side leaves, in whichever way: the connection is over.
                let connection = http1::Builder::new().serve_connection(TokioIo::new(client), service);
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        Ok(Self { port, state })
    }

    /// Between a request and its answer.
    pub fn answering(&self) -> &Valve {
        &self.state.answering
    }

    /// Where it takes requests with this path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What it was handed since it began or was last asked.
    pub fn take(&self) -> Vec<Hook> {
        std::mem::take(&mut self.state.hooks())
    }
}

impl State {
    fn hooks(&self) -> MutexGuard<'_, Vec<Hook>> {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn take(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let mut response = Response::new(Empty::new());
    let Ok(body) = body.collect().await else {
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(response);
    };
    let hook = Hook {
        path: head.uri.path().to_owned(),
        headers: head.headers,
        body: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
    };
    *response.status_mut() = (state.answer)(&hook);
    state.hooks().push(hook);
    state.answering.pass().await;
    Ok(response)
}
