from itertools import pairwise
from typing import Any

import pytest

from local.simulator.cloud import Cached
from local.simulator.documents import EVENT_KEYS, without_last_seen
from local.simulator.fleet import KINDS, Fleet
from local.simulator.outages import Mode, Outage
from local.simulator.simulator import Simulator
from tests.unit.local.simulator.rig import DAY, HOUR, MINUTE, one
from tests.unit.local.simulator.shapes import DEVICES, misfits


def histories(simulator: Simulator) -> dict[str, list[dict[str, Any]]]:
    """List the payloads of each device's own events, by its id."""
    found: dict[str, list[dict[str, Any]]] = {}
    for event in simulator.event_log.after(0):
        for key in EVENT_KEYS.values():
            if key in event.payload:
                found.setdefault(event.payload[key]["id"], []).append(event.payload)
    return found


def about(simulator: Simulator, device_id: str) -> list[dict[str, Any]]:
    """List the payloads of a device's own events."""
    return histories(simulator)[device_id]


def document_of(payload: dict[str, Any], kind: str) -> dict[str, Any]:
    """Take a device's document out of its event."""
    document: dict[str, Any] = payload[EVENT_KEYS[kind]]
    return document


def first(simulator: Simulator, kind: str) -> Cached:
    """Take the first device of a kind."""
    return simulator.cloud.listing(kind)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_documents_have_exactly_the_fields_of_enode(lived: Simulator, kind: str) -> None:
    """In every event of its life and in a GET; a null may stand for a whole block."""
    told_of = histories(lived)
    for cached in lived.cloud.listing(kind):
        assert misfits(cached.rendered(), DEVICES[kind]) == set()
        for payload in told_of[cached.id]:
            assert misfits(document_of(payload, kind), DEVICES[kind]) == set(), payload["event"]
            assert payload["user"]["id"] == document_of(payload, kind)["userId"] == cached.user_id


def test_an_update_is_told_only_when_something_but_last_seen_changed(lived: Simulator) -> None:
    """And `updatedFields` names exactly the top-level fields that did."""
    told_of = histories(lived)
    updates = 0
    for cached in lived.cloud.devices.values():
        payloads = [payload for payload in told_of[cached.id] if not payload["event"].endswith("deleted")]
        for before, after in pairwise(payloads):
            if not after["event"].endswith("updated"):
                continue
            updates += 1
            old = without_last_seen(document_of(before, cached.kind), cached.kind)
            new = without_last_seen(document_of(after, cached.kind), cached.kind)
            changed = {name for name in new if new[name] != old.get(name)}
            if before["event"].endswith("discovered"):
                assert set(after["updatedFields"]) >= changed - {"scopes", "lastSeen"}
            else:
                assert set(after["updatedFields"]) == changed != set()
    assert updates > 5000


def test_the_truth_is_what_the_last_event_said(lived: Simulator) -> None:
    """But for lastSeen, which moves without events."""
    told_of = histories(lived)
    for cached in lived.cloud.devices.values():
        last = document_of(told_of[cached.id][-1], cached.kind)
        assert without_last_seen(cached.rendered(), cached.kind) == without_last_seen(last, cached.kind)


def test_two_events_of_one_device_never_share_a_millisecond(lived: Simulator) -> None:
    """Newest wins needs a newest."""
    told_of = histories(lived)
    for cached in lived.cloud.devices.values():
        times = [payload["createdAt"] for payload in told_of[cached.id]]
        assert len(set(times)) == len(times)


def test_discovered_knows_only_the_information(lived: Simulator) -> None:
    """Everything else is null, leaf by leaf or block by block; both are met. A charger comes in full."""
    told_of = histories(lived)
    renderings = set()
    for cached in lived.cloud.devices.values():
        found = next(document_of(payload, cached.kind) for payload in told_of[cached.id])
        assert found["information"] == cached.device.information
        if cached.kind == "charger":
            assert found["isReachable"] is True
            continue
        states = [found[name] for name in found if name.endswith("State") or name == "status"]
        renderings |= {"blocks" if state is None else "leaves" for state in states}
        leaves = [leaf for state in states if state for leaf in state.values() if not isinstance(leaf, dict)]
        assert set(leaves) <= {None}
    assert renderings == {"blocks", "leaves"}


def test_devices_of_one_energy_system_are_polled_together(lived: Simulator) -> None:
    """Their readings belong to one moment."""
    system = first(lived, "hem-system")
    members = [c for c in lived.cloud.devices.values() if c.device.hem_system_id == system.id]

    assert {cached.kind for cached in members} == {"inverter", "battery", "meter"}
    assert {cached.last_seen_at for cached in members} == {system.last_seen_at}


@pytest.mark.parametrize(
    ("kind", "habits", "least", "most"),
    [
        ("vehicle", {"parked": True}, 180, 225),  # every 7 minutes
        ("inverter", {"peak_kw": 0.0}, 180, 225),
        ("hvac", {"max_kw": 0.0}, 1300, 1500),  # tries to heat all day long, every minute
    ],
)
def test_vendors_are_asked_at_the_cadence_of_enode(
    kind: str, habits: dict[str, Any], least: int, most: int
) -> None:
    """7 minutes, 2 while energy flows; for HVACs 2 and 1."""
    simulator = Simulator(one(kind, **habits))
    simulator.advance(HOUR)
    before = simulator.cloud.polls

    simulator.advance(DAY)

    assert least <= simulator.cloud.polls - before <= most


def test_a_silent_device_is_still_seen() -> None:
    """lastSeen moves with every poll although nothing is said."""
    simulator = Simulator(one("vehicle", parked=True))
    simulator.advance(DAY)

    cached = first(simulator, "vehicle")

    assert simulator.event_log.count == 2
    assert cached.last_seen_at is not None
    assert simulator.clock.now() - cached.last_seen_at < 8 * MINUTE
    assert cached.event_document is not None
    assert cached.rendered()["lastSeen"] > cached.event_document["lastSeen"]


def test_a_hint_brings_the_next_poll_forward() -> None:
    """Seen again within seconds, and no event, because nothing changed."""
    simulator = Simulator(one("vehicle", parked=True))
    simulator.advance(HOUR)
    cached = first(simulator, "vehicle")
    simulator.advance(3 * MINUTE)

    simulator.cloud.hint(cached)
    simulator.cloud.hint(cached)
    polls = simulator.cloud.polls
    simulator.advance(MINUTE / 6)

    assert simulator.cloud.polls == polls + 1
    assert cached.last_seen_at is not None
    assert simulator.clock.now() - cached.last_seen_at < MINUTE / 6
    assert simulator.event_log.count == 2


def test_a_hint_in_a_pause_counts_from_the_end_of_the_pause() -> None:
    """The world stands still, so the poll comes a few seconds after it goes on."""
    simulator = Simulator(one("vehicle", parked=True))
    simulator.advance(HOUR)
    cached = first(simulator, "vehicle")
    simulator.pause()
    simulator.advance(HOUR)
    simulator.cloud.hint(cached)
    simulator.advance(HOUR)
    polls = simulator.cloud.polls

    simulator.resume()
    simulator.advance(MINUTE / 6)

    assert simulator.cloud.polls == polls + 1


def test_a_deleted_device_leaves_with_its_last_document_and_may_return() -> None:
    """`deleted` carries the full document; a relink is `discovered` and `updated` anew, under the old id."""
    simulator = Simulator(one("vehicle", parked=True))
    simulator.advance(HOUR)
    cached = first(simulator, "vehicle")
    last = cached.rendered()

    simulator.cloud.delete(cached)
    simulator.advance(HOUR)
    assert simulator.cloud.listing("vehicle") == []
    assert about(simulator, cached.id)[-1]["vehicle"] == last
    simulator.cloud.relink(cached)
    simulator.advance(HOUR)

    names = [payload["event"].rpartition(":")[2] for payload in about(simulator, cached.id)]
    assert names == ["discovered", "updated", "deleted", "discovered", "updated"]


def test_a_deauthorised_user_vanishes_without_a_word() -> None:
    """No event ever follows a deauthorisation: neither now nor from the user's story."""
    simulator = Simulator()
    simulator.advance(HOUR)
    before = simulator.event_log.count

    for user_id in list(simulator.cloud.users):
        simulator.cloud.deauthorise(user_id)
    simulator.advance(DAY)

    assert simulator.event_log.count == before
    assert simulator.cloud.linked_vendors("ada-example") == []
    assert all(not simulator.cloud.listing(kind, "ada-example") for kind in KINDS)


def test_dead_credentials_make_devices_unreachable_until_linked_again() -> None:
    """The devices stay; the user's vendor is marked invalid; relinking cures it."""
    simulator = Simulator(one("vehicle"))
    simulator.advance(HOUR)
    cached = first(simulator, "vehicle")

    simulator.cloud.invalidate("ada-example", "TESLA")
    simulator.advance(HOUR)

    assert cached.rendered()["isReachable"] is False
    assert simulator.cloud.linked_vendors("ada-example")[0]["isValid"] is False
    said = [event.name for event in simulator.event_log.after(0)]
    assert said[-2:] == ["user:credentials:invalidated", "user:vehicle:updated"]
    simulator.cloud.restore("ada-example", "TESLA")
    simulator.advance(HOUR)
    assert cached.rendered()["isReachable"] is True


def test_a_moved_device_leaves_one_user_and_is_found_at_the_other() -> None:
    """Same id, another owner."""
    simulator = Simulator(Fleet.parked(2, cars_per_user=1))
    simulator.advance(HOUR)
    cached = first(simulator, "vehicle")

    simulator.cloud.move(cached, "resident-0001")
    simulator.advance(HOUR)

    tail = [(p["event"].rpartition(":")[2], p["user"]["id"]) for p in about(simulator, cached.id)][-3:]
    assert tail == [
        ("deleted", "resident-0000"),
        ("discovered", "resident-0001"),
        ("updated", "resident-0001"),
    ]
    assert len(simulator.cloud.listing("vehicle", "resident-0001")) == 2
    assert cached.rendered()["userId"] == "resident-0001"


@pytest.mark.parametrize(
    ("mode", "moves", "reachable", "says"),
    [(Mode.UNREACHABLE, False, False, 1), (Mode.STALL, False, True, 0), (Mode.FROZEN, True, True, 0)],
)
def test_an_outage_shows_in_one_of_three_ways(mode: Mode, moves: bool, reachable: bool, says: int) -> None:
    """Said by isReachable; unnoticed, with lastSeen standing still; or the vendor repeats what it knew."""
    simulator = Simulator(one("meter"))
    simulator.advance(HOUR)
    cached = first(simulator, "meter")
    before, seen_before = simulator.event_log.count, cached.last_seen_at

    simulator.cloud.outages.of_vendor["TESLA"] = Outage(mode)
    simulator.advance(3 * HOUR)

    assert (cached.last_seen_at != seen_before) is moves
    assert cached.rendered()["isReachable"] is reachable
    assert simulator.event_log.count == before + says


def test_a_stall_may_end_with_a_hint() -> None:
    """For the device that was hinted, not for the others of its vendor."""
    simulator = Simulator(Fleet.parked(2))
    simulator.advance(HOUR)
    hinted, other = simulator.cloud.listing("vehicle")
    simulator.cloud.outages.of_vendor["TESLA"] = Outage(Mode.STALL, ends_on_hint=True)
    simulator.advance(HOUR)

    simulator.cloud.hint(hinted)
    simulator.advance(HOUR)

    now = simulator.clock.now()
    assert hinted.last_seen_at is not None
    assert other.last_seen_at is not None
    assert now - hinted.last_seen_at < 8 * MINUTE
    assert now - other.last_seen_at > 2 * HOUR - 8 * MINUTE
