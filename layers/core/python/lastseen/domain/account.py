"""Which of a user's accounts at a vendor? What Enode lists as a linked vendor."""

from typing import NamedTuple

from lastseen.domain.device import DeviceKind
from lastseen.domain.document import Facts


class Account(NamedTuple):
    """A vendor that a user has linked, for one kind of device; its credentials hold, or are invalid.

    One vendor's credentials can hold for cars and be dead for batteries: Enode lists a vendor once for each kind.

    Attributes:
        user_id: Who linked it.
        kind: For which devices. HEM systems are listed with none of Enode's; theirs goes by the vendor as a whole.
        vendor: `TESLA`.
    """

    user_id: str
    kind: DeviceKind
    vendor: str


def account_of(user_id: str, kind: DeviceKind, facts: Facts) -> Account | None:
    """Give the account that a device came with; None if its document does not name the vendor."""
    return None if facts.vendor is None else Account(user_id, kind, facts.vendor)
