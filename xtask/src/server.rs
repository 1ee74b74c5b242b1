//! Servers as processes: whether one is alive, what a dead one left, and where a new one may listen.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{process, workspace};

/// The process in a data directory's pid file, if it is alive and indeed a server of that directory.
pub fn process(data: &Path) -> Result<Option<u32>> {
    let file = data.join("postmaster.pid");
    if !file.exists() {
        return Ok(None);
    }
    let Some(process) = pid(&workspace::read(&file)?) else {
        return Ok(None);
    };
    let ours = command_line(process).is_some_and(|line| line.contains(&*data.to_string_lossy()));
    Ok(ours.then_some(process))
}

/// Removes what a dead server left. A machine that was switched off leaves a pid file whose number may by now
/// be anybody's, and PostgreSQL would refuse to start for as long as that somebody lives.
pub fn remove_traces(data: &Path, sockets: &Path) -> Result<()> {
    workspace::remove_file(&data.join("postmaster.pid"))?;
    for path in workspace::list(sockets)? {
        if path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(".s.PGSQL."))
        {
            workspace::remove_file(&path)?;
        }
    }
    Ok(())
}

/// A port of this machine that nobody listens on at the moment.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("find a free port")?;
    Ok(listener
        .local_addr()
        .context("read the free port's number")?
        .port())
}

/// The first line of a pid file is the process; a file cut short by a full disk has none.
fn pid(file: &str) -> Option<u32> {
    file.lines().next()?.trim().parse().ok()
}

/// How a living process was called; `ps` where there is no /proc.
fn command_line(process: u32) -> Option<String> {
    if Path::new("/proc/self/cmdline").exists() {
        let line = fs::read(format!("/proc/{process}/cmdline")).ok()?;
        return Some(String::from_utf8_lossy(&line).replace('\0', " "));
    }
    process::capture(Command::new("ps").args(["-o", "command=", "-p", &process.to_string()])).ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::process::Stdio;

    use super::*;

    /// A folder of the test's own under the system's.
    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("nightshift-xtask-{name}-{}", std::process::id()));
        workspace::create_folder(&folder).expect("a folder for the test");
        folder
    }

    #[test]
    fn a_pid_file_counts_only_while_its_process_is_a_server_of_the_same_data() {
        let data = folder("pid");
        assert_eq!(process(&data).expect("no pid file"), None);
        // This test is alive, but no server of that folder.
        let file = data.join("postmaster.pid");
        workspace::write(&file, &format!("{}\n{}\n", std::process::id(), data.display())).expect("write");
        assert_eq!(process(&data).expect("a stale pid file"), None);

        let mut alive = Command::new("sh")
            .args(["-c", "echo up; read line", "--", "-D"])
            .arg(&data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process that names the folder");
        // Only then is it sure to have its words.
        let mut up = [0; 3];
        alive
            .stdout
            .take()
            .expect("its output")
            .read_exact(&mut up)
            .expect("it is up");
        workspace::write(&file, &format!("{}\n", alive.id())).expect("write");
        assert_eq!(process(&data).expect("a live one"), Some(alive.id()));
        drop(alive.stdin.take());
        alive.wait().expect("it ends with its input");
        assert_eq!(process(&data).expect("a dead one"), None);

        remove_traces(&data, &data).expect("nothing holds the file");
        assert!(!file.exists());
        workspace::remove_folder(&data).expect("remove the test's folder");
    }

    #[test]
    fn a_pid_file_without_a_number_names_nobody() {
        assert_eq!(pid("4711\n/data\n"), Some(4711));
        assert_eq!(pid(""), None);
        assert_eq!(pid("\0\0"), None);
    }
}
