"""Check state in a device's item: its attributes, and the PartiQL statements that change them.

| attribute      | holds                                                                    | written by             |
|----------------|--------------------------------------------------------------------------|------------------------|
| `next_check_at` | not before; while a sweep is at it, the end of its claim                 | sweep                  |
| `checked_at`   | when Enode was last asked, by its own clock                               | sweep, reconcile       |
| `checked_seen` | the last contact known then, as `last_seen`; what is later came by itself | sweep, reconcile       |
| `quiet`        | looks in a row that found nothing to do                                   | sweep                  |
| `failures`     | questions for it in a row that failed while Enode answered others         | sweep                  |
| `hint_…`       | `at`, `wait` in seconds, `seen` before it, `row`, `open`: the last hint   | sweep                  |
| `missing_at`, `missing_run` | when a reconcile was told that there is no such device, and which | reconcile      |
| `failed_run`   | the reconcile that asked for it in vain                                   | reconcile              |
| `denied_at`    | when anybody else was told so; void as soon as something is said of it    | sweep, refresh         |

All of them are absent until needed. A PartiQL UPDATE of an item that is not there is refused, so none is made.
"""

from datetime import datetime, timedelta

from lastseen.domain import instant
from lastseen.domain.check_schedule import CheckState, Hint, TrackedDevice
from lastseen.domain.device import OwnedDevice
from lastseen.domain.maintenance import NotFoundAtEnode, VerifiedAt
from lastseen.store import keys
from lastseen.store.batches import Statement
from lastseen.store.fast_parser import Item

_WHERE = 'WHERE "pk"=? AND "sk"=?'
# What was claimed once never lacks the attribute again: it would look as if it had never been claimed.
_EVER_SINCE: Item = {"S": "1970-01-01T00:00:00.000Z"}
_LOOKED = 'SET "next_check_at"=? SET "checked_at"=? SET "checked_seen"=? SET "quiet"=? SET "failures"=?'


class CheckStatements:
    """The writes of the sweep's own attributes. Constants; values travel only as parameters."""

    def __init__(self, table: str) -> None:
        update = f'UPDATE "{table}"'
        claim = f'{update} SET "next_check_at"=? SET "checked_seen"=? {_WHERE} AND "next_check_at"'
        self._first_claim, self._claim = f"{claim} IS MISSING", f"{claim}=?"
        looked = f'{update} {_LOOKED} {_WHERE} AND "next_check_at"=?'
        self._looked = looked
        self._looked_hinted = looked.replace(
            "WHERE", 'SET "hint_wait"=? SET "hint_row"=? SET "hint_open"=? WHERE'
        )
        hint = looked.replace(
            "WHERE",
            'SET "hint_at"=? SET "hint_wait"=? SET "hint_seen"=? SET "hint_row"=? SET "hint_open"=? WHERE',
        )
        self._first_hint, self._hint = f'{hint} AND "hint_at" IS MISSING', f'{hint} AND "hint_at"=?'
        self._answered = f'{update} SET "checked_at"=? SET "checked_seen"=? {_WHERE}'
        self._heard = f'{update} SET "checked_at"=? {_WHERE}'
        self._denied = f'{update} SET "denied_at"=? {_WHERE}'
        self._failed = f'{update} SET "failed_run"=? {_WHERE}'
        self._missing = f'{update} SET "missing_at"=? SET "missing_run"=? {_WHERE}'

    def claim(self, tracked: TrackedDevice, until: datetime) -> Statement:
        """Move the next look to `until`, if it is still the one that was read."""
        values = [_time(until), _time(tracked.facts.last_seen_at), *_key(tracked.owned)]
        if tracked.check.next_check_at is None:
            return Statement(self._first_claim, values)
        return Statement(self._claim, [*values, _time(tracked.check.next_check_at)])

    def remember(self, tracked: TrackedDevice, claim: datetime) -> Statement:
        """Write the check state down, if the claim still stands. A hint's time never changes here."""
        values, where = _looked(tracked.check), [*_key(tracked.owned), _time(claim)]
        hint = tracked.check.hint
        if hint is None:
            return Statement(self._looked, [*values, *where])
        told = [_seconds(hint.wait), _number(hint.in_row), {"BOOL": hint.is_open}]
        return Statement(self._looked_hinted, [*values, *told, *where])

    def hint(self, tracked: TrackedDevice, check: CheckState, claim: datetime) -> Statement:
        """Write a new hint down, if the claim still stands and the last hint is still the one that was read."""
        if check.hint is None:
            raise ValueError("no hint to write down")
        hint, before = check.hint, tracked.check.hint
        told = [
            _time(hint.at),
            _seconds(hint.wait),
            _time(hint.seen_before),
            _number(hint.in_row),
            {"BOOL": hint.is_open},
        ]
        values = [*_looked(check), *told, *_key(tracked.owned), _time(claim)]
        if before is None:
            return Statement(self._first_hint, values)
        return Statement(self._hint, [*values, _time(before.at)])

    def answered(self, answered: VerifiedAt) -> Statement:
        """Write down that Enode was asked."""
        if not answered.is_planned:
            return Statement(self._heard, [_time(answered.at), *_key(answered.owned)])
        return Statement(self._answered, [_time(answered.at), _time(answered.contact), *_key(answered.owned)])

    def denied(self, missing: NotFoundAtEnode) -> Statement:
        """Write down that Enode denied it, to somebody who does not decide what follows."""
        return Statement(self._denied, [_time(missing.at), *_key(missing.owned)])

    def failed(self, owned: OwnedDevice, run: str) -> Statement:
        """Write down that this reconcile asked for it in vain."""
        return Statement(self._failed, [{"S": run}, *_key(owned)])

    def missing(self, missing: NotFoundAtEnode, run: str) -> Statement:
        """Write down that Enode denies it."""
        return Statement(self._missing, [_time(missing.at), {"S": run}, *_key(missing.owned)])


def read(item: Item) -> CheckState:
    """Read what is remembered out of a device's item."""

    def time(name: str) -> datetime | None:
        return instant.parse(item.get(name, {}).get("S"))

    at = time("hint_at")
    hint = None
    if at is not None:
        hint = Hint(
            at=at,
            wait=timedelta(seconds=float(item["hint_wait"]["N"])),
            seen_before=time("hint_seen"),
            in_row=int(item["hint_row"]["N"]),
            is_open=item["hint_open"]["BOOL"],
        )
    return CheckState(
        next_check_at=time("next_check_at"),
        checked_at=time("checked_at"),
        checked_seen=time("checked_seen"),
        quiet=int(item.get("quiet", {}).get("N", "0")),
        hint=hint,
        failures=int(item.get("failures", {}).get("N", "0")),
    )


def read_missing(item: Item) -> NotFoundAtEnode:
    """Read since when a device is missing."""
    at = instant.parse(item["missing_at"]["S"])
    if at is None:
        raise ValueError("a missing device without a time")
    return NotFoundAtEnode((keys.user_id_of(item["pk"]["S"]), keys.device_of(item["sk"]["S"])), at)


def _looked(check: CheckState) -> list[Item]:
    return [
        _EVER_SINCE if check.next_check_at is None else _time(check.next_check_at),
        _time(check.checked_at),
        _time(check.checked_seen),
        _number(check.quiet),
        _number(check.failures),
    ]


def _key(owned: OwnedDevice) -> list[Item]:
    return [{"S": keys.user(owned[0])}, {"S": keys.device(owned[1])}]


def _time(moment: datetime | None) -> Item:
    # Empty text sorts before every time, as the empty `last_seen` of a device without contact does.
    return {"S": "" if moment is None else instant.fixed(moment)}


def _seconds(span: timedelta) -> Item:
    return {"N": f"{span.total_seconds():.3f}"}


def _number(number: int) -> Item:
    return {"N": str(number)}
