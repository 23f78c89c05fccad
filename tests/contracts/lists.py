"""Proves `store/device_reader.py`:
what every store must hold of long lists. Whoever promises it inherits these tests.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations, product

from lastseen.domain import document, instant
from lastseen.domain.account import Account
from lastseen.domain.device import DeviceId, DeviceKind, escaped
from lastseen.domain.event import StatusId
from lastseen.domain.event_catalog import StatusKind
from lastseen.domain.observation import ListedUser, denied
from tests.contracts.store import Store, after, key, said, status, update, word
from tests.support.builders import ODD_IDS


class WalkContract:
    """A subclass has a fixture `store`."""

    def test_devices_of_a_user_are_walked_from_behind_any_place_in_both_directions(
        self, store: Store
    ) -> None:
        """A page begins where the last one ended, though that device may be gone by now, or never have been."""
        devices = _of_many_kinds(store, "anna")
        _of_many_kinds(store, "ben")
        borders = [None, *devices, DeviceId(DeviceKind.VEHICLE, "bb"), DeviceId(DeviceKind.BATTERY, "zz")]

        for kind, start, backwards, page in product([None, *DeviceKind], borders, (False, True), (1, 2, 100)):
            expected = _walked(devices, start, kind, _by_kind, backwards=backwards)

            walk = store.devices.walk_user("anna", kind, start=start, backwards=backwards, page=page)

            assert [one.known.device for one in walk] == expected, (kind, start, backwards, page)

    def test_a_user_has_devices_if_any_was_ever_told_of(self, store: Store) -> None:
        """Accounts that died, statuses and the user's own entry are no devices; a tombstone is one."""
        account = Account("anna", DeviceKind.VEHICLE, "TESLA")
        store.merge(*(word(account._replace(kind=kind)) for kind in DeviceKind), status(StatusKind.USER))
        store.merge(*(word(account._replace(vendor=f"VENDOR-{number}")) for number in range(20)))
        assert not store.devices.has_devices("anna")

        store.merge(update(DeviceId(DeviceKind.VEHICLE, "a"), gone=key(1)))

        assert store.devices.has_devices("anna")
        assert not store.devices.has_devices("ann")

    def test_users_of_whom_only_devices_have_told_are_found(self, store: Store) -> None:
        """Whoever has an entry, or was denied, is none of them."""
        for user_id in ("al", "anna", "ben", "o'neil"):
            store.merge(*(update(device, user_id, seen=said(1)) for device in _of_many_kinds(store, user_id)))
        entry = ListedUser("anna", b"{}", instant.kept("2026-03-01T12:00:00.000Z"))
        store.merge(entry.observed())
        store.merge(status(StatusKind.USER))
        store.merge(denied("ben", at=entry.listed_at))  # type: ignore[arg-type] # it is a moment

        assert store.devices.unlisted_users(most=9) == ["al", "o'neil"]
        assert store.devices.unlisted_users(most=1) == ["al"]

    def test_devices_of_a_kind_are_walked_by_user_and_id_in_both_directions(self, store: Store) -> None:
        """All users' devices in one order, tombstones included."""
        owned = [(user, device) for user in ("al", "anna", "ben") for device in _of_many_kinds(store, user)]
        missing = [("anna", DeviceId(DeviceKind.VEHICLE, "bb")), ("aa", DeviceId(DeviceKind.VEHICLE, "a"))]
        store.merge(update(DeviceId(DeviceKind.VEHICLE, "b"), "ben", gone=key(9)))
        vehicles = [each for each in owned if each[1].kind is DeviceKind.VEHICLE]

        for start, backwards, page in product([None, *vehicles, *missing], (False, True), (1, 2, 100)):
            expected = _walked(vehicles, start, None, _by_owner, backwards=backwards)

            walk = store.devices.walk_kind(DeviceKind.VEHICLE, start=start, backwards=backwards, page=page)

            owners = [(one.known.user_id, one.known.device) for one in walk]
            assert owners == expected, (start, backwards, page)

    def test_any_text_is_an_id_in_every_walk(self, store: Store) -> None:
        """In the order of escaped ids, whichever way, from wherever on; and each found by its id and by its owner."""
        cars = [(id_, DeviceId(DeviceKind.VEHICLE, id_)) for id_ in ODD_IDS]
        store.merge(*(update(car, user_id, seen=said(1)) for user_id, car in cars))
        store.merge(*(update(car, "anna", seen=said(1)) for _, car in cars))
        of_anna, owned = [car for _, car in cars], [*cars, *(("anna", car) for _, car in cars)]

        for backwards in (False, True):
            for start in (None, of_anna[7], DeviceId(DeviceKind.VEHICLE, "a c")):
                expected = _walked(of_anna, start, None, _by_kind, backwards=backwards)
                walk = store.devices.walk_user("anna", start=start, backwards=backwards)
                assert [one.known.device for one in walk] == expected
            for border in (None, owned[7], owned[-7], ("a c", of_anna[0])):
                expected_owned = _walked(owned, border, None, _by_owner, backwards=backwards)
                walk = store.devices.walk_kind(DeviceKind.VEHICLE, start=border, backwards=backwards, page=9)
                assert [(one.known.user_id, one.known.device) for one in walk] == expected_owned
            users = sorted({"anna", *ODD_IDS}, key=escaped, reverse=backwards)
            assert [user.id for user in store.devices.walk_users(backwards=backwards)] == users
        for user_id, car in cars:
            assert sorted(store.devices.owners(car.id)) == sorted({("anna", car), (user_id, car)})
            known = store.devices.one(user_id, car)
            assert known is not None
            assert (known.user_id, known.device) == (user_id, car)

    def test_any_text_is_a_vendor_and_the_id_of_a_status(self, store: Store) -> None:
        """Accounts stand in front of devices of whatever id; no two of anything run together."""
        accounts = [Account.of("anna", DeviceKind.VEHICLE, id_) for id_ in ODD_IDS]
        cars = [DeviceId(DeviceKind.VEHICLE, id_) for id_ in ODD_IDS]
        kinds = (StatusKind.SMART_CHARGING, StatusKind.SCHEDULE, StatusKind.ACTION)
        statuses = [status(kind, id_, at=index) for index, id_ in enumerate(ODD_IDS) for kind in kinds]
        store.merge(*(word(account, at=4) for account in set(accounts)))
        store.merge(*(update(car, seen=said(1, vendor=car.id.lower())) for car in cars), *statuses)

        for start in (None, DeviceId(DeviceKind.VEHICLE, "!")):
            walk = list(store.devices.walk_user("anna", start=start))
            assert {one.invalid_since for one in walk} == {after(4)}
        assert len(list(store.devices.walk_user("anna"))) == len(ODD_IDS)
        assert store.devices.invalid_among(accounts) == dict.fromkeys(accounts, after(4))
        for one in statuses:
            assert store.devices.status(one.id) == one

    def test_each_device_of_a_walk_comes_with_the_state_of_its_account(self, store: Store) -> None:
        """Of its own user, kind and vendor, wherever the walk begins, whichever way it goes, however it is cut."""
        devices = _of_many_kinds(store, "anna")
        _of_many_kinds(store, "ben")
        dead, mended = (
            Account("anna", DeviceKind.VEHICLE, "TESLA"),
            Account("anna", DeviceKind.CHARGER, "TESLA"),
        )
        others = [("anna", DeviceKind.VEHICLE, "BMW"), ("ben", DeviceKind.CHARGER, "TESLA")]
        store.merge(word(dead, at=4), word(mended, at=4), *(word(Account(*other), at=4) for other in others))
        store.merge(word(mended, at=5, is_valid=True))
        borders = [None, *devices, DeviceId(DeviceKind.BATTERY, "zz")]

        for kind, start, backwards, page in product([None, *DeviceKind], borders, (False, True), (1, 2, 100)):
            walk = store.devices.walk_user("anna", kind, start=start, backwards=backwards, page=page)

            for known, invalid_since in walk:
                expected = after(4) if known.device.kind is DeviceKind.VEHICLE else None
                assert invalid_since == expected, (known.device, kind, start, backwards, page)
        for backwards, page in product((False, True), (1, 2, 100)):
            walk = store.devices.walk_kind(DeviceKind.CHARGER, backwards=backwards, page=page)

            found = {(known.user_id, since) for known, since in walk}
            assert found == {("anna", None), ("ben", after(4))}, (backwards, page)

    def test_users_are_walked_once_each_whatever_they_have(self, store: Store) -> None:
        """A user with devices of many kinds is one user."""
        for user in ("al", "anna", "ben"):
            _of_many_kinds(store, user)
        store.merge(
            update(DeviceId(DeviceKind.HEM_SYSTEM, "home"), "carl", found=said(1, kind=DeviceKind.HEM_SYSTEM))
        )

        walks = {
            (start, backwards): [
                user.id for user in store.devices.walk_users(start=start, backwards=backwards, page=page)
            ]
            for start in (None, "anna", "bb")
            for backwards in (False, True)
            for page in (1, 100)
        }

        assert walks == {
            (None, False): ["al", "anna", "ben", "carl"],
            (None, True): ["carl", "ben", "anna", "al"],
            ("anna", False): ["ben", "carl"],
            ("anna", True): ["al"],
            ("bb", False): ["ben", "carl"],
            ("bb", True): ["anna", "al"],
        }

    def test_users_bear_enodes_entry_with_or_without_devices(self, store: Store) -> None:
        """By devices alone there is no entry; by the list alone there is a user; neither is there twice."""
        _of_many_kinds(store, "al")
        _of_many_kinds(store, "carl")
        anna, carl = _listed("anna"), _listed("carl")
        store.merge(anna.observed(), carl.observed())
        expected = [ListedUser("al"), anna, carl]

        for backwards, page in product((False, True), (1, 2, 100)):
            walk = list(store.devices.walk_users(backwards=backwards, page=page))

            assert walk == (expected[::-1] if backwards else expected), (backwards, page)
        assert [store.devices.user(name) for name in ("al", "anna", "nobody")] == [None, anna, None]

    def test_the_newest_word_on_a_user_stands_in_whatever_order_it_came(self, store: Store) -> None:
        """Listed, denied, and made anew under the same id: an old page that comes late changes nothing."""
        first, again = _listed("anna", at=1, made=1), _listed("anna", at=9, made=8)
        words = [first.observed(), denied("anna", at=after(5)), again.observed()]
        for order in permutations(range(3)):
            user_id = f"anna{''.join(map(str, order))}"
            for number in order:
                store.merge(replace(words[number], id=StatusId(StatusKind.USER, user_id)))

            assert store.devices.user(user_id) == replace(again, id=user_id), order

    def test_a_denied_user_is_listed_by_their_devices_only(self, store: Store) -> None:
        """And bears no entry: what it said is over."""
        _of_many_kinds(store, "anna")
        store.merge(_listed("anna").observed(), _listed("ben").observed())

        store.merge(denied("anna", at=after(5)), denied("ben", at=after(5)), denied("carl", at=after(5)))

        assert list(store.devices.walk_users()) == [ListedUser("anna")]
        assert [store.devices.user(name) for name in ("anna", "ben", "carl")] == [None, None, None]

    def test_more_users_than_one_call_can_ask_for_are_walked(self, store: Store) -> None:
        """From any of them on."""
        users = [_listed(f"user-{number:03}") for number in range(120)]
        store.merge(*(user.observed() for user in users))

        assert list(store.devices.walk_users()) == users
        assert list(store.devices.walk_users(start="user-009")) == users[10:]

    def test_credentials_of_many_accounts_are_asked_for_at_once(self, store: Store) -> None:
        """A list of devices of many users needs one question; more accounts than one call can ask for too."""
        invalid = [Account(f"user-{number:03}", DeviceKind.HVAC, "ADAX") for number in range(120)]
        store.merge(*(word(account, at=3) for account in invalid))
        others = [invalid[1]._replace(vendor="TADO"), invalid[1]._replace(kind=DeviceKind.METER)]

        among = store.devices.invalid_among(
            [*invalid[:110], *others, invalid[1]._replace(user_id="nobody"), invalid[5]]
        )

        assert among == dict.fromkeys(invalid[:110], after(3))
        assert store.devices.invalid_among([]) == {}

    def test_the_newest_word_on_a_status_is_read_by_its_name(self, store: Store) -> None:
        """With its key, or not at all."""
        heartbeat = status(StatusKind.HEARTBEAT, at=7, user_id=None)
        store.merge(heartbeat)

        read = [store.devices.status(heartbeat.id), store.devices.status(StatusId(StatusKind.WEBHOOK_TEST))]

        assert read == [heartbeat, None]


def _listed(user_id: str, *, at: int = 1, made: int = 0) -> ListedUser:
    """A user as a list of Enode's had them, so many milliseconds after noon."""
    entry = {"id": user_id, "createdAt": instant.fixed(after(made)), "scopes": ["all"]}
    return ListedUser(user_id, document.encode(entry), after(at))


def _of_many_kinds(store: Store, user_id: str) -> list[DeviceId]:
    """Devices of three kinds under a user, in order; their names sort between those of other kinds."""
    names = {
        DeviceKind.CHARGER: ["a", "b"],
        DeviceKind.HEM_SYSTEM: ["c"],
        DeviceKind.VEHICLE: ["a", "b", "b~", "c"],
    }
    devices = [DeviceId(kind, id_) for kind, ids in names.items() for id_ in ids]
    store.merge(*(update(device, user_id, seen=said(1, kind=device.kind)) for device in devices))
    return devices


def _by_kind(device: DeviceId) -> tuple[str, str]:
    return device.kind.value, escaped(device.id)


def _by_owner(owned: tuple[str, DeviceId]) -> tuple[str, str]:
    return escaped(owned[0]), escaped(owned[1].id)


def _walked[T](
    places: Sequence[T],
    start: T | None,
    kind: DeviceKind | None,
    order: Callable[[T], tuple[str, str]],
    *,
    backwards: bool,
) -> list[T]:
    """What is passed on the way from behind a place on."""
    passed = [
        place
        for place in sorted(places, key=order, reverse=backwards)
        if start is None or (order(place) < order(start) if backwards else order(place) > order(start))
    ]
    return [place for place in passed if kind is None or (isinstance(place, DeviceId) and place.kind is kind)]
