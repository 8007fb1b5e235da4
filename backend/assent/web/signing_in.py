"""What somebody gets who asks for a page without being signed in: a way to sign in, and back.

Whoever was sending a form when their session had ended finds what they wrote afterwards.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from assent.database.session import Database, act_for
from assent.people import kept_forms, sessions

_EVENTS = "text/event-stream"
_JSON = "application/json"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def ask_to_sign_in(request: Request) -> Response:
    """Lead to the sign-in page, and afterwards back to where they were."""
    accepted = request.headers.get("accept", "")
    if _EVENTS in accepted or accepted == _JSON:  # a page's script, which keeps what it was sending
        return Response(status_code=401)
    address = f"/sign-in?next={quote(await _way_back(request), safe='/')}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


async def _way_back(request: Request) -> str:
    """Return the page itself; for a form, the page that gives it back, or the first page."""
    path: str = request.scope["path"]
    if request.method in ("GET", "HEAD"):
        return path
    if not request.headers.get("content-type", "").startswith(_FORMS):
        return "/"
    fields = [
        (name, value)
        for name, value in (await request.form()).multi_items()
        if not isinstance(value, UploadFile)
    ]
    database: Database = request.app.state.database
    async with database.session() as session:
        person = await sessions.ended_caller_of(session, request)
        if person is None or not fields:
            return "/"
        await act_for(session, person)
        kept = await kept_forms.keep(session, person, path, fields)
    return f"/kept/{kept}" if kept else "/"
