"""What stands between Enode and a device: outages of vendors, devices out of reach, stalls."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """How a trouble shows."""

    UNREACHABLE = "unreachable"  # the vendor does not answer, and Enode says so: isReachable is false
    STALL = "stall"  # Enode does not notice: lastSeen stands still, isReachable stays true
    FROZEN = "frozen"  # the vendor answers with what it knew before: lastSeen moves, nothing else does


@dataclass
class Trouble:
    """One trouble, with a vendor or with a device."""

    mode: Mode
    ends_on_hint: bool = False
    cured: set[str] = field(default_factory=set)  # ids of devices a hint has helped


class Troubles:
    """All troubles of the moment."""

    def __init__(self) -> None:
        """Begin with none."""
        self.of_vendor: dict[str, Trouble] = {}
        self.of_device: dict[str, Trouble] = {}
        self.invalid: set[tuple[str, str]] = set()  # (user, vendor) whose credentials died

    def mode(self, device_id: str, vendor: str, user_id: str) -> Mode | None:
        """Tell how a device is troubled; None if it is not. Dead credentials come first."""
        if (user_id, vendor) in self.invalid:
            return Mode.UNREACHABLE
        for trouble in (self.of_vendor.get(vendor), self.of_device.get(device_id)):
            if trouble is not None and device_id not in trouble.cured:
                return trouble.mode
        return None

    def hinted(self, device_id: str, vendor: str) -> None:
        """Let a hint end what a hint can end, for this device."""
        for trouble in (self.of_vendor.get(vendor), self.of_device.get(device_id)):
            if trouble is not None and trouble.ends_on_hint:
                trouble.cured.add(device_id)
