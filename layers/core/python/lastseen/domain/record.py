"""What does the system remember of itself?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WEBHOOK, RECONCILE = "WEBHOOK", "RECONCILE"
"""Names of the guard's record and of the reconcile's."""


@dataclass(frozen=True, slots=True)
class Record:
    """One thing the system remembers of itself.

    Attributes:
        said: Plain JSON.
        version: Counts its writes; 0 of one that was never written.
    """

    said: Mapping[str, Any]
    version: int
