"""What do the answers of Enode's API look like, as far as we read them?

Devices are not modelled: a document is kept as it was sent, with whatever Enode adds to it tomorrow.
"""

import json
from typing import Annotated, Any

import jiter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from lastseen.domain import document, instant
from lastseen.domain.reading import LinkedVendor
from lastseen.domain.webhook import Webhook
from lastseen.enode.events import LARGEST_DOCUMENT
from lastseen.enode.exchange import Answer


class _Said(BaseModel):
    # What validation says of a flaw must not quote the value: it may be a token.
    model_config = ConfigDict(extra="ignore", defer_build=True, hide_input_in_errors=True)


class Token(_Said):
    """An access token."""

    # Visible ASCII only, as the header that carries it demands; the refusal of a bad header quotes it.
    access_token: Annotated[str, StringConstraints(pattern="^[!-~]+$")] = Field(repr=False)
    # OAuth allows for leaving it out; Enode says 3599.
    expires_in: float = Field(default=300.0, allow_inf_nan=False)


class Cursors(_Said):
    """Where the neighbouring pages begin."""

    after: str | None = None


class Listed(_Said):
    """A page of anything. `pagination` must be there: without it, a list cut short would look like a whole one."""

    data: list[Any]
    pagination: Cursors


class User(_Said):
    """A user and the vendors linked."""

    linked_vendors: list[Any] = Field(alias="linkedVendors")


class Vendor(_Said):
    """One linked vendor."""

    vendor: str
    vendor_type: str = Field(alias="vendorType")
    is_valid: bool = Field(alias="isValid")

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

    code: int


class Tested(_Said):
    """The outcome of a webhook's test."""

    status: str
    response: Received | None = None


class Problem(_Said):
    """A refusal in Enode's own form."""

    title: str


def parse(answer: Answer) -> Any:
    """Read the JSON of an answer.

    Raises:
        EnodeUnavailable: It is none.
    """
    try:
        return jiter.from_json(answer.content, allow_inf_nan=False)
    except ValueError:
        pass
    # Half an emoji, cut off in the middle by somebody's limit on nicknames, is refused by strict parsers. It must cost
    # the device that bears it, not the page.
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        raise answer.unexpected("the answer is not JSON") from None  # the cause carries the whole body


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
    """Whether a resource can be written down: JSON can say it, and it is not absurdly large."""
    try:
        return len(document.encode(resource)) <= LARGEST_DOCUMENT
    except ValueError:
        return False
