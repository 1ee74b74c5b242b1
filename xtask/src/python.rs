//! Python programs that the tests and checks need, pinned and kept under cargo's target directory.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::{self, Workspace};

/// A set of packages in a place of its own; sets apart cannot quarrel over what they both need.
pub struct Packages {
    pub name: &'static str,
    /// What pip is told to install.
    pub requirements: &'static [&'static str],
}

/// Stands in for AWS in the tests, and makes of the template what CloudFormation takes. The translator is the one
/// that SAM brings.
pub const MOTO: Packages = Packages {
    name: "moto-5.2.5",
    requirements: &["moto[server]==5.2.5", "aws-sam-translator==1.115.0"],
};

/// Checks the template. It brings the cfn-lint that goes with it.
pub const SAM: Packages = Packages {
    name: "aws-sam-cli-1.170.0",
    requirements: &["aws-sam-cli==1.170.0"],
};

/// Builds the functions as Lambda takes them. What it depends on is only Zig, which is 100 MB.
pub const CARGO_LAMBDA: Packages = Packages {
    name: "cargo-lambda-1.9.2",
    requirements: &["--no-deps", "cargo-lambda==1.9.2"],
};

/// The same with Zig, the linker for another processor, another system, or an older C library.
pub const CARGO_LAMBDA_WITH_ZIG: Packages = Packages {
    name: "cargo-lambda-1.9.2-zig-0.15.2",
    requirements: &["cargo-lambda==1.9.2", "ziglang==0.15.2"],
};

/// An interpreter that finds the packages.
pub struct Python {
    interpreter: PathBuf,
    programs: PathBuf,
    /// Where the packages stand when they could not get an interpreter of their own.
    library: Option<PathBuf>,
}

impl Python {
    /// Installs the packages unless they are there already.
    pub fn with(workspace: &Workspace, packages: &Packages) -> Result<Self> {
        let tools = workspace.target.join("tools");
        let lock = workspace::lock_file(&tools.join(format!("{}.lock", packages.name)))?;
        lock.lock()
            .with_context(|| format!("wait for another xtask that installs {}", packages.name))?;

        let home = tools.join(packages.name);
        let requirements = packages.requirements.join(" ");
        // Written last: without it an installation was cut short, and with another text it is of other packages.
        let complete = home.join("complete");
        if workspace::read(&complete).is_ok_and(|installed| installed == requirements)
            && let Some(python) = Self::at(&home)
        {
            return Ok(python);
        }
        workspace::remove_folder(&home)?;
        println!("installing {requirements} into {}", workspace.shown(&home));
        let python =
            install(&home, packages.requirements).with_context(|| format!("install {requirements}"))?;
        workspace::write(&complete, &requirements)?;
        Ok(python)
    }

    /// A command that runs one of the packages' programs.
    pub fn program(&self, name: &str) -> Command {
        let mut command = self.command();
        // By the interpreter and not by their first line, which names a path that may be too long for it.
        command.arg(self.programs.join(name));
        command
    }

    /// A command that is one of the packages' programs and no script. It finds the interpreter and its packages
    /// as `python3`.
    pub fn binary(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(self.programs.join(name));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.programs.clone()).chain(std::env::split_paths(&path));
        command.env(
            "PATH",
            std::env::join_paths(folders).context("put the packages' programs on PATH")?,
        );
        if let Some(library) = &self.library {
            command.env("PYTHONPATH", library);
        }
        Ok(command)
    }

    /// The bare interpreter.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.interpreter);
        // What is imported is compiled once, and not at every start: that takes moto 4 s.
        command.env_remove("PYTHONDONTWRITEBYTECODE");
        if let Some(library) = &self.library {
            command.env("PYTHONPATH", library);
        }
        command
    }

    /// What is installed there, if it still works: its interpreter may be gone since.
    fn at(home: &Path) -> Option<Self> {
        let python = if home.join("library").exists() {
            Self::library(home)
        } else {
            Self::environment(home)
        };
        process::succeeds(python.command().args(["-c", ""])).then_some(python)
    }

    fn environment(home: &Path) -> Self {
        let programs = home.join("bin");
        Self {
            interpreter: programs.join("python"),
            programs,
            library: None,
        }
    }

    fn library(home: &Path) -> Self {
        let library = home.join("library");
        Self {
            interpreter: "python3".into(),
            programs: library.join("bin"),
            library: Some(library),
        }
    }
}

fn install(home: &Path, requirements: &[&str]) -> Result<Python> {
    if !process::succeeds(Command::new("python3").arg("--version")) {
        bail!("there is no `python3` on PATH; install Python 3.10 or later");
    }
    let environment = process::capture(Command::new("python3").args(["-m", "venv"]).arg(home));
    let python = match environment {
        Ok(_) => Python::environment(home),
        // Debian and Ubuntu package venv apart from Python.
        Err(no_environment) => {
            workspace::remove_folder(home)?;
            if !process::succeeds(Command::new("python3").args(["-m", "pip", "--version"])) {
                return Err(no_environment.context(
                    "Python has neither venv nor pip; install them (on Debian and Ubuntu: python3-venv)",
                ));
            }
            Python::library(home)
        }
    };
    let mut pip = python.command();
    // Most of what these bring is never imported, and need not be compiled.
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--disable-pip-version-check",
    ]);
    if let Some(library) = &python.library {
        pip.arg("--target").arg(library);
    }
    process::run(pip.args(requirements))?;
    Ok(python)
}
