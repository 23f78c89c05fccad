"""A user's account at a vendor, and whether its credentials still hold for a device.

Two maxima, compared when somebody reads: the newest word that they are invalid, and the newest proof that they hold.
"""

from collections.abc import Iterable, Mapping
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
        contact: Enode's last contact. One since that moment proves that they have been mended.
    """
    return invalid_since is not None and (contact is None or contact < invalid_since)


MOST_DEVICES_SEARCHED = 2000
"""Devices that one question looks at for a proof. Where that is not enough, the sweep finds it and writes it down."""


def unproven(
    invalid: Mapping[Account, datetime], proofs: Mapping[Account, datetime]
) -> dict[Account, datetime]:
    """Give those accounts that are invalid still: the word that says so is later than every proof. A tie is mended.

    Args:
        invalid: Since when accounts have been said to be invalid.
        proofs: When each account is known to have held: its devices were discovered, or Enode was in contact.
    """
    return {
        account: since
        for account, since in invalid.items()
        if (proof := proofs.get(account)) is None or proof < since
    }


def newest(proofs: Iterable[tuple[Account | None, datetime | None]]) -> dict[Account, datetime]:
    """Give the newest proof of each account.

    Args:
        proofs: Of devices: the account each came with, None if it names no vendor; when Enode was last known to reach
            it through that account, None if it never was.
    """
    found: dict[Account, datetime] = {}
    for account, at in proofs:
        if account is not None and at is not None and (account not in found or found[account] < at):
            found[account] = at
    return found


def account_of(user_id: str, kind: DeviceKind, facts: Facts) -> Account | None:
    """Give the account that a device came with; None if its document does not name the vendor."""
    return None if facts.vendor is None else Account.of(user_id, kind, facts.vendor)
