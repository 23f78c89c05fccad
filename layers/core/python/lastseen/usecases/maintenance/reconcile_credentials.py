"""Reconcile credentials: compare linked vendors with Enode, and log what was lost or restored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple

from lastseen.domain import document
from lastseen.domain.account import Account, unproven
from lastseen.domain.device import KIND_OF_NAME, DeviceKind, is_vendor
from lastseen.domain.event import Entry, Source, Status, StatusId, UserLog
from lastseen.domain.event_catalog import CATALOG, CREDENTIALS_INVALIDATED, CREDENTIALS_RESTORED
from lastseen.domain.fault import Fault
from lastseen.domain.observation import SAME_SECOND, LinkedVendor
from lastseen.domain.order import order_key
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.maintenance.context import RunContext


class CredentialChanges(NamedTuple):
    """Of how many vendors of users it was news that credentials of theirs died, or hold again.

    Only the former can have been lost on its way: there is no event for the latter.
    """

    lost: int
    restored: int


@dataclass
class AccountReview:
    """The accounts of users, as Enode lists them now. Each user is asked for once in a slice.

    Attributes:
        context: What to work with.
        faulty: Users who cannot be read though Enode answers for others; they are not asked for again.
    """

    context: RunContext
    faulty: dict[str, Fault] = field(default_factory=dict)
    _asked: dict[str, Sequence[LinkedVendor] | None] = field(default_factory=dict)

    def review(self, user_ids: Sequence[str]) -> CredentialChanges:
        """Ask for these users' vendors and keep what is news.

        Returns:
            What was news.

        Raises:
            EnodeUnavailable: No more may be asked; who is faulty is known all the same.
        """
        context = self.context
        user_ids = [user_id for user_id in user_ids if user_id not in self.faulty]
        answers = context.limiter.ask_all(
            [partial(context.enode.linked_vendors, user_id) for user_id in user_ids]
        )
        words: dict[Account, bool] = {}
        asked = list(zip(user_ids, answers, strict=True))
        self.faulty |= {user_id: answer for user_id, answer in asked if isinstance(answer, Fault)}
        for user_id, answer in asked:
            if isinstance(answer, EnodeUnavailable):
                raise answer  # the whole page again
            if isinstance(answer, Fault):
                continue
            self._asked[user_id] = answer
            words |= _words(user_id, answer or ())
        return self._keep(words)

    def of(self, user_id: str) -> Sequence[LinkedVendor] | Fault | None:
        """The user's vendors; None if Enode does not have the user, a fault if that cannot be read.

        Raises:
            EnodeUnavailable: It did not say.
        """
        if user_id in self.faulty:
            return self.faulty[user_id]
        if user_id not in self._asked:
            (answer,) = self.context.limiter.ask_all([partial(self.context.enode.linked_vendors, user_id)])
            if isinstance(answer, EnodeUnavailable):
                raise answer
            if isinstance(answer, Fault):
                self.faulty[user_id] = answer
                return answer
            self._asked[user_id] = answer
        return self._asked[user_id]

    def lose(self, accounts: Iterable[Account]) -> int:
        """Keep that these accounts are not linked any more; of how many vendors of users that was news.

        It is news of one that was said to be invalid before, too, if a device has proved since that it held again.
        """
        return self._keep(dict.fromkeys(accounts, False)).lost

    def _keep(self, words: Mapping[Account, bool]) -> CredentialChanges:
        """Write down what is news, once for each vendor of a user, and keep it for each of the accounts there."""
        if not words:
            return CredentialChanges(0, 0)
        context = self.context
        invalid = context.devices.invalid_among(words)
        lost = {account: since for account, since in invalid.items() if not words[account]}
        held_since = context.devices.proofs_of(lost, most=None) if lost else {}
        news: dict[tuple[str, str, bool], list[Account]] = defaultdict(list)
        for account, is_valid in sorted(words.items()):
            if is_valid == (account in invalid and account not in held_since):
                news[account.user_id, account.vendor, is_valid].append(account)
        if news:
            at = context.clocks.enode() - SAME_SECOND
            entries = [_entry(accounts, at, is_valid=word[2]) for word, accounts in news.items()]
            context.log.append(
                entries, received_at=context.now(), delivery_id=context.run, deadline=context.deadline
            )
            statuses = [
                Status(StatusId.of(account), entry.ord, entry.document)
                for accounts, entry in zip(news.values(), entries, strict=True)
                for account in accounts
            ]
            context.states.merge(statuses, context.deadline)
        restored = sum(is_valid for _, _, is_valid in news)
        return CredentialChanges(len(news) - restored, restored)


def _words(user_id: str, linked: Sequence[LinkedVendor]) -> Mapping[Account, bool]:
    """What a user's list says of each account; nothing of one that it calls valid and invalid.

    HEM systems are on no list: theirs is what all of their vendor's say.
    """
    said: dict[Account, set[bool]] = defaultdict(set)
    for one in linked:
        if is_vendor(one.vendor):
            kind = KIND_OF_NAME.get(one.vendor_type, DeviceKind.HEM_SYSTEM)
            for each in (kind, DeviceKind.HEM_SYSTEM):
                said[Account.of(user_id, each, one.vendor)].add(one.is_valid)
    return {account: next(iter(words)) for account, words in said.items() if len(words) == 1}


def still_lost(
    context: RunContext, accounts: Iterable[Account], at_hand: Mapping[Account, datetime]
) -> dict[Account, datetime]:
    """Give since when those of some accounts are invalid that are so still; write down of others that they hold.

    Readers look at no more devices of an account than one question may. Here all of them are looked at, and what
    they prove is kept as a word of its own, dated by the proof: later words, whoever says them, stand against it.

    Args:
        context: What to work with.
        accounts: Which accounts.
        at_hand: When they are known to have held, by the devices that are at hand.
    """
    invalid = context.devices.invalid_among(accounts)
    unknown = unproven(invalid, at_hand)
    found = context.devices.proofs_of(unknown, most=None) if unknown else {}
    still = unproven(unknown, found)
    proofs = {account: found.get(account) or at_hand[account] for account in invalid if account not in still}
    if proofs:
        entries = {
            account: _entry([account], at, is_valid=True, source=Source.SWEEP)
            for account, at in proofs.items()
        }
        context.log.append(
            list(entries.values()),
            received_at=context.now(),
            delivery_id=context.run,
            deadline=context.deadline,
        )
        words = [
            Status(StatusId.of(account), entry.ord, entry.document) for account, entry in entries.items()
        ]
        context.states.merge(words, context.deadline)
    return still


def _entry(
    accounts: Sequence[Account], at: datetime, *, is_valid: bool, source: Source = Source.RECONCILE
) -> Entry:
    user_id, _, vendor = accounts[0]
    name = CREDENTIALS_RESTORED if is_valid else CREDENTIALS_INVALIDATED
    kinds = [account.kind for account in accounts]
    said = document.encode({"vendor": vendor, "vendorTypes": kinds, "isValid": is_valid})
    ord_ = order_key(at, name.encode(), user_id.encode(), said, rank=CATALOG[name].rank)
    return Entry(UserLog(user_id), ord_, at, name, source, said, b"{}")
