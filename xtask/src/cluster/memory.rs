//! Files in memory for the databases of tests. A test makes and drops one, of some 700 files, and on a disk that takes
//! longer than most tests do. None of them outlives the server.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::account::Account;
use crate::{db, process, workspace};

/// Where the system keeps files in memory, if it does.
const ROOT: &str = "/dev/shm";

/// What the databases of tests may take there, in KiB: some 20 MB each, and as many at once as there are processors.
const NEEDED: u64 = 1024 * 1024;

/// The tablespace of the databases that tests make, which looks for it by this name.
const TABLESPACE: &str = "nightshift_tests";

/// A cluster's folder of files in memory.
pub struct Memory {
    folder: PathBuf,
}

impl Memory {
    pub fn called(name: &str) -> Self {
        Self {
            folder: Path::new(ROOT).join(name),
        }
    }

    /// Makes the folder before the server starts: the machine may have gone down with it, and the server does not recover
    /// without.
    pub fn prepare(&self, account: &Account) -> Result<()> {
        match Path::new(ROOT).is_dir() {
            true => account.make_private(&self.folder),
            false => Ok(()),
        }
    }

    /// Makes the tablespace anew, where there is room.
    pub fn make_tablespace(&self, server: &str, account: &Account) -> Result<()> {
        let left = "select datname from pg_database where datname ~ '^nightshift_(test|template)_'";
        for database in db::query(server, left)?.lines() {
            db::drop_database(server, database)?;
        }
        db::query(server, &format!("drop tablespace if exists {TABLESPACE}"))?;
        self.forget()?;
        if room().is_some_and(|room| room >= NEEDED) {
            account.make_private(&self.folder)?;
            let location = self.folder.display();
            db::query(
                server,
                &format!("create tablespace {TABLESPACE} location '{location}'"),
            )?;
        }
        Ok(())
    }

    pub fn forget(&self) -> Result<()> {
        workspace::remove_folder(&self.folder)
    }
}

/// How much room files in memory still have, in KiB, where the system keeps any.
fn room() -> Option<u64> {
    let answer = process::capture(Command::new("df").args(["-Pk", ROOT])).ok()?;
    answer.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}
