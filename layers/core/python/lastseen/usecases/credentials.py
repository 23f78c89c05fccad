"""Are a user's vendor accounts still linked? Enode's word on it, the newest wins, written down where it is news."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from lastseen.domain import document
from lastseen.domain.event import Entry, Source, Status, StatusId, StatusKind, UserLog, order_key
from lastseen.domain.reading import SAME_SECOND, LinkedVendor
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.tools import Tools

LOST, RESTORED = "lastseen:credentials:invalidated", "lastseen:credentials:restored"
"""Event names under which it stands in a user's log. Enode has an event for the one, and none for the other."""

type Word = tuple[str, str, bool]
"""A user, a vendor, and whether the account is linked."""


@dataclass
class Credentials:
    """The accounts of users, as Enode lists them now. Each user is asked for once in a slice.

    Attributes:
        tools: What to work with.
    """

    tools: Tools
    _asked: dict[str, Sequence[LinkedVendor] | None] = field(default_factory=dict)

    def review(self, user_ids: Sequence[str]) -> int:
        """Ask for these users' vendors and keep what is news.

        An account of several kinds of devices may be valid for some of them only: then what stands is left, because a
        word is kept for the vendor as a whole and the devices tell by their own contact.

        Returns:
            How many accounts turned out invalid, or valid again.
        """
        tools = self.tools
        answers = tools.gate.ask_all([partial(tools.enode.linked_vendors, user_id) for user_id in user_ids])
        words: list[Word] = []
        for user_id, answer in zip(user_ids, answers, strict=True):
            if isinstance(answer, EnodeUnavailable):
                if not tools.gate.is_open:
                    raise answer  # the whole page again, in the next slice
                continue
            self._asked[user_id] = answer
            for vendor, validities in _by_vendor(answer or ()).items():
                if len(validities) == 1:
                    words.append((user_id, vendor, next(iter(validities))))
        return self._keep(words)

    def of(self, user_id: str) -> Sequence[LinkedVendor] | None:
        """The user's vendors; None if Enode does not have the user.

        Raises:
            EnodeUnavailable: It did not say.
        """
        if user_id not in self._asked:
            self._asked[user_id] = self.tools.gate.ask(partial(self.tools.enode.linked_vendors, user_id))
        return self._asked[user_id]

    def lose(self, accounts: Sequence[tuple[str, str]]) -> int:
        """Keep that these accounts, by user and vendor, are not linked any more; how many of them were news."""
        return self._keep([(user_id, vendor, False) for user_id, vendor in accounts])

    def _keep(self, words: Sequence[Word]) -> int:
        if not words:
            return 0
        tools = self.tools
        invalid = tools.devices.invalid_among({(user_id, vendor) for user_id, vendor, _ in words})
        news = {word for word in words if word[2] == (word[:2] in invalid)}
        if news:
            at = tools.clocks.enode() - SAME_SECOND
            entries = [_entry(word, at) for word in sorted(news)]
            tools.log.append(entries, received_at=tools.now(), delivery_id=tools.run, deadline=tools.deadline)
            statuses = [
                Status(StatusId(StatusKind.CREDENTIALS, user_id, vendor), entry.ord, entry.document)
                for (user_id, vendor, _), entry in zip(sorted(news), entries, strict=True)
            ]
            tools.states.merge(statuses, tools.deadline)
        return len(news)


def _by_vendor(linked: Sequence[LinkedVendor]) -> Mapping[str, set[bool]]:
    found: dict[str, set[bool]] = defaultdict(set)
    for one in linked:
        found[one.vendor].add(one.is_valid)
    return found


def _entry(word: Word, at: datetime) -> Entry:
    user_id, vendor, is_valid = word
    name = RESTORED if is_valid else LOST
    said = document.encode({"vendor": vendor, "isValid": is_valid})
    ord_ = order_key(at, name.encode(), user_id.encode(), said)
    return Entry(UserLog(user_id), ord_, at, name, Source.RECONCILE, user_id, said, b"{}")
