"""Proves `store/identity_statements.py`, `store/twin_reader.py`: what every store must hold of devices' identities."""

import random
from collections.abc import Iterator
from itertools import permutations, product

import pytest

from lastseen.domain.device import DeviceId, DeviceKind, escaped
from lastseen.domain.event import Confirmation, DeviceUpdate, Source
from lastseen.domain.merge import merge
from lastseen.domain.snapshot import EMPTY_SNAPSHOT, IdentityRegister, Snapshot
from lastseen.domain.twin import TwinName
from lastseen.errors import StoreUnavailable
from tests.contracts.store import CAR, Store, as_read, key, said, update
from tests.support.arrivals import NO_HURRY
from tests.support.builders import TWIN_KEY

ONE, OTHER, THIRD = (
    TwinName(TWIN_KEY.twin_id("anna", physical_id), physical_id)
    for physical_id in ("A" * 16, "B" * 16, "C" * 16)
)


def _told(at: int, name: TwinName | None, register: str = "seen") -> Snapshot:
    word, gone = said(at), key(at, "gone")
    identity = IdentityRegister.told(gone if register == "gone" else word.ord, name)
    match register:
        case "seen":
            return Snapshot(seen=word, identity=identity)
        case "found":
            return Snapshot(found=word, identity=identity)
        case _:
            return Snapshot(gone=gone, identity=identity)


def _words() -> Iterator[Snapshot]:
    """Single words, of which two were told in one instant; and what two in one delivery make of it."""
    single = [
        _told(at, name, register)
        for at, name, register in product((1, 2, 3), (None, ONE, OTHER), ("seen", "found", "gone"))
    ]
    yield from single
    yield merge(_told(1, ONE), _told(3, None))
    yield merge(_told(1, OTHER), _told(2, ONE))
    yield merge(_told(1, THIRD, "found"), merge(_told(2, OTHER), _told(3, ONE, "gone")))


class IdentityContract:
    """A subclass has a fixture `store`."""

    def test_every_standing_identity_and_every_word_join_as_the_domain_says(self, store: Store) -> None:
        """The guards of the identity are the join, spelled in conditions, as those of the other registers are."""
        words = list(_words())
        pairs = list(product([EMPTY_SNAPSHOT, *words, merge(words[4], words[-1])], words))
        cars = [DeviceId(DeviceKind.VEHICLE, f"car-{number:04}") for number in range(len(pairs))]
        for which in (0, 1):
            store.merge(
                *(
                    DeviceUpdate(car, "anna", pair[which])
                    for car, pair in zip(cars, pairs, strict=True)
                    if pair[which] != EMPTY_SNAPSHOT
                )
            )

        known = {found.device: found.snapshot for found in store.devices_of("anna")}
        wrong = [
            (pair, known[car])
            for car, pair in zip(cars, pairs, strict=True)
            if as_read(merge(*pair)) != known[car]
        ]
        assert wrong == []

    def test_words_end_in_the_same_item_in_every_order(self, store: Store) -> None:
        """A late VIN, a swapped charger, a redelivery and the deletion: one item, whatever came when."""
        words = [
            _told(1, None, "found"),
            _told(2, ONE),
            _told(3, OTHER),
            _told(3, OTHER),
            _told(4, None),
            _told(5, ONE, "gone"),
        ]
        orders = random.Random(5).sample(list(permutations(words)), 60)
        cars = [DeviceId(DeviceKind.VEHICLE, f"car-{number:02}") for number in range(len(orders))]
        for step in range(len(words)):
            store.merge(
                *(DeviceUpdate(car, "anna", order[step]) for car, order in zip(cars, orders, strict=True))
            )

        known = {found.snapshot for found in store.devices_of("anna")}
        assert len(known) == 1
        (snapshot,) = known
        assert snapshot.identity == IdentityRegister(key(5)[:30], ONE, (OTHER.twin_id,))

    def test_a_read_without_news_keeps_what_was_told_late_meanwhile(self, store: Store) -> None:
        """It is joined only where the identity, too, is still what it was compared with."""
        store.merge(update(seen=said(5)))
        known = store.devices.one("anna", CAR)
        assert known is not None
        believed = known.snapshot
        store.merge(DeviceUpdate(CAR, "anna", _told(1, OTHER)))
        read = DeviceUpdate(CAR, "anna", _told(9, ONE))

        (standing,) = store.confirm(Confirmation(read, believed, Source.SWEEP))

        assert standing is not None
        assert standing.identity.name == OTHER
        assert store.confirm(Confirmation(read, standing, Source.SWEEP)) == [None]
        known = store.devices.one("anna", CAR)
        assert known is not None
        assert known.snapshot.identity == IdentityRegister(key(9)[:30], ONE, (OTHER.twin_id,))
        assert known.twin_id == ONE.twin_id

    def test_the_links_of_a_twin_are_found_among_its_users_devices(self, store: Store) -> None:
        """Living and deleted, and what was the twin once; nothing of another user, and nothing else."""
        cars = {name: DeviceId(DeviceKind.VEHICLE, name) for name in ("a", "b", "c", "d", "e")}
        store.merge(
            DeviceUpdate(cars["a"], "anna", merge(_told(1, ONE), Snapshot(gone=key(2)))),
            DeviceUpdate(cars["b"], "anna", _told(1, ONE, "found")),
            DeviceUpdate(cars["c"], "anna", merge(_told(1, ONE), _told(2, OTHER))),
            DeviceUpdate(cars["d"], "anna", _told(1, OTHER)),
            DeviceUpdate(cars["e"], "ben", _told(1, ONE)),
            DeviceUpdate(CAR, "anna", _told(1, None)),
        )

        found = store.devices.links("anna", ONE.twin_id)

        assert [one.device.id for one in found] == ["a", "b", "c"]
        assert [one.twin_id == ONE.twin_id for one in found] == [True, True, False]
        assert store.devices.links("nobody", ONE.twin_id) == store.devices.links("anna", THIRD.twin_id) == []

    def test_who_has_or_had_a_physical_device_is_found_in_the_order_of_users(self, store: Store) -> None:
        """In parts, each behind the last of the one before; a device that is another by now is not among them."""
        owned = [(user, DeviceId(DeviceKind.VEHICLE, f"of {user}")) for user in ("anna", "b c", "ben", "zoe")]
        store.merge(*(DeviceUpdate(device, user, _told(1, ONE)) for user, device in owned))
        store.merge(
            DeviceUpdate(CAR, "carl", merge(_told(1, ONE), _told(2, OTHER))),
            DeviceUpdate(owned[3][1], "zoe", Snapshot(gone=key(5))),
        )

        first = store.devices.holders(ONE.physical_id, most=2)
        rest = store.devices.holders(ONE.physical_id, behind=first[-1], most=9)

        assert first + rest == sorted(owned, key=lambda one: escaped(one[0]))
        assert store.devices.holders(OTHER.physical_id, most=9) == [("carl", CAR)]
        assert store.devices.holders(THIRD.physical_id, most=9) == []

    def test_a_device_is_split_off_by_hand_until_that_is_undone(self, store: Store) -> None:
        """Words go on being joined beside it; off another twin than it is, nothing is split."""
        store.merge(DeviceUpdate(CAR, "anna", _told(1, ONE)))

        for _again in range(2):
            store.states.split(("anna", CAR), ONE.twin_id, NO_HURRY)
        store.merge(DeviceUpdate(CAR, "anna", _told(2, ONE)))
        split = store.devices.one("anna", CAR)
        with pytest.raises(StoreUnavailable):
            store.states.split(("anna", CAR), OTHER.twin_id, NO_HURRY)

        assert split is not None
        assert (split.twin_id, split.snapshot.identity.name) == (CAR.id, ONE)
        assert store.devices.links("anna", ONE.twin_id) == []
        for _again in range(2):
            store.states.split(("anna", CAR), None, NO_HURRY)
        whole = store.devices.one("anna", CAR)
        assert whole is not None
        assert whole.twin_id == ONE.twin_id
