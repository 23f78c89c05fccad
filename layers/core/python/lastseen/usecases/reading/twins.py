"""Resolve an id of ours: the links of a twin that the caller may see, among its own user's devices."""

from collections.abc import Callable
from dataclasses import dataclass

from lastseen.domain.caller import Caller
from lastseen.domain.device import DeviceId
from lastseen.domain.snapshot import Life, StoredDevice
from lastseen.domain.twin import TwinKey, is_twin_id
from lastseen.usecases.ports import Devices

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class TwinReader:
    """Finds links, for one caller.

    A twin is one user's, so its links are all among that user's devices. An operator does not say whose twin is meant:
    the key reads the physical device out of the id, and the index says who has, or had, it.

    Attributes:
        caller: Who asks.
        devices: The state.
        key: Gives the key of twins; asked for only where an operator asks, or a device was another twin before.
    """

    caller: Caller
    devices: Devices
    key: Callable[[], TwinKey]

    def links(self, twin_id: str) -> list[StoredDevice]:
        """Give the devices that are a twin, or were: the living first, then the newest; none if the id is no twin's.

        Raises:
            StoreUnavailable: The store did not answer.
        """
        user_id = self._user_of(twin_id) if is_twin_id(twin_id) else None
        found = [] if user_id is None else self.devices.links(user_id, twin_id)
        return sorted(found, key=lambda one: _rank(one, twin_id), reverse=True)

    def holders(self, physical_id: str, *, most: int) -> list[tuple[str, DeviceId]]:
        """Give who has, or had, a physical device, in the order of users; at most so many. For operators only."""
        return self.devices.holders(physical_id, most=most) if self.caller.sees_all else []

    def _user_of(self, twin_id: str) -> str | None:
        """Whose twin it is, as far as the caller may see: the one whose name for the physical device it is."""
        if not self.caller.sees_all:
            return self.caller.user_id
        key = self.key()
        physical_id = key.physical_id_of(twin_id)
        if physical_id is None:
            return None
        behind: tuple[str, DeviceId] | None = None
        while found := self.devices.holders(physical_id, behind=behind, most=_AT_ONCE):
            for user_id, _ in found:
                if key.twin_id(user_id, physical_id) == twin_id:
                    return user_id
            behind = found[-1]
        return None


def _rank(link: StoredDevice, twin_id: str) -> tuple[bool, bool, str, str]:
    is_now = link.twin_id == twin_id
    return is_now and link.snapshot.life is Life.ALIVE, is_now, link.snapshot.newest, link.device.id
