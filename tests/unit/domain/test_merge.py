"""Proves `domain/merge.py`: a snapshot is the same whatever the order, number and grouping of arrivals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain.merge import MOST_FORMER, merge
from lastseen.domain.snapshot import (
    EMPTY_REGISTER,
    EMPTY_SNAPSHOT,
    NEVER,
    NO_IDENTITY,
    IdentityRegister,
    Life,
    Register,
    Snapshot,
)
from lastseen.domain.twin import TwinName
from tests.support.builders import NOON, said

type Observation = Snapshot


def _told(said_: Register, twin: str | None) -> IdentityRegister:
    return IdentityRegister.told(said_.ord, None if twin is None else TwinName(twin, twin.upper()))


def _updated(second: int, document: bytes = b"{}", twin: str | None = None) -> Observation:
    word = said(NOON + timedelta(seconds=second), document)
    return Snapshot(seen=word, identity=_told(word, twin))


def _discovered(second: int, document: bytes = b"{}", twin: str | None = None) -> Observation:
    word = said(NOON + timedelta(seconds=second), document)
    return Snapshot(found=word, identity=_told(word, twin))


def _deleted(second: int, document: bytes = b"{}", twin: str | None = None) -> Observation:
    word = said(NOON + timedelta(seconds=second), document)
    return Snapshot(gone=word.ord, identity=_told(word, twin))


# Few moments and few documents, so that ties, repetitions and every order are common.
observations = st.builds(
    lambda make, second, document, twin: make(second, document, twin),
    st.sampled_from([_updated, _discovered, _deleted]),
    st.integers(0, 4),
    st.sampled_from([b'{"a":1}', b'{"a":2}', b"{}"]),
    st.sampled_from([None, "tw_a", "tw_b", "tw_c"]),
)
snapshots = st.lists(observations, max_size=6).map(lambda told: reduce(merge, told, EMPTY_SNAPSHOT))


@given(snapshots, snapshots)
def test_merge_is_commutative(one: Snapshot, other: Snapshot) -> None:
    """Who came first cannot matter."""
    assert merge(one, other) == merge(other, one)


@given(snapshots, snapshots, snapshots)
def test_merge_is_associative(one: Snapshot, two: Snapshot, three: Snapshot) -> None:
    """How a delivery was cut into batches cannot matter."""
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


@given(snapshots, snapshots)
def test_merge_is_idempotent(one: Snapshot, other: Snapshot) -> None:
    """What comes again, whole or in part, is no news."""
    joined = merge(one, other)

    assert merge(one, one) == one
    assert merge(joined, one) == merge(joined, other) == joined


@given(snapshots)
def test_nothing_known_changes_nothing(one: Snapshot) -> None:
    """The first observation of a device is what is known of it."""
    assert merge(one, EMPTY_SNAPSHOT) == merge(EMPTY_SNAPSHOT, one) == one


@given(snapshots, snapshots)
def test_merge_never_goes_back_in_time(one: Snapshot, other: Snapshot) -> None:
    """What was known stays known: no register of a join is older than either side's."""
    joined = merge(one, other)

    assert joined.newest == max(one.newest, other.newest)
    assert joined.seen.ord == max(one.seen.ord, other.seen.ord)
    assert joined.found.ord == max(one.found.ord, other.found.ord)
    assert joined.gone == max(one.gone, other.gone)


@dataclass
class _Everything:
    """The slow and plain twin of a snapshot: every observation is kept, and the rule is asked of all of them."""

    told: Sequence[Observation]

    @property
    def current(self) -> Register:
        gone = max((one.gone for one in self.told), default=NEVER)
        seen = max((one.seen for one in self.told), key=lambda said: said.ord, default=EMPTY_REGISTER)
        found = max((one.found for one in self.told), key=lambda said: said.ord, default=EMPTY_REGISTER)
        if seen.ord > gone:
            return seen
        return found if found.ord > gone else EMPTY_REGISTER


@given(st.lists(observations, max_size=8))
def test_dropping_the_document_of_an_outlived_discovery_can_never_be_noticed(told: list[Observation]) -> None:
    """Once `seen` is at least as new it is not kept; whatever comes later, the same is shown as if it were."""
    joined = reduce(merge, told, EMPTY_SNAPSHOT)

    assert joined.current == _Everything(told).current


LIFE_OF_A_CAR = (
    _discovered(0),
    _updated(1, b'{"a":1}'),
    _deleted(2),
    _discovered(3, b'{"a":3}'),
    _updated(4, b'{"a":4}'),
)


@pytest.mark.parametrize("length", range(1, 6))
def test_every_order_of_arrival_of_a_whole_life_ends_in_the_same_snapshot(length: int) -> None:
    """Link, updates, deletion and relink, in all of their orders and broken off anywhere."""
    life = LIFE_OF_A_CAR[:length]

    ends = {reduce(merge, arrival, EMPTY_SNAPSHOT) for arrival in permutations(life)}

    assert len(ends) == 1


def test_of_a_discovery_only_its_key_is_kept_when_seen_is_as_new_or_newer() -> None:
    """Its document holds mostly nulls and costs space; that its account was linked then stays true."""
    older, tied, newer = _discovered(0), Snapshot(found=_updated(1).seen), _discovered(2)

    assert merge(older, _updated(1)).found == Register(older.found.ord)
    assert merge(tied, _updated(1)).found == Register(tied.found.ord)
    assert merge(newer, _updated(1)).found == newer.found


def test_a_discovery_blanks_nothing_that_is_known() -> None:
    """`discovered` arriving after `updated`, or being newer, never hides the full observation."""
    full = _updated(1, b'{"a":1}')

    for discovery in (_discovered(0, b'{"a":null}'), _discovered(2, b'{"a":null}')):
        assert merge(full, discovery).current == full.seen


def test_a_late_update_does_not_bring_a_deleted_device_back() -> None:
    """The tombstone is newer than what was observed before it, whenever that arrives."""
    snapshot = merge(_deleted(5), _updated(4))

    assert snapshot.life is Life.GONE
    assert snapshot.current == EMPTY_REGISTER


def test_equal_times_are_decided_by_the_digest_and_not_by_arrival() -> None:
    """Two updates of one millisecond: every arrival agrees on the winner."""
    one, other = _updated(0, b'{"a":1}'), _updated(0, b'{"a":2}')

    winner = max(one.seen, other.seen, key=lambda said: said.ord)

    assert merge(one, other).seen == merge(other, one).seen == winner


@given(st.lists(observations, max_size=8))
def test_the_identity_is_that_of_the_newest_word_that_told_one(told: list[Observation]) -> None:
    """A word without one takes nothing away, a late one changes nothing but what the device was before."""
    identity = reduce(merge, told, EMPTY_SNAPSHOT).identity

    named = [one.identity for one in told if one.identity is not NO_IDENTITY]
    newest = max(named, key=lambda one: (one.ord, sorted(one.twin_ids)), default=NO_IDENTITY)
    assert (identity.ord, identity.name) == (newest.ord, newest.name)
    assert identity.twin_ids == frozenset().union(*(one.twin_ids for one in named))


@pytest.mark.parametrize("order", [1, -1])
def test_of_very_many_identities_the_same_are_remembered_in_every_order(order: int) -> None:
    """A device that tells another number with each word is broken; its item stays small, and one."""
    words = [_updated(second, twin=f"tw_{second:02}") for second in range(4 * MOST_FORMER)]

    identity = reduce(merge, words[::order], EMPTY_SNAPSHOT).identity

    assert identity.name == TwinName("tw_31", "TW_31")
    assert identity.former == tuple(f"tw_{second:02}" for second in range(MOST_FORMER + 1))
