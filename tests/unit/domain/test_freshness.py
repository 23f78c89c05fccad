"""Proves `domain/freshness.py`, `domain/reasons.py`:
every verdict, where one ends and the next begins, and which of two explains more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain.cadence import DeviceCadence
from lastseen.domain.check_schedule import CheckResult, judge_contact
from lastseen.domain.contact import Doubt
from lastseen.domain.device import DeviceKind
from lastseen.domain.document import NO_FACTS, Facts
from lastseen.domain.freshness import LimitClass, Limits, Verdict, bounds, is_old, judge
from tests.support.builders import NOON

END_OF_TIME = datetime.max.replace(tzinfo=UTC)
TICK, MINUTE, HOUR = timedelta(microseconds=1), timedelta(minutes=1), timedelta(hours=1)
LIMITS = Limits(active=timedelta(minutes=5), regular=timedelta(minutes=15), hvac=timedelta(minutes=3))
VEHICLE, HVAC, METER, HEM = DeviceKind.VEHICLE, DeviceKind.HVAC, DeviceKind.METER, DeviceKind.HEM_SYSTEM


def _seen(age: timedelta, *, is_active: bool = False, is_reachable: bool | None = True) -> Facts:
    return Facts("TESLA", NOON - age, is_reachable, is_active)


@pytest.mark.parametrize(
    ("kind", "is_active", "limit"),
    [
        (VEHICLE, False, LIMITS.regular),
        (VEHICLE, True, LIMITS.active),
        (METER, False, LIMITS.regular),
        (HEM, False, LIMITS.regular),
        (HVAC, False, LIMITS.hvac),
        (HVAC, True, LIMITS.hvac),
    ],
)
def test_a_contact_is_fresh_up_to_its_limit_bounds_included(
    kind: DeviceKind, is_active: bool, limit: timedelta
) -> None:
    """Active devices age sooner, HVACs have a limit of their own whatever they do."""
    at_the_limit = judge(kind, _seen(limit, is_active=is_active), now=NOON, limits=LIMITS)
    past_it = judge(kind, _seen(limit + TICK, is_active=is_active), now=NOON, limits=LIMITS)

    assert at_the_limit.verdict is Verdict.FRESH
    assert past_it.verdict is Verdict.UNVERIFIED
    assert (at_the_limit.age, past_it.age) == (limit, limit + TICK)


def test_old_and_never_checked_is_unverified_because_silence_is_normal() -> None:
    """No change, no event: an old contact alone proves nothing."""
    freshness = judge(VEHICLE, _seen(timedelta(days=30)), now=NOON, limits=LIMITS)

    assert freshness.verdict is Verdict.UNVERIFIED
    assert freshness.checked_at is None


@pytest.mark.parametrize(
    ("checked_after_contact", "verdict"),
    [
        (-timedelta(hours=1), Verdict.UNVERIFIED),
        (timedelta(), Verdict.UNVERIFIED),
        (LIMITS.regular, Verdict.UNVERIFIED),
        (LIMITS.regular + TICK, Verdict.UNVERIFIED),  # nothing is learned of it
        (LIMITS.ceiling, Verdict.UNVERIFIED),
        (LIMITS.ceiling + TICK, Verdict.STALE),
        (timedelta(hours=3), Verdict.STALE),
        (timedelta(hours=4), Verdict.STALE),
    ],
)
def test_a_device_is_stale_if_enode_too_had_an_old_contact_when_asked(
    checked_after_contact: timedelta, verdict: Verdict
) -> None:
    """Only a read from Enode tells silence from staleness, and a contact later than the read makes it void."""
    parked = _seen(timedelta(hours=3))
    checked_at = NOON - timedelta(hours=3) + checked_after_contact

    freshness = judge(VEHICLE, parked, now=NOON, limits=LIMITS, checked_at=checked_at)

    assert freshness.verdict is verdict
    assert freshness.checked_at == checked_at


def test_a_device_never_seen_has_no_age() -> None:
    """Discovered and not yet updated: unverified; checked and still without a contact: stale."""
    unseen = judge(VEHICLE, NO_FACTS, now=NOON, limits=LIMITS)
    checked = judge(VEHICLE, NO_FACTS, now=NOON, limits=LIMITS, checked_at=NOON)

    assert (unseen.verdict, unseen.age) == (Verdict.UNVERIFIED, None)
    assert (checked.verdict, checked.age) == (Verdict.STALE, None)


@pytest.mark.parametrize("ahead", [TICK, timedelta(seconds=3), timedelta(hours=2)])
def test_a_contact_ahead_of_now_is_fresh_and_of_no_age(ahead: timedelta) -> None:
    """Enode's clock and ours differ; an age is never negative."""
    freshness = judge(VEHICLE, _seen(-ahead), now=NOON, limits=LIMITS)

    assert (freshness.verdict, freshness.age) == (Verdict.FRESH, timedelta())


@pytest.mark.parametrize("is_reachable", [True, None])
def test_only_a_plain_no_makes_a_device_unreachable(is_reachable: bool | None) -> None:
    """Null means that nobody knows, which HEM systems never do."""
    freshness = judge(VEHICLE, _seen(timedelta(), is_reachable=is_reachable), now=NOON, limits=LIMITS)

    assert freshness.verdict is Verdict.FRESH


@pytest.mark.parametrize(
    ("seen_after_invalidation", "verdict"),
    [
        (-timedelta(hours=1), Verdict.DISCONNECTED),
        (-TICK, Verdict.DISCONNECTED),
        (timedelta(), Verdict.FRESH),
        (TICK, Verdict.FRESH),
    ],
)
def test_a_contact_after_the_invalidation_proves_that_credentials_were_mended(
    seen_after_invalidation: timedelta, verdict: Verdict
) -> None:
    """Enode says when credentials die, but never that they live again. Of one instant, the contact counts."""
    since = NOON - timedelta(minutes=10)
    facts = Facts("TESLA", since + seen_after_invalidation, is_reachable=True)

    freshness = judge(VEHICLE, facts, now=NOON, limits=LIMITS, credentials_invalid_since=since)

    assert freshness.verdict is verdict


@pytest.mark.parametrize("age", [timedelta(), timedelta(hours=3)])
def test_the_deeper_reason_is_given_when_several_hold(age: timedelta) -> None:
    """Deleted explains all; dead credentials explain a device out of reach; that explains an old contact."""
    out_of_reach = _seen(age, is_reachable=False)

    died = NOON + TICK
    gone = judge(VEHICLE, out_of_reach, now=NOON, limits=LIMITS, is_gone=True, credentials_invalid_since=died)
    disconnected = judge(VEHICLE, out_of_reach, now=NOON, limits=LIMITS, credentials_invalid_since=died)
    unreachable = judge(VEHICLE, out_of_reach, now=NOON, limits=LIMITS, checked_at=NOON)

    assert gone.verdict is Verdict.GONE
    assert disconnected.verdict is Verdict.DISCONNECTED
    assert unreachable.verdict is Verdict.UNREACHABLE


@pytest.mark.parametrize("facts", [NO_FACTS, _seen(timedelta(hours=3))])
def test_dead_credentials_disconnect_a_device_without_a_contact_since(facts: Facts) -> None:
    """Even one that was never seen: the user has to link again before it ever will be."""
    freshness = judge(VEHICLE, facts, now=NOON, limits=LIMITS, credentials_invalid_since=NOON)

    assert freshness.verdict is Verdict.DISCONNECTED


def test_the_limits_default_to_enodes_cadence_and_a_margin() -> None:
    """Enode polls active devices every 2 minutes, others every 7 to 10, HVACs every 2."""
    assert Limits() == Limits(timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=5))


@pytest.mark.parametrize(
    ("limit", "words"), [(timedelta(minutes=15), "15 minutes"), (timedelta(seconds=90), "90 seconds")]
)
def test_the_reason_names_the_limit_it_was_judged_by(limit: timedelta, words: str) -> None:
    """A sentence for people, with the figure of this deployment and not of the documentation."""
    freshness = judge(VEHICLE, _seen(timedelta()), now=NOON, limits=Limits(regular=limit))

    assert freshness.reason == f"Enode was in contact within the last {words}."


@pytest.mark.parametrize("seen", [datetime(1, 1, 1, tzinfo=UTC), END_OF_TIME])
def test_a_contact_at_either_end_of_time_is_judged_like_any_other(seen: datetime) -> None:
    """Nothing holds `lastSeen` to what can be: one device that says so must not take its user's list along."""
    freshness = judge(VEHICLE, Facts("TESLA", seen, True), now=NOON, limits=LIMITS)

    assert freshness.verdict is (Verdict.FRESH if seen > NOON else Verdict.UNVERIFIED)
    assert freshness.fresh_until == min(seen, END_OF_TIME - LIMITS.regular) + LIMITS.regular
    assert freshness.age == max(NOON - seen, timedelta())


def test_a_device_that_enode_denies_is_stale_and_the_reason_says_so() -> None:
    """Whatever its last contact: it is not silent, it is not there; only dead credentials explain that better."""
    for facts in (
        _seen(timedelta(0)),
        _seen(timedelta(hours=3)),
        _seen(timedelta(0), is_reachable=False),
        NO_FACTS,
    ):
        denied = judge(VEHICLE, facts, now=NOON, limits=LIMITS, denied_at=NOON)
        assert (denied.verdict, denied.checked_at) == (Verdict.STALE, NOON)
        assert "did not have this device" in denied.reason

    cut_off = judge(
        VEHICLE, NO_FACTS, now=NOON, limits=LIMITS, denied_at=NOON, credentials_invalid_since=NOON
    )
    gone = judge(VEHICLE, NO_FACTS, now=NOON, limits=LIMITS, denied_at=NOON, is_gone=True)

    assert (cut_off.verdict, gone.verdict) == (Verdict.DISCONNECTED, Verdict.GONE)
    assert "link the account again" in cut_off.reason


@pytest.mark.parametrize(
    ("doubt", "words"), [(Doubt.AHEAD, "later than the word"), (Doubt.UNREADABLE, "cannot be read")]
)
def test_a_contact_that_is_not_believed_makes_a_device_neither_fresh_nor_stale(
    doubt: Doubt, words: str
) -> None:
    """A wrong clock proves nothing, asked or not; the reason says what is wrong."""
    facts = Facts("TESLA", None, is_reachable=True, doubt=doubt)

    for checked_at in (None, NOON - timedelta(hours=3), NOON):
        freshness = judge(VEHICLE, facts, now=NOON, limits=LIMITS, checked_at=checked_at)

        assert freshness.verdict is Verdict.UNVERIFIED
        assert words in freshness.reason
        assert (freshness.age, freshness.fresh_until) == (None, None)


@pytest.mark.parametrize("doubt", Doubt)
def test_every_doubt_has_a_sentence_that_can_stand_between_quotation_marks(doubt: Doubt) -> None:
    """It goes into a header and into JSON as it is."""
    reason = judge(VEHICLE, Facts(doubt=doubt), now=NOON, limits=LIMITS).reason

    assert reason.isascii()
    assert not set(reason) & set('"\\')


@pytest.mark.parametrize("doubt", Doubt)
def test_a_contact_that_is_not_believed_shields_nothing(doubt: Doubt) -> None:
    """Dead credentials stay dead, a denial stays one, and so do a deletion and a device out of reach."""
    facts = Facts("TESLA", None, is_reachable=False, doubt=doubt)

    cut_off = judge(
        VEHICLE, facts, now=NOON, limits=LIMITS, credentials_invalid_since=NOON - timedelta(days=1)
    )
    denied = judge(VEHICLE, facts, now=NOON, limits=LIMITS, denied_at=NOON)
    unreachable = judge(VEHICLE, facts, now=NOON, limits=LIMITS)

    verdicts = [cut_off.verdict, denied.verdict, unreachable.verdict]
    assert verdicts == [Verdict.DISCONNECTED, Verdict.STALE, Verdict.UNREACHABLE]


def test_the_first_class_that_holds_decides_and_the_last_always_holds() -> None:
    """Whoever adds a class puts it in front of those that it is an exception to."""
    slow = LimitClass(HOUR, frozenset({VEHICLE}), frozenset({"TESLA"}), is_active=False)
    quick = LimitClass(TICK, vendors=frozenset({"TESLA", "ALFA ROMEO"}))
    limits = Limits(special=(slow, quick))

    assert limits.of(VEHICLE, Facts("TESLA")) == HOUR
    assert limits.of(VEHICLE, Facts("TESLA", is_active=True)) == TICK
    assert limits.of(HVAC, Facts("Alfa Romeo")) == TICK
    assert limits.of(HVAC, Facts("VAILLANT")) == limits.hvac
    assert limits.of(METER, Facts(None, is_active=True)) == limits.active
    assert limits.of(METER, NO_FACTS) == limits.classes()[-1].limit == limits.regular


@pytest.mark.parametrize("kind", DeviceKind)
@pytest.mark.parametrize("is_active", [True, False])
def test_no_limit_is_shorter_than_the_shortest_and_one_is_as_short(kind: DeviceKind, is_active: bool) -> None:
    """By it a scan leaves out what cannot be old, without knowing the vendor."""
    limits = Limits(
        special=(
            LimitClass(HOUR, vendors=frozenset({"SLOW"})),
            LimitClass(MINUTE, frozenset({VEHICLE, METER}), frozenset({"QUICK"}), is_active=True),
            LimitClass(2 * MINUTE, frozenset({METER})),
            LimitClass(TICK, frozenset({METER}), frozenset({"TOO LATE"})),
        )
    )

    told = [limits.of(kind, Facts(v, is_active=is_active)) for v in ("SLOW", "QUICK", "TOO LATE", None)]

    assert limits.shortest(kind, is_active=is_active) == min(told)


@pytest.mark.parametrize(("age", "is_it"), [(TICK, False), (HOUR, False), (HOUR + TICK, True), (None, True)])
def test_old_is_what_is_older_than_its_limit_bound_excluded(age: timedelta | None, is_it: bool) -> None:
    """Whatever never had a contact is as old as can be."""
    assert is_old(None if age is None else NOON - age, HOUR, at=NOON) is is_it


SLOW = DeviceCadence(regular=1800, own_regular=1700)


@given(
    st.timedeltas(timedelta(), timedelta(hours=5)),
    st.sampled_from([0, 120, 420, 900, 1800, 3600, 9000]),
    st.sampled_from([0, 120, 430, 1900, 8000]),
    st.booleans(),
    st.sampled_from([True, False, None]),
)
def test_verdict_check_and_scan_agree_whatever_was_learned(
    age: timedelta, of_class: int, own: int, is_active: bool, is_reachable: bool | None
) -> None:
    """One rule: what a look calls current is told as fresh, stale as stale, and the scan leaves nothing stale out."""
    cadence = DeviceCadence(of_class, of_class, own, own)
    facts = Facts("TESLA", NOON - age, is_reachable=is_reachable, is_active=is_active)

    told = judge(VEHICLE, facts, now=NOON, limits=LIMITS, checked_at=NOON, cadence=cadence)
    found = judge_contact(VEHICLE, facts, at=NOON, limits=LIMITS, cadence=cadence)

    limit, stale_after = bounds(VEHICLE, facts, LIMITS, cadence)
    assert told.limit == limit
    assert LIMITS.of(VEHICLE, facts) <= limit <= stale_after <= LIMITS.ceiling
    if is_reachable:
        assert (told.verdict is Verdict.FRESH) is (found is CheckResult.CURRENT)
        assert (told.verdict is Verdict.STALE) is (found is CheckResult.STALE)
        assert (told.verdict is Verdict.UNVERIFIED) is (found is CheckResult.UNVERIFIED)
    if found is CheckResult.STALE:
        assert is_old(facts.last_seen_at, LIMITS.of(VEHICLE, facts), at=NOON)


def test_a_limit_follows_what_was_learned_up_to_the_ceiling() -> None:
    """Half more than the cadence of the class, or of the device itself if that is slower; never less than is set."""
    limits = [
        bounds(VEHICLE, NO_FACTS, LIMITS, DeviceCadence(regular=of_class, own_regular=own)).limit
        for of_class, own in [(420, 400), (1800, 420), (420, 1800), (7200, 7200)]
    ]

    assert limits == [timedelta(minutes=minutes) for minutes in (15, 45, 45, 120)]


def test_who_is_active_is_expected_no_more_rarely_than_who_is_not() -> None:
    """Where nothing is learned of active devices; Enode looks at them more often."""
    assert DeviceCadence(regular=420).expected(is_active=True) == 420
    assert DeviceCadence(active=120, regular=420).expected(is_active=True) == 120


@pytest.mark.parametrize(
    ("age", "checked", "cadence", "words"),
    [
        (timedelta(minutes=5), True, SLOW, "it usually is every 30 minutes"),
        (timedelta(hours=1), False, SLOW, "usually in contact every 30 minutes"),
        (timedelta(hours=1), True, SLOW, "usually has one every 30 minutes"),
        (timedelta(hours=1), True, DeviceCadence(), "not learned yet"),
        (
            timedelta(hours=1),
            True,
            replace(SLOW, is_vendor_silent=True),
            "most devices of this vendor and kind",
        ),
    ],
)
def test_the_reason_names_the_cadence(
    age: timedelta, checked: bool, cadence: DeviceCadence, words: str
) -> None:
    """Or that there is none yet, or that the vendor is silent."""
    at = NOON if checked else None

    told = judge(VEHICLE, _seen(age), now=NOON, limits=LIMITS, checked_at=at, cadence=cadence)

    assert words in told.reason
