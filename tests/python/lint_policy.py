"""What parliament finds in IAM policies: a line for each finding, `SID ISSUE`, statement by statement."""

import json
import sys

from parliament import analyze_policy_string

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        policy = json.load(file)
    for statement in policy["Statement"]:
        alone = json.dumps({"Version": policy["Version"], "Statement": [statement]})
        found = {finding.issue for finding in analyze_policy_string(alone).findings}
        for issue in sorted(found):
            print(statement["Sid"], issue)
    print(f"{path}: {len(policy['Statement'])} statements", file=sys.stderr)
