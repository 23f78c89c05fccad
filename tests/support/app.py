"""The whole of Lastseen in this process: both doors behind a gateway, composed as in the cloud but for the stores."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from unittest.mock import patch

import httpx
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.ingest import app as ingest
from functions.read import app as read
from lastseen.config import ReadSettings
from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.domain.pagination import MOST_LOOKED_AT
from lastseen.errors import NoEnodeClient
from lastseen.routes.request_context import Collaborators
from lastseen.store.secrets import WebhookSecrets
from lastseen.usecases.parallel_map import one_by_one
from lastseen.usecases.ports import SmartCharging
from lastseen.usecases.recent_failures import RecentFailures
from lastseen.usecases.refresh import Refresher, RefreshOutcome
from lastseen.usecases.smart_charging import ChargingReader
from lastseen.usecases.split_twin import TwinSplitter
from tests.support.api_gateway import Claims, Gateway, InProcess
from tests.support.builders import SECRET, TWIN_KEY, Json, signature_of
from tests.support.fake_maintenance import FakeRecords
from tests.support.fakes import (
    FakeDevices,
    FakeHistory,
    FakeLog,
    FakeQuarantine,
    FakeStates,
)
from tests.support.read_requests import ENVIRONMENT

FLEET: Claims = {"sub": "a-fleet", "scope": "fleet:read"}
"""Claims that see every user."""


class _Context:
    function_name = "lastseen"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:lastseen"
    aws_request_id = "request-1"


class _Vault:
    def get_secret_value(self, **_: Any) -> dict[str, str]:
        return {"SecretString": json.dumps({"current": SECRET})}


class _NothingNew:
    """In place of what asks Enode for a device: there is no Enode here."""

    def refresh(self, *_: Any, **__: Any) -> RefreshOutcome:
        return RefreshOutcome.CURRENT


@dataclass
class App:
    """Both functions on one set of stores, and the gateway before them.

    Attributes:
        tokens: Which bearer token has which claims. Add a user's as you need it.
        enode: Whom smart-charging statuses are asked of; None where nobody has a client of Enode's.
    """

    tokens: dict[str, Claims] = field(default_factory=lambda: {"fleet": FLEET})
    log: FakeLog = field(default_factory=FakeLog)
    states: FakeStates = field(default_factory=FakeStates)
    quarantine: FakeQuarantine = field(default_factory=FakeQuarantine)
    records: FakeRecords = field(default_factory=FakeRecords)
    enode: SmartCharging | None = None

    @property
    def gateway(self) -> Gateway:
        """The HTTP API."""
        return Gateway({"IngestFunction": self._ingest, "ReadFunction": self._read}, self.tokens.get)

    def client(self, token: str = "fleet") -> httpx.Client:  # noqa: S107 - a name, no secret
        """A client with a token."""
        return httpx.Client(
            transport=InProcess(self.gateway),
            base_url="https://lastseen.example",
            headers={"authorization": f"Bearer {token}"},
        )

    def deliver(self, body: bytes, headers: Mapping[str, str] | None = None) -> int:
        """Post a delivery as Enode does, signed unless headers say otherwise; gives the status."""
        signed = headers or {
            "x-enode-delivery": "delivery-1",
            "x-enode-signature": signature_of(body, SECRET),
        }
        return self.gateway.answer("POST", "/webhooks/enode", signed.items(), body).status

    def _ingest(self, event: Json) -> Json:
        secrets = WebhookSecrets("arn:secret", cast("Any", _Vault()), clock=lambda: 0.0)
        context = ingest.IngestCollaborators(
            secrets, self.log, self.states, self.quarantine, lambda: TWIN_KEY
        )
        with _composed(ingest, context):
            response: Json = ingest.handler(event, cast("LambdaContext", _Context()))
        return response

    def _read(self, event: Json) -> Json:
        context = Collaborators(
            settings=ReadSettings.from_env(ENVIRONMENT),
            devices=FakeDevices(self.states, MOST_LOOKED_AT),
            history=FakeHistory(self.log),
            records=self.records,
            cursor_key=lambda: b"a-key-for-cursors-of-32-bytes-ok",
            refresher=lambda _deadline: cast("Refresher", _NothingNew()),
            charging_reader=self._charging_reader,
            parallel_map=one_by_one,
            twin_key=lambda: TWIN_KEY,
            twin_splitter=self._twin_splitter,
        )
        with _composed(read, context):
            response: Json = read.handler(event, cast("LambdaContext", _Context()))
        return response

    def _twin_splitter(self, caller: Caller, deadline: Deadline) -> TwinSplitter:
        devices = FakeDevices(self.states)
        return TwinSplitter(caller, self.log, self.states, devices, lambda: datetime.now(UTC), deadline)

    def _charging_reader(self, deadline: Deadline) -> ChargingReader:
        if self.enode is None:
            raise NoEnodeClient("nobody has a client of Enode's here")
        return ChargingReader(
            log=self.log,
            states=self.states,
            devices=FakeDevices(self.states),
            enode=self.enode,
            now=lambda: datetime.now(UTC),
            deadline=deadline,
            failures=RecentFailures(),
        )


@contextmanager
def _composed(door: Any, context: object) -> Iterator[None]:
    with patch.object(door, "build", lambda: context):
        yield
