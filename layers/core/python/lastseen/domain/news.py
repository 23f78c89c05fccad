"""Does a read tell anything that history must hear of? A contact that moved is state; a change is history."""

from lastseen.domain.diff import differences
from lastseen.domain.document import Json, load
from lastseen.domain.snapshot import Life, Snapshot


def is_news(known: Snapshot | None, document: Json) -> bool:
    """Say whether a document read from Enode differs from what is believed in anything but restless times.

    Args:
        known: What is believed; None of a device never heard of. Of a deleted one, being listed is news; of one only
            discovered, being read is: a later discovery replaces a discovery, but no read.
        document: Enode's resource.
    """
    if known is None or known.life is Life.GONE or known.is_unread or known.current.document is None:
        return True
    try:
        believed = load(known.current.document)
    except (
        ValueError
    ):  # what is stored is no JSON: it is replaced, and must not keep others from being taken in
        return True
    return any(differences(believed, document))
