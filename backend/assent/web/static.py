"""The built scripts, styles and icons: their names carry their content's hash, so they never change."""

from __future__ import annotations

import os

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from assent.web.assets import DIST

_FOR_EVER = "public, max-age=31536000, immutable"


class BuiltFiles(StaticFiles):
    """Serves built files to be cached for ever, and nothing of the build besides."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or 404."""
        response = await super().get_response(path, scope)
        if response.status_code < 400:
            response.headers["Cache-Control"] = _FOR_EVER
        return response


def built_files() -> BuiltFiles:
    """Return the application that serves `frontend/dist`; it may be built after this is called."""
    return BuiltFiles(directory=os.fspath(DIST), check_dir=False)
