"""Split a JSON array into its elements, or an object into its members, even if some are not JSON.

The parser reads a whole delivery at once and refuses it whole. Cut into pieces first, one element that no parser takes
(NaN, a key said twice, a thousand brackets) costs only itself. Where an element ends Python's own parser tells, which
takes nearly everything and is written in C; of what it does not take, brackets, commas and strings are looked at.
"""

import json
import re

# Nothing of what it makes is used, so it makes as little as it can.
_scan = json.JSONDecoder(
    object_pairs_hook=len, parse_float=len, parse_int=len, parse_constant=len, strict=False
).raw_decode

# Possessive, so that no input makes it backtrack. A quote that opens no complete string is a token of its own.
_TOKEN = re.compile(rb'(?:[^"\[\]{},]++|"(?:[^"\\]++|\\.)*+")*+(["\[\]{},])', re.DOTALL)
_BLANK = b" \t\r\n"
_BLANKS = re.compile(r"[ \t\r\n]*+")


def split_elements(body: bytes, *, most: int | None = None) -> list[bytes] | None:
    """Cut an array into its elements' bytes, white space around them taken off.

    Args:
        body: The array.
        most: How many elements are of interest; one more is cut off, and then no more are looked for.

    Returns:
        The elements in order, each of them JSON or not; None where the array itself has no clear end.

    >>> split_elements(b'[{"a":[1,2]}, NaN, "x,y"]')
    [b'{"a":[1,2]}', b'NaN', b'"x,y"']
    >>> split_elements(b'[1,2') is None
    True
    """
    walk = _Walk.into(body, b"[")
    if walk is None:
        return None
    found: list[bytes] = []
    while not walk.is_over:
        piece = walk.element()
        if piece is None:
            return None
        found.append(piece)
        if most is not None and len(found) > most:
            return found
    return None if walk.rest.strip(_BLANK) else [] if found == [b""] else found


def members(body: bytes) -> dict[str, bytes] | None:
    """Cut an object into its members' bytes, by their names; None where it is no object, or a name is said twice.

    >>> members(b'{"data": [NaN], "pagination": {}}')
    {'data': b'[NaN]', 'pagination': b'{}'}
    """
    walk = _Walk.into(body, b"{")
    if walk is None:
        return None
    found: dict[str, bytes] = {}
    while not walk.is_over:
        name = walk.name()
        piece = None if name is None else walk.element()
        if name is None or piece is None or name in found:
            return None
        found[name] = piece
    return None if walk.rest.strip(_BLANK) else found


class _Walk:
    """Goes through the elements of an array or the members of an object."""

    def __init__(self, body: bytes, start: int, closing: str) -> None:
        self._body = body
        self._text = body.decode("latin-1")  # a character for each byte, so that places are the same in both
        self._closing = closing
        self._at = start
        self.is_over = False

    @classmethod
    def into(cls, body: bytes, opening: bytes) -> "_Walk | None":
        """Begin behind the opening bracket, which must be the first thing there."""
        start = body.find(opening)
        if start < 0 or body[:start].strip(_BLANK):
            return None
        return cls(body, start + 1, "]" if opening == b"[" else "}")

    @property
    def rest(self) -> bytes:
        """What follows."""
        return self._body[self._at :]

    def element(self) -> bytes | None:
        """Give the next element, and step behind the comma or bracket after it; None if it has no clear end."""
        start = self._skipped(self._at)
        end = self._end(start)
        if end is None:
            return None
        self._at = end + 1
        self.is_over = self._text[end] == self._closing
        return self._body[start:end].strip(_BLANK)

    def name(self) -> str | None:
        """Give the name of the next member, and step behind the colon; None if there is none."""
        start = self._skipped(self._at)
        if not self._text.startswith('"', start):
            return None
        try:
            _, end = _scan(self._text, start)
            name = json.loads(self._body[start:end])
        except ValueError:
            return None
        colon = self._skipped(end)
        self._at = colon + 1
        return name if self._text.startswith(":", colon) else None

    def _skipped(self, start: int) -> int:
        blanks = _BLANKS.match(self._text, start)
        return start if blanks is None else blanks.end()

    def _end(self, start: int) -> int | None:
        """Find the comma or closing bracket that ends the element."""
        try:
            _, end = _scan(self._text, start)
        except (ValueError, RecursionError):
            return self._end_by_brackets(start)
        end = self._skipped(end)
        return end if self._text[end : end + 1] in (",", self._closing) else self._end_by_brackets(start)

    def _end_by_brackets(self, start: int) -> int | None:
        depth = 0
        for token in _TOKEN.finditer(self._body, start):
            match token[1]:
                case b"[" | b"{":
                    depth += 1
                case b"," if not depth:
                    return token.start(1)
                case (b"]" | b"}") as bracket:
                    if not depth:
                        return token.start(1) if bracket.decode() == self._closing else None
                    depth -= 1
                case b'"':
                    return None
        return None
