"""Rate limiter and circuit breaker in front of Enode's API: requests a second, closed by the second 429.

A question that fails may be the fault of what was asked for, of one device or user, or Enode's own. An answer to
anything else afterwards settles it; after three failures in a row, and at the end of a round, a list page is asked for.
If that is answered, the failures are those of the devices; if not, Enode is down, nothing more is asked and no device
is to blame.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from threading import Lock

from lastseen.domain.deadline import Deadline
from lastseen.domain.fault import Fault
from lastseen.errors import EnodeUnavailable

TOO_MANY = 429
REFUSALS_OF_US = frozenset({400, 401, 403})
"""Where they concern every question: of the client's id and secret, or of the token that they gave."""

USUAL_PAUSE = 10.0
"""Seconds to stay away after a 429 that does not say for how long."""

LAST_SECONDS = 5.0
"""What must be left to write down what was learnt."""

MOST_FAILURES = 3
"""In a row, before a list page is asked for. If that fails too, whoever goes on asking makes it worse."""

ALL_AT_ONCE = 4

_SECOND_TIME = 2


@dataclass
class RateLimiter:
    """Everything a run asks of Enode goes through here, one question at a time or a few at once.

    Attributes:
        deadline: When the run has to end.
        clock: Monotonic seconds.
        sleep: Waits some seconds; a test lets virtual time pass instead.
        a_second: Questions a second, at most.
        pool: Threads that ask at once; None asks one after the other.
        probes: Questions for list pages, each asked if the one before it fails; an answer to one shows that Enode is
            up.
        asked: Questions put.
        refused: Of these, answered with 429.
        failed: Of these, not answered, or with a fault.
        closed: Why no more questions are let through; empty while they are.
    """

    deadline: Deadline
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    a_second: float = 5.0
    pool: Executor | None = None
    probes: Sequence[Callable[[], object]] = ()
    asked: int = 0
    refused: int = 0
    failed: int = 0
    closed: str = ""
    _in_row: int = 0
    _in_doubt: list[EnodeUnavailable] = field(default_factory=list)
    _is_probing: bool = False
    _next: float = field(default=float("-inf"))
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def is_open(self) -> bool:
        """Whether another question may be put."""
        if not self.closed and self.deadline.left <= LAST_SECONDS:
            self.closed = "the time is up"
        return not self.closed

    @property
    def room(self) -> int:
        """How many more questions there is time for, at best."""
        # One less: the turn that has begun is not over.
        return max(0, int((self.deadline.left - LAST_SECONDS) * self.a_second) - 1) if self.is_open else 0

    def ask[Answer](self, question: Callable[[], Answer]) -> Answer:
        """Put one question, when it is its turn; once more after the first 429 of the run, when Enode allows.

        Raises:
            EnodeUnavailable: There was no answer, or the limiter is closed; `is_open` tells.
        """
        return self._patiently(self._put, question)

    def ask_all[Answer](
        self, questions: Iterable[Callable[[], Answer]]
    ) -> Sequence[Answer | Fault | EnodeUnavailable]:
        """Put several questions, some of them at once, and settle whose fault it is where there was no answer.

        Returns:
            For each question its answer; a fault where the fault is that of what was asked for; or the reason why
            nothing is known of it, which must not be held against it.
        """

        def attempt(question: Callable[[], Answer]) -> Answer | EnodeUnavailable:
            try:
                return self.ask(question)
            except EnodeUnavailable as error:
                return error

        answers = map(attempt, questions) if self.pool is None else self.pool.map(attempt, questions)
        found = list(answers)
        self.settle()
        return [
            Fault(f"{one}") if isinstance(one, EnodeUnavailable) and self.is_fault(one) else one
            for one in found
        ]

    def settle(self) -> None:
        """Find out whose fault the last failures are, while that can be asked."""
        if self._in_doubt and self.probes and self.is_open:
            self._probe()

    def is_fault(self, error: EnodeUnavailable) -> bool:
        """Whether a failure is known to be the fault of what was asked for: Enode answered something since."""
        return not error.is_general and all(one is not error for one in self._in_doubt)

    def _patiently[Answer](
        self, put: Callable[[Callable[[], Answer]], Answer], question: Callable[[], Answer]
    ) -> Answer:
        """Put a question, and once more after a 429, as soon as Enode allows."""
        try:
            return put(question)
        except EnodeUnavailable as error:
            if error.status != TOO_MANY or not self.is_open:
                raise
            pause = USUAL_PAUSE if error.retry_after is None else error.retry_after
            if pause >= self.deadline.left - LAST_SECONDS:
                self.closed = "Enode asks to come back later than there is time"
                raise
            with self._lock:  # everybody waits, not only who was told
                self._next = max(self._next, self.clock() + pause)
            return put(question)

    def _put[Answer](self, question: Callable[[], Answer]) -> Answer:
        try:
            return self._put_once(question)
        except EnodeUnavailable:
            if self._is_time_to_probe():
                self._probe()
            raise

    def _put_once[Answer](self, question: Callable[[], Answer]) -> Answer:
        self._wait_for_turn()
        if not self.is_open:
            raise EnodeUnavailable(f"not asked: {self.closed}", is_general=True)
        with self._lock:
            self.asked += 1
        try:
            answer = question()
        except EnodeUnavailable as error:
            self._note(error)
            raise
        with self._lock:
            self._in_row = 0
            self._in_doubt.clear()
        return answer

    def _wait_for_turn(self) -> None:
        with self._lock:
            turn = max(self.clock(), self._next)
            self._next = turn + 1 / self.a_second
        wait = turn - self.clock()
        if wait > 0 and self.is_open:
            self.sleep(min(wait, self.deadline.left))

    def _note(self, error: EnodeUnavailable) -> None:
        with self._lock:
            self._in_row += 1
            if error.status == TOO_MANY:
                self.refused += 1
                if self.refused >= _SECOND_TIME:
                    self.closed = "Enode has asked twice to slow down"
                return
            self.failed += 1
            if not error.is_general:
                self._in_doubt.append(error)
            elif error.status in REFUSALS_OF_US:
                self.closed = "Enode refuses our credentials"

    def _is_time_to_probe(self) -> bool:
        """Whether so many failed in a row that a list page must tell; one thread asks for it."""
        with self._lock:
            is_time = self._in_row >= MOST_FAILURES and not self._is_probing and not self.closed
            self._is_probing = self._is_probing or is_time
            return is_time

    def _probe(self) -> None:
        """Ask for a list page, and for another if that fails; close where there is no answer."""
        self._is_probing = True
        for probe in self.probes:
            try:
                self._patiently(self._put_once, probe)
            except EnodeUnavailable:
                if not self.is_open:
                    break
            else:
                break
        else:
            self.closed = f"Enode failed {MOST_FAILURES} times in a row"
        self._is_probing = False
