"""Proves `domain/account.py`, `usecases/accounts.py`:
whoever judges a device says alike whether its account is dead, whatever of it is newest.
"""

import ast
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

import lastseen
from functions.read import app
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.budget import Quota
from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.freshness import Limits, Verdict
from lastseen.domain.observation import LinkedVendor, ListedUser, ListPage, Observation
from lastseen.usecases.maintenance import freshness_census, sweep
from lastseen.usecases.maintenance.context import Clocks, RunContext
from lastseen.usecases.maintenance.hints import Budgets
from lastseen.usecases.maintenance.rate_limiter import RateLimiter
from lastseen.usecases.reading.present import Reader
from lastseen.usecases.refresh import Refresher, RefreshOutcome
from tests.support.arrivals import NO_HURRY
from tests.support.builders import NOON, Json, a_device, an_event, just_found
from tests.support.fake_maintenance import FakeCheckStore, FakeRecords
from tests.support.fakes import FakeDevices
from tests.support.read_requests import Kept

CHARGER = DeviceId(DeviceKind.CHARGER, "charger")
HOUR, MINUTE, TICK = timedelta(hours=1), timedelta(minutes=1), timedelta(milliseconds=1)
DIED_AT = NOON - 2 * HOUR
BEFORE, AT_ONCE, AFTER = -TICK, timedelta(), TICK
PROOFS = (None, -HOUR, BEFORE, AT_ONCE, AFTER, HOUR)
"""When a proof was given after the word that the account is dead; None for no proof."""


@dataclass
class Charger:
    """A charger whose account was said to be dead, what is known of it, and an Enode that says the same of it.

    Attributes:
        found: When it was discovered, after its account died; None if never.
        contact: When Enode was last in contact with it, after that; None if never.
    """

    found: timedelta | None
    contact: timedelta | None
    kept: Kept = field(default_factory=Kept)

    def __post_init__(self) -> None:
        died = an_event("user:credentials:invalidated", at=DIED_AT, user_id="anna", vendor="ZAPTEC")
        events = [died, self._told("updated", HOUR + MINUTE)]
        if self.found is not None:
            events.append(self._told("discovered", self.found))
        self.kept.deliver(*events, now=NOON)
        self.checks = FakeCheckStore(self.kept.states)

    def _told(self, verb: str, after: timedelta) -> Json:
        charger = just_found(self.document) if verb == "discovered" else self.document
        return an_event(f"user:charger:{verb}", at=DIED_AT + after, user_id="anna", charger=charger)

    @property
    def document(self) -> Json:
        """As Enode tells of it."""
        contact = None if self.contact is None else (DIED_AT + self.contact).isoformat()
        told = {"id": "charger", "userId": "anna", "vendor": "ZAPTEC"}
        return a_device(DeviceKind.CHARGER, **told, lastSeen=contact, isReachable=True)

    @property
    def is_dead(self) -> bool:
        """Whether the word is later than every proof; a tie is mended."""
        return not any(proof is not None and proof >= AT_ONCE for proof in (self.found, self.contact))

    def device(self, device: DeviceId) -> Observation:
        """Answer as Enode."""
        return Observation(device, "anna", self.document, NOON)

    def hint(self, _device: DeviceId) -> bool:
        """Take a hint."""
        return True

    def devices(
        self, kind: DeviceKind, *, user_id: str | None = None, after: str | None = None
    ) -> ListPage[Observation]:
        """Answer a list of Enode's."""
        raise AssertionError("one device is asked for by its id")

    def users(self, *, after: str | None = None) -> ListPage[ListedUser]:
        """Answer another."""
        raise AssertionError("nobody asks for users")

    def linked_vendors(self, user_id: str) -> list[LinkedVendor] | None:
        """Answer what is linked."""
        raise AssertionError("nobody asks for vendors")


def _by_id(charger: Charger, monkeypatch: pytest.MonkeyPatch) -> bool:
    return bool(_get(charger, monkeypatch, "/devices/charger")["freshness"]["verdict"] == "disconnected")


def _in_a_list(charger: Charger, monkeypatch: pytest.MonkeyPatch) -> bool:
    (told,) = _get(charger, monkeypatch, "/users/anna/devices")["data"]
    return bool(told["freshness"]["verdict"] == "disconnected")


def _as_enode_tells_it(charger: Charger, monkeypatch: pytest.MonkeyPatch) -> bool:
    (linked,) = _get(charger, monkeypatch, "/users/anna")["linkedVendors"]
    return not linked["isValid"]


def _get(charger: Charger, monkeypatch: pytest.MonkeyPatch, path: str) -> Json:
    door = charger.kept.door
    monkeypatch.setattr(app, "build", door.collaborators)
    found: Json = door.get(path).json
    return found


def _by_the_census(charger: Charger, _: pytest.MonkeyPatch) -> bool:
    counted = freshness_census.run(
        checks=charger.checks,
        records=FakeRecords(),
        limits=Limits(),
        every=HOUR,
        now=NOON,
        deadline=NO_HURRY,
    )
    assert counted.verdicts is not None
    assert sum(counted.verdicts.values()) == 1
    return counted.verdicts[Verdict.DISCONNECTED.value] == 1


def _by_the_sweep(charger: Charger, _: pytest.MonkeyPatch) -> bool:
    deadline = Deadline.after(HOUR, lambda: 0.0)
    context = RunContext(
        checks=charger.checks,
        log=charger.kept.log,
        states=charger.kept.states,
        devices=FakeDevices(charger.kept.states),
        records=FakeRecords(),
        enode=charger,
        limiter=RateLimiter(deadline, lambda: 0.0, lambda _seconds: None),
        clocks=Clocks(lambda: NOON),
        deadline=deadline,
        run="run-1",
    )
    budgets = Budgets(Quota(9, HOUR), Quota(9, HOUR))
    counts = sweep.run(context, sweep.SweepPlan(Limits(), BackoffPolicy(), budgets)).counts
    assert counts["verified"] == 1
    return counts.get("disconnected", 0) == 1


def _by_a_refresh(charger: Charger, _: pytest.MonkeyPatch) -> bool:
    devices = FakeDevices(charger.kept.states)
    refresher = Refresher(
        checks=charger.checks,
        log=charger.kept.log,
        states=charger.kept.states,
        devices=devices,
        enode=charger,
        limits=Limits(ceiling=Limits().regular),  # old is stale, whatever is learned
        backoff=BackoffPolicy(),
        now=lambda: NOON,
        deadline=NO_HURRY,
    )
    known = Reader(Caller("anna"), devices, Limits(), NOON).device("charger")
    return refresher.refresh(known, name="request") is not RefreshOutcome.HINTED


@pytest.mark.parametrize(("found", "contact"), list(product(PROOFS, PROOFS)))
@pytest.mark.parametrize(
    "judge", [_by_id, _in_a_list, _as_enode_tells_it, _by_the_census, _by_the_sweep, _by_a_refresh]
)
def test_whoever_judges_a_device_says_alike_whether_its_account_is_dead(
    judge: object, found: timedelta | None, contact: timedelta | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A discovery and a contact outrank a word that is no later, for readers, counts, checks and refreshes."""
    charger = Charger(found, contact)
    assert callable(judge)

    assert judge(charger, monkeypatch) is charger.is_dead


def _compares_when_an_account_died(tree: ast.AST) -> bool:
    """Whether a module orders moments of which one is called after the word that an account is dead."""
    compared = [
        part
        for one in ast.walk(tree)
        if isinstance(one, ast.Compare) and any(isinstance(sign, ORDERS) for sign in one.ops)
        for part in (one.left, *one.comparators)
    ]
    names = {one.attr for part in compared for one in ast.walk(part) if isinstance(one, ast.Attribute)}
    names |= {one.id for part in compared for one in ast.walk(part) if isinstance(one, ast.Name)}
    return bool(names & {"invalid_since", "credentials_invalid_since", "proof"})


ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def test_that_moment_is_compared_in_one_module() -> None:
    """Five had a rule of their own; whoever needs it asks `domain/account.py`."""
    root = Path(lastseen.__file__).parent
    comparing = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if _compares_when_an_account_died(ast.parse(path.read_text("utf-8")))
    }

    assert comparing == {"domain/account.py"}
