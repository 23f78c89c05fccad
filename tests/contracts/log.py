"""Proves `store/log_writer.py`, `store/log_reader.py`:
what every store must hold of the log. Whoever promises it inherits these tests.
"""

from datetime import timedelta
from itertools import product

from lastseen.domain import order
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import DeviceLog, Place, SystemLog, UserLog
from lastseen.domain.event_catalog import Family
from tests.contracts.store import CAR, CARS_LOG, Store, entry
from tests.support.builders import NOON


class LogContract:
    """A subclass has a fixture `store`."""

    def test_an_entry_comes_back_as_it_was_written(self, store: Store) -> None:
        """Every field of it, wherever it belongs, with a user and without."""
        entries = [entry(1), entry(2, UserLog("anna")), entry(3, SystemLog())]

        store.append(entries)

        assert [next(store.history.entries(each.place)) for each in entries] == entries

    def test_an_entry_stands_once_however_often_it_comes(self, store: Store) -> None:
        """Its key is a function of the event: in one delivery, in two, whole or cut anew."""
        entries = [entry(at) for at in range(30)]

        store.append([*entries, *entries[:7]])
        store.append(entries[3:12], delivery_id="delivery-2")

        assert list(store.history.entries(CARS_LOG)) == entries

    def test_an_entry_says_when_it_last_came(self, store: Store) -> None:
        """Whoever read the past before that moment was told of it without this entry."""
        once, twice = entry(1), entry(2)

        store.append([once, twice], received_at=NOON)
        store.append([twice], received_at=NOON + timedelta(hours=20))

        told = [each.received_at for each in store.history.entries(CARS_LOG)]
        assert told == [NOON, NOON + timedelta(hours=20)]

    def test_an_entry_says_what_last_brought_it(self, store: Store) -> None:
        """A delivery of Enode's or a run of ours; a delivery without an id was brought by nothing that has a name."""
        once, twice, unnamed = entry(1), entry(2), entry(3)

        store.append([once, twice], delivery_id="delivery-1")
        store.append([twice], delivery_id="delivery-2")
        store.append([unnamed], delivery_id="")

        told = [each.delivery_id for each in store.history.entries(CARS_LOG)]
        assert told == ["delivery-1", "delivery-2", None]

    def test_history_is_read_by_place(self, store: Store) -> None:
        """Other families and owners of a device, ids that begin alike, other kinds and users are other places."""
        places: list[Place] = [
            *(DeviceLog(CAR, "anna", family) for family in Family),
            DeviceLog(CAR, "ann"),
            DeviceLog(CAR, "anna-2"),
            DeviceLog(DeviceId(DeviceKind.VEHICLE, "car-11"), "anna"),
            DeviceLog(DeviceId(DeviceKind.CHARGER, CAR.id), "anna"),
            UserLog("anna"),
            SystemLog(),
        ]
        entries = [entry(at, place) for at, place in enumerate(places)]
        store.append(entries)

        read = [list(store.history.entries(place)) for place in places]

        assert read == [[each] for each in entries]
        assert list(store.history.entries(DeviceLog(DeviceId(DeviceKind.VEHICLE, "car"), "anna"))) == []

    def test_history_is_read_between_two_keys_from_either_end_and_no_further_than_asked(
        self, store: Store
    ) -> None:
        """Both bounds are excluded; a bound may be a whole key or a bare moment; a window may be empty."""
        entries = sorted((entry(at // 2 * 2, size=2 * at) for at in range(20)), key=lambda each: each.ord)
        store.append(entries)
        keys, moment = [each.ord for each in entries], NOON + timedelta(milliseconds=8)
        bounds = ["", keys[0], keys[5], order.begin(moment), order.end(moment), keys[-1], "~"]

        for after, before, newest_first, limit in product(
            bounds, bounds, (False, True), (None, 0, 1, 3, 20, 100)
        ):
            window = [each for each in entries if after < each.ord < before]
            expected = (window[::-1] if newest_first else window)[:limit]

            read = store.history.entries(
                CARS_LOG, after=after, before=before, newest_first=newest_first, limit=limit
            )

            assert list(read) == expected, (after, before, newest_first, limit)

    def test_a_history_longer_than_one_page_is_read_whole_and_in_order(self, store: Store) -> None:
        """DynamoDB answers at most one megabyte at a time."""
        entries = [entry(at, size=120_000) for at in range(25)]
        store.append(entries)

        assert list(store.history.entries(CARS_LOG)) == entries
        assert list(store.history.entries(CARS_LOG, newest_first=True)) == entries[::-1]
        assert list(store.history.entries(CARS_LOG, after=entries[2].ord, limit=20)) == entries[3:23]
        assert (
            list(store.history.entries(CARS_LOG, before=entries[22].ord, newest_first=True, limit=21))
            == (entries[21:0:-1])
        )
