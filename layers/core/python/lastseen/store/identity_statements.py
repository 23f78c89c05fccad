"""The identity of a device in its item: its attributes, and the conditions under which they may be written.

No condition holds an "or": not every engine finds the key of an item beside one.
"""

from collections.abc import Sequence

from lastseen.domain import twin
from lastseen.domain.snapshot import NO_IDENTITY, IdentityRegister
from lastseen.store.attributes import FORMER, PHYSICAL, TOLD, TWIN
from lastseen.store.fast_parser import Item

type AttributeValues = Sequence[Item | None]
"""Values of attributes, in the order of their names; None for what shall not be there."""

_NAME = (TWIN, TOLD, PHYSICAL)
NAMES = (*_NAME, FORMER)

_DIGITS = str.maketrans("", "", "-T:.Z")
"""Of an instant: as a number they are less than half of the text, and in the same order."""

# A newer word of the same twin, or the first that tells one. Of another twin, the former must be kept: then the join is
# computed. An item that was written before there were twins has no such attribute, and is joined so, too.
_IS_SAME_TWIN = f'AND "{TWIN}" IN [\'\', ?] AND "{TOLD}"<=?'
_IS_SAME_TWIN_OF_FORMER = f'AND "{TWIN}"=? AND "{TOLD}"<=? AND "{FORMER}"=?'


def named(
    names: tuple[str, ...], values: AttributeValues, identity: IdentityRegister
) -> tuple[tuple[str, ...], AttributeValues]:
    """Beside other values, write the identity that is told; where none is, what stands there stays."""
    if identity == NO_IDENTITY:
        return names, values
    return (*names, *_NAME), (*values, *values_of(identity)[:-1])


def values_of(identity: IdentityRegister) -> list[Item | None]:
    """The values of `NAMES`, in their order."""
    if identity.name is None:
        return [{"S": ""}, {"N": "0"}, None, None]
    twin_id, physical_id = identity.name
    former = " ".join(map(_short, identity.former))
    return [
        {"S": _short(twin_id)},
        {"N": identity.ord.translate(_DIGITS)},
        {"S": physical_id},
        {"S": former} if former else None,
    ]


def same_twin(identity: IdentityRegister) -> tuple[str, list[Item]]:
    """The condition under which an update's identity may be written over what stands there."""
    if identity.name is None:
        return "", []
    told = values_of(identity)
    former = told[3]
    values = [value for value in (told[0], told[1], former) if value is not None]
    return (_IS_SAME_TWIN if former is None else _IS_SAME_TWIN_OF_FORMER), values


def still(identity: IdentityRegister) -> tuple[str, list[Item]]:
    """The condition under which an identity is still what stands there."""
    if identity.name is None:
        return f'AND "{PHYSICAL}" IS MISSING', []
    told = values_of(identity)
    former = told[3]
    values = [value for value in (told[0], told[1], former) if value is not None]
    is_former = f'"{FORMER}" IS MISSING' if former is None else f'"{FORMER}"=?'
    return f'AND "{TWIN}"=? AND "{TOLD}"=? AND {is_former}', values


def told_at(digits: str) -> str:
    """Read the instant in which an identity was told.

    >>> told_at("20260301120000123456789")
    '2026-03-01T12:00:00.123456789Z'
    """
    day, time, parts = digits[:8], digits[8:14], digits[14:]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}.{parts}Z"


def _short(twin_id: str) -> str:
    return twin_id.removeprefix(twin.PREFIX)
