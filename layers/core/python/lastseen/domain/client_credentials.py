"""OAuth client credentials for Enode's API."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What Enode's developer console gives to one client in one environment.

    Attributes:
        client_id: Names the client.
        client_secret: Proves it. There is one at a time: making a new one ends the old one at once.
    """

    client_id: str
    client_secret: str = field(repr=False)
