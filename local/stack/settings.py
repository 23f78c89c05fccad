"""Settings of the stack: ports, speed, folders."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.stack.errors import UserError

REPOSITORY = Path(__file__).resolve().parents[2]
STACK_NAME = "lastseen"
REGION = "eu-central-1"

# Enode's cadences in seconds, plus margin (the template's defaults): the age at which a state stops being fresh.
FRESH_SECONDS = {"FreshActiveSeconds": 300, "FreshRegularSeconds": 900, "FreshHvacSeconds": 300}
# The sweep's patience in seconds (the template's defaults): a faster world shortens all of it alike.
PATIENCE_SECONDS = {
    "FreshCeilingSeconds": 7200,
    "CheckBackoffMaxSeconds": 21600,
    "HintBackoffFirstSeconds": 900,
    "HintBackoffMaxSeconds": 86400,
    "HintSettleSeconds": 120,
    "HintWindowSeconds": 3600,
    "ReconcileEverySeconds": 86400,
    "WebhookKeptSeconds": 86400,
    "CensusSeconds": 3600,
}
# EventBridge Scheduler knows nothing shorter.
RATE = "rate(1 minute)"
# The client that the simulated Enode knows, and that the stack is given to ask it.
ENODE_CLIENT = ("simulated-client", "simulated-secret-of-no-value")
# Below this a limit would be shorter than a round trip through the stack under load.
LEAST_FRESH_SECONDS = 5


@dataclass(frozen=True)
class Settings:
    """How this stack is run; everything has a default."""

    speed: float = 20.0
    seed: int = 1
    port_aws: int = 4566
    port_enode: int = 4580
    folder: Path = REPOSITORY / ".local"

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> "Settings":
        """Read SPEED, SEED, PORT_AWS and PORT_ENODE.

        Raises:
            UserError: A value is not a number in its bounds.

        >>> Settings.from_env({"SPEED": "60", "PORT_AWS": "4600"}).port_aws
        4600
        """
        return cls(
            speed=_number(environment, "SPEED", cls.speed, 1, 200),
            seed=int(_number(environment, "SEED", cls.seed, 0, 2**31)),
            port_aws=int(_number(environment, "PORT_AWS", cls.port_aws, 1024, 65535)),
            port_enode=int(_number(environment, "PORT_ENODE", cls.port_enode, 1024, 65535)),
        )

    @property
    def aws_url(self) -> str:
        """Where the emulated AWS answers."""
        return f"http://127.0.0.1:{self.port_aws}"

    @property
    def enode_url(self) -> str:
        """Where the simulated Enode answers; the issuer of the read API's tokens too."""
        return f"http://127.0.0.1:{self.port_enode}"

    @property
    def stack_info(self) -> Path:
        """The file that says where everything is."""
        return self.folder / "stack.json"

    @property
    def logs(self) -> Path:
        """Where every child's output goes."""
        return self.folder / "logs"

    @property
    def parameters(self) -> dict[str, str]:
        """The template's parameters; the speed that shortens Enode's cadences shortens our limits alike.

        Any origin may ask, so that a frontend in development can be pointed here.

        >>> Settings(speed=20).parameters["FreshRegularSeconds"]
        '45'
        """
        fresh = {
            name: str(max(LEAST_FRESH_SECONDS, round(seconds / self.speed)))
            for name, seconds in FRESH_SECONDS.items()
        }
        return {
            "Arch": machine_architecture(platform.machine()),
            "OidcIssuer": self.enode_url,
            "OidcAudience": "lastseen",
            "CorsOrigins": "*",
            "EnodeApiUrl": self.enode_url,
            "EnodeTokenUrl": f"{self.enode_url}/oauth2/token",
            **fresh,
            **{name: str(max(1, round(seconds / self.speed))) for name, seconds in PATIENCE_SECONDS.items()},
            **dict.fromkeys(("SweepRate", "ReconcileRate", "GuardRate"), RATE),
        }


def machine_architecture(machine: str) -> str:
    """Name this machine's processor as Lambda does.

    >>> machine_architecture("aarch64")
    'arm64'
    """
    return "arm64" if machine in {"aarch64", "arm64"} else "x86_64"


def _number(environment: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    text = environment.get(name, "").strip()
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise UserError(
            f"{name}={text} is not a number from {least:g} to {most:g}. Leave it out for {default:g}."
        )
    return value
