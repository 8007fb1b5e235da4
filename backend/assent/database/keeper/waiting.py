"""Waiting for something outside this process, which cannot tell us when it happens."""

import time
from collections.abc import Callable


def comes_true(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask every hundredth of a second for at most `seconds`; returns the last answer."""
    end = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return answer
