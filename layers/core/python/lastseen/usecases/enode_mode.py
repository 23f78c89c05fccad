"""Tell whether this deployment asks Enode, or only listens: what the guard and the reconcile left behind shows it.

Two fields of two records, read by hand: a plain read asks this, and `domain/record_shapes.py` costs a cold start 15 ms.
"""

from lastseen.domain.records import RECONCILE, WEBHOOK
from lastseen.usecases.ports import Records


def is_asking(records: Records) -> bool:
    """Say whether Enode ever answered our client: the guard found our webhook, or a reconcile read a list.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    if records.read(WEBHOOK).content.get("id") is not None:
        return True
    progress = records.read(RECONCILE).content.get("progress")
    return isinstance(progress, dict) and progress.get("since") is not None
