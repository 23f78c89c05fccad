"""Proves `usecases/accounts.py`, `store/account_proofs.py`, `domain/account.py`:
what every store must hold of accounts, invalid while no proof is as new. Who promises it inherits these tests.
"""

import random
from collections.abc import Iterator
from datetime import datetime
from itertools import permutations, product

from lastseen.domain import instant
from lastseen.domain.account import Account
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import DeviceUpdate, Status
from lastseen.domain.snapshot import Snapshot
from lastseen.usecases.accounts import disconnected
from tests.contracts.store import Store, after, key, said, update, word

TESLA = Account("anna", DeviceKind.VEHICLE, "TESLA")


class AccountContract:
    """A subclass has a fixture `store`."""

    def test_one_device_found_since_proves_the_account_of_all(self, store: Store) -> None:
        """There is no event for linking again; a discovery through the account, or a contact, is as good as one."""
        old, found, seen = (DeviceId(DeviceKind.VEHICLE, name) for name in ("old", "found", "seen"))
        store.merge(word(TESLA, at=4), update(old, seen=said(3)))
        assert _walked(store) == {old: after(4)}

        store.merge(update(found, found=said(5)), update(seen, seen=said(3)))

        assert _walked(store) == {old: None, found: None, seen: None}

    def test_an_update_takes_no_proof_away_in_whatever_order_they_come(self, store: Store) -> None:
        """Found again, and then told of with its old contact: the user did link, whatever the charger says."""
        effects: list[Status | DeviceUpdate] = [
            word(TESLA, at=4),
            update(found=said(5)),
            update(seen=said(6)),
            update(seen=said(3)),
        ]
        for number, order in enumerate(permutations(effects)):
            user_id = f"anna-{number}"
            for effect in order:
                store.merge(_of(effect, user_id))

            assert [one.invalid_since for one in store.devices.walk_user(user_id)] == [None], order

    def test_of_one_instant_the_proof_counts(self, store: Store) -> None:
        """A tie is mended, whether it is a discovery or a contact; what is only just older proves nothing."""
        contact = said(9, lastSeen=instant.fixed(after(4)))
        store.merge(*(word(TESLA._replace(user_id=user), at=4) for user in ("a", "b", "c", "d")))
        store.merge(
            update(user_id="a", found=said(4)),
            update(user_id="b", seen=contact),
            update(user_id="c", found=said(3)),
            update(user_id="d", seen=said(9, lastSeen=instant.fixed(after(3)))),
        )

        since = {
            user: one.invalid_since for user in ("a", "b", "c", "d") for one in store.devices.walk_user(user)
        }

        assert since == {"a": None, "b": None, "c": after(4), "d": after(4)}

    def test_what_is_gone_or_another_accounts_proves_nothing(self, store: Store) -> None:
        """Only a living device of the same user, kind and vendor came through this account."""
        car = DeviceId(DeviceKind.VEHICLE, "car")
        proof = said(9, lastSeen=instant.fixed(after(8)))
        store.merge(
            word(TESLA, at=4),
            update(car, seen=said(3)),
            update(DeviceId(DeviceKind.VEHICLE, "gone"), seen=proof, gone=key(11)),
            update(DeviceId(DeviceKind.VEHICLE, "bmw"), seen=said(9, 1, lastSeen=instant.fixed(after(8)))),
            update(DeviceId(DeviceKind.VEHICLE, "vendorless"), seen=said(9, vendor=None)),
            update(DeviceId(DeviceKind.BATTERY, "box"), seen=said(9, kind=DeviceKind.BATTERY)),
            update(car, user_id="ben", seen=proof),
            update(DeviceId(DeviceKind.VEHICLE, "ahead"), seen=said(9, lastSeen="2038-01-19T03:14:07Z")),
        )

        assert _walked(store)[car] == after(4)

    def test_every_way_to_an_account_tells_the_same(self, store: Store) -> None:
        """Alone, in lists of one user or of all, wherever they begin, however they are cut: two maxima, compared."""
        dice = random.Random(20261125)
        for number in range(12):
            user_id = f"user-{number:02}"
            effects = list(_a_history(dice, user_id))
            dice.shuffle(effects)
            for effect in effects:
                store.merge(effect)
            expected = _by_all_that_was_said(effects)

            for kind, backwards, page in product((None, DeviceKind.VEHICLE), (False, True), (1, 2, 100)):
                walk = list(store.devices.walk_user(user_id, kind, backwards=backwards, page=page))
                starts = [None, *(one.known.device for one in walk)] if page == 1 else [None]
                for start in starts:
                    told = {
                        known.device: since
                        for known, since in store.devices.walk_user(
                            user_id, kind, start=start, backwards=backwards, page=page
                        )
                    }
                    assert told.items() <= expected.items(), (number, kind, start, backwards, page)
            for known, since in store.devices.walk_kind(
                DeviceKind.VEHICLE, start=(user_id[:-1], _device(0)), page=7
            ):
                if known.user_id == user_id:
                    assert since == expected[known.device], (number, known.device)
            for known in store.devices_of(user_id):
                accounts = [] if known.account is None else [known.account]
                alone = disconnected(accounts, {}, store.devices)
                assert next(iter(alone.values()), None) == expected[known.device], (number, known.device)

    def test_a_proof_is_searched_for_within_a_bound(self, store: Store) -> None:
        """A user with a hundred thousand devices must not cost a reader all of them; the sweep looks at them all."""
        store.merge(word(TESLA, at=4))
        cars = [DeviceId(DeviceKind.VEHICLE, f"car-{number:02}") for number in range(30)]
        store.merge(
            *(update(car, seen=said(3)) for car in cars),
            update(DeviceId(DeviceKind.VEHICLE, "z"), found=said(5)),
        )

        assert store.devices.proofs_of({TESLA: after(4)}, most=20) == {}
        assert store.devices.proofs_of({TESLA: after(4)}, most=None) == {TESLA: after(5)}
        assert store.devices.proofs_of({TESLA: after(6)}, most=None) == {}
        assert store.devices.proofs_of({}) == {}


def _walked(store: Store) -> dict[DeviceId, datetime | None]:
    return {one.known.device: one.invalid_since for one in store.devices.walk_user("anna")}


def _of(effect: Status | DeviceUpdate, user_id: str) -> Status | DeviceUpdate:
    if isinstance(effect, DeviceUpdate):
        return DeviceUpdate(effect.device, user_id, effect.snapshot)
    return word(TESLA._replace(user_id=user_id), at=4)


def _device(number: int) -> DeviceId:
    return DeviceId(DeviceKind.VEHICLE if number % 4 else DeviceKind.CHARGER, f"device-{number}")


def _a_history(dice: random.Random, user_id: str) -> Iterator[Status | DeviceUpdate]:
    """Words on four accounts, and what a few devices of theirs were said to be, within a few milliseconds."""
    for kind, vendor in product((DeviceKind.VEHICLE, DeviceKind.CHARGER), ("TESLA", "BMW")):
        for at in dice.sample(range(1, 9), dice.randrange(3)):
            yield word(Account(user_id, kind, vendor), at=at, is_valid=dice.random() < 0.3)
    for number in range(dice.randrange(1, 7)):
        device, variant = _device(number), dice.choice((0, 0, 1, 2))
        for at in dice.sample(range(1, 12), dice.randrange(1, 4)):
            contact = instant.fixed(after(at - dice.randrange(9)))
            observed = said(at, variant, kind=device.kind, lastSeen=dice.choice((contact, None)))
            deleted = Snapshot(gone=key(at, "gone"))
            snapshots = (Snapshot(seen=observed), Snapshot(seen=observed), Snapshot(found=observed), deleted)
            yield DeviceUpdate(device, user_id, dice.choice(snapshots))


def _by_all_that_was_said(effects: list[Status | DeviceUpdate]) -> dict[DeviceId, datetime | None]:
    """The rule, asked of everything that was ever said: the slow and plain twin."""
    words: dict[tuple[str, str], list[tuple[str, datetime, bool]]] = {}
    observed: dict[DeviceId, list[Snapshot]] = {}
    for effect in effects:
        if isinstance(effect, DeviceUpdate):
            observed.setdefault(effect.device, []).append(effect.snapshot)
        else:
            at, is_valid = after(int(effect.ord[20:23])), b'"isValid":true' in effect.document
            words.setdefault((str(effect.id.devices), effect.id.id), []).append((effect.ord, at, is_valid))
    account: dict[DeviceId, tuple[str, str] | None] = {}
    proofs: dict[tuple[str, str], list[datetime]] = {}
    for device, snapshots in observed.items():
        gone = max(one.gone for one in snapshots)
        seen = max((one.seen for one in snapshots), key=lambda said: said.ord)
        found = max((one.found for one in snapshots), key=lambda said: said.ord)
        shown = seen if seen.ord > gone else found if found.ord > gone else None
        vendor = None if shown is None else shown.facts.vendor
        account[device] = None if vendor is None else (str(device.kind), vendor)
        told = [] if shown is None else [found.at, shown.facts.last_seen_at]
        if vendor is not None:
            proofs.setdefault((str(device.kind), vendor), []).extend(at for at in told if at is not None)
    since: dict[DeviceId, datetime | None] = {}
    for device, mine in account.items():
        _, at, is_valid = max(words.get(mine, [("", after(0), True)])) if mine else ("", after(0), True)
        is_proven = mine is not None and any(proof >= at for proof in proofs.get(mine, []))
        since[device] = None if is_valid or is_proven else at
    return since
