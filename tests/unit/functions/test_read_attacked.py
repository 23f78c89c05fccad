"""Proves that a valid token of one user gets nothing of another's, by twenty thousand requests that try.

The generator knows every id there is, and cursors and tags that the other user and the fleet were given; it bends
paths, encodings, queries, headers and methods. The same seed makes the same requests.
"""

import io
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from functions.read import app
from lastseen.domain.device import DeviceKind
from lastseen.domain.freshness import Verdict
from lastseen.observability import logger
from lastseen.routes.router import ROUTES
from tests.support.builders import ODD_IDS, Json
from tests.support.examples import examples
from tests.support.read_requests import Answer, ReadDoor, asked, of
from tests.support.two_users import ANNA, BEGAN, BEN, CHANGED, NOW, a_world, device_id, paths_of

REQUESTS, PARTS = 20_000, 8
SEED = 20260301

_ODD = [
    *(
        "",
        ".",
        "..",
        "%",
        "%00",
        "%2F",
        "%2e%2e",
        "%252F",
        "#",
        "?",
        "\0",
        "\n",
        "\r\nx: y",
        "\ud800",
        "é",
        "'",
        '"',
        "`",
    ),
    *(
        "*",
        "$",
        "{userId}",
        "__proto__",
        "null",
        "undefined",
        "NaN",
        "-1",
        "1e308",
        "0x10",
        "' OR 1=1 --",
        "${7*7}",
    ),
    *(
        "<script>",
        "\u202e",
        "\uff0f",
        "D#vehicle#",
        "U#",
        "SYS",
        "~",
        "\x7f",
        "a" * 300,
        "a" * 2048,
        "[]",
        "{}",
        "true",
    ),
]
_MOMENTS = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (BEGAN, CHANGED, NOW)] + [
    *(
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-02-30T00:00:00Z",
        "2026-03-01T00:00:00-23:59",
        "now",
    ),
]
_METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"]


@dataclass
class Attacker:
    """Makes requests.

    Attributes:
        chance: Everything is drawn from it.
        cursors: What callers were given as cursors.
        tags: What callers were given as ETags.
    """

    chance: random.Random
    cursors: list[str]
    tags: list[str]

    def request(self) -> Json:
        """Make one."""
        method, path = self._path()
        event = asked(
            path,
            self._query(),
            claims=dict(of(ANNA))
            | (
                {"scope": self.chance.choice(["", "fleet", "fleet:*", "admin"])}
                if self._now_and_then()
                else {}
            ),
            headers=self._headers(),
            method=self.chance.choice(_METHODS) if self._now_and_then(0.2) else method,
        )
        if self._now_and_then():
            # As another gateway might: parameters not decoded, decoded twice, of another route, or none.
            event["pathParameters"] = {
                name: self._bent(self._id()) for name in ("userId", "deviceId", "collection", "proxy")
            }
        if self._now_and_then():
            event["routeKey"] = self.chance.choice(
                [*ROUTES, "", "GET", "$default", "GET /users/{userId}/devices/"]
            )
        return event

    def _now_and_then(self, share: float = 0.1) -> bool:
        return self.chance.random() < share

    def _path(self) -> tuple[str, str]:
        method, _, template = self.chance.choice(list(ROUTES)).partition(" ")
        template = template or f"/{self._id()}/{self._id()}"
        if self._now_and_then(0.6):  # one that fits
            kind = self.chance.choice(list(DeviceKind))
            template = template.replace("{collection}", kind.collection)
            template = template.replace("{deviceId}", device_id(self.chance.choice([ANNA, BEN]), kind))
        for name in ("{userId}", "{deviceId}", "{collection}"):
            fitting = {"{userId}": self._user, "{deviceId}": self._id, "{collection}": self._collection}[name]
            template = template.replace(
                name,
                quote(self._bent(fitting()), safe=self.chance.choice(["", "/%", "/%#?"]), errors="replace"),
            )
        if self._now_and_then(0.03):
            template += self.chance.choice(["/", "//", "/..", "/%2e%2e/" + BEN, ";" + BEN, "/devices/" + BEN])
        return method.replace("$default", "GET"), template

    def _user(self) -> str:
        return self.chance.choice([ANNA, ANNA, BEN, BEN, self._id(), "-", self.chance.choice(ODD_IDS)])

    def _collection(self) -> str:
        return self.chance.choice([*(kind.collection for kind in DeviceKind), "devices", "users", BEN])

    def _id(self) -> str:
        owner = self.chance.choice([ANNA, BEN])
        kinds = [device_id(owner, kind) for kind in DeviceKind]
        odd = ["-", self.chance.choice(ODD_IDS)]
        return self.chance.choice(
            [*kinds, f"{owner}-gone", f"{owner}-schedule", f"{owner}-action", owner, *odd]
        )

    def _bent(self, text: str) -> str:
        if not self._now_and_then(0.35):
            return text
        odd = self.chance.choice(_ODD)
        where = self.chance.randrange(len(text) + 1)
        return self.chance.choice(
            [
                odd,
                text + odd,
                odd + text,
                text[:where] + odd + text[where:],
                text.upper(),
                text + " ",
                f"{ANNA}/{text}",
                f"{ANNA}#{text}",
                f"../{text}",
            ]
        )

    def _query(self) -> dict[str, str]:
        values: dict[str, Any] = {
            "pageSize": lambda: self.chance.choice(["1", "2", "100", "0", "101", "1,100", self._bent("50")]),
            "after": self._cursor,
            "before": self._cursor,
            "kind": lambda: self._bent(self.chance.choice(list(DeviceKind))),
            "vendor": lambda: self._bent(self.chance.choice([f"{ANNA}-TESLA", f"{BEN}-TESLA"])),
            "verdict": lambda: self._bent(self.chance.choice(list(Verdict))),
            "fields": lambda: self._bent(
                self.chance.choice(["information", "id,userId", "location.id", "a.b.c"])
            ),
            "field": lambda: self._bent(
                self.chance.choice(["isReachable", "$exists", f"schedules.{BEN}-schedule"])
            ),
            "at": lambda: self._bent(self.chance.choice(_MOMENTS)),
            "from": lambda: self._bent(self.chance.choice(_MOMENTS)),
            "to": lambda: self._bent(self.chance.choice(_MOMENTS)),
            "order": lambda: self._bent(self.chance.choice(["asc", "desc"])),
            "userId": lambda: self.chance.choice([BEN, self._bent(BEN)]),
            "deviceId": lambda: self.chance.choice([self._id(), self._bent(self._id())]),
            "sub": lambda: BEN,
        }
        names = self.chance.sample(list(values), self.chance.choice([0, 0, 1, 1, 2, 3, 5]))
        return {name: values[name]() for name in names}

    def _cursor(self) -> str:
        cursor = self.chance.choice(self.cursors)
        at = self.chance.randrange(len(cursor))
        return self.chance.choice(
            [
                cursor,
                cursor,
                cursor[:at],
                cursor[at:],
                cursor[:at] + "A" + cursor[at + 1 :],
                cursor * 2,
                cursor * 40,
                self._bent(cursor),
                self.chance.choice(_ODD),
            ]
        )

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        if self._now_and_then(0.5):
            headers["if-none-match"] = self.chance.choice(
                [
                    ", ".join(self.tags),
                    self.chance.choice([*self.tags, "*", "W/*", '""', self.chance.choice(_ODD)]),
                ]
            )
        if self._now_and_then(0.3):
            headers["accept-encoding"] = self.chance.choice(
                ["gzip", "br", "gzip;q=0", "*", "gzip, " * 200, self.chance.choice(_ODD)]
            )
        if self._now_and_then():
            headers[self.chance.choice(["x-user-id", "authorization", "x-forwarded-user"])] = BEN
        return headers


def _given(door: ReadDoor, user_id: str) -> tuple[list[str], list[str]]:
    """The cursors and tags that a user was given, in the usual way."""
    cursors, tags = [], []
    for url in paths_of(user_id):
        path, _, query = url.partition("?")
        answer = door.get(
            path,
            dict(part.split("=") for part in query.split("&") if part) | {"pageSize": "1"},
            claims=of(user_id),
        )
        tags.append(answer.headers["etag"])
        if "pagination" in answer.json:
            cursors += [cursor for cursor in (answer.after, answer.before) if cursor]
    return cursors, tags


def _told(answer: Answer) -> str:
    return f"{dict(answer.headers)}\n{answer.text}"


def _asked_for(event: Json) -> list[str]:
    """What a refusal may repeat of the request: ids without anything odd, between quotation marks."""
    query = event.get("queryStringParameters") or {}
    named = [*(event.get("pathParameters") or {}).values(), query.get("userId"), query.get("deviceId")]
    return [repr(value) for value in named]


@pytest.mark.parametrize("part", range(PARTS))
def test_twenty_thousand_tries_get_nothing_of_another_user(
    part: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No word of Ben's in any body or header, no 5xx but the honest 501, no exception; and none in the log lines."""
    door = a_world().door
    monkeypatch.setattr(app, "build", door.collaborators)
    lines = io.StringIO()
    for handler in logger.handlers:
        monkeypatch.setattr(handler, "stream", lines)
    bens, annas = _given(door, BEN), _given(door, ANNA)
    assert len(bens[0]) > 20
    attacker = Attacker(random.Random(SEED + part), [*bens[0], *bens[0], *annas[0]], [*bens[1], *annas[1]])
    statuses: Counter[int] = Counter()
    tries = examples(REQUESTS // PARTS)

    for number in range(tries):
        event = attacker.request()
        answer = door.send(event)
        statuses[answer.status] += 1

        told = _told(answer)
        if answer.status in (404, 501):
            for repeated in _asked_for(event):
                told = told.replace(repeated, "")
        assert BEN not in told, (number, event, told)
        assert BEN.upper() not in told, (number, event, told)
        assert answer.status < 500 or answer.status == 501, (number, event, told)
        if event["requestContext"]["http"]["method"] == "HEAD":
            assert answer.text == ""
        elif answer.status >= 400:
            assert set(answer.json) - {"nearest"} == {"type", "title", "detail"}, (number, told)

    # The tries are worth something only if many get through to an answer, and many to each kind of refusal.
    assert statuses[200] > tries / 20, statuses
    assert min(statuses[status] for status in (200, 204, 304, 400, 404, 501)) > tries / 100, statuses
    assert BEN not in lines.getvalue()
    assert ANNA not in lines.getvalue()
    assert BEN not in capsys.readouterr().out
