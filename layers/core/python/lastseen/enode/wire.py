"""What do these signed bytes say? From the body of a delivery to events, each element judged alone."""

from datetime import datetime

import jiter

from lastseen.domain.delivery import Delivery, Flaw, SetAside
from lastseen.domain.event import Event
from lastseen.enode import events, pieces

LARGEST_BODY = 1024 * 1024
"""Bytes. A hundred vehicles are 170 KB; what is six times that is kept whole and read by a person."""

MOST_ELEMENTS = 1000
"""Enode sends at most 100; ten times that still fits the time there is to answer."""


def read(body: bytes, *, now: datetime) -> Delivery:
    """Read a delivery whose signature held. Never fails: what it cannot understand, it sets aside byte for byte.

    Args:
        body: The signed bytes.
        now: The moment of arrival, aware UTC; bounds `createdAt`.

    Returns:
        The delivery; every element is in exactly one of its two lists.
    """
    if len(body) > LARGEST_BODY:
        return _whole(body, Flaw.BODY_TOO_LARGE)
    try:
        elements = _parse(body)
    except ValueError:
        return _read_pieces(body, now)
    if not isinstance(elements, list):
        return _whole(body, Flaw.NOT_AN_ARRAY)
    if len(elements) > MOST_ELEMENTS:
        return _whole(body, Flaw.TOO_MANY_ELEMENTS)

    understood: list[Event] = []
    flaws: dict[int, Flaw] = {}
    for index, element in enumerate(elements):
        try:
            understood.append(events.read(element, now=now))
        except events.UnusableError as unusable:
            flaws[index] = unusable.flaw
    raw = pieces.cut(body) if flaws else None
    set_aside = tuple(SetAside(flaw, raw[index], index) for index, flaw in flaws.items()) if raw else ()
    return Delivery(len(elements), tuple(understood), set_aside)


def _parse(text: bytes) -> object:
    # A key said twice has two meanings; Python would silently take the last one.
    return jiter.from_json(text, allow_inf_nan=False, catch_duplicate_keys=True)


def _whole(body: bytes, flaw: Flaw) -> Delivery:
    return Delivery(1, (), (SetAside(flaw, body),))


def _read_pieces(body: bytes, now: datetime) -> Delivery:
    found = pieces.cut(body)
    if found is None:
        return _whole(body, Flaw.NOT_JSON)
    if len(found) > MOST_ELEMENTS:
        return _whole(body, Flaw.TOO_MANY_ELEMENTS)
    understood: list[Event] = []
    set_aside: list[SetAside] = []
    for index, piece in enumerate(found):
        try:
            understood.append(events.read(_parse(piece), now=now))
        except events.UnusableError as unusable:
            set_aside.append(SetAside(unusable.flaw, piece, index))
        except ValueError:
            set_aside.append(SetAside(Flaw.NOT_JSON, piece, index))
    return Delivery(len(found), tuple(understood), tuple(set_aside))
