"""Proves `domain/cadence.py`: which gaps count, what they prove, and what is learned of them."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain import cadence
from lastseen.domain.cadence import (
    LAST_GAPS,
    NOTHING_LEARNED,
    CadenceClass,
    ContactGap,
    ContactSeen,
    DeviceCadence,
    gap_between,
    learned,
)
from lastseen.domain.device import DeviceKind
from lastseen.domain.document import Facts
from tests.support.builders import NOON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SETTLING, OLDEST = 2 * MINUTE, 36 * HOUR


def _gap(before: float, looked: float, after: float, asked: float, **how: timedelta) -> ContactGap | None:
    """The gap between contacts so many minutes after noon, each with the look that told it."""
    moments = {"hint_at": None, "found_at": None, **{name: NOON + span for name, span in how.items()}}
    return gap_between(
        ContactSeen(NOON + before * MINUTE, NOON + looked * MINUTE),
        ContactSeen(NOON + after * MINUTE, NOON + asked * MINUTE),
        settling=SETTLING,
        **moments,
    )


def test_a_gap_is_exact_if_no_contact_can_lie_in_between() -> None:
    """Ten minutes, and six after the first the next had not come: evenly spaced, there was none."""
    gap = _gap(0, 6, 10, 11)

    assert gap is not None
    assert (gap.is_exact, gap.seconds, gap.at) == (True, 600, NOON + 10 * MINUTE)


def test_a_gap_with_room_for_another_contact_is_only_bounded() -> None:
    """It may have been two of five minutes; never less than the silence that a look saw."""
    halved, by_silence = _gap(0, 2, 10, 11), _gap(0, 0, 10, 14)

    assert halved is not None
    assert by_silence is not None
    assert (halved.is_exact, halved.seconds, halved.at_most) == (False, 300, 600)
    assert by_silence.seconds == 300


@pytest.mark.parametrize(
    ("hint", "counts"), [(-30, True), (-9, False), (0, False), (5, False), (11, False), (20, True)]
)
def test_a_gap_does_not_count_if_a_hint_may_have_made_either_contact(hint: int, counts: bool) -> None:
    """Nor with a hint in between: that device was silent for longer than its own time."""
    assert (_gap(0, 6, 10, 11, hint_at=hint * MINUTE) is not None) is counts


@pytest.mark.parametrize(("found", "counts"), [(-5, True), (-1, False), (0, False)])
def test_a_gap_does_not_count_from_the_contact_that_a_discovery_made(found: int, counts: bool) -> None:
    """Enode looks at a device that was just linked at once, out of turn."""
    assert (_gap(0, 6, 10, 11, found_at=found * MINUTE) is not None) is counts


def test_a_contact_that_did_not_move_makes_no_gap() -> None:
    """Nor one that went back."""
    assert _gap(10, 12, 10, 15) is None
    assert _gap(10, 12, 5, 15) is None


@pytest.mark.parametrize(
    ("minutes", "sure"), [(5, 0.9), (7, 0.97), (10, 1), (16, 1), (20, 1), (30, 1), (45, 1), (60, 1)]
)
def test_eight_gaps_seen_by_looks_every_five_minutes_tell_the_cadence(minutes: int, sure: float) -> None:
    """Within a quarter, contacts coming a little early or late and one gap an outlier.

    Near the distance of the looks only nearly always: contacts between two looks are then not all seen.
    """
    right = 0
    for seed in range(200):
        gaps = _watched(minutes, Random(seed))
        outlier = ContactGap(gaps[-1].at, 6000.0, 6000.0)
        told = [learned(one, now=gaps[-1].at, oldest=OLDEST) for one in (gaps, [*gaps[1:], outlier])]
        right += all(one is not None and abs(one - 60 * minutes) <= 15 * minutes for one in told)

    assert right >= sure * 200


def test_silence_after_a_contact_does_not_make_the_gap_before_it_exact() -> None:
    """A device that was lost after several contacts that nobody saw is no slow one."""
    gap = _gap(0, 2, 21, 40)

    assert gap is not None
    assert (gap.is_exact, gap.seconds) == (False, 630)


@given(st.integers(0, 10_000))
def test_a_cadence_below_the_distance_of_looks_is_told_as_short(seed: int) -> None:
    """Two minutes cannot be told from four; under ten is enough."""
    seconds = learned(_watched(2, Random(seed)), now=NOON + HOUR, oldest=OLDEST)

    assert seconds is not None
    assert seconds < 600


def test_until_there_are_eight_the_largest_counts_and_old_ones_never() -> None:
    """Rather too long a limit than a healthy device called stale; nothing is learned of the day before yesterday."""
    few = [ContactGap(NOON, 420.0, 420.0), ContactGap(NOON, 300.0, 900.0)]

    assert learned(few, now=NOON, oldest=OLDEST) == 900
    assert learned(few, now=NOON + 37 * HOUR, oldest=OLDEST) is None
    assert learned([], now=NOON, oldest=OLDEST) is None


@given(st.tuples(*[st.integers(0, 99_999)] * 4), st.booleans(), st.booleans())
def test_what_a_device_is_judged_by_is_kept_in_few_bytes_and_comes_back(
    seconds: tuple[int, int, int, int], is_probed: bool, is_vendor_silent: bool
) -> None:
    """Twenty or so, with the cadences that there are."""
    known = DeviceCadence(*seconds, is_probed, is_vendor_silent)

    assert cadence.kept(known.text) == known
    assert cadence.kept(NOTHING_LEARNED.text) == NOTHING_LEARNED
    assert len(DeviceCadence(120, 3600, 130, 3700, is_probed=True).text) <= 20


@pytest.mark.parametrize(
    ("vendor", "name"), [("Tesla", "TESLA/vehicle/active"), (None, "UNKNOWN/vehicle/active")]
)
def test_a_class_is_named_by_vendor_kind_and_activity(vendor: str | None, name: str) -> None:
    """In whatever case Enode writes the vendor; and read again from its name, whatever signs a vendor has."""
    of_class = CadenceClass.of(DeviceKind.VEHICLE, Facts(vendor, is_active=True))

    assert of_class.name == name
    assert CadenceClass.named(name) == of_class
    odd = CadenceClass("A#B", DeviceKind.HVAC, is_active=False)
    assert CadenceClass.named(odd.name) == odd


def _watched(minutes: float, dice: Random) -> list[ContactGap]:
    """Eight gaps of devices that are in contact every so many minutes, looked at every five."""
    gaps: list[ContactGap] = []
    while len(gaps) < LAST_GAPS:
        contacts = [dice.uniform(0, minutes)]
        while contacts[-1] < 10 * minutes + 60:
            contacts.append(contacts[-1] + minutes * dice.uniform(0.95, 1.05))
        seen = looked = contacts[0]
        look, told = contacts[0] + dice.uniform(0, 5), 0
        while told < 2:
            newest = max(one for one in contacts if one <= look)
            gap = _gap(seen, max(seen, looked), newest, look)
            if gap is not None and looked > contacts[0]:
                gaps.append(gap)
                told += 1
            seen, looked, look = newest, look, look + 5 + dice.uniform(-0.2, 0.2)
    return gaps[:LAST_GAPS]
