"""What must hold of every store, the fakes and the real ones alike. Whoever promises it inherits these tests."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from lastseen.domain import document
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import (
    DeviceUpdate,
    Entry,
    Place,
    Source,
    Status,
    StatusId,
    StatusKind,
    SystemLog,
    UserLog,
    order_key,
)
from lastseen.domain.merge import merge
from lastseen.domain.snapshot import NOTHING_KNOWN, NOTHING_SAID, Life, Said, Snapshot
from lastseen.usecases.ports import Devices, History, Log, States
from tests.builders import NOON
from tests.integration.store.arrivals import NO_HURRY

CAR = DeviceId(DeviceKind.VEHICLE, "car-1")


@dataclass(frozen=True)
class Store:
    """A store to be tried.

    Attributes:
        log: The log, for writing.
        history: The same, for reading.
        states: The state, for writing.
        devices: The same, for reading.
        heard: Gives the status that stands; no use case reads most of them yet.
    """

    log: Log
    history: History
    states: States
    devices: Devices
    heard: Callable[[StatusId], Status | None]

    def merge(self, *effects: DeviceUpdate | Status) -> int:
        """Join effects, in no hurry."""
        return self.states.merge(effects, NO_HURRY)

    def append(self, entries: Sequence[Entry], delivery_id: str = "delivery-1") -> None:
        """Write entries down, in no hurry."""
        self.log.append(entries, received_at=NOON, delivery_id=delivery_id, deadline=NO_HURRY)


def said(at: int, variant: int = 0, kind: DeviceKind = DeviceKind.VEHICLE, **more: Any) -> Said:
    """A document, so many milliseconds after noon, with facts that differ by variant."""
    resource = {
        "vendor": ("TESLA", "BMW", None)[variant % 3],
        "lastSeen": None if variant % 3 == 2 else f"2026-03-01T11:{variant:02}:00.000Z",
        "isReachable": (True, False, None)[variant % 3],
        "chargeState": {"isCharging": variant % 2 == 0},
        "variant": variant,
        **more,
    }
    return Said(key(at, str(variant)), document.encode(resource), document.facts(kind, resource))


def key(at: int, content: str = "") -> str:
    """An order key so many milliseconds after noon."""
    return order_key(NOON + timedelta(milliseconds=at), content.encode())


def update(device: DeviceId = CAR, user_id: str = "anna", **registers: Any) -> DeviceUpdate:
    """What is now known of a device: `seen`, `found`, `gone`."""
    return DeviceUpdate(device, user_id, Snapshot(**registers))


def status(kind: StatusKind, id_: str = "", *, at: int = 1, user_id: str | None = "anna") -> Status:
    """The word on one status, so many milliseconds after noon."""
    return Status(StatusId(kind, user_id, id_), key(at), document.encode({"at": at}))


def entry(at: int, place: Place = CAR, *, user_id: str | None = "anna", size: int = 0) -> Entry:
    """An entry of the log, so many milliseconds after noon, with so many bytes that cannot be deflated to half."""
    noise = random.Random(at).randbytes(size // 2).hex()
    text = document.encode({"at": at, "name": "Anna's Zoë", "noise": noise})
    moment = NOON + timedelta(milliseconds=at)
    rest = document.encode({"version": "2024-10-01", "updatedFields": ["chargeState"]})
    name = "user:vehicle:updated"
    return Entry(place, order_key(moment, text), moment, name, Source.WEBHOOK, user_id, text, rest)


def every_snapshot() -> Iterable[Snapshot]:
    """Snapshots of every order in which three registers can have been written, within three moments."""
    for seen, found, gone in product(range(4), repeat=3):
        yield merge(
            Snapshot(
                seen=said(seen, 1) if seen else NOTHING_SAID,
                found=said(found, 2) if found else NOTHING_SAID,
                gone=key(gone, "gone") if gone else "",
            ),
            NOTHING_KNOWN,
        )


class StoreContract:
    """The tests. A subclass has a fixture `store`."""

    # ------------------------------------------------------------------------------------------- devices

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
        snapshots = sorted(set(every_snapshot()) - {NOTHING_KNOWN}, key=repr)
        pairs = list(product([NOTHING_KNOWN, *snapshots], snapshots))
        cars = [DeviceId(DeviceKind.VEHICLE, f"car-{number:04}") for number in range(len(pairs))]
        store.merge(
            *(
                DeviceUpdate(car, "anna", standing)
                for car, (standing, _) in zip(cars, pairs, strict=True)
                if standing != NOTHING_KNOWN
            )
        )

        superseded = store.merge(
            *(DeviceUpdate(car, "anna", said) for car, (_, said) in zip(cars, pairs, strict=True))
        )

        known = {found.device: found.snapshot for found in store.devices.of_user("anna")}
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

        (known,) = store.devices.of_user("anna")
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
        one, other = said(1, 0), said(1, 1)
        other_car = DeviceId(DeviceKind.VEHICLE, "car-2")

        for device, order in ((CAR, (one, other)), (other_car, (other, one))):
            for word in order:
                store.merge(update(device, seen=word))

        first, second = store.devices.of_user("anna")
        assert first.snapshot == second.snapshot

    def test_a_large_batch_of_devices_and_statuses_is_joined_whole(self, store: Store) -> None:
        """More than one call can carry, both sorts mixed, new and known: the count and every item are right."""
        cars = [DeviceId(DeviceKind.CHARGER, f"charger-{number:02}") for number in range(40)]
        store.merge(*(update(car, seen=said(1)) for car in cars[:20]))
        words = [status(StatusKind.SCHEDULE, f"schedule-{number}") for number in range(20)]
        store.merge(*words[:5])

        superseded = store.merge(*(update(car, seen=said(1)) for car in cars), *words)

        assert superseded == 25
        assert [known.device for known in store.devices.of_user("anna")] == cars
        assert [store.heard(word.id) for word in words] == words

    def test_a_user_has_their_own_devices_and_no_others(self, store: Store) -> None:
        """Users whose names begin alike, and things that are no devices, stay out of the list."""
        mine = update(seen=said(1))
        store.merge(mine, update(user_id="anna2", seen=said(2)), update(user_id="ann", seen=said(3)))
        store.merge(status(StatusKind.CREDENTIALS, "TESLA"), status(StatusKind.ACTION, "action-1"))

        listed = store.devices.of_user("anna")

        assert [(known.user_id, known.snapshot) for known in listed] == [("anna", mine.snapshot)]
        assert store.devices.of_user("nobody") == []

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

        listed = [known.device for known in store.devices.of_user("anna")]

        assert listed == sorted(devices, key=lambda device: (device.kind, device.id))

    def test_a_user_with_more_devices_than_fit_one_page_gets_them_all(self, store: Store) -> None:
        """DynamoDB answers at most one megabyte at a time."""
        noise = random.Random(1)
        cars = [DeviceId(DeviceKind.VEHICLE, f"car-{number:02}") for number in range(25)]
        updates = [update(car, seen=said(1, noise=noise.randbytes(60_000).hex())) for car in cars]
        store.merge(*updates)

        listed = store.devices.of_user("anna")

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

    # ------------------------------------------------------------------------------------------ statuses

    def test_of_each_status_the_newest_word_stands_in_whatever_order_it_came(self, store: Store) -> None:
        """A status is one register, newest wins."""
        places = [
            (StatusKind.SMART_CHARGING, "anna", CAR.id),
            (StatusKind.SCHEDULE, "anna", "schedule-1"),
            (StatusKind.ACTION, "anna", "action-1"),
            (StatusKind.CREDENTIALS, "anna", "TESLA"),
            (StatusKind.HEARTBEAT, None, ""),
            (StatusKind.WEBHOOK_TEST, None, ""),
        ]

        for kind, user_id, id_ in places:
            words = [status(kind, id_, at=at, user_id=user_id) for at in (3, 1, 3, 5, 4)]
            superseded = [store.merge(word) for word in words]

            assert superseded == [0, 1, 1, 0, 1], kind
            assert store.heard(words[0].id) == words[3], kind

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

    def test_invalid_credentials_are_told_by_vendor_and_since_when(self, store: Store) -> None:
        """The newest word counts, and each user's vendors stand for themselves."""
        store.merge(
            status(StatusKind.CREDENTIALS, "TESLA", at=2), status(StatusKind.CREDENTIALS, "BMW", at=7)
        )
        store.merge(status(StatusKind.CREDENTIALS, "TESLA", at=4))
        store.merge(status(StatusKind.CREDENTIALS, "AUDI", user_id="ben"))

        invalid = store.devices.invalid_credentials("anna")

        assert invalid == {"TESLA": _after(4), "BMW": _after(7)}
        assert store.devices.invalid_credentials("nobody") == {}

    # ----------------------------------------------------------------------------------------------- log

    def test_an_entry_comes_back_as_it_was_written(self, store: Store) -> None:
        """Every field of it, wherever it belongs, with a user and without."""
        entries = [entry(1), entry(2, UserLog("anna")), entry(3, SystemLog(), user_id=None)]

        store.append(entries)

        assert [next(store.history.entries(each.place)) for each in entries] == entries

    def test_an_entry_stands_once_however_often_it_comes(self, store: Store) -> None:
        """Its key is a function of the event: in one delivery, in two, whole or cut anew."""
        entries = [entry(at) for at in range(30)]

        store.append([*entries, *entries[:7]])
        store.append(entries[3:12], delivery_id="delivery-2")

        assert list(store.history.entries(CAR)) == entries

    def test_history_is_read_by_place(self, store: Store) -> None:
        """Devices whose ids begin alike, namesakes of other kinds and users are other places."""
        places: list[Place] = [
            CAR,
            DeviceId(DeviceKind.VEHICLE, "car-11"),
            DeviceId(DeviceKind.CHARGER, CAR.id),
            UserLog("anna"),
            SystemLog(),
        ]
        entries = [entry(at, place) for at, place in enumerate(places)]
        store.append(entries)

        read = [list(store.history.entries(place)) for place in places]

        assert read == [[each] for each in entries]
        assert list(store.history.entries(DeviceId(DeviceKind.VEHICLE, "car"))) == []

    def test_history_is_read_between_two_keys_from_either_end_and_no_further_than_asked(
        self, store: Store
    ) -> None:
        """Both bounds are excluded; a bound may be a whole key or a bare moment; a window may be empty."""
        entries = sorted((entry(at // 2 * 2, size=2 * at) for at in range(20)), key=lambda each: each.ord)
        store.append(entries)
        keys = [each.ord for each in entries]
        bounds = ["", keys[0], keys[5], key(7).partition("#")[0], keys[-1], "~"]

        for after, before, newest_first, limit in product(
            bounds, bounds, (False, True), (None, 0, 1, 3, 20, 100)
        ):
            window = [each for each in entries if after < each.ord < before]
            expected = (window[::-1] if newest_first else window)[:limit]

            read = store.history.entries(
                CAR, after=after, before=before, newest_first=newest_first, limit=limit
            )

            assert list(read) == expected, (after, before, newest_first, limit)

    def test_a_history_longer_than_one_page_is_read_whole_and_in_order(self, store: Store) -> None:
        """DynamoDB answers at most one megabyte at a time."""
        entries = [entry(at, size=120_000) for at in range(25)]
        store.append(entries)

        assert list(store.history.entries(CAR)) == entries
        assert list(store.history.entries(CAR, newest_first=True)) == entries[::-1]
        assert list(store.history.entries(CAR, after=entries[2].ord, limit=20)) == entries[3:23]
        assert (
            list(store.history.entries(CAR, before=entries[22].ord, newest_first=True, limit=21))
            == (entries[21:0:-1])
        )


def as_read(snapshot: Snapshot) -> Snapshot:
    """A snapshot as a reader gets it: what was promoted belongs to what is current, the rest has none."""
    current = snapshot.current

    def plain(each: Said) -> Said:
        return each if each == current else Said(each.ord, each.document)

    return Snapshot(plain(snapshot.seen), plain(snapshot.found), snapshot.gone)


def _after(milliseconds: int) -> datetime:
    return NOON + timedelta(milliseconds=milliseconds)
