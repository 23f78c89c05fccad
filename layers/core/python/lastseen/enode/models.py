"""What do the answers of Enode's API look like, as far as we read them?

Devices are not modelled: a document is kept as it was sent, with whatever Enode adds to it tomorrow.
"""

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
)

from lastseen.domain import bounds, document, instant
from lastseen.domain.reading import LinkedVendor
from lastseen.domain.webhook import Webhook
from lastseen.enode import pieces, strict
from lastseen.enode.events import LARGEST_DOCUMENT
from lastseen.enode.exchange import Answer, Tally

MOST_LISTED = 1000
"""Elements of a page. We ask for fifty; no document says how large a page may be."""

LONGEST_CURSOR = 4096
"""Characters. A cursor is kept with the progress of a reconcile, and travels in an address."""

LONGEST_TOKEN = 16_384
"""Characters. It travels in a header; servers take eight to sixteen kilobytes of them."""


def _no_flag(said: Any) -> Any:
    if isinstance(said, bool):
        raise ValueError("true and false are no numbers")  # noqa: TRY004 - pydantic tells a ValueError as a flaw
    return said


# In Python they are, and pydantic takes them for 1 and 0.
_NO_FLAG = BeforeValidator(_no_flag)


class _Said(BaseModel):
    # What validation says of a flaw must not quote the value: it may be a token.
    model_config = ConfigDict(extra="ignore", defer_build=True, hide_input_in_errors=True)


class Token(_Said):
    """An access token."""

    # Visible ASCII only, as the header that carries it demands; the refusal of a bad header quotes it.
    access_token: Annotated[str, StringConstraints(pattern="^[!-~]+$", max_length=LONGEST_TOKEN)] = Field(
        repr=False
    )
    # OAuth allows for leaving it out; Enode says 3599.
    expires_in: Annotated[float, _NO_FLAG] = Field(default=300.0, allow_inf_nan=False)


class Cursors(_Said):
    """Where the neighbouring pages begin."""

    after: Annotated[str, StringConstraints(max_length=LONGEST_CURSOR)] | None = None


class Listed(_Said):
    """A page of anything. `pagination` must be there: without it, a list cut short would look like a whole one."""

    data: list[Any]
    pagination: Cursors


class User(_Said):
    """A user and the vendors linked."""

    linked_vendors: list[Any] = Field(alias="linkedVendors", max_length=MOST_LISTED)


class Vendor(_Said):
    """One linked vendor."""

    vendor: str
    vendor_type: str = Field(alias="vendorType")
    # Of 0 or "no" nobody can tell what it means, and dead credentials are told to their user.
    is_valid: StrictBool = Field(alias="isValid")

    def meant(self) -> LinkedVendor:
        """Say it in our words."""
        return LinkedVendor(self.vendor, self.vendor_type, self.is_valid)


class Subscription(_Said):
    """One webhook."""

    id: str
    url: str
    events: list[str]
    is_active: bool = Field(alias="isActive")
    last_success: Any = Field(default=None, alias="lastSuccess")
    created_at: Any = Field(default=None, alias="createdAt")
    api_version: str | None = Field(default=None, alias="apiVersion")

    def meant(self) -> Webhook:
        """Say it in our words."""
        return Webhook(
            id=self.id,
            url=self.url,
            events=tuple(self.events),
            is_active=self.is_active,
            last_success_at=instant.parse(self.last_success),
            created_at=instant.parse(self.created_at),
            api_version=self.api_version,
        )


class Received(_Said):
    """How a webhook's receiver answered a test."""

    code: Annotated[int, _NO_FLAG]


class Tested(_Said):
    """The outcome of a webhook's test."""

    status: str
    response: Received | None = None


class Problem(_Said):
    """A refusal in Enode's own form."""

    title: str


def parse(answer: Answer, tally: Tally | None = None) -> Any:
    """Read the JSON of an answer as strictly as an event's, and with half characters replaced as there.

    Raises:
        EnodeUnavailable: It is none, or none that can be kept.
    """
    try:
        return _element(answer.content, tally)
    except ValueError:
        raise answer.unexpected("the answer cannot be read") from None  # the cause may quote the body


def listed(answer: Answer, tally: Tally) -> Listed:
    """Read a page; an element that cannot be read costs only itself, and None stands in its place.

    Raises:
        EnodeUnavailable: It is no page, or one of more elements than anybody asked for.
    """
    try:
        page = strict.parse(answer.content)
    except ValueError:
        page = _page_by_pieces(answer, tally)
    if isinstance(page, dict) and isinstance(page.get("data"), list) and len(page["data"]) > MOST_LISTED:
        raise answer.unexpected("the list has more elements than were asked for")
    found = perhaps(Listed, page)
    if found is None:
        raise answer.unexpected("the answer does not have the form of a list")
    return found


def _page_by_pieces(answer: Answer, tally: Tally) -> dict[str, Any]:
    members = pieces.members(answer.content) or {}
    found = pieces.cut(members.get("data", b""), most=MOST_LISTED)
    try:
        pagination = strict.parse(members.get("pagination", b""))
    except ValueError:
        found = None
    if found is None:
        raise answer.unexpected("the answer cannot be read")
    return {"data": [_perhaps_element(piece, tally) for piece in found], "pagination": pagination}


def _perhaps_element(raw: bytes, tally: Tally) -> Any:
    try:
        return _element(raw, tally)
    except ValueError:
        return None


def _element(raw: bytes, tally: Tally | None) -> Any:
    try:
        return strict.parse(raw)
    except ValueError:
        repaired = strict.repair(raw)
    if tally is not None:
        tally.add(replaced=1)
    return repaired


def read[T: BaseModel](model: type[T], answer: Answer) -> T:
    """Read an answer as this model.

    Raises:
        EnodeUnavailable: It is something else.
    """
    found = perhaps(model, parse(answer))
    if found is None:
        raise answer.unexpected(f"the answer does not have the form of a {model.__name__}")
    return found


def perhaps[T: BaseModel](model: type[T], element: object) -> T | None:
    """Read one element as this model; None if it is something else."""
    try:
        return model.model_validate(element)
    except ValidationError:
        return None


def is_keepable(resource: document.Json) -> bool:
    """Whether a resource can be kept: JSON can say it, and it is neither absurdly large nor deep."""
    try:
        written = document.encode(resource)
    except ValueError:
        return False
    return (
        len(written) <= LARGEST_DOCUMENT
        and bounds.is_shallow(written)
        and bounds.has_only_doubles(resource, written)
    )
