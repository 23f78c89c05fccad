"""How many cases a long test tries: all of them, or in `make check` a quarter."""

from hypothesis import settings

ALL = settings.get_profile("lastseen").max_examples


def examples(count: int) -> int:
    """So many cases; the same share of them that the chosen profile has of other property tests.

    Args:
        count: How many `make test` tries.
    """
    return max(1, count * settings().max_examples // ALL)
