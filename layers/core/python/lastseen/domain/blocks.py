"""Blocks of a device's document: parts with a `lastUpdated` of their own, and what their age says of their values.

A device is contacted as a whole, but its parts were learnt at different times: a charge state of ten minutes ago may
stand beside a location of three days ago. A value is one of three:

- a state (plugged in, mode, limit): true until changed, however long nothing was said of it;
- a measurement (power, level, temperature): moves by itself while the device is active, so it ages;
- neither: of a place or an odometer the age is all that can be told.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from lastseen.domain import property_path
from lastseen.domain.contact import settle
from lastseen.domain.device import DeviceKind
from lastseen.domain.document import Facts, Json

LAST_UPDATED = "lastUpdated"
"""The property of a block that says when it was learnt: the device's own time where it tells one, else when Enode saw
the block change."""


class BlockVerdict(StrEnum):
    """What the age of a block says of its values."""

    UNTIL_CHANGED = "until-changed"
    CURRENT = "current"
    AGED = "aged"
    IDLE = "idle"


class Block(NamedTuple):
    """A part of the document of every device of a kind.

    Attributes:
        path: Where it stands; its `lastUpdated` stands in it.
        states: Properties that are true until changed.
        measurements: Properties that move by themselves while the device is active.
    """

    path: str
    states: tuple[str, ...] = ()
    measurements: tuple[str, ...] = ()


_PLACE = Block("location")

BLOCKS: Mapping[DeviceKind, tuple[Block, ...]] = {
    DeviceKind.VEHICLE: (
        Block(
            "chargeState",
            states=(
                "batteryCapacity",
                "chargeLimit",
                "isCharging",
                "isFullyCharged",
                "isPluggedIn",
                "maxCurrent",
                "pluggedInChargerId",
                "powerDeliveryState",
            ),
            measurements=("batteryLevel", "chargeRate", "chargeTimeRemaining", "range"),
        ),
        _PLACE,
        Block("odometer"),
    ),
    DeviceKind.CHARGER: (
        Block(
            "chargeState",
            states=("isCharging", "isPluggedIn", "maxCurrent", "pluggedInVehicleId", "powerDeliveryState"),
            measurements=("chargeRate",),
        ),
        _PLACE,
    ),
    DeviceKind.BATTERY: (
        Block(
            "chargeState",
            states=("batteryCapacity", "dischargeLimit", "status"),
            measurements=("batteryLevel", "chargeRate"),
        ),
        Block("config", states=("operationMode",)),
        _PLACE,
    ),
    DeviceKind.INVERTER: (
        Block(
            "productionState",
            states=("isProducing",),
            measurements=("productionRate", "totalLifetimeProduction"),
        ),
        _PLACE,
    ),
    DeviceKind.HVAC: (
        Block("temperatureState", states=("isActive",), measurements=("currentTemperature",)),
        Block("thermostatState", states=("coolSetpoint", "heatSetpoint", "holdType", "mode")),
        _PLACE,
    ),
    DeviceKind.METER: (Block("energyState", measurements=("power",)), _PLACE),
    DeviceKind.HEM_SYSTEM: (
        Block("information", states=("address", "installationDate", "name", "timezone", "vendor")),
        Block(
            "status.energy.today",
            measurements=("charge", "consumption", "discharge", "export", "generation", "import"),
        ),
    ),
}
"""The blocks of each kind, and what stands in them.

Source: Enode API 2024-10-01, resources, the descriptions of their properties and of each `lastUpdated`. What is a
measurement is our reading of those: what a sensor tells, and what is worked out of that.
"""

_NEVER_IDLE = frozenset({DeviceKind.METER, DeviceKind.HEM_SYSTEM})
"""Kinds of which Enode tells no activity and that measure all the time: a house always draws or feeds."""

_MOST_OTHERS = 8
"""Blocks that the table does not know, of a release of tomorrow: told by their age alone, and no more than these."""

_STEPS = tuple(60 * minutes for minutes in (0, 5, 15, 30, 60, 180, 360, 720))
_DAY = 86_400
_NOTHING = timedelta()
_SHORT, _LONG = len("2026-03-01T12:00:00Z"), len("2026-03-01T12:00:00.000Z")


class BlockAge(NamedTuple):
    """A block of one device, and its age.

    Attributes:
        block: Which.
        updated_at: When it was learnt, aware UTC; None if it does not say, or says what cannot be believed or read.
        age: Since then; None if that is not known, zero if it is ahead: clocks differ.
        verdict: What the age says of the block's measurements; of a block without, that its states hold; None where
            nothing can be said: of a place, an odometer, a block that the table does not know, an unknown age.
    """

    block: Block
    updated_at: datetime | None
    age: timedelta | None
    verdict: BlockVerdict | None

    @property
    def at_least(self) -> int | None:
        """The age in seconds, in steps: 5, 15, 30 minutes, 1, 3, 6, 12 hours, then days. A body that tells it does
        not age."""
        if self.age is None:
            return None
        seconds = self.age.seconds
        return self.age.days * _DAY if self.age.days else _STEPS[bisect_right(_STEPS, seconds) - 1]


def ages(  # noqa: PLR0917 - as many things bear on it
    kind: DeviceKind, document: Json, facts: Facts, word_at: datetime, now: datetime, limit: timedelta
) -> Iterator[BlockAge]:
    """Tell the age of each block of a device, and what it means.

    Args:
        kind: The device's kind.
        document: Enode's resource.
        facts: What was promoted out of it: whether it is active.
        word_at: When it was said, aware UTC: no block is younger.
        now: The moment of asking, aware UTC.
        limit: Up to which age a contact makes this device count as fresh; a measurement of an active device is aged
            beyond the same.

    >>> noon = datetime.fromisoformat("2026-03-01T12:00Z")
    >>> heating = {"temperatureState": {"currentTemperature": 20.8, "lastUpdated": "2026-03-01T11:50:00Z"}}
    >>> said = DeviceKind.HVAC, heating, Facts(is_active=True), noon
    >>> [(of.block.path, of.verdict) for of in ages(*said, now=noon, limit=timedelta(minutes=5)) if of.updated_at]
    [('temperatureState', <BlockVerdict.AGED: 'aged'>)]
    """
    is_active = facts.is_active or kind in _NEVER_IDLE
    for block, said in _blocks(kind, document):
        told = said.get(LAST_UPDATED)
        updated_at = _usual(told) if type(told) is str else None
        if updated_at is None or updated_at > word_at:
            updated_at, _ = settle(told, word_at=word_at)
        age = None if updated_at is None else max(now - updated_at, _NOTHING)
        yield BlockAge(block, updated_at, age, _judge(block, age, limit, is_active=is_active))


def _usual(text: str) -> datetime | None:
    """Read a date in the two forms that Enode's nearly always have, in a quarter of the time; None for any other."""
    is_usual = text[-1:] == "Z" and (len(text) == _SHORT or (len(text) == _LONG and text[19] == "."))
    if not is_usual or text[4] != "-" or text[7] != "-" or text[10] != "T":
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _blocks(kind: DeviceKind, document: Json) -> list[tuple[Block, Json]]:
    """Find the blocks of the table, empty where the document lacks one, and then some that it does not know."""
    found: list[tuple[Block, Json]] = []
    for block, names in _NAMES[kind]:
        said: object = document
        for name in names:
            said = said.get(name) if isinstance(said, dict) else None
        found.append((block, said if isinstance(said, dict) else {}))
    others: list[tuple[Block, Json]] = [
        (Block(property_path.first(name)), value)
        for name, value in document.items()
        if isinstance(value, dict) and LAST_UPDATED in value and name not in _ROOTS[kind]
    ]
    return found + others[:_MOST_OTHERS] if others else found


_NAMES = {kind: [(block, block.path.split(".")) for block in table] for kind, table in BLOCKS.items()}
_ROOTS = {kind: {names[0] for _, names in table} for kind, table in _NAMES.items()}


def _judge(block: Block, age: timedelta | None, limit: timedelta, *, is_active: bool) -> BlockVerdict | None:
    if not block.measurements:
        return BlockVerdict.UNTIL_CHANGED if block.states else None
    if not is_active:
        return BlockVerdict.IDLE
    if age is None:
        return None
    return BlockVerdict.AGED if age > limit else BlockVerdict.CURRENT
