"""Proves `openapi/breaking_changes.py`:
no release breaks the clients of the one before, unless its version says so.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from lastseen import __version__
from openapi.breaking_changes import breaks
from openapi.document import RELEASED, document

type Document = dict[str, Any]
type Edit = Callable[[Document], object]

CURRENT: Document = document()
REACHED_BY_ANSWERS = sorted(set(CURRENT["components"]["schemas"]) - {"Message"})


def compatible_releases() -> list[Path]:
    """The kept descriptions of releases that this version promises not to break; before 1.0 the minor counts."""
    return [
        path
        for path in sorted(RELEASED.glob("openapi-*.json"))
        if _promise(path.stem[8:]) == _promise(__version__)
    ]


def _promise(version: str) -> tuple[str, ...]:
    major, minor, *_ = version.split(".")
    return (major,) if major != "0" else (major, minor)


def edited(edit: Edit) -> Document:
    """The current description after a change."""
    changed = deepcopy(CURRENT)
    edit(changed)
    return changed


def test_the_description_breaks_no_release() -> None:
    """What a client of a release relies on still holds. Until the first release there is none to break."""
    for released in compatible_releases():
        assert breaks(json.loads(released.read_text(encoding="utf-8")), CURRENT) == [], released.name


def test_a_description_does_not_break_itself() -> None:
    """Or every change would be one too many."""
    assert breaks(CURRENT, deepcopy(CURRENT)) == []


@pytest.mark.parametrize("path", CURRENT["paths"])
def test_no_path_may_go(path: str) -> None:
    """Each single one would be missed."""
    found = breaks(CURRENT, edited(lambda changed: changed["paths"].pop(path)))

    assert [one for one in found if one.endswith(f"{path} is gone")]


@pytest.mark.parametrize("name", REACHED_BY_ANSWERS)
def test_no_property_of_an_answer_may_go_become_optional_or_change_its_type(name: str) -> None:
    """Every property of every schema that is answered, however deep it lies."""
    schema = CURRENT["components"]["schemas"][name]
    for place in _properties(schema):
        for edit in (_remove, _mistype, _let_be_left_out):
            changed = deepcopy(schema)
            if edit(changed, place):
                found = breaks(_answering(name, schema), _answering(name, changed))
                assert found, f"{edit.__name__} {name} {'.'.join(place)}"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            lambda d: d["components"]["parameters"]["pageSize"]["schema"].update(maximum=50),
            "maximum above 50",
        ),
        (
            lambda d: d["components"]["parameters"]["pageSize"]["schema"].update(minimum=10),
            "minimum below 10",
        ),
        (lambda d: d["components"]["parameters"]["kind"]["schema"]["enum"].remove("meter"), "words beyond"),
        (lambda d: d["components"]["parameters"]["field"].update(required=True), "has become required"),
        (lambda d: d["components"]["parameters"]["fields"].update(explode=True), "written in another way"),
        (lambda d: d["components"]["parameters"]["after"]["schema"].update(pattern="^a$"), "another pattern"),
        (lambda d: d["paths"]["/users"]["get"]["parameters"].pop(0), "query pageSize is gone"),
        (
            lambda d: d["paths"]["/users"]["get"]["parameters"].append(
                {"in": "query", "name": "why", "required": True, "schema": {"type": "string"}}
            ),
            "query why is new and required",
        ),
        (lambda d: d["paths"]["/users"]["get"].update(operationId="users"), "another operationId"),
        (lambda d: d["paths"]["/openapi.json"]["get"].pop("security"), "wants a token"),
        (lambda d: d["paths"]["/users"]["get"]["responses"].pop("304"), "GET /users 304 is gone"),
        (lambda d: d["components"]["headers"]["etag"].pop("required"), "header etag may now be missing"),
        (
            lambda d: d["paths"]["/users"]["get"]["responses"]["200"]["headers"].pop("etag"),
            "header etag is gone",
        ),
        (
            lambda d: d["components"]["schemas"]["Freshness"]["properties"]["verdict"]["enum"].append("odd"),
            "freshness.verdict: words beyond",
        ),
        (
            lambda d: d["components"]["schemas"]["Device"]["oneOf"].append({"type": "string"}),
            "a kind that was not there: string",
        ),
        (
            lambda d: d["components"]["schemas"]["Vehicle"]["properties"]["id"].update(
                type=["string", "null"]
            ),
            "data[].id: type null",
        ),
        (lambda d: _rename(d, "Message", "Notice"), "schema Message is gone"),
    ],
)
def test_a_break_is_named(edit: Edit, said: str) -> None:
    """Whoever caused it reads what it is."""
    found = breaks(CURRENT, edited(edit))

    assert [one for one in found if said in one], found[:5]


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d["paths"].update({"/new": {"get": {"operationId": "getNew", "responses": {}}}}),
        lambda d: d["components"]["parameters"]["pageSize"]["schema"].pop("minimum"),
        lambda d: d["components"]["parameters"]["kind"]["schema"]["enum"].append("boat"),
        lambda d: d["components"]["parameters"]["toMoment"].pop("required"),
        lambda d: d["components"]["schemas"]["Vehicle"]["properties"].update(colour={"type": "string"}),
        lambda d: d["components"]["schemas"]["Vehicle"]["properties"]["lastSeen"].update(type="string"),
        lambda d: d["components"]["schemas"]["Vehicle"]["required"].append("colour"),
        lambda d: d["components"]["schemas"]["Freshness"]["properties"]["verdict"]["enum"].remove("gone"),
        lambda d: d["components"]["schemas"]["User"].update(description="In other words."),
        lambda d: d["components"]["schemas"].update(New={"type": "object"}),
    ],
)
def test_what_only_adds_breaks_nothing(edit: Edit) -> None:
    """New paths, properties and wider questions are what releases are for."""
    assert breaks(CURRENT, edited(edit)) == []


def _answering(name: str, schema: Any) -> Document:
    """A description of one operation that answers this; all of them together would take a minute."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    operation = {"operationId": "get", "responses": {"200": {"content": content}}}
    schemas = CURRENT["components"]["schemas"] | {name: schema}
    return {"paths": {"/": {"get": operation}}, "components": {"schemas": schemas}}


def _rename(document: Document, old: str, new: str) -> None:
    text = (
        json.dumps(document).replace(f'schemas/{old}"', f'schemas/{new}"').replace(f'"{old}":', f'"{new}":')
    )
    document.clear()
    document.update(json.loads(text))


def _properties(schema: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, inner in schema.get("properties", {}).items():
        yield (*place, name)
        yield from _properties(inner, (*place, name))


def _owner(schema: Any, place: tuple[str, ...]) -> Any:
    for name in place[:-1]:
        schema = schema["properties"][name]
    return schema


def _remove(schema: Any, place: tuple[str, ...]) -> bool:
    owner = _owner(schema, place)
    del owner["properties"][place[-1]]
    return True


def _mistype(schema: Any, place: tuple[str, ...]) -> bool:
    inner = _owner(schema, place)["properties"][place[-1]]
    if "type" not in inner:
        return False
    inner["type"] = ["integer", "array"]
    return True


def _let_be_left_out(schema: Any, place: tuple[str, ...]) -> bool:
    owner = _owner(schema, place)
    if place[-1] not in owner.get("required", ()):
        return False
    owner["required"] = [name for name in owner["required"] if name != place[-1]]
    return True
