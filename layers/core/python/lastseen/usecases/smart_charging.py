"""Ask Enode how a vehicle's smart charging stands, where no event has told it yet, and keep the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lastseen.domain.deadline import Deadline
from lastseen.domain.event import Source
from lastseen.domain.observation import ChargingReading
from lastseen.domain.snapshot import StoredDevice
from lastseen.errors import EnodeUnavailable, UnknownDevice
from lastseen.usecases import join_state
from lastseen.usecases.ports import Devices, Log, SmartCharging, States
from lastseen.usecases.reading.present import charging_of
from lastseen.usecases.recent_failures import RecentFailures


@dataclass(frozen=True, slots=True)
class ChargingReader:
    """Reads smart-charging statuses from Enode.

    Attributes:
        log: The log, for writing.
        states: The state, for writing.
        devices: The state, for reading.
        enode: Enode's API, within the time there is.
        now: Gives the present moment, aware UTC.
        deadline: When the caller must be answered.
        failures: What Enode has failed to tell in the last minute: it is not asked for again with every read.
    """

    log: Log
    states: States
    devices: Devices
    enode: SmartCharging
    now: Callable[[], datetime]
    deadline: Deadline
    failures: RecentFailures

    def read(self, vehicle: StoredDevice, *, name: str) -> bytes:
        """Ask Enode once, keep what it says as an event is kept, and give what then stands.

        Two who ask at once do no harm: what both write down is the same, or one is the newer word.

        Args:
            vehicle: A living vehicle, of which no status of this life is known.
            name: Names this request in the log.

        Raises:
            UnknownDevice: Enode no longer has this vehicle, or it is another user's there.
            EnodeUnavailable: Enode did not answer.
            StoreUnavailable: The store did not answer.
        """
        reading = self._asked(vehicle)
        entry, status = reading.observed(Source.REFRESH)
        if entry.ord <= vehicle.snapshot.gone:
            return (
                status.document
            )  # by its key it would be of the former life: a read is dated a second early
        now = self.now()
        self.log.append([entry], received_at=now, delivery_id=name, deadline=self.deadline)
        superseded = join_state.join_effects(
            [status],
            log=self.log,
            states=self.states,
            received_at=now,
            delivery_id=name,
            deadline=self.deadline,
        )
        newer = charging_of(vehicle, self.devices) if superseded else None
        return status.document if newer is None else newer

    def _asked(self, vehicle: StoredDevice) -> ChargingReading:
        """Ask, unless that has just failed for this life of the vehicle."""
        this_life = vehicle.user_id, vehicle.device, vehicle.snapshot.gone
        self.failures.must_not_stand(this_life, self.now())
        try:
            reading = self.enode.smart_charging_status(vehicle.device.id)
            if (
                reading is None or reading.user_id != vehicle.user_id
            ):  # to delete it is the reconcile's to decide
                raise UnknownDevice.of(vehicle.device.id)
        except (UnknownDevice, EnodeUnavailable) as error:
            self.failures.note(this_life, error, self.now())
            raise
        return reading
