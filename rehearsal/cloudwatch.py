"""CloudWatch's evaluation of alarms: statistics over periods, metric math, missing data, and what state that makes.

Source: "Configuring how CloudWatch alarms treat missing data". An alarm looks back further than its evaluation periods;
as long as enough real points are among those, missing ones do not matter. Only when there are fewer, missing points are
filled in as the alarm says. `LOOKED_BACK` more points are what the examples there show.
"""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rehearsal.processed import Json

LOOKED_BACK = 2

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"

_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_ADDED: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_ORDERED: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class Metric(NamedTuple):
    """Which metric."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


@dataclass
class Data:
    """Values as they were published: by metric and minute."""

    values: dict[Metric, dict[int, list[float]]] = field(default_factory=dict)

    def publish(self, minute: int, metric: Metric, value: float) -> None:
        """Add a value."""
        self.values.setdefault(metric, {}).setdefault(minute, []).append(value)

    def within(self, metric: Metric, begin: int, end: int) -> list[float]:
        """Give the values of some minutes."""
        known = self.values.get(metric)
        return [value for minute in range(begin, end) for value in known.get(minute, ())] if known else []


@dataclass(frozen=True)
class Alarm:
    """An alarm, as its properties in the processed template say."""

    properties: Json

    def states(self, data: Data, minutes: int) -> Iterator[tuple[int, str]]:
        """Go through the alarm's states from the first evaluation on: from which minute on, which."""
        state, period = UNKNOWN, self._period
        points: list[float | None] = []  # the newest first
        for minute in range(period, minutes + 1, period):
            points.insert(0, self._point(data, minute - period, minute))
            del points[int(self.properties["EvaluationPeriods"]) + LOOKED_BACK :]
            now = self._state(points, state)
            if now != state:
                yield minute, now
            state = now

    @property
    def _period(self) -> int:
        spans = [
            one["MetricStat"]["Period"] for one in self.properties.get("Metrics", []) if "MetricStat" in one
        ]
        return max(int(self.properties.get("Period", 0)), *map(int, spans), 60) // 60

    def _state(self, points: Sequence[float | None], before: str) -> str:
        given = self.properties
        wanted = int(given["EvaluationPeriods"])
        needed = int(given.get("DatapointsToAlarm", wanted))
        real = [point for point in points if point is not None][:wanted]
        breaching = [
            _COMPARED[given["ComparisonOperator"]](point, float(given["Threshold"])) for point in real
        ]
        missing = given.get("TreatMissingData", "missing")
        if len(real) < wanted:
            if missing == "ignore":
                return before
            if missing == "missing" and not real:
                return UNKNOWN
            filled = {"breaching": [True], "notBreaching": [False]}.get(missing, [])
            breaching += filled * (wanted - len(real))
        return ALARM if sum(breaching) >= needed else OK

    def _point(self, data: Data, begin: int, end: int) -> float | None:
        if "MetricName" in self.properties:
            return _value(data, self.properties, begin, end)
        known = {
            one["Id"]: _value(data, one["MetricStat"], begin, end)
            for one in self.properties["Metrics"]
            if "MetricStat" in one
        }
        told: float | None = None
        for one in self.properties["Metrics"]:
            if "Expression" in one:
                known[one["Id"]] = calculated(one["Expression"], known)
            if one.get("ReturnData", True):
                told = known[one["Id"]]
        return told


def metric_of(given: Json) -> Metric:
    """Name the metric of an alarm, or of one part of its metric math."""
    pairs = tuple(sorted((one["Name"], str(one["Value"])) for one in given.get("Dimensions", [])))
    return Metric(given["Namespace"], given["MetricName"], pairs)


def calculated(expression: str, known: Mapping[str, float | None]) -> float | None:
    """Work out an expression of metric math; None where one of its metrics is missing, or it divides by zero.

    Raises:
        ValueError: Something in it is not known here.

    >>> calculated("IF(all > 20, 100 * bad / all, 0)", {"bad": 5, "all": 50})
    10.0
    >>> calculated("FILL(bad, 0) + all", {"bad": None, "all": 2})
    2.0
    """
    text = (
        expression.replace("&&", " and ")
        .replace("||", " or ")
        .replace(" AND ", " and ")
        .replace(" OR ", " or ")
    )
    try:
        found = _calculate(ast.parse(text.strip(), mode="eval").body, known)
    except ZeroDivisionError:
        return None
    return None if found is None else float(found)


def _calculate(node: ast.expr, known: Mapping[str, float | None]) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name):
            return known[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ADDED:
            return _both(_ADDED[type(op)], [_calculate(left, known), _calculate(right, known)])
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _ORDERED:
            return _both(_ORDERED[type(op)], [_calculate(left, known), _calculate(right, known)])
        case ast.BoolOp(op=op, values=values):
            found = [_calculate(one, known) for one in values]
            return None if None in found else float((all if isinstance(op, ast.And) else any)(found))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _called(name, args, known)
    raise ValueError(f"not known here in metric math: {ast.unparse(node)}")


def _called(name: str, args: Sequence[ast.expr], known: Mapping[str, float | None]) -> float | None:
    if name == "IF":
        holds = _calculate(args[0], known)
        return None if holds is None else _calculate(args[1 if holds else 2], known)
    if name == "FILL":
        found = _calculate(args[0], known)
        return _calculate(args[1], known) if found is None else found
    if name in {"MAX", "MIN", "SUM"} and isinstance(args[0], ast.List):
        found_all = [value for one in args[0].elts if (value := _calculate(one, known)) is not None]
        folded: dict[str, Callable[[list[float]], float]] = {"MAX": max, "MIN": min, "SUM": sum}
        return folded[name](found_all) if found_all else None
    raise ValueError(f"not known here in metric math: {name}")


def _both(do: Callable[[float, float], float], values: list[float | None]) -> float | None:
    first, second = values
    return None if first is None or second is None else do(first, second)


def _value(data: Data, given: Json, begin: int, end: int) -> float | None:
    metric = metric_of(given.get("Metric", given))
    values = data.within(metric, begin, end)
    if not values:
        return None
    return _statistic(
        str(given.get("Statistic") or given.get("Stat") or given.get("ExtendedStatistic")), values
    )


def _statistic(name: str, values: list[float]) -> float:
    simple: dict[str, Callable[[Any], float]] = {
        "Sum": sum,
        "Maximum": max,
        "Minimum": min,
        "SampleCount": len,
        "Average": lambda many: sum(many) / len(many),
    }
    if name in simple:
        return float(simple[name](values))
    if name.startswith("p"):
        ordered = sorted(values)
        return ordered[min(len(ordered) - 1, int(float(name[1:]) / 100 * len(ordered)))]
    raise ValueError(f"not known here as a statistic: {name}")
