"""Proves `layers/dependencies/prune.py`: what is carried to Lambda still does everything that we call."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import botocore
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.loaders import Loader

from layers.dependencies import prune

DATA = Path(botocore.__file__).parent / "data"

CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("dynamodb", "batch_execute_statement", {"Statements": [{"Statement": 'SELECT * FROM "t"'}]}),
    ("dynamodb", "batch_get_item", {"RequestItems": {"t": {"Keys": [{"pk": {"S": "a"}}]}}}),
    (
        "dynamodb",
        "batch_write_item",
        {"RequestItems": {"t": [{"DeleteRequest": {"Key": {"pk": {"S": "a"}}}}]}},
    ),
    ("dynamodb", "get_item", {"TableName": "t", "Key": {"pk": {"S": "a"}}}),
    ("dynamodb", "query", {"TableName": "t"}),
    ("dynamodb", "scan", {"TableName": "t"}),
    ("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"body", "Metadata": {"flaws": "none"}}),
    ("secretsmanager", "get_secret_value", {"SecretId": "s"}),
    ("secretsmanager", "batch_get_secret_value", {"SecretIdList": ["s"]}),
]


class _Empty:
    def stream(self, **_: object) -> Any:
        yield b""

    def read(self, *_: object, **__: object) -> bytes:
        return b""


@pytest.fixture(scope="module")
def client_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """Clients that know nothing but pruned descriptions, and reach nobody."""
    data = tmp_path_factory.mktemp("packages") / "botocore/data"
    data.mkdir(parents=True)
    for path in DATA.iterdir():
        if path.is_file():
            shutil.copy(path, data)
    for service in prune.OPERATIONS:
        shutil.copytree(DATA / service, data / service)
    prune.prune(data.parents[1])

    def make(service: str) -> Any:
        core = botocore.session.Session()
        core.register_component(
            "data_loader", Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
        )
        client: Any = boto3.Session(
            aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-west-1", botocore_session=core
        ).client(service)  # type: ignore[call-overload]
        client.meta.events.register("before-send", _answer_nothing)
        return client

    return make


def _answer_nothing(request: Any, **_: object) -> AWSResponse:
    headers: Any = {}
    return AWSResponse(request.url, 200, headers, _Empty())


@pytest.mark.parametrize(("service", "method", "request_"), CALLS)
def test_every_call_of_ours_can_still_be_made(
    client_of: Callable[[str], Any], service: str, method: str, request_: dict[str, Any]
) -> None:
    """A description cut one too far would fail in the cloud, at the first call of its kind."""
    answer = getattr(client_of(service), method)(**request_)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_what_is_not_named_is_gone(client_of: Callable[[str], Any]) -> None:
    """So that a new call is noticed at once, and added where it belongs."""
    with pytest.raises(AttributeError):
        client_of("dynamodb").describe_table(TableName="t")


def test_a_misspelt_operation_stops_the_build(tmp_path: Path) -> None:
    """Better there than in the cloud."""
    (tmp_path / "service-2.json.gz").write_bytes(next((DATA / "s3").glob("*/service-2.json.gz")).read_bytes())

    with pytest.raises(SystemExit, match="PutObjekt"):
        prune.narrow(tmp_path / "service-2.json.gz", {"PutObjekt"})
