"""Snapshot of a device: four newest-wins registers, and the rule that reads them together."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from lastseen.domain import order
from lastseen.domain.account import Account, account_of
from lastseen.domain.cadence import NOTHING_LEARNED, DeviceCadence
from lastseen.domain.device import DeviceId
from lastseen.domain.document import NO_FACTS, Facts
from lastseen.domain.event_catalog import RegisterName
from lastseen.domain.frozen import fast_frozen
from lastseen.domain.twin import TwinName

NEVER = ""
"""The order key of a register that was never written: before every other key."""


@fast_frozen(frozen=True, slots=True)
class Register:
    """One full thing that was said of a device, and when.

    Attributes:
        ord: The order key of the event or read that said it; NEVER when nothing was.
        document: Enode's resource as compact UTF-8 JSON; None when nothing was said or it is no longer needed.
        facts: What was promoted out of the document.
    """

    ord: str = NEVER
    document: bytes | None = None
    facts: Facts = NO_FACTS

    @property
    def at(self) -> datetime | None:
        """When it was said, by Enode's clock, aware UTC; None when nothing was."""
        return order.instant_of(self.ord) if self.ord else None


EMPTY_REGISTER = Register()


@fast_frozen(frozen=True, slots=True)
class IdentityRegister:
    """The newest strong identity that a device told, by the names that follow from it.

    Attributes:
        ord: The instant that the order key of the event or read that told it begins with; NEVER when nothing did. Of
            two identities told in one instant the greater twin id counts as the later.
        name: The twin's id and the physical device's; None when nothing was told.
        former: The ids of the twins that the device was before, in their order; hardly any device was another.
    """

    ord: str = NEVER
    name: TwinName | None = None
    former: tuple[str, ...] = ()

    @property
    def twin_ids(self) -> frozenset[str]:
        """Every twin that the device is or was."""
        return frozenset(self.former if self.name is None else (self.name.twin_id, *self.former))

    @classmethod
    def told(cls, ord_: str, name: TwinName | None) -> "IdentityRegister":
        """Give what one event or read tells.

        Args:
            ord_: Its order key.
            name: The names that follow from the identity it tells; None if it tells of none.
        """
        return NO_IDENTITY if name is None else cls(order.instant_in(ord_), name)


NO_IDENTITY = IdentityRegister()


class Life(StrEnum):
    """What the registers say together."""

    ALIVE = "alive"
    GONE = "gone"


@fast_frozen(frozen=True, slots=True)
class Snapshot:
    """All observations of one device, merged.

    Attributes:
        seen: The newest full observation (`updated` events, reads).
        found: The newest `discovered`. Its document, mostly nulls by design, must never blank what is known, and is
            dropped as soon as `seen` is as new; its key stays, because it proves when the account was linked.
        gone: The order key of the newest `deleted`; NEVER if there was none.
        identity: The newest strong identity that any of them told, deletions too. A deletion does not end it: the links
            of a twin are found by it for as long as there is a past to tell.
    """

    seen: Register = EMPTY_REGISTER
    found: Register = EMPTY_REGISTER
    gone: str = NEVER
    identity: IdentityRegister = NO_IDENTITY

    @classmethod
    def of(cls, name: RegisterName, said: Register, identity: IdentityRegister = NO_IDENTITY) -> "Snapshot":
        """Give an observation: one register set, and the identity it tells. Of a deletion the key alone is kept."""
        match name:
            case RegisterName.SEEN:
                return cls(seen=said, identity=identity)
            case RegisterName.FOUND:
                return cls(found=said, identity=identity)
            case RegisterName.GONE:
                return cls(gone=said.ord, identity=identity)

    @property
    def life(self) -> Life:
        """GONE when nothing newer than the deletion was said; a newer observation is a relink."""
        is_alive = self.seen.ord > self.gone or self.found.ord > self.gone
        return Life.ALIVE if is_alive else Life.GONE

    @property
    def current(self) -> Register:
        """What to show: `seen` if it belongs to this life of the device, else `found`, else nothing."""
        if self.seen.ord > self.gone:
            return self.seen
        return self.found if self.found.ord > self.gone else EMPTY_REGISTER

    @property
    def linked_at(self) -> datetime | None:
        """When Enode last reached it through the account it came with, as far as is known; None if never, or gone.

        A device that is discovered is discovered through its account, and so is every contact.
        """
        if self.life is Life.GONE:
            return None
        found_at, contact = self.found.at, self.current.facts.last_seen_at
        return max(found_at, contact) if found_at is not None and contact is not None else found_at or contact

    @property
    def is_unread(self) -> bool:
        """Whether nothing but its discovery was said of this life of the device: by design mostly nulls."""
        return self.found.ord > self.gone >= self.seen.ord

    @property
    def newest(self) -> str:
        """The newest order key; whatever tells an identity sets one of the three."""
        return max(self.seen.ord, self.found.ord, self.gone)


EMPTY_SNAPSHOT = Snapshot()


@fast_frozen(frozen=True, slots=True)
class StoredDevice:
    """A device as it stands in the store.

    Attributes:
        device: Which device.
        user_id: Whose it is.
        snapshot: What is believed of it.
        checked_at: When Enode was last asked for it, by sweep, reconcile or refresh; aware UTC, None if never.
        next_check_at: When the sweep means to ask again; aware UTC, None when it has no plan.
        denied_at: When a sweep or a refresh was told that Enode has no such device; None if it never was, or something
            was said of the device since. Whether it is gone a reconcile decides.
        split_from: The twin from which an operator has split it by hand; None if nobody has.
        cadence: How often to expect a contact, as the last look knew it.
    """

    device: DeviceId
    user_id: str
    snapshot: Snapshot
    checked_at: datetime | None = None
    next_check_at: datetime | None = None
    denied_at: datetime | None = None
    split_from: str | None = None
    cadence: DeviceCadence = NOTHING_LEARNED

    @property
    def twin_id(self) -> str:
        """The id of the twin that it belongs to: Enode's own, where it told no strong identity or was split off."""
        name = self.snapshot.identity.name
        return self.device.id if name is None or name.twin_id == self.split_from else name.twin_id

    @property
    def account(self) -> Account | None:
        """The account that it came with; None if its document does not name the vendor."""
        return account_of(self.user_id, self.device.kind, self.snapshot.current.facts)


class DeviceWithAccount(NamedTuple):
    """A device, and whether the account it came with still holds.

    Attributes:
        known: The device.
        invalid_since: Since when the account's credentials have been said to be invalid, aware UTC; None if they hold.
    """

    known: StoredDevice
    invalid_since: datetime | None
