//! The dashboard: one graph a number, one line a job.

use crate::registry::{Function, pascal_case};

/// A graph's title, the metric it shows of each job, its statistic, and over how many seconds.
struct Graph {
    title: &'static str,
    metric: Metric,
    statistic: &'static str,
    period: u32,
}

enum Metric {
    /// Written by each run: shared/src/telemetry.rs.
    Own(&'static str),
    Function(&'static str),
    DeadLetters,
}

const DAY: u32 = 86_400;
const FIVE_MINUTES: u32 = 300;

const fn graph(title: &'static str, metric: Metric, statistic: &'static str, period: u32) -> Graph {
    Graph {
        title,
        metric,
        statistic,
        period,
    }
}

const GRAPHS: [Graph; 9] = [
    graph("Runs succeeded a day", Metric::Own("RunsSucceeded"), "Sum", DAY),
    graph("Runs partial a day", Metric::Own("RunsPartial"), "Sum", DAY),
    graph("Runs failed a day", Metric::Own("RunsFailed"), "Sum", DAY),
    graph(
        "Subjects processed a day",
        Metric::Own("SubjectsProcessed"),
        "Sum",
        DAY,
    ),
    graph("Subjects failed a day", Metric::Own("SubjectsFailed"), "Sum", DAY),
    graph("Runs skipped a day", Metric::Own("RunsSkipped"), "Sum", DAY),
    graph("Longest run", Metric::Own("Duration"), "Maximum", FIVE_MINUTES),
    graph("Function errors", Metric::Function("Errors"), "Sum", FIVE_MINUTES),
    graph("Dead letters", Metric::DeadLetters, "Maximum", FIVE_MINUTES),
];

/// Of the 24 columns that CloudWatch has.
const WIDTH: usize = 8;
const HEIGHT: usize = 6;

pub fn dashboard(functions: &[Function]) -> String {
    let jobs: Vec<_> = functions
        .iter()
        .filter(|function| function.job.is_some())
        .collect();
    let graphs: Vec<_> = GRAPHS
        .iter()
        .enumerate()
        .map(|(place, graph)| widget(place, graph, &jobs))
        .collect();
    format!(
        "  Dashboard:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardName: !Ref AWS::StackName
      DashboardBody: !Sub |
        {{\"start\": \"-P14D\", \"widgets\": [
{}
        ]}}
",
        graphs.join(",\n")
    )
}

fn widget(place: usize, graph: &Graph, jobs: &[&Function]) -> String {
    let Graph {
        title,
        metric,
        statistic,
        period,
    } = graph;
    let (x, y) = (place * WIDTH % 24, place * WIDTH / 24 * HEIGHT);
    let lines: Vec<_> = jobs.iter().map(|job| metric.of(&job.name)).collect();
    format!(
        r#"          {{"type": "metric", "x": {x}, "y": {y}, "width": {WIDTH}, "height": {HEIGHT}, "properties": {{
            "title": "{title}", "region": "${{AWS::Region}}", "stat": "{statistic}", "period": {period}, "metrics": [
{}
            ]}}}}"#,
        lines.join(",\n")
    )
}

impl Metric {
    fn of(&self, job: &str) -> String {
        let id = pascal_case(job);
        let metric = match self {
            Self::Own(name) => format!(r#""Nightshift", "{name}", "service", "nightshift", "job", "{job}""#),
            Self::Function(name) => format!(r#""AWS/Lambda", "{name}", "FunctionName", "${{{id}}}""#),
            Self::DeadLetters => format!(
                r#""AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${{{id}DeadLetters.QueueName}}""#
            ),
        };
        format!(r#"              [{metric}, {{"label": "{job}"}}]"#)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::samples::*;

    #[test]
    fn shows_only_metrics_that_a_run_writes() {
        let telemetry = include_str!("../../../shared/src/telemetry.rs");
        let names = GRAPHS.iter().filter_map(|graph| match graph.metric {
            Metric::Own(name) => Some(name),
            _ => None,
        });
        for name in names.chain(["Nightshift", "nightshift", "service", "job"]) {
            assert!(telemetry.contains(&format!("\"{name}\"")), "{name}");
        }
    }

    #[test]
    fn every_graph_has_its_place_and_a_line_for_each_job_and_for_no_other_function() {
        let text = dashboard(&[job(), without_rule()]);
        let (_, body) = text.split_once("!Sub |").expect("a body");
        let body: serde_json::Value = serde_json::from_str(body).expect("the body is JSON");
        let widgets = body["widgets"].as_array().expect("widgets");
        assert_eq!(widgets.len(), GRAPHS.len());
        assert_eq!([&widgets[0]["x"], &widgets[0]["y"]], [0, 0]);
        assert_eq!([&widgets[5]["x"], &widgets[5]["y"]], [16, 6]);
        for widget in widgets {
            let lines = widget["properties"]["metrics"].as_array().expect("lines");
            assert_eq!(lines.len(), 1, "{widget}");
        }
        assert_eq!(
            widgets[3]["properties"]["metrics"][0],
            serde_json::json!([
                "Nightshift", "SubjectsProcessed", "service", "nightshift", "job", "at-risk-detection",
                {"label": "at-risk-detection"}
            ])
        );
    }
}
