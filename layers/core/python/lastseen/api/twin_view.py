"""JSON of the links of a twin."""

import json
from collections.abc import Mapping, Sequence

from lastseen.domain.snapshot import Life, StoredDevice


def links(
    twin_id: str, found: Sequence[StoredDevice], others: Sequence[StoredDevice], *, physical_id: str | None
) -> str:
    """Give the links of a twin.

    Args:
        twin_id: The twin.
        found: Its links, the newest first.
        others: For operators, who else has, or had, the physical device.
        physical_id: For operators, the physical device; None for everybody else, and where there is no identity.
    """
    told: dict[str, object] = {"twinId": twin_id, "data": [_link(one, twin_id) for one in found]}
    if physical_id is not None:
        told |= {"physicalId": physical_id, "others": [_link(one, twin_id) for one in others]}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _link(known: StoredDevice, twin_id: str) -> Mapping[str, object]:
    return {
        "deviceId": known.device.id,
        "twinId": twin_id if twin_id in known.snapshot.identity.former else known.twin_id,
        "kind": known.device.kind,
        "userId": known.user_id,
        "isLinked": known.snapshot.life is Life.ALIVE,
        "isSplit": known.split_from is not None,
    }
