//! `sync`: writes what follows from the registry and from the migrations, or says that it is stale.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::db::Database;
use crate::workspace::{self, Workspace};
use crate::{catalogue, queries, registry, stanzas, watched};

/// A file and what should be in it.
struct Generated {
    path: PathBuf,
    text: String,
}

impl Generated {
    fn is_stale(&self) -> Result<bool> {
        Ok(!self.path.exists() || workspace::read(&self.path)? != self.text)
    }
}

/// Writes all generated files.
pub fn write(workspace: &Workspace) -> Result<()> {
    for generated in from_registry(workspace)? {
        if generated.is_stale()? {
            workspace::write(&generated.path, &generated.text)?;
            println!("{}: written", workspace.shown(&generated.path));
        }
    }
    println!("asking the database about every query");
    let fresh = described_queries(workspace)?;
    let stale = differing(&queries::committed(workspace)?, &fresh);
    queries::commit(workspace, &fresh)?;
    if !stale.is_empty() {
        let written = stale.iter().filter(|name| fresh.contains_key(*name)).count();
        println!(
            ".sqlx/: {written} queries written, {} removed",
            stale.len() - written
        );
    }
    println!(
        "docs/jobs.md, template.yaml, the watchdog's jobs.json and .sqlx/ ({} queries) are up to date",
        fresh.len()
    );
    Ok(())
}

/// Fails with the list of generated files that are not as they would be written.
pub fn check(workspace: &Workspace) -> Result<()> {
    let mut stale = Vec::new();
    for generated in from_registry(workspace)? {
        if generated.is_stale()? {
            stale.push(workspace.shown(&generated.path).to_string());
        }
    }
    let differing = differing(&queries::committed(workspace)?, &described_queries(workspace)?);
    stale.extend(differing.into_iter().map(|name| format!(".sqlx/{name}")));
    if !stale.is_empty() {
        bail!(
            "stale: {}\nrun `cargo xtask sync` and commit what it writes",
            stale.join(", ")
        );
    }
    Ok(())
}

fn from_registry(workspace: &Workspace) -> Result<[Generated; 3]> {
    let functions = registry::read(workspace)?;
    let template = workspace.root.join("template.yaml");
    let stanzas = stanzas::replace(&workspace::read(&template)?, &functions).context("template.yaml")?;
    Ok([
        Generated {
            path: workspace.root.join("docs/jobs.md"),
            text: catalogue::render(&functions),
        },
        Generated {
            path: template,
            text: stanzas,
        },
        Generated {
            path: workspace.root.join("functions/platform/src/watchdog/jobs.json"),
            text: watched::render(&functions),
        },
    ])
}

fn described_queries(workspace: &Workspace) -> Result<queries::Queries> {
    Database::of(workspace)?.during(|url| queries::described_by(workspace, url))
}

fn differing(left: &queries::Queries, right: &queries::Queries) -> BTreeSet<String> {
    let names = left.keys().chain(right.keys());
    names
        .filter(|name| left.get(*name) != right.get(*name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_stale_when_it_is_new_gone_or_answered_differently() {
        let folder = |files: &[(&str, &str)]| -> queries::Queries {
            files
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect()
        };
        let committed = folder(&[("same", "1"), ("changed", "1"), ("gone", "1")]);
        let fresh = folder(&[("same", "1"), ("changed", "2"), ("new", "1")]);
        assert_eq!(
            Vec::from_iter(differing(&committed, &fresh)),
            ["changed", "gone", "new"]
        );
        assert!(differing(&committed, &committed).is_empty());
    }
}
