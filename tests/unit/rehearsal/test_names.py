"""Proves `rehearsal/names.py`: what two stacks, or one name in two regions, would share is found."""

import pytest

from rehearsal import names
from rehearsal.processed import Json
from tests.unit.rehearsal.stacks import function, processed, ref

OF_THE_STACK = {"Fn::Sub": "${AWS::StackName}-sweep"}
OF_THE_REGION = {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}


def naming(kind: str) -> tuple[str, ...]:
    """What cfn-lint says of these types."""
    return {
        "AWS::Scheduler::Schedule": ("Name",),
        "AWS::Lambda::LayerVersion": ("LayerName",),
        "AWS::Lambda::Alias": ("FunctionName", "Name"),
        "AWS::CloudWatch::Dashboard": ("DashboardName",),
    }.get(kind, ())


def a_stack() -> Json:
    """Everything in it is its own."""
    return {
        "Read": function(
            Environment={
                "Variables": {"POWERTOOLS_METRICS_NAMESPACE": {"Fn::Sub": "Lastseen/${AWS::StackName}"}}
            }
        ),
        "Live": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": ref("Read"), "Name": "live"}},
        "Sweep": {"Type": "AWS::Scheduler::Schedule", "Properties": {"Name": OF_THE_STACK}},
        "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"LayerName": OF_THE_STACK}},
        "Dashboard": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardName": OF_THE_REGION}},
        "Errors": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"Namespace": "AWS/Lambda", "MetricName": "Errors"},
        },
    }


def found_in(stack: Json) -> list[str]:
    """What the check says."""
    return [f"{one.where}: {one.what}" for one in names.rehearse(processed(stack), naming).findings]


def test_a_stack_of_its_own_has_no_findings() -> None:
    """Names with the stack's in them, names within its own things, and metrics of AWS."""
    assert found_in(a_stack()) == []


@pytest.mark.parametrize(
    ("logical_id", "name"), [("Sweep", "Name"), ("Layer", "LayerName"), ("Dashboard", "DashboardName")]
)
def test_a_constant_name_is_found(logical_id: str, name: str) -> None:
    """The second stack could not be made, or would write over the first."""
    stack = a_stack()
    stack[logical_id]["Properties"][name] = "sweep"

    assert f"{logical_id}: two stacks would share its {name} 'sweep'" in found_in(stack)


def test_a_dashboard_of_one_name_in_two_regions_is_found() -> None:
    """Dashboards are the account's, not the region's."""
    stack = a_stack()
    stack["Dashboard"]["Properties"]["DashboardName"] = ref("AWS::StackName")

    assert found_in(stack) == [
        "Dashboard: stacks of one name in two regions would share its DashboardName 'lastseen'"
    ]


def test_an_alias_of_a_function_outside_is_found() -> None:
    """Its name would be its own only within a function of this stack."""
    stack = a_stack()
    stack["Live"]["Properties"]["FunctionName"] = "somebody-elses"

    assert len(found_in(stack)) == 2


def test_metrics_that_two_stacks_would_mix_are_found() -> None:
    """One's heartbeat would keep the other's alarm quiet. In an alarm, in metric math, and where they are written."""
    stack = a_stack()
    stack["Read"]["Properties"]["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] = "Lastseen"
    stack["Errors"]["Properties"] = {"Metrics": [{"MetricStat": {"Metric": {"Namespace": "Lastseen"}}}]}

    assert found_in(stack) == [
        f"{one}: two stacks would mix their metrics in the namespace 'Lastseen'" for one in ("Read", "Errors")
    ]


def test_a_constant_export_is_found() -> None:
    """An export has one name in a region of an account."""
    one = processed(a_stack())
    one.template["Outputs"] = {"Url": {"Value": "x", "Export": {"Name": "lastseen-url"}}}

    assert [result.where for result in names.rehearse(one, naming).findings] == ["Outputs, Url"]
