"""Whatever way events arrive in, the same tables stand on a real engine."""

from hypothesis import HealthCheck, Phase, example, given, settings

from tests.integration.tables import Contents, Tables
from tests.support.arrivals import Arrival, arrivals, reported, take, told

_FOUND, _SEEN, _GONE = told("discovered", at=1), told("updated", at=2), told("deleted", at=3)
_BACK, _SEEN_AGAIN = told("discovered", at=4), told("updated", at=5, variant=1)
_TWINS = [told("updated", at=1, variant=variant) for variant in range(3)]
_STATUS = [reported("user:vendor-action:updated", at=at, updatedFields=[str(at)]) for at in (1, 2)]


def _after(deliveries: list[list[dict[str, object]]], tables: Tables) -> Contents:
    tables.restore({})
    for number, events in enumerate(deliveries):
        take(events, tables.log(), tables.states(), number=number)
    return tables.contents()


@settings(
    max_examples=60,
    phases=[Phase.explicit, Phase.generate],  # shrinking on a real engine takes longer than reading
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the tables are emptied by each example
)
@example(Arrival([_FOUND, _SEEN], [[_SEEN], [_FOUND]]))
@example(Arrival([_SEEN, _GONE], [[_GONE], [_SEEN]]))
@example(Arrival([_FOUND, _SEEN, _GONE, _BACK], [[_BACK], [_GONE], [_SEEN], [_FOUND]]))
@example(Arrival([_SEEN, _GONE, _BACK, _SEEN_AGAIN], [[_SEEN_AGAIN, _GONE], [_BACK, _SEEN], [_GONE]]))
@example(Arrival(_TWINS, [[_TWINS[2]], [_TWINS[0], _TWINS[1]], [_TWINS[2]]]))
@example(Arrival(_STATUS, [[_STATUS[1]], [_STATUS[0]]]))
@given(arrival=arrivals())
def test_every_order_duplication_and_split_ends_in_the_same_tables(
    fresh_tables: Tables, arrival: Arrival
) -> None:
    """Redelivery is the only recovery, so it must lead to the same place: only when and with what it came differs."""
    in_one_pass = _after([arrival.events], fresh_tables)

    as_it_came = _after(arrival.deliveries, fresh_tables)

    assert as_it_came == in_one_pass
