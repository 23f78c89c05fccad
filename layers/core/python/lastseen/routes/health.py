"""The question that operators ask: how is the system itself?"""

from lastseen.api import vitals
from lastseen.routes.desk import Answer, Desk


def get_health(desk: Desk) -> Answer:
    """GET /health: heartbeat, webhook, last sweep and reconcile, devices by verdict."""
    from lastseen.usecases import health  # noqa: PLC0415 - it knows the whole upkeep, and is asked rarely

    seen = health.look(desk.caller, devices=desk.tools.devices, records=desk.tools.records)
    return Answer(vitals.health(seen), {})
