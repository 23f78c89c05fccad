"""Proves `domain/snapshot.py`: how three registers are read together."""

import pytest

from lastseen.domain.snapshot import (
    EMPTY_REGISTER,
    EMPTY_SNAPSHOT,
    NEVER,
    Life,
    Register,
    Snapshot,
)


def _snapshot(seen: str, found: str, gone: str) -> Snapshot:
    return Snapshot(
        seen=Register(seen, b"seen") if seen else EMPTY_REGISTER,
        found=Register(found, b"found") if found else EMPTY_REGISTER,
        gone=gone,
    )


@pytest.mark.parametrize(
    ("seen", "found", "gone", "life", "shown"),
    [
        ("", "1", "", Life.ALIVE, b"found"),
        ("1", "", "", Life.ALIVE, b"seen"),
        ("2", "1", "", Life.ALIVE, b"seen"),
        ("1", "2", "", Life.ALIVE, b"seen"),
        ("", "", "1", Life.GONE, None),
        ("1", "", "2", Life.GONE, None),
        ("", "1", "2", Life.GONE, None),
        ("1", "2", "3", Life.GONE, None),
        ("2", "", "1", Life.ALIVE, b"seen"),
        ("", "2", "1", Life.ALIVE, b"found"),
        ("1", "3", "2", Life.ALIVE, b"found"),
        ("3", "1", "2", Life.ALIVE, b"seen"),
        ("3", "4", "2", Life.ALIVE, b"seen"),
        ("1", "", "1", Life.GONE, None),
        ("", "1", "1", Life.GONE, None),
    ],
)
def test_life_and_current_follow_the_newest_register(
    seen: str, found: str, gone: str, life: Life, shown: bytes | None
) -> None:
    """Alive when anything is newer than the deletion; `seen` is shown if it belongs to this life, else `found`."""
    snapshot = _snapshot(seen, found, gone)

    assert snapshot.life is life
    assert snapshot.current.document == shown


def test_nothing_known_shows_nothing() -> None:
    """A device nobody ever spoke of is not alive."""
    assert EMPTY_SNAPSHOT.life is Life.GONE
    assert EMPTY_SNAPSHOT.current == EMPTY_REGISTER
    assert EMPTY_SNAPSHOT.newest == NEVER


def test_newest_is_the_newest_of_the_three() -> None:
    """It is what a reader's validator is made of: any register moving moves it."""
    assert _snapshot("3", "1", "2").newest == "3"
    assert _snapshot("1", "3", "2").newest == "3"
    assert _snapshot("1", "2", "3").newest == "3"
