"""aws: whatever the person at the keyboard has configured, the real AWS is out of reach."""

from pathlib import Path

import pytest

from local.stack import aws
from local.stack.errors import UserError

EMULATOR = "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    "url",
    [
        "https://dynamodb.eu-central-1.amazonaws.com",
        "http://127.0.0.1.example.com:4566",
        "http://10.0.0.1:4566",
        "",
    ],
)
def test_an_endpoint_off_this_machine_is_refused(url: str) -> None:
    """One wrong variable must not send a local stack into somebody's account."""
    with pytest.raises(UserError, match="not on this machine"):
        aws.client("dynamodb", url)
    with pytest.raises(UserError, match="not on this machine"):
        aws.environment(url)


def test_a_child_inherits_no_profile_no_key_and_no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's shell is full of them."""
    for name in (
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_ENDPOINT_URL_S3",
    ):
        monkeypatch.setenv(name, "real")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")

    environment = aws.environment(EMULATOR)

    assert "real" not in environment.values()
    assert environment["AWS_ENDPOINT_URL"] == EMULATOR
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"


def test_a_client_has_made_up_keys_whatever_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing with real keys would put them into a log."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")

    client = aws.client("s3", EMULATOR)

    assert client.meta.endpoint_url == EMULATOR
    assert client._request_signer._credentials.access_key == "local"


def test_programs_are_looked_for_in_the_given_folders_first(tmp_path: Path) -> None:
    """A globally installed SAM CLI must not answer for the pinned one."""
    path = aws.environment(EMULATOR, tmp_path)["PATH"]

    assert path.startswith(f"{tmp_path}:")
