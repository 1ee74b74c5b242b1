//! A receiver of HTTP requests of which every answer can be chosen.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tokio_rustls::TlsAcceptor;

/// What the receiver does with a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A status line's end, with headers behind it, and no body: `204 No Content`.
    Status(String),
    /// The whole of it, as it goes over the wire; then it leaves.
    Raw(String),
    /// An answer that begins and falls silent.
    Stall(String),
    /// An answer that begins and does not end until the client has left.
    Endless(String),
    Cut,
    Hang,
    /// Answers when it is told to.
    Late(Arc<Notify>),
}

pub fn status(text: &str) -> Answer {
    Answer::Status(text.to_owned())
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub method: String,
    pub target: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    pub body: String,
}

struct State {
    plan: Box<dyn Fn(usize) -> Answer + Send + Sync>,
    tls: Option<TlsAcceptor>,
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    written: AtomicUsize,
    silent: Notify,
}

/// The receiver, as long as the test.
pub struct Receiver {
    pub port: u16,
    state: Arc<State>,
}

impl Receiver {
    /// One that asks for each request what to answer, with how many came before.
    pub async fn start(plan: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::with_tls(plan, None).await
    }

    pub async fn always(answer: Answer) -> Self {
        Self::start(move |_| answer.clone()).await
    }

    pub async fn with_tls(
        plan: impl Fn(usize) -> Answer + Send + Sync + 'static,
        tls: Option<TlsAcceptor>,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            plan: Box::new(plan),
            tls,
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            written: AtomicUsize::new(0),
            silent: Notify::new(),
        });
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(accept(client, Arc::clone(&served)));
            }
        });
        Self { port, state }
    }

    /// A path of it, by address.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.state.requests.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }

    /// Bytes of endless answers that a client has let come.
    pub fn written(&self) -> usize {
        self.state.written.load(Ordering::Relaxed)
    }

    /// Returns when the receiver has fallen silent.
    pub async fn silent(&self) {
        self.state.silent.notified().await;
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

async fn accept(client: TcpStream, state: Arc<State>) {
    state.connections.fetch_add(1, Ordering::Relaxed);
    let stream: Box<dyn Stream> = match &state.tls {
        None => Box::new(client),
        Some(tls) => match tls.accept(client).await {
            Ok(stream) => Box::new(stream),
            Err(_) => return,
        },
    };
    // Whichever side leaves: the connection is over.
    let _left: Option<()> = serve(BufReader::new(stream), &state).await;
}

async fn serve(mut stream: BufReader<Box<dyn Stream>>, state: &State) -> Option<()> {
    loop {
        let request = read(&mut stream).await?;
        let before = {
            let mut requests = state.requests.lock().unwrap();
            requests.push(request);
            requests.len() - 1
        };
        match (state.plan)(before) {
            Answer::Status(text) => {
                let answer = format!("HTTP/1.1 {text}\r\ncontent-length: 0\r\n\r\n");
                write(&mut stream, &answer).await?;
            }
            Answer::Raw(text) => {
                write(&mut stream, &text).await?;
                return None;
            }
            Answer::Stall(text) => {
                write(&mut stream, &text).await?;
                return silence(state).await;
            }
            Answer::Endless(text) => {
                write(&mut stream, &text).await?;
                let chunk = "x".repeat(1024);
                loop {
                    write(&mut stream, &chunk).await?;
                    state.written.fetch_add(chunk.len(), Ordering::Relaxed);
                }
            }
            Answer::Cut => return None,
            Answer::Hang => return silence(state).await,
            Answer::Late(told) => {
                state.silent.notify_one();
                told.notified().await;
                write(&mut stream, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?;
            }
        }
    }
}

async fn silence(state: &State) -> Option<()> {
    state.silent.notify_one();
    std::future::pending().await
}

async fn write(stream: &mut BufReader<Box<dyn Stream>>, text: &str) -> Option<()> {
    stream.get_mut().write_all(text.as_bytes()).await.ok()?;
    stream.get_mut().flush().await.ok()
}

async fn read(stream: &mut BufReader<Box<dyn Stream>>) -> Option<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        let read = stream.read_line(&mut line).await.ok()?;
        match line.trim_end() {
            _ if read == 0 => return None,
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut words = lines.first()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: HashMap<String, String> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request {
        method,
        target,
        headers,
        body: String::from_utf8(body).ok()?,
    })
}
