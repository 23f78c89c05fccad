"""Proves `rehearsal/releases.py`: a function without an alias, and one that stands still, are found."""

from rehearsal import releases
from rehearsal.processed import Json
from tests.unit.rehearsal.stacks import function, processed


def _stack() -> Json:
    """A function with a version and an alias."""
    return {
        "Read": function(),
        "ReadVersion1a": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Read"}}},
        "ReadAliaslive": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Read"}}},
    }


def _without_alias(resources: Json) -> list[str]:
    stack = processed(resources, {})
    return [one.where for one in releases.without_alias(stack, releases.versions_of(stack))]


def test_a_function_without_an_alias_or_a_version_is_found() -> None:
    """Each of the two alone is of no use."""
    whole = _stack()
    assert _without_alias(whole) == []

    for missing in ("ReadAliaslive", "ReadVersion1a"):
        assert _without_alias({name: one for name, one in whole.items() if name != missing}) == ["Read"]


def test_a_version_that_did_not_follow_is_found() -> None:
    """By function, and with what it did not follow."""
    before = {"Read": "ReadVersion1a", "Sweep": "SweepVersion1a"}

    found = releases.standing_still(before, before | {"Sweep": "SweepVersion2b"}, "the layer changes")

    assert [(one.where, "the layer changes" in one.what) for one in found] == [("Read", True)]


def test_the_layers_of_a_template_are_found() -> None:
    """As the text has them: the transform names them anew."""
    assert releases.layers_of("Resources:\n  Core:\n    Type: AWS::Serverless::LayerVersion\n") == ["Core"]
