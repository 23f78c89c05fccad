"""Proves `store/keys.py`: places in the index are in the order of users and ids, as far as an index can hold them."""

from hypothesis import example, given
from hypothesis import strategies as st

from lastseen.domain.device import DeviceId, DeviceKind, escaped
from lastseen.store import keys

_ids = st.one_of(
    st.text(min_size=1, max_size=12),
    st.builds(
        lambda letters, end: "".join(letter * many for letter, many in letters)[:225] + end,
        st.lists(
            st.tuples(st.sampled_from("a\0\x7f\u00e5\uffff\U0001f697"), st.integers(1, 225)), max_size=4
        ),
        st.text(min_size=1, max_size=3),
    ),
)


@given(_ids, _ids, _ids, _ids)
@example("\U0001f697" * 225, "\U0001f697" * 30, "\U0001f697" * 225, "\U0001f697" * 30 + "a")
@example(
    "\U0001f697" * 225, "aa" + "\U0001f697" * 40, "\U0001f697" * 225, "aa" + "\U0001f697" * 29 + "\uffff"
)
def test_places_in_the_index_are_in_the_order_of_users_and_ids(a: str, b: str, c: str, d: str) -> None:
    """Those that are told apart stand in their order; those that are not, share one place."""
    one, other = (keys.owned(user, DeviceId(DeviceKind.VEHICLE, id_)) for user, id_ in ((a, b), (c, d)))
    order = (escaped(a), escaped(b)), (escaped(c), escaped(d))

    assert len(one.encode()) <= 1024
    assert (one <= other) or order[0] > order[1]
    assert (one >= other) or order[0] < order[1]
    if len("".join(order[0]).encode()) < 1024 and len("".join(order[1]).encode()) < 1024:
        assert (one == other) == (order[0] == order[1])


@given(_ids, _ids, _ids)
def test_all_of_a_user_is_in_front_of_what_is_behind_them(user_id: str, id_: str, other: str) -> None:
    """And nothing of another user is between."""
    place = keys.owned(user_id, DeviceId(DeviceKind.VEHICLE, id_))

    assert keys.owned(user_id) < place < keys.behind(user_id)
    if other != user_id:
        assert not keys.owned(user_id) <= keys.owned(other) < keys.behind(user_id)
