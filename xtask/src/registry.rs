//! The registry: what each domain's Cargo.toml says of its jobs. There is no other list of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::schedule::Schedule;
use crate::workspace::{self, Workspace};

/// Lambda's own limits, in seconds and MB.
const LONGEST_TIMEOUT: u32 = 900;
const MEMORY: std::ops::RangeInclusive<u32> = 128..=10_240;

/// A function's name is the stack's, a hyphen and this; Lambda takes 64 characters.
const LONGEST_NAME: usize = 40;

/// Tells a job which of its two rules starts it, and whoever starts jobs by which one it is expected.
const CLOCK: &str = "REMINDER_CLOCK";

/// A Lambda function, with what only a job has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// The package, and for a job the product whose tenants it processes.
    pub product: String,
    pub timeout: u32,
    pub memory: u32,
    pub summary: String,
    /// The environment variables that are this function's own, each from a parameter of the template.
    pub variables: Vec<String>,
    pub job: Option<Job>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub schedule: Schedule,
    /// When it runs instead where what is due is told by each user's own clock.
    pub local_tick: Option<Schedule>,
    pub lock_id: u32,
    /// A run without subjects is nothing to be alarmed about.
    pub may_be_empty: bool,
    /// It may invoke the other jobs' functions.
    pub starts_jobs: bool,
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    jobs: BTreeMap<String, JobEntry>,
    #[serde(default)]
    functions: BTreeMap<String, FunctionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct JobEntry {
    schedule: Schedule,
    local_tick: Option<Schedule>,
    lock_id: u32,
    timeout: u32,
    memory: u32,
    summary: String,
    #[serde(default)]
    variables: Vec<String>,
    #[serde(default)]
    may_be_empty: bool,
    #[serde(default)]
    starts_jobs: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FunctionEntry {
    timeout: u32,
    memory: u32,
    summary: String,
    #[serde(default)]
    variables: Vec<String>,
}

/// Reads all domains' manifests: jobs in the order of their lock ids, then the functions without a rule.
pub fn read(workspace: &Workspace) -> Result<Vec<Function>> {
    let mut functions = Vec::new();
    for folder in workspace::list(&workspace.root.join("functions"))? {
        let manifest = folder.join("Cargo.toml");
        if manifest.exists() {
            let shown = workspace.shown(&manifest).to_string();
            let found = parse(&workspace::read(&manifest)?).with_context(|| shown.clone())?;
            compare_with_binaries(&found, &binaries(&folder)?).with_context(|| shown)?;
            functions.extend(found);
        }
    }
    refuse_duplicates(&functions)?;
    functions.sort_by_key(|function| {
        (
            function.job.as_ref().map_or(u32::MAX, |job| job.lock_id),
            function.name.clone(),
        )
    });
    Ok(functions)
}

/// What one manifest registers.
pub fn parse(manifest: &str) -> Result<Vec<Function>> {
    let Package {
        name: product,
        metadata,
    } = toml::from_str::<Manifest>(manifest)?.package;
    let mut functions = Vec::new();
    for (name, entry) in metadata.jobs {
        let JobEntry {
            schedule,
            local_tick,
            lock_id,
            timeout,
            memory,
            summary,
            variables,
            may_be_empty,
            starts_jobs,
        } = entry;
        let job = Some(Job {
            schedule,
            local_tick,
            lock_id,
            may_be_empty,
            starts_jobs,
        });
        let function = Function {
            product: product.clone(),
            timeout,
            memory,
            summary,
            variables,
            job,
            name,
        };
        check(&function).with_context(|| format!("package.metadata.jobs.{}", function.name))?;
        functions.push(function);
    }
    for (
        name,
        FunctionEntry {
            timeout,
            memory,
            summary,
            variables,
        },
    ) in metadata.functions
    {
        let function = Function {
            product: product.clone(),
            timeout,
            memory,
            summary,
            variables,
            job: None,
            name,
        };
        check(&function).with_context(|| format!("package.metadata.functions.{}", function.name))?;
        functions.push(function);
    }
    Ok(functions)
}

fn check(function: &Function) -> Result<()> {
    let Function {
        name,
        timeout,
        memory,
        summary,
        variables,
        ..
    } = function;
    check_name(name)?;
    if !(1..=LONGEST_TIMEOUT).contains(timeout) {
        bail!("timeout: {timeout} is not between 1 and Lambda's {LONGEST_TIMEOUT} seconds");
    }
    if !MEMORY.contains(memory) {
        bail!(
            "memory: {memory} is not between Lambda's {} and {} MB",
            MEMORY.start(),
            MEMORY.end()
        );
    }
    if summary.contains('\n') || summary.contains('|') || !summary.ends_with('.') {
        bail!("summary: it must be one line, a sentence with its full stop, and no `|`");
    }
    // Lambda's limit for a description.
    if summary.chars().count() > 256 {
        bail!("summary: Lambda shows at most 256 characters");
    }
    for variable in variables {
        let is_plain = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase());
        if !variable.split('_').all(is_plain) {
            bail!("variables: `{variable}` must be upper-case words joined by underscores");
        }
    }
    let needs_clock = |job: &Job| job.local_tick.is_some() || job.starts_jobs;
    if function.job.as_ref().is_some_and(needs_clock) != variables.iter().any(|variable| variable == CLOCK) {
        bail!(
            "local-tick: a job that has one, or starts jobs that have, names {CLOCK} among its variables, and no other does"
        );
    }
    if function
        .job
        .as_ref()
        .is_some_and(|job| job.lock_id == 0 || i32::try_from(job.lock_id).is_err())
    {
        bail!("lock-id: it must be an integer from 1 to {}", i32::MAX);
    }
    Ok(())
}

/// A name is a binary, a function, a folder and a log field: lower case with single hyphens.
pub fn check_name(name: &str) -> Result<()> {
    let words_are_plain = name
        .split('-')
        .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
    if !words_are_plain || !name.starts_with(|c: char| c.is_ascii_lowercase()) || name.len() > LONGEST_NAME {
        bail!(
            "the name `{name}` must be lower-case words joined by hyphens, at most {LONGEST_NAME} characters"
        );
    }
    Ok(())
}

fn binaries(folder: &Path) -> Result<Vec<String>> {
    let sources: Vec<PathBuf> = workspace::list(&folder.join("src/bin"))?;
    Ok(sources
        .iter()
        .filter(|source| source.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|source| Some(source.file_stem()?.to_str()?.to_owned()))
        .collect())
}

fn compare_with_binaries(functions: &[Function], binaries: &[String]) -> Result<()> {
    for Function { name, .. } in functions {
        if !binaries.contains(name) {
            bail!("`{name}` is registered but has no binary src/bin/{name}.rs");
        }
    }
    for binary in binaries {
        if !functions.iter().any(|function| function.name == *binary) {
            bail!("the binary src/bin/{binary}.rs is not registered; add [package.metadata.jobs.{binary}]");
        }
    }
    Ok(())
}

fn refuse_duplicates(functions: &[Function]) -> Result<()> {
    let mut names = BTreeMap::new();
    let mut locks = BTreeMap::new();
    for function in functions {
        let Function {
            name, product, job, ..
        } = function;
        if let Some(other) = names.insert(name, product) {
            bail!("the name `{name}` is registered by functions/{other} and by functions/{product}");
        }
        if let Some(job) = job
            && let Some(other) = locks.insert(job.lock_id, name)
        {
            bail!("lock-id: {} belongs to `{other}` and to `{name}`", job.lock_id);
        }
    }
    Ok(())
}

/// `AtRiskDetection` for `at-risk-detection`: the job's type, and its resources in the template. `FrontendUrl`
/// for `FRONTEND_URL`: the parameter that gives the variable its value.
pub fn pascal_case(name: &str) -> String {
    name.split(['-', '_'])
        .map(|word| word[..1].to_ascii_uppercase() + &word[1..].to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
pub mod samples {
    use super::*;

    pub fn job() -> Function {
        Function {
            name: "at-risk-detection".to_owned(),
            product: "coaching".to_owned(),
            timeout: 900,
            memory: 256,
            summary: "Finds members: who fades.".to_owned(),
            variables: Vec::new(),
            job: Some(Job {
                schedule: "cron(0 3 * * ? *)".parse().expect("a valid schedule"),
                local_tick: None,
                lock_id: 482_202,
                may_be_empty: false,
                starts_jobs: false,
            }),
        }
    }

    /// With a rule for each clock.
    pub fn reminder() -> Function {
        let mut reminder = job();
        reminder.variables = vec![CLOCK.to_owned()];
        if let Some(job) = &mut reminder.job {
            job.local_tick = Some("cron(0/15 * * * ? *)".parse().expect("a valid schedule"));
        }
        reminder
    }

    /// Starts the other jobs.
    pub fn starter() -> Function {
        let mut starter = job();
        starter.name = "watchdog".to_owned();
        starter.variables = vec![CLOCK.to_owned()];
        if let Some(job) = &mut starter.job {
            job.lock_id = 482_252;
            job.starts_jobs = true;
        }
        starter
    }

    pub fn without_rule() -> Function {
        Function {
            name: "migrate".to_owned(),
            product: "platform".to_owned(),
            timeout: 300,
            memory: 128,
            summary: "Applies the migrations.".to_owned(),
            variables: Vec::new(),
            job: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::*;
    use super::*;

    const GOOD: &str = r#"
        [package]
        name = "coaching"
        version.workspace = true

        [package.metadata.jobs.at-risk-detection]
        schedule = "cron(0 3 * * ? *)"
        lock-id = 482202
        timeout = 900
        memory = 256
        summary = "Finds members: who fades."
    "#;

    #[test]
    fn reads_a_job_and_a_function_without_rule() {
        assert_eq!(parse(GOOD).expect("a good manifest"), [job()]);
        let manifest = "[package]\nname = 'platform'\n[package.metadata.functions.migrate]\n\
                        timeout = 300\nmemory = 128\nsummary = 'Applies the migrations.'";
        assert_eq!(parse(manifest).expect("a good manifest"), [without_rule()]);
        assert_eq!(
            parse("[package]\nname = 'bare'").expect("a manifest without metadata"),
            []
        );
    }

    #[test]
    fn a_reminder_has_a_second_rule_and_is_told_which_one_starts_it() {
        let entry = "timeout = 900\nvariables = ['REMINDER_CLOCK']\nlocal-tick = 'cron(0/15 * * * ? *)'";
        let manifest = GOOD.replace("timeout = 900", entry);
        assert_eq!(parse(&manifest).expect("a good manifest"), [reminder()]);
    }

    #[test]
    fn an_error_names_the_entry_and_the_field() {
        for (good, bad, complaint) in [
            (
                "timeout = 900",
                "timeout = 901",
                "metadata.jobs.at-risk-detection: timeout: 901",
            ),
            (
                "memory = 256",
                "memory = 64",
                "metadata.jobs.at-risk-detection: memory: 64",
            ),
            ("fades.", "fades", "metadata.jobs.at-risk-detection: summary"),
            (
                "lock-id = 482202",
                "lock-id = 0",
                "metadata.jobs.at-risk-detection: lock-id",
            ),
            ("lock-id = 482202", "lock_id = 482202", "unknown field `lock_id`"),
            ("timeout = 900", "", "missing field `timeout`"),
            (
                "memory = 256",
                "memory = 256\nvariables = ['Frontend_URL']",
                "variables: `Frontend_URL` must be upper-case words",
            ),
            ("cron(0 3", "cron(0 25", "`25` is not a hours"),
            (
                "timeout = 900",
                "timeout = 900\nlocal-tick = 'cron(0/15 * * * ? *)'",
                "metadata.jobs.at-risk-detection: local-tick",
            ),
            (
                "timeout = 900",
                "timeout = 900\nvariables = ['REMINDER_CLOCK']",
                "metadata.jobs.at-risk-detection: local-tick",
            ),
            (
                "jobs.at-risk-detection",
                "jobs.AtRisk",
                "the name `AtRisk` must be",
            ),
            (
                "jobs.at-risk-detection",
                "jobs.at--risk",
                "the name `at--risk` must be",
            ),
        ] {
            let error = format!("{:#}", parse(&GOOD.replace(good, bad)).expect_err(bad));
            assert!(error.contains(complaint), "{bad}: {error}");
        }
    }

    #[test]
    fn names_and_lock_ids_are_unique_over_all_domains() {
        let error = refuse_duplicates(&[job(), job()])
            .expect_err("the same name")
            .to_string();
        assert!(error.contains("`at-risk-detection` is registered by"), "{error}");
        let renamed = Function {
            name: "other".to_owned(),
            ..job()
        };
        let error = refuse_duplicates(&[job(), renamed])
            .expect_err("the same lock")
            .to_string();
        assert_eq!(
            error,
            "lock-id: 482202 belongs to `at-risk-detection` and to `other`"
        );
        refuse_duplicates(&[job(), without_rule()]).expect("nothing shared");
    }

    #[test]
    fn a_job_without_binary_and_a_binary_without_job_are_both_errors() {
        let named = |name: &str| vec![name.to_owned()];
        compare_with_binaries(&[job()], &named("at-risk-detection")).expect("they match");
        compare_with_binaries(&[job()], &[]).expect_err("no binary");
        compare_with_binaries(&[], &named("stray")).expect_err("no job");
    }

    #[test]
    fn a_type_is_named_as_its_job() {
        assert_eq!(pascal_case("at-risk-detection"), "AtRiskDetection");
        assert_eq!(pascal_case("watchdog"), "Watchdog");
        assert_eq!(
            pascal_case("FRONTEND_URL"),
            "FrontendUrl",
            "and a parameter as its variable"
        );
    }
}
