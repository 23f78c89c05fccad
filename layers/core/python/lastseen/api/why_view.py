"""JSON of `GET /devices/{deviceId}/why`."""

import json
from datetime import datetime

from lastseen.api.cursor import Cursors
from lastseen.api.views import log_of, pagination
from lastseen.domain import instant
from lastseen.domain.answer import Setter, Why


def why(found: Why, cursors: Cursors, *, tells_delivery: bool) -> str:
    """Say which entry set a value, and what has confirmed it since; `tells_delivery` as for `views.history`."""
    setter = found.setter
    told = None if setter is None else {**_told_by(setter, tells_delivery), "before": found.before}
    return json.dumps(
        {
            **log_of(found.known, found.coverage_from, found.gaps),
            "at": _moment(found.at),
            "field": found.path,
            "value": found.value,
            "setBy": told,
            "sinceAtOrBefore": _moment(found.since_at_or_before),
            "confirmed": {
                "lastContactAt": _moment(found.contact_at),
                "lastCheckAt": _moment(found.checked_at),
            },
            "pagination": pagination(found.after, None, cursors),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _told_by(setter: Setter, tells_delivery: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "at": _moment(setter.at),
        "event": setter.event,
        "source": setter.source,
        "receivedAt": _moment(setter.received_at),
    }
    return {**told, "deliveryId": setter.delivery_id} if tells_delivery else told


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else instant.fixed(moment)
