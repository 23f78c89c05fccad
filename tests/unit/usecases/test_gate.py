"""Proves `usecases/gate.py`: five questions a second, one pause, and an end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import pytest

from lastseen.domain.deadline import Deadline
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.gate import ALL_AT_ONCE, LAST_SECONDS, Gate


@dataclass
class Time:
    """Seconds that pass by sleeping alone."""

    now: float = 0.0
    naps: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let them pass."""
        self.naps.append(seconds)
        self.now += seconds

    def gate(self, seconds: float = 100.0, a_second: float = 5.0) -> Gate:
        """A gate that closes after so many seconds."""
        return Gate(Deadline(seconds, lambda: self.now), lambda: self.now, self.sleep, a_second)


def _failing(*statuses: int | None, retry_after: float | None = None) -> Callable[[], str]:
    left = list(statuses)

    def question() -> str:
        if left:
            raise EnodeUnavailable("no", status=left.pop(0), retry_after=retry_after)
        return "yes"

    return question


def test_questions_keep_their_distance() -> None:
    """However many are asked at once."""
    time = Time()
    gate = time.gate()

    answers = gate.ask_all([lambda: time.now] * 11)

    assert answers == pytest.approx([number / 5 for number in range(11)])


def test_the_first_429_is_waited_out_and_asked_again() -> None:
    """For as long as Enode says."""
    time = Time()

    answer = time.gate().ask(_failing(429, retry_after=30))

    assert answer == "yes"
    assert time.now >= 30


def test_the_second_429_closes_the_gate() -> None:
    """Whoever asked first."""
    gate = Time().gate()
    gate.ask(_failing(429, retry_after=1))

    with pytest.raises(EnodeUnavailable):
        gate.ask(_failing(429, retry_after=1))

    assert not gate.is_open
    assert gate.refused == 2
    with pytest.raises(EnodeUnavailable, match="not asked"):
        gate.ask(lambda: "never")
    assert gate.asked == 3


def test_a_429_that_wants_more_time_than_there_is_closes_the_gate() -> None:
    """A function does not sleep its time away."""
    time = Time()
    gate = time.gate(seconds=60)

    with pytest.raises(EnodeUnavailable):
        gate.ask(_failing(429, retry_after=58))

    assert not gate.is_open
    assert time.now < 1


def test_three_failures_in_a_row_close_the_gate() -> None:
    """Enode is down then."""
    gate = Time().gate()

    gate.ask_all([_failing(500), _failing(None), _failing(503), lambda: "never"])

    assert not gate.is_open
    assert (gate.asked, gate.failed) == (3, 3)


def test_an_answer_between_failures_leaves_the_gate_open() -> None:
    """Enode has only stumbled."""
    gate = Time().gate()

    gate.ask_all([_failing(500), _failing(None), lambda: "yes", _failing(500), _failing(503)])

    assert gate.is_open
    assert gate.failed == 4


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_close_the_gate_at_once(status: int) -> None:
    """Only a person can mend them."""
    gate = Time().gate()

    with pytest.raises(EnodeUnavailable):
        gate.ask(_failing(status))

    assert not gate.is_open


def test_the_last_seconds_belong_to_writing_down() -> None:
    """What was learnt and not written is lost."""
    time = Time()
    gate = time.gate(seconds=20)
    time.now = 20 - LAST_SECONDS

    assert not gate.is_open
    assert gate.room == 0


def test_no_more_than_four_are_asked_at_once() -> None:
    """As many threads as the pool has."""
    lock, now, most = Lock(), [0], [0]

    def question() -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        with lock:
            now[0] -= 1

    time = Time()
    with ThreadPoolExecutor(ALL_AT_ONCE) as pool:
        gate = time.gate(a_second=1e9)
        gate.pool = pool
        gate.ask_all([question] * 50)

    assert most[0] <= ALL_AT_ONCE
    assert gate.asked == 50
