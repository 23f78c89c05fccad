"""AWS's linter on the processed template, for three regions whose services and limits differ."""

import json
import subprocess
import tempfile
from pathlib import Path

from rehearsal.outcome import Finding, NotRehearsedError, Outcome, listed
from rehearsal.processed import ROOT, Processed

REGIONS = ("eu-central-1", "us-east-1", "cn-north-1")
LINTER = ROOT / ".venv-sam/bin/cfn-lint"


def rehearse(processed: Processed) -> Outcome:
    """Lint what CloudFormation would get."""
    if not LINTER.exists():
        raise NotRehearsedError("cfn-lint is missing: `make rehearse` installs it")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "processed.json"
        file.write_text(json.dumps(processed.template), encoding="utf-8")
        done = subprocess.run(
            [str(LINTER), "--format", "json", "--regions", *REGIONS, "--", str(file)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    many = len(processed.template["Resources"])
    if not done.stdout.strip():
        return Outcome("", [Finding("cfn-lint", done.stderr.strip()[-500:])])
    findings = [
        Finding(
            "/".join(map(str, (one["Location"].get("Path") or ["the template"])[:4])),
            f"{one['Rule']['Id']}: {one['Message']}",
        )
        for one in json.loads(done.stdout)
    ]
    return Outcome(f"{many} resources for {listed(REGIONS)}", findings)
