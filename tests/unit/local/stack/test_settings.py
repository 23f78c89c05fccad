"""Settings: options of `make run`, and what follows from them."""

import pytest

from local.stack.errors import UserError
from local.stack.settings import FRESH_SECONDS, LEAST_FRESH_SECONDS, PATIENCE_SECONDS, Settings
from tests.integration import template


def test_nothing_said_means_defaults() -> None:
    """`make run` needs no option."""
    assert Settings.from_env({"PATH": "/bin"}) == Settings()


def test_options_come_from_the_environment_as_make_passes_them() -> None:
    """`make run SPEED=60 SEED=7` puts both into the environment."""
    settings = Settings.from_env({"SPEED": "60", "SEED": "7", "PORT_AWS": "5000", "PORT_ENODE": " 5001 "})

    assert (settings.speed, settings.seed, settings.aws_url) == (60.0, 7, "http://127.0.0.1:5000")
    assert settings.enode_url == "http://127.0.0.1:5001"


@pytest.mark.parametrize(
    ("name", "value"), [("SPEED", "fast"), ("SPEED", "0"), ("PORT_AWS", "80"), ("SEED", "-1")]
)
def test_a_value_out_of_bounds_is_refused_with_the_bounds(name: str, value: str) -> None:
    """A wrong option is a sentence, not a traceback."""
    with pytest.raises(UserError, match=rf"{name}={value} is not a number from .* Leave it out"):
        Settings.from_env({name: value})


def test_limits_shrink_with_the_cadences_but_not_to_nothing() -> None:
    """Enode's seven minutes take 21 seconds at speed 20; a limit of 15 minutes must follow, within reason."""
    assert Settings(speed=20).parameters["FreshRegularSeconds"] == "45"
    assert Settings(speed=200).parameters["FreshActiveSeconds"] == str(LEAST_FRESH_SECONDS)
    assert Settings(speed=1).parameters["FreshActiveSeconds"] == "300"


def test_the_speed_applies_to_every_span_of_the_template() -> None:
    """One that the stack did not know would stay as long as in life, in a world that is faster."""
    defaults = template.defaults()
    # How long an answer may be cached, and when an alarm counts, is not about Enode's pace.
    others = {"CacheSeconds", "HeartbeatAlarmSeconds", "AlarmPeriodSeconds"}
    spans = {name: defaults[name] for name in defaults if name.endswith("Seconds") and name not in others}

    told = FRESH_SECONDS | PATIENCE_SECONDS
    assert told == spans, "FRESH_SECONDS and PATIENCE_SECONDS of local/stack/settings.py"


def test_tokens_are_trusted_from_the_simulator_only() -> None:
    """The issuer that the API trusts is the one that the simulator is told to be."""
    settings = Settings(port_enode=5001)

    assert settings.parameters["OidcIssuer"] == settings.enode_url == "http://127.0.0.1:5001"
