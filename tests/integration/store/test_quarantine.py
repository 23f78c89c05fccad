"""Proves `store/quarantine.py`: what could not be understood is kept byte for byte, once, and can be sent again."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from lastseen.domain.delivery import Flaw, SetAside
from lastseen.enode import delivery as enode_delivery
from lastseen.errors import StoreUnavailable
from lastseen.store import client
from lastseen.store.quarantine import S3Quarantine
from tests.support.builders import NOON, a_delivery, an_event

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BUCKET = "quarantine"


@pytest.fixture
def s3(aws: None) -> "S3Client":
    """S3 with the bucket in it."""
    made = client.s3()
    made.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return made


@pytest.fixture
def quarantine(s3: "S3Client") -> S3Quarantine:
    """A quarantine over that bucket."""
    return S3Quarantine(_BUCKET, s3)


def _kept(s3: "S3Client") -> dict[str, Any]:
    """Every object by name, with its bytes."""
    names = [found["Key"] for found in s3.list_objects_v2(Bucket=_BUCKET).get("Contents", [])]
    objects: dict[str, Any] = {name: dict(s3.get_object(Bucket=_BUCKET, Key=name)) for name in names}
    for each in objects.values():
        each["Body"] = each["Body"].read()
    return objects


def test_a_whole_body_is_kept_under_the_digest_of_its_bytes(quarantine: S3Quarantine, s3: "S3Client") -> None:
    """Bytes that are no text, or no JSON, come back as they were signed."""
    body = b'\xef\xbb\xbf\x00not "JSON" \xff'

    quarantine.keep([SetAside(Flaw.NOT_JSON, body)], delivery_id="delivery-1")

    ((name, kept),) = _kept(s3).items()
    assert name == f"body/{hashlib.sha256(body).hexdigest()}"
    assert kept["Body"] == body
    assert kept["ContentType"] == "application/octet-stream"
    assert kept["Metadata"] == {"flaws": "not JSON", "delivery": "delivery-1"}


def test_broken_elements_of_a_delivery_are_kept_as_a_delivery_of_their_own(
    quarantine: S3Quarantine, s3: "S3Client"
) -> None:
    """Once the reason is mended, the object is signed and sent again: it has the form that the door takes."""
    pieces = [
        SetAside(Flaw.NOT_JSON, b'{"a": NaN}', 3),
        SetAside(Flaw.NO_NAME, b'{"b" :1}', 7),
    ]

    quarantine.keep(pieces, delivery_id="delivery-1")

    ((name, kept),) = _kept(s3).items()
    assert kept["Body"] == b'[{"a": NaN},{"b" :1}]'
    assert name == f"elements/{hashlib.sha256(kept['Body']).hexdigest()}"
    assert kept["ContentType"] == "application/json"
    assert kept["Metadata"] == {"flaws": "3: not JSON; 7: no usable event name", "delivery": "delivery-1"}


def test_elements_that_are_mended_elsewhere_are_understood_when_sent_again(
    quarantine: S3Quarantine, s3: "S3Client"
) -> None:
    """An event that came too early is taken from the quarantine when its time has come."""
    tomorrow = an_event(at="2026-03-02T12:00:00.000Z")
    delivery = enode_delivery.read(a_delivery([an_event(), tomorrow]), now=NOON)

    quarantine.keep(delivery.set_aside, delivery_id="delivery-1")

    ((_, kept),) = _kept(s3).items()
    assert json.loads(kept["Body"]) == [tomorrow]


def test_a_redelivery_writes_over_what_it_wrote(quarantine: S3Quarantine, s3: "S3Client") -> None:
    """An object is named by its content, so one broken delivery is one object however often it comes."""
    body, element = SetAside(Flaw.NOT_AN_ARRAY, b"{}"), SetAside(Flaw.NO_TIME, b"{}", 0)

    for number in range(3):
        quarantine.keep([body], delivery_id=f"delivery-{number}")
        quarantine.keep([element], delivery_id=f"delivery-{number}")

    kept = _kept(s3)
    assert sorted(name.partition("/")[0] for name in kept) == ["body", "elements"]
    assert {each["Metadata"]["delivery"] for each in kept.values()} == {"delivery-2"}


@pytest.mark.parametrize("delivery_id", ["a\r\nx-amz-acl: public-read", "Zoë\x00", "x" * 5000, ""])
def test_an_unsigned_delivery_id_cannot_spoil_the_request(
    quarantine: S3Quarantine, s3: "S3Client", delivery_id: str
) -> None:
    """The header is not signed: whatever it holds, the piece is kept, and the note stays within a header's bounds."""
    many = [SetAside(Flaw.BAD_ID, b"{}", index) for index in range(1000)]

    quarantine.keep(many, delivery_id=delivery_id)

    ((_, kept),) = _kept(s3).items()
    note = kept["Metadata"]
    assert sum(len(name) + len(value) for name, value in note.items()) < 2048
    assert all(each.isprintable() and each.isascii() for each in note["delivery"])


def test_a_bucket_that_does_not_take_a_piece_is_a_store_that_is_not_available(s3: "S3Client") -> None:
    """Nothing is acknowledged that was not kept: Enode delivers again."""
    nowhere = S3Quarantine("no-such-bucket", s3)

    with pytest.raises(StoreUnavailable):
        nowhere.keep([SetAside(Flaw.NOT_JSON, b"{")], delivery_id="delivery-1")
