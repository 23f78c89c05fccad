"""How do devices and changes look from outside? Enode's documents as they came, and what we add around them."""

import json
from collections.abc import Iterable, Mapping

from lastseen.domain import instant
from lastseen.domain.answer import HistoryPage, Judged
from lastseen.domain.freshness import Freshness
from lastseen.domain.history import Change


def enode_document(judged: Judged) -> str:
    """Give Enode's own resource, as it came."""
    return (judged.known.snapshot.current.document or b"{}").decode()


def freshness_headers(freshness: Freshness) -> dict[str, str]:
    """Say in headers how far an Enode-shaped answer can be trusted: its schema has no room for it.

    `lastseen-freshness` is a structured field (RFC 9651): the verdict, `age` in seconds since Enode's last contact
    where there was one, and the reason.
    """
    age = "" if freshness.age is None else f";age={int(freshness.age.total_seconds())}"
    return {"lastseen-freshness": f'{freshness.verdict};reason="{freshness.reason}"{age}'}


def device_list(devices: Iterable[Judged]) -> str:
    """Give devices of every kind as a list of ours; Enode's documents are passed through without being read."""
    return f'{{"data":[{",".join(map(_device, devices))}],"pagination":{{"after":null,"before":null}}}}'


def history(page: HistoryPage) -> str:
    """Give the changes of a device."""
    body = {
        "deviceId": page.known.device.id,
        "kind": page.known.device.kind,
        "coverage": {"from": None if page.coverage_from is None else instant.fixed(page.coverage_from)},
        "isComplete": page.is_complete,
        "data": [_change(change) for change in page.changes],
    }
    return _json(body)


def _device(judged: Judged) -> str:
    device = judged.known.device
    outside = {
        "id": device.id,
        "kind": device.kind,
        "userId": judged.known.user_id,
        "freshness": _freshness(judged.freshness),
    }
    return f'{_json(outside)[:-1]},"document":{enode_document(judged)}}}'


def _freshness(freshness: Freshness) -> Mapping[str, object]:
    return {
        "verdict": freshness.verdict,
        "reason": freshness.reason,
        "ageSeconds": None if freshness.age is None else int(freshness.age.total_seconds()),
        "checkedAt": None if freshness.checked_at is None else instant.fixed(freshness.checked_at),
    }


def _change(change: Change) -> Mapping[str, object]:
    return {
        "path": change.path,
        "before": change.before,
        "after": change.after,
        "at": instant.fixed(change.at),
        "event": change.event,
        "source": change.source,
    }


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
