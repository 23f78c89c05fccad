"""What do sweep and reconcile work with?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceKind
from lastseen.domain.reading import ListedUser, Page, Reading
from lastseen.usecases.gate import Gate
from lastseen.usecases.ports import Devices, Enode, Log, States
from lastseen.usecases.upkeep import Records, Ward


@dataclass
class Clocks:
    """Our clock, and Enode's as we last saw it.

    What Enode says is dated by its own `Date`. Where an answer carries none, a denial, its clock is told from ours.

    Attributes:
        now: Gives the present moment, aware UTC.
    """

    now: Callable[[], datetime]
    _ahead: timedelta = field(default=timedelta())

    def heard(self, at: datetime) -> None:
        """Take note of what Enode's clock shows at this moment."""
        self._ahead = at - self.now()

    def enode(self) -> datetime:
        """What Enode's clock shows now, as far as we know."""
        return self.now() + self._ahead


@dataclass(frozen=True)
class Tools:
    """What a run works with.

    Attributes:
        ward: What is remembered of the devices.
        log: The log, for writing.
        states: The state, for writing.
        devices: The state, for reading: credentials.
        records: Cursors, budgets, progress.
        enode: Enode's API.
        gate: Through which every question to it goes.
        clocks: What time it is.
        deadline: When all must be written down.
        run: Name of the run; stands in the log where a delivery's id does.
    """

    ward: Ward
    log: Log
    states: States
    devices: Devices
    records: Records
    enode: Enode
    gate: Gate
    clocks: Clocks
    deadline: Deadline
    run: str

    def __post_init__(self) -> None:
        self.gate.probes = (self._page_of_users, self._page_of_vehicles)

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        return self.clocks.now()

    def _page_of_users(self) -> Page[ListedUser]:
        return self.enode.users()

    def _page_of_vehicles(self) -> Page[Reading]:
        return self.enode.devices(DeviceKind.VEHICLE)
