"""Which addresses are what: the API, what anybody may read, what machines ask.

Always asked of the path itself, never of a URL that a forged Host could have composed.
"""

from __future__ import annotations

import re

API = "/api/"
_FILES = re.compile(
    r"(/api/v1)?/(cases/[^/]+/evidence|uploads/[^/]+|actions/[^/]+/(readings|take-down)"
    r"|deliveries/[^/]+/proofs)"
)
_PUBLIC = ("/static/", "/s/", "/verify", "/feed.atom", "/api/docs", "/api/openapi.json")
_PROBES = frozenset({"/healthz", "/readyz"})


def is_api(path: str) -> bool:
    """Whether problems at this address are answered as JSON."""
    return path.startswith(API) and not path.startswith("/api/docs")


def is_public(path: str) -> bool:
    """Whether what stands here is the same for everybody and holds nothing of a case's inside."""
    return path.startswith(_PUBLIC)


def answers_head(path: str) -> bool:
    """Whether mail scanners, search engines and load balancers may ask for the headers alone."""
    return is_public(path) or is_probe(path)


def is_probe(path: str) -> bool:
    """Whether supervisors and load balancers ask here, by whatever name they know the host."""
    return path in _PROBES


def safe_path(path: str) -> str:
    """Return a path within Assent to go on to; what could lead elsewhere becomes the first page."""
    inside = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if inside and path.isprintable() and len(path) < 500 else "/"


def takes_files(path: str) -> bool:
    """Whether what is sent here is a file, or a piece of one, and read as it comes."""
    return _FILES.fullmatch(path) is not None
