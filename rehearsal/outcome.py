"""What a check answers: what was rehearsed, and what is wrong with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that is wrong.

    Attributes:
        where: A logical id of the template, a file, a function.
        what: What is wrong there, and what AWS would do.
    """

    where: str
    what: str


@dataclass(frozen=True)
class Outcome:
    """How a check went.

    Attributes:
        rehearsed: What was looked at, with numbers: a check that looked at nothing shows here.
        findings: What is wrong; nothing if all is well.
    """

    rehearsed: str
    findings: Sequence[Finding] = ()


class NotRehearsedError(Exception):
    """What a check needs is not there; the text says which verb makes it."""


def listed(names: Iterable[object]) -> str:
    """Write names for a sentence, sorted.

    >>> listed({"b", "a"})
    'a, b'
    """
    return ", ".join(sorted(map(str, names)))
