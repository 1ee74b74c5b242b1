"""Translates the SAM template into the CloudFormation that AWS would make of it, as JSON on stdout."""

import json
import os
import sys

# The translator looks a region up even though nothing here goes to AWS.
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """The template names no managed policy, so none has to be looked up in an account."""

    def load(self):
        return {}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            # As after the upload by `sam deploy`: the translator takes no local folder.
            resource["Properties"]["CodeUri"] = f"s3://uploaded/{name}"
    json.dump(transform(template, {}, NoManagedPolicies()), sys.stdout, indent=2)


main()
