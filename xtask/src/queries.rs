//! `.sqlx/`: what the database says of every query in the code, so that builds need no database.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::workspace::{self, Workspace};
use crate::{db, process};

/// File names and contents of a folder of query data.
pub type Queries = BTreeMap<String, String>;

/// Asks a database with all migrations about every query in the workspace.
pub fn described_by(workspace: &Workspace, server: &str) -> Result<Queries> {
    let home = workspace.target.join("sqlx");
    let lock = workspace::lock_file(&home.join("lock"))?;
    lock.lock()
        .context("wait for another xtask that checks the queries")?;

    let name = format!("nightshift_sync_{}", std::process::id());
    let database = db::create_database(server, &name)?;
    let queries = migrate(workspace, &database).and_then(|()| describe(workspace, &database, &home));
    db::drop_database(server, &name)?;
    queries
}

/// What is committed.
pub fn committed(workspace: &Workspace) -> Result<Queries> {
    load(&workspace.root.join(".sqlx"))
}

/// Makes the committed files those given.
pub fn commit(workspace: &Workspace, queries: &Queries) -> Result<()> {
    let folder = workspace.root.join(".sqlx");
    for name in committed(workspace)?
        .keys()
        .filter(|name| !queries.contains_key(*name))
    {
        workspace::remove_file(&folder.join(name))?;
    }
    for (name, text) in queries {
        workspace::write(&folder.join(name), text)?;
    }
    Ok(())
}

/// Applies the migrations with psql, because the `migrate` binary may not build before its queries are known.
fn migrate(workspace: &Workspace, database: &str) -> Result<()> {
    for file in workspace::list(&workspace.root.join("migrations"))? {
        if file.extension().is_some_and(|extension| extension == "sql") {
            db::run_file(database, &file).with_context(|| format!("apply {}", workspace.shown(&file)))?;
        }
    }
    Ok(())
}

/// The macros ask the database and leave its answers in a folder. They only do so where they are expanded,
/// so every member is forgotten and checked anew; what they depend on is shared with all other builds.
fn describe(workspace: &Workspace, database: &str, home: &Path) -> Result<Queries> {
    let answers = home.join("answers");
    workspace::remove_folder(&answers)?;
    workspace::create_folder(&answers)?;

    let mut clean = workspace.cargo();
    clean.args(["clean", "--quiet"]);
    let mut check = workspace.cargo();
    check.args(["check", "--quiet", "--workspace", "--all-targets"]);
    for member in workspace.members.iter().filter(|member| member.name != "xtask") {
        clean.args(["-p", &member.name]);
    }
    check
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &answers)
        .env("DATABASE_URL", database);
    process::run(&mut clean)?;
    process::run(&mut check).context("check the queries against the migrated schema")?;
    load(&answers)
}

fn load(folder: &Path) -> Result<Queries> {
    let mut queries = Queries::new();
    for file in workspace::list(folder)? {
        if let Some(name) = file.file_name().and_then(|name| name.to_str()) {
            queries.insert(name.to_owned(), workspace::read(&file)?);
        }
    }
    Ok(queries)
}
