"""Breaking changes: what of a new description would break a client of an old one.

What a server takes may only widen, what it answers may only narrow. `narrowed` compares two schemas so; both questions
are the same with the sides exchanged. Beyond what JSON alone would forbid, a property that is no longer described, an
operation that has another id and a schema that has another name are breaks too: generated clients name them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

type Object = Mapping[str, Any]

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


@dataclass(frozen=True)
class Side:
    """One of two documents, and a place in it.

    Attributes:
        document: The whole.
        at: What is looked at.
    """

    document: Object
    at: Any

    def to(self, at: Any) -> "Side":
        """Another place in the same document."""
        return Side(self.document, at)

    @property
    def resolved(self) -> "Side":
        """The same place, references followed; True describes anything."""
        at = self.at
        while isinstance(at, Mapping) and "$ref" in at:
            target: Any = self.document
            for name in at["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            at = target
        return self.to({} if at is True else at)


def breaks(released: Object, current: Object) -> list[str]:
    """Name everything that a client of the released description would stumble over."""
    old, new = Side(released, released), Side(current, current)
    found = [*_operations(old, new)]
    names = released["components"]["schemas"].keys() - current["components"]["schemas"].keys()
    return [*found, *(f"schema {name} is gone" for name in sorted(names))]


def _operations(old: Side, new: Side) -> Iterator[str]:
    for path, item in old.at["paths"].items():
        for method, operation in item.items():
            name = f"{method.upper()} {path}"
            other = new.at["paths"].get(path, {}).get(method)
            if other is None:
                yield f"{name} is gone"
                continue
            if other["operationId"] != operation["operationId"]:
                yield f"{name} has another operationId"
            if _security(new, other) and not _security(old, operation):
                yield f"{name} wants a token"
            yield from _parameters(name, old.to(operation), new.to(other))
            yield from _responses(name, old.to(operation), new.to(other))


def _security(side: Side, operation: Object) -> Any:
    return operation.get("security", side.document.get("security"))


def _parameters(name: str, old: Side, new: Side) -> Iterator[str]:
    before, after = _by_name(old), _by_name(new)
    for key, parameter in before.items():
        where = f"{name} {key[0]} {key[1]}"
        if key not in after:
            yield f"{where} is gone"
            continue
        other = after[key]
        if other.at.get("required") and not parameter.at.get("required"):
            yield f"{where} has become required"
        if (other.at.get("style"), other.at.get("explode")) != (
            parameter.at.get("style"),
            parameter.at.get("explode"),
        ):
            yield f"{where} is written in another way"
        yield from _wider(
            where, other.to(other.at["schema"]), parameter.to(parameter.at["schema"]), "no longer takes"
        )
    for key in after.keys() - before.keys():
        if after[key].at.get("required"):
            yield f"{name} {key[0]} {key[1]} is new and required"


def _by_name(side: Side) -> dict[tuple[str, str], Side]:
    found = [side.to(one).resolved for one in side.at.get("parameters", ())]
    # Path parameters are known by their place; their names are the clients' own.
    return {(one.at["in"], one.at["name"]): one for one in found if one.at["in"] != "path"} | {
        ("path", str(place)): one for place, one in enumerate(one for one in found if one.at["in"] == "path")
    }


def _responses(name: str, old: Side, new: Side) -> Iterator[str]:
    for status, response in old.at["responses"].items():
        where = f"{name} {status}"
        if status not in new.at["responses"]:
            yield f"{where} is gone"
            continue
        before, after = old.to(response).resolved, new.to(new.at["responses"][status]).resolved
        for media, content in before.at.get("content", {}).items():
            other = after.at.get("content", {}).get(media)
            if other is None:
                yield f"{where} is no longer {media}"
            else:
                yield from _wider(
                    where, before.to(content["schema"]), after.to(other["schema"]), "may now answer"
                )
        for header, described in before.at.get("headers", {}).items():
            other = after.at.get("headers", {}).get(header)
            if other is None:
                yield f"{where} header {header} is gone"
            elif before.to(described).resolved.at.get("required") and not after.to(other).resolved.at.get(
                "required"
            ):
                yield f"{where} header {header} may now be missing"


def _wider(where: str, wide: Side, narrow: Side, verb: str) -> Iterator[str]:
    """Name where `wide` does not take everything that `narrow` does."""
    for place, what in narrowed(wide, narrow):
        yield f"{where} {verb} {place or 'the whole'}: {what}"


def narrowed(
    wide: Side, narrow: Side, place: str = "", seen: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Go through two schemas and name, by place, why a value of `narrow` may not be one of `wide`.

    Careful rather than clever: what cannot be decided (another pattern, another format) counts as different.
    """
    wide, narrow = wide.resolved, narrow.resolved
    pair = (id(wide.at), id(narrow.at))
    if pair in seen:
        return
    seen |= {pair}
    if _choices(wide) or _choices(narrow):
        yield from _unequal_choices(wide, narrow, place, seen)
        return
    yield from ((place, what) for what in _plain(wide.at, narrow.at))
    if "items" in wide.at:
        yield from narrowed(
            wide.to(wide.at["items"]), narrow.to(narrow.at.get("items", {})), f"{place}[]", seen
        )
    for name, schema in wide.at.get("properties", {}).items():
        inside = f"{place}.{name}".lstrip(".")
        if name not in narrow.at.get("properties", {}):
            yield inside, "no longer described"
        else:
            yield from narrowed(wide.to(schema), narrow.to(narrow.at["properties"][name]), inside, seen)
    for name in sorted(set(wide.at.get("required", ())) - set(narrow.at.get("required", ()))):
        yield f"{place}.{name}".lstrip("."), "may be missing"
    if wide.at.get("additionalProperties") is False and narrow.at.get("additionalProperties") is not False:
        yield place, "properties that are not described"


def _unequal_choices(
    wide: Side, narrow: Side, place: str, seen: frozenset[tuple[int, int]]
) -> Iterator[tuple[str, str]]:
    """Find for each choice of `narrow` one of `wide` that takes it; the one of the same name, where there is one."""
    choices = _choices(wide) or [wide]
    for one in _choices(narrow) or [narrow]:
        namesake = [choice for choice in choices if _name(choice) and _name(choice) == _name(one)]
        if namesake:
            yield from narrowed(namesake[0], one, place, seen)
        elif not any(next(narrowed(choice, one, place, seen), None) is None for choice in choices):
            yield place, f"a kind that was not there: {_brief(one)}"


def _name(side: Side) -> str:
    return str(side.at.get("$ref", ""))


def _choices(side: Side) -> list[Side]:
    return [side.to(one) for key in ("anyOf", "oneOf") for one in side.at.get(key, ())]


def _plain(wide: Object, narrow: Object) -> Iterator[str]:
    """What concerns the value itself, not what is inside it."""
    if "type" in wide and (
        more := _types(narrow) - _types(wide) - ({"integer"} if "number" in _types(wide) else set())
    ):
        yield f"type {', '.join(sorted(more))}"
    words = _words(wide)
    if words is not None and (_words(narrow) is None or _words(narrow) - words):  # type: ignore[operator]
        yield f"words beyond {', '.join(sorted(map(str, words)))}"
    for name in ("pattern", "format"):
        if name in wide and wide[name] != narrow.get(name):
            yield f"another {name}"
    for name in _LOWER:
        if name in wide and narrow.get(name, float("-inf")) < wide[name]:
            yield f"{name} below {wide[name]}"
    for name in _UPPER:
        if name in wide and narrow.get(name, float("inf")) > wide[name]:
            yield f"{name} above {wide[name]}"


def _types(schema: Object) -> set[str]:
    said = schema.get("type", ["anything"])
    return {said} if isinstance(said, str) else set(said)


def _words(schema: Object) -> set[Any] | None:
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _brief(side: Side) -> str:
    at: Any = side.at
    said: Iterable[Any] = (at.get("$ref", "").rpartition("/")[2], at.get("type"), at.get("const"))
    return next((str(one) for one in said if one), "anything")
