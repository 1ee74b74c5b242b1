//! functions/platform/src/watchdog/jobs.json: which jobs there are and when each is expected, for the watchdog.

use serde_json::json;

use crate::registry::Function;

/// One line a job, in the order of lock ids.
pub fn render(functions: &[Function]) -> String {
    let entry = |function: &Function| {
        let job = function.job.as_ref()?;
        let entry = json!({
            "name": function.name,
            "schedule": job.schedule.to_string(),
            "localTick": job.local_tick.as_ref().map(ToString::to_string),
            "mayBeEmpty": job.may_be_empty,
        });
        Some(format!("  {entry}"))
    };
    let entries: Vec<String> = functions.iter().filter_map(entry).collect();
    format!("[\n{}\n]\n", entries.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::samples::*;

    #[test]
    fn every_job_stands_there_with_its_schedules_and_nothing_else_does() {
        let text = render(&[job(), reminder(), without_rule()]);
        let entries: Vec<serde_json::Value> = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            entries,
            [json!(null), json!("cron(0/15 * * * ? *)")].map(|tick| json!({
                "name": "at-risk-detection",
                "schedule": "cron(0 3 * * ? *)",
                "localTick": tick,
                "mayBeEmpty": false,
            }))
        );
        assert_eq!(text.lines().count(), 4);
    }
}
