"""A simulated Enode and everything of ours around it, in one virtual time: days pass in seconds, naps included."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from lastseen.domain import freshness
from lastseen.domain.account import newest
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.budget import Quota
from lastseen.domain.check_schedule import CheckState, TrackedDevice
from lastseen.domain.client_credentials import ClientCredentials
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.diff import differences
from lastseen.domain.freshness import Limits, Verdict
from lastseen.domain.snapshot import Life, StoredDevice
from lastseen.domain.vendor_outage import SMALLEST_CLASS
from lastseen.enode import delivery as enode_delivery
from lastseen.enode import signature
from lastseen.enode.client import EnodeClient
from lastseen.enode.session import Session
from lastseen.enode.transport import Transport, http_client
from lastseen.enode.webhooks import EnodeWebhooks
from lastseen.errors import BadSignature, StoreUnavailable
from lastseen.usecases import ingest
from lastseen.usecases.accounts import disconnected
from lastseen.usecases.maintenance import class_sample, reconcile, sweep, webhook_guard
from lastseen.usecases.maintenance.context import Clocks, RunContext
from lastseen.usecases.maintenance.hints import Budgets
from lastseen.usecases.maintenance.rate_limiter import RateLimiter
from lastseen.usecases.maintenance.reconcile import ReconcileOutcome
from lastseen.usecases.maintenance.sweep import SweepOutcome
from lastseen.usecases.maintenance.webhook_guard import GuardOutcome
from lastseen.usecases.ports import CheckStore, Devices, Log, Records, States
from local.simulator.app import InProcess
from local.simulator.fleet import Fleet
from local.simulator.scenario_actions import run_action
from local.simulator.simulator import MONDAY, Options, Simulator
from tests.support.builders import TWIN_KEY
from tests.support.fake_maintenance import FakeCheckStore, FakeRecords
from tests.support.fakes import FakeDevices, FakeLog, FakeQuarantine, FakeStates
from tests.support.scripted_enode import Pocket

SECRET = "a-secret-of-more-than-sixteen-characters"
URL, HERE = "https://enode.example", "https://lastseen.example/webhooks/enode"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SWEEP_EVERY = 5 * MINUTE


@dataclass
class Store:
    """Everything that is kept, on fakes unless something else is given."""

    log: Log
    states: States
    devices: Devices
    checks: CheckStore
    records: Records


def on_fakes() -> Store:
    """A store made of dicts: where the engine is not the point, a day costs a second."""
    states = FakeStates()
    return Store(FakeLog(), states, FakeDevices(states), FakeCheckStore(states), FakeRecords())


@dataclass(frozen=True)
class Settings:
    """What a deployment would be told; the template's defaults."""

    limits: Limits = field(default_factory=Limits)
    backoff: BackoffPolicy = field(default_factory=BackoffPolicy)
    vendor_quota: int = 120
    quota: int = 600
    window: timedelta = HOUR
    most: int = 20_000
    time_limit: timedelta = timedelta(seconds=100)
    share: float = 0.2
    every: timedelta = DAY
    kept: timedelta = DAY
    page_size: int = 50
    smallest_class: int = SMALLEST_CLASS

    @property
    def plan(self) -> sweep.SweepPlan:
        """How a sweep goes about it."""
        budgets = Budgets(Quota(self.vendor_quota, self.window), Quota(self.quota, self.window))
        return sweep.SweepPlan(self.limits, self.backoff, budgets, self.most, self.smallest_class)


def by_the_parameters(**how: Any) -> Settings:
    """Settings of a deployment that learns nothing: its limit is its ceiling, and each device is judged by itself."""
    return Settings(limits=Limits(ceiling=Limits().regular), smallest_class=1_000_000, **how)


@dataclass
class World:
    """Enode, its webhooks on their way to us, and our three schedules.

    Attributes:
        fleet: Who owns what.
        settings: What the deployment was told.
        store: Where everything is kept.
        options: Of the simulator.
        start: When it begins.
        door: Takes deliveries in place of a door that has nothing but its stores.
        is_up: Whether our door takes deliveries.
        is_still: Whether time stands still, whoever naps.
    """

    fleet: Fleet = field(default_factory=Fleet.default)
    settings: Settings = field(default_factory=Settings)
    store: Store = field(default_factory=on_fakes)
    options: Options = field(default_factory=lambda: Options(linking="listening"))
    seed: int = 1
    start: datetime = MONDAY
    door: Callable[[bytes, Mapping[str, str]], int] | None = None
    is_up: bool = True
    is_still: bool = False
    swept: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    limiter: RateLimiter = field(init=False)

    def __post_init__(self) -> None:
        self.simulator = Simulator(
            self.fleet, seed=self.seed, start=self.start, send=self._receive, options=self.options
        )
        credentials = Pocket(ClientCredentials(self.simulator.client.id, self.simulator.client.secret))
        transport = Transport(
            http=http_client(InProcess(self.simulator)),
            now=self.now,
            clock=self.clock,
            sleep=self.sleep,
            draw=lambda: 0.5,
        )
        session = replace(Session.open(URL, f"{URL}/oauth2/token", credentials, transport), tries=1)
        self.enode = EnodeClient(session, page_size=self.settings.page_size, twins=lambda: TWIN_KEY)
        self.webhooks = EnodeWebhooks(session)

    def now(self) -> datetime:
        """The present moment."""
        return self.simulator.clock.now()

    def clock(self) -> float:
        """The same, as monotonic seconds."""
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        """Let time pass, unless it stands still; deliveries come in meanwhile."""
        if not self.is_still:
            self.simulator.advance(timedelta(seconds=seconds))

    def live(self, span: timedelta) -> None:
        """Let time pass, and sweep every five minutes."""
        until = self.now() + span
        while self.now() + SWEEP_EVERY <= until:
            begins_at = self.now()
            self.sweep()
            self.simulator.advance(max(begins_at + SWEEP_EVERY - self.now(), timedelta()))
        self.simulator.advance(max(until - self.now(), timedelta()))

    def sweep(self, store: Store | None = None) -> SweepOutcome:
        """Run one sweep, and count all devices if it is time, as the door does."""
        context = self.context(store)
        done = sweep.run(context, self.settings.plan)
        self.swept.update(done.counts)
        class_sample.count(context, limits=self.settings.limits, backoff=self.settings.backoff, every=HOUR)
        return done

    def reconcile(self, *, at_once: bool = True) -> ReconcileOutcome:
        """Run one slice of a reconcile."""
        plan = reconcile.ReconcilePlan(self.settings.every, self.settings.share, self.settings.time_limit)
        return reconcile.run(self.context(), plan, at_once=at_once)

    def reconcile_wholly(self) -> ReconcileOutcome:
        """Run slices until a reconcile that begins now has ended."""
        done = self.reconcile()
        for _ in range(100):
            if done.ended:
                return done
            self.simulator.advance(5 * MINUTE)
            done = self.reconcile(at_once=False)
        raise AssertionError(f"the reconcile does not end: {done}")

    def guard(self) -> GuardOutcome:
        """Run the guard once."""
        return webhook_guard.run(
            webhooks=self.webhooks,
            devices=self.store.devices,
            records=self.store.records,
            limiter=self.context().limiter,
            url=HERE,
            secret=SECRET,
            kept=self.settings.kept,
            now=self.now,
        )

    def context(self, store: Store | None = None) -> RunContext:
        """What one run works with."""
        kept = store or self.store
        deadline = Deadline.after(self.settings.time_limit, self.clock)
        self.limiter = RateLimiter(deadline, self.clock, self.sleep)
        self.runs += 1
        return RunContext(
            checks=kept.checks,
            log=kept.log,
            states=kept.states,
            devices=kept.devices,
            records=kept.records,
            enode=self.enode,
            limiter=self.limiter,
            clocks=Clocks(self.now),
            deadline=deadline,
            run=f"run-{self.runs}",
        )

    def listen(self) -> None:
        """Subscribe, and let the devices be found."""
        self.guard()
        self.simulator.advance(2 * MINUTE)

    def do(self, action: str, **request: Any) -> None:
        """Let something happen to a device, a user or a vendor."""
        run_action(self.simulator, {"action": action, **request})

    def ids(self, kind: DeviceKind | None = None) -> list[str]:
        """Devices that Enode has, in the order they were linked."""
        cached = self.simulator.cloud.devices.values()
        return [one.id for one in cached if one.is_alive and kind in (None, one.kind)]

    def hints(self) -> dict[str, int]:
        """How often each device was hinted that was hinted at all, as Enode counts."""
        return {id_: one.hints for id_, one in self.simulator.cloud.devices.items() if one.hints}

    def known(self, id_: str, user_id: str | None = None) -> StoredDevice:
        """A device as we know it, with the last look."""
        for owner, device in self.store.devices.owners(id_):
            if user_id in (None, owner):
                found = self.store.devices.one(owner, device)
                if found is not None:
                    tracked = self.store.checks.one((owner, device))
                    return found if tracked is None else self._looked_at(found, tracked)
        raise KeyError(id_)

    def check(self, id_: str) -> CheckState:
        """What is remembered of a device."""
        (owner, device), *_ = self.store.devices.owners(id_)
        tracked = self.store.checks.one((owner, device))
        if tracked is None:
            raise KeyError(id_)
        return tracked.check

    def verdict(self, id_: str, user_id: str | None = None) -> Verdict:
        """How far the device may be trusted, as a reader is told."""
        known = self.known(id_, user_id)
        facts = known.snapshot.current.facts
        return freshness.judge(
            known.device.kind,
            facts,
            now=self.now(),
            limits=self.settings.limits,
            is_gone=known.snapshot.life is Life.GONE,
            credentials_invalid_since=self._invalid_since(known),
            checked_at=known.checked_at,
            denied_at=known.denied_at,
            cadence=known.cadence,
        ).verdict

    def _invalid_since(self, known: StoredDevice) -> datetime | None:
        account = known.account
        at_hand = newest([(account, known.snapshot.linked_at)])
        return None if account is None else disconnected([account], at_hand, self.store.devices).get(account)

    def disagreements(self) -> Iterator[str]:
        """What we believe and what Enode holds, where they differ, contact times aside."""
        for cached in self.simulator.cloud.devices.values():
            device = DeviceId(DeviceKind(cached.kind), cached.id)
            known = self.store.devices.one(cached.user_id, device)
            is_alive = known is not None and known.snapshot.life is Life.ALIVE
            if is_alive != cached.is_alive:
                yield f"{cached.kind} {cached.id}: {'alive' if is_alive else 'gone'} here"
            elif known is not None and is_alive:
                document = json.loads(known.snapshot.current.document or b"{}")
                truth = json.loads(json.dumps(cached.rendered()))
                if any(differences(document, truth)):
                    yield f"{cached.kind} {cached.id}: {list(differences(document, truth))[:3]}"

    def _looked_at(self, found: StoredDevice, tracked: TrackedDevice) -> StoredDevice:
        return replace(
            found,
            checked_at=tracked.check.checked_at,
            denied_at=tracked.known.denied_at,
            cadence=tracked.check.cadence,
        )

    def _receive(self, url: str, headers: dict[str, str], body: bytes) -> int:
        if not self.is_up:
            raise ConnectionRefusedError
        if self.door is not None:
            return self.door(body, headers)
        try:
            signature.verify(body, headers["x-enode-signature"], secrets=(SECRET.encode(),))
            ingest.take(
                enode_delivery.read(body, now=self.now(), twins=TWIN_KEY),
                log=self.store.log,
                states=self.store.states,
                quarantine=FakeQuarantine(),
                received_at=self.now(),
                delivery_id=headers["x-enode-delivery"],
                deadline=Deadline.after(timedelta(seconds=4), self.clock),
            )
        except BadSignature:
            return 401
        except StoreUnavailable:
            return 503
        return 200
