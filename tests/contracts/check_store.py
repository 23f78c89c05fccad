"""Proves `store/check_store.py`, `store/check_statements.py`, `domain/maintenance.py`:
what must hold of whoever remembers what the sweep did, the fakes and the real one alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from lastseen.domain.account import Account
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.check_schedule import CheckState, Hint, TrackedDevice
from lastseen.domain.device import DeviceId, DeviceKind, OwnedDevice
from lastseen.domain.document import Facts
from lastseen.domain.event import DeviceUpdate, Status, StatusId
from lastseen.domain.freshness import LimitClass, Limits
from lastseen.domain.maintenance import DeviceSummary, Due, NotFoundAtEnode, VerifiedAt
from lastseen.domain.order import order_key
from lastseen.domain.snapshot import Register, Snapshot
from lastseen.usecases.ports import CheckStore, Records, States
from tests.support.arrivals import NO_HURRY
from tests.support.builders import NOON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LIMITS, BACKOFF = Limits(), BackoffPolicy()
CAR, HEATER, BOX = DeviceKind.VEHICLE, DeviceKind.HVAC, DeviceKind.CHARGER
UNTIL = NOON + BACKOFF.lease
WITH_SPECIAL = Limits(
    special=(
        LimitClass(HOUR, frozenset({BOX}), frozenset({"MADE UP"}), is_active=False),
        LimitClass(2 * MINUTE, kinds=frozenset({CAR, BOX}), vendors=frozenset({"MADE UP", "OTHER"})),
        LimitClass(20 * MINUTE, kinds=frozenset({DeviceKind.METER})),
        LimitClass(7 * MINUTE, vendors=frozenset({"OTHER"}), is_active=False),
    )
)
"""Longer and shorter than usual: for a vendor's kind, two kinds of two vendors, a kind, a vendor's idle devices."""


@dataclass(frozen=True)
class Store:
    """A store to be tried.

    Attributes:
        checks: What the sweep needs.
        states: The state, for writing.
        records: What the system remembers of itself.
    """

    checks: CheckStore
    states: States
    records: Records

    def hear(
        self,
        id_: str = "one",
        *,
        kind: DeviceKind = CAR,
        age: timedelta | None = HOUR,
        at: datetime = NOON,
        is_active: bool = False,
        user_id: str = "anna",
        vendor: str | None = "TESLA",
    ) -> OwnedDevice:
        """Let an observation come in, made at a moment, of a device last in contact so long before noon."""
        facts = Facts(vendor, None if age is None else NOON - age, is_reachable=True, is_active=is_active)
        said = Register(order_key(at, id_.encode()), b"{}", facts)
        self.states.merge([DeviceUpdate(DeviceId(kind, id_), user_id, Snapshot(seen=said))], NO_HURRY)
        return user_id, DeviceId(kind, id_)

    def find(self, id_: str, *, age: timedelta | None, at: datetime = NOON) -> None:
        """Let it be discovered."""
        facts = Facts("TESLA", None if age is None else NOON - age)
        found = Register(order_key(at, id_.encode()), b"{}", facts)
        self.states.merge([DeviceUpdate(DeviceId(CAR, id_), "anna", Snapshot(found=found))], NO_HURRY)

    def write_tombstones(self, owned: OwnedDevice, at: datetime) -> None:
        """Let it be deleted."""
        gone = Snapshot(gone=order_key(at, b""))
        self.states.merge([DeviceUpdate(owned[1], owned[0], gone)], NO_HURRY)

    def look(self, now: datetime = NOON, limits: Limits = LIMITS) -> Due:
        """Look for what is due."""
        return self.checks.due(now=now, limits=limits, most=1000, start=None, deadline=NO_HURRY)

    def due(self, now: datetime = NOON, limits: Limits = LIMITS) -> list[str]:
        """The ids of what is due."""
        return sorted(tracked.known.device.id for tracked in self.look(now, limits).tracked_devices)

    def take(self, now: datetime = NOON) -> TrackedDevice:
        """Claim the only one that is due."""
        (tracked,) = self.look(now).tracked_devices
        (taken,) = self.checks.claim([tracked], until=UNTIL, deadline=NO_HURRY)
        return taken

    def remember(self, tracked: TrackedDevice, check: CheckState) -> None:
        """Write down what is to be remembered of a device that is claimed."""
        self.checks.remember([replace(tracked, check=check)], claim=UNTIL, deadline=NO_HURRY)

    def hint(self, tracked: TrackedDevice, hint: Hint, next_check_at: datetime) -> int:
        """Write a hint down; how many may be sent."""
        check = replace(tracked.check, next_check_at=next_check_at, hint=hint)
        return len(self.checks.write_down_hints([(tracked, check)], claim=UNTIL, deadline=NO_HURRY))


def _one_of_each(classes: Sequence[LimitClass]) -> dict[str, tuple[DeviceKind, Facts]]:
    """A device of every kind, activity and vendor that a class tells apart, and of one that none does."""
    vendors = {None, "NOBODY", *(vendor.lower() for one in classes for vendor in one.vendors)}
    vendors |= {vendor for one in classes for vendor in one.vendors}
    return {
        f"{kind}-{vendor}-{is_active}": (kind, Facts(vendor, is_active=is_active))
        for kind in DeviceKind
        for vendor in vendors
        for is_active in (True, False)
    }


def _ids(owned: Sequence[OwnedDevice]) -> list[str]:
    return sorted(device.id for _, device in owned)


def _summaries(store: Store) -> list[tuple[DeviceSummary, datetime | None]]:
    """What a count sees of each living device, and since when its account is lost."""
    seen: list[tuple[DeviceSummary, datetime | None]] = []

    def note(one: DeviceSummary, since: datetime | None) -> str:
        seen.append((one, since))
        return "seen"

    assert store.checks.count(note, start=None, deadline=NO_HURRY).cursor is None
    return seen


class CheckStoreContract:
    """Inherit it and give a fixture `check_store`."""

    @pytest.mark.parametrize("limits", [LIMITS, WITH_SPECIAL], ids=["the three", "special ones before them"])
    def test_what_was_never_claimed_is_due_by_its_age_alone(self, check_store: Store, limits: Limits) -> None:
        """A device that ingest made has no attribute of the sweep; bounds are those of freshness, class by class."""
        for name, (kind, facts) in _one_of_each(limits.classes()).items():
            limit = limits.of(kind, facts)
            for end, age in (("in-time", limit), ("too-old", limit + timedelta(milliseconds=1))):
                check_store.hear(
                    f"{name}-{end}", kind=kind, is_active=facts.is_active, vendor=facts.vendor, age=age
                )

        due = check_store.due(limits=limits)
        a_moment_later = check_store.due(NOON + timedelta(microseconds=1), limits)

        assert due == sorted(f"{name}-too-old" for name in _one_of_each(limits.classes()))
        assert len(a_moment_later) == 2 * len(due)

    def test_a_device_without_any_contact_is_due(self, check_store: Store) -> None:
        """It was discovered, and nobody has said more."""
        check_store.hear("silent", age=None)

        assert check_store.due() == ["silent"]

    def test_a_device_that_was_only_discovered_is_due_whatever_contact_that_told_of(
        self, check_store: Store
    ) -> None:
        """Its document is mostly nulls by design; once it was read, its contact counts."""
        check_store.find("new", age=MINUTE)
        check_store.find("read", age=MINUTE)
        check_store.hear("read", age=MINUTE, at=NOON + MINUTE)

        assert check_store.due() == ["new"]

    def test_a_device_that_was_discovered_anew_is_due_whatever_was_planned_in_its_former_life(
        self, check_store: Store
    ) -> None:
        """But for a claim under way, a failure, or a denial since: those waits are its own."""
        names = ["claimed", "denied", "failed", "plain"]
        for name in names:
            check_store.hear(name)
        plan = CheckState(next_check_at=NOON + 6 * HOUR, checked_at=NOON, checked_seen=NOON - HOUR, quiet=5)
        for tracked in check_store.look().tracked_devices:
            (taken,) = check_store.checks.claim([tracked], until=UNTIL, deadline=NO_HURRY)
            id_ = tracked.known.device.id
            failures = 2 if id_ == "failed" else 0
            check_store.remember(taken, replace(plan, failures=failures))
            check_store.write_tombstones(tracked.owned, NOON + MINUTE)
            check_store.find(id_, age=None, at=NOON + 2 * MINUTE)
            if id_ == "denied":
                denied = NotFoundAtEnode(tracked.owned, NOON + 3 * MINUTE)
                check_store.checks.mark_denied([denied], NO_HURRY)
        now = NOON + 4 * MINUTE
        before = check_store.due(now)
        (claimed,) = [
            one for one in check_store.look(now).tracked_devices if one.known.device.id == "claimed"
        ]
        check_store.checks.claim([claimed], until=now + BACKOFF.lease, deadline=NO_HURRY)

        assert before == ["claimed", "plain"]
        assert check_store.due(now) == ["plain"]
        assert check_store.due(NOON + 6 * HOUR) == names

    def test_a_deleted_device_is_never_due(self, check_store: Store) -> None:
        """Unless it came back."""
        check_store.write_tombstones(check_store.hear("gone"), NOON + MINUTE)
        back = check_store.hear("back")
        check_store.write_tombstones(back, NOON + MINUTE)
        check_store.hear("back", at=NOON + 2 * MINUTE)

        assert check_store.due() == ["back"]

    def test_a_claim_keeps_others_away_until_it_ends(self, check_store: Store) -> None:
        """And a sweep that died does not keep a device for ever."""
        check_store.hear()
        check_store.take()

        assert check_store.due(UNTIL - timedelta(milliseconds=1)) == []
        assert check_store.due(UNTIL) == ["one"]

    def test_of_two_that_saw_the_same_one_claims(self, check_store: Store) -> None:
        """Both read it before either claimed it."""
        check_store.hear()
        first, second = check_store.look().tracked_devices, check_store.look().tracked_devices

        taken = [check_store.checks.claim(one, until=UNTIL, deadline=NO_HURRY) for one in (first, second)]

        assert [len(one) for one in taken] == [1, 0]

    def test_what_was_remembered_is_read_again(self, check_store: Store) -> None:
        """Every field of it."""
        check_store.hear()
        tracked = check_store.take()
        hint = Hint(NOON, 30 * MINUTE, NOON - HOUR, 2, is_open=True)
        assert check_store.hint(tracked, hint, UNTIL)
        check = CheckState(
            next_check_at=NOON + 5 * MINUTE,
            checked_at=NOON - MINUTE,
            checked_seen=NOON - HOUR,
            quiet=3,
            failures=2,
            hint=replace(hint, wait=15 * MINUTE, in_row=0, is_open=False),
        )

        check_store.remember(tracked, check)

        (again,) = check_store.look(NOON + 5 * MINUTE).tracked_devices
        assert again.check == check
        assert again.known.checked_at == NOON - MINUTE

    def test_a_reader_is_told_of_the_plan_until_a_contact_voids_it(self, check_store: Store) -> None:
        """When to expect better; a device that spoke by itself is not waited for."""
        owned = check_store.hear()
        tracked = check_store.take()
        check = CheckState(next_check_at=NOON + HOUR, checked_at=NOON, checked_seen=NOON - HOUR, quiet=1)
        check_store.remember(tracked, check)
        planned = check_store.checks.many([owned])[owned].next_check_at

        check_store.hear(age=MINUTE, at=NOON + MINUTE)

        assert planned == NOON + HOUR
        assert check_store.checks.many([owned])[owned].next_check_at is None

    def test_a_claim_can_be_given_back_as_if_it_had_never_been(self, check_store: Store) -> None:
        """Due at once, and open to the next claim."""
        check_store.hear()
        tracked = check_store.take()

        check_store.remember(tracked, tracked.check)

        assert check_store.due() == ["one"]
        assert check_store.take().owned == tracked.owned

    def test_a_claim_that_was_lost_writes_nothing(self, check_store: Store) -> None:
        """The lease ran out and somebody else took over; their word stands."""
        check_store.hear()
        slow = check_store.take()
        later = check_store.look(UNTIL).tracked_devices
        check_store.checks.claim(later, until=UNTIL + HOUR, deadline=NO_HURRY)

        check_store.remember(slow, CheckState(next_check_at=NOON))
        sent = check_store.hint(slow, Hint(NOON, MINUTE, None, 1, is_open=True), NOON)

        assert sent == 0
        assert check_store.due(UNTIL + HOUR - MINUTE) == []

    def test_a_device_that_spoke_since_its_last_look_is_due_before_its_time(self, check_store: Store) -> None:
        """It was asleep and awoke; falling silent again is news."""
        check_store.hear()
        check_store.remember(
            check_store.take(), CheckState(next_check_at=NOON + 6 * HOUR, checked_seen=NOON - HOUR, quiet=5)
        )
        assert check_store.due(NOON + HOUR) == []

        check_store.hear(age=-MINUTE, at=NOON + MINUTE)

        assert check_store.due(NOON + 15 * MINUTE) == []
        assert check_store.due(NOON + 17 * MINUTE) == ["one"]

    def test_an_open_hint_brings_a_device_back_though_it_is_fresh(self, check_store: Store) -> None:
        """Whether it helped is to be counted."""
        check_store.hear()
        tracked = check_store.take()
        check_store.hint(tracked, Hint(NOON, HOUR, NOON - HOUR, 1, is_open=True), NOON + 2 * MINUTE)
        check_store.hear(age=-MINUTE, at=NOON + MINUTE)

        assert check_store.due(NOON + MINUTE) == []
        assert check_store.due(NOON + 2 * MINUTE) == ["one"]

    def test_a_hint_is_written_down_once(self, check_store: Store) -> None:
        """Whoever read the device before another's hint may not send one."""
        check_store.hear()
        tracked = check_store.take()
        first = check_store.hint(tracked, Hint(NOON, HOUR, None, 1, is_open=True), UNTIL)
        second = check_store.hint(
            tracked, Hint(NOON + timedelta(seconds=1), HOUR, None, 1, is_open=True), UNTIL
        )

        assert (first, second) == (1, 0)

    def test_an_observation_and_a_look_do_not_undo_each_other(self, check_store: Store) -> None:
        """Ingest writes registers, the sweep writes its own attributes, in any order."""
        owned = check_store.hear()
        tracked = check_store.take()
        check_store.hear(age=30 * MINUTE, at=NOON + MINUTE)
        check = CheckState(
            next_check_at=NOON + HOUR, checked_at=NOON, checked_seen=NOON - 30 * MINUTE, quiet=1
        )
        check_store.remember(tracked, check)
        check_store.hear(age=30 * MINUTE, at=NOON + 2 * MINUTE)

        (again,) = check_store.look(NOON + HOUR).tracked_devices
        assert again.check == check
        assert again.facts.last_seen_at == NOON - 30 * MINUTE
        assert again.owned == owned

    def test_a_scan_stops_when_it_has_enough_and_goes_on_where_it_stopped(self, check_store: Store) -> None:
        """Every device is met, none of them twice."""
        names = [f"car-{number:02}" for number in range(12)]
        for name in names:
            check_store.hear(name, user_id=f"user-{name}")

        met: list[str] = []
        cursor = None
        for _ in range(20):
            due = check_store.checks.due(now=NOON, limits=LIMITS, most=5, start=cursor, deadline=NO_HURRY)
            met += [tracked.known.device.id for tracked in due.tracked_devices]
            cursor = due.cursor
            if cursor is None:
                break

        assert sorted(met) == names

    def test_what_enode_was_asked_for_is_listed(self, check_store: Store) -> None:
        """The others are to be asked for, unless they spoke by themselves since, or are marked, or deleted."""
        asked, silent = check_store.hear("asked"), check_store.hear("silent")
        check_store.write_tombstones(check_store.hear("gone"), NOON + timedelta(milliseconds=1))
        marked = check_store.hear("marked")
        check_store.hear("spoke", at=NOON + 2 * MINUTE)
        since = NOON + MINUTE
        check_store.checks.mark_verified([VerifiedAt(asked, since, NOON - HOUR)], NO_HURRY)
        check_store.checks.mark_missing([NotFoundAtEnode(marked, since)], run="run-1", deadline=NO_HURRY)

        unlisted = check_store.checks.unlisted(since=since, run="run-1", but=(), most=100, deadline=NO_HURRY)
        in_another_run = check_store.checks.unlisted(
            since=since, run="run-2", but=(), most=100, deadline=NO_HURRY
        )

        assert [(one.user_id, one.device) for one in unlisted] == [silent]
        assert _ids([(one.user_id, one.device) for one in in_another_run]) == ["marked", "silent"]

    def test_what_a_reconcile_left_is_not_asked_for_again_by_it(self, check_store: Store) -> None:
        """Neither devices that it asked for in vain, nor those of a kind whose list it could not read."""
        failed, _ = check_store.hear("failed"), check_store.hear("silent")
        check_store.hear("box", kind=BOX)
        since = NOON + MINUTE
        check_store.checks.mark_failed([failed, ("nobody", failed[1])], run="run-1", deadline=NO_HURRY)

        def unlisted(run: str, *but: DeviceKind) -> list[str]:
            found = check_store.checks.unlisted(since=since, run=run, but=but, most=100, deadline=NO_HURRY)
            return _ids([(one.user_id, one.device) for one in found])

        assert unlisted("run-1") == ["box", "silent"]
        assert unlisted("run-2") == ["box", "failed", "silent"]
        assert unlisted("run-1", BOX) == ["silent"]
        assert unlisted("run-1", BOX, CAR) == []
        assert check_store.checks.one(("nobody", failed[1])) is None

    def test_the_missing_are_remembered_with_their_moment_until_they_are_deleted(
        self, check_store: Store
    ) -> None:
        """A tombstone bears the time of the denial, so that a relink after it wins."""
        owned = check_store.hear()
        check_store.checks.mark_missing(
            [NotFoundAtEnode(owned, NOON + MINUTE)], run="run-1", deadline=NO_HURRY
        )

        before = check_store.checks.missing(run="run-1", most=100, deadline=NO_HURRY)
        check_store.write_tombstones(owned, NOON + MINUTE)
        after = check_store.checks.missing(run="run-1", most=100, deadline=NO_HURRY)

        assert (before, after) == ([NotFoundAtEnode(owned, NOON + MINUTE)], [])

    def test_a_denial_is_known_until_something_is_said_of_the_device(self, check_store: Store) -> None:
        """And is no mark of a reconcile's: what follows from it, a reconcile finds out for itself."""
        owned = check_store.hear()
        denied = NotFoundAtEnode(owned, NOON + MINUTE)
        check_store.checks.mark_denied([denied, NotFoundAtEnode(("nobody", owned[1]), NOON)], NO_HURRY)

        tracked, fleet_summary = check_store.checks.one(owned), _summaries(check_store)
        unlisted = check_store.checks.unlisted(
            since=NOON + HOUR, run="run-1", but=(), most=9, deadline=NO_HURRY
        )
        missing = check_store.checks.missing(run="run-1", most=9, deadline=NO_HURRY)
        check_store.hear(at=NOON + 2 * MINUTE)
        later = check_store.checks.one(owned)

        assert tracked is not None
        assert later is not None
        assert tracked.known.denied_at == NOON + MINUTE
        assert [one.denied_at for one, _ in fleet_summary] == [NOON + MINUTE]
        assert ([one.device for one in unlisted], missing) == ([owned[1]], [])
        assert later.known.denied_at is None
        assert check_store.checks.one(("nobody", owned[1])) is None

    def test_a_device_that_spoke_by_itself_stays_awake_when_it_is_asked_for(self, check_store: Store) -> None:
        """A reconcile is no look of the sweep's: its coming silence is news, however far off the old plan was."""
        owned = check_store.hear()
        tracked = check_store.take()
        check_store.remember(
            tracked, CheckState(NOON + 6 * HOUR, checked_at=NOON, checked_seen=NOON - HOUR, quiet=5)
        )
        check_store.hear(age=MINUTE, at=NOON + MINUTE)

        check_store.checks.mark_verified([VerifiedAt(owned, NOON + MINUTE, NOON, is_planned=False)], NO_HURRY)

        assert check_store.due(NOON + HOUR) == ["one"]
        assert check_store.checks.many([owned])[owned].checked_at == NOON + MINUTE

    def test_a_count_sees_every_living_device_and_every_lost_account(self, check_store: Store) -> None:
        """What a reader's verdict is judged by, of all at once; a newer word that an account holds clears it."""
        car = check_store.hear("car")
        heater = check_store.hear("heater", kind=HEATER, user_id="ben")
        check_store.write_tombstones(check_store.hear("gone"), NOON + MINUTE)
        check_store.checks.mark_verified([VerifiedAt(car, NOON, NOON - HOUR)], NO_HURRY)
        words = [
            (Account("anna", CAR, "TESLA"), b'{"vendor":"TESLA"}'),
            (Account("ben", HEATER, "ADAX"), b'{"isValid":true,"vendor":"ADAX"}'),
        ]
        check_store.states.merge(
            [Status(StatusId.of(account), order_key(NOON, said), said) for account, said in words],
            NO_HURRY,
        )

        check_store.records.write("HINTS#!odd", {}, version=0)

        seen = {(one.user_id, one.device.kind): (one, since) for one, since in _summaries(check_store)}

        assert set(seen) == {("anna", CAR), (heater[0], HEATER)}
        assert seen["anna", CAR][0].checked_at == NOON
        assert seen["anna", CAR][0].facts.last_seen_at == NOON - HOUR
        assert {owner: since for (owner, _), (_, since) in seen.items()} == {"anna": NOON, "ben": None}
        # A newer word clears it.
        account, said = words[0][0], b'{"isValid":true,"vendor":"TESLA"}'
        check_store.states.merge(
            [Status(StatusId.of(account), order_key(NOON + MINUTE, said), said)], NO_HURRY
        )
        assert [since for _, since in _summaries(check_store)] == [None, None]

    def test_a_count_gives_numbers_by_the_word_on_each(self, check_store: Store) -> None:
        """However many devices there are: nothing but the numbers is kept."""
        for name in ("one", "two", "three"):
            check_store.hear(name)
        check_store.hear("heater", kind=HEATER, user_id="ben")

        counted = check_store.checks.count(
            lambda one, _: one.device.kind.value, start=None, deadline=NO_HURRY
        )

        assert (dict(counted.counts), counted.cursor) == ({"vehicle": 3, "hvac": 1}, None)

    def test_among_all_devices_every_proof_of_an_account_is_at_hand(self, check_store: Store) -> None:
        """One that was in contact, or found, since the credentials died speaks for all that came with the account."""
        check_store.hear("car")
        check_store.hear("other", age=-MINUTE)
        check_store.hear("heater", kind=HEATER, user_id="ben")
        dead = [Account("anna", CAR, "TESLA"), Account("ben", HEATER, "TESLA")]
        text = b'{"vendor":"any"}'
        check_store.states.merge(
            [Status(StatusId.of(one), order_key(NOON, text), text) for one in dead], NO_HURRY
        )

        seen = _summaries(check_store)

        assert {one.user_id for one, since in seen if since is not None} == {"ben"}
        assert len(seen) == 3

    def test_nothing_is_made_of_what_is_not_there(self, check_store: Store) -> None:
        """A device that expired meanwhile does not come back as a shell."""
        nobody = ("nobody", DeviceId(CAR, "none"))
        check_store.checks.mark_verified([VerifiedAt(nobody, NOON, None)], NO_HURRY)
        check_store.checks.mark_missing([NotFoundAtEnode(nobody, NOON)], run="run-1", deadline=NO_HURRY)

        assert check_store.checks.many([nobody]) == {}

    def test_a_check_state_begun_by_a_reconcile_leaves_a_device_due_by_its_age(
        self, check_store: Store
    ) -> None:
        """Having been asked for is not having been claimed."""
        owned = check_store.hear()
        check_store.checks.mark_verified([VerifiedAt(owned, NOON, NOON - HOUR)], NO_HURRY)

        assert check_store.due() == ["one"]

    def test_many_are_given_by_their_owners(self, check_store: Store) -> None:
        """More than one request holds; tombstones too."""
        owned = [
            check_store.hear(f"box-{number}", kind=BOX, user_id=f"user-{number}") for number in range(105)
        ]
        check_store.write_tombstones(owned[0], NOON + MINUTE)

        found = check_store.checks.many([*owned, ("anna", owned[0][1])])

        assert set(found) == set(owned)

    def test_a_record_is_written_over_the_version_that_was_read(self, check_store: Store) -> None:
        """Of two who read the same, one writes."""
        records = check_store.records
        assert records.read("TRIAL").version == 0

        first = records.write("TRIAL", {"a": 1, "b": None}, version=0)
        late = records.write("TRIAL", {"a": 2}, version=0)
        second = records.write("TRIAL", {"a": 3}, version=records.read("TRIAL").version)

        assert (first, late, second) == (True, False, True)
        assert records.read("TRIAL").content == {"a": 3}
