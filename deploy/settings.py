"""Settings of one stack, kept in `stacks/<name>.toml`: region, parameters, tags."""

import difflib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.parameters import CannotDeployError, Parameter

FOLDER = Path("stacks")

_HEADER = """\
# Settings of the stack "{stack}". `make deploy STACK={stack}` reads them each time.
# Any parameter of template.yaml may stand here; what is left out has its default. No secret belongs here.
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one stack is told.

    Attributes:
        stack: Its name.
        region: Where it is.
        parameters: Those that differ from the template's defaults.
        tags: Put on everything that can carry them.
    """

    stack: str
    region: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str] = field(default_factory=dict)

    def values(self, parameters: Mapping[str, Parameter]) -> dict[str, str]:
        """Give a value for every parameter of the template.

        All of them are passed each time, defaults too: CloudFormation would keep what an earlier deployment was told,
        and a line that is taken out of the file would go on holding.

        Raises:
            CannotDeployError: The file names a parameter that there is not, lacks one, or has a value that is refused.
        """
        for name in self.parameters:
            if name not in parameters:
                near = difflib.get_close_matches(name, parameters, 1)
                hint = f"; is it {near[0]}?" if near else ""
                raise CannotDeployError(f"{path(self.stack)}: there is no parameter {name}{hint}")
        found: dict[str, str] = {}
        for name, parameter in parameters.items():
            value = self.parameters.get(name, parameter.default)
            if value is None:
                raise CannotDeployError(f"{path(self.stack)}: {name} is missing. {parameter.description}")
            complaint = parameter.complaint(value)
            if complaint:
                raise CannotDeployError(f"{path(self.stack)}: {complaint}")
            found[name] = value
        return found


def path(stack: str) -> Path:
    """Where the settings of a stack lie."""
    return FOLDER / f"{stack}.toml"


def read(stack: str) -> Settings | None:
    """Read the settings of a stack; None if it has none yet.

    Raises:
        CannotDeployError: The file cannot be understood.
    """
    try:
        said = tomllib.loads(path(stack).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CannotDeployError(f"{path(stack)} cannot be read: {error}") from error
    region, unknown = said.get("region"), said.keys() - {"region", "parameters", "tags"}
    if not isinstance(region, str) or not region:
        raise CannotDeployError(f'{path(stack)} needs a line like: region = "eu-central-1"')
    if unknown:
        raise CannotDeployError(
            f"{path(stack)} has {', '.join(sorted(unknown))}; there is region, [parameters], [tags]"
        )
    for table in ("parameters", "tags"):
        if not isinstance(said.get(table, {}), dict):
            raise CannotDeployError(f"{path(stack)}: {table} is a table; it begins with a line [{table}]")
    return Settings(stack, region, _texts(said.get("parameters", {})), _texts(said.get("tags", {})))


def write(settings: Settings) -> Path:
    """Write the settings of a stack, and say where."""
    lines = [
        _HEADER.format(stack=settings.stack),
        f"region = {json.dumps(settings.region)}",
        "",
        "[parameters]",
    ]
    lines += [f"{name} = {json.dumps(value)}" for name, value in settings.parameters.items()]
    target = path(settings.stack)
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def _texts(said: Mapping[str, object]) -> dict[str, str]:
    return {name: str(one).lower() if isinstance(one, bool) else str(one) for name, one in said.items()}
