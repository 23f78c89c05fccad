"""Differences between two JSON documents, path by path."""

from collections.abc import Iterator, Sequence
from types import NoneType
from typing import NamedTuple

from lastseen.domain import property_path
from lastseen.domain.document import Json, load, value_at
from lastseen.domain.event_catalog import CATALOG, LogOwner
from lastseen.domain.snapshot import Life, Snapshot

# They move whenever Enode looks, changed or not: freshness reports them, history does not.
_RESTLESS = frozenset({"lastSeen", "status.lastSeen"}) | {
    ".".join((row.family.root, *row.own_at))
    for row in CATALOG.values()
    if row.log is LogOwner.DEVICE and row.family is not None and row.own_at
}

_LONG = 200
"""Characters of a path; no restless one has as many. Names may be so long, and lie so deep, that a path takes a tenth
of a megabyte, which is too much to make for each property that is the same in both documents."""

_PLAIN = frozenset({str, int, float, bool, NoneType})


class Difference(NamedTuple):
    """One path whose value differs.

    Attributes:
        path: Property names joined by dots (`domain.path`): `chargeState.batteryLevel`.
        before: The JSON value there; None for null and for nothing alike.
        after: The same, later.
    """

    path: str
    before: object
    after: object


MOST_TOLD = 256 * 1024
"""Bytes of paths, roughly, up to which two documents are compared leaf by leaf. Nothing real comes near."""


def told(before: Json, after: Json, prefix: str = "") -> list[Difference]:
    """Compare two documents, in an answer that cannot outgrow them.

    Leaf by leaf; but where names are so long and lie so deep that the paths would weigh more than what they lead to,
    property by property, each whole.

    Args:
        before: One document.
        after: The other, later.
        prefix: The path under which what belongs to a device is told, and a dot; empty for the device's own document.

    >>> deep = {"a" * 1000: {str(number): number for number in range(1000)}}
    >>> [(len(one.path), one.before) for one in told({}, deep)]
    [(1000, None)]
    """
    found: list[Difference] = []
    weight = 0
    for one in differences(before, after, prefix):
        weight += len(one.path)
        if weight > MOST_TOLD:
            break
        found.append(one)
    else:
        return found
    return [
        Difference(
            f"{prefix}{property_path.step(name)}" if prefix else property_path.first(name),
            before.get(name),
            after.get(name),
        )
        for name in _names(before, after)
        if next(differences({name: before.get(name)}, {name: after.get(name)}, prefix), None) is not None
    ]


def differences(before: Json, after: Json, prefix: str = "") -> Iterator[Difference]:
    """Compare two documents leaf by leaf, in the order of the later one's properties.

    A missing property, null and an object of nothing but nulls are the same: not known. Lists are compared whole.
    Contact times that move on every look are passed over.

    >>> list(differences({"chargeState": None}, {"chargeState": {"batteryLevel": 66, "range": None}, "lastSeen": "…"}))
    [Difference(path='chargeState.batteryLevel', before=None, after=66)]
    """
    for name in _names(before, after):
        old, new = before.get(name), after.get(name)
        # Most of a document is as it was: what is plainly the same needs no path.
        if type(old) is type(new) and type(new) in _PLAIN and old == new:
            continue
        at = f"{prefix}{property_path.step(name)}" if prefix else property_path.first(name)
        if at in _RESTLESS:
            continue
        if isinstance(old, dict | None) and isinstance(new, dict | None):
            inside = old or {}, new or {}
            yield from (
                differences(*inside, f"{at}.") if len(at) < _LONG else _deep_differences(*inside, (None, at))
            )
        elif not _same(old, new):
            yield Difference(at, old, new)


def _deep_differences(before: Json, after: Json, place: "_Place") -> Iterator[Difference]:
    """The same where paths have become long: one is made only of what differs."""
    for name in _names(before, after):
        old, new = before.get(name), after.get(name)
        if isinstance(old, dict | None) and isinstance(new, dict | None):
            yield from _deep_differences(old or {}, new or {}, (place, name))
        elif not _same(old, new):
            yield Difference(_path((place, name)), old, new)


type _Place = tuple[_Place | None, str]
"""A property: inside of which other one, and its name; the outermost has a path in place of a name."""


def _path(place: _Place) -> str:
    steps: list[str] = []
    outer, name = place
    while outer is not None:
        steps.append(property_path.step(name))
        outer, name = outer
    return ".".join([name, *reversed(steps)])


def is_restless(path: str) -> bool:
    """Say whether what stands there moves whenever Enode looks, changed or not."""
    return path in _RESTLESS


def differs_at(before: Json, after: Json, names: Sequence[str], prefix: str = "") -> bool:
    """Say whether one value differs, by the same rules; one that moves whenever Enode looks may be asked for by itself.

    Args:
        before: One document.
        after: The other, later.
        names: The path of the value in them; none for the whole.
        prefix: As for `told`.
    """
    one, other = value_at(before, names), value_at(after, names)
    if isinstance(one, dict | None) and isinstance(other, dict | None):
        for name in reversed(names):
            one, other = {name: one}, {name: other}
        return next(differences(one or {}, other or {}, prefix), None) is not None
    return not _same(one, other)


def _names(before: Json, after: Json) -> list[str]:
    return [*after, *(name for name in before if name not in after)]


def _same(one: object, other: object) -> bool:
    # In Python True == 1; in JSON it is another value. 2 and 2.0 are one number in both.
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return one == other


def has_changes(known: Snapshot | None, document: Json) -> bool:
    """Say whether a document read from Enode differs from what is believed in anything but restless times.

    Args:
        known: What is believed; None of a device never heard of. Of a deleted one, being listed is news; of one only
            discovered, being read is: a later discovery replaces a discovery, but no read.
        document: Enode's resource.
    """
    if known is None or known.life is Life.GONE or known.is_unread or known.current.document is None:
        return True
    try:
        believed = load(known.current.document)
    except (
        ValueError
    ):  # what is stored is no JSON: it is replaced, and must not keep others from being taken in
        return True
    return any(differences(believed, document))
