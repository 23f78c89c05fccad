"""Outages between Enode and devices: of vendors, out of reach, stalled."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """How an outage shows."""

    UNREACHABLE = "unreachable"  # the vendor does not answer, and Enode says so: isReachable is false
    STALL = "stall"  # Enode does not notice: lastSeen stands still, isReachable stays true
    FROZEN = "frozen"  # the vendor answers with what it knew before: lastSeen moves, nothing else does


@dataclass
class Outage:
    """One outage, of a vendor or with a device."""

    mode: Mode
    ends_on_hint: bool = False
    cured: set[str] = field(default_factory=set)  # ids of devices a hint has helped


class Outages:
    """All outages of the moment."""

    def __init__(self) -> None:
        """Begin with none."""
        self.of_vendor: dict[str, Outage] = {}
        self.of_device: dict[str, Outage] = {}
        self.invalid: set[tuple[str, str]] = set()  # (user, vendor) whose credentials died

    def mode(self, device_id: str, vendor: str, user_id: str) -> Mode | None:
        """Tell how a device is troubled; None if it is not. Dead credentials come first."""
        if (user_id, vendor) in self.invalid:
            return Mode.UNREACHABLE
        for outage in (self.of_vendor.get(vendor), self.of_device.get(device_id)):
            if outage is not None and device_id not in outage.cured:
                return outage.mode
        return None

    def hinted(self, device_id: str, vendor: str) -> None:
        """Let a hint end what a hint can end, for this device."""
        for outage in (self.of_vendor.get(vendor), self.of_device.get(device_id)):
            if outage is not None and outage.ends_on_hint:
                outage.cured.add(device_id)
