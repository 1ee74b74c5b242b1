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
            let (tick_words, tick) = match &job.local_tick {
                None => (String::new(), String::new()),
                Some(tick) => (
                    format!("; by local clocks {}", tick.in_words()),
                    format!(", or `{tick}`"),
                ),
            };
            text.push_str(&format!(
                "| `{name}` | {product} | {words}{tick_words} | `{schedule}`{tick} | {lock_id} | {timeout} | {memory} | {summary}{empty}{own} |\n"
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
    use crate::registry::{self, samples::*};
    use crate::workspace::Workspace;

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
    fn a_reminder_has_both_of_its_schedules() {
        let row = "| daily at 03:00; by local clocks every 15 minutes | `cron(0 3 * * ? *)`, or `cron(0/15 * * * ? *)` |";
        assert!(render(&[reminder()]).contains(row));
    }

    /// The schedules are those of the systems that were replaced; operators and monitors know them.
    const RUNS: [(&str, &str, &str, u32); 26] = [
        ("commitment-scores", "coaching", "cron(0 2 * * ? *)", 482_201),
        ("at-risk-detection", "coaching", "cron(0 3 * * ? *)", 482_202),
        ("coach-actions", "coaching", "cron(0 4 * * ? *)", 482_203),
        ("behavior-metrics", "training", "cron(0 2 * * ? *)", 482_211),
        ("weekly-report", "training", "cron(0 * * * ? *)", 482_212),
        ("update-account-types", "sales", "cron(0 2 * * ? *)", 482_221),
        ("sample-metrics", "sales", "cron(0 2 * * ? *)", 482_222),
        ("calculate-burn-rates", "sales", "cron(0 2 * * ? *)", 482_223),
        ("process-triggers", "sales", "cron(0 0/6 * * ? *)", 482_224),
        ("goal-deadlines", "productivity", "cron(0 9 * * ? *)", 482_231),
        ("daily-check", "productivity", "cron(0 18 * * ? *)", 482_232),
        ("weekly-review", "productivity", "cron(0 19 ? * SUN *)", 482_233),
        ("inactive-users", "productivity", "cron(0 10 * * ? *)", 482_234),
        (
            "break-reminders",
            "productivity",
            "cron(0/25 9-17 ? * MON-FRI *)",
            482_235,
        ),
        ("monthly-report", "productivity", "cron(0 9 1 * ? *)", 482_236),
        ("daily-analytics", "productivity", "cron(0 1 * * ? *)", 482_237),
        (
            "weekly-aggregation",
            "productivity",
            "cron(0 2 ? * SUN *)",
            482_238,
        ),
        ("monthly-insights", "productivity", "cron(0 3 1 * ? *)", 482_239),
        ("user-behavior", "productivity", "cron(0 0/6 * * ? *)", 482_240),
        (
            "performance-metrics",
            "productivity",
            "cron(0 * * * ? *)",
            482_241,
        ),
        ("data-cleanup", "productivity", "cron(0 4 * * ? *)", 482_242),
        ("resolve-outcomes", "booking", "cron(0 0 * * ? *)", 482_173),
        ("expire-offers", "booking", "cron(0/5 * * * ? *)", 482_174),
        ("recompute-scores", "booking", "cron(0 2 * * ? *)", 482_175),
        ("deliver-messages", "platform", "cron(* * * * ? *)", 482_251),
        ("watchdog", "platform", "cron(0/5 * * * ? *)", 482_252),
    ];

    /// The lock ids of the six reminders.
    const REMINDERS: std::ops::RangeInclusive<u32> = 482_231..=482_236;

    #[test]
    fn every_job_runs_when_its_predecessor_did_and_a_reminder_by_local_clocks_too() {
        let workspace = Workspace::find().expect("the workspace");
        for function in registry::read(&workspace).expect("a valid registry") {
            let Some(job) = function.job else { continue };
            let name = function.name.as_str();
            let schedule = job.schedule.to_string();
            let row = (name, function.product.as_str(), schedule.as_str(), job.lock_id);
            assert!(RUNS.contains(&row), "{row:?}");
            let tick = match name {
                "break-reminders" => Some("cron(0/5 * * * ? *)"),
                _ => REMINDERS.contains(&job.lock_id).then_some("cron(0/15 * * * ? *)"),
            };
            let local_tick = job.local_tick.map(|tick| tick.to_string());
            assert_eq!(local_tick.as_deref(), tick, "{name}");
        }
    }

    #[test]
    fn a_job_that_may_be_empty_says_so() {
        let mut sometimes_idle = job();
        sometimes_idle.job.as_mut().expect("a job").may_be_empty = true;
        assert!(render(&[sometimes_idle]).contains("fades. A run without subjects is normal. |"));
    }
}
