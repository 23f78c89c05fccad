"""Whatever way events arrive in, the same things are known: on fakes, so that many ways can be tried."""

from hypothesis import given, settings

from lastseen.domain.device import DeviceId
from lastseen.domain.event import Entry, Place, Status, StatusId
from lastseen.domain.snapshot import Snapshot
from tests.support.arrivals import Arrival, arrivals, take
from tests.support.builders import Json
from tests.support.examples import examples
from tests.support.fakes import FakeLog, FakeStates

type Known = tuple[
    dict[tuple[Place, str], Entry], dict[tuple[str, DeviceId], Snapshot], dict[StatusId, Status]
]


def _after(deliveries: list[list[Json]]) -> Known:
    log, states = FakeLog(), FakeStates()
    for number, events in enumerate(deliveries):
        take(events, log, states, number=number)
    return {key: kept.entry for key, kept in log.kept.items()}, dict(states.devices), states.statuses


@settings(max_examples=examples(400))
@given(arrival=arrivals())
def test_every_order_duplication_and_split_ends_in_the_same_knowledge(arrival: Arrival) -> None:
    """Redelivery is the only recovery, so it must lead to the same place: only when and with what it came differs."""
    in_one_pass = _after([arrival.events])

    as_it_came = _after(arrival.deliveries)

    assert as_it_came == in_one_pass
