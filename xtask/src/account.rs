//! Under which account PostgreSQL's programs run. They refuse to run as root.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{postgres, process, workspace};

/// Accounts without rights of their own that most systems have.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// Keeps root's own files and rights outside, but tells the programs inside that they are not root.
const MAPPED: [&str; 4] = ["unshare", "--user", "--map-user=1000", "--map-group=1000"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// An ordinary user's own.
    Own,
    /// Root's, seen as an ordinary user's in a user namespace. It owns what root owns.
    Mapped,
    /// Another one, where the system forbids namespaces (as containers commonly do).
    Other { name: &'static str, switch: Switch },
}

/// The program that changes to another account. BusyBox has only `su`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    Runuser,
    Su,
}

impl Account {
    pub fn choose() -> Result<Self> {
        if !postgres::is_root()? {
            return Ok(Self::Own);
        }
        if process::succeeds(Command::new(MAPPED[0]).args(&MAPPED[1..]).arg("true")) {
            return Ok(Self::Mapped);
        }
        let name = UNPRIVILEGED
            .into_iter()
            .find(|name| process::succeeds(Command::new("id").arg(name)))
            .with_context(|| {
                format!(
                    "PostgreSQL does not run as root, `{}` is not permitted here, and none of the accounts {} \
                     exists; run this as an ordinary user, or set DATABASE_URL",
                    MAPPED.join(" "),
                    UNPRIVILEGED.join(", "),
                )
            })?;
        let runuser = process::succeeds(Command::new("runuser").args(["-u", name, "--", "true"]));
        Ok(Self::Other {
            name,
            switch: if runuser { Switch::Runuser } else { Switch::Su },
        })
    }

    /// The command that runs a program under this account.
    pub fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        match self {
            Self::Own => {
                let mut command = Command::new(program);
                command.args(arguments);
                command
            }
            Self::Mapped => {
                let mut command = Command::new(MAPPED[0]);
                command.args(&MAPPED[1..]).arg(program).args(arguments);
                command
            }
            Self::Other {
                name,
                switch: Switch::Runuser,
            } => {
                let mut command = Command::new("runuser");
                command.args(["-u", name, "--"]).arg(program).args(arguments);
                command
            }
            Self::Other {
                name,
                switch: Switch::Su,
            } => {
                let mut line = process::quoted(program);
                for argument in arguments {
                    line.push(' ');
                    line.push_str(&process::quoted(argument));
                }
                let mut command = Command::new("su");
                command.args(["-s", "/bin/sh", name, "-c", &line]);
                command
            }
        }
    }

    /// Makes a folder, if it is not there, that only the account can enter.
    pub fn make_private(&self, folder: &Path) -> Result<()> {
        workspace::create_folder(folder)?;
        fs::set_permissions(folder, Permissions::from_mode(0o700))
            .with_context(|| format!("make {} private", folder.display()))?;
        self.give(folder)
    }

    /// Gives a folder to the account, so that it may write there.
    pub fn give(&self, folder: &Path) -> Result<()> {
        let Self::Other { name, .. } = self else {
            return Ok(());
        };
        process::capture(Command::new("chown").arg(name).arg(folder))
            .with_context(|| format!("give {} to the account {name}", folder.display()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(account: &Account) -> String {
        process::shown(&account.command(Path::new("/bin/initdb"), &["-D", "two words"]))
    }

    #[test]
    fn every_account_runs_the_same_words() {
        let other = |switch| Account::Other {
            name: "nobody",
            switch,
        };
        for (account, expected) in [
            (Account::Own, "/bin/initdb -D 'two words'"),
            (
                Account::Mapped,
                "unshare --user --map-user=1000 --map-group=1000 /bin/initdb -D 'two words'",
            ),
            (
                other(Switch::Runuser),
                "runuser -u nobody -- /bin/initdb -D 'two words'",
            ),
            (
                other(Switch::Su),
                r"su -s /bin/sh nobody -c '/bin/initdb -D '\''two words'\'''",
            ),
        ] {
            assert_eq!(line(&account), expected);
        }
    }
}
