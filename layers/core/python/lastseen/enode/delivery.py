"""Parse the body of a delivery into events, each element judged alone."""

from dataclasses import dataclass, field
from datetime import datetime

from lastseen.domain.delivery import Delivery, Flaw, SetAside
from lastseen.domain.device import DeviceId
from lastseen.domain.event import Event, StatusId, target_of
from lastseen.domain.twin import TwinKey
from lastseen.enode import events, json_array, strict_json

LARGEST_BODY = 1024 * 1024
"""Bytes. A hundred vehicles are 170 KB; what is six times that is kept whole and read by a person."""

MOST_ELEMENTS = 1000
"""Enode sends at most 100; ten times that still fits the time there is to answer."""

MOST_WRITES = 1000
"""To the state, where several words on one thing are one. Invalid credentials are seven, one for each kind of device; a
hundred such events are 700."""


def read(body: bytes, *, now: datetime, twins: TwinKey | None = None) -> Delivery:
    """Read a delivery whose signature held. Never fails: what it cannot understand, it sets aside byte for byte.

    Args:
        body: The signed bytes.
        now: The moment of arrival, aware UTC; bounds `createdAt`.
        twins: Names the twins that devices are; None to name none.

    Returns:
        The delivery; every element is in exactly one of its two lists.
    """
    if len(body) > LARGEST_BODY:
        return _whole(body, Flaw.BODY_TOO_LARGE)
    try:
        elements = strict_json.parse(body)
    except ValueError:
        return _read_pieces(body, now, twins)
    if not isinstance(elements, list):
        return _whole(body, Flaw.NOT_AN_ARRAY)
    if len(elements) > MOST_ELEMENTS:
        return _whole(body, Flaw.TOO_MANY_ELEMENTS)
    reading = _DeliveryReader(now, twins)
    for index, element in enumerate(elements):
        reading.take(index, element)
    return reading.delivery(json_array.split_elements(body) if reading.flaws else None)


def _whole(body: bytes, flaw: Flaw) -> Delivery:
    return Delivery(1, (), (SetAside(flaw, body),))


def _read_pieces(body: bytes, now: datetime, twins: TwinKey | None) -> Delivery:
    found = json_array.split_elements(body, most=MOST_ELEMENTS)
    if found is None:
        return _whole(body, Flaw.NOT_JSON)
    if len(found) > MOST_ELEMENTS:
        return _whole(body, Flaw.TOO_MANY_ELEMENTS)
    reading = _DeliveryReader(now, twins)
    for index, piece in enumerate(found):
        try:
            reading.take(index, strict_json.parse(piece))
        except ValueError:
            reading.repair(index, piece)
    return reading.delivery(found)


@dataclass
class _DeliveryReader:
    """A delivery on its way: what was understood so far, and what was not."""

    now: datetime
    twins: TwinKey | None
    events: list[Event] = field(default_factory=list)
    flaws: dict[int, Flaw] = field(default_factory=dict)
    read: int = 0
    writes: int = 0
    targets: set[tuple[str, DeviceId] | StatusId] | None = None
    replaced: int = 0

    def take(self, index: int, element: object) -> bool:
        """Read one element; whether it was understood."""
        self.read += 1
        try:
            event = events.read(element, now=self.now, twins=self.twins)
        except events.UnusableError as unusable:
            self.flaws[index] = unusable.flaw
            return False
        if not self._has_room_for(event):
            self.flaws[index] = Flaw.TOO_MANY_WRITES
            return False
        self.events.append(event)
        return True

    def _has_room_for(self, event: Event) -> bool:
        """Count what it writes in, unless that is too much; told apart only where it might be."""
        if self.targets is None:
            self.writes += len(event.effects)
            if self.writes <= MOST_WRITES:
                return True
            self.targets = {target_of(effect) for one in self.events for effect in one.effects}
        targets = self.targets.union(map(target_of, event.effects))
        if len(targets) > MOST_WRITES:
            return False
        self.targets = targets
        return True

    def repair(self, index: int, piece: bytes) -> None:
        """Read one element that is no JSON; it may be but for half a character."""
        try:
            element = strict_json.repair(piece)
        except ValueError as error:
            self.read += 1
            is_broken_name = isinstance(error, strict_json.BrokenNameError)
            self.flaws[index] = Flaw.BAD_ID if is_broken_name else Flaw.NOT_JSON
        else:
            self.replaced += self.take(index, element)

    def delivery(self, raw: list[bytes] | None) -> Delivery:
        """Give the whole, with the bytes of every element that has a flaw."""
        set_aside = (
            tuple(SetAside(flaw, raw[index], index) for index, flaw in self.flaws.items()) if raw else ()
        )
        return Delivery(self.read, tuple(self.events), set_aside, self.replaced)
