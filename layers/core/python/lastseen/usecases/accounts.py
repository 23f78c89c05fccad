"""Accounts whose credentials do not hold: the newest word says so, and no device of theirs proves otherwise."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from lastseen.domain.account import Account, unproven
from lastseen.usecases.ports import Devices


def disconnected(
    accounts: Iterable[Account], at_hand: Mapping[Account, datetime], devices: Devices
) -> dict[Account, datetime]:
    """Give since when those of some accounts are invalid that are so still.

    Other devices of an account are looked at only where it was said to be invalid and nothing at hand proves that this
    is over, and of those no more than one question may.

    Args:
        accounts: Which accounts.
        at_hand: When they are known to have held, by the devices that are at hand.
        devices: The state.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    still = unproven(devices.invalid_among(accounts), at_hand)
    return unproven(still, devices.proofs_of(still)) if still else still
