//! Moto's server, which answers as AWS does, for as long as the tests run.

use std::fs::File;
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::python::{MOTO, Python};
use crate::server;
use crate::workspace::{self, Workspace};

/// How long it may take until it listens. It imports half of an SDK first, about 2 s of work.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends when its stdin does, so it never outlives an xtask that was killed.
const PROGRAM: &str = "
import os, sys, threading
def leave_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=leave_with_parent, daemon=True).start()
from moto.server import main
main(['--host', '127.0.0.1', '--port', sys.argv[1]])
";

pub struct Moto {
    child: Child,
    port: u16,
}

impl Moto {
    /// Starts it without waiting, since there is something to build in the meantime.
    pub fn start(workspace: &Workspace) -> Result<Self> {
        let python = Python::with(workspace, &MOTO)?;
        let log = workspace.target.join("tools/moto.log");
        workspace::write(&log, "")?;
        let log = File::options()
            .append(true)
            .open(&log)
            .context("open moto's log")?;
        let errors = log.try_clone().context("open moto's log")?;
        let port = server::free_port()?;
        let child = python
            .command()
            .args(["-c", PROGRAM, &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .context("start moto's server")?;
        Ok(Self { child, port })
    }

    /// Its address, once it listens there.
    pub fn url(&mut self) -> Result<String> {
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if let Some(status) = self.child.try_wait().context("look after moto's server")? {
                bail!("moto's server ended with {status}; see target/tools/moto.log");
            }
            if begun.elapsed() > PATIENCE {
                bail!("moto's server did not listen within {} s", PATIENCE.as_secs());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(format!("http://127.0.0.1:{}", self.port))
    }

    pub fn stop(mut self) -> Result<()> {
        self.child.kill().context("stop moto's server")?;
        self.child.wait().context("wait for moto's server to end")?;
        Ok(())
    }
}
