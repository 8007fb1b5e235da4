"""A process of the server: the web application, which ends with the server that started it."""

from __future__ import annotations

import multiprocessing.connection
import os
import signal
import threading
from typing import TYPE_CHECKING

from assent.loading import nothing_collected

if TYPE_CHECKING:
    from fastapi import FastAPI


def application() -> FastAPI:
    """Build the web application; a killed server leaves none of its processes behind on its port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()
    # Only now: what takes seconds to load must not keep the port of a server that is gone.
    with nothing_collected():
        from assent.web.app import create_app

    return create_app()


def _end_after(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os.kill(os.getpid(), signal.SIGKILL)
