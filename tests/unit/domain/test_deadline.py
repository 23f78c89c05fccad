"""Proves `domain/deadline.py`."""

from datetime import timedelta

from lastseen.domain.deadline import Deadline


def test_a_deadline_runs_down_to_nothing_and_no_further() -> None:
    """What is left is what may still be waited; past the end it is zero, not less."""
    clock = iter([100.0, 100.0, 103.5, 104.0, 109.0])

    deadline = Deadline.after(timedelta(seconds=4), lambda: next(clock))

    assert [deadline.left for _ in range(4)] == [4.0, 0.5, 0.0, 0.0]
