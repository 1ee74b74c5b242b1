//! Finds PostgreSQL's programs, newest acceptable first, and installs them where that is allowed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{process, workspace};

/// The oldest major version whose SQL the migrations may use.
pub const OLDEST: u32 = 15;

/// The programs that the private cluster needs; a folder that lacks one is not an installation.
const PROGRAMS: [&str; 4] = ["initdb", "pg_ctl", "pg_isready", "postgres"];

/// Folders that hold one installation a version, with the part of the path that leads to the programs.
/// PATH often has only the client, or a wrapper of the distribution's.
const USUAL_PLACES: [(&str, &str, &str); 6] = [
    ("/usr/lib/postgresql", "", "bin"),          // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),                   // PostgreSQL's own RPMs
    ("/usr/libexec", "postgresql", ""),          // Alpine
    ("/opt/homebrew/opt", "postgresql@", "bin"), // Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql@", "bin"),    // Homebrew on Intel
    ("/usr/local", "pgsql", "bin"),              // built from source
];

/// How each package manager is asked for a server, and whether it wants root.
const INSTALLERS: [Installer; 4] = [
    Installer {
        program: "apt-get",
        root: true,
        commands: &[
            "apt-get update",
            "apt-get install -y --no-install-recommends postgresql",
        ],
    },
    Installer {
        program: "dnf",
        root: true,
        commands: &["dnf install -y postgresql-server postgresql-contrib"],
    },
    Installer {
        program: "apk",
        root: true,
        commands: &["apk add postgresql postgresql-client"],
    },
    Installer {
        program: "brew",
        root: false,
        commands: &["brew install postgresql@17"],
    },
];

struct Installer {
    program: &'static str,
    root: bool,
    commands: &'static [&'static str],
}

#[derive(Debug, PartialEq, Eq)]
pub struct Postgres {
    pub programs: PathBuf,
    pub major: u32,
}

impl Postgres {
    /// Finds an installation, or makes one where the system's package manager may be used.
    pub fn find_or_install() -> Result<Self> {
        if let Some(found) = Self::find()? {
            return Ok(found);
        }
        install()?;
        Self::find()?.with_context(|| {
            format!(
                "the package manager brought no PostgreSQL {OLDEST} or later; {}",
                advice()
            )
        })
    }

    pub fn find() -> Result<Option<Self>> {
        Ok(choose(candidates()?, version))
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }
}

/// Takes the first candidate that is complete and new enough.
fn choose(
    candidates: impl IntoIterator<Item = PathBuf>,
    version: impl Fn(&Path) -> Option<u32>,
) -> Option<Postgres> {
    candidates.into_iter().find_map(|programs| {
        let major = version(&programs).filter(|&major| major >= OLDEST)?;
        Some(Postgres { programs, major })
    })
}

/// PATH as the user ordered it, then what `pg_config` names, then the usual places, newest first.
fn candidates() -> Result<Vec<PathBuf>> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = Vec::new();
    for folder in std::env::split_paths(&path) {
        // A single program linked into a folder of PATH leads to the folder where all of them are.
        if let Ok(program) = folder.join("initdb").canonicalize()
            && let Some(folder) = program.parent()
        {
            folders.push(folder.to_owned());
        }
    }
    if let Ok(folder) = process::capture(Command::new("pg_config").arg("--bindir")) {
        folders.push(PathBuf::from(folder.trim()));
    }
    let mut usual = Vec::new();
    for (parent, prefix, programs) in USUAL_PLACES {
        for folder in workspace::list(Path::new(parent))? {
            if let Some(version) = version_in_name(&folder, prefix) {
                usual.push((version, folder.join(programs)));
            }
        }
    }
    folders.extend(newest_first(usual));
    Ok(folders)
}

/// The number after the prefix in a folder's name; a bare `pgsql` may hold any version and comes last.
fn version_in_name(folder: &Path, prefix: &str) -> Option<u32> {
    let version = folder.file_name()?.to_str()?.strip_prefix(prefix)?;
    if version.is_empty() {
        Some(0)
    } else {
        version.parse().ok()
    }
}

fn newest_first(mut folders: Vec<(u32, PathBuf)>) -> impl Iterator<Item = PathBuf> {
    folders.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    folders.into_iter().map(|(_, folder)| folder)
}

/// The major version of a complete installation.
fn version(folder: &Path) -> Option<u32> {
    if !PROGRAMS.iter().all(|program| folder.join(program).is_file()) {
        return None;
    }
    let answer = process::capture(Command::new(folder.join("initdb")).arg("--version")).ok()?;
    major(&answer)
}

/// The 15 of `initdb (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, and the 18 of a `18beta1`.
fn major(answer: &str) -> Option<u32> {
    let (_, version) = answer.split_once("(PostgreSQL) ")?;
    let digits = version
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(version.len());
    version[..digits].parse().ok()
}

fn install() -> Result<()> {
    let root = is_root()?;
    let Some(installer) = INSTALLERS.iter().find(|installer| found(installer.program)) else {
        bail!("no PostgreSQL {OLDEST} or later was found; {}", advice());
    };
    if installer.root && !root {
        bail!(
            "no PostgreSQL {OLDEST} or later was found, and {} needs root; run\n    sudo sh -c '{}'\nor {}",
            installer.program,
            installer.commands.join(" && "),
            advice(),
        );
    }
    for line in installer.commands {
        eprintln!("no PostgreSQL {OLDEST} or later was found: {line}");
        let mut words = line.split(' ');
        let program = words.next().context("an installer's command has a program")?;
        let mut command = Command::new(program);
        // Debian would otherwise ask questions on a terminal that may not be there.
        command.args(words).env("DEBIAN_FRONTEND", "noninteractive");
        process::run(&mut command).context("install PostgreSQL")?;
    }
    Ok(())
}

fn found(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn advice() -> String {
    format!(
        "install the server of PostgreSQL {OLDEST} or later (https://www.postgresql.org/download/) and put its \
         programs on PATH, or set DATABASE_URL to a superuser's login on a running one"
    )
}

pub fn is_root() -> Result<bool> {
    let id = process::capture(Command::new("id").arg("-u")).context("ask who runs this")?;
    Ok(id.trim() == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_among(candidates: &[(&str, Option<u32>)]) -> Option<(String, u32)> {
        let folders: Vec<_> = candidates
            .iter()
            .map(|(folder, _)| PathBuf::from(folder))
            .collect();
        let version = |wanted: &Path| {
            candidates
                .iter()
                .find(|(folder, _)| Path::new(folder) == wanted)
                .and_then(|(_, major)| *major)
        };
        choose(folders, version).map(|found| (found.programs.display().to_string(), found.major))
    }

    #[test]
    fn the_first_candidate_wins_even_over_a_newer_one_behind_it() {
        let found = found_among(&[("/path", Some(15)), ("/usr/lib/postgresql/17/bin", Some(17))]);
        assert_eq!(found, Some(("/path".to_owned(), 15)));
    }

    #[test]
    fn a_candidate_that_is_too_old_or_incomplete_is_passed_over() {
        let found = found_among(&[("/old", Some(14)), ("/client-only", None), ("/server", Some(16))]);
        assert_eq!(found, Some(("/server".to_owned(), 16)));
        assert_eq!(found_among(&[("/old", Some(14)), ("/client-only", None)]), None);
    }

    #[test]
    fn the_usual_places_come_newest_first_by_number_not_by_letter() {
        let folders =
            ["9", "15", "100"].map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}")));
        let versions = folders.map(|folder| {
            (
                version_in_name(&folder, "").expect("a number"),
                folder.join("bin"),
            )
        });
        let order: Vec<_> = newest_first(versions.to_vec())
            .map(|folder| folder.display().to_string())
            .collect();
        let expected = ["100", "15", "9"].map(|version| format!("/usr/lib/postgresql/{version}/bin"));
        assert_eq!(order, expected);
    }

    #[test]
    fn only_folders_named_for_a_version_count() {
        for (folder, prefix, expected) in [
            ("/usr/pgsql-16", "pgsql-", Some(16)),
            ("/usr/local/pgsql", "pgsql", Some(0)),
            ("/opt/homebrew/opt/postgresql@17", "postgresql@", Some(17)),
            ("/usr/pgsql-latest", "pgsql-", None),
            ("/usr/share", "pgsql-", None),
        ] {
            assert_eq!(version_in_name(Path::new(folder), prefix), expected, "{folder}");
        }
    }

    #[test]
    fn reads_the_major_version_as_initdb_prints_it() {
        assert_eq!(
            major("initdb (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major("initdb (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("initdb: command not found"), None);
    }
}
