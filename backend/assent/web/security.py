"""What every request has to fit and every answer carries: host, origin, size, headers.

Pure ASGI, so that event streams pass unhindered. Each is one concern; `app` puts them in order.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assent.refusal import N_, Refusal
from assent.web.errors import refuse
from assent.web.paths import answers_head, is_api, is_probe, is_public, takes_files
from assent.web.problems import TooLarge

MOST_BYTES = 3 * 1024 * 1024
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    # Not no-referrer: browsers would then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_HSTS = "max-age=31536000"


class UnknownHost(Refusal):
    """The request names a host that is not ours: links made from it would lead elsewhere."""

    type = "unknown-host"
    status = 400
    title = N_("This server does not answer under that name.")


class CrossSite(Refusal):
    """Another site sent this form or call on behalf of somebody signed in here."""

    type = "cross-site"
    status = 403
    title = N_("This came from another site and was not carried out.")
    advice = N_("Open the page here and try again from it.")


class SecurityHeaders:
    """Puts the security headers on every answer, and keeps what is not public out of all caches."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.headers = _HEADERS | ({"Strict-Transport-Security": _HSTS} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if not is_public(scope["path"]) or message["status"] >= 400:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class KnownHosts:
    """Refuses requests that name another host than ours."""

    def __init__(self, app: ASGIApp, *, base_url: str, further: Iterable[str]) -> None:
        self.app = app
        own = (urlsplit(base_url).hostname or "").lower()
        self.hosts = {own, *(host.lower() for host in further)}
        if is_loopback(own):
            self.hosts |= _LOOPBACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not is_probe(scope["path"]):
            named = Headers(scope=scope).getlist("host")
            if len(named) != 1 or host_of(named[0]) not in self.hosts:
                await refuse(UnknownHost(), scope, receive, send)
                return
        await self.app(scope, receive, send)


class SameSite:
    """Refuses what another site makes somebody's browser send (Sec-Fetch-Site, else Origin).

    A request with neither header comes from no browser of the last years, so nobody's cookie is
    misused by it. The API takes no cookies: nothing there can be misused this way.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" or (
            scope["type"] == "http"
            and scope["method"] not in _SAFE_METHODS
            and not is_api(scope["path"])
        ):
            headers = Headers(scope=scope)
            if not came_from_here(headers):
                await refuse(CrossSite(), scope, receive, send)
                return
        await self.app(scope, receive, send)


class LimitedBody:
    """Refuses bodies above a size, by their declared length or as soon as too much has come."""

    def __init__(self, app: ASGIApp, *, most: int = MOST_BYTES) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or takes_files(scope["path"]):  # these count for themselves
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > self.most:
            await refuse(TooLarge(), scope, receive, send)
            return
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.most:
                raise BodyTooLarge
            return message

        await self.app(scope, receive_limited, send)


class BodyTooLarge(HTTPException):
    """Raised while a body is read: FastAPI lets only this kind of exception through there."""

    def __init__(self) -> None:
        super().__init__(413)


class HeadersAlone:
    """Answers HEAD where anybody may read: like GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or not answers_head(scope["path"]):
            await self.app(scope, receive, send)
            return

        async def send_no_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        # The server itself goes by the method in its own scope.
        asked = {**scope, "method": "GET"}
        await self.app(asked, receive, send_no_body)
        scope["route"] = asked.get("route")


class CompressPublic:
    """Compresses what is the same for everybody.

    Not the pages of cases: the compressed length of a page that holds secrets and a reader's own
    input tells about the secrets (BREACH).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.compressing = GZipMiddleware(app, minimum_size=1000, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fits = scope["type"] == "http" and is_public(scope["path"])
        await (self.compressing if fits else self.app)(scope, receive, send)


def came_from_here(headers: Headers) -> bool:
    """Whether a request was sent by a page of ours, or by no page at all."""
    if (site := headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    if (origin := headers.get("origin")) is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
    except ValueError:
        return False


def host_of(header: str) -> str:
    """Return the name in a Host header without its port; empty if it is none."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
