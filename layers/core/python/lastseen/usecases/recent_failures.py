"""Failures of the last minute, remembered by this process alone: what has just failed is not asked again at once."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lastseen.domain import instant
from lastseen.errors import EnodeUnavailable, LastseenError, UnknownDevice

REMEMBERED = timedelta(seconds=60)
"""What Enode denies, and at most what fails there: whoever asks in a loop is answered by us."""

AGAIN_AFTER = timedelta(seconds=10)
"""What fails without a word of when to come back."""

MOST = 1000
"""Failures. The oldest is forgotten for a new one."""


@dataclass
class RecentFailures:
    """What has failed lately, by the thing that was asked for. Threads may share it.

    An Enode that asks us to slow down means everything, not only what was asked for.
    """

    _until: dict[Hashable, tuple[datetime, LastseenError]] = field(default_factory=dict)

    def must_not_stand(self, what: Hashable, now: datetime) -> None:
        """Raise the failure that is remembered of this, or of everything; it says how long it goes on.

        Raises:
            UnknownDevice: Enode has said that it does not have it.
            EnodeUnavailable: Enode has failed.
        """
        for key in (what, None):
            until, error = self._until.get(key, (now, None))
            if error is None or until <= now:
                continue
            if isinstance(error, EnodeUnavailable):
                left = (until - now).total_seconds()
                raise EnodeUnavailable(str(error), status=error.status, retry_after=left)
            raise type(error)(str(error))

    def note(self, what: Hashable, error: UnknownDevice | EnodeUnavailable, now: datetime) -> None:
        """Remember a failure; not one for want of time or of a token, of which Enode knows nothing."""
        span = REMEMBERED
        if isinstance(error, EnodeUnavailable):
            if error.is_general and error.retry_after is None:
                return
            span = (
                AGAIN_AFTER if error.retry_after is None else timedelta(seconds=min(error.retry_after, 60.0))
            )
            what = None if error.is_general else what
        self._until.pop(what, None)
        while len(self._until) >= MOST:
            self._until.pop(next(iter(self._until)), None)
        self._until[what] = instant.later(now, span), error
