"""The question that operators ask: how is the system itself?"""

from lastseen.routes.desk import Answer, Desk


def get_health(desk: Desk) -> Answer:
    """GET /health: heartbeat, webhook, last sweep and reconcile, devices by verdict."""
    from lastseen.api import vitals  # noqa: PLC0415 - both know the whole upkeep, and are asked rarely
    from lastseen.usecases import health  # noqa: PLC0415

    seen = health.look(desk.caller, devices=desk.tools.devices, records=desk.tools.records, now=desk.now)
    return Answer(vitals.health(seen), {})
