"""Proves `usecases/reading/changes.py`, `usecases/reading/device_log.py`:
no question about a long log reads more than a page may, whoever asks and whatever for.
"""

from typing import Any

import pytest

from functions.read import app
from lastseen.usecases.reading.changes import MOST_READ
from tests.long_log import ACTIONS, CAR, ENTRIES, QUERIES, long_log
from tests.support.fakes import CountedHistory, FakeDevices
from tests.support.read_requests import FLEET, Answer, ReadDoor, of


@pytest.fixture
def log() -> CountedHistory:
    """A long log that counts what is read of it."""
    history = long_log()[1]
    assert [len(entries) for entries in history.entries_of.values()] == [ENTRIES - ACTIONS, ACTIONS]
    return CountedHistory(history)


@pytest.fixture
def door(log: CountedHistory, monkeypatch: pytest.MonkeyPatch) -> ReadDoor:
    """The read API over it."""
    door = ReadDoor(FakeDevices(long_log()[0]), log)
    monkeypatch.setattr(app, "build", door.collaborators)
    return door


def _asked(door: ReadDoor, log: CountedHistory, path: str, query: dict[str, str], **more: Any) -> Answer:
    log.read = 0
    answer = door.get(path, query, **more)
    assert answer.status == 200, answer.text
    assert log.read <= MOST_READ, (path, query, log.read)
    return answer


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: "&".join(map("=".join, query.items())))
def test_a_page_of_history_reads_no_more_than_it_may(
    door: ReadDoor, log: CountedHistory, query: dict[str, str]
) -> None:
    """In both orders, with every filter and span; and so do the pages behind it, and the way back from them."""
    path = f"/devices/{CAR.id}/history"
    page = _asked(door, log, path, query)
    for _ in range(2):
        if page.after is None:
            break
        page = _asked(door, log, path, {**query, "after": page.after})
    for _ in range(2):
        if page.before is None:
            break
        page = _asked(door, log, path, {**query, "before": page.before})


@pytest.mark.parametrize("claims", [FLEET, of("anna")])
@pytest.mark.parametrize(
    ("path", "query"),
    [
        (f"/devices/{CAR.id}/snapshots", {"pageSize": "100"}),
        (f"/devices/{CAR.id}/snapshots", {"pageSize": "100", "order": "desc"}),
        (f"/devices/{CAR.id}/diff", {"from": "2025-12-20T00:00:00Z", "to": "2026-02-20T00:00:00Z"}),
        (f"/devices/{CAR.id}", {"at": "2026-02-01T00:00:00Z"}),
        (f"/vehicles/{CAR.id}", {"at": "2026-02-01T00:00:00Z"}),
        ("/users/anna/devices", {"at": "2026-02-01T00:00:00Z"}),
    ],
)
def test_every_other_question_of_the_past_reads_a_few_entries(
    door: ReadDoor, log: CountedHistory, path: str, query: dict[str, str], claims: Any
) -> None:
    """Snapshots as many as they show; what was believed at a moment, two for each."""
    _asked(door, log, path, query, claims=claims)

    assert log.read <= (102 if "pageSize" in query else 4)


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("field", ["information.year", "vendorActions.action-0007", "chargeState"])
def test_empty_pages_lead_through_the_whole_log(
    door: ReadDoor, log: CountedHistory, direction: str, field: str
) -> None:
    """A log of which only contacts move is an empty page with a cursor, again and again, and ends."""
    found, pages, cursor = 0, 0, dict[str, str]()
    while True:
        query = {"order": direction, "field": field, "pageSize": "100", **cursor}
        page = _asked(door, log, f"/devices/{CAR.id}/history", query)
        found, pages = found + len(page.data), pages + 1
        if page.after is None:
            break
        cursor = {"after": page.after}

    assert pages <= 2 * ENTRIES / MOST_READ + 10
    assert (
        found
        == {
            "information.year": 0,
            "vendorActions.action-0007": len(_words_on(7)),
            "chargeState": ENTRIES // 100 - 1,
        }[field]
    )


def _words_on(made: int) -> list[int]:
    return [rank for rank in range(ACTIONS) if (rank if rank % 3 == 0 else rank % 40) == made]
