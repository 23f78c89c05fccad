"""What differs between two documents, path by path?"""

from collections.abc import Iterator
from typing import NamedTuple

from lastseen.domain.document import Json

# They move whenever Enode looks, changed or not: freshness reports them, history does not.
_RESTLESS = frozenset({"lastSeen", "status.lastSeen", "smartChargingStatus.updatedAt"})


class Difference(NamedTuple):
    """One path whose value differs.

    Attributes:
        path: Property names joined by dots: `chargeState.batteryLevel`.
        before: The JSON value there; None for null and for nothing alike.
        after: The same, later.
    """

    path: str
    before: object
    after: object


def differences(before: Json, after: Json, prefix: str = "") -> Iterator[Difference]:
    """Compare two documents leaf by leaf, in the order of the later one's properties.

    A missing property, null and an object of nothing but nulls are the same: not known. Lists are compared whole.
    Contact times that move on every look are passed over.

    >>> list(differences({"chargeState": None}, {"chargeState": {"batteryLevel": 66, "range": None}, "lastSeen": "…"}))
    [Difference(path='chargeState.batteryLevel', before=None, after=66)]
    """
    for name in [*after, *(name for name in before if name not in after)]:
        path = f"{prefix}{name}"
        if path in _RESTLESS:
            continue
        old, new = before.get(name), after.get(name)
        if isinstance(old, dict | None) and isinstance(new, dict | None):
            yield from differences(old or {}, new or {}, f"{path}.")
        elif not _same(old, new):
            yield Difference(path, old, new)


def _same(one: object, other: object) -> bool:
    # In Python True == 1; in JSON it is another value. 2 and 2.0 are one number in both.
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return one == other
