"""Learn cadences during a sweep: measure gaps at each look, choose probes, and remember it class by class."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from lastseen.domain import cadence, class_cadence, instant, records
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.cadence import CadenceClass, ContactGap, ContactSeen, DeviceCadence
from lastseen.domain.check_schedule import CheckResult, TrackedDevice
from lastseen.domain.class_cadence import ClassCadence, Rounds
from lastseen.domain.device import OwnedDevice
from lastseen.domain.document import Facts
from lastseen.domain.freshness import Limits
from lastseen.domain.records import CADENCE
from lastseen.usecases.maintenance.context import RunContext
from lastseen.usecases.ports import Records

_ODD = 1.25
"""A device whose own gap is so many times its class's cadence keeps a pace of its own."""

_AS_SOON_AS_OLD = 1.2
"""Times its limit: what a sweep and its claims take to come to a device that has just become old."""

_REMEASURED_EVERY = 4
"""Quiet looks after which such a device is measured again: once a day, where the quiet are looked at every 6 hours."""


@dataclass
class CadenceBook:
    """What one run knows and learns of cadences.

    One record tells of all classes in short, and is read once; what is remembered of a class is read when needed.

    Attributes:
        records: Where it is kept.
        limits: Ages up to which a contact is fresh.
        backoff: How patient to be with a device.
        now: Gives the present moment, aware UTC.
    """

    records: Records
    limits: Limits
    backoff: BackoffPolicy
    now: Callable[[], datetime]
    _short: dict[str, dict[str, Any]] = field(init=False)
    _version: int = field(init=False)
    _classes: dict[CadenceClass, ClassCadence] = field(default_factory=dict)
    _read: dict[CadenceClass, tuple[Mapping[str, Any], int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        record = self.records.read(CADENCE)
        self._short = class_cadence.in_short(record.content)
        self._version = record.version
        self.rounds = Rounds.of(self.backoff)

    def of(self, one: CadenceClass) -> ClassCadence:
        """Give what is remembered of a class, to be changed; `write` keeps it."""
        if one not in self._classes:
            record = self.records.read(records.cadence(one.name))
            self._read[one] = record.content, record.version
            self._classes[one] = ClassCadence.read(one, record.content)
        return self._classes[one]

    def every(self, one: CadenceClass) -> int:
        """Give the cadence of a class in seconds; 0 while nothing is learned."""
        if one in self._classes:
            return self._classes[one].learned(self.now(), self.rounds)
        return int(self._short.get(one.name, {}).get("every", 0))

    def is_even(self, one: CadenceClass) -> bool:
        """Whether the devices of a class are known to be alike."""
        if one in self._classes:
            return self._classes[one].is_even(self.now(), self.rounds)
        return bool(self._short.get(one.name, {}).get("even"))

    def is_silent(self, one: CadenceClass) -> bool:
        """Whether most devices of a class are out of contact."""
        if one in self._classes:
            return self._classes[one].silent_since is not None
        return self._short.get(one.name, {}).get("silent_since") is not None

    def under_judgement(self) -> list[CadenceClass]:
        """Give the classes that are silent, or may be: each sweep looks whether they still are."""
        return [CadenceClass.named(name) for name, one in self._short.items() if one.get("judged")]

    def _due_for_probes(self) -> list[CadenceClass]:
        """Give the classes of which a round of probes is due: those not learned first, then the slowest."""
        due = [
            CadenceClass.named(name)
            for name, one in self._short.items()
            if (at := instant.parse(one.get("round_at"))) is None or at <= self.now()
        ]
        return sorted(due, key=lambda one: (self.every(one) > 0, -self.every(one)))

    def begin_rounds(self) -> list[OwnedDevice]:
        """Begin the rounds of probes that are due, and give devices that may be their probes; others each hour."""
        wanted: list[OwnedDevice] = []
        hour = f"{self.now():%Y%m%d%H}"
        for one in self._due_for_probes():
            remembered = self.of(one)
            if remembered.begin_round(self.now(), self.rounds):
                by_chance = sorted(
                    remembered.members, key=lambda owned: crc32(f"{hour}{owned[1].id}".encode())
                )
                wanted += by_chance[: class_cadence.PROBES]
        return wanted

    def urgency(self, tracked: TrackedDevice) -> tuple[bool, bool, int]:
        """Give the place of a device among others: probes first, of these classes not learned, then the slowest."""
        every = self.every(CadenceClass.of(tracked.known.device.kind, tracked.facts))
        return not tracked.check.cadence.is_probed, every > 0, -every

    def silent(self) -> list[ClassCadence]:
        """Give the classes most of which are out of contact."""
        return [self.of(one) for name in self._short if self.is_silent(one := CadenceClass.named(name))]

    def measured(self, tracked: TrackedDevice, facts: Facts, asked_at: datetime) -> DeviceCadence:
        """Measure a device by what a look told, and give the cadence to judge it by.

        Args:
            tracked: The device as it was known, and what was remembered of it.
            facts: What Enode answered.
            asked_at: When, by its own clock.
        """
        kind, is_active = tracked.known.device.kind, facts.is_active
        one = CadenceClass.of(kind, facts)
        known = tracked.check.cadence
        gap = self._gap(tracked, facts, asked_at)
        if gap is not None:
            self._note(one, tracked, gap)
            own = self._own(gap, self.limits.of(kind, facts), self.every(one))
            if own:
                known = replace(known, own_active=own) if is_active else replace(known, own_regular=own)
        known = self.judged_by(known, one)
        if not known.is_measured and tracked.check.hint is None and self.is_even(one):
            every = known.of_class(is_active=is_active)
            known = replace(known, own_active=every) if is_active else replace(known, own_regular=every)
        return known

    def judged_by(self, known: DeviceCadence, one: CadenceClass) -> DeviceCadence:
        """Give what a device of a class is judged by: its own pace, and what is learned of its class by now."""
        return replace(
            known,
            active=self.every(one._replace(is_active=True)),
            regular=self.every(one._replace(is_active=False)),
            is_vendor_silent=self.is_silent(one),
        )

    def watched(self, tracked: TrackedDevice, result: CheckResult, facts: Facts | None) -> bool:
        """Say whether a device that was looked at is a probe from now on, or goes on being one."""
        one, owned = CadenceClass.of(tracked.known.device.kind, facts or tracked.facts), tracked.owned
        is_in_reach = result in (CheckResult.CURRENT, CheckResult.UNVERIFIED) or (
            result is CheckResult.STALE and self._is_below_ceiling(facts)
        )
        if tracked.check.cadence.is_probed:
            probes = self.of(one).probes
            if not is_in_reach:
                probes.pop(owned[1].id, None)
            return owned[1].id in probes
        if result not in (CheckResult.CURRENT, CheckResult.UNVERIFIED) or self.is_silent(one):
            return False
        short = self._short.setdefault(one.name, {})
        if short.get("members", 0) < class_cadence.MEMBERS:
            self.of(one).note_member(owned)
        next_round_at = instant.parse(short.get("round_at"))
        is_due = next_round_at is None or next_round_at <= self.now() or short.get("open", True)
        return (is_due or one in self._classes) and self.of(one).choose(
            owned, self.now(), self.rounds, has_moved=result is CheckResult.CURRENT
        )

    def look_again(self, tracked: TrackedDevice, facts: Facts) -> datetime | None:
        """Give when to look next at a current device: an odd one once a day when its class would have been heard of."""
        check, is_active, seen = tracked.check, facts.is_active, facts.last_seen_at
        of_class = check.cadence.of_class(is_active=is_active)
        is_odd = of_class > 0 and check.cadence.own(is_active=is_active) > _ODD * of_class
        if not is_odd or seen is None or check.cadence.is_probed or check.quiet % _REMEASURED_EVERY:
            return check.next_check_at
        of_kind = self.limits.of(tracked.known.device.kind, facts)
        limit = max(of_kind, cadence.MARGIN * timedelta(seconds=of_class))
        return check.next_check_at if self.now() - seen > limit else instant.later(seen, limit)

    def count(self, sizes: Mapping[str, int], members: Mapping[CadenceClass, Sequence[OwnedDevice]]) -> None:
        """Take over from a count of all devices how many each class has, by name, and some of them."""
        for name in {*self._short, *sizes}:
            one = CadenceClass.named(name)
            remembered = self.of(one)
            remembered.size, remembered.members = sizes.get(name, 0), list(members.get(one, ()))

    def write(self) -> None:
        """Keep what was learned. Who loses the race against another run leaves it to the next."""
        for one, remembered in self._classes.items():
            before, version = self._read[one]
            remembered.drop_probes(self.now(), self.limits.ceiling)
            said = remembered.said()
            if said != before and self.records.write(records.cadence(one.name), said, version=version):
                self._read[one] = said, version + 1
            self._short[one.name] = self._in_short(remembered)
        said = {"classes": self._short}
        if said != self.records.read(CADENCE).content and self.records.write(
            CADENCE, said, version=self._version
        ):
            self._version += 1

    def _in_short(self, one: ClassCadence) -> dict[str, Any]:
        every = one.learned(self.now(), self.rounds)
        span = self.rounds.usual if every else self.rounds.unlearned
        due_at = None if one.round_at is None else instant.fixed(one.round_at + span)
        return {
            "every": every,
            "even": one.is_even(self.now(), self.rounds),
            "devices": one.size,
            "members": len(one.members),
            "round_at": due_at,
            "open": one.is_open,
            "judged": bool(one.sample),
            "silent_share": one.silent_share,
            "silent_since": None if one.silent_since is None else instant.fixed(one.silent_since),
        }

    def _gap(self, tracked: TrackedDevice, facts: Facts, asked_at: datetime) -> ContactGap | None:
        check, before, after = tracked.check, tracked.facts.last_seen_at, facts.last_seen_at
        if before is None or after is None or tracked.facts.is_active != facts.is_active:
            return None
        was_newest = check.checked_seen == before and check.checked_at is not None
        looked_at = max(before, check.checked_at) if was_newest and check.checked_at else before
        gap = cadence.gap_between(
            ContactSeen(before, looked_at),
            ContactSeen(after, max(after, asked_at)),
            hint_at=None if check.hint is None else check.hint.at,
            found_at=tracked.known.snapshot.found.at,
            settling=self.backoff.settling,
        )
        return None if gap is None or gap.at_most > self.limits.ceiling.total_seconds() else gap

    @staticmethod
    def _own(gap: ContactGap, limit: timedelta, every: int) -> int:
        """Give the pace that a gap proves, in seconds; 0 if it is too long to tell, with contacts that nobody saw.

        A device that was heard of again as soon as it was old is no slower than its class, as far as can be told.
        """
        if gap.is_exact:
            return max(1, round(gap.seconds))
        if gap.at_most > _AS_SOON_AS_OLD * limit.total_seconds():
            return 0
        return max(1, round(min(gap.seconds, every or gap.seconds)))

    def _note(self, one: CadenceClass, tracked: TrackedDevice, gap: ContactGap) -> None:
        """Let a gap count for the class: a probe's always, and any that is exact while nothing is learned."""
        id_ = tracked.known.device.id
        if tracked.check.cadence.is_probed and id_ in self.of(one).probes:
            self.of(one).probe_told(id_, gap, self.now(), self.rounds)
        elif gap.is_exact and not self.every(one):
            self.of(one).note_gap(gap, self.now(), self.rounds)
        elif gap.is_exact and gap.seconds > _ODD * self.every(one):
            self._doubt(one)

    def _doubt(self, one: CadenceClass) -> None:
        """Begin the next round early: a device was slower than its class is thought to be."""
        remembered = self.of(one)
        if remembered.round_at is not None and self.now() - remembered.round_at >= self.rounds.unlearned:
            remembered.round_at = min(remembered.round_at, self.now() - self.rounds.usual)

    def _is_below_ceiling(self, facts: Facts | None) -> bool:
        seen = None if facts is None else facts.last_seen_at
        return seen is not None and self.now() - seen <= self.limits.ceiling


def take_count(
    context: RunContext,
    limits: Limits,
    backoff: BackoffPolicy,
    sizes: Mapping[str, int],
    members: Mapping[CadenceClass, Sequence[OwnedDevice]],
) -> None:
    """Keep how many devices each class has by a count that has just ended, and some of them by name.

    Raises:
        StoreUnavailable: The store did not answer; the next count is kept.
    """
    book = CadenceBook(context.records, limits, backoff, context.now)
    book.count(sizes, members)
    book.write()
