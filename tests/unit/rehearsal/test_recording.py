"""Proves `rehearsal/recording.py`: what is written is read back, each thing once, and nothing is mistaken for all."""

from pathlib import Path
from typing import Any

import pytest

from rehearsal import recording
from rehearsal.grants import Grant
from rehearsal.outcome import NotRehearsedError
from rehearsal.recording import Published, Recorder

LINE: dict[str, Any] = {
    "_aws": {
        "CloudWatchMetrics": [
            {
                "Namespace": "Lastseen",
                "Dimensions": [["service"], ["service", "task"]],
                "Metrics": [{"Name": "Stale"}, {"Name": "Due"}],
            }
        ]
    },
    "service": "sweep",
    "task": "look",
    "Stale": [1.0],
    "Due": [2.0],
}


def test_what_was_recorded_is_read_back_with_the_templates_names_and_without_ids(tmp_path: Path) -> None:
    """Each once, however often it happened; ids of users are nobody's business here."""
    recorder = Recorder(tmp_path / "unit")
    for user in ("ada", "bob"):
        key = {"pk": {"S": f"U#{user}"}, "sk": {"S": "USER"}}
        recorder.call("read", "dynamodb", "GetItem", {"TableName": "x-DevicesTable-1", "Key": key})
    recorder.call("ingest", "s3", "PutObject", {"Bucket": "x-quarantinebucket-1", "Key": "elements/1"})
    recorder.line("sweep", "sweep", LINE)

    read = recording.read(tmp_path, ["unit"])

    assert read.granted == {
        ("read", Grant("dynamodb:GetItem", "DevicesTable", ("U#*",))),
        ("ingest", Grant("s3:PutObject", "QuarantineBucket/*")),
    }
    assert read.published == {
        Published("sweep", "sweep", "Lastseen", (("service", "sweep"),), ("Due", "Stale")),
        Published("sweep", "sweep", "Lastseen", (("service", "sweep"), ("task", "look")), ("Due", "Stale")),
    }
    assert len((next((tmp_path / "unit").iterdir())).read_text().splitlines()) == 4


def test_a_run_that_has_not_recorded_is_named(tmp_path: Path) -> None:
    """Half a recording would show grants as unused that are not."""
    Recorder(tmp_path / "unit").line("sweep", "sweep", LINE)

    with pytest.raises(NotRehearsedError, match="nothing was recorded by `make smoke` and `make test`"):
        recording.read(tmp_path, ["unit", "integration", "smoke"])
