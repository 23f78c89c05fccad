"""Proves `store/state_writer.py`, `store/device_statements.py`, `store/device_items.py`, `store/keys.py`:
what every store must hold of devices and statuses. Whoever promises it inherits these tests.
"""

import random
from itertools import permutations, product

from lastseen.domain.account import Account
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import Confirmation, DeviceLog, DeviceUpdate, Entry, Source
from lastseen.domain.event_catalog import READ, StatusKind
from lastseen.domain.merge import merge
from lastseen.domain.pagination import MOST_OWNERS
from lastseen.domain.snapshot import EMPTY_SNAPSHOT, Life, Snapshot
from tests.contracts.store import (
    CAR,
    Store,
    after,
    as_read,
    every_snapshot,
    key,
    said,
    status,
    update,
    word,
)


class StateContract:
    """A subclass has a fixture `store`."""

    def test_a_device_is_known_from_its_first_sight_on(self, store: Store) -> None:
        """The first thing said of a device is all that is known of it."""
        first = update(seen=said(1))

        superseded = store.merge(first)

        known = store.devices.one("anna", CAR)
        assert superseded == 0
        assert known is not None
        assert (known.device, known.user_id, known.snapshot) == (CAR, "anna", first.snapshot)

    def test_every_standing_snapshot_and_every_update_join_as_the_domain_says(self, store: Store) -> None:
        """The store's guards are `merge`, spelled in conditions: no combination of registers may differ."""
        snapshots = sorted(set(every_snapshot()) - {EMPTY_SNAPSHOT}, key=repr)
        pairs = list(product([EMPTY_SNAPSHOT, *snapshots], snapshots))
        cars = [DeviceId(DeviceKind.VEHICLE, f"car-{number:04}") for number in range(len(pairs))]
        store.merge(
            *(
                DeviceUpdate(car, "anna", standing)
                for car, (standing, _) in zip(cars, pairs, strict=True)
                if standing != EMPTY_SNAPSHOT
            )
        )

        superseded = store.merge(
            *(DeviceUpdate(car, "anna", said) for car, (_, said) in zip(cars, pairs, strict=True))
        )

        known = {found.device: found.snapshot for found in store.devices_of("anna")}
        joined = [merge(standing, said) for standing, said in pairs]
        wrong = [
            (standing, said, known[car])
            for car, (standing, said), whole in zip(cars, pairs, joined, strict=True)
            if as_read(whole) != known[car]
        ]
        assert wrong == []
        no_news = [whole == standing for (standing, _), whole in zip(pairs, joined, strict=True)]
        assert superseded == sum(no_news)

    def test_what_stands_already_is_superseded_and_so_is_what_is_older(self, store: Store) -> None:
        """Already seen, or older than what is known, is an outcome to count, not an error."""
        seen, found, gone = update(seen=said(5)), update(found=said(7)), update(gone=key(9))
        store.merge(seen)
        store.merge(found)
        store.merge(gone)

        superseded = [store.merge(again) for again in (seen, found, gone, update(seen=said(1)))]

        assert superseded == [1, 1, 1, 1]

    def test_a_device_that_was_only_found_is_superseded_when_found_again(self, store: Store) -> None:
        """A redelivered discovery is no news either."""
        found = update(found=said(1))

        superseded = [store.merge(found), store.merge(found)]

        assert superseded == [0, 1]

    def test_a_read_without_news_is_joined_only_into_what_it_was_compared_with(self, store: Store) -> None:
        """Else what stands instead is given back, and everything is as it was."""
        first, between, read = (
            update(seen=said(3), found=said(2)),
            update(seen=said(5)),
            update(seen=said(9, 1)),
        )
        store.merge(first)
        believed = _standing(store)

        joined = store.confirm(Confirmation(read, believed, Source.SWEEP))
        assert joined == [None]
        assert _standing(store) == merge(believed, read.snapshot)

        again = store.confirm(Confirmation(update(seen=said(11)), believed, Source.SWEEP))
        nobody = store.confirm(Confirmation(update(user_id="ben", seen=said(11)), believed, Source.SWEEP))
        assert [one and one.seen.ord for one in again] == [read.snapshot.seen.ord]
        assert nobody == [Snapshot()]
        assert _standing(store) == merge(believed, read.snapshot)
        assert store.devices_of("ben") == []
        assert store.merge(between) == 1

    def test_whoever_writes_something_older_gets_a_read_back_that_is_not_logged(self, store: Store) -> None:
        """As the entry that it would be; once something newer is seen, nobody needs it any more."""
        store.merge(update(seen=said(3)))
        assert store.unlogged_after(update(seen=said(2))) == []
        read = update(seen=said(9))
        store.confirm(Confirmation(read, _standing(store), Source.REFRESH))

        owed = [
            store.unlogged_after(older)
            for older in (
                update(seen=said(5)),
                update(found=said(6)),
                update(gone=key(7)),
                update(seen=said(1), gone=key(12)),
            )
        ]

        ord_, document = read.snapshot.seen.ord, read.snapshot.seen.document or b""
        entry = Entry(DeviceLog(CAR, "anna"), ord_, after(9), READ, Source.REFRESH, document, b"{}")
        assert owed == [[entry]] * 4
        assert store.unlogged_after(update(seen=said(13))) == []
        assert store.unlogged_after(update(seen=said(5))) == []

    def test_a_discovery_never_blanks_what_is_known(self, store: Store) -> None:
        """`discovered` is mostly nulls by design; whenever it was said, the full observation is shown."""
        store.merge(update(seen=said(2)))

        store.merge(update(found=said(9, 2)))

        known = store.devices.one("anna", CAR)
        assert known is not None
        assert known.snapshot.current == said(2)

    def test_a_deleted_device_stays_gone_when_an_older_update_arrives_late(self, store: Store) -> None:
        """The tombstone is kept so that a late event cannot bring the device back."""
        store.merge(update(gone=key(5)))

        store.merge(update(seen=said(3)))

        (known,) = store.devices_of("anna")
        assert known.snapshot.life is Life.GONE

    def test_a_device_that_was_linked_again_is_alive_with_its_new_document(self, store: Store) -> None:
        """What was said after the deletion belongs to a new life; what was said before does not come back."""
        store.merge(update(seen=said(1), gone=key(5)))

        store.merge(update(found=said(6, 2)))

        known = store.devices.one("anna", CAR)
        assert known is not None
        assert known.snapshot.life is Life.ALIVE
        assert known.snapshot.current == said(6, 2)

    def test_two_words_of_one_millisecond_end_the_same_in_either_order(self, store: Store) -> None:
        """Equal times are decided by the digest."""
        first, second = said(1, 0), said(1, 1)
        other_car = DeviceId(DeviceKind.VEHICLE, "car-2")

        for device, order in ((CAR, (first, second)), (other_car, (second, first))):
            for each in order:
                store.merge(update(device, seen=each))

        one, other = store.devices_of("anna")
        assert one.snapshot == other.snapshot

    def test_a_large_batch_of_devices_and_statuses_is_joined_whole(self, store: Store) -> None:
        """More than one call can carry, both sorts mixed, new and known: the count and every item are right."""
        cars = [DeviceId(DeviceKind.CHARGER, f"charger-{number:02}") for number in range(40)]
        store.merge(*(update(car, seen=said(1)) for car in cars[:20]))
        words = [status(StatusKind.SCHEDULE, f"schedule-{number}") for number in range(20)]
        store.merge(*words[:5])

        superseded = store.merge(*(update(car, seen=said(1)) for car in cars), *words)

        assert superseded == 25
        assert [known.device for known in store.devices_of("anna")] == cars
        assert [store.heard(word.id) for word in words] == words

    def test_a_user_has_their_own_devices_and_no_others(self, store: Store) -> None:
        """Users whose names begin alike, and things that are no devices, stay out of the list."""
        mine = update(seen=said(1))
        store.merge(mine, update(user_id="anna2", seen=said(2)), update(user_id="ann", seen=said(3)))
        store.merge(word(Account("anna", CAR.kind, "TESLA")), status(StatusKind.ACTION, "action-1"))
        store.merge(status(StatusKind.USER))

        listed = store.devices_of("anna")

        assert [(known.user_id, known.snapshot) for known in listed] == [("anna", mine.snapshot)]
        assert store.devices_of("nobody") == []

    def test_devices_are_listed_by_kind_and_id_tombstones_included(self, store: Store) -> None:
        """A list has one order, and a reader decides what to do with the deleted ones."""
        devices = [
            DeviceId(DeviceKind.VEHICLE, "b"),
            DeviceId(DeviceKind.VEHICLE, "a"),
            DeviceId(DeviceKind.HEM_SYSTEM, "z"),
            DeviceId(DeviceKind.CHARGER, "z"),
        ]
        store.merge(*(update(device, seen=said(1, kind=device.kind)) for device in devices[1:]))
        store.merge(update(devices[0], gone=key(1)))

        listed = [known.device for known in store.devices_of("anna")]

        assert listed == sorted(devices, key=lambda device: (device.kind, device.id))

    def test_a_user_with_more_devices_than_fit_one_page_gets_them_all(self, store: Store) -> None:
        """DynamoDB answers at most one megabyte at a time."""
        noise = random.Random(1)
        cars = [DeviceId(DeviceKind.VEHICLE, f"car-{number:02}") for number in range(25)]
        updates = [update(car, seen=said(1, noise=noise.randbytes(60_000).hex())) for car in cars]
        store.merge(*updates)

        listed = store.devices_of("anna")

        assert [known.device for known in listed] == cars
        assert [known.snapshot for known in listed] == [each.snapshot for each in updates]

    def test_a_device_is_found_under_its_whole_name_only(self, store: Store) -> None:
        """The same id of another kind, or under another user, is another device."""
        store.merge(update(seen=said(1)))

        missing = [
            store.devices.one("anna", DeviceId(DeviceKind.CHARGER, CAR.id)),
            store.devices.one("ben", CAR),
            store.devices.one("anna", DeviceId(DeviceKind.VEHICLE, "car")),
        ]

        assert missing == [None, None, None]

    def test_the_owners_of_a_device_are_all_users_who_have_or_had_it(self, store: Store) -> None:
        """A device can move to another user, and ids are unique only within a kind."""
        namesake = DeviceId(DeviceKind.METER, CAR.id)
        store.merge(update(seen=said(1)), update(user_id="ben", seen=said(1)))
        store.merge(update(gone=key(3)), update(namesake, user_id="carl", found=said(1)))

        owners = store.devices.owners(CAR.id)

        assert sorted(owners) == [("anna", CAR), ("ben", CAR), ("carl", namesake)]
        assert store.devices.owners("car") == []

    def test_of_an_id_that_very_many_users_have_a_hundred_are_told(self, store: Store) -> None:
        """A question for one device reads no more than that; a user's own is found by its key, whoever else has it."""
        users = [f"user-{number:03}" for number in range(MOST_OWNERS + 20)]
        store.merge(*(update(user_id=user_id, seen=said(1)) for user_id in users))

        owners = store.devices.owners(CAR.id)
        several = store.devices.several([(user_id, CAR) for user_id in ("nobody", *users)])

        assert len(owners) == MOST_OWNERS
        assert set(owners) <= {(user_id, CAR) for user_id in users}
        assert sorted(known.user_id for known in several) == users

    def test_of_each_status_the_newest_word_stands_in_whatever_order_it_came(self, store: Store) -> None:
        """A status is one register, newest wins."""
        places = [
            (StatusKind.SMART_CHARGING, "anna", CAR.id),
            (StatusKind.SCHEDULE, "anna", "schedule-1"),
            (StatusKind.ACTION, "anna", "action-1"),
            (StatusKind.USER, "anna", ""),
            (StatusKind.HEARTBEAT, None, ""),
            (StatusKind.WEBHOOK_TEST, None, ""),
        ]

        for kind, user_id, id_ in places:
            words = [status(kind, id_, at=at, user_id=user_id) for at in (3, 1, 3, 5, 4)]
            superseded = [store.merge(word) for word in words]

            assert superseded == [0, 1, 1, 0, 1], kind
            assert store.heard(words[0].id) == words[3], kind

    def test_of_an_account_the_newest_word_stands_in_whatever_order_it_came(self, store: Store) -> None:
        """Enode says that it is dead, a reconcile that it holds; the user may link again and again."""
        account = Account("anna", DeviceKind.VEHICLE, "TESLA")
        for number, order in enumerate(permutations([(1, False), (3, True), (5, False)])):
            one = account._replace(user_id=f"anna-{number}")
            for at, is_valid in order:
                store.merge(word(one, at=at, is_valid=is_valid))

            assert store.devices.invalid_among([one]) == {one: after(5)}, order

    def test_statuses_of_one_id_but_two_kinds_or_users_are_two(self, store: Store) -> None:
        """Ids are unique only within what they name."""
        words = [
            status(StatusKind.SMART_CHARGING, "one", at=1),
            status(StatusKind.SCHEDULE, "one", at=2),
            status(StatusKind.ACTION, "one", at=3),
            status(StatusKind.ACTION, "one", at=4, user_id="ben"),
        ]

        superseded = store.merge(*words)

        assert superseded == 0
        assert [store.heard(word.id) for word in words] == words

    def test_every_account_stands_for_itself(self, store: Store) -> None:
        """Of each user, vendor and kind of device; a later word that it holds takes the earlier one back."""
        cars, boxes = DeviceKind.VEHICLE, DeviceKind.BATTERY
        mine, other, boxes_, bens = (
            Account("anna", cars, "TESLA"),
            Account("anna", cars, "BMW"),
            Account("anna", boxes, "TESLA"),
            Account("ben", cars, "TESLA"),
        )
        store.merge(word(mine, at=2), word(other, at=7), word(boxes_, at=3), word(bens, at=9, is_valid=True))
        store.merge(word(mine, at=4), word(boxes_, at=5, is_valid=True))

        invalid = store.devices.invalid_among([mine, other, boxes_, bens])

        assert invalid == {mine: after(4), other: after(7)}


def _standing(store: Store) -> Snapshot:
    known = store.devices.one("anna", CAR)
    return EMPTY_SNAPSHOT if known is None else known.snapshot
