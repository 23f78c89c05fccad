"""Run context: what sweep and reconcile work with, and the two clocks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceKind
from lastseen.domain.observation import ListedUser, ListPage, Observation
from lastseen.usecases.maintenance.rate_limiter import RateLimiter
from lastseen.usecases.ports import Anchors, CheckStore, Devices, Enode, Log, Records, States


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
class RunContext:
    """What a run works with.

    Attributes:
        checks: What is remembered of the devices.
        log: The log, for writing.
        states: The state, for writing.
        devices: The state, for reading: credentials.
        records: Cursors, budgets, progress.
        enode: Enode's API.
        limiter: Through which every question to it goes.
        clocks: What time it is.
        deadline: When all must be written down.
        run: Name of the run; stands in the log where a delivery's id does.
        anchors: Streams of the log; None where nothing of it is kept for longer.
    """

    checks: CheckStore
    log: Log
    states: States
    devices: Devices
    records: Records
    enode: Enode
    limiter: RateLimiter
    clocks: Clocks
    deadline: Deadline
    run: str
    anchors: Anchors | None = None

    def __post_init__(self) -> None:
        self.limiter.probes = (self._page_of_users, self._page_of_vehicles)

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        return self.clocks.now()

    def _page_of_users(self) -> ListPage[ListedUser]:
        return self.enode.users()

    def _page_of_vehicles(self) -> ListPage[Observation]:
        return self.enode.devices(DeviceKind.VEHICLE)
