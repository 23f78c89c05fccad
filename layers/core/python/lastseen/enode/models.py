"""Pydantic models of the answers of Enode's API, as far as they are read.

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

from lastseen.domain import document, document_bounds, instant
from lastseen.domain.observation import LinkedVendor
from lastseen.domain.subscription import Webhook
from lastseen.enode import json_array, strict_json
from lastseen.enode.events import LARGEST_DOCUMENT
from lastseen.enode.transport import ApiResponse, RequestStats

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


class _Body(BaseModel):
    # What validation says of a flaw must not quote the value: it may be a token.
    model_config = ConfigDict(extra="ignore", defer_build=True, hide_input_in_errors=True)


class Token(_Body):
    """An access token."""

    # Visible ASCII only, as the header that carries it demands; the refusal of a bad header quotes it.
    access_token: Annotated[str, StringConstraints(pattern="^[!-~]+$", max_length=LONGEST_TOKEN)] = Field(
        repr=False
    )
    # OAuth allows for leaving it out; Enode says 3599.
    expires_in: Annotated[float, _NO_FLAG] = Field(default=300.0, allow_inf_nan=False)


class PageCursors(_Body):
    """Where the neighbouring pages begin."""

    after: Annotated[str, StringConstraints(max_length=LONGEST_CURSOR)] | None = None


class Listed(_Body):
    """A page of anything. `pagination` must be there: without it, a list cut short would look like a whole one."""

    data: list[Any]
    pagination: PageCursors


class UserBody(_Body):
    """A user and the vendors linked."""

    linked_vendors: list[Any] = Field(alias="linkedVendors", max_length=MOST_LISTED)


class Vendor(_Body):
    """One linked vendor."""

    vendor: str
    vendor_type: str = Field(alias="vendorType")
    # Of 0 or "no" nobody can tell what it means, and dead credentials are told to their user.
    is_valid: StrictBool = Field(alias="isValid")

    def to_domain(self) -> LinkedVendor:
        """Say it in our words."""
        return LinkedVendor(self.vendor, self.vendor_type, self.is_valid)


class SubscriptionBody(_Body):
    """One webhook."""

    id: str
    url: str
    events: list[str]
    is_active: bool = Field(alias="isActive")
    last_success: Any = Field(default=None, alias="lastSuccess")
    created_at: Any = Field(default=None, alias="createdAt")
    api_version: str | None = Field(default=None, alias="apiVersion")

    def to_domain(self) -> Webhook:
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


class Received(_Body):
    """How a webhook's receiver answered a test."""

    code: Annotated[int, _NO_FLAG]


class Tested(_Body):
    """The outcome of a webhook's test."""

    status: str
    response: Received | None = None


class Problem(_Body):
    """A refusal in Enode's own form."""

    title: str


def parse(answer: ApiResponse, stats: RequestStats | None = None) -> Any:
    """Read the JSON of an answer as strictly as an event's, and with half characters replaced as there.

    Raises:
        EnodeUnavailable: It is none, or none that can be kept.
    """
    try:
        return _element(answer.content, stats)
    except ValueError:
        raise answer.unexpected("the answer cannot be read") from None  # the cause may quote the body


def listed(answer: ApiResponse, stats: RequestStats) -> Listed:
    """Read a page; an element that cannot be read costs only itself, and None stands in its place.

    Raises:
        EnodeUnavailable: It is no page, or one of more elements than anybody asked for.
    """
    try:
        page = strict_json.parse(answer.content)
    except ValueError:
        page = _page_by_pieces(answer, stats)
    if isinstance(page, dict) and isinstance(page.get("data"), list) and len(page["data"]) > MOST_LISTED:
        raise answer.unexpected("the list has more elements than were asked for")
    found = parse_or_none(Listed, page)
    if found is None:
        raise answer.unexpected("the answer does not have the form of a list")
    return found


def _page_by_pieces(answer: ApiResponse, stats: RequestStats) -> dict[str, Any]:
    members = json_array.members(answer.content) or {}
    found = json_array.split_elements(members.get("data", b""), most=MOST_LISTED)
    try:
        pagination = strict_json.parse(members.get("pagination", b""))
    except ValueError:
        found = None
    if found is None:
        raise answer.unexpected("the answer cannot be read")
    return {"data": [_perhaps_element(piece, stats) for piece in found], "pagination": pagination}


def _perhaps_element(raw: bytes, stats: RequestStats) -> Any:
    try:
        return _element(raw, stats)
    except ValueError:
        return None


def _element(raw: bytes, stats: RequestStats | None) -> Any:
    try:
        return strict_json.parse(raw)
    except ValueError:
        repaired = strict_json.repair(raw)
    if stats is not None:
        stats.add(replaced=1)
    return repaired


def read[T: BaseModel](model: type[T], answer: ApiResponse) -> T:
    """Read an answer as this model.

    Raises:
        EnodeUnavailable: It is something else.
    """
    found = parse_or_none(model, parse(answer))
    if found is None:
        raise answer.unexpected(f"the answer does not have the form of a {model.__name__}")
    return found


def parse_or_none[T: BaseModel](model: type[T], element: object) -> T | None:
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
        and document_bounds.is_shallow(written)
        and document_bounds.has_only_doubles(resource, written)
    )
