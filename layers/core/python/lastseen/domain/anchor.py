"""Anchors: entries kept beyond their time, because they are the word that held when the window begins.

What a device's log keeps successive words of is a stream: the device itself, its smart charging, each schedule, each
action, its statistics. Within the window every word stands. In front of it the newest word of a stream is needed, until
its successor is as old: what was believed at a moment, and what the next change is compared with, hang on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from lastseen.domain import instant, order
from lastseen.domain.device import DeviceId, DeviceKind, is_id
from lastseen.domain.document import load
from lastseen.domain.event import DeviceLog, Entry
from lastseen.domain.event_catalog import Family, StatusKind
from lastseen.domain.history import Stream, observation, stream_of
from lastseen.domain.snapshot import Life, Snapshot

CREATED_BEFORE = timedelta(minutes=10)
"""No word on an action is older than the action, by clocks that differ by no more than this."""

_FINAL = frozenset({"CONFIRMED", "FAILED", "CANCELLED"})
"""States of an action after which nothing is expected of it."""


@dataclass(frozen=True, slots=True)
class LogStream:
    """A stream of a device's log, as the state tells of it.

    Attributes:
        place: Where its words are.
        id: The schedule or action; empty where the place holds one stream only.
        newest: The order key of its newest word; None where the state does not tell, or no longer.
        created_at: Of an action: when it was made; None of everything else.
        is_final: Of an action: whether nothing more is expected of it.
    """

    place: DeviceLog
    id: str = ""
    newest: str | None = None
    created_at: datetime | None = None
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class StoredWord:
    """An entry of the log, and when it expires.

    Attributes:
        entry: The entry.
        expires_at: When, aware UTC; None if never.
    """

    entry: Entry
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Extension:
    """A later expiry of an entry.

    Attributes:
        entry: Which.
        until: When it is to expire, aware UTC.
    """

    entry: Entry
    until: datetime


def streams_of_device(device: DeviceId, user_id: str) -> Iterator[LogStream]:
    """Give the streams of which only the device's own item tells that they are there."""
    yield LogStream(DeviceLog(device, user_id))
    if Family.STATISTICS in Family.of(device.kind):
        yield LogStream(DeviceLog(device, user_id, Family.STATISTICS))


def stream_of_status(
    kind: StatusKind, user_id: str, id_: str, ord_: str, document: bytes
) -> LogStream | None:
    """Give the stream of a status that stands in the state; None if it belongs to no device's log."""
    said = load(document)
    match kind:
        case StatusKind.SMART_CHARGING:
            vehicle = DeviceId(DeviceKind.VEHICLE, id_)
            return LogStream(DeviceLog(vehicle, user_id, Family.SMART_CHARGING), newest=ord_)
        case StatusKind.SCHEDULE:
            target = _target(said.get("schedule"))
            return (
                None if target is None else LogStream(DeviceLog(target, user_id, Family.SCHEDULES), id_, ord_)
            )
        case StatusKind.ACTION:
            target = _target(said)
            if target is None:
                return None
            created_at = instant.parse(said.get("createdAt"))
            place = DeviceLog(target, user_id, Family.ACTIONS)
            return LogStream(
                place, id_, ord_, created_at or order.instant_of(ord_), said.get("state") in _FINAL
            )
        case _:
            return None


def _target(said: Any) -> DeviceId | None:
    kind = said.get("targetType") if isinstance(said, dict) else None
    if isinstance(kind, str) and kind in set(DeviceKind) and is_id(said.get("targetId")):
        return DeviceId(DeviceKind(kind), said["targetId"])
    return None


def has_past(snapshot: Snapshot | None, begin: datetime) -> bool:
    """Whether a device lived in the window: what was deleted before it has no past to tell any more."""
    if snapshot is None:
        return False
    return snapshot.life is Life.ALIVE or snapshot.gone >= order.begin(begin)


def is_done(stream: LogStream, begin: datetime, grace: timedelta) -> bool:
    """Whether nothing of a stream can be needed longer than it stands anyway, by what the state says alone.

    Of an action: its words lie within the grace of each other, or it was over before the window.
    """
    if stream.created_at is None or stream.newest is None:
        return False
    last_at = order.instant_of(stream.newest)
    is_long = last_at - stream.created_at > grace - CREATED_BEFORE
    is_open = not stream.is_final and last_at < begin
    return not is_long and not is_open


def is_final(entry: Entry) -> bool:
    """Whether an entry says of an action that it is over."""
    family = entry.place.family if isinstance(entry.place, DeviceLog) else None
    return family is Family.ACTIONS and load(entry.document).get("state") in _FINAL


def floor(stream: LogStream) -> str:
    """A bound in front of every word of a stream, as far as is known."""
    if stream.created_at is None or stream.created_at.year <= 1:
        return order.FIRST
    return order.begin(stream.created_at - CREATED_BEFORE)


def bound(stream: LogStream, begin: datetime) -> str:
    """A bound behind every word of a stream that may have to be kept longer."""
    if stream.newest is None:
        return order.begin(begin)
    behind = order.just_after(stream.newest)
    return behind if stream.created_at is not None else min(order.begin(begin), behind)


def is_found(stream: LogStream, words: Sequence[StoredWord]) -> bool:
    """Whether the words of a place, from the bound backwards, hold all that is needed of a stream."""
    if stream.created_at is not None:
        return False  # its words are few, and between the first and the last each may be needed
    own = _own(stream, words)
    if stream.place.family is Family.DEVICE:
        return any(observation(word.entry).seen.ord for word in own)
    return bool(own)


def _own(stream: LogStream, words: Sequence[StoredWord]) -> list[StoredWord]:
    wanted = Stream(stream.place.family, stream.id)
    return [word for word in words if stream_of(word.entry) == wanted]


def extensions(
    stream: LogStream,
    words: Sequence[StoredWord],
    *,
    begin: datetime,
    now: datetime,
    kept: timedelta,
    grace: timedelta,
) -> Iterator[Extension]:
    """Say which words of a stream must be kept for longer, and until when.

    Args:
        stream: Which.
        words: Those of its place, from its bound backwards.
        begin: Where the window begins.
        now: The present moment.
        kept: How long the log is kept.
        grace: By how much an entry outlives the window; until it is over, the stream is visited again.
    """
    own = _own(stream, words)
    if stream.created_at is not None:
        for newer, older in pairwise(own):
            yield from _until(older, newer.entry.at + kept + grace, at_least=newer.entry.at + kept)
        own = [] if stream.is_final else [word for word in own if word.entry.at < begin]
    for word in _needed(stream, own):
        yield from _until(word, now + 2 * grace, at_least=now + grace)


def _needed(stream: LogStream, own: Sequence[StoredWord]) -> Iterator[StoredWord]:
    """Give the words that held when the window began: of a device the newest of each register, of others the newest."""
    if stream.place.family is not Family.DEVICE:
        yield from own[:1]
        return
    if not is_found(stream, own):
        yield from own  # never read nor updated: a few discoveries and deletions, of which each decides
        return
    registers: set[str] = set()
    for word in own:
        said = observation(word.entry)
        register = "seen" if said.seen.ord else "found" if said.found.ord else "gone"
        if register not in registers:
            registers.add(register)
            yield word
        if said.seen.ord:
            return


def _until(word: StoredWord, until: datetime, *, at_least: datetime) -> Iterator[Extension]:
    if word.expires_at is not None and word.expires_at < at_least:
        yield Extension(word.entry, until)
