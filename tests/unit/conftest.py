"""Unit tests reach nothing outside the process: whoever opens a socket fails."""

import pytest
from pytest_socket import disable_socket


@pytest.fixture(autouse=True)
def _no_network() -> None:
    disable_socket(allow_unix_socket=True)  # event loops wake themselves up through a pair of them
