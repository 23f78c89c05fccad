"""Proves `rehearsal/artifact.py`: a build for another processor than the template deploys for is found."""

import struct
from pathlib import Path

import pytest

from rehearsal import artifact

TEMPLATE = """
Parameters:
  Arch: {Default: arm64, AllowedValues: [arm64]}
Globals:
  Function:
    Architectures: [!Ref Arch]
"""
ARM, X86 = 0xB7, 0x3E


def elf(machine: int, order: str = "<") -> bytes:
    """The header of an ELF file."""
    return (
        b"\x7fELF\x02"
        + (b"\x01" if order == "<" else b"\x02")
        + bytes(12)
        + struct.pack(f"{order}H", machine)
    )


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build for arm64 of a template for arm64."""
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    library = tmp_path / "Layer/python/core.cpython-313.so"
    library.parent.mkdir(parents=True)
    library.write_bytes(elf(ARM))
    return tmp_path


def found_in(build: Path) -> list[str]:
    """What the check says."""
    return [f"{one.where}: {one.what}" for one in artifact.look_at(build)]


def test_a_build_that_fits_its_template_has_no_findings(build: Path) -> None:
    """Every library for the one processor."""
    assert found_in(build) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (elf(X86), "is for x86_64, the template deploys for arm64"),
        (elf(X86, ">"), "is for x86_64"),
        (elf(0xF3), "is for machine 0xf3"),
        (b"not machine code at all", "is for no processor"),
    ],
)
def test_a_library_of_another_processor_is_found(build: Path, content: bytes, said: str) -> None:
    """All three functions would fail at their first invocation. A second name, as of versioned libraries, counts."""
    (build / "Layer/python/other.so.3").write_bytes(content)

    (found,) = found_in(build)

    assert found.startswith(f"Layer/python/other.so.3: {said}")


@pytest.mark.parametrize("allowed", ["[arm64, x86_64]", "[x86_64]"])
def test_a_template_that_leaves_the_choice_is_found(build: Path, allowed: str) -> None:
    """What was built is not asked for a second time."""
    text = TEMPLATE.replace("[arm64]}", f"{allowed}}}")
    (build / "template.yaml").write_text(text)

    assert found_in(build)


def test_a_processor_that_is_written_out_counts(build: Path) -> None:
    """Without a parameter there is nothing to answer."""
    (build / "template.yaml").write_text(TEMPLATE.replace("!Ref Arch", "arm64"))

    assert found_in(build) == []


def test_a_build_for_this_machine_is_held_against_this_machine(build: Path) -> None:
    """The local stack deploys what its template would leave open."""
    assert list(artifact.look_at(build, "arm64")) == []
    assert list(artifact.look_at(build, "x86_64")) != []


def test_layers_without_libraries_and_a_build_too_large_are_found(build: Path) -> None:
    """A layer that lost its packages must not look right."""
    next((build / "Layer/python").iterdir()).unlink()
    with (build / "large").open("wb") as file:
        file.truncate(artifact.MOST_BYTES)

    assert [one.partition(":")[0] for one in found_in(build)] == ["the layers", "the functions"]
