"""Names and forms of the attributes in the DevicesTable, all of them in one table.

Short, because every name is stored, scanned and paid for once an item, as its value is; what is not there is left out.

| name  | constant       | holds                                                                                  |
|-------|----------------|----------------------------------------------------------------------------------------|
| `k`   | `KIND`         | index by-kind: a letter for the kind of device, or for a user's own item               |
| `o`   | `OWNED`        | index by-kind: whose and which, in the order of lists: `store/keys.py`                 |
| `i`   | `ID_DIGEST`    | index by-device: a digest of the device's id                                           |
| `s`   | `SEEN`         | register `seen`: its order key; empty if it was never written                          |
| `d`   | `DOC`          | the document of `seen`; of a status, or of a user, the only one                        |
| `f`   | `FOUND`        | register `found`: its order key, or empty                                              |
| `fd`  | `FOUND_DOC`    | the document of `found`, while it may be shown                                         |
| `g`   | `GONE`         | register `gone`: its order key, or empty                                               |
| `v`   | `VENDOR`       | fact of the document that is current: the vendor                                       |
| `l`   | `LAST_SEEN`    | fact: the last contact; `NEVER` if none is known                                       |
| `r`   | `REACHABLE`    | fact: Enode's `isReachable`                                                            |
| `a`   | `ACTIVE`       | fact: whether it is charging, heating or the like                                      |
| `w`   | `DOUBT`        | fact: why the contact that was told is not believed                                    |
| `t`   | `TWIN`         | register `identity`: the id of the twin, without what all begin with; empty if none    |
| `td`  | `TOLD`         | register `identity`: the instant in which it was told, its digits as a number, or 0    |
| `b`   | `PHYSICAL`     | index by-physical: the physical device, whoever has it                                 |
| `tf`  | `FORMER`       | register `identity`: the twins that the device was before; hardly any was another      |
| `ts`  | `SPLIT`        | the twin from which an operator has split the device by hand                           |
| `u`   | `UNLOGGED`     | the mark of a read without news: `domain/unlogged.py`                                  |
| `n`   | `NEWEST`       | of a status, or of a user: the order key of the newest word                            |
| `x`   | `LOST`         | of an account: whether the newest word is that its credentials do not hold             |
| `p`   | `NEXT_CHECK`   | check: not before; while a sweep is at it, the end of its claim                        |
| `c`   | `CHECKED_AT`   | check: when Enode was last asked, by its own clock; text, as it is compared with `f`   |
| `cs`  | `CHECKED_SEEN` | check: the last contact known when it was planned; what is later came by itself        |
| `q`   | `QUIET`        | check: looks in a row that found nothing to do                                         |
| `e`   | `FAILURES`     | check: questions for it in a row that failed while Enode answered others               |
| `ca`  | `CADENCE`      | check: how often to expect a contact: `domain/cadence.py`                              |
| `h`   | `HINT_AT`      | the last hint: when                                                                    |
| `hw`  | `HINT_WAIT`    | the last hint: how many seconds to wait for its outcome                                |
| `hs`  | `HINT_SEEN`    | the last hint: the contact known before it                                             |
| `hr`  | `HINT_ROW`     | the last hint: how many in a row had no effect                                         |
| `ho`  | `HINT_OPEN`    | the last hint: whether its outcome is still to be seen                                 |
| `m`   | `MISSING_AT`   | reconcile: when it was told that there is no such device                               |
| `mr`  | `MISSING_RUN`  | reconcile: which one was told so                                                       |
| `fr`  | `FAILED_RUN`   | reconcile: which one asked for it in vain                                              |
| `y`   | `DENIED_AT`    | when anybody else was told that there is none; text, as it is compared with `f`        |
| `ttl` | `TTL`          | when the item expires, in seconds; `template.yaml` names it, too                       |

An instant that nothing compares with an order key is a number of milliseconds since 1970: a third of the text.
"""

from datetime import UTC, datetime, timedelta

from lastseen.store.fast_parser import Item

KIND, OWNED, ID_DIGEST = "k", "o", "i"
SEEN, DOC, FOUND, FOUND_DOC, GONE = "s", "d", "f", "fd", "g"
VENDOR, LAST_SEEN, REACHABLE, ACTIVE, DOUBT = "v", "l", "r", "a", "w"
TWIN, TOLD, PHYSICAL, FORMER, SPLIT = "t", "td", "b", "tf", "ts"
UNLOGGED = "u"
NEWEST, LOST = "n", "x"
NEXT_CHECK, CHECKED_AT, CHECKED_SEEN, QUIET, FAILURES = "p", "c", "cs", "q", "e"
CADENCE = "ca"
HINT_AT, HINT_WAIT, HINT_SEEN, HINT_ROW, HINT_OPEN = "h", "hw", "hs", "hr", "ho"
MISSING_AT, MISSING_RUN, FAILED_RUN, DENIED_AT = "m", "mr", "fr", "y"
TTL = "ttl"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_NEVER = -(10**15)

NEVER: Item = {"N": str(_NEVER)}
"""In place of an instant that there is none of: before every other one, which nothing at all would not be."""


def instant_value(moment: datetime | None) -> Item:
    """Write an instant, cut to milliseconds, so that the order of numbers is the order of time.

    >>> instant_value(datetime(2026, 3, 1, 12, 0, 0, 123999, tzinfo=UTC)), instant_value(None) == NEVER
    ({'N': '1772366400123'}, True)
    """
    return NEVER if moment is None else {"N": str((moment - _EPOCH) // _MILLISECOND)}


def instant_of(value: Item | None) -> datetime | None:
    """Read an instant, aware UTC; None if there is none.

    >>> instant_of({"N": "1772366400123"}), instant_of(NEVER), instant_of(None)
    (datetime.datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=datetime.timezone.utc), None, None)
    """
    if value is None:
        return None
    milliseconds = int(value["N"])
    return None if milliseconds == _NEVER else _EPOCH + milliseconds * _MILLISECOND
