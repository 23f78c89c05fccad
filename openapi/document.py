"""The whole document, and how it is written: compact, but a line for each path and each schema, so that a
difference can be read."""

import json
import re
from pathlib import Path

from lastseen import __version__
from lastseen.api.request import SEES_ALL
from openapi.components import HEADERS, PARAMETERS, RESPONSES, Object
from openapi.device_schemas import DEVICE_SCHEMAS
from openapi.paths import DESCRIBED, LISTS, TAGS
from openapi.resource_schemas import RESOURCE_SCHEMAS

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "layers/core/python/lastseen/api/openapi.json"
RELEASED = ROOT / "docs/api/released"

_ABOUT = (
    "Device state from Enode, cached, honest about its freshness, with history. Clients of Enode's API "
    "(2024-10-01) work after changing the base URL and the token. What Enode's API has beside reads of devices, this "
    "one answers with 501 and says where to go. A device that Enode has only just found has null in place of "
    "everything but `information`, until its first update."
)


def document() -> Object:
    """Put the document together."""
    fields = {**DEVICE_SCHEMAS, **RESOURCE_SCHEMAS, **LISTS}
    paths: dict[str, Object] = {}
    for describe in DESCRIBED.values():
        for path, item in describe().items():
            paths[path] = {**paths.get(path, {}), **item}
    shown = sorted(set(re.findall(r"#/components/examples/(\w+)", json.dumps(paths))))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lastseen read API",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "Where this document is."}],
        "security": [{"bearer": []}],
        "tags": TAGS,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token of the deployment's OpenID Connect issuer. It sees the devices of the "
                    f"user that it names; those of all users with what tells operators, by default the scope "
                    f"`{SEES_ALL}`.",
                }
            },
            "schemas": {name: fields[name].schema for name in sorted(fields)},
            "parameters": dict(PARAMETERS),
            "headers": dict(HEADERS),
            "responses": dict(RESPONSES),
            "examples": {name: {"value": fields[name].example} for name in shown},
        },
    }


def written(found: Object) -> str:
    """Write a document."""
    return (
        f"{{{','.join(f'\n{json.dumps(name)}:{_spread(name, value)}' for name, value in found.items())}\n}}\n"
    )


def _spread(name: str, value: object) -> str:
    """Write a part of it: paths and components one to a line."""
    if isinstance(value, dict) and name in {
        "paths",
        "components",
        "schemas",
        "parameters",
        "headers",
        "responses",
    }:
        lines = (
            f"\n{json.dumps(key)}:{_spread(key if name == 'components' else '', one)}"
            for key, one in value.items()
        )
        return f"{{{','.join(lines)}\n}}"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
