"""Ending open streams as soon as the server is told to stop.

The server waits for answers under way before it tells the application anything; a stream never ends
by itself, so it would wait out its patience and cut them off.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from uvicorn import Server


@contextmanager
def on_stop(tell: Callable[[], None]) -> Iterator[None]:
    """Call `tell` in the event loop when the server that runs us is asked to stop.

    Does nothing where no server of its own kind listens to signals, as in a test.
    """
    loop = asyncio.get_running_loop()
    replaced: dict[int, Callable[[int, FrameType | None], object]] = {}

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(tell)
        replaced[number](number, frame)

    for number in (signal.SIGTERM, signal.SIGINT):
        handler = signal.getsignal(number)
        if callable(handler) and isinstance(getattr(handler, "__self__", None), Server):
            replaced[number] = handler
            signal.signal(number, stop)
    try:
        yield
    finally:
        for replaced_number, handler in replaced.items():
            signal.signal(replaced_number, handler)
