import pytest

from local.simulator.__main__ import _parser


def test_the_defaults_are_a_quiet_fleet_at_the_speed_of_life() -> None:
    """Nothing misbehaves unless asked to."""
    args = _parser().parse_args([])

    assert (args.speed, args.seed, args.users, args.fault, args.parked) == (1.0, 1, 6, [], None)


def test_faults_are_named_with_their_chance() -> None:
    """The chance may be left out: then it is certain."""
    args = _parser().parse_args(["--fault", "duplicate=0.2", "--fault", "reorder"])

    assert dict(args.fault) == {"duplicate": 0.2, "reorder": 1.0}


@pytest.mark.parametrize(
    "wrong",
    [["--fault", "gremlins"], ["--fault", "duplicate=2"], ["--fault", "duplicate=often"], ["--speed", "0"]],
)
def test_a_wrong_option_is_refused_with_a_sentence(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, as every command-line tool does."""
    with pytest.raises(SystemExit, match="2"):
        _parser().parse_args(wrong)

    assert "error: argument" in capsys.readouterr().err
