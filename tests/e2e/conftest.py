"""The running stack, as `make up` left it."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local.stack import stack_info
from local.stack.api_client import ApiClient, open_client
from local.stack.settings import Settings
from local.stack.stack_info import StackInfo
from rehearsal.recording import Recorder
from tests.e2e import wire


@pytest.fixture(scope="session")
def stack() -> StackInfo:
    """Where everything is; without a running stack there is nothing to test, and no pretending."""
    path = Settings().stack_info
    if not path.exists():
        pytest.fail("no stack is running: start one with `make up`, then `make smoke`, then `make down`")
    return stack_info.read(path)


@pytest.fixture(scope="session")
def settings(stack: StackInfo) -> Settings:
    """How that stack is run: its ports and its speed, wherever this shell would look for one."""
    aws, enode = (urlsplit(url).port or 0 for url in (stack.aws_endpoint_url, stack.enode_url))
    return Settings(speed=stack.speed, port_aws=aws, port_enode=enode)


@pytest.fixture(scope="session", autouse=True)
def _recorded(settings: Settings) -> Iterator[None]:
    """What the deployed functions do is written down, while `RECORD` names a folder."""
    folder = os.environ.get("RECORD")
    if not folder:
        yield
        return
    with wire.tapped(settings, Recorder(Path(folder))):
        yield


@pytest.fixture
def api_client(stack: StackInfo) -> Iterator[ApiClient]:
    """Both APIs, with a token that sees every user."""
    with open_client(stack) as opened:
        yield opened
