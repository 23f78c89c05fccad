"""Proves `domain/vendor_outage.py`: a vendor's outage is told from devices that are stuck each for itself."""

from datetime import timedelta

import pytest

from lastseen.domain import vendor_outage
from lastseen.domain.cadence import CadenceClass
from lastseen.domain.check_schedule import CheckState, TrackedDevice
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.snapshot import EMPTY_SNAPSHOT, StoredDevice
from lastseen.domain.vendor_outage import ClassStanding, judge_class
from tests.support.builders import NOON

MINUTE = timedelta(minutes=1)
LIMIT = 15 * MINUTE


@pytest.mark.parametrize(
    ("silent", "still", "doubts", "standing"),
    [
        (0.0, 0.2, 0, ClassStanding.MOVING),
        (0.3, 0.5, 0, ClassStanding.MOVING),
        (0.4, 0.5, 0, ClassStanding.IN_DOUBT),
        (0.4, 0.5, 2, ClassStanding.MOVING),
        (0.1, 0.9, 9, ClassStanding.IN_DOUBT),
        (0.5, 0.5, 0, ClassStanding.IN_DOUBT),
        (0.6, 0.6, 0, ClassStanding.SILENT),
    ],
)
def test_most_of_a_class_silent_is_an_outage_and_all_of_it_at_rest_may_become_one(
    silent: float, still: float, doubts: int, standing: ClassStanding
) -> None:
    """A few that are silent are held back twice, and then taken for what they are."""
    assert judge_class(silent, still, doubts=doubts) is standing


@pytest.mark.parametrize(
    ("kind", "is_active", "size", "can_be"),
    [
        (DeviceKind.VEHICLE, False, 5, True),
        (DeviceKind.VEHICLE, False, 4, False),
        (DeviceKind.INVERTER, False, 500, False),
        (DeviceKind.INVERTER, True, 5, True),
    ],
)
def test_small_classes_and_inverters_outside_production_tell_nothing_of_their_vendor(
    kind: DeviceKind, is_active: bool, size: int, can_be: bool
) -> None:
    """Four may fall silent by chance, and inverters sleep at night, all at once."""
    assert vendor_outage.can_be_judged(CadenceClass("SMA", kind, is_active), size) is can_be


@pytest.mark.parametrize(
    ("seen", "checked", "moved"), [(None, None, True), (20, 5, True), (40, 5, False), (None, 5, False)]
)
def test_a_device_was_moving_if_its_contact_was_recent_at_the_last_look(
    seen: int | None, checked: int | None, moved: bool
) -> None:
    """However long ago that look was; who was never looked at is taken for moving."""
    check = CheckState(
        checked_at=None if checked is None else NOON - checked * MINUTE,
        checked_seen=None if seen is None else NOON - seen * MINUTE,
    )
    known = StoredDevice(DeviceId(DeviceKind.VEHICLE, "car"), "anna", EMPTY_SNAPSHOT)

    assert vendor_outage.was_moving(TrackedDevice(known, check), LIMIT) is moved
