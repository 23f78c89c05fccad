"""The commands that README and docs tell people to run: known to AWS and make, with the options that they have.

What an operation takes is read from botocore's description of it, which is what the AWS CLI's commands are made of;
the few commands that the CLI adds of its own are listed here.
"""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError

from rehearsal.outcome import Finding, Outcome
from rehearsal.processed import ROOT, Processed

PATIENCE = 60
"""Seconds for which the AWS CLI waits for an answer; then it asks again, and an invocation runs twice."""

_EVERYWHERE = frozenset(
    {"region", "profile", "output", "query", "endpoint-url", "no-cli-pager", "cli-binary-format", "cli-read-timeout",
     "cli-connect-timeout", "no-paginate", "max-items", "page-size", "starting-token", "cli-input-json", "debug",
     "generate-cli-skeleton", "no-sign-request"}
)  # fmt: skip
_OWN_COMMANDS = {
    "s3 cp": {"recursive", "quiet", "exclude", "include"},
    "s3 ls": {"recursive", "human-readable", "summarize"},
    "s3 rm": {"recursive", "quiet", "exclude", "include"},
    "s3 rb": {"force"},
    "s3 sync": {"exclude", "include", "delete", "quiet"},
    "logs tail": {"follow", "since", "format", "filter-pattern"},
    "cloudformation deploy": {"template-file", "stack-name", "parameter-overrides", "capabilities"},
    "configure get": set[str](),
    "sso login": {"sso-session"},
}
_OTHER_NAMES = {"s3api": "s3", "configservice": "config"}
"""The CLI's names of services that are not the API's."""

_POSITIONAL = {"lambda invoke": 1}
_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`((?:aws|make) [^`\n]+)`")
_CONTINUED = re.compile(r"\\\n\s*")
_MAKE = re.compile(r"(?:^|[;&|(]\s*)make((?: +[A-Za-z_]+=\S*| +[a-z][a-z-]*)+)")


class Command(NamedTuple):
    """A command as it stands in a page.

    Attributes:
        where: File and line.
        text: On one line.
    """

    where: str
    text: str


def rehearse(processed: Processed) -> Outcome:
    """Parse every command of the pages and of the template's outputs."""
    commands = [*in_pages(), *_in_outputs(processed)]
    timeouts = {
        logical_id: int(properties.get("Timeout", 3))
        for logical_id, properties in processed.of_type("AWS::Lambda::Function")
    }
    verbs = _verbs()
    findings = [
        Finding(command.where, f"{what}: {command.text[:90]}")
        for command in commands
        for what in (*mistakes(command.text, timeouts), *unknown_verbs(command.text, verbs))
    ]
    of_aws = sum(command.text.startswith("aws ") for command in commands)
    return Outcome(f"{of_aws} commands of the AWS CLI, {len(commands) - of_aws} of make", findings)


def mistakes(text: str, timeouts: dict[str, int]) -> Iterator[str]:
    """Say what is wrong with one command of the AWS CLI.

    Args:
        text: The command; what stands in `<…>` or `$(…)` is for a person, or a shell, to fill in.
        timeouts: How long each function may take, in seconds.
    """
    if not text.startswith("aws "):
        return
    words = _words(text)
    named = [word for word in words[1:] if not word.startswith("--")][:2]
    if len(named) < 2 or words[1:3] != named:
        yield "names no service and operation"
        return
    given = {word[2:].partition("=")[0] for word in words if word.startswith("--")}
    own = _OWN_COMMANDS.get(" ".join(named))
    if own is not None:
        if unknown := sorted(given - own - _EVERYWHERE):
            yield f"`aws {' '.join(named)}` has no option --{unknown[0]}"
        return
    yield from _of_the_api(named, words, given)
    if named == ["lambda", "invoke"]:
        yield from _impatient(words, timeouts)
        if "/dev/stdout" in words:
            yield "writes to /dev/stdout, which Windows does not have"


def _of_the_api(named: list[str], words: list[str], given: set[str]) -> Iterator[str]:
    service, operation = named
    model = _model(service)
    if model is None:
        yield f"AWS has no service {service}"
        return
    if operation == "wait":
        waiters = {xform_name(name, "-") for name in _waiters(service)}
        if words[3] not in waiters:
            yield f"{service} has no waiter {words[3]}"
        return
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        yield f"{service} has no operation {operation}"
        return
    shape = model.operation_model(names[operation]).input_shape
    members = {xform_name(name, "-"): name for name in shape.members} if shape else {}
    switches = {f"no-{name}" for name, of in members.items() if shape.members[of].type_name == "boolean"}
    for option in sorted(given - members.keys() - switches - _EVERYWHERE):
        yield f"{service} {operation} has no option --{option}"
    positional = {"outfile"} if _POSITIONAL.get(" ".join(named)) else set()
    required = {xform_name(name, "-") for name in (shape.required_members if shape else [])}
    for option in sorted(required - given - positional):
        if "cli-input-json" not in given and not given & {f"no-{option}"}:
            yield f"{service} {operation} needs --{option}"


def _impatient(words: list[str], timeouts: dict[str, int]) -> Iterator[str]:
    """An invocation that outlasts the CLI's patience is made a second time."""
    text = " ".join(words)
    if "--invocation-type Event" in text or "--invocation-type=Event" in text:
        return
    asked = [
        limit
        for logical_id, limit in timeouts.items()
        if logical_id.removesuffix("Function").lower() in text.lower()
    ]
    longest = max(asked or timeouts.values(), default=0)
    found = re.search(r"--cli-read-timeout[ =](\d+)", text)
    patience = int(found[1]) if found else PATIENCE
    if 0 < patience <= longest:
        yield f"waits {patience} s for a function that may take {longest} s, and then invokes it again"


def in_pages(root: Path = ROOT) -> Iterator[Command]:
    """Find the commands in blocks and between backquotes, a continued line as one."""
    files = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    for file in files:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        for block in _FENCE.finditer(text):
            line = text.count("\n", 0, block.start(1)) + 1
            for one in _CONTINUED.sub(" ", block[1]).splitlines():
                if one.strip().startswith(("aws ", "make ")):
                    yield Command(f"{file.relative_to(root)}, block at line {line}", one.strip())
        for inline in _INLINE.finditer(text):
            line = text.count("\n", 0, inline.start()) + 1
            yield Command(f"{file.relative_to(root)}:{line}", inline[1].strip())


def _in_outputs(processed: Processed) -> Iterator[Command]:
    for name, output in processed.template.get("Outputs", {}).items():
        for text in (output.get("Description", ""), output.get("Value", "")):
            resolved = str(processed.resolve(text))
            if "aws " in resolved:
                yield Command(f"template.yaml, output {name}", resolved[resolved.index("aws ") :])


def _words(text: str) -> list[str]:
    """Split as a shell does; what is to be filled in is one word."""
    filled = re.sub(r"<[^<>\n]+>", lambda place: "_" + re.sub(r"\W+", "", place[0]) + "_", text)
    filled = re.sub(r"\$\([^()]*\)", "_computed_", filled)
    lexer = shlex.shlex(filled, posix=True, punctuation_chars=";|&><")
    lexer.whitespace_split, lexer.commenters = True, "#"
    words: list[str] = []
    for word in lexer:
        if word in {";", "|", "||", "&&", "&", ">", ">>", "<"}:
            break
        words.append(word)
    return words


def unknown_verbs(text: str, verbs: frozenset[str]) -> Iterator[str]:
    """Say which verbs of a command are none of the Makefile's."""
    if not text.startswith("make"):
        return
    for found in _MAKE.finditer(text.partition("#")[0]):
        for word in found[1].split():
            if "=" not in word and word not in verbs:
                yield f"make has no verb {word}"


@cache
def _verbs() -> frozenset[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


@cache
def _session() -> Any:
    return botocore.session.get_session()


@cache
def _model(service: str) -> Any:
    try:
        return _session().get_service_model(_OTHER_NAMES.get(service, service))
    except UnknownServiceError:
        return None


@cache
def _waiters(service: str) -> list[str]:
    names: list[str] = _session().get_waiter_model(_OTHER_NAMES.get(service, service)).waiter_names
    return names
