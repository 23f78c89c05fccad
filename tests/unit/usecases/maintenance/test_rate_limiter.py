"""Proves `usecases/maintenance/rate_limiter.py`: five questions a second, one pause, and an end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

import pytest

from lastseen.domain.deadline import Deadline
from lastseen.domain.fault import Fault
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.maintenance.rate_limiter import ALL_AT_ONCE, LAST_SECONDS, RateLimiter


@dataclass
class Time:
    """Seconds that pass by sleeping alone."""

    now: float = 0.0
    naps: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let them pass."""
        self.naps.append(seconds)
        self.now += seconds

    def limiter(self, seconds: float = 100.0, a_second: float = 5.0) -> RateLimiter:
        """A rate limiter that closes after so many seconds."""
        return RateLimiter(Deadline(seconds, lambda: self.now), lambda: self.now, self.sleep, a_second)


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
    limiter = time.limiter()

    answers = limiter.ask_all([lambda: time.now] * 11)

    assert answers == pytest.approx([number / 5 for number in range(11)])


def test_the_first_429_is_waited_out_and_asked_again() -> None:
    """For as long as Enode says."""
    time = Time()

    answer = time.limiter().ask(_failing(429, retry_after=30))

    assert answer == "yes"
    assert time.now >= 30


def test_the_second_429_closes_the_limiter() -> None:
    """Whoever asked first."""
    limiter = Time().limiter()
    limiter.ask(_failing(429, retry_after=1))

    with pytest.raises(EnodeUnavailable):
        limiter.ask(_failing(429, retry_after=1))

    assert not limiter.is_open
    assert limiter.refused == 2
    with pytest.raises(EnodeUnavailable, match="not asked"):
        limiter.ask(lambda: "never")
    assert limiter.asked == 3


def test_a_429_that_wants_more_time_than_there_is_closes_the_limiter() -> None:
    """A function does not sleep its time away."""
    time = Time()
    limiter = time.limiter(seconds=60)

    with pytest.raises(EnodeUnavailable):
        limiter.ask(_failing(429, retry_after=58))

    assert not limiter.is_open
    assert time.now < 1


def test_three_failures_in_a_row_close_the_limiter() -> None:
    """Enode is down then."""
    limiter = Time().limiter()

    limiter.ask_all([_failing(500), _failing(None), _failing(503), lambda: "never"])

    assert not limiter.is_open
    assert (limiter.asked, limiter.failed) == (3, 3)


def test_an_answer_between_failures_leaves_the_circuit_closed() -> None:
    """Enode has only stumbled."""
    limiter = Time().limiter()

    limiter.ask_all([_failing(500), _failing(None), lambda: "yes", _failing(500), _failing(503)])

    assert limiter.is_open
    assert limiter.failed == 4


def _without_a_token(status: int) -> Callable[[], str]:
    def question() -> str:
        raise EnodeUnavailable("no token", status=status, is_general=True)

    return question


@pytest.mark.parametrize("question", [_failing(401), _without_a_token(403), _without_a_token(400)])
def test_refused_credentials_open_the_circuit_at_once(question: Callable[[], str]) -> None:
    """Only a person can mend them."""
    limiter = Time().limiter()
    limiter.probes = (lambda: "a page",)

    with pytest.raises(EnodeUnavailable):
        limiter.ask(question)

    assert not limiter.is_open
    assert limiter.asked == 1


def test_after_three_failures_a_list_page_tells_whose_fault_they_are() -> None:
    """It is answered: the three are faults of what was asked for, and the questions go on."""
    limiter = Time().limiter()
    pages: list[int] = []
    limiter.probes = (lambda: pages.append(limiter.asked),)

    answers = limiter.ask_all([_failing(500), _failing(403), _failing(None), lambda: "yes", _failing(500)])

    assert [type(one) for one in answers] == [Fault, Fault, Fault, str, Fault]
    assert pages == [4, 7]  # after the third, and at the end, where one failure was left in doubt
    assert limiter.is_open


def test_a_list_page_that_fails_too_shows_that_enode_is_down() -> None:
    """Nobody is to blame, and nothing more is asked."""
    limiter = Time().limiter()
    limiter.probes = (_failing(500), _failing(None))

    answers = limiter.ask_all([*(_failing(500) for _ in range(3)), lambda: "never"])

    assert not any(isinstance(one, Fault) for one in answers)
    assert not limiter.is_open
    assert limiter.asked == 3 + 2


def test_one_list_that_fails_is_not_yet_enode() -> None:
    """It may be the faulty one; another is asked for."""
    limiter = Time().limiter()
    limiter.probes = (_failing(500), lambda: "a page")

    answers = limiter.ask_all([_failing(500)])

    assert [type(one) for one in answers] == [Fault]
    assert limiter.is_open


@pytest.mark.parametrize("after", [0, 1, 2])
def test_what_says_nothing_of_the_item_is_never_held_against_it(after: int) -> None:
    """No token, no time of ours, a 429: whatever else is answered around it."""
    limiter = Time().limiter()
    limiter.probes = (lambda: "a page",)
    others = [lambda: "yes"] * after

    answers = limiter.ask_all([*others, _failing(429, 429, retry_after=1), *others])

    assert isinstance(answers[after], EnodeUnavailable)


def test_the_list_page_waits_out_a_429_as_any_question() -> None:
    """And the second closes the limiter, without a word against the items."""
    time = Time()
    limiter = time.limiter()
    limiter.probes = (_failing(429, retry_after=20),)
    tracked = limiter.ask_all([_failing(500) for _ in range(3)])
    impatient = time.limiter()
    impatient.probes = (_failing(429, 429, retry_after=1),)

    refused = impatient.ask_all([_failing(500) for _ in range(3)])

    assert [type(one) for one in tracked] == [Fault] * 3
    assert time.now >= 20
    assert not any(isinstance(one, Fault) for one in refused)
    assert impatient.closed == "Enode has asked twice to slow down"


def test_a_run_that_is_over_leaves_the_last_failures_in_doubt() -> None:
    """There is no time to ask for a list page: what is not known is held against nobody."""
    time = Time()
    limiter = time.limiter(seconds=20)
    limiter.probes = (lambda: "a page",)

    def slow() -> str:
        time.now += 15
        raise EnodeUnavailable("too slow")

    answers = limiter.ask_all([slow])

    assert not isinstance(answers[0], Fault)


def test_threads_that_fail_together_ask_for_one_list_page() -> None:
    """Four at once; whoever is third asks, nobody else."""
    time, pages = Time(), []
    with ThreadPoolExecutor(ALL_AT_ONCE) as pool:
        limiter = time.limiter(a_second=1e9)
        limiter.pool = pool
        limiter.probes = (lambda: pages.append(1),)
        answers = limiter.ask_all([_failing(500) for _ in range(8)])

    assert all(isinstance(one, Fault) for one in answers)
    assert 2 <= len(pages) <= 3


def test_the_last_seconds_belong_to_writing_down() -> None:
    """What was learnt and not written is lost."""
    time = Time()
    limiter = time.limiter(seconds=20)
    time.now = 20 - LAST_SECONDS

    assert not limiter.is_open
    assert limiter.room == 0


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
        limiter = time.limiter(a_second=1e9)
        limiter.pool = pool
        limiter.ask_all([question] * 50)

    assert most[0] <= ALL_AT_ONCE
    assert limiter.asked == 50
