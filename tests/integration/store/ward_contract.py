"""What must hold of whoever remembers what the sweep did, the fakes and the real one alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from lastseen.domain.account import Account
from lastseen.domain.care import Care, Hint, Patient
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.document import Facts
from lastseen.domain.event import DeviceUpdate, Status, StatusId
from lastseen.domain.freshness import Limits
from lastseen.domain.order import order_key
from lastseen.domain.pace import Pace
from lastseen.domain.snapshot import Said, Snapshot
from lastseen.domain.upkeep import Answered, Due, Glance, Missing, Owned
from lastseen.usecases.ports import States
from lastseen.usecases.upkeep import Records, Ward
from tests.builders import NOON
from tests.integration.store.arrivals import NO_HURRY

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LIMITS, PACE = Limits(), Pace()
CAR, HEATER, BOX = DeviceKind.VEHICLE, DeviceKind.HVAC, DeviceKind.CHARGER
UNTIL = NOON + PACE.lease


@dataclass(frozen=True)
class Store:
    """A store to be tried.

    Attributes:
        ward: What the sweep needs.
        states: The state, for writing.
        records: What the system remembers of itself.
    """

    ward: Ward
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
    ) -> Owned:
        """Let an observation come in, made at a moment, of a device last in contact so long before noon."""
        facts = Facts("TESLA", None if age is None else NOON - age, is_reachable=True, is_active=is_active)
        said = Said(order_key(at, id_.encode()), b"{}", facts)
        self.states.merge([DeviceUpdate(DeviceId(kind, id_), user_id, Snapshot(seen=said))], NO_HURRY)
        return user_id, DeviceId(kind, id_)

    def find(self, id_: str, *, age: timedelta | None, at: datetime = NOON) -> None:
        """Let it be discovered."""
        facts = Facts("TESLA", None if age is None else NOON - age)
        found = Said(order_key(at, id_.encode()), b"{}", facts)
        self.states.merge([DeviceUpdate(DeviceId(CAR, id_), "anna", Snapshot(found=found))], NO_HURRY)

    def bury(self, owned: Owned, at: datetime) -> None:
        """Let it be deleted."""
        gone = Snapshot(gone=order_key(at, b""))
        self.states.merge([DeviceUpdate(owned[1], owned[0], gone)], NO_HURRY)

    def look(self, now: datetime = NOON, most: int = 1000) -> Due:
        """Look for what is due."""
        return self.ward.due(now=now, limits=LIMITS, most=most, start=None, deadline=NO_HURRY)

    def due(self, now: datetime = NOON) -> list[str]:
        """The ids of what is due."""
        return sorted(patient.known.device.id for patient in self.look(now).patients)

    def take(self, now: datetime = NOON) -> Patient:
        """Claim the only one that is due."""
        (patient,) = self.look(now).patients
        (taken,) = self.ward.claim([patient], until=UNTIL, deadline=NO_HURRY)
        return taken

    def remember(self, patient: Patient, care: Care) -> None:
        """Write down what is to be remembered of a device that is claimed."""
        self.ward.remember([replace(patient, care=care)], claim=UNTIL, deadline=NO_HURRY)

    def hint(self, patient: Patient, hint: Hint, next_check_at: datetime) -> int:
        """Write a hint down; how many may be sent."""
        care = replace(patient.care, next_check_at=next_check_at, hint=hint)
        return len(self.ward.write_down_hints([(patient, care)], claim=UNTIL, deadline=NO_HURRY))


def _ids(owned: Sequence[Owned]) -> list[str]:
    return sorted(device.id for _, device in owned)


def _glances(store: Store) -> list[tuple[Glance, datetime | None]]:
    """What a count sees of each living device, and since when its account is lost."""
    seen: list[tuple[Glance, datetime | None]] = []

    def note(one: Glance, since: datetime | None) -> str:
        seen.append((one, since))
        return "seen"

    assert store.ward.count(note, start=None, deadline=NO_HURRY).cursor is None
    return seen


class WardContract:
    """Inherit it and give a fixture `ward_store`."""

    @pytest.mark.parametrize(
        ("kind", "is_active", "limit"),
        [(CAR, False, LIMITS.regular), (CAR, True, LIMITS.active), (HEATER, False, LIMITS.hvac)],
    )
    def test_what_was_never_claimed_is_due_by_its_age_alone(
        self, ward_store: Store, kind: DeviceKind, is_active: bool, limit: timedelta
    ) -> None:
        """A device that ingest made has no attribute of the sweep; bounds are those of freshness."""
        ward_store.hear("in-time", kind=kind, is_active=is_active, age=limit)
        ward_store.hear("too-old", kind=kind, is_active=is_active, age=limit + timedelta(milliseconds=1))

        assert ward_store.due() == ["too-old"]

    def test_a_device_without_any_contact_is_due(self, ward_store: Store) -> None:
        """It was discovered, and nobody has said more."""
        ward_store.hear("silent", age=None)

        assert ward_store.due() == ["silent"]

    def test_a_device_that_was_only_discovered_is_due_whatever_contact_that_told_of(
        self, ward_store: Store
    ) -> None:
        """Its document is mostly nulls by design; once it was read, its contact counts."""
        ward_store.find("new", age=MINUTE)
        ward_store.find("read", age=MINUTE)
        ward_store.hear("read", age=MINUTE, at=NOON + MINUTE)

        assert ward_store.due() == ["new"]

    def test_a_device_that_was_discovered_anew_is_due_whatever_was_planned_in_its_former_life(
        self, ward_store: Store
    ) -> None:
        """But for a claim under way, a failure, or a denial since: those waits are its own."""
        names = ["claimed", "denied", "failed", "plain"]
        for name in names:
            ward_store.hear(name)
        plan = Care(next_check_at=NOON + 6 * HOUR, checked_at=NOON, checked_seen=NOON - HOUR, quiet=5)
        for patient in ward_store.look().patients:
            (taken,) = ward_store.ward.claim([patient], until=UNTIL, deadline=NO_HURRY)
            id_ = patient.known.device.id
            failures = 2 if id_ == "failed" else 0
            ward_store.remember(taken, replace(plan, failures=failures))
            ward_store.bury(patient.owned, NOON + MINUTE)
            ward_store.find(id_, age=None, at=NOON + 2 * MINUTE)
            if id_ == "denied":
                denied = Missing(patient.owned, NOON + 3 * MINUTE)
                ward_store.ward.mark_denied([denied], NO_HURRY)
        now = NOON + 4 * MINUTE
        before = ward_store.due(now)
        (claimed,) = [one for one in ward_store.look(now).patients if one.known.device.id == "claimed"]
        ward_store.ward.claim([claimed], until=now + PACE.lease, deadline=NO_HURRY)

        assert before == ["claimed", "plain"]
        assert ward_store.due(now) == ["plain"]
        assert ward_store.due(NOON + 6 * HOUR) == names

    def test_a_deleted_device_is_in_nobodys_care(self, ward_store: Store) -> None:
        """Unless it came back."""
        ward_store.bury(ward_store.hear("gone"), NOON + MINUTE)
        back = ward_store.hear("back")
        ward_store.bury(back, NOON + MINUTE)
        ward_store.hear("back", at=NOON + 2 * MINUTE)

        assert ward_store.due() == ["back"]

    def test_a_claim_keeps_others_away_until_it_ends(self, ward_store: Store) -> None:
        """And a sweep that died does not keep a device for ever."""
        ward_store.hear()
        ward_store.take()

        assert ward_store.due(UNTIL - timedelta(milliseconds=1)) == []
        assert ward_store.due(UNTIL) == ["one"]

    def test_of_two_that_saw_the_same_one_claims(self, ward_store: Store) -> None:
        """Both read it before either claimed it."""
        ward_store.hear()
        first, second = ward_store.look().patients, ward_store.look().patients

        taken = [ward_store.ward.claim(one, until=UNTIL, deadline=NO_HURRY) for one in (first, second)]

        assert [len(one) for one in taken] == [1, 0]

    def test_what_was_remembered_is_read_again(self, ward_store: Store) -> None:
        """Every field of it."""
        ward_store.hear()
        patient = ward_store.take()
        hint = Hint(NOON, 30 * MINUTE, NOON - HOUR, 2, is_open=True)
        assert ward_store.hint(patient, hint, UNTIL)
        care = Care(
            next_check_at=NOON + 5 * MINUTE,
            checked_at=NOON - MINUTE,
            checked_seen=NOON - HOUR,
            quiet=3,
            failures=2,
            hint=replace(hint, wait=15 * MINUTE, in_row=0, is_open=False),
        )

        ward_store.remember(patient, care)

        (again,) = ward_store.look(NOON + 5 * MINUTE).patients
        assert again.care == care
        assert again.known.checked_at == NOON - MINUTE

    def test_a_reader_is_told_of_the_plan_until_a_contact_voids_it(self, ward_store: Store) -> None:
        """When to expect better; a device that spoke by itself is not waited for."""
        owned = ward_store.hear()
        patient = ward_store.take()
        care = Care(next_check_at=NOON + HOUR, checked_at=NOON, checked_seen=NOON - HOUR, quiet=1)
        ward_store.remember(patient, care)
        planned = ward_store.ward.many([owned])[owned].next_check_at

        ward_store.hear(age=MINUTE, at=NOON + MINUTE)

        assert planned == NOON + HOUR
        assert ward_store.ward.many([owned])[owned].next_check_at is None

    def test_a_claim_can_be_given_back_as_if_it_had_never_been(self, ward_store: Store) -> None:
        """Due at once, and open to the next claim."""
        ward_store.hear()
        patient = ward_store.take()

        ward_store.remember(patient, patient.care)

        assert ward_store.due() == ["one"]
        assert ward_store.take().owned == patient.owned

    def test_a_claim_that_was_lost_writes_nothing(self, ward_store: Store) -> None:
        """The lease ran out and somebody else took over; their word stands."""
        ward_store.hear()
        slow = ward_store.take()
        later = ward_store.look(UNTIL).patients
        ward_store.ward.claim(later, until=UNTIL + HOUR, deadline=NO_HURRY)

        ward_store.remember(slow, Care(next_check_at=NOON))
        sent = ward_store.hint(slow, Hint(NOON, MINUTE, None, 1, is_open=True), NOON)

        assert sent == 0
        assert ward_store.due(UNTIL + HOUR - MINUTE) == []

    def test_a_device_that_spoke_since_its_last_look_is_due_before_its_time(self, ward_store: Store) -> None:
        """It was asleep and awoke; falling silent again is news."""
        ward_store.hear()
        ward_store.remember(
            ward_store.take(), Care(next_check_at=NOON + 6 * HOUR, checked_seen=NOON - HOUR, quiet=5)
        )
        assert ward_store.due(NOON + HOUR) == []

        ward_store.hear(age=-MINUTE, at=NOON + MINUTE)

        assert ward_store.due(NOON + 15 * MINUTE) == []
        assert ward_store.due(NOON + 17 * MINUTE) == ["one"]

    def test_an_open_hint_brings_a_device_back_though_it_is_fresh(self, ward_store: Store) -> None:
        """Whether it helped is to be counted."""
        ward_store.hear()
        patient = ward_store.take()
        ward_store.hint(patient, Hint(NOON, HOUR, NOON - HOUR, 1, is_open=True), NOON + 2 * MINUTE)
        ward_store.hear(age=-MINUTE, at=NOON + MINUTE)

        assert ward_store.due(NOON + MINUTE) == []
        assert ward_store.due(NOON + 2 * MINUTE) == ["one"]

    def test_a_hint_is_written_down_once(self, ward_store: Store) -> None:
        """Whoever read the device before another's hint may not send one."""
        ward_store.hear()
        patient = ward_store.take()
        first = ward_store.hint(patient, Hint(NOON, HOUR, None, 1, is_open=True), UNTIL)
        second = ward_store.hint(
            patient, Hint(NOON + timedelta(seconds=1), HOUR, None, 1, is_open=True), UNTIL
        )

        assert (first, second) == (1, 0)

    def test_an_observation_and_a_look_do_not_undo_each_other(self, ward_store: Store) -> None:
        """Ingest writes registers, the sweep writes its own attributes, in any order."""
        owned = ward_store.hear()
        patient = ward_store.take()
        ward_store.hear(age=30 * MINUTE, at=NOON + MINUTE)
        care = Care(next_check_at=NOON + HOUR, checked_at=NOON, checked_seen=NOON - 30 * MINUTE, quiet=1)
        ward_store.remember(patient, care)
        ward_store.hear(age=30 * MINUTE, at=NOON + 2 * MINUTE)

        (again,) = ward_store.look(NOON + HOUR).patients
        assert again.care == care
        assert again.facts.last_seen_at == NOON - 30 * MINUTE
        assert again.owned == owned

    def test_a_scan_stops_when_it_has_enough_and_goes_on_where_it_stopped(self, ward_store: Store) -> None:
        """Every device is met, none of them twice."""
        names = [f"car-{number:02}" for number in range(12)]
        for name in names:
            ward_store.hear(name, user_id=f"user-{name}")

        met: list[str] = []
        cursor = None
        for _ in range(20):
            due = ward_store.ward.due(now=NOON, limits=LIMITS, most=5, start=cursor, deadline=NO_HURRY)
            met += [patient.known.device.id for patient in due.patients]
            cursor = due.cursor
            if cursor is None:
                break

        assert sorted(met) == names

    def test_what_enode_was_asked_for_is_listed(self, ward_store: Store) -> None:
        """The others are to be asked for, unless they spoke by themselves since, or are marked, or deleted."""
        asked, silent = ward_store.hear("asked"), ward_store.hear("silent")
        ward_store.bury(ward_store.hear("gone"), NOON + timedelta(milliseconds=1))
        marked = ward_store.hear("marked")
        ward_store.hear("spoke", at=NOON + 2 * MINUTE)
        since = NOON + MINUTE
        ward_store.ward.mark_answered([Answered(asked, since, NOON - HOUR)], NO_HURRY)
        ward_store.ward.mark_missing([Missing(marked, since)], run="run-1", deadline=NO_HURRY)

        unlisted = ward_store.ward.unlisted(since=since, run="run-1", but=(), most=100, deadline=NO_HURRY)
        in_another_run = ward_store.ward.unlisted(
            since=since, run="run-2", but=(), most=100, deadline=NO_HURRY
        )

        assert [(one.user_id, one.device) for one in unlisted] == [silent]
        assert _ids([(one.user_id, one.device) for one in in_another_run]) == ["marked", "silent"]

    def test_what_a_reconcile_left_is_not_asked_for_again_by_it(self, ward_store: Store) -> None:
        """Neither devices that it asked for in vain, nor those of a kind whose list it could not read."""
        failed, _ = ward_store.hear("failed"), ward_store.hear("silent")
        ward_store.hear("box", kind=BOX)
        since = NOON + MINUTE
        ward_store.ward.mark_failed([failed, ("nobody", failed[1])], run="run-1", deadline=NO_HURRY)

        def unlisted(run: str, *but: DeviceKind) -> list[str]:
            found = ward_store.ward.unlisted(since=since, run=run, but=but, most=100, deadline=NO_HURRY)
            return _ids([(one.user_id, one.device) for one in found])

        assert unlisted("run-1") == ["box", "silent"]
        assert unlisted("run-2") == ["box", "failed", "silent"]
        assert unlisted("run-1", BOX) == ["silent"]
        assert unlisted("run-1", BOX, CAR) == []
        assert ward_store.ward.one(("nobody", failed[1])) is None

    def test_the_missing_are_remembered_with_their_moment_until_they_are_buried(
        self, ward_store: Store
    ) -> None:
        """A tombstone bears the time of the denial, so that a relink after it wins."""
        owned = ward_store.hear()
        ward_store.ward.mark_missing([Missing(owned, NOON + MINUTE)], run="run-1", deadline=NO_HURRY)

        before = ward_store.ward.missing(run="run-1", most=100, deadline=NO_HURRY)
        ward_store.bury(owned, NOON + MINUTE)
        after = ward_store.ward.missing(run="run-1", most=100, deadline=NO_HURRY)

        assert (before, after) == ([Missing(owned, NOON + MINUTE)], [])

    def test_a_denial_is_known_until_something_is_said_of_the_device(self, ward_store: Store) -> None:
        """And is no mark of a reconcile's: what follows from it, a reconcile finds out for itself."""
        owned = ward_store.hear()
        denied = Missing(owned, NOON + MINUTE)
        ward_store.ward.mark_denied([denied, Missing(("nobody", owned[1]), NOON)], NO_HURRY)

        patient, glances = ward_store.ward.one(owned), _glances(ward_store)
        unlisted = ward_store.ward.unlisted(since=NOON + HOUR, run="run-1", but=(), most=9, deadline=NO_HURRY)
        missing = ward_store.ward.missing(run="run-1", most=9, deadline=NO_HURRY)
        ward_store.hear(at=NOON + 2 * MINUTE)
        later = ward_store.ward.one(owned)

        assert patient is not None
        assert later is not None
        assert patient.known.denied_at == NOON + MINUTE
        assert [one.denied_at for one, _ in glances] == [NOON + MINUTE]
        assert ([one.device for one in unlisted], missing) == ([owned[1]], [])
        assert later.known.denied_at is None
        assert ward_store.ward.one(("nobody", owned[1])) is None

    def test_a_device_that_spoke_by_itself_stays_awake_when_it_is_asked_for(self, ward_store: Store) -> None:
        """A reconcile is no look of the sweep's: its coming silence is news, however far off the old plan was."""
        owned = ward_store.hear()
        patient = ward_store.take()
        ward_store.remember(
            patient, Care(NOON + 6 * HOUR, checked_at=NOON, checked_seen=NOON - HOUR, quiet=5)
        )
        ward_store.hear(age=MINUTE, at=NOON + MINUTE)

        ward_store.ward.mark_answered([Answered(owned, NOON + MINUTE, NOON, is_planned=False)], NO_HURRY)

        assert ward_store.due(NOON + HOUR) == ["one"]
        assert ward_store.ward.many([owned])[owned].checked_at == NOON + MINUTE

    def test_a_count_sees_every_living_device_and_every_lost_account(self, ward_store: Store) -> None:
        """What a reader's verdict is judged by, of all at once; a newer word that an account holds clears it."""
        car = ward_store.hear("car")
        heater = ward_store.hear("heater", kind=HEATER, user_id="ben")
        ward_store.bury(ward_store.hear("gone"), NOON + MINUTE)
        ward_store.ward.mark_answered([Answered(car, NOON, NOON - HOUR)], NO_HURRY)
        words = [
            (Account("anna", CAR, "TESLA"), b'{"vendor":"TESLA"}'),
            (Account("ben", HEATER, "ADAX"), b'{"isValid":true,"vendor":"ADAX"}'),
        ]
        ward_store.states.merge(
            [Status(StatusId.of(account), order_key(NOON, said), said) for account, said in words],
            NO_HURRY,
        )

        ward_store.records.write("HINTS#!odd", {}, version=0)

        seen = {(one.user_id, one.kind): (one, since) for one, since in _glances(ward_store)}

        assert set(seen) == {("anna", CAR), (heater[0], HEATER)}
        assert seen["anna", CAR][0].checked_at == NOON
        assert seen["anna", CAR][0].facts.last_seen_at == NOON - HOUR
        assert {owner: since for (owner, _), (_, since) in seen.items()} == {"anna": NOON, "ben": None}
        # A newer word clears it.
        account, said = words[0][0], b'{"isValid":true,"vendor":"TESLA"}'
        ward_store.states.merge(
            [Status(StatusId.of(account), order_key(NOON + MINUTE, said), said)], NO_HURRY
        )
        assert [since for _, since in _glances(ward_store)] == [None, None]

    def test_a_count_gives_numbers_by_the_word_on_each(self, ward_store: Store) -> None:
        """However many devices there are: nothing but the numbers is kept."""
        for name in ("one", "two", "three"):
            ward_store.hear(name)
        ward_store.hear("heater", kind=HEATER, user_id="ben")

        counted = ward_store.ward.count(lambda one, _: one.kind.value, start=None, deadline=NO_HURRY)

        assert (dict(counted.counts), counted.cursor) == ({"vehicle": 3, "hvac": 1}, None)

    def test_among_all_devices_every_proof_of_an_account_is_at_hand(self, ward_store: Store) -> None:
        """One that was in contact, or found, since the credentials died speaks for all that came with the account."""
        ward_store.hear("car")
        ward_store.hear("other", age=-MINUTE)
        ward_store.hear("heater", kind=HEATER, user_id="ben")
        dead = [Account("anna", CAR, "TESLA"), Account("ben", HEATER, "TESLA")]
        text = b'{"vendor":"any"}'
        ward_store.states.merge(
            [Status(StatusId.of(one), order_key(NOON, text), text) for one in dead], NO_HURRY
        )

        seen = _glances(ward_store)

        assert {one.user_id for one, since in seen if since is not None} == {"ben"}
        assert len(seen) == 3

    def test_nothing_is_made_of_what_is_not_there(self, ward_store: Store) -> None:
        """A device that expired meanwhile does not come back as a shell."""
        nobody = ("nobody", DeviceId(CAR, "none"))
        ward_store.ward.mark_answered([Answered(nobody, NOON, None)], NO_HURRY)
        ward_store.ward.mark_missing([Missing(nobody, NOON)], run="run-1", deadline=NO_HURRY)

        assert ward_store.ward.many([nobody]) == {}

    def test_a_care_begun_by_a_reconcile_leaves_a_device_due_by_its_age(self, ward_store: Store) -> None:
        """Having been asked for is not having been claimed."""
        owned = ward_store.hear()
        ward_store.ward.mark_answered([Answered(owned, NOON, NOON - HOUR)], NO_HURRY)

        assert ward_store.due() == ["one"]

    def test_many_are_given_by_their_owners(self, ward_store: Store) -> None:
        """More than one request holds; tombstones too."""
        owned = [
            ward_store.hear(f"box-{number}", kind=BOX, user_id=f"user-{number}") for number in range(105)
        ]
        ward_store.bury(owned[0], NOON + MINUTE)

        found = ward_store.ward.many([*owned, ("anna", owned[0][1])])

        assert set(found) == set(owned)

    def test_a_record_is_written_over_the_version_that_was_read(self, ward_store: Store) -> None:
        """Of two who read the same, one writes."""
        records = ward_store.records
        assert records.read("TRIAL").version == 0

        first = records.write("TRIAL", {"a": 1, "b": None}, version=0)
        late = records.write("TRIAL", {"a": 2}, version=0)
        second = records.write("TRIAL", {"a": 3}, version=records.read("TRIAL").version)

        assert (first, late, second) == (True, False, True)
        assert records.read("TRIAL").said == {"a": 3}
