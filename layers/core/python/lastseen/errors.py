"""Errors: every way Lastseen says no, drawn as a tree.

The second level answers the only question a caller asks: will trying again help?

```
LastseenError
├─ Rejected              final: the same call gets the same answer
│  ├─ BadSignature         401  body and x-enode-signature disagree
│  ├─ Forbidden            403  the caller's token does not reach so far
│  ├─ BadRequest           400  a parameter is missing, malformed or out of bounds
│  ├─ NotServed            404  no such resource in this API
│  ├─ UnknownUser          404  no such user that this caller may see
│  ├─ UnknownDevice        404  no snapshot under this id that this caller may see
│  ├─ UnknownField         404  nothing stands under this path of the device, nor ever did as far as was looked
│  ├─ NotCovered           404  the log does not reach back so far
│  ├─ BadCursor            400  not one of ours, or of another caller or query, or too old
│  ├─ NotAllowed           405  the resource is there, for another method
│  ├─ NotOurs              501  Enode does it, we do not; the message says where to go
│  └─ TooEarly             429  a refresh of this device is not due yet
├─ Unavailable           passing: a later attempt may succeed
│  ├─ EnodeUnavailable     503  Enode did not answer, or asked us to slow down; the sweep saves its cursor and stops
│  └─ StoreUnavailable     503  nothing was acknowledged; Enode delivers again, for 24 hours
└─ Misconfigured         the function cannot do its work until its deployer mends a setting; the invocation
   │                       fails (but for a refresh, which is answered 503: reads go on)
   └─ NoEnodeClient        Enode's client is not in its secret yet; sweep, reconcile and guard say so, and wait
```

Status codes live in one table, `api/http.py`. Anything that is not a LastseenError is a bug: it leaves the handler,
the invocation fails and the alarm rings.
"""

from datetime import datetime

_ABOUT_THE_CLIENT = frozenset({401, 429})
"""Statuses that mean whoever asks, whatever was asked for."""

_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@|+=~,-")


def called(what: str, id_: str) -> str:
    """Name something by its id, in a message; without it if it holds what could end the sentence, or a line of a log.

    >>> called("device", "05ee9df5"), called("user", "x' OR 1")
    ("device '05ee9df5'", 'user of this id')
    """
    return f"{what} '{id_}'" if _SAFE.issuperset(id_) else f"{what} of this id"


class LastseenError(Exception):
    """Base of every error that Lastseen raises on purpose."""


class Rejected(LastseenError):
    """Final: the same call gets the same answer."""


class BadSignature(Rejected):
    """The body and its `x-enode-signature` disagree; nothing was parsed and nothing was stored."""


class Forbidden(Rejected):
    """The caller's token does not reach so far; the message says what it lacks."""


class BadRequest(Rejected):
    """A parameter is missing, malformed or out of bounds; the message says which and what would do."""


class NotServed(Rejected):
    """No such resource in this API; the message says where to look instead."""


class UnknownUser(Rejected):
    """No such user, or not one that this caller may see."""

    @classmethod
    def of(cls, user_id: str) -> "UnknownUser":
        """Name the user."""
        return cls(f"there is no {called('user', user_id)}")


class UnknownDevice(Rejected):
    """No device under this id, or not one that this caller may see."""

    @classmethod
    def of(cls, device_id: str) -> "UnknownDevice":
        """Name the device."""
        return cls(f"there is no {called('device', device_id)}")


class UnknownField(Rejected):
    """Nothing stands under this path of the device, nor ever did as far as was looked.

    Attributes:
        nearest: Paths that are most like it.
    """

    def __init__(self, nearest: tuple[str, ...]) -> None:
        near = f"; the nearest are {', '.join(nearest)}" if nearest else ""
        super().__init__(f"there is no such field on this device{near}")
        self.nearest = nearest


class NotCovered(Rejected):
    """The log does not reach back so far.

    Attributes:
        begins_at: From when on it tells of what was asked for; None if it is empty.
    """

    def __init__(self, message: str, *, begins_at: datetime | None = None) -> None:
        super().__init__(message)
        self.begins_at = begins_at


class BadCursor(Rejected):
    """A cursor that is not one of ours, or of another caller or query, or too old; begin again without one."""


class NotAllowed(Rejected):
    """The resource is there, for another method.

    Attributes:
        allowed: The method it is there for.
    """

    def __init__(self, allowed: str) -> None:
        super().__init__(f"this is there for {allowed} only")
        self.allowed = allowed


class NotOurs(Rejected):
    """Enode does it, we do not; the message says where to go."""


class TooEarly(Rejected):
    """A refresh of this device is not due yet.

    Attributes:
        retry_after: Seconds until it is.
    """

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(LastseenError):
    """Passing: a later attempt may succeed."""


class EnodeUnavailable(Unavailable):
    """Enode did not answer as it should, or asked us to slow down.

    Attributes:
        retry_after: Seconds after which to try again, where Enode said so; None where it did not.
        status: The HTTP status of the last answer; None if there was none.
        is_general: Whether it says nothing of what was asked for: there was no token or no time, or Enode asks us to
            slow down. Any other failure may be that of one device, user or page alone.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        is_general: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.status = status
        self.is_general = is_general or status in _ABOUT_THE_CLIENT


class StoreUnavailable(Unavailable):
    """The store did not acknowledge in time; whatever it took is taken again, unharmed, by the next attempt."""


class Misconfigured(LastseenError):
    """A setting is missing or unsafe; the function refuses to start rather than work wrongly."""


class NoEnodeClient(Misconfigured):
    """Nobody has written Enode's client into its secret yet: nothing can be asked of Enode, only listened to."""
