"""Proves `domain/fetch_plan.py`: everything wanted is read, by no more calls than any of the plain ways."""

from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.fetch_plan import pages, plan_fetches

CAR, BOX = DeviceKind.VEHICLE, DeviceKind.CHARGER


def test_one_device_is_read_by_one_get() -> None:
    """A list of one page would cost as much and carry fifty times the bytes."""
    cover = plan_fetches([("anna", DeviceId(CAR, "a"))], {CAR: 20})

    assert (cover.lists, cover.calls) == ((), 1)


def test_several_of_one_user_are_read_by_that_users_list() -> None:
    """One call instead of two or more."""
    cover = plan_fetches([("anna", DeviceId(CAR, "a")), ("anna", DeviceId(CAR, "b"))], {CAR: 10_000})

    assert cover.calls == 1
    assert [len(fetch.devices) for fetch in cover.fetches] == [2]


def test_many_of_many_users_are_read_by_whole_pages() -> None:
    """Two thousand stalled cars of a thousand users: forty pages instead of a thousand calls."""
    wanted = [(f"user-{n // 2}", DeviceId(CAR, str(n))) for n in range(2000)]

    cover = plan_fetches(wanted, {CAR: 2000})

    assert (cover.lists, cover.fetches, cover.calls) == ((CAR,), (), 40)


def test_a_kind_whose_number_is_unknown_is_not_walked_as_a_whole() -> None:
    """Its list might have thousands of pages."""
    wanted = [(f"user-{n}", DeviceId(BOX, str(n))) for n in range(60)]

    assert plan_fetches(wanted, {CAR: 1}).lists == ()


_wanted = st.lists(
    st.builds(
        lambda user, kind, number: (f"user-{user}", DeviceId(kind, f"{user}-{number}")),
        st.integers(0, 5),
        st.sampled_from([CAR, BOX]),
        st.integers(0, 70),
    ),
    unique=True,
    max_size=120,
)


@given(_wanted, st.dictionaries(st.sampled_from([CAR, BOX]), st.integers(0, 500)))
def test_every_device_is_covered_once_and_never_dearer_than_single_gets(
    wanted: list[tuple[str, DeviceId]], population: dict[DeviceKind, int]
) -> None:
    """Whatever is chosen, it covers, and it is worth it."""
    cover = plan_fetches(wanted, population)

    one_by_one = [(fetch.user_id, device) for fetch in cover.fetches for device in fetch.devices]
    walked = [owned for owned in wanted if owned[1].kind in cover.lists]
    assert len(one_by_one + walked) == len(wanted)
    assert {*one_by_one, *walked} == {*wanted}
    assert cover.calls <= len(wanted)
    for kind in cover.lists:
        assert pages(population[kind]) < sum(device.kind is kind for _, device in wanted)
