"""What the server writes down about requests, and what becomes of faults of ours.

One line of JSON a request: method, the route's pattern, ids, status, time taken. Never a path as it
was typed (it may hold a link's token), never a query string, a body, a name or an address.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assent.database.ids import new_id
from assent.web.errors import refuse
from assent.web.problems import Unexpected
from assent.web.requires import as_id

log = logging.getLogger("assent.web")
REFERENCE = "assent.reference"


class Journal:
    """Gives a request its reference, catches faults, writes the line."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        reference = scope[REFERENCE] = new_id().hex[-12:]
        began, status = time.perf_counter(), 0

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_noted)
        except Exception as fault:
            log.error("fault", extra={"fields": {"reference": reference} | fault_fields(fault)})
            if status:
                raise  # the answer had begun: the server has to cut it off
            await refuse(Unexpected(reference), scope, receive, send_noted)
        finally:
            log.info("request", extra={"fields": request_fields(scope, reference, status, began)})


def request_fields(scope: Scope, reference: str, status: int, began: float) -> dict[str, Any]:
    """Return what is noted of a request."""
    route = scope.get("route")
    ids = {k: v for k, v in scope.get("path_params", {}).items() if as_id(str(v))}
    return {
        "reference": reference,
        "method": scope["method"],
        "route": getattr(route, "path", "?"),
        "status": status or 499,  # nothing was answered: whoever asked had gone
        "ms": round((time.perf_counter() - began) * 1000, 1),
    } | ids


def fault_fields(fault: BaseException) -> dict[str, Any]:
    """Return where a fault arose. Not its words: they may quote what people wrote."""
    frames = traceback.extract_tb(fault.__traceback__)
    chain = [type(fault).__name__]
    while (fault := fault.__cause__ or fault.__context__) is not None:  # type: ignore[assignment]
        chain.append(type(fault).__name__)
    return {
        "kind": " < ".join(chain[:5]),
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    }


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage().partition("\n")[0],  # further lines tend to quote
        }
        if record.exc_info and record.exc_info[1] is not None:
            line |= fault_fields(record.exc_info[1])
        return json.dumps(line | getattr(record, "fields", {}), ensure_ascii=False)


def write_json_lines(file: Path | None = None) -> None:
    """Have everything this process logs written as lines of JSON: to a file, or to standard error."""
    handler = WatchedFileHandler(file, encoding="utf-8") if file else logging.StreamHandler()
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"  # its lines hold paths as they were typed
