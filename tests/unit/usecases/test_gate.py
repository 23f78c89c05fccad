"""Proves `usecases/gate.py`: five questions a second, one pause, and an end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import pytest

from lastseen.domain.deadline import Deadline
from lastseen.domain.fault import Fault
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


def _without_a_token(status: int) -> Callable[[], str]:
    def question() -> str:
        raise EnodeUnavailable("no token", status=status, is_general=True)

    return question


@pytest.mark.parametrize("question", [_failing(401), _without_a_token(403), _without_a_token(400)])
def test_refused_credentials_close_the_gate_at_once(question: Callable[[], str]) -> None:
    """Only a person can mend them."""
    gate = Time().gate()
    gate.probes = (lambda: "a page",)

    with pytest.raises(EnodeUnavailable):
        gate.ask(question)

    assert not gate.is_open
    assert gate.asked == 1


def test_after_three_failures_a_list_page_tells_whose_trouble_they_are() -> None:
    """It is answered: the three are faults of what was asked for, and the questions go on."""
    gate = Time().gate()
    pages: list[int] = []
    gate.probes = (lambda: pages.append(gate.asked),)

    answers = gate.ask_all([_failing(500), _failing(403), _failing(None), lambda: "yes", _failing(500)])

    assert [type(one) for one in answers] == [Fault, Fault, Fault, str, Fault]
    assert pages == [4, 7]  # after the third, and at the end, where one failure was left in doubt
    assert gate.is_open


def test_a_list_page_that_fails_too_shows_that_enode_is_down() -> None:
    """Nobody is to blame, and nothing more is asked."""
    gate = Time().gate()
    gate.probes = (_failing(500), _failing(None))

    answers = gate.ask_all([*(_failing(500) for _ in range(3)), lambda: "never"])

    assert not any(isinstance(one, Fault) for one in answers)
    assert not gate.is_open
    assert gate.asked == 3 + 2


def test_one_list_that_fails_is_not_yet_enode() -> None:
    """It may be the faulty one; another is asked for."""
    gate = Time().gate()
    gate.probes = (_failing(500), lambda: "a page")

    answers = gate.ask_all([_failing(500)])

    assert [type(one) for one in answers] == [Fault]
    assert gate.is_open


@pytest.mark.parametrize("after", [0, 1, 2])
def test_what_says_nothing_of_the_item_is_never_held_against_it(after: int) -> None:
    """No token, no time of ours, a 429: whatever else is answered around it."""
    gate = Time().gate()
    gate.probes = (lambda: "a page",)
    others = [lambda: "yes"] * after

    answers = gate.ask_all([*others, _failing(429, 429, retry_after=1), *others])

    assert isinstance(answers[after], EnodeUnavailable)


def test_the_list_page_waits_out_a_429_as_any_question() -> None:
    """And the second closes the gate, without a word against the items."""
    time = Time()
    gate = time.gate()
    gate.probes = (_failing(429, retry_after=20),)
    patient = gate.ask_all([_failing(500) for _ in range(3)])
    impatient = time.gate()
    impatient.probes = (_failing(429, 429, retry_after=1),)

    refused = impatient.ask_all([_failing(500) for _ in range(3)])

    assert [type(one) for one in patient] == [Fault] * 3
    assert time.now >= 20
    assert not any(isinstance(one, Fault) for one in refused)
    assert impatient.closed == "Enode has asked twice to slow down"


def test_a_run_that_is_over_leaves_the_last_failures_in_doubt() -> None:
    """There is no time to ask for a list page: what is not known is held against nobody."""
    time = Time()
    gate = time.gate(seconds=20)
    gate.probes = (lambda: "a page",)

    def slow() -> str:
        time.now += 15
        raise EnodeUnavailable("too slow")

    answers = gate.ask_all([slow])

    assert not isinstance(answers[0], Fault)


def test_threads_that_fail_together_ask_for_one_list_page() -> None:
    """Four at once; whoever is third asks, nobody else."""
    time, pages = Time(), []
    with ThreadPoolExecutor(ALL_AT_ONCE) as pool:
        gate = time.gate(a_second=1e9)
        gate.pool = pool
        gate.probes = (lambda: pages.append(1),)
        answers = gate.ask_all([_failing(500) for _ in range(8)])

    assert all(isinstance(one, Fault) for one in answers)
    assert 2 <= len(pages) <= 3


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
