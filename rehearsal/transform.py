"""SAM's own transform of a template, as AWS runs it. This file alone runs in the environment of the SAM CLI.

Reads `{"template": path, "region": …, "parameters": {…}}` from standard input and writes the processed template to
standard output; what is uploaded is named `s3://artifacts/<logical id>`.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

UPLOADED = ("CodeUri", "ContentUri")


def processed(template: str, region: str, parameters: dict[str, str]) -> Any:
    """Transform a template for a region, with these parameters."""
    os.environ["AWS_DEFAULT_REGION"] = region
    from samtranslator.translator.transform import transform  # noqa: PLC0415 - reads the region when it is loaded
    from samtranslator.yaml_helper import yaml_parse  # noqa: PLC0415

    written = yaml_parse(Path(template).read_text(encoding="utf-8"))
    for logical_id, resource in written["Resources"].items():
        properties = resource.get("Properties", {})
        for name in UPLOADED:
            if name in properties:
                properties[name] = f"s3://artifacts/{logical_id}"
    return transform(written, {"AWS::Region": region, **parameters}, None)


if __name__ == "__main__":
    json.dump(processed(**json.load(sys.stdin)), sys.stdout)
