//! What AWS makes of the template. The tests create it on moto and compare what stands there with the registry.

use anyhow::{Context, Result};

use crate::process;
use crate::python::{MOTO, Python};
use crate::workspace::Workspace;

/// The template as CloudFormation gets it from SAM, in JSON.
pub fn translated(workspace: &Workspace) -> Result<String> {
    let mut translate = Python::with(workspace, &MOTO)?.command();
    translate
        .current_dir(&workspace.root)
        .args(["xtask/python/translate.py", "template.yaml"]);
    process::capture(&mut translate).context("translate template.yaml")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::schedule::Schedule;
    use crate::{registry, workspace};

    const FRONTEND: &str = "https://app.example.com";
    const SECRET: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:nightshift-AbCdEf";

    fn template(workspace: &Workspace) -> Value {
        let text = translated(workspace).expect("the template is valid");
        serde_json::from_str(&text).expect("JSON")
    }

    /// What the checker says of each template with its parameters.
    fn findings(workspace: &Workspace, test: &str, stacks: &[(Value, Value)]) -> Vec<Vec<String>> {
        let functions = registry::read(workspace).expect("a valid registry");
        let jobs = functions.iter().filter(|function| function.job.is_some());
        let jobs: Vec<&str> = jobs.map(|function| function.name.as_str()).collect();
        let functions: Vec<_> = functions
            .iter()
            .map(|function| {
                let starts_jobs = function.job.as_ref().is_some_and(|job| job.starts_jobs);
                let others = jobs.iter().filter(|name| starts_jobs && **name != function.name);
                let rule = |suffix: &str, clock: Value, schedule: &Schedule| {
                    json!({
                        "suffix": suffix,
                        "clock": clock,
                        "schedule": schedule.to_string(),
                        "longestGapMinutes": schedule.longest_gap(),
                    })
                };
                let rules = match &function.job {
                    None => vec![],
                    Some(job) => match &job.local_tick {
                        None => vec![rule("", Value::Null, &job.schedule)],
                        Some(tick) => vec![
                            rule("", json!("utc"), &job.schedule),
                            rule("-local-tick", json!("local"), tick),
                        ],
                    },
                };
                json!({
                    "name": function.name,
                    "timeout": function.timeout,
                    "memory": function.memory,
                    "variables": function.variables,
                    "rules": rules,
                    "starts": others.collect::<Vec<_>>(),
                })
            })
            .collect();
        let stacks: Vec<_> = stacks
            .iter()
            .map(|(template, parameters)| json!({"template": template, "parameters": parameters}))
            .collect();
        let path = workspace.target.join(format!("tmp/stacks-{test}.json"));
        let work = json!({"functions": functions, "stacks": stacks}).to_string();
        workspace::write(&path, &work).expect("write the stacks");
        let mut check = Python::with(workspace, &MOTO).expect("moto").command();
        check
            .current_dir(&workspace.root)
            .arg("xtask/python/check_stack.py")
            .arg(&path);
        let answer = process::capture(&mut check).expect("the stacks can be created");
        serde_json::from_str(&answer).expect("lists of findings")
    }

    #[test]
    fn what_is_deployed_is_what_the_registry_says() {
        let workspace = Workspace::find().expect("the workspace");
        let template = template(&workspace);
        let only_what_has_no_default = json!({"DatabaseSecretArn": SECRET, "FrontendUrl": FRONTEND});
        let everything = json!({
            "Architecture": "x86_64",
            "AppEnv": "staging",
            "SchedulesEnabled": "false",
            "DatabaseSecretArn": SECRET,
            "FrontendUrl": FRONTEND,
            "DatabaseSecretKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/0193",
            "DatabaseCaFile": "/var/task/authority.pem",
            "SubnetIds": "subnet-1,subnet-2",
            "SecurityGroupIds": "sg-1",
            "BatchSize": "100",
            "ReminderClock": "local",
            "ResolveOutcomesLimit": "1000",
            "RecomputeScoresWindowDays": "365",
            "CleanupIntervalDays": "90",
            "AnalyticsRetentionDays": "90",
            "CleanupForce": "true",
            "SmtpFrom": "Nightshift <no-reply@example.org>",
            "SmtpSecretId": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:smtp-AbCdEf",
            "WebhookKeySecretId": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:webhook-AbCdEf",
            "CrmBaseUrl": "https://crm.example.org",
            "CrmSecretId": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:crm-AbCdEf",
            "AlertEmail": "operator@example.org",
            "LogLevel": "DEBUG",
            "LogRetentionDays": "7",
            "AlarmEmail": "operator@example.org",
        });
        let declared = template["Parameters"].as_object().expect("parameters");
        assert_eq!(
            declared.keys().collect::<Vec<_>>(),
            everything
                .as_object()
                .expect("parameters")
                .keys()
                .collect::<Vec<_>>()
        );
        let mut by_local_clock = only_what_has_no_default.clone();
        by_local_clock["ReminderClock"] = json!("local");
        let stacks = [
            (template.clone(), only_what_has_no_default),
            (template.clone(), by_local_clock),
            (template, everything),
        ];
        let findings = findings(&workspace, "whole", &stacks);
        assert_eq!(findings, [[""; 0]; 3]);
    }

    /// Breaks one thing of the template's resources.
    type Break = fn(&mut Value);

    /// Each with the first finding that there should then be, or its beginning.
    const BREAKS: [(Break, &str); 38] = [
        (
            |all| remove(all, &["Migrate"]),
            "the function nightshift-migrate is missing",
        ),
        (
            |all| {
                all["Stray"] = all["Migrate"].clone();
                all["Stray"]["Properties"]["FunctionName"] = json!("nightshift-stray");
            },
            "the registry knows of no function nightshift-stray",
        ),
        (
            |all| remove(all, &["CoachActionsSchedule", "CoachActionsSchedulePermission"]),
            "the rule nightshift-coach-actions is missing",
        ),
        (
            |all| {
                all["Stray"] = all["CoachActionsSchedule"].clone();
                all["Stray"]["Properties"]["Name"] = json!("nightshift-stray");
            },
            "the registry knows of no rule nightshift-stray",
        ),
        (
            |all| {
                all["CoachActionsSchedule"]["Properties"]["ScheduleExpression"] = json!("cron(0 5 * * ? *)")
            },
            "coach-actions: its rule says cron(0 5 * * ? *), not cron(0 4 * * ? *)",
        ),
        (
            |all| all["CoachActionsSchedule"]["Properties"]["State"] = json!("DISABLED"),
            "coach-actions: its rule cron(0 4 * * ? *) is DISABLED, not ENABLED",
        ),
        (
            |all| {
                remove(
                    all,
                    &["GoalDeadlinesLocalTick", "GoalDeadlinesLocalTickPermission"],
                )
            },
            "the rule nightshift-goal-deadlines-local-tick is missing",
        ),
        (
            |all| all["GoalDeadlinesLocalTick"]["Properties"]["State"] = json!("ENABLED"),
            "goal-deadlines: its rule cron(0/15 * * * ? *) is ENABLED, not DISABLED",
        ),
        (
            |all| {
                let policy = &mut all["GoalDeadlinesDeadLettersPolicy"]["Properties"]["PolicyDocument"];
                let rules = &mut policy["Statement"][0]["Condition"]["ArnEquals"]["aws:SourceArn"];
                *rules = rules[0].clone();
            },
            "goal-deadlines: its dead-letter queue takes from ",
        ),
        (
            |all| remove(&mut all["GoalDeadlinesLocalTickMissing"], &["Condition"]),
            "goal-deadlines: the alarm nightshift-goal-deadlines-local-tick-missing waits for a rule that is disabled",
        ),
        (
            |all| all["GoalDeadlinesMissing"]["Condition"] = json!("ByLocalClock"),
            "goal-deadlines: the alarm nightshift-goal-deadlines-missing is missing",
        ),
        (
            |all| {
                all["CoachActionsSchedule"]["Properties"]["Targets"][0]["Arn"] = get_att("CommitmentScores")
            },
            "coach-actions: its rule's targets are ",
        ),
        (
            |all| remove(all, &["CoachActionsSchedulePermission"]),
            "coach-actions: its rule may not invoke it",
        ),
        (
            |all| {
                all["CoachActionsSchedulePermission"]["Properties"]["SourceArn"] =
                    get_att("CommitmentScoresSchedule");
            },
            "coach-actions: its rule may not invoke it",
        ),
        (
            |all| {
                remove(
                    &mut all["CoachActionsSchedule"]["Properties"]["Targets"][0],
                    &["DeadLetterConfig"],
                );
            },
            "coach-actions: its rule has not its dead-letter queue",
        ),
        (
            |all| {
                remove(
                    &mut all["CoachActionsSchedule"]["Properties"]["Targets"][0],
                    &["RetryPolicy"],
                );
            },
            "coach-actions: its rule tries again by None",
        ),
        (
            |all| remove(&mut all["CoachActions"]["Properties"], &["DeadLetterConfig"]),
            "coach-actions: it has not its dead-letter queue",
        ),
        (
            |all| {
                all["CoachActions"]["Properties"]["DeadLetterConfig"]["TargetArn"] =
                    get_att("CommitmentScoresDeadLetters");
            },
            "coach-actions: it has not its dead-letter queue",
        ),
        (
            |all| remove(all, &["CoachActionsDeadLettersPolicy"]),
            "coach-actions: its dead-letter queue takes from [], not from its rules alone",
        ),
        (
            |all| {
                let policy = &mut all["CoachActionsDeadLettersPolicy"]["Properties"]["PolicyDocument"];
                remove(&mut policy["Statement"][0], &["Condition"]);
            },
            "coach-actions: its dead-letter queue takes from ",
        ),
        (
            |all| remove(all, &["CoachActionsEventInvokeConfig"]),
            "coach-actions: Lambda tries it again [] times, not twice",
        ),
        (
            |all| {
                // Of the list with the key and the list without, the second.
                let policy = &mut all["ReadDatabaseSecret"]["Properties"]["PolicyDocument"];
                policy["Statement"]["Fn::If"][2][0]["Resource"] = json!("*");
            },
            "resolve-outcomes: its role may not secretsmanager:GetSecretValue on arn:",
        ),
        (
            |all| {
                let policy = &mut all["MigrateRole"]["Properties"]["Policies"];
                *policy = own_policy(
                    "secretsmanager:PutSecretValue",
                    json!({"Ref": "DatabaseSecretArn"}),
                );
            },
            "migrate: its role may secretsmanager:PutSecretValue on arn:",
        ),
        (
            |all| {
                let policies = &mut all["WatchdogRole"]["Properties"]["Policies"];
                invocable(policies)[0] = get_att("Migrate");
            },
            "watchdog: its role may not lambda:InvokeFunction on arn:",
        ),
        (
            |all| {
                let policies = &mut all["WatchdogRole"]["Properties"]["Policies"];
                let invocable = invocable(policies).as_array_mut().expect("a list");
                invocable.push(json!("*"));
            },
            "watchdog: its role may lambda:InvokeFunction on *",
        ),
        (
            |all| {
                let policy = &mut all["MigrateRole"]["Properties"]["Policies"];
                *policy = own_policy("secretsmanager:GetSecretValue", json!("*"));
            },
            "migrate: its role may secretsmanager:GetSecretValue on *",
        ),
        (
            |all| {
                let policies = &mut all["MigrateRole"]["Properties"]["ManagedPolicyArns"];
                policies[0] = json!("arn:aws:iam::aws:policy/AdministratorAccess");
            },
            "migrate: its role has arn:aws:iam::aws:policy/AdministratorAccess",
        ),
        (
            |all| {
                let trust = &mut all["MigrateRole"]["Properties"]["AssumeRolePolicyDocument"];
                trust["Statement"][0]["Principal"] = json!({"AWS": "*"});
            },
            "migrate: its role may be assumed by ",
        ),
        (
            |all| {
                remove(all, &["MigrateLogs"]);
                all["Migrate"]["Properties"]["LoggingConfig"]["LogGroup"] =
                    json!("/aws/lambda/nightshift-migrate");
            },
            "migrate: its log group is missing",
        ),
        (
            |all| remove(&mut all["MigrateLogs"]["Properties"], &["RetentionInDays"]),
            "migrate: its log is kept for None days",
        ),
        (
            |all| remove(&mut all["Migrate"]["Properties"], &["LoggingConfig"]),
            "migrate: it logs as {}",
        ),
        (
            |all| all["Migrate"]["Properties"]["Timeout"] = json!(3),
            "migrate: Timeout is 3, not 300",
        ),
        (
            |all| all["Migrate"]["Properties"]["ReservedConcurrentExecutions"] = json!(1),
            "migrate: it reserves concurrency",
        ),
        (
            |all| remove(all, &["CoachActionsErrors"]),
            "coach-actions: the alarm nightshift-coach-actions-errors is missing",
        ),
        (
            |all| all["CoachActionsMissing"]["Properties"]["TreatMissingData"] = json!("notBreaching"),
            "coach-actions: the alarm nightshift-coach-actions-missing takes missing data for notBreaching",
        ),
        (
            |all| all["CoachActionsMissing"]["Properties"]["EvaluationPeriods"] = json!(24),
            "coach-actions: the alarm nightshift-coach-actions-missing looks back 86400 s",
        ),
        (
            |all| remove(&mut all["CoachActionsGivenUp"]["Properties"], &["AlarmActions"]),
            "coach-actions: the alarm nightshift-coach-actions-given-up tells None",
        ),
        (
            |all| remove(&mut all["AlarmTopic"]["Properties"], &["KmsMasterKeyId"]),
            "the alarms' topic is not encrypted",
        ),
    ];

    fn remove(from: &mut Value, keys: &[&str]) {
        let from = from.as_object_mut().expect("an object");
        for key in keys {
            from.remove(*key).expect(key);
        }
    }

    fn get_att(resource: &str) -> Value {
        json!({"Fn::GetAtt": [resource, "Arn"]})
    }

    /// What of a role's policies says which functions may be invoked.
    fn invocable(policies: &mut Value) -> &mut Value {
        let policies = policies.as_array_mut().expect("policies");
        let statements = policies
            .iter_mut()
            .map(|policy| &mut policy["PolicyDocument"]["Statement"][0]);
        let invoking = statements.filter(|statement| statement["Action"] == "lambda:InvokeFunction");
        &mut invoking.last().expect("a policy that allows to invoke")["Resource"]
    }

    fn own_policy(action: &str, resource: Value) -> Value {
        let statement = json!({"Effect": "Allow", "Action": action, "Resource": resource});
        json!([{"PolicyName": "Own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}])
    }

    #[test]
    fn whatever_is_broken_is_found() {
        let workspace = Workspace::find().expect("the workspace");
        let whole = template(&workspace);
        let stacks = BREAKS.map(|(break_it, _)| {
            let mut broken = whole.clone();
            // They name functions that may be gone.
            remove(&mut broken, &["Outputs"]);
            break_it(&mut broken["Resources"]);
            (
                broken,
                json!({"DatabaseSecretArn": SECRET, "FrontendUrl": FRONTEND}),
            )
        });
        let findings = findings(&workspace, "broken", &stacks);
        assert_eq!(findings.len(), BREAKS.len());
        for ((_, expected), found) in BREAKS.iter().zip(&findings) {
            let only = found.first().filter(|finding| finding.starts_with(expected));
            assert!(only.is_some(), "{expected}\n{found:#?}");
        }
    }
}
