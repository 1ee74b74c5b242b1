//! docs/jobs.md: the jobs as an operator looks them up.

use crate::registry::Function;

pub fn render(functions: &[Function]) -> String {
    let mut text = String::from(
        "<!-- Written by `cargo xtask sync` from functions/*/Cargo.toml; do not edit. -->\n\n\
         # Jobs\n\n\
         Every job is one Lambda function and one command of the same name. All times are UTC. The lock id is \
         the PostgreSQL advisory lock that keeps two runs of a job apart; the timeout is the Lambda \
         function's, in seconds, and its memory is in MB.\n\n\
         | job | product | runs | EventBridge rule | lock id | timeout | memory | what it does |\n\
         |---|---|---|---|---:|---:|---:|---|\n",
    );
    for Function {
        name,
        product,
        timeout,
        memory,
        summary,
        variables,
        job,
    } in functions
    {
        if let Some(job) = job {
            let words = job.schedule.in_words();
            let (schedule, lock_id) = (&job.schedule, job.lock_id);
            let empty = if job.may_be_empty {
                " A run without subjects is normal."
            } else {
                ""
            };
            let own = match variables.is_empty() {
                true => String::new(),
                false => format!(" Its own variables: `{}`.", variables.join("`, `")),
            };
            text.push_str(&format!(
                "| `{name}` | {product} | {words} | `{schedule}` | {lock_id} | {timeout} | {memory} | {summary}{empty}{own} |\n"
            ));
        }
    }
    let mut others = functions
        .iter()
        .filter(|function| function.job.is_none())
        .peekable();
    if others.peek().is_some() {
        text.push_str(
            "\n# Functions without a rule\n\n\
             | function | package | timeout | memory | what it does |\n|---|---|---:|---:|---|\n",
        );
    }
    for Function {
        name,
        product,
        timeout,
        memory,
        summary,
        ..
    } in others
    {
        text.push_str(&format!(
            "| `{name}` | {product} | {timeout} | {memory} | {summary} |\n"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::samples::*;

    #[test]
    fn every_function_has_one_row_in_its_table() {
        let text = render(&[job(), without_rule()]);
        let row = "| `at-risk-detection` | coaching | daily at 03:00 | `cron(0 3 * * ? *)` | 482202 | 900 | 256 \
                   | Finds members: who fades. |\n";
        assert!(text.contains(row), "{text}");
        assert!(
            text.ends_with("| `migrate` | platform | 300 | 128 | Applies the migrations. |\n"),
            "{text}"
        );
        assert!(!render(&[job()]).contains("without a rule"));
    }

    #[test]
    fn a_job_that_may_be_empty_says_so() {
        let mut sometimes_idle = job();
        sometimes_idle.job.as_mut().expect("a job").may_be_empty = true;
        assert!(render(&[sometimes_idle]).contains("fades. A run without subjects is normal. |"));
    }
}
