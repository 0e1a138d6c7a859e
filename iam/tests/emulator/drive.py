"""Puts generated policies into an emulator of IAM, asks it, and writes down what it answers.

    drive.py ENDPOINT CASES.json ANSWERS.json

Talks to the endpoint only (loopback). Needs botocore, which the emulator brings.
"""

import http.client
import json
import sys
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.session import Session

REGION = "us-east-1"
ACCOUNT = "000000000000"
TARGETS = {"ssm": "AmazonSSM", "dynamodb": "DynamoDB_20120810", "sqs": "AmazonSQS"}


class Emulator:
    def __init__(self, endpoint):
        self.endpoint = endpoint
        at = urllib.parse.urlsplit(endpoint)
        self.connection = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
        self.root = Credentials("test", "test")

    def client(self, service):
        return Session().create_client(
            service, REGION, endpoint_url=self.endpoint, aws_access_key_id="test", aws_secret_access_key="test"
        )

    def call(self, credentials, action, body):
        """Signs and sends a call; whether it was let through."""
        service, operation = action.split(":")
        request = AWSRequest(
            method="POST",
            url=self.endpoint + "/",
            data=json.dumps(body),
            headers={
                "Content-Type": "application/x-amz-json-1.0" if service != "ssm" else "application/x-amz-json-1.1",
                "X-Amz-Target": f"{TARGETS[service]}.{operation}",
            },
        )
        SigV4Auth(credentials, service, REGION).add_auth(request)
        prepared = request.prepare()
        self.connection.request("POST", "/", prepared.body, dict(prepared.headers))
        response = self.connection.getresponse()
        text = response.read().decode()
        denied = response.status in (400, 403) and "AccessDenied" in text
        if response.status >= 500 or not denied and ("Signature" in text or "Token" in text):
            raise SystemExit(f"{action}: {response.status} {text}")
        return "denied" if denied else "allowed"


def simulated(emulator, iam, number, case):
    """A user with an inline, an attached and a group's policy."""
    name = f"u{number}"
    iam.create_user(UserName=name)
    for at, document in enumerate(case["identity"]):
        text = json.dumps(document)
        if at == 0:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
        elif at == 1:
            made = iam.create_policy(PolicyName=f"m{number}", PolicyDocument=text)
            iam.attach_user_policy(UserName=name, PolicyArn=made["Policy"]["Arn"])
        else:
            iam.create_group(GroupName=f"g{number}")
            iam.put_group_policy(GroupName=f"g{number}", PolicyName="p", PolicyDocument=text)
            iam.add_user_to_group(GroupName=f"g{number}", UserName=name)
    answers = []
    for resource in case["resources"]:
        told = iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/{name}",
            ActionNames=case["actions"],
            ResourceArns=[resource],
        )
        answers += [result["EvalDecision"] for result in told["EvaluationResults"]]
    return answers


def enforced(emulator, iam, sts, number, case):
    """A role with a boundary, in a session with a session policy and tags."""
    name = f"r{number}"
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": ACCOUNT},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        },
    }
    made = {"RoleName": name, "AssumeRolePolicyDocument": json.dumps(trust)}
    if case["boundary"]:
        boundary = iam.create_policy(PolicyName=f"b{number}", PolicyDocument=json.dumps(case["boundary"]))
        made["PermissionsBoundary"] = boundary["Policy"]["Arn"]
    role = iam.create_role(**made)["Role"]
    for at, document in enumerate(case["identity"]):
        iam.put_role_policy(RoleName=name, PolicyName=f"p{at}", PolicyDocument=json.dumps(document))
    session = {"RoleArn": role["Arn"], "RoleSessionName": "session"}
    if case["session"]:
        session["Policy"] = json.dumps(case["session"])
    if case["tags"]:
        session["Tags"] = [{"Key": key, "Value": value} for key, value in case["tags"].items()]
    given = sts.assume_role(**session)["Credentials"]
    credentials = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return [emulator.call(credentials, ask["action"], ask["body"]) for ask in case["asks"]]


def main():
    endpoint, cases, answers = sys.argv[1:]
    emulator = Emulator(endpoint)
    iam, sts = emulator.client("iam"), emulator.client("sts")
    with open(cases) as file:
        cases = json.load(file)
    told = {
        "simulated": [simulated(emulator, iam, n, case) for n, case in enumerate(cases["simulated"])],
        "enforced": [enforced(emulator, iam, sts, n, case) for n, case in enumerate(cases["enforced"])],
    }
    with open(answers, "w") as file:
        json.dump(told, file)


main()
