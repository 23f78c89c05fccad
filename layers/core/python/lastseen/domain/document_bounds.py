"""Bounds of what is kept, checked on its bytes: how deep a document may nest, and which numbers it may hold."""

import re
from itertools import accumulate
from typing import Any

MOST_LEVELS = 190
"""Objects and lists inside each other. Parsers stop at 200, those of our clients too, and answers wrap a document."""

_BEYOND = 2**1024 - 2**970
"""The least whole number that rounds to no double."""

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BRACKET = re.compile(_STRING.pattern + rb"|[\[\]{}]", re.DOTALL)
_STEP_OF = dict.fromkeys(b"[{", 1) | dict.fromkeys(b"]}", -1)
_NO_BRACKET = bytes(set(range(256)) - set(_STEP_OF))

# A number beyond all doubles has 309 digits at least, so three of every hundredth bytes in a row are digits.
_SAMPLED, _STEP = re.compile(rb"\d{3}"), 100
_LONG_NUMBER = re.compile(rb"\d{309}")


def is_shallow(document: bytes) -> bool:
    """Whether JSON nests at most 190 levels, itself being the first.

    >>> is_shallow(b"[" * 190 + b"]" * 190), is_shallow(b"[" * 191 + b"]" * 191)
    (True, False)
    """
    if document.count(b"{") + document.count(b"[") <= MOST_LEVELS:
        return True  # nearly always, at the cost of looking through it twice
    brackets = _STRING.sub(b"", document).translate(None, _NO_BRACKET)
    return max(accumulate(map(_STEP_OF.__getitem__, brackets))) <= MOST_LEVELS


def pruned(document: bytes) -> bytes:
    """Give JSON with null in place of whatever lies deeper than 190 levels.

    >>> pruned(b"[" * 191 + b"]" * 191) == b"[" * 190 + b"null" + b"]" * 190
    True
    """
    kept: list[bytes] = []
    level = start = 0
    for bracket in _BRACKET.finditer(document):
        match document[bracket.start() : bracket.start() + 1]:
            case b"[" | b"{":
                level += 1
                if level == MOST_LEVELS + 1:
                    kept.append(document[start : bracket.start()])
            case b"]" | b"}":
                if level == MOST_LEVELS + 1:
                    kept.append(b"null")
                    start = bracket.end()
                level -= 1
    return b"".join([*kept, document[start:]])


def has_only_doubles(value: Any, document: bytes) -> bool:
    """Whether a double can hold every number: integers of 1.8e308 and more are refused as 1e400 is.

    Args:
        value: What the parser made of it.
        document: The same as JSON, in which long numbers are quickly ruled out.

    >>> [has_only_doubles(number, str(number).encode()) for number in (10**308, -(10**309))]
    [True, False]
    """
    if _SAMPLED.search(document[::_STEP]) is None or _LONG_NUMBER.search(document) is None:
        return True
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
        elif isinstance(found, int) and abs(found) >= _BEYOND:
            return False
    return True
