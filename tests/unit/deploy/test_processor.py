"""A built template names the one processor it was built for, so that CloudFormation refuses any other."""

from pathlib import Path

import pytest
import yaml

from deploy import parameters
from deploy.processor import pinned

# As `sam build` writes it.
BUILT = """\
Parameters:
  OidcIssuer:
    Type: String
  Arch:
    Type: String
    Default: arm64
    AllowedValues:
    - arm64
    - x86_64
    Description: Processor of the functions. arm64 costs a fifth less; build and deploy
      with the same value.
  LogLevel:
    Type: String
    Default: INFO
    AllowedValues:
    - INFO
"""


@pytest.mark.parametrize("arch", ["arm64", "x86_64"])
def test_only_the_processor_that_was_built_for_can_be_deployed(arch: str, tmp_path: Path) -> None:
    """Else all three functions fail to load their packages, and every delivery with them."""
    template = tmp_path / "template.yaml"
    template.write_text(pinned(BUILT, arch))

    found = parameters.read(template)["Arch"]

    assert found.default == arch
    assert found.complaint(arch) is None
    assert found.complaint("x86_64" if arch == "arm64" else "arm64") is not None


@pytest.mark.parametrize("arch", ["arm64", "x86_64"])
def test_nothing_else_of_the_template_changes(arch: str, template: Path) -> None:
    """Neither of a built one, nor of one as it is written; and doing it again changes nothing."""
    before, after = (yaml.safe_load(text) for text in (BUILT, pinned(BUILT, arch)))
    del before["Parameters"]["Arch"], after["Parameters"]["Arch"]
    written = template.read_text()
    once = pinned(written, arch)

    assert before == after
    assert pinned(once, arch) == once
    assert len(set(written.splitlines()) ^ set(once.splitlines())) <= 4


def test_a_template_without_that_parameter_is_not_passed_over() -> None:
    """The build fails instead."""
    with pytest.raises(ValueError, match="Arch"):
        pinned(BUILT.replace("  Arch:", "  Processor:"), "arm64")
