"""Keys of both tables, drawn as tables; nobody else spells one.

DevicesTable: what we believe now. Everything about one user under one key, so that a list view is one Query.

| pk           | sk                             | holds                                                             |
|--------------|--------------------------------|-------------------------------------------------------------------|
| `U#<userId>` | `D#<kind>#!<vendor>`           | an account: the newest word on its credentials; `lost` if they fail |
| `U#<userId>` | `D#<kind>#<deviceId>`          | a device: four registers,  its documents, facts promoted from them |
| `U#<userId>` | `S#smart-charging#<vehicleId>` | newest smart-charging status                                      |
| `U#<userId>` | `S#schedule#<scheduleId>`      | newest schedule status, with its schedule                         |
| `U#<userId>` | `S#action#<actionId>`          | newest state of a vendor action; expires                          |
| `U#<userId>` | `USER`                         | the user: Enode's own entry of its list, or that it has none |
| `SYS`        | `HEARTBEAT`, `WEBHOOK-TEST`    | the newest sign of life from Enode, with its queue length         |
| `SYS`        | `WEBHOOK`                      | what the guard made of our subscription, and the last outage      |
| `SYS`        | `SWEEP`                        | the last sweep                                                    |
| `SYS`        | `SWEEP#SCAN`, `SWEEP#LIST#<kind>` | where its scan, and its walk over a list of Enode's, go on     |
| `SYS`        | `HINTS#<vendor>`, `HINTS`      | hints spent in the present window                                 |
| `SYS`        | `RECONCILE`, `RECONCILE#DUE`   | how far a reconcile has come; when the next is due                |
| `SYS`        | `COVERAGE`, `ANCHORS`          | how long the log is kept, its gaps; how far its streams were visited |
| `SYS`        | `CADENCE`, `CADENCE#<class>`   | how often Enode is in contact with each class of devices          |
| `SYS`        | `CENSUS`                       | how many devices have which verdict; a count under way            |
| `SYS`        | `HEARTBEAT#WATCH`              | which heartbeat was the newest when it was last looked for gaps   |
| `SYS`        | `LEASE`                        | which run asks Enode now, and until when at most                  |
| `SYS`        | `FAULTS`                       | what cannot be read though everything else can                    |
| `SYS`        | `TWIN-KEY`                     | what tells the key of twin ids from every other                   |
| `SYS`        | `USERS`                        | how far a walk for users who lack their entry has come            |
| `SYS`        | `POPULATION`                   | devices of each kind that Enode lists                             |

Every id stands in a key as `domain.device.escaped` writes it: any text may be an id, but in a key there is no control
character, no space and no `!`, `"` or `#` of one. So the parts of a key cannot run together, and accounts stand in
front of the devices that came with them: `!` comes before every character of an id as it stands here, and the Query
that reads a user's devices from the first on has met their accounts before them. Vendors stand in capitals, because
they are compared without regard to case.

A device's item also holds what the sweep remembers of it: `store/check_statements.py`.

Index `by-device` (keys only): `i`, `sk` -> `pk`. Answers "which user owns device X". `i` is a digest of the device's
id, a quarter of its length; whose id has the same one by chance is told apart by `sk`. Its keys never change after a
device's first sight, so updates never pay for it.

Index `by-kind` (keys only): `k`, `o` -> `pk`, `sk`. Answers "all vehicles", in the order of their users and ids, and,
by the items of the users themselves, "all users". `k` is a letter for the kind, `o` is `<userId>#<deviceId>`, or
`<userId>` of the user's own item; they are written at first sight, and never change either.

Index `by-physical` (keys only, sparse): `b`, `o` -> `pk`, `sk`. Answers operators "who else has, or had, this car", in
the order of users. Only what told a strong identity is in it; `b` changes when a device tells another one.

The other attributes: `store/attributes.py`.

HistoryTable: what was said, append only. One immutable item an event, each a whole snapshot.

| pk                             | sk                           | holds                                           |
|--------------------------------|------------------------------|-------------------------------------------------|
| `D#<kind>#<deviceId>#<userId>` | `device#<order key>`         | words on the device itself: name, source, when  |
|                                |                              | it was received, the document; expires          |
|                                | `<family>#<order key>`       | the same of what belongs to it                  |
| `U#<userId>`                   | order key                    | events about a user; unknown events with a user |
| `SYS`                          | order key                    | unknown events without a user                   |

One partition a device *and* owner: whoever has had a device, their words cannot mix, and who may see one entry of a
partition may see all. In it the families lie one behind the other (`domain.event_catalog.Family`), each in the order
of its keys (`domain.order`): the word before another one, what was believed at a moment and the begin of coverage are
one short Query each, and a page of everything is a merge of as many Queries as there are families. The ids of
schedules and actions are no part of the keys: in front of the order key they would cost the page its order, and as
many Queries as there ever were actions.
"""

import hashlib
from binascii import b2a_base64
from collections.abc import Mapping
from typing import Any, NamedTuple

from lastseen.domain.account import Account
from lastseen.domain.device import KIND_OF_NAME, DeviceId, DeviceKind, escaped, unescaped
from lastseen.domain.event import DeviceLog, Place, StatusId, SystemLog, UserLog
from lastseen.domain.event_catalog import STATUSES, StatusKind, SubjectKind

BY_DEVICE = "by-device"
BY_KIND = "by-kind"
BY_PHYSICAL = "by-physical"
SYSTEM = "SYS"
DEVICES_OF_USER = "D#"
ACCOUNT = "#!"
"""Is in the sort key of every account, and of nothing else."""

LARGEST_OWNED = 1024
"""Bytes: DynamoDB's limit for the second key of an index."""

TWIN_KEY = "TWIN-KEY"
"""What tells the key of twin ids from every other. No record: it is written once, by whichever function has the key."""

USER = "USER"

LETTERS = {
    DeviceKind.VEHICLE: "v",
    DeviceKind.CHARGER: "c",
    DeviceKind.BATTERY: "b",
    DeviceKind.INVERTER: "i",
    DeviceKind.HVAC: "h",
    DeviceKind.METER: "m",
    DeviceKind.HEM_SYSTEM: "e",
}
"""Kinds in index by-kind."""

USER_LETTER = "u"
"""The kind of a user's own item there, by which users without devices are listed."""


class Key(NamedTuple):
    """A primary key of either table."""

    pk: str
    sk: str


def user(user_id: str) -> str:
    """The partition of one user.

    >>> user("anna"), user("a b")
    ('U#anna', 'U#a%20b')
    """
    return f"U#{escaped(user_id)}"


def user_id_of(pk: str) -> str:
    """The user of a partition.

    >>> user_id_of("U#anna"), user_id_of("U#a%20b")
    ('anna', 'a b')
    """
    return unescaped(pk.removeprefix("U#"))


def device(device_id: DeviceId) -> str:
    """A device's sort key among the devices of its user, and the begin of its partitions in the history.

    >>> device(DeviceId(DeviceKind.VEHICLE, "05ee9df5"))
    'D#vehicle#05ee9df5'
    """
    return f"D#{device_id.kind}#{escaped(device_id.id)}"


def device_of(key: str) -> DeviceId:
    """The device of such a key.

    >>> device_of("D#hem-system#54d8")
    DeviceId(kind=<DeviceKind.HEM_SYSTEM: 'hem-system'>, id='54d8')
    """
    _, kind, id_ = key.split("#", 2)
    return DeviceId(KIND_OF_NAME[kind], unescaped(id_))


def id_digest(id_: str) -> str:
    """The key of all devices that have this id, whatever their kind, in index by-device.

    >>> id_digest("05ee9df5-d072-4ee8-b773-399dec8f5693")
    'RkZHi/63'
    """
    return b2a_base64(hashlib.blake2b(id_.encode(), digest_size=6).digest(), newline=False).decode()


def owned(user_id: str, device_id: DeviceId | None = None) -> str:
    """The place of a user's device among all of its kind, or of the user's own item among all users.

    As much of it as an index can hold, which is all of it but for the very longest ids. What is cut off is replaced so
    that the order stays what it is, as far as the rest tells it.

    >>> owned("anna", DeviceId(DeviceKind.VEHICLE, "05ee9df5")), owned("a b")
    ('anna#05ee9df5', 'a%20b')
    """
    whole = escaped(user_id) if device_id is None else f"{escaped(user_id)}#{escaped(device_id.id)}"
    if len(whole) <= LARGEST_OWNED // 4:
        return whole
    kept = whole.encode()[:LARGEST_OWNED].decode(errors="ignore")
    # In place of a part of a character, the last of all characters that would still fit.
    return (
        kept + ("", "\x7f", "\u07ff", "\uffff")[min(LARGEST_OWNED, len(whole.encode())) - len(kept.encode())]
    )


def behind(user_id: str) -> str:
    """Where the next user's place begins at the earliest: `$` comes right behind `#`.

    >>> owned("anna", DeviceId(DeviceKind.VEHICLE, "z")) < behind("anna") < owned("annb")
    True
    """
    return f"{escaped(user_id)}$"


def account_of(key: Key) -> Account:
    """The account of such a key.

    >>> account_of(Key("U#anna", "D#vehicle#!TESLA"))
    Account(user_id='anna', kind=<DeviceKind.VEHICLE: 'vehicle'>, vendor='TESLA')
    """
    kind, _, vendor = key.sk.removeprefix(DEVICES_OF_USER).partition(ACCOUNT)
    return Account(user_id_of(key.pk), DeviceKind(kind), unescaped(vendor))


def status(status_id: StatusId) -> Key:
    """Where a status is kept.

    >>> status(StatusId.of(Account("anna", DeviceKind.VEHICLE, "TESLA")))
    Key(pk='U#anna', sk='D#vehicle#!TESLA')
    """
    pk = SYSTEM if status_id.user_id is None else user(status_id.user_id)
    match STATUSES[status_id.kind].subject:
        case SubjectKind.DEVICE | SubjectKind.PART:
            return Key(pk, f"S#{status_id.kind}#{escaped(status_id.id)}")
        case SubjectKind.ACCOUNT:
            return Key(pk, f"{DEVICES_OF_USER}{status_id.devices}{ACCOUNT}{escaped(status_id.id)}")
        case SubjectKind.USER:
            return Key(pk, USER)
        case SubjectKind.ENODE:
            return Key(pk, status_id.kind.upper())


def part_of(key: Key) -> StatusId | None:
    """The status of such a key, if it belongs to a device beside the device's own item; None of everything else.

    >>> part_of(Key("U#anna", "S#schedule#s1")), part_of(Key("U#anna", "USER"))
    (StatusId(kind=<StatusKind.SCHEDULE: 'schedule'>, user_id='anna', id='s1', devices=None), None)
    """
    prefix, _, rest = key.sk.partition("#")
    if prefix == "A":
        return StatusId(StatusKind.ACTION, user_id_of(key.pk), unescaped(rest))
    if prefix != "S":
        return None
    kind, _, id_ = rest.partition("#")
    return StatusId(StatusKind(kind), user_id_of(key.pk), unescaped(id_))


def spelled(item: Mapping[str, Any]) -> str:
    """Name an item that cannot be read, for people.

    >>> spelled({"pk": {"S": "U#anna"}, "sk": {"S": "D#vehicle#1"}})
    'U#anna D#vehicle#1'
    """
    return " ".join(str(item.get(name, {}).get("S", "?")) for name in ("pk", "sk"))


def entry(place: Place, ord_: str) -> Key:
    """Where an entry of the history is kept, or would be if a bound were the order key of one.

    >>> entry(DeviceLog(DeviceId(DeviceKind.VEHICLE, "05ee9df5"), "anna"), "2026")
    Key(pk='D#vehicle#05ee9df5#anna', sk='device#2026')
    >>> entry(UserLog("anna"), "2026"), entry(SystemLog(), "2026")
    (Key(pk='U#anna', sk='2026'), Key(pk='SYS', sk='2026'))
    """
    match place:
        case DeviceLog(of, user_id, family):
            return Key(f"{device(of)}#{escaped(user_id)}", f"{family}#{ord_}")
        case UserLog(user_id):
            return Key(user(user_id), ord_)
        case SystemLog():
            return Key(SYSTEM, ord_)


def order_of(sk: str) -> str:
    """The order key in the sort key of an entry; order keys begin with a digit, families do not.

    >>> order_of("vendorActions#2026-03-01T12:00:00.000000000Z#0"), order_of("2026-03-01T12:00:00.000000000Z#0")
    ('2026-03-01T12:00:00.000000000Z#0', '2026-03-01T12:00:00.000000000Z#0')
    """
    return sk if sk[:1].isdigit() else sk.partition("#")[2]
