"""Write the processor that a build was made for into its template, so that CloudFormation refuses any other.

    python deploy/processor.py .aws-sam/build/template.yaml arm64

Needs nothing but Python: it is a step of `make build`.
"""

import re
import sys
from pathlib import Path

ARCH = re.compile(
    r"(^  Arch:\n(?: {4}.*\n)*? {4}Default: ).*\n((?: {4}(?!AllowedValues).*\n)*) {4}AllowedValues:.*\n(?: {4}- .*\n)*",
    re.MULTILINE,
)


def pinned(template: str, arch: str) -> str:
    """Give a template whose parameter Arch has one value only.

    Raises:
        ValueError: It has no such parameter, or not with a default and a list of values.

    >>> print(pinned("  Arch:\\n    Default: a\\n    AllowedValues: [a, b]\\n    Type: String\\n", "b"), end="")
      Arch:
        Default: b
        AllowedValues: [b]
        Type: String
    """
    found, count = ARCH.subn(rf"\g<1>{arch}\n\g<2>    AllowedValues: [{arch}]\n", template)
    if count != 1:
        raise ValueError("the template has no parameter Arch with a default and a list of values")
    return found


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(pinned(path.read_text(encoding="utf-8"), sys.argv[2]), encoding="utf-8")
