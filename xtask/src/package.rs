//! `package`: every function's binary as it is deployed, in the folders that the template's `CodeUri`s name.

use std::env::consts;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::process;
use crate::python::{CARGO_LAMBDA, CARGO_LAMBDA_WITH_ZIG, Python};
use crate::registry::{self, Function};
use crate::workspace::{self, Workspace};

/// The C library of Lambda's `provided.al2023` is glibc 2.34. A binary that asks for a later one ends there
/// before its first line of code.
const GLIBC_MINOR: u32 = 34;

const ADD_TO_ZIP: &str = "import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'a', zipfile.ZIP_DEFLATED) as zip:
    zip.write(sys.argv[2], sys.argv[3])";

#[derive(Args, Default)]
pub struct Options {
    /// The functions' processor; without it, this machine's
    #[arg(long)]
    arch: Option<Architecture>,
    /// Link with Zig, against the C library that Lambda has; another processor or system needs it anyway
    #[arg(long)]
    zig: bool,
    /// A file to put beside every binary, where the function sees it as /var/task/NAME: the PEM file of the
    /// database's authority, for the template's parameter DatabaseCaFile
    #[arg(long, value_name = "FILE")]
    include: Option<PathBuf>,
}

/// A processor, spelled as the template's parameter `Architecture` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Architecture {
    Arm64,
    #[value(name = "x86_64")]
    X86_64,
}

impl Architecture {
    /// This machine's; Rust and AWS have different names for one of them.
    fn own() -> Result<Self> {
        match consts::ARCH {
            "aarch64" => Ok(Self::Arm64),
            "x86_64" => Ok(Self::X86_64),
            other => bail!("Lambda has no {other} processors: say --arch arm64 or --arch x86_64"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86_64 => "x86_64-unknown-linux-gnu",
        }
    }
}

/// What was built.
pub struct Package {
    /// In Rust's words.
    pub target: &'static str,
    /// Holds `<function>/bootstrap`.
    pub folders: PathBuf,
    /// Holds `<function>/bootstrap.zip`.
    pub zips: PathBuf,
}

/// Builds all functions in one call of cargo and lays them out twice: as folders, which `sam deploy` zips, and
/// as zips, which `aws lambda update-function-code` takes.
pub fn run(workspace: &Workspace, options: &Options) -> Result<Package> {
    if let Some(file) = options.include.as_ref().filter(|file| !file.is_file()) {
        bail!("--include: there is no file {}", file.display());
    }
    let functions = registry::read(workspace)?;
    let arch = options.arch.map_or_else(Architecture::own, Ok)?;
    let native = consts::OS == "linux" && Architecture::own().is_ok_and(|own| own == arch);
    let zig = options.zig || !native;
    let packages = if zig {
        &CARGO_LAMBDA_WITH_ZIG
    } else {
        &CARGO_LAMBDA
    };
    let python = Python::with(workspace, packages)?;

    // Not under cargo's target directory, which may be anywhere: the template names them by these paths.
    let folders = workspace.root.join("target/lambda");
    let zips = workspace.root.join("target/lambda-zip");
    for (format, place) in [("binary", &folders), ("zip", &zips)] {
        // What is left of another version or processor must not be deployed with this one.
        workspace::remove_folder(place)?;
        let mut build = python.binary("cargo-lambda")?;
        build
            .current_dir(&workspace.root)
            .args(["lambda", "build", "--release", "--locked"])
            // It would set rustflags and, for what the manifest leaves open, its own profile, with panic = "abort".
            // What is deployed is built as Cargo.toml says: a panic in a rule is one subject's error.
            .arg("--disable-optimizations")
            .args(["--output-format", format, "--lambda-dir"])
            .arg(place);
        if zig {
            build.args(["--compiler", "cargo-zigbuild", "--target"]);
            build.arg(format!("{}.2.{GLIBC_MINOR}", arch.target()));
        } else {
            build.args(["--compiler", "cargo", "--target", arch.target()]);
        }
        for function in &functions {
            build.args(["--bin", &function.name]);
        }
        process::run(&mut build)?;
    }
    if let Some(file) = &options.include {
        let name = file
            .file_name()
            .with_context(|| format!("{} is no file", file.display()))?;
        for function in &functions {
            let copy = folders.join(&function.name).join(name);
            fs::copy(file, &copy)
                .with_context(|| format!("copy {} to {}", file.display(), copy.display()))?;
            // cargo-lambda's own --include keeps the folders of the file's path.
            let zip = zips.join(&function.name).join("bootstrap.zip");
            process::run(
                python
                    .command()
                    .args(["-c", ADD_TO_ZIP])
                    .arg(zip)
                    .arg(file)
                    .arg(name),
            )?;
        }
    }
    report(workspace, &functions, &folders, &zips)?;
    println!(
        "\nBuilt for {0}: deploy them with the parameter Architecture={0}.",
        arch.name()
    );
    Ok(Package {
        target: arch.target(),
        folders,
        zips,
    })
}

fn report(workspace: &Workspace, functions: &[Function], folders: &Path, zips: &Path) -> Result<()> {
    println!("{:24} {:>9} {:>9}", "function", "binary", "zipped");
    for Function { name, .. } in functions {
        let path = folders.join(name).join("bootstrap");
        let binary = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
        if let Some(minor) = newest_glibc(&binary).filter(|minor| *minor > GLIBC_MINOR) {
            bail!(
                "{} needs glibc 2.{minor}, and Lambda has 2.{GLIBC_MINOR}: build it with --zig",
                workspace.shown(&path)
            );
        }
        let zip = zips.join(name).join("bootstrap.zip");
        let zipped = fs::metadata(&zip)
            .with_context(|| format!("measure {}", zip.display()))?
            .len();
        println!(
            "{name:24} {:>9} {:>9}",
            megabytes(binary.len() as u64),
            megabytes(zipped)
        );
    }
    Ok(())
}

fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

/// The latest version of the C library that a binary asks for, 34 for `GLIBC_2.34`. The loader finds the versions
/// by name, so they stand in the binary as text.
fn newest_glibc(binary: &[u8]) -> Option<u32> {
    const MARK: &[u8] = b"GLIBC_2.";
    let minor = |at: usize| {
        let digits = binary[at + MARK.len()..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit());
        String::from_utf8(digits.copied().collect()).ok()?.parse().ok()
    };
    let marks = binary.windows(MARK.len()).enumerate();
    marks
        .filter(|(_, window)| *window == MARK)
        .filter_map(|(at, _)| minor(at))
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_c_library_counts_by_number_and_not_by_letter() {
        assert_eq!(
            newest_glibc(b"\0GLIBC_2.9\0GLIBC_2.34\0GLIBC_2.4\0GLIBC_PRIVATE"),
            Some(34)
        );
        assert_eq!(newest_glibc(b"GLIBC_2.2.5"), Some(2));
        assert_eq!(newest_glibc(b"GLIBC_2."), None);
        assert_eq!(newest_glibc(b"statically linked"), None);
    }
}
