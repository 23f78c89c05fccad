"""Fetch plan: the fewest calls that read a set of devices, by whole lists, a user's lists, or one by one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lastseen.domain.device import DeviceId, DeviceKind, OwnedDevice

PAGE = 50
"""Devices on a page of Enode's: its documented default. The largest allowed is documented nowhere."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Devices that one answer tells: one device by a get, several of a kind by their user's list.

    Attributes:
        user_id: Whose.
        kind: Of which kind.
        devices: Which; one means a get.
    """

    user_id: str
    kind: DeviceKind
    devices: tuple[DeviceId, ...]


@dataclass(frozen=True, slots=True)
class FetchPlan:
    """The calls that read everything wanted.

    Attributes:
        lists: Kinds of which the whole list is walked.
        fetches: For the rest.
        calls: How many calls that makes, as far as can be known before.
    """

    lists: tuple[DeviceKind, ...]
    fetches: tuple[Fetch, ...]
    calls: int


def plan_fetches(wanted: Iterable[OwnedDevice], population: Mapping[DeviceKind, int]) -> FetchPlan:
    """Choose, kind by kind, the way that needs the fewest calls; where two need as many, the smaller answers.

    Args:
        wanted: The devices to read.
        population: How many devices of each kind Enode lists, as far as known; a kind that is not in it is never
            walked as a whole.

    >>> cars = [("anna", DeviceId(DeviceKind.VEHICLE, str(number))) for number in range(3)]
    >>> plan_fetches(cars, {}).calls, plan_fetches([(id.id, id) for _, id in cars], {DeviceKind.VEHICLE: 100}).lists
    (1, (<DeviceKind.VEHICLE: 'vehicle'>,))
    """
    by_owner: dict[tuple[DeviceKind, str], list[DeviceId]] = defaultdict(list)
    for user_id, device in wanted:
        by_owner[device.kind, user_id].append(device)
    singly: dict[DeviceKind, int] = defaultdict(int)
    for (kind, _), devices in by_owner.items():
        singly[kind] += pages(len(devices))
    lists = tuple(kind for kind in singly if kind in population and pages(population[kind]) < singly[kind])
    fetches = tuple(
        Fetch(user_id, kind, tuple(devices))
        for (kind, user_id), devices in by_owner.items()
        if kind not in lists
    )
    calls = sum(pages(population[kind]) if kind in lists else singly[kind] for kind in singly)
    return FetchPlan(lists, fetches, calls)


def pages(count: int) -> int:
    """How many pages so many devices fill; an empty list is a page too.

    >>> pages(0), pages(50), pages(51)
    (1, 1, 2)
    """
    return max(1, -(-count // PAGE))
