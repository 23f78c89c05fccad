"""Quarantine bucket: signed bytes that could not be understood, kept byte for byte."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from lastseen.domain.delivery import SetAside
from lastseen.store.call_deadline import waited
from lastseen.store.requests import answering

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LONGEST_CALL = timedelta(seconds=4)

_LONGEST_NOTE = 1024
"""Bytes of metadata; S3 takes 2 KB in all."""


@dataclass(frozen=True)
class S3Quarantine:
    """The quarantine bucket.

    An object is named by its content, so that a redelivery writes over what it wrote. `body/<sha256>` is a whole body.
    `elements/<sha256>` holds the broken elements of one delivery as a body of their own, `[` raw `,` raw `]`: once the
    reason is mended, sign it and send it again.

    Attributes:
        bucket: Its name.
        client: An S3 client.
    """

    bucket: str
    client: "S3Client"

    def keep(self, pieces: Sequence[SetAside], *, delivery_id: str) -> None:
        """Set pieces of one delivery aside, within the time that is left (`store/call_deadline.py`).

        Raises:
            StoreUnavailable: They may not have been kept; keeping them again does no harm.
        """
        whole = len(pieces) == 1 and pieces[0].index is None
        body = pieces[0].raw if whole else b"[" + b",".join(piece.raw for piece in pieces) + b"]"
        note = "; ".join(piece.flaw if whole else f"{piece.index}: {piece.flaw}" for piece in pieces)
        name = f"{'body' if whole else 'elements'}/{hashlib.sha256(body).hexdigest()}"
        with answering("the quarantine"):
            waited(
                lambda: self.client.put_object(
                    Bucket=self.bucket,
                    Key=name,
                    Body=body,
                    ContentType="application/octet-stream" if whole else "application/json",
                    Metadata={"flaws": note[:_LONGEST_NOTE], "delivery": _header_safe(delivery_id)},
                ),
                longest=_LONGEST_CALL,
            )


def _header_safe(text: str) -> str:
    """An unsigned header's value, fit to travel as one again."""
    return "".join(character for character in text[:128] if character.isascii() and character.isprintable())
