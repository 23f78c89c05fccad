from datetime import UTC, datetime, timedelta

from local.simulator.agenda import Agenda

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_appointments_run_in_order_of_time_then_of_making() -> None:
    """Equal times keep the order they were made in, so that a run is repeatable."""
    agenda, done = Agenda(), list[str]()
    for name, due_at in (("late", NOON + HOUR), ("first", NOON), ("second", NOON)):
        agenda.at(due_at, lambda name=name: done.append(name))  # type: ignore[misc]

    while agenda.next_due_at is not None:
        agenda.run_next()

    assert done == ["first", "second", "late"]


def test_a_cancelled_appointment_is_as_if_never_made() -> None:
    """A hint replaces the regular poll."""
    agenda, done = Agenda(), list[str]()
    agenda.at(NOON, lambda: done.append("cancelled")).cancel()

    agenda.run_next()

    assert agenda.next_due_at is None
    assert done == []


def test_a_postponed_agenda_keeps_its_order() -> None:
    """A paused world resumes with everything moved by the pause."""
    agenda = Agenda()
    agenda.at(NOON, lambda: None)

    agenda.postpone(HOUR)

    assert agenda.next_due_at == NOON + HOUR


def test_only_an_earlier_appointment_wakes_the_sleeper() -> None:
    """The loop sleeps until the next appointment, and must learn when that one changes."""
    woken = list[int]()
    agenda = Agenda(lambda: woken.append(1))

    agenda.at(NOON, lambda: None)
    agenda.at(NOON + HOUR, lambda: None)
    agenda.at(NOON - HOUR, lambda: None)

    assert len(woken) == 2
