//! A way to the database that is longer, and counts: a socket in a folder of its own whose connections go on to
//! the server, each request a given time later. What a client asks of PostgreSQL is counted on the way.

mod reader;

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

use reader::Reader;

const CHUNK: usize = 64 * 1024;

/// Dropping it closes the socket.
pub struct Wire {
    folder: PathBuf,
    options: PgConnectOptions,
    asked: Arc<Asked>,
    closed: Arc<AtomicBool>,
}

/// What was asked of the server.
#[derive(Default)]
struct Asked {
    /// Messages `Execute` and `Query`.
    statements: AtomicU64,
    /// Transactions in which a tenant was set.
    pages: AtomicU64,
    /// The statements of these, their beginnings and ends included.
    statements_of_pages: AtomicU64,
    /// Messages `Sync` and `Query`, each of which the client waits for.
    round_trips: AtomicU64,
}

impl Wire {
    /// Opens a socket that leads to the server of `options`, over which each request takes `latency` longer.
    ///
    /// # Errors
    /// When the socket cannot be opened.
    pub fn to(options: &PgConnectOptions, latency: Duration) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("nightshift-{}", Uuid::new_v4().simple()));
        fs::create_dir(&folder).context("make a folder for the socket")?;
        let port = options.get_port();
        let listener =
            UnixListener::bind(folder.join(format!(".s.PGSQL.{port}"))).context("open the socket")?;
        let server = Server::of(options, port);
        let (asked, closed) = (Arc::<Asked>::default(), Arc::<AtomicBool>::default());
        let (counted, ended) = (asked.clone(), closed.clone());
        thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let joined = server
                    .connect()
                    .and_then(|server| join(client, server, latency, counted.clone()));
                // The client sees its connection end, and says so.
                drop(joined);
            }
        });
        Ok(Self {
            options: options.clone().socket(&folder),
            folder,
            asked,
            closed,
        })
    }

    /// The way to the database over this wire.
    pub fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// How many statements were executed.
    pub fn statements(&self) -> u64 {
        self.asked.statements.load(Ordering::Relaxed)
    }

    /// How many pages of jobs were worked through.
    pub fn pages(&self) -> u64 {
        self.asked.pages.load(Ordering::Relaxed)
    }

    /// How many statements these pages had.
    pub fn statements_of_pages(&self) -> u64 {
        self.asked.statements_of_pages.load(Ordering::Relaxed)
    }

    /// How often a client has waited for the server.
    pub fn round_trips(&self) -> u64 {
        self.asked.round_trips.load(Ordering::Relaxed)
    }
}

impl Drop for Wire {
    /// Ends the listener by one last connection. Connections under way end with their clients.
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        let socket = self.folder.join(format!(".s.PGSQL.{}", self.options.get_port()));
        drop(UnixStream::connect(socket));
        drop(fs::remove_dir_all(&self.folder));
    }
}

enum Server {
    Socket(PathBuf),
    Address(String, u16),
}

impl Server {
    fn of(options: &PgConnectOptions, port: u16) -> Self {
        match options.get_socket() {
            Some(folder) => Self::Socket(folder.join(format!(".s.PGSQL.{port}"))),
            None if options.get_host().starts_with('/') => {
                Self::Socket(PathBuf::from(options.get_host()).join(format!(".s.PGSQL.{port}")))
            }
            None => Self::Address(options.get_host().to_owned(), port),
        }
    }

    fn connect(&self) -> std::io::Result<Stream> {
        match self {
            Self::Socket(path) => UnixStream::connect(path).map(Stream::Unix),
            Self::Address(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port))?;
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
        }
    }
}

enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Stream {
    fn try_clone(&self) -> std::io::Result<Self> {
        match self {
            Self::Unix(stream) => stream.try_clone().map(Self::Unix),
            Self::Tcp(stream) => stream.try_clone().map(Self::Tcp),
        }
    }

    fn shut_down(&self) {
        // The other side may have gone first.
        drop(match self {
            Self::Unix(stream) => stream.shutdown(Shutdown::Both),
            Self::Tcp(stream) => stream.shutdown(Shutdown::Both),
        });
    }
}

impl Read for Stream {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(bytes),
            Self::Tcp(stream) => stream.read(bytes),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.write(bytes),
            Self::Tcp(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Carries both directions until either side ends. A thread each, because a timer of the runtime's is too
/// coarse for a millisecond.
fn join(client: UnixStream, server: Stream, latency: Duration, asked: Arc<Asked>) -> std::io::Result<()> {
    let client = Stream::Unix(client);
    let (mut from_client, mut to_client) = (client.try_clone()?, client);
    let (mut from_server, mut to_server) = (server.try_clone()?, server);
    let (send, requests) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut reader = Reader::default();
        while let Some(chunk) = next(&mut from_client) {
            reader.count(&chunk, &asked);
            if send.send((Instant::now() + latency, chunk)).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        for (due, chunk) in requests {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to_server.write_all(&chunk).is_err() {
                break;
            }
        }
        to_server.shut_down();
    });
    thread::spawn(move || {
        while let Some(chunk) = next(&mut from_server) {
            if to_client.write_all(&chunk).is_err() {
                break;
            }
        }
        to_client.shut_down();
    });
    Ok(())
}

fn next(stream: &mut Stream) -> Option<Vec<u8>> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return None,
            Ok(length) => {
                chunk.truncate(length);
                return Some(chunk);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}
