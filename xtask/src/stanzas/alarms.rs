//! A job's alarms: it failed, it was given up, it did not start.

use crate::registry::Job;
use crate::schedule::Schedule;

/// A start is counted when its invocation ends, after 15 minutes at most; CloudWatch takes up to five more.
const COUNTED_AFTER: u32 = 20;

/// In minutes, the shorter and the longer period that are used to look for starts, each with the longest time
/// that CloudWatch looks back in such periods: a day, and a week from an hour on.
const FINE: (u32, u32) = (5, 24 * 60);
const COARSE: (u32, u32) = (60, 7 * 24 * 60);

pub fn alarms(name: &str, id: &str, job: &Job) -> String {
    let mut text = alarm(
        &format!("{id}Errors"),
        None,
        &format!("{name}-errors"),
        &format!("{name} failed, or met its deadline. Lambda tries it again, twice."),
        &format!(
            "      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions:
        - Name: FunctionName
          Value: !Ref {id}
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      ComparisonOperator: GreaterThanThreshold
      Threshold: 0
      TreatMissingData: notBreaching
"
        ),
    );
    text.push_str(&alarm(
        &format!("{id}GivenUp"),
        None,
        &format!("{name}-given-up"),
        &format!("A run of {name} was given up. Its event lies in the dead-letter queue."),
        &format!(
            "      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions:
        - Name: QueueName
          Value: !GetAtt {id}DeadLetters.QueueName
      Statistic: Maximum
      Period: 300
      EvaluationPeriods: 1
      ComparisonOperator: GreaterThanThreshold
      Threshold: 0
      TreatMissingData: notBreaching
"
        ),
    ));
    match &job.local_tick {
        None => text.push_str(&missing(name, id, Rule::Only, &job.schedule)),
        // One of a name of its own for each rule: an alarm's name must not move from one to another in an update.
        Some(tick) => {
            text.push_str(&missing(name, id, Rule::Utc, &job.schedule));
            text.push_str(&missing(name, id, Rule::LocalTick, tick));
        }
    }
    text
}

/// Which of a job's rules an alarm waits for.
#[derive(Clone, Copy)]
enum Rule {
    Only,
    Utc,
    LocalTick,
}

impl Rule {
    /// The condition under which it is enabled, what it adds to the resource's name, and what to the alarm's.
    const fn words(self) -> (Option<&'static str>, &'static str, &'static str) {
        match self {
            Self::Only => (None, "", ""),
            Self::Utc => (Some("ByUtcClock"), "", ""),
            Self::LocalTick => (Some("ByLocalClock"), "LocalTick", "-local-tick"),
        }
    }
}

/// Lambda counts nothing while nothing starts, so it is the missing data that raises this one.
fn missing(name: &str, id: &str, rule: Rule, schedule: &Schedule) -> String {
    let (condition, of_id, of_name) = rule.words();
    let Some(Silence { period, periods }) = Silence::of(schedule) else {
        return format!(
            "
  # No {id}{of_id}Missing: an alarm looks back a week at most, too short for this schedule. The watchdog misses its runs.
"
        );
    };
    let seconds = period * 60;
    let minutes = period * periods;
    let (long, unit) = if minutes.is_multiple_of(60) {
        (minutes / 60, "hours")
    } else {
        (minutes, "minutes")
    };
    alarm(
        &format!("{id}{of_id}Missing"),
        condition,
        &format!("{name}{of_name}-missing"),
        &format!("{name} has not started for {long} {unit}."),
        &format!(
            "      ActionsEnabled: !If [Scheduled, true, false]
      Namespace: AWS/Lambda
      MetricName: Invocations
      Dimensions:
        - Name: FunctionName
          Value: !Ref {id}
      Statistic: Sum
      Period: {seconds}
      EvaluationPeriods: {periods}
      ComparisonOperator: LessThanThreshold
      Threshold: 1
      TreatMissingData: breaching
"
        ),
    )
}

fn alarm(id: &str, only_if: Option<&str>, name: &str, description: &str, condition: &str) -> String {
    let only_if = only_if.map_or_else(String::new, |is_so| format!("    Condition: {is_so}\n"));
    format!(
        "
  {id}:
    Type: AWS::CloudWatch::Alarm
{only_if}    Properties:
      AlarmName: !Sub ${{AWS::StackName}}-{name}
      AlarmDescription: {description}
      AlarmActions:
        - !Ref AlarmTopic
{condition}"
    )
}

/// How long a job may be silent before it is missed.
#[derive(Debug, PartialEq, Eq)]
struct Silence {
    /// In minutes.
    period: u32,
    periods: u32,
}

impl Silence {
    /// `None` where that is longer than CloudWatch looks back. A weekly job's runs are just as far apart as it
    /// does look back, which leaves no time for a run to be counted.
    fn of(schedule: &Schedule) -> Option<Self> {
        let gap = schedule.longest_gap()?;
        let (period, longest) = if gap < COARSE.0 { FINE } else { COARSE };
        let periods = (gap + COUNTED_AFTER).div_ceil(period);
        (period * periods <= longest).then_some(Self { period, periods })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::samples;

    #[test]
    fn a_job_is_missed_soon_after_its_longest_gap_and_within_what_cloudwatch_looks_back() {
        for (schedule, expected) in [
            ("cron(* * * * ? *)", Some((5, 5))),
            ("cron(0/5 * * * ? *)", Some((5, 5))),
            ("cron(0/15 * * * ? *)", Some((5, 7))),
            ("cron(0/25 * * * ? *)", Some((5, 9))),
            ("cron(0 * * * ? *)", Some((60, 2))),
            ("cron(0 0/6 * * ? *)", Some((60, 7))),
            ("cron(0 2 * * ? *)", Some((60, 25))),
            ("cron(0/25 9-17 ? * MON-FRI *)", Some((60, 64))),
            ("cron(0 9 ? * MON,TUE *)", Some((60, 145))),
            ("cron(0 19 ? * SUN *)", None),
            ("cron(0 9 1 * ? *)", None),
        ] {
            let expected = expected.map(|(period, periods)| Silence { period, periods });
            assert_eq!(
                Silence::of(&schedule.parse().expect(schedule)),
                expected,
                "{schedule}"
            );
        }
    }

    #[test]
    fn says_in_whole_hours_or_else_minutes_how_long_a_job_was_silent() {
        for (schedule, sentence) in [
            (
                "cron(0 3 * * ? *)",
                "at-risk-detection has not started for 25 hours.",
            ),
            (
                "cron(* * * * ? *)",
                "at-risk-detection has not started for 25 minutes.",
            ),
            ("cron(0 3 1 * ? *)", "# No AtRiskDetectionMissing"),
        ] {
            let mut job = samples::job().job.expect("a job");
            job.schedule = schedule.parse().expect(schedule);
            let text = alarms("at-risk-detection", "AtRiskDetection", &job);
            assert!(text.contains(sentence), "{text}");
        }
    }

    #[test]
    fn a_reminder_is_missed_by_the_rule_that_is_enabled() {
        let mut job = samples::reminder().job.expect("a job");
        job.schedule = "cron(0 9 1 * ? *)".parse().expect("once a month");
        let text = alarms("at-risk-detection", "AtRiskDetection", &job);
        assert!(text.contains("# No AtRiskDetectionMissing"), "{text}");
        assert!(text.contains("AlarmName: !Sub ${AWS::StackName}-at-risk-detection-local-tick-missing\n"));
        assert!(text.contains("at-risk-detection has not started for 35 minutes."));
        assert_eq!(text.matches("Condition: ").count(), 1);
    }
}
