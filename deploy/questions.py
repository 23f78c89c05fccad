"""Questions about a stack that has no settings yet: few, each with a default where there can be one."""

from collections.abc import Callable, Mapping

from deploy.parameters import Parameter
from deploy.settings import Settings

ASKED = (
    "OidcIssuer",
    "OidcAudience",
    "UserIdClaim",
    "EnodeEnvironment",
    "CorsOrigins",
    "AlarmTopicArn",
)
"""What differs from one deployment to the next. Everything else has a default that holds for nearly all."""


def ask(
    stack: str,
    parameters: Mapping[str, Parameter],
    *,
    region: str | None,
    read: Callable[[str], str] = input,
    say: Callable[[str], None] = print,
) -> Settings:
    """Ask for the settings of a new stack.

    Args:
        stack: Its name.
        parameters: Those of the template.
        region: The one that AWS's own settings name, as a default; None if they name none.
        read: Shows a prompt and gives the line that was typed.
        say: Shows a line.
    """
    say(f"The stack {stack} has no settings yet. Enter takes what stands in brackets.\n")
    where = _answer("Region", region, read)
    said: dict[str, str] = {}
    for name in ASKED:
        parameter = parameters[name]
        say(f"\n{parameter.description}")
        while True:
            value = _answer(name, parameter.default, read)
            complaint = parameter.complaint(value)
            if complaint is None:
                break
            say(complaint)
        said[name] = value
    return Settings(stack, where, said | {"DeletionProtection": "true"})


def _answer(name: str, default: str | None, read: Callable[[str], str]) -> str:
    while True:
        value = read(f"{name}{'' if default is None else f' [{default or "none"}]'}: ").strip()
        if value or default is not None:
            return value or default or ""
