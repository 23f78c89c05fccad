"""Garbage collector of a function that starts: off while its modules load, since all that they make is kept.

Imported by a function in front of everything else: that is when it is switched off. Looking in vain through what was
loaded takes a fourteenth of a cold start.
"""

import gc

gc.disable()


def over() -> None:
    """Collect from now on, but never what stands already; the last line of a function's module."""
    gc.freeze()
    gc.enable()
