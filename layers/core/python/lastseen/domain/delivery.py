"""A parsed delivery: the events understood, and the elements set aside with their flaw."""

from dataclasses import dataclass
from enum import StrEnum

from lastseen.domain.event import Event


class Flaw(StrEnum):
    """Why something signed by Enode was set aside. The values are what the quarantine and the log lines say."""

    NOT_JSON = "not JSON"
    NOT_AN_ARRAY = "not a JSON array"
    BODY_TOO_LARGE = "body larger than a delivery can be"
    TOO_MANY_ELEMENTS = "more elements than a delivery can have"
    NOT_AN_OBJECT = "not a JSON object"
    NO_NAME = "no usable event name"
    NO_TIME = "no usable createdAt"
    TIME_OUT_OF_RANGE = "createdAt too far from now"
    NO_USER = "no user"
    BAD_ID = "an id that is no text, or empty, too long, a dot or two"
    NO_SUBJECT = "the object the event is about is missing"
    NUMBER_OUT_OF_RANGE = "a number that JSON cannot say"
    TOO_LARGE = "document larger than one item can hold"
    TOO_DEEP = "nested deeper than a document may be"
    TOO_MANY_WRITES = "more writes than one delivery can ask for"


@dataclass(frozen=True, slots=True)
class SetAside:
    """One piece of a delivery that could not be understood, byte for byte.

    Attributes:
        flaw: Why.
        raw: The bytes as they were signed.
        index: Its place in the array; None when it is the whole body.
    """

    flaw: Flaw
    raw: bytes
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One signed POST, read.

    Attributes:
        received: How many elements it had; 1 for a body that is no array.
        events: Those understood, in their order.
        set_aside: The others.
        replaced: Events that held text which UTF-8 cannot say, with U+FFFD in its place now.
    """

    received: int
    events: tuple[Event, ...]
    set_aside: tuple[SetAside, ...]
    replaced: int = 0
