"""May this question be put to Enode now? At most so many a second; after the second 429 none at all."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from threading import Lock

from lastseen.domain.deadline import Deadline
from lastseen.errors import EnodeUnavailable

TOO_MANY = 429
DEAD_CREDENTIALS = frozenset({401, 403})

USUAL_PAUSE = 10.0
"""Seconds to stay away after a 429 that does not say for how long."""

LAST_SECONDS = 5.0
"""What must be left to write down what was learnt."""

MOST_FAILURES = 3
"""In a row. Enode is down then, and whoever goes on asking is part of the trouble."""

ALL_AT_ONCE = 4

_SECOND_TIME = 2


@dataclass
class Gate:
    """Everything a run asks of Enode goes through here, one question at a time or a few at once.

    Attributes:
        deadline: When the run has to end.
        clock: Monotonic seconds.
        sleep: Waits some seconds; a test lets virtual time pass instead.
        a_second: Questions a second, at most.
        pool: Threads that ask at once; None asks one after the other.
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
    asked: int = 0
    refused: int = 0
    failed: int = 0
    closed: str = ""
    _in_row: int = 0
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
            EnodeUnavailable: There was no answer, or the gate is closed; `is_open` tells.
        """
        try:
            return self._put(question)
        except EnodeUnavailable as error:
            if error.status != TOO_MANY or not self.is_open:
                raise
            pause = USUAL_PAUSE if error.retry_after is None else error.retry_after
            if pause >= self.deadline.left - LAST_SECONDS:
                self.closed = "Enode asks to come back later than there is time"
                raise
            with self._lock:  # everybody waits, not only who was told
                self._next = max(self._next, self.clock() + pause)
            return self._put(question)

    def ask_all[Answer](
        self, questions: Iterable[Callable[[], Answer]]
    ) -> Sequence[Answer | EnodeUnavailable]:
        """Put several questions, some of them at once; where there was no answer, give the reason instead."""

        def attempt(question: Callable[[], Answer]) -> Answer | EnodeUnavailable:
            try:
                return self.ask(question)
            except EnodeUnavailable as error:
                return error

        if self.pool is None:
            return [attempt(question) for question in questions]
        return list(self.pool.map(attempt, questions))

    def _put[Answer](self, question: Callable[[], Answer]) -> Answer:
        self._wait_for_turn()
        if not self.is_open:
            raise EnodeUnavailable(f"not asked: {self.closed}")
        with self._lock:
            self.asked += 1
        try:
            answer = question()
        except EnodeUnavailable as error:
            self._note(error)
            raise
        with self._lock:
            self._in_row = 0
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
            if error.status in DEAD_CREDENTIALS:
                self.closed = "Enode refuses our credentials"
            elif self._in_row >= MOST_FAILURES:
                self.closed = f"Enode failed {MOST_FAILURES} times in a row"
