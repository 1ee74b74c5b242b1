//! What no compiler says: dependencies and SQL files that nothing uses, crates outside the lints.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use toml::Table;

use crate::workspace::{self, Workspace};

pub fn check(workspace: &Workspace) -> Result<()> {
    let mut complaints = Vec::new();
    let mut used = BTreeSet::new();
    for member in &workspace.members {
        let folder = member
            .manifest_path
            .parent()
            .context("a manifest stands in a folder")?;
        let manifest = table(&member.manifest_path)?;
        let mut sources = String::new();
        collect(folder, "rs", &mut |path| {
            sources.push_str(&workspace::read(path)?);
            Ok(())
        })?;
        let at = workspace.shown(&member.manifest_path).to_string();
        if !inherits_lints(&manifest) {
            complaints.push(format!("{at}: `[lints]` with `workspace = true` is missing"));
        }
        for dependency in dependencies(&manifest) {
            if !names(&sources, &dependency) {
                complaints.push(format!("{at}: the dependency {dependency} is not used"));
            }
            used.insert(dependency);
        }
        collect(folder, "sql", &mut |path| {
            let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy();
            if !sources.contains(&*name) {
                complaints.push(format!("{}: no query uses this file", workspace.shown(path)));
            }
            Ok(())
        })?;
    }
    let declared = table(&workspace.root.join("Cargo.toml"))?;
    for name in keys(&declared, &["workspace", "dependencies"]) {
        if !used.contains(&name) {
            complaints.push(format!(
                "Cargo.toml: no crate uses the workspace's dependency {name}"
            ));
        }
    }
    if !complaints.is_empty() {
        bail!("\n{}", complaints.join("\n"));
    }
    Ok(())
}

fn table(manifest: &Path) -> Result<Table> {
    workspace::read(manifest)?
        .parse()
        .with_context(|| format!("read {}", manifest.display()))
}

fn inherits_lints(manifest: &Table) -> bool {
    manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace"))
        .and_then(toml::Value::as_bool)
        == Some(true)
}

fn dependencies(manifest: &Table) -> BTreeSet<String> {
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    kinds.iter().flat_map(|kind| keys(manifest, &[kind])).collect()
}

fn keys(manifest: &Table, path: &[&str]) -> Vec<String> {
    let mut table = manifest;
    for step in path {
        match table.get(*step).and_then(toml::Value::as_table) {
            Some(inner) => table = inner,
            None => return Vec::new(),
        }
    }
    table.keys().cloned().collect()
}

/// Whether the code names the crate, as a word of its own.
fn names(sources: &str, dependency: &str) -> bool {
    let name = dependency.replace('-', "_");
    let part_of_a_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    sources.match_indices(&name).any(|(at, _)| {
        !sources[..at].ends_with(part_of_a_word) && !sources[at + name.len()..].starts_with(part_of_a_word)
    })
}

/// Visits a folder's files of one kind, and those in its folders.
fn collect(folder: &Path, extension: &str, visit: &mut impl FnMut(&Path) -> Result<()>) -> Result<()> {
    for path in workspace::list(folder)? {
        if path.is_dir() {
            collect(&path, extension, visit)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            visit(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_named_by_a_word_and_not_by_a_part_of_one() {
        assert!(names("use chrono_tz::Tz;", "chrono-tz"));
        assert!(names("let x: sqlx::Result<()>;", "sqlx"));
        assert!(!names("use chrono_tz::Tz;", "chrono"));
        assert!(!names("let my_clap = 1;", "clap"));
    }

    #[test]
    fn reads_all_kinds_of_dependencies_and_the_lints() {
        let manifest: Table =
            "[lints]\nworkspace = true\n[dependencies]\na.workspace = true\n[dev-dependencies]\nb = '1'"
                .parse()
                .expect("valid TOML");
        assert!(inherits_lints(&manifest));
        assert_eq!(Vec::from_iter(dependencies(&manifest)), ["a", "b"]);
        assert!(!inherits_lints(&Table::new()));
    }
}
