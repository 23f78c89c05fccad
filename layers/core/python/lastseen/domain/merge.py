"""Merge two snapshots of one device: a join, so the order and number of arrivals cannot matter."""

from lastseen.domain.snapshot import Register, Snapshot


def merge(one: Snapshot, other: Snapshot) -> Snapshot:
    """Join two snapshots of the same device into the least one that knows what both know.

    Commutative, associative and idempotent, so duplicates, reordering and re-batching end in the same snapshot. An
    observation is a snapshot with one register set. The store's guards are this function, spelled in conditions.

    What is gone keeps its order keys and no document: what a deletion has ended is never shown again.

    The document of `found` goes as soon as `seen` is at least as new: from then on it can never again be what is shown,
    because `seen` only grows. That keeps a device inside one write unit, and no order of arrival can tell the
    difference. Its key stays: that the device was discovered then is a fact of its account.

    >>> discovered = Snapshot(found=Register("2026-03-01T12:00:00.000000000Z#aa", b"{}"))
    >>> updated = Snapshot(seen=Register("2026-03-01T12:00:01.000000000Z#bb", b"{}"))
    >>> both = Snapshot(updated.seen, Register(discovered.found.ord))
    >>> merge(discovered, updated) == merge(updated, discovered) == both
    True
    """
    seen = _newer(one.seen, other.seen)
    found = _newer(one.found, other.found)
    gone = max(one.gone, other.gone)
    return Snapshot(
        seen=seen if seen.ord > gone else Register(seen.ord),
        found=found if found.ord > max(seen.ord, gone) else Register(found.ord),
        gone=gone,
    )


def _newer(one: Register, other: Register) -> Register:
    return other if other.ord > one.ord else one
