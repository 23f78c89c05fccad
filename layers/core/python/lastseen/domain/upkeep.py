"""In which words do sweep, reconcile and guard speak with the store?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lastseen.domain.account import Account, account_of
from lastseen.domain.care import Patient
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.document import Facts

type Owned = tuple[str, DeviceId]
"""A user and a device of theirs."""

type ScanCursor = list[Any]
"""Where a scan goes on, as plain JSON; what is in it is the store's business."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a scan for due devices brought.

    Attributes:
        patients: The devices that are due.
        cursor: Where to go on; None if the whole table was looked through.
        scanned: How many items were looked at on the server.
        read_units: What that cost.
    """

    patients: list[Patient]
    cursor: ScanCursor | None
    scanned: int
    read_units: float


@dataclass(frozen=True, slots=True)
class Answered:
    """A device that Enode was asked for.

    Attributes:
        owned: Whose and which.
        at: When, by Enode's clock.
        contact: The last contact it told; None if there never was one.
        is_planned: Whether the sweep waits for it. Of a device that spoke by itself since the last look this contact
            is no part of a look: told so, the sweep would take its coming silence for the old one.
    """

    owned: Owned
    at: datetime
    contact: datetime | None
    is_planned: bool = True


@dataclass(frozen=True, slots=True)
class Missing:
    """A device that Enode denies.

    Attributes:
        owned: Whose and which.
        at: The moment for which it is denied, by Enode's clock: the tombstone's.
    """

    owned: Owned
    at: datetime


@dataclass(frozen=True, slots=True)
class Glance:
    """What freshness is judged by, of one living device.

    Attributes:
        user_id: Whose.
        kind: Of which kind.
        facts: What its current document says.
        checked_at: When Enode was last asked for it; None if never.
        found_at: When it was last discovered; None if it was observed since.
        denied_at: When Enode denied it; None if something was said of it since.
    """

    user_id: str
    kind: DeviceKind
    facts: Facts
    checked_at: datetime | None
    found_at: datetime | None = None
    denied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Glances:
    """A look at everything.

    Attributes:
        devices: Every living device.
        lost: Since when accounts are not linked any more.
    """

    devices: Sequence[Glance]
    lost: Mapping[Account, datetime]

    def invalid_since(self, one: Glance) -> datetime | None:
        """Since when the account that a device came with is not linked any more; None if it is."""
        account = account_of(one.user_id, one.kind, one.facts)
        since = None if account is None else self.lost.get(account)
        is_linked_again = since is not None and one.found_at is not None and one.found_at > since
        return None if is_linked_again else since
