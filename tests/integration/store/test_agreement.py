"""State, as-of now and history agree on a real engine, after every step, in every order."""

from hypothesis import HealthCheck, Phase, example, given, settings

from lastseen.domain.event import Source
from tests.integration.store.agreement import Deletion, Look, Step, Stores, Word, disagreement, live, lives
from tests.integration.tables import Tables

BEGIN = (Word(20, "discovered", 0, (20,)), Word(40, "updated", 0, (40,)))


@settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],  # shrinking on a real engine takes longer than reading
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # the tables are emptied by each example
)
@example([*BEGIN, Word(60, "updated", 1, (90,)), Word(64, "updated", 0, ()), Look(73, 73, Source.REFRESH)])
@example([*BEGIN, Look(73, 73, Source.SWEEP), Look(83, 83, Source.SWEEP), Word(60, "deleted", 0, (90,))])
@example([*BEGIN, Look(73, 95, Source.SWEEP), Word(80, "updated", 1, (80,))])
@example([*BEGIN, Look(73, 73, Source.RECONCILE), Deletion(57, 80)])
@given(steps=lives())
def test_state_and_log_agree_after_every_step(fresh_tables: Tables, steps: list[Step]) -> None:
    """Events late, twice or lost, reads with news and without, compared early, written late, deletions: any order."""
    fresh_tables.restore({})
    stores = Stores(fresh_tables.log(), fresh_tables.states(), fresh_tables.reader(), fresh_tables.past())

    for done in live(steps, stores):
        assert disagreement(stores) == "", done
