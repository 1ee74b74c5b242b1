//! Who uses the private cluster. Several xtasks may want it at once: one of them at a time starts or stops
//! it, and the last one to leave is the one who may stop it. The locks end with the process that holds them,
//! however that ends.

use std::fs::{File, TryLockError};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::workspace;

pub struct Usage {
    /// Where the lock files are.
    pub home: PathBuf,
}

/// One use of the cluster.
pub struct User {
    shared: File,
}

/// The turn to start or stop the server; nobody comes or goes meanwhile.
pub struct Turn {
    _exclusive: File,
}

impl Usage {
    pub fn turn(&self) -> Result<Turn> {
        let lock = workspace::lock_file(&self.home.join("lock"))?;
        lock.lock()
            .context("wait for another xtask to start or stop the private cluster")?;
        Ok(Turn { _exclusive: lock })
    }

    /// Joins the users. The turn is asked for because they are counted in one.
    pub fn join(&self, _turn: &Turn) -> Result<User> {
        let users = self.users()?;
        users
            .lock_shared()
            .context("join the users of the private cluster")?;
        Ok(User { shared: users })
    }

    pub fn is_used(&self, _turn: &Turn) -> Result<bool> {
        let users = self.users()?;
        match users.try_lock() {
            Ok(()) => {
                users.unlock().context("look for users of the private cluster")?;
                Ok(false)
            }
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error).context("look for users of the private cluster"),
        }
    }

    pub fn refuse_while_used(&self, turn: &Turn, verb: &str) -> Result<()> {
        if self.is_used(turn)? {
            bail!("cannot {verb} the private cluster: another xtask is using it");
        }
        Ok(())
    }

    /// Remembers that somebody asked for the server by itself, so that it outlives its users.
    pub fn keep(&self) -> Result<()> {
        workspace::write(
            &self.kept(),
            "`cargo xtask db stop` ends what `cargo xtask db start` began.\n",
        )
    }

    pub fn forget_to_keep(&self) -> Result<()> {
        workspace::remove_file(&self.kept())
    }

    pub fn is_kept(&self) -> bool {
        self.kept().exists()
    }

    fn kept(&self) -> PathBuf {
        self.home.join("kept")
    }

    fn users(&self) -> Result<File> {
        workspace::lock_file(&self.home.join("users"))
    }
}

impl User {
    /// Ends the use now. Closing the file would end it when the last copy is closed, and a process that is just
    /// being started has copies of all files.
    pub fn end(self) -> Result<()> {
        self.shared
            .unlock()
            .context("leave the users of the private cluster")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_used_until_the_last_user_leaves() {
        let home = std::env::temp_dir().join(format!("nightshift-xtask-usage-{}", std::process::id()));
        let usage = Usage { home: home.clone() };
        let turn = usage.turn().expect("nobody else has it");
        assert!(!usage.is_used(&turn).expect("it can be asked"));
        let (first, second) = (usage.join(&turn).expect("join"), usage.join(&turn).expect("join"));
        first.end().expect("leave");
        usage
            .refuse_while_used(&turn, "stop")
            .expect_err("the second is still there");
        second.end().expect("leave");
        usage.refuse_while_used(&turn, "stop").expect("nobody is there");
        workspace::remove_folder(&home).expect("remove the test's folder");
    }
}
