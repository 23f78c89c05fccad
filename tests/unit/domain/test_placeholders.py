"""Proves `domain/placeholders.py`: fillers, masks and numbers within a site are told from serial numbers."""

import pytest

from lastseen.domain.placeholders import is_placeholder

REAL = [
    "ZAP053711",
    "EH48PW2H",
    "0730104",
    "PGT22310002145",
    "122142006311",
    "SB3.0-1AV-41-3004117882",
    "ALEXA",
    "VINCENT-1",
    "TESTAROSSA",
    "WVWZZZ3CZWE000011",
    "5YJSA1E11GF000001",
    "4821",
]


@pytest.mark.parametrize("number", REAL)
def test_a_serial_number_is_none(number: str) -> None:
    """Real ones may begin with zeros, be short, and hold the letters of a filler."""
    assert not is_placeholder(number)


@pytest.mark.parametrize(
    "filler", ["NOT AVAILABLE", "n/a".upper(), "NONE", "DEADBEEF", "TBD", "#1", "ABCDEF", "9876"]
)
@pytest.mark.parametrize("around", ["{}", " {} ", "-{}-", "{}.", "({})"])
def test_spaces_and_punctuation_hide_no_filler(filler: str, around: str) -> None:
    """Firmwares write the same nothing in many ways."""
    assert is_placeholder(around.format(filler))


@pytest.mark.parametrize("length", range(1, 40))
@pytest.mark.parametrize("character", ["0", "9", "F", "X", "-", "?"])
def test_one_character_all_through_is_a_placeholder(character: str, length: int) -> None:
    """Whatever its length."""
    assert is_placeholder(character * length)
