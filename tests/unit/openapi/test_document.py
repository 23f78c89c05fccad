"""Proves `openapi/document.py`, `api/openapi.py`, `routes/openapi.py`:
the description says what the code serves, no more and no less, and keeps to the standard.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import OpenAPIV31SpecValidator

from lastseen.domain.device import DeviceKind
from lastseen.routes.router import ROUTES
from openapi.document import KEPT, document, written
from tests.integration import template
from tests.support.app import App
from tests.support.builders import a_device, just_found

DOCUMENT: dict[str, Any] = document()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
NAMES = {
    DeviceKind.VEHICLE: "Vehicle",
    DeviceKind.CHARGER: "Charger",
    DeviceKind.BATTERY: "Battery",
    DeviceKind.INVERTER: "Inverter",
    DeviceKind.HVAC: "Hvac",
    DeviceKind.METER: "Meter",
    DeviceKind.HEM_SYSTEM: "HemSystem",
}


def described() -> set[str]:
    """Every operation of the document, its parameters without names."""
    return {
        f"{method.upper()} {_nameless(path)}" for path, item in DOCUMENT["paths"].items() for method in item
    }


def spelled_out(keys: Iterator[str]) -> set[str]:
    """Routes as the document has them: a path for each collection, `$default` left out."""
    found: set[str] = set()
    for key in keys:
        kinds = [
            kind for kind in DeviceKind if kind.can_be_hinted or not key.endswith("/refresh-hint")
        ]  # Enode has no hint for HEM systems
        found |= {_nameless(key.replace("{collection}", kind.collection)) for kind in kinds}
    return found - {"$default"}


def _nameless(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)


def faults(schema: str, value: object) -> list[str]:
    """What is wrong with a value, by a schema of the document."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    validator = OAS31Validator(whole, format_checker=oas31_format_checker)
    return [error.message for error in validator.iter_errors(value)]


def test_the_kept_document_is_the_written_one() -> None:
    """Who changes the description runs `make openapi`; what is served is what was reviewed."""
    assert KEPT.read_text(encoding="utf-8") == written(DOCUMENT), "run: make openapi"


def test_every_route_of_the_code_is_described_and_no_other() -> None:
    """A route cannot come or go without the description."""
    assert described() == spelled_out(iter(ROUTES))


def test_every_route_of_the_template_is_described_and_no_other() -> None:
    """What API Gateway lets through to the read function is what the code routes; preflights are the browsers' own."""
    deployed = {
        key
        for key, (function, _) in template.http_routes().items()
        if function == "ReadFunction" and not key.startswith(("OPTIONS ", "HEAD "))
    }

    assert deployed == set(ROUTES)
    assert described() == spelled_out(iter(deployed))


def test_what_needs_no_token_is_said_to_need_none() -> None:
    """The description and the template agree on who may ask."""
    free = {
        f"{method.upper()} {path}"
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if operation.get("security", DOCUMENT["security"]) == []
    }

    assert free == {
        key
        for key, (function, needs_token) in template.http_routes().items()
        if function == "ReadFunction" and not needs_token and not key.startswith(("OPTIONS ", "HEAD "))
    }


def test_the_document_keeps_to_openapi_3_1() -> None:
    """Generators may take the standard at its word."""
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    """No leftovers: the document is read by people too."""
    text = json.dumps(DOCUMENT)
    used = set(re.findall(r'"#/components/(\w+)/([\w-]+)"', text))
    there = {
        (section, name)
        for section, parts in DOCUMENT["components"].items()
        if section != "securitySchemes"
        for name in parts
    }

    assert used == there


def test_every_operation_has_an_id_of_its_own_and_tells_every_refusal() -> None:
    """Generated methods are named by ids, and typed by statuses."""
    operations = [operation for item in DOCUMENT["paths"].values() for operation in item.values()]

    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all({"429", "503"} <= operation["responses"].keys() for operation in operations)
    assert all(operation["summary"] and operation["tags"] for operation in operations)


@pytest.mark.parametrize("name", sorted(DOCUMENT["components"]["examples"]))
def test_every_example_fits_its_schema(name: str) -> None:
    """An example that lies is worse than none."""
    assert faults(name, DOCUMENT["components"]["examples"][name]["value"]) == []


@pytest.mark.parametrize("kind", DeviceKind)
def test_devices_fit_their_schemas_whole_and_just_found(kind: DeviceKind) -> None:
    """As Enode's documentation shows them, and as `discovered` has them: leaves null, or parts null."""
    whole = a_device(kind)

    for device in (whole, just_found(whole), just_found(whole, leaves=False)):
        assert faults(NAMES[kind], device) == []


@pytest.mark.parametrize("kind", DeviceKind)
def test_a_schema_knows_every_field_that_enode_documents(kind: DeviceKind) -> None:
    """Schemas are open, so only this finds a forgotten field."""
    unknown = set(_paths(a_device(kind))) - set(_described_paths(SCHEMAS[NAMES[kind]]))

    assert unknown == set()


@pytest.mark.parametrize("kind", DeviceKind)
def test_a_missing_or_mistyped_field_does_not_fit(kind: DeviceKind) -> None:
    """A schema that everything fits would prove nothing."""
    whole = a_device(kind)

    assert faults(NAMES[kind], {key: value for key, value in whole.items() if key != "information"})
    assert faults(NAMES[kind], whole | {"id": 5})


def test_the_api_gives_its_description_to_anyone() -> None:
    """Without a token, with an ETag, and the second time not again."""
    gateway = App().gateway

    first = gateway.answer("GET", "/openapi.json")
    again = gateway.answer("GET", "/openapi.json", [("if-none-match", first.headers["etag"])])

    assert (first.status, first.headers["content-type"]) == (200, "application/json")
    assert json.loads(first.body) == DOCUMENT
    assert (again.status, again.body) == (304, b"")


def _paths(value: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{prefix}{name}"
            yield from _paths(inner, f"{prefix}{name}.")


def _described_paths(schema: Any, prefix: str = "") -> Iterator[str]:
    for part in (schema, *schema.get("anyOf", [])):
        target = SCHEMAS[part["$ref"].rpartition("/")[2]] if "$ref" in part else part
        for name, inner in target.get("properties", {}).items():
            yield f"{prefix}{name}"
            yield from _described_paths(inner, f"{prefix}{name}.")


@pytest.mark.parametrize("operation", sorted(described()))
def test_every_operation_asks_for_a_token_where_it_says_so(operation: str) -> None:
    """Neither without a token nor with a forged one is anything answered."""
    method, path = operation.split()
    said = [] if path in ("/openapi.json", "/health/ready") else [401, 401]

    answers = [
        App().gateway.answer(method, path.replace("{}", "anyone"), headers).status
        for headers in ([], [("authorization", "Bearer forged")])
    ]

    assert [status for status in answers if status == 401] == said
