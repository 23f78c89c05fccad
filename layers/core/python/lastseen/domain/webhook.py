"""What does Enode know of a subscription to its events?"""

from dataclasses import dataclass
from datetime import datetime

API_VERSION = "2024-10-01"
"""The version of Enode's API that we speak, and in which it shall write its events."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One subscription, as Enode shows it. Its secret is never shown.

    Attributes:
        id: Enode's id for it.
        url: Where Enode sends its deliveries.
        events: The names it is for; `*` is all of them.
        is_active: False once Enode gave up; whatever was waiting is then lost.
        last_success_at: When Enode last delivered, aware UTC. On a new one it is `created_at`, though nothing was
            delivered yet; None if Enode does not say.
        created_at: When it was made, aware UTC; None if Enode does not say.
        api_version: In which version events are written; None is the client's own default.
    """

    id: str
    url: str
    events: tuple[str, ...]
    is_active: bool
    last_success_at: datetime | None
    created_at: datetime | None
    api_version: str | None


@dataclass(frozen=True, slots=True)
class Trial:
    """How a test event fared.

    Attributes:
        succeeded: The receiver took it; Enode has then switched the webhook on again.
        status: With which HTTP status the receiver answered; None if it did not.
    """

    succeeded: bool
    status: int | None
