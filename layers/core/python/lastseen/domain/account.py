"""Which of a user's accounts at a vendor? What Enode lists as a linked vendor."""

from datetime import datetime
from typing import NamedTuple

from lastseen.domain.device import DeviceKind, in_any_case
from lastseen.domain.document import Facts


class Account(NamedTuple):
    """A vendor that a user has linked, for one kind of device; its credentials hold, or are invalid.

    One vendor's credentials can hold for cars and be dead for batteries: Enode lists a vendor once for each kind.

    Attributes:
        user_id: Who linked it.
        kind: For which devices. HEM systems are listed with none of Enode's; theirs goes by the vendor as a whole.
        vendor: `TESLA`, in capitals.
    """

    user_id: str
    kind: DeviceKind
    vendor: str

    @classmethod
    def of(cls, user_id: str, kind: DeviceKind, vendor: str) -> "Account":
        """Name an account at a vendor, in whatever case that is written.

        >>> Account.of("anna", DeviceKind.VEHICLE, "Alfa Romeo").vendor
        'ALFA ROMEO'
        """
        return cls(user_id, kind, in_any_case(vendor))


def is_cut_off(invalid_since: datetime | None, contact: datetime | None) -> bool:
    """Say whether invalid credentials keep Enode from a device.

    Args:
        invalid_since: Since when those of its account have been said to be invalid; None if they hold.
        contact: Enode's last contact. One after that moment proves that they have been mended.
    """
    return invalid_since is not None and (contact is None or contact <= invalid_since)


def account_of(user_id: str, kind: DeviceKind, facts: Facts) -> Account | None:
    """Give the account that a device came with; None if its document does not name the vendor."""
    return None if facts.vendor is None else Account.of(user_id, kind, facts.vendor)
