"""The page that checks receipts in the reader's own browser: one file, the same from here as from a disk."""

from __future__ import annotations

import re
from functools import cache

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from assent.web.assets import DIST, manifest
from assent.web.requires import Public

router = APIRouter(include_in_schema=False)
_POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]+)"')
_ASK_AGAIN = {"Cache-Control": "public, no-cache"}


@router.api_route("/verify", methods=["GET", "HEAD"])
async def verify_page(visit: Public) -> Response:
    """Check a receipt, a checkpoint or the evidence of a fork; nothing of it is sent here."""
    page, policy = built_page()
    # Its script lies within it: the policy is the page's own, which names that script by its hash.
    headers = _ASK_AGAIN | {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}
    return HTMLResponse(page, headers=headers)


@cache
def built_page() -> tuple[str, str]:
    """Return the page as it was built, and its content security policy.

    Raises:
        assent.web.assets.NotBuilt: there is no build.
    """
    page = (DIST / manifest()["verify.html"]).read_text(encoding="utf-8")
    found = _POLICY.search(page)
    if found is None:
        raise ValueError("the built page has no content security policy")
    return page, found[1].replace("&#39;", "'")
