from datetime import UTC, datetime, timedelta

from local.simulator.scheduler import Scheduler

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_appointments_run_in_order_of_time_then_of_making() -> None:
    """Equal times keep the order they were made in, so that a run is repeatable."""
    scheduler, done = Scheduler(), list[str]()
    for name, due_at in (("late", NOON + HOUR), ("first", NOON), ("second", NOON)):
        scheduler.at(due_at, lambda name=name: done.append(name))  # type: ignore[misc]

    while scheduler.next_due_at is not None:
        scheduler.run_next()

    assert done == ["first", "second", "late"]


def test_a_cancelled_appointment_is_as_if_never_made() -> None:
    """A hint replaces the regular poll."""
    scheduler, done = Scheduler(), list[str]()
    scheduler.at(NOON, lambda: done.append("cancelled")).cancel()

    scheduler.run_next()

    assert scheduler.next_due_at is None
    assert done == []


def test_a_postponed_schedule_keeps_its_order() -> None:
    """A paused world resumes with everything moved by the pause."""
    scheduler = Scheduler()
    scheduler.at(NOON, lambda: None)

    scheduler.postpone(HOUR)

    assert scheduler.next_due_at == NOON + HOUR


def test_only_an_earlier_appointment_wakes_the_sleeper() -> None:
    """The loop sleeps until the next appointment, and must learn when that one changes."""
    woken = list[int]()
    scheduler = Scheduler(lambda: woken.append(1))

    scheduler.at(NOON, lambda: None)
    scheduler.at(NOON + HOUR, lambda: None)
    scheduler.at(NOON - HOUR, lambda: None)

    assert len(woken) == 2
