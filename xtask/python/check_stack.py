"""Creates stacks on moto's CloudFormation and compares what stands there with the registry.

Reads `{"functions": […], "stacks": [{"template": …, "parameters": …}, …]}` from the file that it is given, and writes
a list of findings for each stack to stdout, as JSON. What the services' APIs tell comes from them. What moto's
CloudFormation does not keep is read from the template, with moto's own answers in place of the references:

- a function's dead-letter queue, logging and architecture, and the managed policies of its role (moto creates both
  without them);
- alarms, queue policies, settings of asynchronous invocations and subscriptions (moto skips them).
"""

import ast
import functools
import json
import os
import sys

os.environ |= {"AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "moto", "AWS_SECRET_ACCESS_KEY": "moto"}
# Moto answers for AWS's own addresses only.
for elsewhere in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
    os.environ.pop(elsewhere, None)

import boto3
from moto import mock_aws
from moto.cloudformation import models
from moto.cloudformation.parsing import clean_json
from moto.core import DEFAULT_ACCOUNT_ID

STACK = "nightshift"
REGION = os.environ["AWS_DEFAULT_REGION"]
ARN = f"{REGION}:{DEFAULT_ACCOUNT_ID}"

# Writing the log and joining the VPC: all that AWS's own policies may be attached for.
MANAGED_POLICIES = {
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
}
FORTNIGHT = 14 * 24 * 3600
HOUR, DAY, WEEK = 3600, 24 * 3600, 7 * 24 * 3600


# The templates are JSON. Moto would read them as YAML, with a parser in Python: a third of all the time here.
models.Stack.parse_template = staticmethod(json.loads)

# A client takes long to make, and serves in every stack's AWS.
aws = functools.cache(boto3.client)


class Stack:
    """What stands there, in dictionaries by name."""

    def __init__(self, template, parameters):
        self.parameters = parameters
        self.defaults = {name: declared.get("Default") for name, declared in template["Parameters"].items()}
        aws("s3").create_bucket(Bucket="uploaded", CreateBucketConfiguration={"LocationConstraint": REGION})
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                aws("s3").put_object(Bucket="uploaded", Key=resource["Properties"]["Code"]["S3Key"], Body=b"")
        aws("cloudformation").create_stack(
            StackName=STACK,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        self.resolve(template["Resources"])
        self.lambdas = aws("lambda")
        self.functions = by("FunctionName", self.lambdas.list_functions()["Functions"])
        self.events = aws("events")
        self.rules = by("Name", self.events.list_rules()["Rules"])
        self.queues = self.read_queues()
        self.log_groups = by("logGroupName", aws("logs").describe_log_groups()["logGroups"])
        self.topics = [topic["TopicArn"] for topic in aws("sns").list_topics()["Topics"]]
        self.declared = by("FunctionName", self.of_type("AWS::Lambda::Function"))
        self.alarms = by("AlarmName", self.of_type("AWS::CloudWatch::Alarm"))

    def resolve(self, resources):
        """Keeps the resources whose condition holds, every reference replaced by what moto created."""
        stacks = models.cloudformation_backends[DEFAULT_ACCOUNT_ID][REGION].stacks.values()
        created = next(iter(stacks)).resource_map
        self.resources, self.managed_policies = [], {}
        for name, resource in resources.items():
            if created.lazy_condition_map.get(resource.get("Condition"), True):
                properties = clean_json(resource["Properties"], created)
                self.resources.append((resource["Type"], properties))
                if resource["Type"] == "AWS::IAM::Role":
                    self.managed_policies[created[name].name] = properties.get("ManagedPolicyArns", [])

    def of_type(self, kind):
        return [properties for its_kind, properties in self.resources if its_kind == kind]

    def read_queues(self):
        client = aws("sqs")
        queues = {}
        for url in client.list_queues().get("QueueUrls", []):
            attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            queues[url.rsplit("/", 1)[1]] = attributes | {"Url": url}
        return queues


def by(key, items):
    return {item[key]: item for item in items}


def check(functions, stack):
    """Yields each difference as a sentence."""
    jobs = [function for function in functions if function["rules"]]
    yield from same_names("function", [f"{STACK}-{function['name']}" for function in functions], stack.functions)
    rules = [f"{STACK}-{job['name']}{rule['suffix']}" for job in jobs for rule in job["rules"]]
    yield from same_names("rule", rules, stack.rules)
    yield from same_names("queue", [f"{STACK}-{job['name']}-dead-letters" for job in jobs], stack.queues)
    for function in functions:
        name = f"{STACK}-{function['name']}"
        checks = [check_function, check_log, check_role] if name in stack.functions else []
        if function in jobs and checks:
            checks += [check_rules, check_dead_letters, check_alarms]
        for check_one in checks:
            for finding in check_one(function, name, stack):
                yield f"{function['name']}: {finding}"
    yield from check_topic(stack)
    yield from check_dashboard(jobs)


def same_names(kind, expected, found):
    for name in sorted(set(expected) - set(found)):
        yield f"the {kind} {name} is missing"
    for name in sorted(set(found) - set(expected)):
        yield f"the registry knows of no {kind} {name}"


def check_function(function, name, stack):
    found = stack.functions[name]
    declared = stack.declared[name]
    expected = {"Timeout": function["timeout"], "MemorySize": function["memory"], "Runtime": "provided.al2023"}
    for key, value in expected.items():
        if found[key] != value:
            yield f"{key} is {found[key]}, not {value}"
    environment = {
        "APP_ENV": stack.parameters.get("AppEnv", "production"),
        "BATCH_SIZE": stack.parameters.get("BatchSize", 500),
        "DATABASE_CA_FILE": stack.parameters.get("DatabaseCaFile", ""),
        "DATABASE_SECRET_ID": stack.parameters["DatabaseSecretArn"],
    }
    for variable in function["variables"]:
        parameter = variable.title().replace("_", "")
        environment[variable] = stack.parameters.get(parameter, stack.defaults.get(parameter))
    if function["starts"]:
        environment["FUNCTION_NAME_PREFIX"] = f"{STACK}-"
    # Numbers are numbers here and texts there.
    if {key: str(value) for key, value in found["Environment"]["Variables"].items()} != {
        key: str(value) for key, value in environment.items()
    }:
        yield f"the environment is {found['Environment']['Variables']}, not {environment}"
    if declared["Architectures"] != [stack.parameters.get("Architecture", "arm64")]:
        yield f"the architecture is {declared['Architectures']}"
    vpc = {key: stack.parameters[key].split(",") for key in ("SubnetIds", "SecurityGroupIds") if key in stack.parameters}
    if declared.get("VpcConfig", {}) != vpc:
        yield f"it is in the VPC as {declared.get('VpcConfig')}, not {vpc}"
    if "ReservedConcurrentExecutions" in declared:
        yield "it reserves concurrency"


def check_log(function, name, stack):
    group = f"/aws/lambda/{name}"
    if group not in stack.log_groups:
        yield "its log group is missing"
    else:
        kept = stack.log_groups[group].get("retentionInDays")
        if kept != int(stack.parameters.get("LogRetentionDays", 30)):
            yield f"its log is kept for {kept} days"
    logging = stack.declared[name].get("LoggingConfig", {})
    level = stack.parameters.get("LogLevel", "INFO")
    expected = {"LogGroup": group, "LogFormat": "JSON", "ApplicationLogLevel": level}
    if logging != expected:
        yield f"it logs as {logging}, not {expected}"


def check_role(function, name, stack):
    """Its role serves Lambda alone, and allows exactly its secrets, its own dead-letter queue and whom it starts."""
    client = aws("iam")
    role = stack.functions[name]["Role"].rsplit("/", 1)[1]
    trust = client.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    trusted = [statement["Principal"] for statement in trust["Statement"]]
    if trusted != [{"Service": ["lambda.amazonaws.com"]}]:
        yield f"its role may be assumed by {trusted}"

    documents = []
    for arn in stack.managed_policies[role]:
        if not arn.startswith("arn:aws:iam::aws:"):
            version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            documents.append(client.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])
        elif arn not in MANAGED_POLICIES:
            yield f"its role has {arn}"
    for policy in client.list_role_policies(RoleName=role)["PolicyNames"]:
        documents.append(parsed(client.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]))
    allowed = {
        (action, resource)
        for document in documents
        for statement in many(document["Statement"])
        for action in many(statement["Action"])
        for resource in many(statement["Resource"])
    }

    expected = {("secretsmanager:GetSecretValue", stack.parameters["DatabaseSecretArn"])}
    if "DatabaseSecretKeyArn" in stack.parameters:
        expected.add(("kms:Decrypt", stack.parameters["DatabaseSecretKeyArn"]))
    for variable in function["variables"]:
        parameter = variable.title().replace("_", "")
        if variable.endswith("_SECRET_ID") and parameter in stack.parameters:
            expected.add(("secretsmanager:GetSecretValue", stack.parameters[parameter]))
    if function["rules"]:
        expected.add(("sqs:SendMessage", f"arn:aws:sqs:{ARN}:{name}-dead-letters"))
    for started in function["starts"]:
        expected.add(("lambda:InvokeFunction", f"arn:aws:lambda:{ARN}:function:{STACK}-{started}"))
    for action, resource in sorted(expected - allowed):
        yield f"its role may not {action} on {resource}"
    for action, resource in sorted(allowed - expected):
        yield f"its role may {action} on {resource}"


def parsed(document):
    """Moto hands out some policies parsed, and some as Python writes them."""
    return ast.literal_eval(document) if isinstance(document, str) else document


def many(value):
    return value if isinstance(value, list) else [value]


def by_its_clock(rule, stack):
    """Whether it is the one of its job's rules that the stack's clock enables."""
    return rule["clock"] in (None, stack.parameters.get("ReminderClock", "utc"))


def check_rules(function, name, stack):
    for rule in function["rules"]:
        if name + rule["suffix"] in stack.rules:
            yield from check_rule(rule, name, stack)


def check_rule(expected, name, stack):
    rule = stack.rules[name + expected["suffix"]]
    if rule["ScheduleExpression"] != expected["schedule"]:
        yield f"its rule says {rule['ScheduleExpression']}, not {expected['schedule']}"
    scheduled = stack.parameters.get("SchedulesEnabled", "true") == "true"
    state = "ENABLED" if scheduled and by_its_clock(expected, stack) else "DISABLED"
    if rule["State"] != state:
        yield f"its rule {rule['ScheduleExpression']} is {rule['State']}, not {state}"
    targets = stack.events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    if [target["Arn"] for target in targets] != [stack.functions[name]["FunctionArn"]]:
        yield f"its rule's targets are {targets}"
    for target in targets:
        if target.get("DeadLetterConfig") != {"Arn": f"arn:aws:sqs:{ARN}:{name}-dead-letters"}:
            yield "its rule has not its dead-letter queue"
        if target.get("RetryPolicy") != {"MaximumEventAgeInSeconds": HOUR, "MaximumRetryAttempts": 10}:
            yield f"its rule tries again by {target.get('RetryPolicy')}"
    if (rule["Arn"], "events.amazonaws.com") not in permissions(name, stack):
        yield "its rule may not invoke it"


def permissions(name, stack):
    """Who may invoke the function: the source's ARN and the service."""
    try:
        policy = json.loads(stack.lambdas.get_policy(FunctionName=name)["Policy"])
    except stack.lambdas.exceptions.ResourceNotFoundException:
        return []
    return [
        (statement.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn"), statement["Principal"].get("Service"))
        for statement in policy["Statement"]
        if statement["Effect"] == "Allow" and statement["Action"] == "lambda:InvokeFunction"
    ]


def check_dead_letters(function, name, stack):
    queue = stack.queues.get(f"{name}-dead-letters")
    if queue is None:
        return
    if stack.declared[name].get("DeadLetterConfig") != {"TargetArn": queue["QueueArn"]}:
        yield "it has not its dead-letter queue"
    if int(queue["MessageRetentionPeriod"]) != FORTNIGHT:
        yield f"its dead letters are kept for {queue['MessageRetentionPeriod']} s"
    if queue.get("SqsManagedSseEnabled") != "true":
        yield "its dead letters are not encrypted"
    rules = [f"arn:aws:events:{ARN}:rule/{name}{rule['suffix']}" for rule in function["rules"]]
    senders = [
        (statement["Principal"], statement["Action"], statement["Resource"], statement.get("Condition"))
        for policy in stack.of_type("AWS::SQS::QueuePolicy")
        if queue["Url"] in policy["Queues"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    expected = (
        {"Service": "events.amazonaws.com"},
        "sqs:SendMessage",
        queue["QueueArn"],
        {"ArnEquals": {"aws:SourceArn": rules if len(rules) > 1 else rules[0]}},
    )
    if senders != [expected]:
        yield f"its dead-letter queue takes from {senders}, not from its rules alone"
    retries = [
        settings["MaximumRetryAttempts"]
        for settings in stack.of_type("AWS::Lambda::EventInvokeConfig")
        if settings["FunctionName"] == name
    ]
    if retries != [2]:
        yield f"Lambda tries it again {retries} times, not twice"


def check_alarms(function, name, stack):
    own = [("FunctionName", name)]
    yield from check_alarm(f"{name}-errors", stack, ("AWS/Lambda", "Errors", own), "notBreaching")
    queue = [("QueueName", f"{name}-dead-letters")]
    visible = "ApproximateNumberOfMessagesVisible"
    yield from check_alarm(f"{name}-given-up", stack, ("AWS/SQS", visible, queue), "notBreaching")

    for rule in function["rules"]:
        yield from check_missing(rule, name, own, stack)


def check_missing(rule, name, own, stack):
    missing = f"{name}{rule['suffix']}-missing"
    gap = rule["longestGapMinutes"]
    # What runs once a week or less, the watchdog misses.
    if gap is None or gap * 60 >= WEEK:
        if missing in stack.alarms:
            yield f"the alarm {missing} cannot look back that far"
        return
    if not by_its_clock(rule, stack):
        if missing in stack.alarms:
            yield f"the alarm {missing} waits for a rule that is disabled"
        return
    yield from check_alarm(missing, stack, ("AWS/Lambda", "Invocations", own), "breaching")
    if missing in stack.alarms:
        alarm = stack.alarms[missing]
        period = int(alarm["Period"])
        looks_back = period * int(alarm["EvaluationPeriods"])
        if not gap * 60 < looks_back <= (DAY if period < HOUR else WEEK):
            yield f"the alarm {missing} looks back {looks_back} s"
        scheduled = stack.parameters.get("SchedulesEnabled", "true") == "true"
        if alarm["ActionsEnabled"] is not scheduled:
            yield f"the alarm {missing} acts: {alarm['ActionsEnabled']}"


def check_alarm(name, stack, metric, missing_data):
    alarm = stack.alarms.get(name)
    if alarm is None:
        yield f"the alarm {name} is missing"
        return
    dimensions = [(dimension["Name"], dimension["Value"]) for dimension in alarm["Dimensions"]]
    if (alarm["Namespace"], alarm["MetricName"], dimensions) != metric:
        yield f"the alarm {name} watches {alarm['Namespace']} {alarm['MetricName']} of {dimensions}"
    if alarm["TreatMissingData"] != missing_data:
        yield f"the alarm {name} takes missing data for {alarm['TreatMissingData']}"
    comparison = (alarm["ComparisonOperator"], int(alarm["Threshold"]))
    expected = ("LessThanThreshold", 1) if missing_data == "breaching" else ("GreaterThanThreshold", 0)
    if comparison != expected:
        yield f"the alarm {name} compares {comparison}"
    if alarm.get("AlarmActions") != stack.topics:
        yield f"the alarm {name} tells {alarm.get('AlarmActions')}"


def check_topic(stack):
    if len(stack.topics) != 1:
        yield f"the topics are {stack.topics}"
        return
    key = aws("sns").get_topic_attributes(TopicArn=stack.topics[0])["Attributes"].get("KmsMasterKeyId")
    if not key:
        yield "the alarms' topic is not encrypted"
    else:
        policy = parsed(aws("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        actions = [
            action
            for statement in policy["Statement"]
            if statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
            for action in many(statement["Action"])
        ]
        if sorted(actions) != ["kms:Decrypt", "kms:GenerateDataKey*"]:
            yield f"with the topic's key CloudWatch may {actions}"
    subscribers = [subscription["Endpoint"] for subscription in stack.of_type("AWS::SNS::Subscription")]
    expected = [stack.parameters["AlarmEmail"]] if "AlarmEmail" in stack.parameters else []
    if subscribers != expected:
        yield f"the alarms go to {subscribers}, not to {expected}"


def check_dashboard(jobs):
    body = json.loads(aws("cloudwatch").get_dashboard(DashboardName=STACK)["DashboardBody"])
    for widget in body["widgets"]:
        shown = [line[-1]["label"] for line in widget["properties"]["metrics"]]
        if shown != [job["name"] for job in jobs]:
            yield f"the dashboard's graph '{widget['properties']['title']}' shows {shown}"


def findings(functions, template, parameters):
    # Every stack in an AWS of its own.
    with mock_aws():
        return list(check(functions, Stack(template, parameters)))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        work = json.load(file)
    answers = [findings(work["functions"], **stack) for stack in work["stacks"]]
    json.dump(answers, sys.stdout)


main()
