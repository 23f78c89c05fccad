"""Check state in a device's item: the PartiQL statements that change its attributes, and how it is read.

`store/attributes.py` names them. All of them are absent until needed; which run writes which:

| written by       | attributes                                                               |
|------------------|--------------------------------------------------------------------------|
| sweep            | `NEXT_CHECK`, `QUIET`, `FAILURES`, `CADENCE`, those of the last hint      |
| sweep, reconcile | `CHECKED_AT`, `CHECKED_SEEN`                                              |
| reconcile        | `MISSING_AT`, `MISSING_RUN`, `FAILED_RUN`                                 |
| sweep, refresh   | `DENIED_AT`, void as soon as something is said of the device              |

A PartiQL UPDATE of an item that is not there is refused, so none is made.
"""

from datetime import datetime, timedelta

from lastseen.domain import instant
from lastseen.domain.check_schedule import CheckState, Hint, TrackedDevice
from lastseen.domain.device import OwnedDevice
from lastseen.domain.maintenance import NotFoundAtEnode, VerifiedAt
from lastseen.store import device_items, keys
from lastseen.store.attributes import (
    CADENCE,
    CHECKED_AT,
    CHECKED_SEEN,
    DENIED_AT,
    FAILED_RUN,
    FAILURES,
    HINT_AT,
    HINT_OPEN,
    HINT_ROW,
    HINT_SEEN,
    HINT_WAIT,
    MISSING_AT,
    MISSING_RUN,
    NEXT_CHECK,
    QUIET,
    instant_of,
    instant_value,
)
from lastseen.store.batches import Statement
from lastseen.store.fast_parser import Item

_WHERE = 'WHERE "pk"=? AND "sk"=?'
# What was claimed once never lacks the attribute again: it would look as if it had never been claimed.
_EVER_SINCE: Item = {"N": "0"}


def _set(*names: str) -> str:
    return " ".join(f'SET "{name}"=?' for name in names)


_LOOKED = _set(NEXT_CHECK, CHECKED_AT, CHECKED_SEEN, QUIET, FAILURES, CADENCE)


class CheckStatements:
    """The writes of the sweep's own attributes. Constants; values travel only as parameters."""

    def __init__(self, table: str) -> None:
        update = f'UPDATE "{table}"'
        claim = f'{update} {_set(NEXT_CHECK, CHECKED_SEEN)} {_WHERE} AND "{NEXT_CHECK}"'
        self._first_claim, self._claim = f"{claim} IS MISSING", f"{claim}=?"
        is_claimed = f'{_WHERE} AND "{NEXT_CHECK}"=?'
        self._looked = f"{update} {_LOOKED} {is_claimed}"
        self._looked_hinted = f"{update} {_LOOKED} {_set(HINT_WAIT, HINT_ROW, HINT_OPEN)} {is_claimed}"
        hint = f"{update} {_LOOKED} {_set(HINT_AT, HINT_WAIT, HINT_SEEN, HINT_ROW, HINT_OPEN)} {is_claimed}"
        self._first_hint, self._hint = f'{hint} AND "{HINT_AT}" IS MISSING', f'{hint} AND "{HINT_AT}"=?'
        self._answered = f"{update} {_set(CHECKED_AT, CHECKED_SEEN)} {_WHERE}"
        self._heard = f"{update} {_set(CHECKED_AT)} {_WHERE}"
        self._denied = f"{update} {_set(DENIED_AT)} {_WHERE}"
        self._failed = f"{update} {_set(FAILED_RUN)} {_WHERE}"
        self._missing = f"{update} {_set(MISSING_AT, MISSING_RUN)} {_WHERE}"

    def claim(self, tracked: TrackedDevice, until: datetime) -> Statement:
        """Move the next look to `until`, if it is still the one that was read."""
        values = [instant_value(until), instant_value(tracked.facts.last_seen_at), *_key(tracked.owned)]
        if tracked.check.next_check_at is None:
            return Statement(self._first_claim, values)
        return Statement(self._claim, [*values, instant_value(tracked.check.next_check_at)])

    def remember(self, tracked: TrackedDevice, claim: datetime) -> Statement:
        """Write the check state down, if the claim still stands. A hint's time never changes here."""
        values, where = _looked(tracked.check), [*_key(tracked.owned), instant_value(claim)]
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
            instant_value(hint.at),
            _seconds(hint.wait),
            instant_value(hint.seen_before),
            _number(hint.in_row),
            {"BOOL": hint.is_open},
        ]
        values = [*_looked(check), *told, *_key(tracked.owned), instant_value(claim)]
        if before is None:
            return Statement(self._first_hint, values)
        return Statement(self._hint, [*values, instant_value(before.at)])

    def answered(self, answered: VerifiedAt) -> Statement:
        """Write down that Enode was asked."""
        if not answered.is_planned:
            return Statement(self._heard, [_text(answered.at), *_key(answered.owned)])
        return Statement(
            self._answered, [_text(answered.at), instant_value(answered.contact), *_key(answered.owned)]
        )

    def denied(self, missing: NotFoundAtEnode) -> Statement:
        """Write down that Enode denied it, to somebody who does not decide what follows."""
        return Statement(self._denied, [_text(missing.at), *_key(missing.owned)])

    def failed(self, owned: OwnedDevice, run: str) -> Statement:
        """Write down that this reconcile asked for it in vain."""
        return Statement(self._failed, [{"S": run}, *_key(owned)])

    def missing(self, missing: NotFoundAtEnode, run: str) -> Statement:
        """Write down that Enode denies it."""
        return Statement(self._missing, [instant_value(missing.at), {"S": run}, *_key(missing.owned)])


def read(item: Item) -> CheckState:
    """Read what is remembered out of a device's item."""
    at = instant_of(item.get(HINT_AT))
    hint = None
    if at is not None:
        hint = Hint(
            at=at,
            wait=timedelta(seconds=float(item[HINT_WAIT]["N"])),
            seen_before=instant_of(item[HINT_SEEN]),
            in_row=int(item[HINT_ROW]["N"]),
            is_open=item[HINT_OPEN]["BOOL"],
        )
    return CheckState(
        next_check_at=instant_of(item.get(NEXT_CHECK)),
        checked_at=device_items.checked_at(item),
        checked_seen=instant_of(item.get(CHECKED_SEEN)),
        quiet=_count(item, QUIET),
        hint=hint,
        failures=_count(item, FAILURES),
        cadence=device_items.cadence_of(item),
    )


def read_missing(item: Item) -> NotFoundAtEnode:
    """Read since when a device is missing."""
    at = instant_of(item[MISSING_AT])
    if at is None:
        raise ValueError("a missing device without a time")
    return NotFoundAtEnode((keys.user_id_of(item["pk"]["S"]), keys.device_of(item["sk"]["S"])), at)


def _looked(check: CheckState) -> list[Item]:
    return [
        _EVER_SINCE if check.next_check_at is None else instant_value(check.next_check_at),
        _text(check.checked_at),
        instant_value(check.checked_seen),
        _number(check.quiet),
        _number(check.failures),
        {"S": check.cadence.text},
    ]


def _key(owned: OwnedDevice) -> list[Item]:
    return [{"S": keys.user(owned[0])}, {"S": keys.device(owned[1])}]


def _text(moment: datetime | None) -> Item:
    # Empty text sorts before every time.
    return {"S": "" if moment is None else instant.fixed(moment)}


def _count(item: Item, name: str) -> int:
    return int(item[name]["N"]) if name in item else 0


def _seconds(span: timedelta) -> Item:
    return {"N": f"{span.total_seconds():.3f}"}


def _number(number: int) -> Item:
    return {"N": str(number)}
