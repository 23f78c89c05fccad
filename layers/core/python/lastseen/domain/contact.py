"""The last contact that a document tells of, as far as it can be believed: no later than the word that carries it."""

from datetime import datetime
from enum import StrEnum

from lastseen.domain import instant


class Doubt(StrEnum):
    """Why a contact that a document tells of counts as unknown. The values are what the store keeps."""

    AHEAD = "ahead"
    UNREADABLE = "unreadable"


def settle(told: object, *, word_at: datetime) -> tuple[datetime | None, Doubt | None]:
    """Settle when Enode was last in contact. A pure function of the word, so it is the same whenever it is asked.

    Args:
        told: The document's `lastSeen`, whatever stands there; None where nothing does.
        word_at: When the document was said: the event's `createdAt`, or the moment of a read by Enode's clock.

    Returns:
        The contact, aware UTC, at the word's own moment if it is a little later; or None, and why if one was told.

    >>> noon = datetime.fromisoformat("2026-03-01T12:00Z")
    >>> settle("2026-03-01T12:00:03Z", word_at=noon) == (noon, None)
    True
    >>> settle("2038-01-19T03:14:07Z", word_at=noon)
    (None, <Doubt.AHEAD: 'ahead'>)
    """
    if told is None:
        return None, None
    contact = instant.parse(told)
    if contact is None:
        return None, Doubt.UNREADABLE
    contact = instant.bounded(contact, by=instant.cut(word_at))
    return contact, Doubt.AHEAD if contact is None else None
