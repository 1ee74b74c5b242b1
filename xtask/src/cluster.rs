//! The private PostgreSQL cluster: throw-away data under cargo's target directory, reached by a socket.

mod memory;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::account::Account;
use crate::postgres::Postgres;
use crate::usage::{Usage, User};
use crate::workspace::{self, Workspace};
use crate::{process, server, url};
use memory::Memory;

/// The longest path that every system takes for a socket, with room for `/.s.PGSQL.65535`.
const LONGEST_SOCKET_FOLDER: usize = 103 - 15;

/// How long a server may take to start or to go away. A start takes about 0.1 s.
const PATIENCE: Duration = Duration::from_secs(60);

/// Written before each start. Nothing here is kept, so nothing here waits for a disk.
const CONFIGURATION: &str = include_str!("cluster/nightshift.conf");

pub struct Cluster {
    /// What is remembered between starts, and the data where its account can get there.
    home: PathBuf,
    usage: Usage,
    /// The socket's folder: private, and short whatever the workspace is called.
    sockets: PathBuf,
    /// The databases of tests.
    memory: Memory,
    account: Account,
}

impl Cluster {
    pub fn of(workspace: &Workspace) -> Result<Self> {
        let home = workspace.target.join("db");
        let mut hasher = DefaultHasher::new();
        home.hash(&mut hasher);
        let name = format!("nightshift-{:016x}", hasher.finish());
        let mut sockets = std::env::temp_dir().join(&name);
        if sockets.as_os_str().len() > LONGEST_SOCKET_FOLDER {
            sockets = Path::new("/tmp").join(&name);
        }
        Ok(Self {
            usage: Usage { home: home.clone() },
            home,
            sockets,
            memory: Memory::called(&name),
            account: Account::choose()?,
        })
    }

    /// Starts the server unless it runs, and keeps it running until [`Cluster::stop`].
    pub fn start(&self) -> Result<()> {
        let _turn = self.usage.turn()?;
        self.start_in_turn()?;
        self.usage.keep()
    }

    /// Starts the server unless it runs, for as long as the caller uses it; see [`Cluster::leave`].
    pub fn enter(&self) -> Result<User> {
        let turn = self.usage.turn()?;
        let user = self.usage.join(&turn)?;
        self.start_in_turn()?;
        Ok(user)
    }

    /// Ends one use, and the server with it when that was the last one and `db start` asked for none.
    pub fn leave(&self, user: User) -> Result<()> {
        let turn = self.usage.turn()?;
        user.end()?;
        if self.usage.is_kept() || self.usage.is_used(&turn)? {
            return Ok(());
        }
        self.stop_in_turn()
    }

    pub fn stop(&self) -> Result<()> {
        let turn = self.usage.turn()?;
        self.usage.refuse_while_used(&turn, "stop")?;
        self.stop_in_turn()
    }

    /// Stops the server, throws all data away and starts afresh.
    pub fn reset(&self) -> Result<()> {
        let turn = self.usage.turn()?;
        self.usage.refuse_while_used(&turn, "reset")?;
        self.stop_in_turn()?;
        self.forget()?;
        self.start_in_turn()?;
        self.usage.keep()
    }

    pub fn is_running(&self) -> Result<bool> {
        match Postgres::find()? {
            Some(postgres) => self.answers(&postgres),
            None => Ok(false),
        }
    }

    /// The superuser's way in over the socket.
    pub fn url(&self) -> Result<String> {
        let port = self
            .port()?
            .context("the private cluster was never started; run `cargo xtask db start`")?;
        Ok(format!(
            "postgres://postgres@localhost:{port}/postgres?host={}",
            url::encoded(&self.sockets)
        ))
    }

    /// Whether a URL leads here, to whichever database.
    pub fn is_behind(&self, url: &str) -> bool {
        url.contains(&format!("host={}", url::encoded(&self.sockets)))
    }

    pub fn data(&self) -> PathBuf {
        match self.account {
            // Another account may not be able to enter the folders above the workspace.
            Account::Other { .. } => self.sockets.join("data"),
            Account::Own | Account::Mapped => self.home.join("data"),
        }
    }

    fn log(&self) -> PathBuf {
        self.data().with_file_name("log")
    }

    fn start_in_turn(&self) -> Result<()> {
        let postgres = Postgres::find_or_install()?;
        if self.answers(&postgres)? || self.waits_until_it_answers(&postgres)? {
            return Ok(());
        }
        self.remove_stale_pid_file()?;
        self.usage.forget_to_keep()?;
        self.initialise(&postgres)?;
        let port = self.free_port()?;
        workspace::write(&self.home.join("port"), &port.to_string())?;
        self.memory.prepare(&self.account)?;
        // pg_ctl hands these words to a shell.
        let options = format!("-p {port} -k {}", process::quoted(&self.sockets));
        let started = self.pg_ctl(&postgres, &["start", "-w", "-t", "60", "-o", &options]);
        started.with_context(|| format!("start PostgreSQL; its log ends with\n{}", self.end_of_log()))?;
        self.memory
            .make_tablespace(&self.url()?, &self.account)
            .context("put the databases of tests into memory")
    }

    fn stop_in_turn(&self) -> Result<()> {
        self.usage.forget_to_keep()?;
        if self.server_process()?.is_none() {
            return self.remove_stale_pid_file();
        }
        let postgres = Postgres::find_or_install()?;
        self.pg_ctl(&postgres, &["stop", "-w", "-t", "60", "-m", "fast"])
            .context("stop PostgreSQL")?;
        self.memory.forget()
    }

    fn pg_ctl(&self, postgres: &Postgres, words: &[&str]) -> Result<()> {
        let (data, log) = (self.data(), self.log());
        let data = data.to_str().context("the target directory's path is UTF-8")?;
        let log = log.to_str().context("the target directory's path is UTF-8")?;
        let mut arguments = vec!["-D", data, "-l", log];
        arguments.extend(words);
        self.run(&postgres.program("pg_ctl"), &arguments)
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Result<()> {
        // The account need not be able to enter the folder where xtask was called.
        process::capture(self.account.command(program, arguments).current_dir("/"))?;
        Ok(())
    }

    /// Makes the data directory where there is none of this major version, and configures it.
    fn initialise(&self, postgres: &Postgres) -> Result<()> {
        let data = self.data();
        self.account.make_private(&self.sockets)?;
        let made_by = fs::read_to_string(data.join("PG_VERSION")).unwrap_or_default();
        // The configuration is written last, so a cluster without it was left half made.
        let complete = data.join("nightshift.conf").exists();
        if complete && made_by.trim() == postgres.major.to_string() {
            return self.configure();
        }
        self.forget()?;
        let data = data.to_str().context("the target directory's path is UTF-8")?;
        let mut arguments = vec!["-D", data, "--username=postgres", "--auth-local=trust"];
        arguments.extend([
            "--auth-host=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]);
        self.run(&postgres.program("initdb"), &arguments)
            .context("create the private cluster")?;
        let main = self.data().join("postgresql.conf");
        let given = workspace::read(&main)?;
        workspace::write(&main, &format!("{given}\ninclude = 'nightshift.conf'\n"))?;
        self.configure()
    }

    /// Writes the configuration, and forgets what `alter system` changed: a bench that was killed leaves a server that waits
    /// for the disk at each commit.
    fn configure(&self) -> Result<()> {
        for (name, text) in [("postgresql.auto.conf", ""), ("nightshift.conf", CONFIGURATION)] {
            let path = self.data().join(name);
            workspace::write(&path, text)?;
            self.account.give(&path)?;
        }
        Ok(())
    }

    fn forget(&self) -> Result<()> {
        workspace::remove_folder(&self.data())?;
        workspace::remove_file(&self.log())
    }

    /// Whether the server takes connections.
    fn answers(&self, postgres: &Postgres) -> Result<bool> {
        let Some(port) = self.port()? else {
            return Ok(false);
        };
        let mut question = Command::new(postgres.program("pg_isready"));
        question
            .arg("-q")
            .arg("-h")
            .arg(&self.sockets)
            .arg("-p")
            .arg(port.to_string());
        Ok(process::succeeds(&mut question))
    }

    /// A server that starts, recovers or shuts down takes no connections but still owns the data:
    /// waits until it answers, which is true, or is gone, which is false.
    fn waits_until_it_answers(&self, postgres: &Postgres) -> Result<bool> {
        let begun = Instant::now();
        while let Some(process) = self.server_process()? {
            if self.answers(postgres)? {
                return Ok(true);
            }
            if begun.elapsed() > PATIENCE {
                bail!(
                    "PostgreSQL (process {process}) holds {} but answers nobody",
                    self.data().display()
                );
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(false)
    }

    fn remove_stale_pid_file(&self) -> Result<()> {
        if self.server_process()?.is_none() {
            server::remove_traces(&self.data(), &self.sockets)?;
        }
        Ok(())
    }

    /// The server that owns the data directory, if there is one.
    fn server_process(&self) -> Result<Option<u32>> {
        server::process(&self.data())
    }

    fn port(&self) -> Result<Option<u16>> {
        let path = self.home.join("port");
        if !path.exists() {
            return Ok(None);
        }
        let port = workspace::read(&path)?;
        Ok(Some(
            port.trim()
                .parse()
                .with_context(|| format!("read a port in {}", path.display()))?,
        ))
    }

    /// The remembered port while it is free, so that URLs people copied stay good; else a new one.
    fn free_port(&self) -> Result<u16> {
        match self.port()? {
            Some(port) if TcpListener::bind(("127.0.0.1", port)).is_ok() => Ok(port),
            _ => server::free_port(),
        }
    }

    fn end_of_log(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }
}
