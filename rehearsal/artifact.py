"""What was built: machine code for the processor that the built template deploys for, and small enough for Lambda.

A layer of the other processor's libraries imports nothing: all three functions would fail at their first invocation.
(That the built functions start in Lambda's own runtime, `tests/e2e/test_artifact.py` shows.)
"""

import platform
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from local.stack.settings import machine_architecture
from rehearsal.outcome import Finding, NotRehearsedError, Outcome, listed
from rehearsal.processed import ROOT, Json, Processed

BUILDS = {"make build": ROOT / ".aws-sam/build", "make up": ROOT / ".local/build"}
PROCESSORS = {0x3E: "x86_64", 0xB7: "arm64"}
"""ELF's numbers of machines (e_machine) by Lambda's names."""

HERE = machine_architecture(platform.machine())
"""What `make up` builds and deploys for."""

MOST_BYTES = 250 * 1024 * 1024
"""Of a function with its layers, unzipped; Lambda's own limit."""


class _Loader(yaml.SafeLoader):
    """Reads a template; `!Ref X` is read as `{"Ref": "X"}`, other tags without themselves."""


def _tagged(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {"Ref": value} if tag == "Ref" else value
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)  # noqa: S101 - YAML knows no fourth kind
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _tagged)


def rehearse(_processed: Processed) -> Outcome:
    """Look at every build that lies here."""
    found = {verb: folder for verb, folder in BUILDS.items() if (folder / "template.yaml").exists()}
    if not found:
        raise NotRehearsedError("nothing is built: run `make build`, or `make up`, first")
    findings = [
        Finding(f"{folder.relative_to(ROOT)} ({verb}), {where}", what)
        for verb, folder in found.items()
        for where, what in look_at(folder, HERE if verb == "make up" else None)
    ]
    many = sum(1 for folder in found.values() for _ in libraries(folder))
    return Outcome(f"{many} libraries of {listed(found)}", findings)


def look_at(folder: Path, here: str | None = None) -> Iterator[Finding]:
    """Hold one build against its template.

    Args:
        folder: Where it lies.
        here: For which processor it is deployed, whatever its template allows; None if the template decides.
    """
    template: Json = yaml.load((folder / "template.yaml").read_text(encoding="utf-8"), _Loader)  # noqa: S506
    deployed = architectures(template) if here is None else frozenset({here})
    if len(deployed) != 1:
        yield Finding(
            "template.yaml",
            f"can be deployed for {listed(deployed)}, whatever was built: an answer to a question decides",
        )
    found = {path: processor(path) for path in libraries(folder)}
    if not found:
        yield Finding("the layers", "hold no library at all")
    for path, machine in found.items():
        if machine not in deployed:
            where = path.relative_to(folder)
            yield Finding(str(where), f"is for {machine}, the template deploys for {listed(deployed)}")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if size > MOST_BYTES:
        yield Finding("the functions", f"and layers are {size} bytes, Lambda takes {MOST_BYTES}")


def architectures(template: Json) -> frozenset[str]:
    """Say for which processors a built template can be deployed."""
    given = template.get("Globals", {}).get("Function", {}).get("Architectures", ["x86_64"])
    found: set[str] = set()
    for one in given:
        if isinstance(one, dict):
            parameter = template["Parameters"][one["Ref"]]
            found |= set(parameter.get("AllowedValues", ["any processor"]))
        else:
            found.add(one)
    return frozenset(found)


def libraries(folder: Path) -> Iterator[Path]:
    """Go through the machine code of a build."""
    for path in sorted(folder.rglob("*.so*")):
        if path.is_file():
            yield path


def processor(library: Path) -> str:
    """Name the processor that a library is for, from the header of its ELF file."""
    with library.open("rb") as file:
        header = file.read(20)
    if header[:4] != b"\x7fELF":
        return "no processor (not an ELF file)"
    (machine,) = struct.unpack("<H" if header[5] == 1 else ">H", header[18:20])
    return PROCESSORS.get(machine, f"machine {machine:#x}")
