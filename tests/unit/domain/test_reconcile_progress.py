"""Proves `domain/reconcile_progress.py`: a reconcile resumes, and does not delete a fleet by mistake."""

import json

from lastseen.domain import reconcile_progress
from lastseen.domain.device import DeviceKind
from lastseen.domain.reconcile_progress import Counts, Progress, Stage, may_delete
from tests.support.builders import NOON


def test_a_reconcile_survives_being_written_down() -> None:
    """Every field, as plain JSON: the next slice may run in another container."""
    halfway = Progress(
        "run-1",
        NOON,
        since=NOON,
        stage=Stage.USERS,
        kind=None,
        cursor="abc",
        population={DeviceKind.HEM_SYSTEM: 3},
        counts=Counts(listed=7, found=1),
        slices=2,
        worked_at=NOON,
        reason="",
    )

    assert reconcile_progress.read(json.loads(json.dumps(reconcile_progress.write(halfway)))) == halfway


def test_a_large_share_is_not_believed() -> None:
    """Credentials of another client look exactly like a deleted fleet."""
    assert may_delete(Counts(listed=80, confirmed=20), share=0.2)
    assert not may_delete(Counts(listed=80, confirmed=21), share=0.2)


def test_a_handful_may_always_go_unless_nothing_at_all_is_listed() -> None:
    """In a house of six devices, one is 17 %; but an empty list is never believed."""
    assert may_delete(Counts(listed=1, confirmed=5), share=0.2)
    assert not may_delete(Counts(listed=1, confirmed=6), share=0.2)
    assert not may_delete(Counts(listed=0, confirmed=1), share=1.0)


def test_devices_that_moved_to_another_user_are_no_disappearance() -> None:
    """Enode has shown them: nobody needs to doubt it."""
    assert may_delete(Counts(listed=10, confirmed=9, moved=9), share=0.2)


def test_repairs_are_counted_once() -> None:
    """A device that moved is found at its new user and deleted at its old one: one repair."""
    assert Counts(found=3, changed=4, credentials=2, restored=9, gone=5, moved=1).repaired == 13


def test_the_kinds_are_walked_one_after_the_other() -> None:
    """Each once."""
    kind: DeviceKind | None = DeviceKind.VEHICLE
    walked = []
    while kind is not None:
        walked.append(kind)
        kind = reconcile_progress.next_kind(kind)

    assert walked == list(DeviceKind)
