"""Prune the installed packages to what Lambda needs.

boto3 comes with descriptions of four hundred services, 27 MB of the layer, and reads and parses the whole
description of a service before its first call. Kept are the services and operations named below; a call that is
not named fails at once with `AttributeError: 'DynamoDB' object has no attribute ...`, which says where to add it.
"""

import gzip
import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

OPERATIONS = {
    "dynamodb": {
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "ExecuteStatement",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "UpdateItem",
    },
    "s3": {"GetObject", "ListObjectsV2", "PutObject"},
    "secretsmanager": {"BatchGetSecretValue", "GetSecretValue"},
}

BALLAST = [
    "boto3/data/*",  # the resource layer (Table, Bucket); we use clients
    "boto3/examples",
    "botocore/data/*/*/examples-1.json",
    "botocore/data/*/*/waiters-2.json",
    "pydantic/v1",  # the old API, imported by nobody here
    "pydantic/mypy.py",
    # Powertools beyond Logger, Metrics and parameters: a resolver with a whole Swagger UI, and what uses it.
    "aws_lambda_powertools/event_handler",
    *(
        f"aws_lambda_powertools/utilities/{name}"
        for name in [
            "auth_alpha",
            "batch",
            "circuit_breaker",
            "data_classes",
            "data_masking",
            "feature_flags",
            "idempotency",
            "kafka",
            "parser",
            "streaming",
            "validation",
        ]
    ),
    "anyio/_backends/_trio.py",
    "anyio/pytest_plugin.py",
    "httpx/_main.py",  # its command line
    "pydantic/experimental",
    "botocore/cacert.pem",  # certifi's is the one that is used where both are there
    "dateutil/zoneinfo/dateutil-zoneinfo.tar.gz",
    "urllib3/contrib/emscripten",
    "bin",
    "*.dist-info/RECORD",
    "*.dist-info/sboms",
]


def prune(packages: Path) -> None:
    """Remove from an installed tree of packages what no function of ours uses.

    Args:
        packages: The layer's `python/` folder, as pip filled it.
    """
    remove(service for service in (packages / "botocore/data").iterdir() if is_foreign(service))
    for pattern in BALLAST:
        remove(packages.glob(pattern))
    for service, operations in OPERATIONS.items():
        for model in (packages / "botocore/data" / service).glob("*/service-2.json.gz"):
            narrow(model, operations)
    shorten_endpoints(packages / "botocore/data/endpoints.json")


def is_foreign(service: Path) -> bool:
    """Tell whether a folder of botocore's data describes a service that we never call."""
    return service.is_dir() and service.name not in OPERATIONS


def remove(paths: Iterable[Path]) -> None:
    """Remove files and whole folders."""
    for path in list(paths):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def narrow(model: Path, operations: set[str]) -> None:
    """Cut a service's description to the given operations and the shapes they need, without the prose.

    Args:
        model: A `service-2.json.gz`; replaced by a plain `service-2.json`, which loads faster.
        operations: Names as in the service's API. One that it lacks is an error: misspelt.
    """
    description = json.loads(gzip.decompress(model.read_bytes()))
    unknown = operations - description["operations"].keys()
    if unknown:
        raise SystemExit(f"{model} describes no operation {', '.join(sorted(unknown))}")
    description["operations"] = {name: description["operations"][name] for name in operations}
    description["shapes"] = reachable(description)
    model.unlink()
    plain = json.dumps(without_prose(description), separators=(",", ":"), sort_keys=True)
    model.with_suffix("").write_text(plain, encoding="utf-8")


def shorten_endpoints(path: Path) -> None:
    """Leave out of botocore's list of endpoints, parsed for every client, the services that we never call."""
    endpoints = json.loads(path.read_text(encoding="utf-8"))
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in services.keys() & OPERATIONS.keys()}
    path.write_text(json.dumps(endpoints, separators=(",", ":"), sort_keys=True), encoding="utf-8")


def reachable(description: dict[str, Any]) -> dict[str, Any]:
    """Collect the shapes that the description's operations lead to, through members and errors."""
    shapes = description["shapes"]
    waiting = list(named_shapes(description["operations"]))
    found: dict[str, Any] = {}
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = shapes[name]
            waiting.extend(named_shapes(shapes[name]))
    return found


def named_shapes(node: Any) -> list[str]:
    """List the names under every key `shape` of a nested description."""
    if isinstance(node, list):
        return [name for child in node for name in named_shapes(child)]
    if not isinstance(node, dict):
        return []
    here = [node["shape"]] if isinstance(node.get("shape"), str) else []
    return here + [name for child in node.values() for name in named_shapes(child)]


def without_prose(node: Any) -> Any:
    """Copy a description with every `documentation` emptied, which is most of its bytes.

    Emptied, not removed: botocore reads some of them, and S3's PutObject fails without.
    """
    if isinstance(node, list):
        return [without_prose(child) for child in node]
    if not isinstance(node, dict):
        return node
    # A member may itself be called documentation; prose is always a string, a member never is.
    return {
        key: "" if key == "documentation" and isinstance(child, str) else without_prose(child)
        for key, child in node.items()
    }


if __name__ == "__main__":
    prune(Path(sys.argv[1]))
