//! `new-job`: a job that compiles and passes its tests, in an existing domain. What it does is a stand-in,
//! and its every part is in the place where the real one goes.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::registry::{self, Function};
use crate::schedule::Schedule;
use crate::workspace::{self, Workspace};
use crate::{process, sync};

/// What a job begins with. Lambda gives processor time by memory, and a page of 500 needs little of either.
const TIMEOUT_SECONDS: u32 = 900;
const MEMORY_MB: u32 = 256;

#[derive(Args)]
pub struct Options {
    /// The domain: a folder of functions/
    product: String,
    /// The job's name, lower-case words joined by hyphens
    name: String,
    /// EventBridge's cron expression, for example "cron(0 2 * * ? *)", in UTC
    #[arg(long)]
    schedule: Schedule,
    /// What the job does, in one sentence
    #[arg(long)]
    summary: String,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let Options {
        product,
        name,
        schedule,
        summary,
    } = options;
    let domain = workspace.root.join("functions").join(product);
    if !domain.join("Cargo.toml").exists() {
        bail!("there is no domain functions/{product}");
    }
    let registered = registry::read(workspace)?;
    if registered.iter().any(|function| function.name == *name) {
        bail!("`{name}` is registered already");
    }
    let lock_id = next_lock_id(&registered, product)?;
    let manifest_path = domain.join("Cargo.toml");
    let manifest = workspace::read(&manifest_path)?;
    let entry = format!(
        "[package.metadata.jobs.{name}]\nschedule = \"{schedule}\"\nlock-id = {lock_id}\n\
         timeout = {TIMEOUT_SECONDS}\nmemory = {MEMORY_MB}\nsummary = {}\n",
        serde_json::Value::from(summary.as_str()),
    );
    let manifest = with_entry(&manifest, &entry);
    // Whatever is wrong with the name or the sentence is said before any file is written.
    registry::parse(&manifest)?;

    let module = name.replace('-', "_");
    let map_path = domain.join("src/lib.rs");
    let map = with_module(&workspace::read(&map_path)?, &module);
    let fill = |template: &str| {
        template
            .replace("{{Type}}", &registry::pascal_case(name))
            .replace("{{name}}", name)
            .replace("{{module}}", &module)
            .replace("{{product}}", product)
            .replace("{{product_crate}}", &product.replace('-', "_"))
            .replace("{{lock_id}}", &grouped(lock_id))
            .replace("{{summary}}", summary)
    };
    for (path, template) in [
        (format!("src/{module}.rs"), include_str!("../templates/job.rs")),
        (format!("src/bin/{name}.rs"), include_str!("../templates/bin.rs")),
        (
            format!("sql/{name}/read.sql"),
            include_str!("../templates/read.sql"),
        ),
        (
            format!("sql/{name}/write.sql"),
            include_str!("../templates/write.sql"),
        ),
    ] {
        create(workspace, &domain.join(path), &fill(template))?;
    }
    workspace::write(&manifest_path, &manifest)?;
    workspace::write(&map_path, &map)?;
    process::run(workspace.cargo().args(["fmt", "-p", product])).context("format the domain")?;
    sync::write(workspace)?;
    println!(
        "`{name}` marks expired notices as read until it does something of its own.\n\
         Next: its Row, Change and rule in {}/src/{module}.rs, and its queries in sql/{name}/;\n\
         then `cargo xtask sync` and `cargo xtask test -- -p {product} {module}`.",
        workspace.shown(&domain),
    );
    Ok(())
}

fn create(workspace: &Workspace, path: &Path, text: &str) -> Result<()> {
    if path.exists() {
        bail!("{} is there already", workspace.shown(path));
    }
    workspace::write(path, text)?;
    println!("{}: written", workspace.shown(path));
    Ok(())
}

/// The number after the domain's highest, or after everybody's where that one is taken.
fn next_lock_id(registered: &[Function], product: &str) -> Result<u32> {
    let ids = |wanted: Option<&str>| -> Vec<u32> {
        registered
            .iter()
            .filter(|function| wanted.is_none_or(|product| function.product == product))
            .filter_map(|function| Some(function.job.as_ref()?.lock_id))
            .collect()
    };
    let all = ids(None);
    let after_own = ids(Some(product)).into_iter().max().map(|highest| highest + 1);
    match after_own.filter(|next| !all.contains(next)) {
        Some(next) => Ok(next),
        None => Ok(1 + all
            .into_iter()
            .max()
            .context("no job is registered to count on from")?),
    }
}

/// The manifest with the entry before its dependencies, where the others stand.
fn with_entry(manifest: &str, entry: &str) -> String {
    match manifest.split_once("[dependencies]\n") {
        Some((head, tail)) => format!("{head}{entry}\n[dependencies]\n{tail}"),
        None => format!("{}\n\n{entry}", manifest.trim_end()),
    }
}

/// The domain's map with one more module behind the last public one.
fn with_module(map: &str, module: &str) -> String {
    let mut lines: Vec<_> = map.lines().map(str::to_owned).collect();
    let last = lines.iter().rposition(|line| line.starts_with("pub mod "));
    lines.insert(
        last.map_or(lines.len(), |last| last + 1),
        format!("pub mod {module};"),
    );
    lines.join("\n") + "\n"
}

/// `482_204` for 482204, as numbers stand in the code.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::samples;

    fn registered(jobs: &[(&str, u32)]) -> Vec<Function> {
        let entry = |&(product, lock_id): &(&str, u32)| {
            let mut function = samples::job();
            function.product = product.to_owned();
            function.job.as_mut().expect("a job").lock_id = lock_id;
            function
        };
        jobs.iter().map(entry).collect()
    }

    #[test]
    fn a_lock_id_follows_the_domains_last_unless_another_domain_has_it() {
        let jobs = registered(&[("coaching", 203), ("training", 211), ("coaching", 201)]);
        assert_eq!(next_lock_id(&jobs, "coaching").expect("there is one"), 204);
        assert_eq!(
            next_lock_id(&jobs, "sales").expect("there is one"),
            212,
            "a domain without jobs"
        );
        let crowded = registered(&[("coaching", 203), ("training", 204), ("training", 205)]);
        assert_eq!(next_lock_id(&crowded, "coaching").expect("there is one"), 206);
        next_lock_id(&[], "coaching").expect_err("nothing to count on from");
    }

    #[test]
    fn the_entry_and_the_module_join_their_like() {
        let manifest =
            "[package]\nname = \"x\"\n\n[package.metadata.jobs.a]\n\n[dependencies]\nanyhow = \"1\"\n";
        let expected =
            "[package]\nname = \"x\"\n\n[package.metadata.jobs.a]\n\n[b]\n\n[dependencies]\nanyhow = \"1\"\n";
        assert_eq!(with_entry(manifest, "[b]\n"), expected);
        assert_eq!(
            with_module("//! Map.\n\npub mod a;\nmod noun;\n", "b"),
            "//! Map.\n\npub mod a;\npub mod b;\nmod noun;\n"
        );
        assert_eq!(with_module("//! Map.\n", "b"), "//! Map.\npub mod b;\n");
    }

    #[test]
    fn numbers_are_grouped_as_the_code_writes_them() {
        for (number, text) in [(7, "7"), (482, "482"), (1_482, "1_482"), (482_204, "482_204")] {
            assert_eq!(grouped(number), text);
        }
    }
}
