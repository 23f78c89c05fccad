"""Cursors of lists: signed, opaque, bound to caller and question, and expiring."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lastseen.domain.pagination import Position
from lastseen.errors import BadCursor

KEPT = timedelta(days=2)
"""A cursor expires at a UTC midnight, 24 to 48 hours after it was issued: the same page has the same
cursors, and the same ETag, all day."""

_DAY = 86_400
_SIGNATURE = 16
_LONGEST = 4608
"""Letters: two ids of control characters alone, and what is around them, are 4,200."""


@dataclass(frozen=True, slots=True)
class Cursors:
    """Makes and opens the cursors of one question.

    Attributes:
        key: Gives the secret that signs them; asked for only when a cursor is made or opened.
        question: Who asks what: caller, path and query. A cursor of another question does not open.
        now: The moment of asking, aware UTC.
    """

    key: Callable[[], bytes]
    question: str
    now: datetime

    def seal(self, position: Position | None) -> str | None:
        """Make the cursor of a place; None for none."""
        if position is None:
            return None
        said = json.dumps([self._last_day(), *position], ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._sign(said) + said).rstrip(b"=").decode()

    def open(self, cursor: str | None) -> Position | None:
        """Give the place of a cursor; None for none.

        Raises:
            BadCursor: It was not made by us for this caller and this question, or is too old.
        """
        if cursor is None:
            return None
        try:
            raw = base64.b64decode(
                cursor[:_LONGEST] + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True
            )
        except (binascii.Error, ValueError) as error:
            raise BadCursor("this is no cursor of this API") from error
        signature, said = raw[:_SIGNATURE], raw[_SIGNATURE:]
        if not hmac.compare_digest(signature, self._sign(said)):
            raise BadCursor("this cursor belongs to another caller or another question, or is none of ours")
        last_day, *position = json.loads(said)
        # One that is good for longer than any was made by a clock far ahead, and would outlive all of them.
        if not self.now.timestamp() < last_day * _DAY <= self._last_day() * _DAY + _DAY:
            raise BadCursor("this cursor is too old; begin again without one")
        return tuple(position)

    def _last_day(self) -> int:
        return int((self.now + KEPT).timestamp()) // _DAY

    def _sign(self, said: bytes) -> bytes:
        bound = self.question.encode() + b"\0" + said
        return hmac.new(self.key(), bound, hashlib.sha256).digest()[:_SIGNATURE]
