"""Proves `rehearsal/cloudwatch.py`: alarms ring and go quiet as CloudWatch's documentation says."""

import pytest

from rehearsal.cloudwatch import ALARM, OK, UNKNOWN, Alarm, Data, Metric, calculated
from rehearsal.processed import Json

STALE = Metric("Lastseen", "Stale", (("service", "sweep"),))
DUE = Metric("Lastseen", "Due", (("service", "sweep"),))


def alarm(**given: object) -> Alarm:
    """An alarm on STALE above 5, three periods of five minutes, unless told otherwise."""
    usual: Json = {
        "Namespace": "Lastseen",
        "MetricName": "Stale",
        "Dimensions": [{"Name": "service", "Value": "sweep"}],
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 3,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    return Alarm(usual | given)


def published(values: dict[int, float], metric: Metric = STALE) -> Data:
    """Values by minute."""
    data = Data()
    for minute, value in values.items():
        data.publish(minute, metric, value)
    return data


def test_it_rings_when_enough_periods_breach_and_goes_quiet_when_they_do_not() -> None:
    """Three of three."""
    data = published({minute: 9 if 30 <= minute < 60 else 1 for minute in range(0, 120, 5)})

    assert list(alarm().states(data, 120)) == [(5, OK), (45, ALARM), (65, OK)]


def test_m_out_of_n_rings_earlier() -> None:
    """Two of three."""
    data = published({minute: 9 if minute % 10 == 0 else 1 for minute in range(0, 60, 5)})

    assert ALARM in dict(alarm(DatapointsToAlarm=2).states(data, 60)).values()
    assert ALARM not in dict(alarm().states(data, 60)).values()


@pytest.mark.parametrize(
    ("missing", "then"),
    [("notBreaching", OK), ("breaching", ALARM), ("ignore", ALARM), ("missing", UNKNOWN)],
)
def test_silence_is_what_the_alarm_takes_it_for(missing: str, then: str) -> None:
    """And only when not enough real points are left."""
    data = published(dict.fromkeys(range(0, 60, 5), 9))

    states = list(alarm(TreatMissingData=missing).states(data, 180))

    assert states[0][1] in {ALARM, OK, UNKNOWN}
    assert states[-1][1] == then
    assert all(minute > 60 + 5 for minute, state in states if state == then and minute > 30)


def test_sparse_points_are_found_further_back() -> None:
    """With a point in every second period, two real ones are always among the last four."""
    data = published(dict.fromkeys(range(0, 120, 10), 9))

    states = alarm(EvaluationPeriods=2, TreatMissingData="notBreaching").states(data, 120)

    assert [state for _, state in states] == [OK, ALARM]


def test_hourly_points_are_too_few_for_two_periods_of_five_minutes() -> None:
    """The kind of alarm that would never ring."""
    data = published(dict.fromkeys(range(0, 600, 60), 9))

    states = alarm(EvaluationPeriods=2, TreatMissingData="notBreaching").states(data, 600)

    assert [state for _, state in states] == [OK]


@pytest.mark.parametrize(
    ("statistic", "threshold", "rings"),
    [("Sum", 29, True), ("Maximum", 19, True), ("Maximum", 20, False), ("Average", 14, True), ("SampleCount", 1, True),
     ("Minimum", 9, True), ("p99", 19, True), ("p50", 20, False)],
)  # fmt: skip
def test_values_of_a_period_are_summed_up_by_its_statistic(
    statistic: str, threshold: int, rings: bool
) -> None:
    """Of 10 and 20."""
    data = published({0: 10})
    data.publish(1, STALE, 20)
    one = alarm(Statistic=statistic, Threshold=threshold, EvaluationPeriods=1)

    assert (ALARM in dict(one.states(data, 5)).values()) is rings


def test_metric_math_is_worked_out_period_by_period() -> None:
    """A share, of what was counted, where there is enough to count."""
    dimensions = [{"Name": "service", "Value": "sweep"}]

    def part(name: str) -> Json:
        metric = {"Namespace": "Lastseen", "MetricName": name, "Dimensions": dimensions}
        return {
            "Id": name.lower(),
            "MetricStat": {"Metric": metric, "Stat": "Sum", "Period": 300},
            "ReturnData": False,
        }

    share = {"Id": "share", "Expression": "IF(due > 20, 100 * FILL(stale, 0) / due, 0)", "ReturnData": True}
    properties: Json = {
        "Metrics": [share, part("Stale"), part("Due")],
        "EvaluationPeriods": 1,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    data = published({0: 100, 5: 100, 10: 10}, DUE)
    data.publish(5, STALE, 50)
    data.publish(10, STALE, 9)

    assert list(Alarm(properties).states(data, 15)) == [(5, OK), (10, ALARM), (15, OK)]


def test_what_is_missing_or_divided_by_zero_makes_no_point() -> None:
    """And what is not known here is not guessed."""
    assert calculated("a / b", {"a": 1, "b": 0}) is None
    assert calculated("a / b", {"a": None, "b": 1}) is None
    assert calculated("MAX([a, b])", {"a": None, "b": 1}) == 1
    assert calculated("a > 1 AND b > 1", {"a": 2, "b": 2}) == 1
    with pytest.raises(ValueError, match="ANOMALY"):
        calculated("ANOMALY(a)", {"a": 1})
