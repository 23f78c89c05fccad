"""Split a device off its twin by hand, or undo that: for operators, who know of a number that stands on two devices."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lastseen.domain import document
from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.domain.event import Entry, Source, UserLog
from lastseen.domain.order import order_key
from lastseen.domain.snapshot import StoredDevice
from lastseen.errors import Forbidden, UnknownDevice
from lastseen.usecases.ports import Devices, Log, States
from lastseen.usecases.reading.present import find

SPLIT, UNSPLIT = "lastseen:twin-split", "lastseen:twin-unsplit"
"""The names under which it stands in the log of the device's user."""


@dataclass(frozen=True, slots=True)
class TwinSplitter:
    """Splits devices off their twins, for one caller.

    Attributes:
        caller: Who asks.
        log: Where it is written down.
        states: Where it is kept: beside what the device tells, which goes on being joined.
        devices: The state, for reading.
        now: Gives the present moment, aware UTC.
        deadline: When the caller must be answered.
    """

    caller: Caller
    log: Log
    states: States
    devices: Devices
    now: Callable[[], datetime]
    deadline: Deadline

    def split(self, device_id: str, *, name: str) -> None:
        """Let a device be a twin of its own, by Enode's id, until that is undone or it tells another identity.

        Args:
            device_id: Enode's id.
            name: Names this request in the log.

        Raises:
            UnknownDevice: There is none that the caller may see, or it belongs to no twin.
            Forbidden: The caller is no operator.
            StoreUnavailable: It is not known to be done; to do it again does no harm.
        """
        known = self._find(device_id)
        twin = known.snapshot.identity.name
        if twin is None:
            raise UnknownDevice(f"the device {device_id!r} told no number by which it would belong to a twin")
        self._note(known, SPLIT, twin.twin_id, name)
        self.states.split((known.user_id, known.device), twin.twin_id, self.deadline)

    def unsplit(self, device_id: str, *, name: str) -> None:
        """Undo it; raises as `split` does."""
        known = self._find(device_id)
        if known.split_from is None:
            return
        self._note(known, UNSPLIT, known.split_from, name)
        self.states.split((known.user_id, known.device), None, self.deadline)

    def _find(self, device_id: str) -> StoredDevice:
        known = find(device_id, None, self.caller, self.devices)
        if not self.caller.sees_all:
            raise Forbidden("only operators split twins")
        return known

    def _note(self, known: StoredDevice, event: str, twin_id: str, name: str) -> None:
        now = self.now()
        said = document.encode(
            {"deviceId": known.device.id, "kind": known.device.kind.value, "twinId": twin_id}
        )
        ord_ = order_key(now, event.encode(), known.user_id.encode(), said)
        entry = Entry(UserLog(known.user_id), ord_, now, event, Source.OPERATOR, said, b"{}")
        self.log.append([entry], received_at=now, delivery_id=name, deadline=self.deadline)
