//! A mail server of which every reply can be chosen.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};
use tokio_rustls::TlsAcceptor;

/// What the server does when it is at a step: `connect`, a command's word, or `.` for the end of a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Act {
    /// What a mail server does.
    Go,
    Reply(&'static str),
    Cut,
    Hang,
}

/// A message that the server took, or would not say whether.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    pub from: String,
    pub to: String,
    pub data: String,
    pub is_private: bool,
    /// What stood behind AUTH.
    pub login: Option<String>,
}

impl Mail {
    /// A header's value, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.data.split_once("\r\n\r\n").unwrap();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        unfolded
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
    }
}

type Plan = dyn Fn(&str, usize) -> Act + Send + Sync;

struct State {
    plan: Box<Plan>,
    tls: Option<TlsAcceptor>,
    is_implicit: bool,
    /// How often each step was reached.
    reached: Mutex<HashMap<String, usize>>,
    mails: Mutex<Vec<Mail>>,
    hung: Notify,
}

/// The server, as long as the test.
pub struct Smtp {
    pub port: u16,
    state: Arc<State>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Smtp {
    /// One that asks at each step what to do, with how often it was there before.
    pub async fn start(plan: impl Fn(&str, usize) -> Act + Send + Sync + 'static) -> Self {
        Self::with_tls(plan, None, false).await
    }

    /// One that has TLS: offered by STARTTLS, or from the start.
    pub async fn with_tls(
        plan: impl Fn(&str, usize) -> Act + Send + Sync + 'static,
        tls: Option<TlsAcceptor>,
        is_implicit: bool,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            plan: Box::new(plan),
            tls,
            is_implicit,
            reached: Mutex::default(),
            mails: Mutex::default(),
            hung: Notify::new(),
        });
        let served = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&served)));
            }
        });
        Self { port, state }
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.state.mails.lock().unwrap().clone()
    }

    pub fn reached(&self, step: &str) -> usize {
        self.state.reached.lock().unwrap().get(step).copied().unwrap_or(0)
    }

    /// Returns when the server has fallen silent.
    pub async fn hung(&self) {
        self.state.hung.notified().await;
    }
}

impl State {
    /// What to do at a step; None is to leave. A hanging server stays for ever.
    async fn act(&self, step: &str) -> Option<Option<&'static str>> {
        let before = {
            let mut reached = self.reached.lock().unwrap();
            let count = reached.entry(step.to_owned()).or_default();
            *count += 1;
            *count - 1
        };
        match (self.plan)(step, before) {
            Act::Go => Some(None),
            Act::Reply(reply) => Some(Some(reply)),
            Act::Cut => None,
            Act::Hang => {
                self.hung.notify_one();
                std::future::pending().await
            }
        }
    }
}

async fn serve(client: TcpStream, state: Arc<State>) {
    // Whichever side leaves: the connection is over.
    let _left: Option<()> = dialogue(client, &state).await;
}

async fn dialogue(client: TcpStream, state: &State) -> Option<()> {
    let mut is_private = state.is_implicit;
    let mut stream: BufReader<Box<dyn Stream>> = match (&state.tls, is_private) {
        (Some(tls), true) => BufReader::new(Box::new(tls.accept(client).await.ok()?)),
        _ => BufReader::new(Box::new(client)),
    };
    let greeting = state.act("connect").await?.unwrap_or("220 mail.test ESMTP");
    reply(&mut stream, greeting).await?;
    let (mut from, mut to, mut login) = (None, None, None);
    loop {
        let line = line(&mut stream).await?;
        let word = line.split([' ', ':']).next()?.to_uppercase();
        let rest = line.get(word.len()..)?.trim().to_owned();
        let chosen = state.act(&word).await?;
        // Where TLS is agreed to, it begins, whatever else was said.
        if let Some(chosen) = chosen.filter(|text| !(word == "STARTTLS" && text.starts_with("220"))) {
            reply(&mut stream, chosen).await?;
            continue;
        }
        match word.as_str() {
            "EHLO" if state.tls.is_some() && !is_private => {
                reply(&mut stream, "250-mail.test\r\n250 STARTTLS").await?;
            }
            "EHLO" => reply(&mut stream, "250-mail.test\r\n250 AUTH PLAIN LOGIN").await?,
            "STARTTLS" => {
                reply(&mut stream, chosen.unwrap_or("220 2.0.0 Go ahead")).await?;
                let tls = state.tls.as_ref()?.accept(stream.into_inner()).await.ok()?;
                stream = BufReader::new(Box::new(tls));
                is_private = true;
            }
            "AUTH" => {
                login = Some(rest);
                reply(&mut stream, "235 2.7.0 Welcome").await?;
            }
            "MAIL" => {
                from = Some(rest);
                reply(&mut stream, "250 2.1.0 Ok").await?;
            }
            "RCPT" => {
                to = Some(rest);
                reply(&mut stream, "250 2.1.5 Ok").await?;
            }
            "DATA" => {
                reply(&mut stream, "354 Go ahead").await?;
                let mail = Mail {
                    from: from.take()?,
                    to: to.take()?,
                    data: data(&mut stream).await?,
                    is_private,
                    login: login.clone(),
                };
                let plan = (state.plan)(".", state.reached("."));
                if !matches!(plan, Act::Reply(_)) {
                    state.mails.lock().unwrap().push(mail);
                }
                let answer = state.act(".").await?;
                reply(&mut stream, answer.unwrap_or("250 2.0.0 Ok: queued as 4F2A")).await?;
            }
            "RSET" => {
                (from, to) = (None, None);
                reply(&mut stream, "250 2.0.0 Ok").await?;
            }
            "QUIT" => {
                reply(&mut stream, "221 2.0.0 Bye").await?;
                return None;
            }
            _ => reply(&mut stream, "502 5.5.2 Unknown").await?,
        }
    }
}

impl State {
    fn reached(&self, step: &str) -> usize {
        self.reached.lock().unwrap().get(step).copied().unwrap_or(0)
    }
}

async fn reply(stream: &mut BufReader<Box<dyn Stream>>, text: &str) -> Option<()> {
    stream
        .get_mut()
        .write_all(format!("{text}\r\n").as_bytes())
        .await
        .ok()?;
    stream.get_mut().flush().await.ok()
}

async fn line(stream: &mut BufReader<Box<dyn Stream>>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end_matches("\r\n").to_owned())
}

/// A message's lines up to the lone dot, without the dots that were put before dots.
async fn data(stream: &mut BufReader<Box<dyn Stream>>) -> Option<String> {
    let mut data = String::new();
    loop {
        let line = line(stream).await?;
        assert!(line.len() <= 998, "a line is too long for SMTP");
        match line.strip_prefix('.') {
            Some("") => return Some(data),
            Some(rest) => data.push_str(rest),
            None => data.push_str(&line),
        }
        data.push_str("\r\n");
    }
}
