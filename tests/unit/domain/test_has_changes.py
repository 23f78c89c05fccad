"""Proves `domain/diff.py`: a moved contact is no history, a change is."""

from datetime import timedelta
from typing import Any

from lastseen.domain import document
from lastseen.domain.diff import has_changes
from lastseen.domain.snapshot import Snapshot
from tests.support.builders import NOON, a_vehicle, just_found, said


def _believed(**changes: Any) -> Snapshot:
    return Snapshot(seen=said(NOON, document.encode(a_vehicle(**changes))))


def test_a_contact_that_moved_alone_is_no_news() -> None:
    """It moves on every look; a parked car would fill its history with nothing."""
    assert not has_changes(_believed(), a_vehicle(lastSeen="2026-03-01T12:30:00Z"))


def test_any_other_difference_is_news() -> None:
    """It is what the webhooks have lost."""
    assert has_changes(_believed(), a_vehicle(battery_percent=67))


def test_an_unknown_or_deleted_device_that_is_listed_is_news() -> None:
    """Being there is a change of its own."""
    deleted = Snapshot(seen=_believed().seen, gone=said(NOON + timedelta(minutes=1)).ord)

    assert has_changes(None, a_vehicle())
    assert has_changes(deleted, a_vehicle())


def test_what_a_discovery_left_open_is_news() -> None:
    """A device known by its discovery alone is mostly nulls."""
    found = Snapshot(found=said(NOON, document.encode(just_found(a_vehicle()))))

    assert has_changes(found, a_vehicle())


def test_the_first_read_of_a_life_is_news_even_if_it_tells_what_the_discovery_told() -> None:
    """A later discovery replaces a discovery, but no read: the log has to hold the read, or the two part."""
    alike = just_found(a_vehicle())
    found = Snapshot(found=said(NOON, document.encode(alike)))
    anew = Snapshot(
        seen=_believed().seen,
        gone=said(NOON + timedelta(minutes=1)).ord,
        found=said(NOON + timedelta(minutes=2), document.encode(alike)),
    )

    assert has_changes(found, alike)
    assert has_changes(anew, alike)
