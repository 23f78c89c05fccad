"""Twin ids: the id of ours for a user's physical device, a pure function of Enode's user and the device's identity.

| id           | of what                                     | who sees it                                             |
|--------------|---------------------------------------------|---------------------------------------------------------|
| `twinId`     | a user, and a kind with its strong identity | whoever may see the device                              |
| `physicalId` | a kind with its strong identity             | operators only: two strangers have nothing to compare   |

Both are digests under a key that no caller has: VINs are few enough to be guessed. A twin id is its physical id under a
mask that only the same user, device and key make, so with the key the one can be read out of the other, and without it
nothing. Nothing is looked up, nothing is locked, and no order of arrival matters.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, NamedTuple

from lastseen.domain.device import DeviceKind
from lastseen.domain.identity import Identity, identity_of

PREFIX = "tw_"

SHORTEST_KEY = 16

_SHAPE = re.compile(r"tw_[A-Za-z0-9_-]{24}")
_MASK, _PHYSICAL = 6, 12
"""Bytes. Together 18, so that base 64 has no padding: 96 bits keep all the devices of the world apart, and 48 more the
users of one of them."""


class TwinName(NamedTuple):
    """What names a twin.

    Attributes:
        twin_id: The twin's id.
        physical_id: The physical device's, the same under every user.
    """

    twin_id: str
    physical_id: str


class TwinKey:
    """The key under which twins are named. With another, every twin has another name."""

    def __init__(self, key: bytes) -> None:
        """Take the key.

        Args:
            key: At least 16 bytes that nobody can guess.

        Raises:
            ValueError: It is shorter.
        """
        if len(key) < SHORTEST_KEY:
            raise ValueError(f"the key of twin ids must be at least {SHORTEST_KEY} bytes long")
        self._key = blake2b(key, digest_size=32, person=b"twin-key").digest()
        # A device tells its identity with every word.
        self.name = lru_cache(maxsize=4096)(self._name)

    def named_in(self, user_id: str, kind: DeviceKind, document: Mapping[str, Any]) -> TwinName | None:
        """Name the twin that a document of a user's device tells of; None if it tells of no strong identity."""
        identity = identity_of(kind, document)
        return None if identity is None else self.name(user_id, identity)

    @property
    def check_value(self) -> str:
        """What tells this key from every other, and tells nothing of it.

        >>> TwinKey(b"0123456789abcdef").check_value
        '49cjcLGC7cAAyecb'
        """
        return _text(self._digest(b"check", b"", size=_PHYSICAL))

    def _name(self, user_id: str, identity: Identity) -> TwinName:
        # Kind and number hold no line end, so the parts cannot run together, whatever the vendor is called.
        said = f"{identity.kind}\n{identity.issuer}\n{identity.number}".encode()
        physical = self._digest(b"physical", said, size=_PHYSICAL)
        return TwinName(self._sealed(user_id, physical), _text(physical))

    def twin_id(self, user_id: str, physical_id: str) -> str:
        """Give the id of the twin that a physical device is under a user."""
        return self._sealed(user_id, urlsafe_b64decode(physical_id))

    def _sealed(self, user_id: str, physical: bytes) -> str:
        mask = self._digest(b"user", physical + user_id.encode(), size=_MASK)
        return f"{PREFIX}{_text(mask + self._masked(physical, mask))}"

    def physical_id_of(self, twin_id: str) -> str | None:
        """Read the physical id out of a twin id; None if that is none. What was made with another key gives another id.

        >>> key, car = TwinKey(b"0123456789abcdef"), Identity("vehicle", "", "2HGFB2F5XEH542858")
        >>> key.physical_id_of(key.name("anna", car).twin_id) == key.name("ben", car).physical_id
        True
        """
        if not is_twin_id(twin_id):
            return None
        sealed = urlsafe_b64decode(twin_id.removeprefix(PREFIX))
        return _text(self._masked(sealed[_MASK:], sealed[:_MASK]))

    def _masked(self, physical: bytes, mask: bytes) -> bytes:
        over = self._digest(b"mask", mask, size=_PHYSICAL)
        return bytes(one ^ other for one, other in zip(physical, over, strict=True))

    def _digest(self, person: bytes, said: bytes, *, size: int) -> bytes:
        return blake2b(said, key=self._key, digest_size=size, person=person).digest()

    def __eq__(self, other: object) -> bool:
        """Whether twins have the same names under both."""
        return isinstance(other, TwinKey) and compare_digest(self._key, other._key)

    def __hash__(self) -> int:
        """Equal for equal keys."""
        return hash(self._key)


def is_twin_id(text: str) -> bool:
    """Say whether an id has the shape of a twin's. Enode's own ids do not.

    >>> is_twin_id("tw_AAAAAAAAAAAAAAAAAAAAAAAA"), is_twin_id("05ee9df5-d072-4ee8-b773-399dec8f5693")
    (True, False)
    """
    return _SHAPE.fullmatch(text) is not None


def _text(digest: bytes) -> str:
    return urlsafe_b64encode(digest).decode()
