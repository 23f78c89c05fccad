"""Parse a device's item into a snapshot, and a user's into an entry; the inverse of `device_statements`."""

import zlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import jiter

from lastseen.domain import cadence, document, instant, order, unlogged
from lastseen.domain.cadence import NOTHING_LEARNED, DeviceCadence
from lastseen.domain.contact import Doubt
from lastseen.domain.document import NO_FACTS, Facts
from lastseen.domain.event import DeviceUpdate, Entry, Status, StatusId
from lastseen.domain.event_catalog import StatusKind
from lastseen.domain.snapshot import (
    EMPTY_REGISTER,
    NO_IDENTITY,
    IdentityRegister,
    Register,
    Snapshot,
    StoredDevice,
)
from lastseen.domain.twin import PREFIX, TwinName
from lastseen.store import keys
from lastseen.store.attributes import (
    ACTIVE,
    CADENCE,
    CHECKED_AT,
    CHECKED_SEEN,
    DENIED_AT,
    DOC,
    DOUBT,
    FORMER,
    FOUND,
    FOUND_DOC,
    GONE,
    LAST_SEEN,
    NEVER,
    NEWEST,
    NEXT_CHECK,
    PHYSICAL,
    REACHABLE,
    SEEN,
    SPLIT,
    TOLD,
    TWIN,
    UNLOGGED,
    VENDOR,
    instant_of,
)
from lastseen.store.codec import unpack
from lastseen.store.fast_parser import Item
from lastseen.store.identity_statements import told_at

if TYPE_CHECKING:  # a read of devices does without
    from lastseen.domain.observation import ListedUser


def readable[Found](read: Callable[[Item], Found], item: Item) -> Found | None:
    """Read an item that must not keep others from being read; None if it does not have the form we write.

    It may come from a release that wrote another form, or from somebody's hand.
    """
    try:
        return read(item)
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError, zlib.error):
        return None


def listed_user(item: Item) -> "ListedUser | None":
    """Read a user's own item; None if Enode's newest word is that it does not have the user."""
    from lastseen.domain.observation import ListedUser  # noqa: PLC0415 - see above

    status_id = StatusId(StatusKind.USER, keys.user_id_of(item["pk"]["S"]))
    return ListedUser.kept(Status(status_id, item[NEWEST]["S"], unpack(item[DOC]["B"])))


def known(item: Item) -> StoredDevice:
    """Read a device's item. The promoted facts go to what is current; use `snapshot` where both documents matter."""
    return StoredDevice(
        keys.device_of(item["sk"]["S"]),
        keys.user_id_of(item["pk"]["S"]),
        _read(item, facts_of(item)),
        checked_at(item),
        _next_check(item),
        denied_at(item),
        PREFIX + item[SPLIT]["S"] if SPLIT in item else None,
        cadence_of(item),
    )


def checked_at(item: Item) -> datetime | None:
    """Read when Enode was last asked for the device; None if it never was."""
    checked = item.get(CHECKED_AT)
    return None if checked is None else instant.kept(checked["S"])


def cadence_of(item: Item) -> DeviceCadence:
    """Read how often to expect a contact, as the last look knew it."""
    text = item.get(CADENCE)
    return NOTHING_LEARNED if text is None else cadence.kept(text["S"])


def _next_check(item: Item) -> datetime | None:
    """When the sweep means to ask again; a contact that it did not know of voids its plan."""
    planned = item.get(NEXT_CHECK)
    if planned is None or int(item[LAST_SEEN]["N"]) > int(item.get(CHECKED_SEEN, NEVER)["N"]):
        return None
    return instant_of(planned)


def snapshot(item: Item) -> Snapshot:
    """Read a device's item with the facts of both documents, read out of them anew."""
    kind = keys.device_of(item["sk"]["S"]).kind

    def with_facts(said: Register) -> Register:
        if said.document is None:
            return said
        facts = document.facts(kind, document.load(said.document), at=order.instant_of(said.ord))
        return Register(said.ord, said.document, facts)

    plain = _read(item, NO_FACTS)
    return Snapshot(with_facts(plain.seen), with_facts(plain.found), plain.gone, plain.identity)


def owed(item: Item, update: DeviceUpdate) -> Entry | None:
    """Read whether a read stands here that the log needs, now that something older than it is written."""
    marked = item.get(UNLOGGED)
    if marked is None:
        return None
    standing = _read(item, NO_FACTS)
    return unlogged.owed(
        marked["S"], standing.seen, update.snapshot, device=update.device, user_id=update.user_id
    )


def invalid_since(item: Item) -> datetime | None:
    """Read a credentials item: since when they are said to be invalid, in whole milliseconds as contacts are.

    None if the newest word is that they hold.

    Enode's event says nothing but the vendor and means invalid; `isValid` is ours, from asking for the user.
    """
    return instant.cut(order.instant_of(item[NEWEST]["S"])) if is_lost(unpack(item[DOC]["B"])) else None


def is_lost(document: bytes) -> bool:
    """Whether the newest word on an account is that its credentials do not hold."""
    return jiter.from_json(document).get("isValid") is not True


def _read(item: Item, facts: Facts) -> Snapshot:
    """Read the registers; the facts are those of what is current."""
    seen, found, gone = item[SEEN]["S"], item[FOUND]["S"], item[GONE]["S"]
    is_current = seen > gone
    return Snapshot(
        Register(seen, _unpacked(item.get(DOC)), facts if is_current else NO_FACTS)
        if seen
        else EMPTY_REGISTER,
        Register(
            found, _unpacked(item.get(FOUND_DOC)), facts if not is_current and found > gone else NO_FACTS
        )
        if found
        else EMPTY_REGISTER,
        gone,
        _identity(item),
    )


def _identity(item: Item) -> IdentityRegister:
    """Read the identity; an item that was written before there were twins has none."""
    twin = item[TWIN]["S"] if TWIN in item else ""
    if not twin:
        return NO_IDENTITY
    former = tuple(PREFIX + one for one in item[FORMER]["S"].split()) if FORMER in item else ()
    return IdentityRegister(told_at(item[TOLD]["N"]), TwinName(PREFIX + twin, item[PHYSICAL]["S"]), former)


def _unpacked(document: Item | None) -> bytes | None:
    return None if document is None else unpack(document["B"])


def denied_at(item: Item) -> datetime | None:
    """Read when Enode last denied the device to a sweep or a refresh; None if something was said of it since."""
    denied = item.get(DENIED_AT)
    if denied is None:
        return None
    at = datetime.fromisoformat(denied["S"])
    return None if order.begin(at) <= max(item[SEEN]["S"], item[FOUND]["S"], item[GONE]["S"]) else at


def found_at(item: Item) -> datetime | None:
    """Read when a device was last discovered; None if it never was, as far as we know."""
    return order.instant_of(item[FOUND]["S"]) if item[FOUND]["S"] else None


def linked_at(item: Item) -> datetime | None:
    """Read when Enode last reached a device through its account: `Snapshot.linked_at`, without its documents."""
    seen, found = item[SEEN]["S"], item[FOUND]["S"]
    return Snapshot(
        Register(seen, None, facts_of(item)), Register(found, None, facts_of(item)), item[GONE]["S"]
    ).linked_at


def facts_of(item: Item) -> Facts:
    """Read the promoted facts of a device's item."""
    return Facts(
        item[VENDOR]["S"] if VENDOR in item else None,
        instant_of(item[LAST_SEEN]),
        item[REACHABLE]["BOOL"] if REACHABLE in item else None,
        item[ACTIVE]["BOOL"],
        Doubt(item[DOUBT]["S"]) if DOUBT in item else None,
    )
