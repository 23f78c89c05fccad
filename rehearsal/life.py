"""A day in the life of a deployment, as its metrics tell it: usual, and in every trouble that an alarm is for.

Each kind of day is a class; it says what differs from a usual one: a delivery a minute by day and night, a census each
hour, a reconcile a day. That a first reconcile counts no repairs, and that a denial is no refusal, is proven where it
is decided (`tests/integration/sweep`, `tests/unit/enode`); here it is taken for given.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lastseen.observability import (
    CENSUS_METRICS,
    ENODE_METRICS,
    RECONCILE_METRICS,
    RUN_METRICS,
    SWEEP_METRICS,
)

MINUTES = 1440
TROUBLE = range(360, 720)
"""From six in the morning to noon."""

RECONCILED_AT = 200
"""The minute after which a daily reconcile ends."""

type Counts = dict[str, float]


@dataclass(frozen=True)
class Usual:
    """Everything as it should be; devices are stale and unreachable in small shares, as they always are."""

    fleet: int = 500
    stale: float = 0.002
    unreachable: float = 0.01

    def ingest(self, minute: int) -> list[Counts]:
        """What each delivery of a minute published."""
        del minute
        return [
            {
                "Deliveries": 1,
                "Events": 5,
                "Quarantined": 0,
                "UnknownEvents": 0,
                "Superseded": 0,
                "TextReplaced": 0,
            }
        ]

    def aws(self, function: str, minute: int) -> Counts:
        """What Lambda publishes of a function in a minute in which it ran."""
        del minute
        return {
            "Errors": 0,
            "Throttles": 0,
            "Duration": 90_000 if function == "sweep" else 60,
            "Invocations": 1,
        }

    def api(self, minute: int) -> Counts:
        """What API Gateway publishes in a minute."""
        del minute
        return {"5xx": 0, "4xx": 0, "Count": 2}

    def queue(self, minute: int) -> Counts:
        """What SQS publishes of the dead letters: nothing while there are none."""
        del minute
        return {}

    def runs(self, task: str, minute: int) -> bool:
        """Whether a schedule's run takes place."""
        del task, minute
        return True

    def sweep(self, minute: int) -> Counts:
        """What a sweep published."""
        counts: Counts = dict.fromkeys(SWEEP_METRICS.values(), 0)
        counts |= {"DevicesDue": 20, "DevicesVerified": 20, "FoundStale": 1}
        counts |= {"AnchorsOverdue": minute % 2520 / 2520}
        return counts | self.census(minute) | self.enode(minute)

    def census(self, minute: int) -> Counts:
        """How many devices had which verdict, and how old the count is: each sweep tells the newest again."""
        stale, unreachable = round(self.fleet * self.stale), round(self.fleet * self.unreachable)
        counts: Counts = dict.fromkeys(CENSUS_METRICS.values(), 0)
        fresh = self.fleet - stale - unreachable
        counts |= {"FreshDevices": fresh, "StaleDevices": stale, "UnreachableDevices": unreachable}
        return counts | {"CensusOverdue": minute % 60 / 60}

    def reconcile(self, minute: int) -> Counts:
        """What a slice of a reconcile published."""
        counts = self.enode(minute)
        if RECONCILED_AT <= minute < RECONCILED_AT + 5:
            counts |= self.reconciled(minute)
        return counts

    def reconciled(self, minute: int) -> Counts:
        """What the last slice of a reconcile published."""
        del minute
        counts: Counts = dict.fromkeys(RECONCILE_METRICS.values(), 0)
        return counts | {
            "DevicesListed": self.fleet,
            "ReconcileRepairs": 0,
            "ReconcileStopped": 0,
            "FirstBackfill": 0,
        }

    def guard(self, minute: int) -> Counts:
        """What a guard published."""
        return {
            "WebhookInactive": 0,
            "HeartbeatAge": self.heartbeat_age(minute),
            "PendingEvents": 3,
            "EnodeClientMissing": 0,
            "GuardUnanswered": 0,
        } | self.enode(minute)

    def heartbeat_age(self, minute: int) -> float:
        """Seconds since Enode's last heartbeat."""
        del minute
        return 40

    def enode(self, minute: int) -> Counts:
        """How Enode answered a run; a few 404s are how deletions are confirmed."""
        del minute
        counts: Counts = dict.fromkeys(ENODE_METRICS.values(), 0)
        return counts | {"EnodeRequests": 25, "EnodeRefused": 1}

    def published(self, task: str, minute: int) -> Counts:
        """Everything that one run published."""
        said: Mapping[str, Counts] = {
            "sweep": self.sweep(minute),
            "reconcile": self.reconcile(minute),
            "guard": self.guard(minute),
        }
        return {**said[task], RUN_METRICS[task]: 1}


@dataclass(frozen=True)
class Silent(Usual):
    """Enode delivers nothing from six to noon; it answers, and says that the webhook is active."""

    def ingest(self, minute: int) -> list[Counts]:
        """Nothing came."""
        return [] if minute in TROUBLE else super().ingest(minute)

    def heartbeat_age(self, minute: int) -> float:
        """Grows."""
        return 60 * (minute - TROUBLE.start) + 40 if minute in TROUBLE else super().heartbeat_age(minute)


@dataclass(frozen=True)
class Stopped(Usual):
    """One schedule does not run from six to noon: switched off, its role broken, or throttled away."""

    task: str = "sweep"

    def runs(self, task: str, minute: int) -> bool:
        """Not that one."""
        return task != self.task or minute not in TROUBLE


@dataclass(frozen=True)
class FirstDay(Usual):
    """The first reconcile finds every device, as it must: nothing was lost."""

    def reconciled(self, minute: int) -> Counts:
        """All of them are found."""
        counts = super().reconciled(minute)
        return counts | {"RepairsFound": self.fleet, "FirstBackfill": 1}


@dataclass(frozen=True)
class Rotated(Silent):
    """The secret was renewed at Enode's alone: all deliveries are signed with another from six to noon."""

    def ingest(self, minute: int) -> list[Counts]:
        """Each is refused."""
        return [{"Deliveries": 1, "BadSignatures": 1}] if minute in TROUBLE else super().ingest(minute)


@dataclass(frozen=True)
class NoClient(Usual):
    """From midnight to noon nobody has handed Enode's client over: no webhook, no heartbeat, nothing asked."""

    def ingest(self, minute: int) -> list[Counts]:
        """Enode does not know of us."""
        return [] if minute < TROUBLE.stop else super().ingest(minute)

    def published(self, task: str, minute: int) -> Counts:
        """Only that it is missing."""
        if minute >= TROUBLE.stop:
            return super().published(task, minute)
        counts: Counts = dict.fromkeys(ENODE_METRICS.values(), 0)
        return (
            counts
            | {RUN_METRICS[task]: 1}
            | ({"EnodeClientMissing": 1, "GuardUnanswered": 0} if task == "guard" else {})
        )


@dataclass(frozen=True)
class Unanswered(Silent):
    """From six to noon Enode answers nothing, or refuses the client: each run stops after its first few questions.

    Attributes:
        numbers: How those were answered.
        delivers: Whether its deliveries go on.
    """

    numbers: Counts = field(default_factory=dict)
    delivers: bool = True

    def ingest(self, minute: int) -> list[Counts]:
        """As on other days, if it delivers."""
        return Usual.ingest(self, minute) if self.delivers else super().ingest(minute)

    def heartbeat_age(self, minute: int) -> float:
        """Grows unless it delivers."""
        return Usual.heartbeat_age(self, minute) if self.delivers else super().heartbeat_age(minute)

    def enode(self, minute: int) -> Counts:
        """As little as a run asks before it stops."""
        return super().enode(minute) | (self.numbers if minute in TROUBLE else {})

    def guard(self, minute: int) -> Counts:
        """How old the heartbeat is, and that there was no answer."""
        counts = super().guard(minute)
        if minute not in TROUBLE:
            return counts
        return {
            name: value for name, value in counts.items() if name not in {"WebhookInactive", "PendingEvents"}
        } | {"GuardUnanswered": 1}


@dataclass(frozen=True)
class Wrong(Usual):
    """Numbers of one source are others from six to noon.

    Attributes:
        source: `ingest`, a task, `aws ingest` for what Lambda says of it, `api`, or `queue`.
        numbers: The other numbers.
    """

    source: str = ""
    numbers: Counts = field(default_factory=dict)

    def _told(self, source: str, minute: int, usual: Counts) -> Counts:
        is_wrong = source == self.source and minute in TROUBLE
        return usual | self.numbers if is_wrong else usual

    def ingest(self, minute: int) -> list[Counts]:
        """Each delivery of it."""
        return [self._told("ingest", minute, one) for one in super().ingest(minute)]

    def aws(self, function: str, minute: int) -> Counts:
        """What Lambda says of it."""
        return self._told(f"aws {function}", minute, super().aws(function, minute))

    def api(self, minute: int) -> Counts:
        """What API Gateway says of it."""
        return self._told("api", minute, super().api(minute))

    def queue(self, minute: int) -> Counts:
        """What SQS says of it."""
        return self._told("queue", minute, super().queue(minute))

    def published(self, task: str, minute: int) -> Counts:
        """A run of it."""
        return self._told(task, minute, super().published(task, minute))


@dataclass(frozen=True)
class Reconciled(Usual):
    """The daily reconcile of a known fleet ends otherwise than it usually does.

    Attributes:
        numbers: What it publishes then.
    """

    numbers: Counts = field(default_factory=dict)

    def reconciled(self, minute: int) -> Counts:
        """Its last slice."""
        return super().reconciled(minute) | self.numbers


@dataclass(frozen=True)
class Vendor(Usual):
    """One vendor's cloud is down from six to noon: a third of the fleet is stale or out of reach."""

    def sweep(self, minute: int) -> Counts:
        """It is told as an outage of one vendor."""
        return super().sweep(minute) | {"VendorOutages": 1 if minute in TROUBLE else 0}

    def census(self, minute: int) -> Counts:
        """A third."""
        counts = super().census(minute)
        if minute not in TROUBLE:
            return counts
        third = self.fleet // 3
        return counts | {
            "StaleDevices": third,
            "UnreachableDevices": third,
            "FreshDevices": self.fleet - 2 * third,
        }


def minutes_of(starts: frozenset[int]) -> Iterator[int]:
    """Go through the minutes of the day in which a schedule starts."""
    for hour in range(24):
        for minute in sorted(starts):
            yield 60 * hour + minute
