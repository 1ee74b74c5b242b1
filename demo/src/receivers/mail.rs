//! A mail server that takes everything.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::Valve;

/// An e-mail that the server was handed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// As in the dialogue, without brackets.
    pub from: String,
    pub to: String,
    /// Headers and body; lines end in CRLF.
    pub data: String,
}

impl Mail {
    /// A header's value, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.data.split_once("\r\n\r\n")?;
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let prefix = format!("{name}: ");
        unfolded
            .lines()
            .find_map(|line| line.strip_prefix(&prefix).map(str::to_owned))
    }
}

/// The server: in clear, without a login, for any number of connections. It works until its runtime ends.
pub struct MailServer {
    pub port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    mails: Mutex<Vec<Mail>>,
    greeting: Valve,
    taking: Valve,
}

impl MailServer {
    /// # Errors
    /// When no port can be opened.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .context("open a port for mail")?;
        let port = listener
            .local_addr()
            .context("read the mail server's port")?
            .port();
        let state = Arc::<State>::default();
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = Arc::clone(&served);
                // Whichever side leaves, in whichever way: the connection is over.
                tokio::spawn(async move { drop(dialogue(client, &state).await) });
            }
        });
        Ok(Self { port, state })
    }

    /// Before its greeting.
    pub fn greeting(&self) -> &Valve {
        &self.state.greeting
    }

    /// Between the end of an e-mail and the word that it is taken.
    pub fn taking(&self) -> &Valve {
        &self.state.taking
    }

    /// What it was handed since it began or was last asked.
    pub fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut self.state.mails())
    }
}

impl State {
    fn mails(&self) -> MutexGuard<'_, Vec<Mail>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn dialogue(client: TcpStream, state: &State) -> Result<()> {
    client.set_nodelay(true)?;
    let mut stream = BufReader::new(client);
    state.greeting.pass().await;
    reply(&mut stream, "220 mail.test ESMTP").await?;
    let (mut from, mut to) = (String::new(), String::new());
    while let Some(line) = line(&mut stream).await? {
        let word = line.get(..4).unwrap_or_default().to_uppercase();
        match word.as_str() {
            "EHLO" => reply(&mut stream, "250 mail.test").await?,
            "MAIL" => {
                from = path(&line);
                reply(&mut stream, "250 2.1.0 Ok").await?;
            }
            "RCPT" => {
                to = path(&line);
                reply(&mut stream, "250 2.1.5 Ok").await?;
            }
            "DATA" => {
                reply(&mut stream, "354 Go ahead").await?;
                let data = data(&mut stream).await?;
                let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                state.mails().push(Mail { from, to, data });
                state.taking.pass().await;
                reply(&mut stream, "250 2.0.0 Ok: taken").await?;
            }
            "RSET" | "NOOP" => reply(&mut stream, "250 2.0.0 Ok").await?,
            "QUIT" => return reply(&mut stream, "221 2.0.0 Bye").await,
            _ => reply(&mut stream, "502 5.5.2 Unknown").await?,
        }
    }
    Ok(())
}

/// What stands in angle brackets.
fn path(line: &str) -> String {
    let path = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    path.map_or_else(String::new, |(path, _)| path.to_owned())
}

async fn reply(stream: &mut BufReader<TcpStream>, text: &str) -> Result<()> {
    let line = format!("{text}\r\n");
    stream
        .get_mut()
        .write_all(line.as_bytes())
        .await
        .context("answer")
}

/// None: the client has left.
async fn line(stream: &mut BufReader<TcpStream>) -> Result<Option<String>> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.context("read a line")?;
    Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The lines up to the lone dot, without the dots that were put before dots (RFC 5321, 4.5.2).
async fn data(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut data = String::new();
    loop {
        let line = line(stream).await?.context("the client has left")?;
        match line.strip_prefix('.') {
            Some("") => return Ok(data),
            Some(rest) => data.push_str(rest),
            None => data.push_str(&line),
        }
        data.push_str("\r\n");
    }
}
