"""Where do the elements of a JSON array begin and end, even if some of them are not JSON?

The parser reads a whole delivery at once and refuses it whole. Cut into pieces first, one element that no parser takes
(NaN, a key said twice, a thousand brackets) costs only itself. Only brackets, commas and strings are looked at.
"""

import re

# Possessive, so that no input makes it backtrack. A quote that opens no complete string is a token of its own.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[\]{},]', re.DOTALL)
_BLANK = b" \t\r\n"


def cut(body: bytes) -> list[bytes] | None:
    """Cut an array into its elements' bytes, white space around them taken off.

    Returns:
        The elements in order, each of them JSON or not; None where the array itself has no clear end.

    >>> cut(b'[{"a":[1,2]}, NaN, "x,y"]')
    [b'{"a":[1,2]}', b'NaN', b'"x,y"']
    >>> cut(b'[1,2') is None
    True
    """
    opening = body.find(b"[")
    if opening < 0 or body[:opening].strip(_BLANK):
        return None
    pieces: list[bytes] = []
    depth, start = 1, opening + 1
    for token in _TOKEN.finditer(body, start):
        text = token.group()
        if text in b"[{":
            depth += 1
        elif text in b"]}":
            depth -= 1
        elif text == b'"':
            return None
        if depth == 0 or (depth == 1 and text == b","):
            pieces.append(body[start : token.start()].strip(_BLANK))
            start = token.end()
        if depth == 0:
            if text != b"]":
                return None
            break
    if depth or body[start:].strip(_BLANK):
        return None
    return [] if pieces == [b""] else pieces
