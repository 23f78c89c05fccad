"""JSON and header of the blocks of a device: when each was learnt, and what its age says."""

import json
from collections.abc import Iterable, Mapping

import jiter

from lastseen.domain import instant
from lastseen.domain.answer import DeviceWithFreshness
from lastseen.domain.blocks import BLOCKS, Block, BlockAge, ages
from lastseen.domain.device import DeviceKind
from lastseen.domain.document import Json, load


def of(judged: DeviceWithFreshness) -> list[BlockAge]:
    """Tell the ages of a device's blocks at the moment it was judged for; none where nothing is known of it."""
    said, freshness = judged.known.snapshot.current, judged.freshness
    if said.at is None:
        return []
    document = _read(said.document or b"{}")
    return list(
        ages(judged.known.device.kind, document, said.facts, said.at, freshness.asked_at, freshness.limit)
    )


def blocks(judged: DeviceWithFreshness) -> str:
    """Give the blocks of a device as an object by their paths."""
    return body(of(judged))


def body(said: Iterable[BlockAge]) -> str:
    """Give blocks as an object by their paths; exact ages are in the header, for a body must not age."""
    return f"{{{','.join(map(_block, said))}}}"


def header(kind: DeviceKind, said: Iterable[BlockAge]) -> Mapping[str, str]:
    """Say the exact ages in a header: a structured field (RFC 9651), an item for each block that the table knows.

    `age` in whole seconds where it is known, `verdict` where there is one.
    """
    members: list[str] = []
    for told in said:
        if told.block not in BLOCKS[kind]:
            continue  # of tomorrow, and perhaps no name that a header could carry
        age = "" if told.age is None else f";age={int(told.age.total_seconds())}"
        verdict = "" if told.verdict is None else f";verdict={told.verdict}"
        members.append(f"{told.block.path}{age}{verdict}")
    return {"lastseen-blocks": ", ".join(members)} if members else {}


def _read(text: bytes) -> Json:
    """Read a stored document in a sixth of the time of Python's parser; what is too deep for this one, with that."""
    try:
        document = jiter.from_json(text)
    except ValueError:
        return load(text)
    return document if isinstance(document, dict) else {}


def _block(told: BlockAge) -> str:
    begin, end = _frame(told.block)
    updated_at = "null" if told.updated_at is None else f'"{instant.fixed(told.updated_at)}"'
    at_least = told.at_least
    verdict = "null" if told.verdict is None else f'"{told.verdict}"'
    return (
        f'{begin}{updated_at},"ageAtLeastSeconds":{"null" if at_least is None else at_least},'
        f'"verdict":{verdict}{end}'
    )


def _frame(block: Block) -> tuple[str, str]:
    """The text around what differs from device to device; of blocks of the table, it was made once."""
    made = _FRAMES.get(id(block))
    return _made(block) if made is None else made


def _made(block: Block) -> tuple[str, str]:
    path, measurements = json.dumps(block.path), json.dumps(block.measurements, separators=(",", ":"))
    return f'{path}:{{"updatedAt":', f',"measurements":{measurements}}}'


_FRAMES = {id(block): _made(block) for table in BLOCKS.values() for block in table}
