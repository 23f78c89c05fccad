"""Merge two snapshots of one device: a join, so the order and number of arrivals cannot matter."""

from lastseen.domain.snapshot import NO_IDENTITY, IdentityRegister, Register, Snapshot

MOST_FORMER = 8
"""Twins that one device is remembered to have been. Of more, the least ids stay, so that the order of arrival cannot
matter."""


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
        identity=merge_identities(one.identity, other.identity),
    )


def merge_identities(one: IdentityRegister, other: IdentityRegister) -> IdentityRegister:
    """Join what was told of a device's identity: the newest counts, and every other one was told before.

    A device that tells another identity is another twin from then on. That it was the former is kept, so that the
    former's past is found.

    >>> from lastseen.domain.twin import TwinName
    >>> name = lambda twin_id: TwinName(twin_id, "")
    >>> merge_identities(IdentityRegister("1", name("tw_a")), IdentityRegister("2", name("tw_b"))).former
    ('tw_a',)
    """
    if one is other or other is NO_IDENTITY or other == NO_IDENTITY:
        return one
    if one == NO_IDENTITY:
        return other
    newest = max(one, other, key=lambda told: (told.ord, "" if told.name is None else told.name.twin_id))
    if one.name == other.name and one.former == other.former:
        return newest
    known = sorted(one.twin_ids | other.twin_ids)[: MOST_FORMER + 1]
    former = tuple(twin for twin in known if newest.name is None or twin != newest.name.twin_id)
    return IdentityRegister(newest.ord, newest.name, former)


def _newer(one: Register, other: Register) -> Register:
    return other if other.ord > one.ord else one
