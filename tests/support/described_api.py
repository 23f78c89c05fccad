"""What a caller may say by the API's description, and what not: made up by schemathesis, put to whoever serves it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import schemathesis
from schemathesis import BaseSchema, Case, GenerationMode
from schemathesis.config import (
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.specs.openapi.checks import ignored_auth  # other tests ask without a token, route by route

from lastseen.domain.device import DeviceKind
from openapi.document import document


def described(app: Callable[..., Any] | None = None, description: dict[str, Any] | None = None) -> BaseSchema:
    """Give the API by its description: `@api.parametrize()` makes a test of each operation.

    Args:
        app: The WSGI application that serves it; None for one that is reached over the network.
        description: Another description than its own.
    """
    # Another method on a path of ours is Enode's own (501), nobody's (404) or named (405): our own tests tell which.
    phases = PhasesConfig(coverage=CoveragePhaseConfig(unexpected_methods=set()))
    generation = GenerationConfig(
        deterministic=True,
        allow_x00=False,
        allow_extra_parameters=False,  # what nobody knows is passed over, as Enode does
        with_security_parameters=False,
    )
    project = ProjectConfig(base_url="http://lastseen.example", generation=generation, phases=phases)
    config = SchemathesisConfig(projects=ProjectsConfig(default=project))
    api = schemathesis.openapi.from_dict(description or document(), config=config)
    api.app = app
    return api


@dataclass(frozen=True)
class Caller:
    """Somebody who has devices.

    Attributes:
        token: Their bearer token.
        user_id: Theirs.
        devices: Id and kind of some devices of theirs.
    """

    token: str
    user_id: str
    devices: Mapping[str, DeviceKind]

    def say(self, case: Case[Any], **transport: Any) -> None:
        """Make one request, and hold the answer to the description.

        What fits the description is turned towards something that is there, because a made-up id is only ever a 404;
        what does not fit stays as it is.
        """
        if case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE:
            self._aim(case)
        # Not every transport inflates what it gets.
        headers = {"Authorization": f"Bearer {self.token}", "accept-encoding": "identity"}
        case.call_and_validate(headers=headers, excluded_checks=[ignored_auth], **transport)

    def _aim(self, case: Case[Any]) -> None:
        if "userId" in case.path_parameters:
            case.path_parameters["userId"] = self.user_id
        for name in case.path_parameters.keys() - {"userId"}:
            wanted = name.removesuffix("Id")
            found = [id_ for id_, kind in self.devices.items() if wanted in ("device", _camel(kind))]
            if found:
                case.path_parameters[name] = found[0]
        # Only the API itself can make a cursor, and what lies in the past only the clock knows.
        for cursor in ("after", "before"):
            case.query.pop(cursor, None)
        past = datetime.now(UTC) - timedelta(minutes=1)
        for name, age in (("at", 0), ("to", 0), ("from", 10)):
            if name in case.query:
                case.query[name] = (past - timedelta(minutes=age)).isoformat().replace("+00:00", "Z")
        if "at" in case.query:  # no schema can say what a description does: verdict and ages are about now
            for about_now in ("verdict", "include"):
                case.query.pop(about_now, None)


def _camel(kind: DeviceKind) -> str:
    head, *tail = kind.split("-")
    return head + "".join(part.capitalize() for part in tail)
