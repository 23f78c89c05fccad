"""What the last release stored is read by this one, and what this one stores could be read by the last.

`stored.json` holds items of both tables as a release wrote them, what its readers made of them, and the numbers of the
dictionaries they knew. A release makes it anew, as its last step, by running this with STORED=write in the environment.
"""

import base64
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from lastseen.domain.device import DeviceKind
from lastseen.enode import delivery as enode_delivery
from lastseen.store import codec
from lastseen.usecases import ingest
from tests.integration.tables import Tables
from tests.support.arrivals import NO_HURRY
from tests.support.builders import NOON, TWIN_KEY, a_delivery, an_event
from tests.support.fakes import FakeQuarantine

STORED = Path(__file__).with_name("stored.json")
IS_WRITING = os.environ.get("STORED") == "write"
NAMES = [
    *(f"user:{kind}:updated" for kind in DeviceKind),
    "user:vehicle:discovered",
    "user:vehicle:deleted",
    "user:vehicle:smart-charging-status-updated",
    "user:credentials:invalidated",
    "system:heartbeat",
    "user:something:new",
]


def _store(tables: Tables) -> None:
    """Let one event of each sort in, a minute after another, through the front door."""
    for minute, name in enumerate(NAMES):
        at = NOON + timedelta(minutes=minute)
        user = {} if name.startswith("system:") else {"user_id": "ada"}
        ingest.take(
            enode_delivery.read(a_delivery([an_event(name, at=at, **user)]), now=at, twins=TWIN_KEY),
            log=tables.log(kept=None),
            states=tables.states(),
            quarantine=FakeQuarantine(),
            received_at=at,
            delivery_id="delivery-1",
            deadline=NO_HURRY,
        )


def _read(tables: Tables) -> dict[str, Any]:
    """What readers make of it: every device and account of the user, and the log of each device."""
    linked = list(tables.reader().walk_user("ada"))
    devices = {
        f"{one.known.device.kind}/{one.known.device.id}": [
            one.known.snapshot.life.name,
            (one.known.snapshot.current.document or b"").decode(),
            str(one.known.snapshot.current.facts.last_seen_at),
            str(one.invalid_since),
            one.known.twin_id,
        ]
        for one in linked
    }
    places = sorted({pk for table, pk, _ in tables.contents() if table == tables.history})
    items = [item for (table, _, _), item in tables.contents().items() if table == tables.history]
    log = sorted(
        [item["sk"]["S"], item["event"]["S"], codec.unpack(item["doc"]["B"]).decode()] for item in items
    )
    return {"devices": devices, "places": places, "log": log}


def _plain(item: Any) -> Any:
    """An item as JSON: bytes in base64."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in item.items()
    }


def _item(plain: Any) -> Any:
    return {
        name: {"B": base64.b64decode(value["B"])} if "B" in value else value for name, value in plain.items()
    }


def test_what_the_last_release_stored_is_read_as_it_read_it(fresh_tables: Tables) -> None:
    """After an update the tables are full of it, and nothing is ever written anew."""
    if IS_WRITING:
        _store(fresh_tables)
        contents = fresh_tables.contents(without=())
        said = {
            "dictionaries": sorted(codec.READS),
            "devices": [
                _plain(item) for (table, _, _), item in contents.items() if table == fresh_tables.devices
            ],
            "history": [
                _plain(item) for (table, _, _), item in contents.items() if table == fresh_tables.history
            ],
            "read": _read(fresh_tables),
        }
        STORED.write_text(json.dumps(said, indent=1, sort_keys=True) + "\n")
    stored = json.loads(STORED.read_text())
    wanted = {
        (table, item["pk"]["S"], item["sk"]["S"]): _item(item)
        for table, items in (
            (fresh_tables.devices, stored["devices"]),
            (fresh_tables.history, stored["history"]),
        )
        for item in items
    }

    fresh_tables.restore(wanted)

    assert _read(fresh_tables) == stored["read"]
    assert {kind for name in stored["read"]["devices"] for kind in [name.partition("/")[0]]} == set(
        DeviceKind
    )


def test_nothing_is_written_that_the_last_release_could_not_read() -> None:
    """Both run side by side while one takes over, and whoever goes back by one finds what the newer one wrote."""
    known = set(json.loads(STORED.read_text())["dictionaries"])

    assert set(codec.WRITES.values()) <= known
    assert known <= set(codec.READS)
