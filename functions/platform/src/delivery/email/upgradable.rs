//! The stream under a dialogue that begins in clear and goes on in TLS.
//!
//! What stands behind the server's agreement to STARTTLS was said in clear, perhaps by somebody in between. The SMTP
//! client would keep it in its buffer and take it for the answers to what is said in TLS, so that a message could count
//! as sent that nobody took. Read byte by byte, the stream ends with the agreement, and whatever stands behind it meets
//! TLS, which breaks off.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, lookup_host},
    time::timeout,
};

/// What TLS begins with: a record of type handshake (RFC 8446, 5.1). No command of SMTP does.
const HANDSHAKE: u8 = 22;

/// A connection over which TLS begins later.
#[derive(Debug)]
pub struct Upgradable {
    stream: TcpStream,
    has_begun: bool,
}

impl Upgradable {
    /// Connects to the first of a server's addresses that answers, each within its time.
    ///
    /// # Errors
    /// Of the last address, or of the look-up.
    pub async fn connect(host: &str, port: u16, patience: Duration) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in lookup_host((host, port)).await? {
            match timeout(patience, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // What is written is complete, and waits for nothing.
                    stream.set_nodelay(true)?;
                    return Ok(Self {
                        stream,
                        has_begun: false,
                    });
                }
                Ok(Err(error)) => last = error,
                Err(_) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(last)
    }
}

impl AsyncTokioStream for Upgradable {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for Upgradable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.has_begun || buffer.remaining() == 0 {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut one))?;
        buffer.put_slice(one.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Upgradable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.has_begun |= bytes.first() == Some(&HANDSHAKE);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
