"""Asks an emulator of IAM what proposals allow, and writes down what it answers.

    drive.py ENDPOINT CASES.json ANSWERS.json

A case is {"policies": [document…], "asks": [[action, resource]…]}; its answer is the decision of each ask, in order.
Talks to the endpoint only (loopback). Needs botocore, which the emulator brings.
"""

import json
import sys
import uuid

from botocore.session import Session

ACCOUNT = "000000000000"


def answers(iam, name, case):
    iam.create_user(UserName=name)
    for at, document in enumerate(case["policies"]):
        iam.put_user_policy(UserName=name, PolicyName=f"p{at}", PolicyDocument=json.dumps(document))
    told = []
    for action, resource in case["asks"]:
        result = iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/{name}", ActionNames=[action], ResourceArns=[resource]
        )
        told.append(result["EvaluationResults"][0]["EvalDecision"])
    return told


def main():
    endpoint, cases, out = sys.argv[1:]
    iam = Session().create_client(
        "iam", "us-east-1", endpoint_url=endpoint, aws_access_key_id="test", aws_secret_access_key="test"
    )
    with open(cases) as file:
        cases = json.load(file)
    with open(out, "w") as file:
        json.dump([answers(iam, f"u{uuid.uuid4().hex}", case) for case in cases], file)


main()
