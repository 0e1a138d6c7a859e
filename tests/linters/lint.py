"""What linters that nobody here wrote say about generated policies: one JSON line a finding that is an error.

Arguments: policy documents, each with the role's diff.json beside it.
"""

import fnmatch
import json
import os
import sys

from cloudsplaining.scan.policy_document import PolicyDocument
from parliament import analyze_policy_string, enhance_finding

# parliament's data is older than the catalogue
STALE = {"UNKNOWN_ACTION", "UNKNOWN_PREFIX", "UNKNOWN_CONDITION_FOR_ACTION"}


def error(path, tool, what):
    print(json.dumps({"policy": path, "tool": tool, "finding": what}))


def parliament(path, text):
    for finding in analyze_policy_string(text, filepath=path).findings:
        finding = enhance_finding(finding)
        if finding.issue not in STALE and finding.severity in ("MEDIUM", "HIGH", "CRITICAL"):
            error(path, "parliament", f"{finding.issue}: {finding.detail}")


def used(folder):
    """Lower-case actions of the usage that lies in a folder above: all that a policy without a predecessor may rest on."""
    while not os.path.exists(os.path.join(folder, "usage.jsonl")):
        folder = os.path.dirname(folder)
    with open(os.path.join(folder, "usage.jsonl")) as file:
        rows = [json.loads(line) for line in file][1:]
    return [row["action"].lower() for row in rows if row["outcome"] in ("allowed", "failed")]


def justified(path):
    """Lower-case patterns of the actions that were used, or could not be seen."""
    with open(os.path.join(os.path.dirname(path), "diff.json")) as file:
        diff = json.load(file)
    if not diff["statements"]:
        return used(os.path.dirname(path))
    kept = [entry for statement in diff["statements"] for entry in statement["kept"]]
    reasons = ("used", "failed-only", "unobservable", "kept")
    return [a.lower() for entry in kept if entry["verdict"] in reasons for a in entry["actions"]]


def cloudsplaining(path, text):
    found = PolicyDocument(json.loads(text)).allows_privilege_escalation
    patterns = justified(path) if found else []
    for finding in found:
        for action in finding["actions"]:
            if not any(fnmatch.fnmatchcase(action.lower(), p) for p in patterns):
                error(path, "cloudsplaining", f"{finding['type']}: {action}")


for name in sys.argv[1:]:
    with open(name) as file:
        content = file.read()
    parliament(name, content)
    cloudsplaining(name, content)
