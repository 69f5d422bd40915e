"""The cookie of a browser's session: read, checked, set and taken away."""

import hmac
import time
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from api.ports import Ports
from api.site import Site, own_request
from domain.ports.web_sessions import WebSession
from models.errors import AccessError, IdentityError

COOKIE: Final = "holdfast_session"
# Browsers take it from this very host alone, over TLS: no neighbouring name can set it for us.
SECURE_COOKIE: Final = f"__Host-{COOKIE}"
CSRF_HEADER: Final = "x-csrf-token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def secret_of(site: Site, request: HTTPConnection) -> str | None:
    """What the one cookie of ours holds. With two of the name one was set by somebody else, and
    nothing tells which: neither counts."""
    name = _name(site, request)
    found = [
        value.strip()
        for header in request.headers.getlist("cookie")
        for key, _, value in (pair.partition("=") for pair in header.split(";"))
        if key.strip() == name
    ]
    return found[0] if len(found) == 1 and found[0] else None


async def session_of(ports: Ports, site: Site, request: HTTPConnection) -> WebSession | None:
    secret = secret_of(site, request)
    return None if secret is None else await ports.sessions.find(secret)


async def signed_in(ports: Ports, site: Site, request: Request) -> WebSession:
    """IdentityError("session_ended"); AccessError("csrf_invalid") for a change that our page did
    not ask for."""
    session = await session_of(ports, site, request)
    if session is None:
        raise IdentityError("Sign in again.", code="session_ended")
    check_csrf(site, request, session)
    return session


def check_csrf(site: Site, request: Request, session: WebSession) -> None:
    if request.method in _SAFE:
        return
    given = request.headers.getlist(CSRF_HEADER)
    right = len(given) == 1 and hmac.compare_digest(given[0].encode(), session.csrf.encode())
    if not right or not own_request(site, request):
        raise AccessError(
            "Send X-CSRF-Token from GET /v1/session, from a page of this site.",
            code="csrf_invalid",
        )


def hand_out(site: Site, request: Request, response: Response, secret: str, ends: float) -> None:
    """`ends`: seconds since 1970. When an idle session ends is for the server to say."""
    response.set_cookie(
        _name(site, request),
        secret,
        max_age=max(1, round(ends - time.time())),
        path="/",
        secure=site.secure(request),
        httponly=True,
        samesite="lax",
    )


def take_back(site: Site, request: Request, response: Response) -> None:
    response.delete_cookie(
        _name(site, request),
        path="/",
        secure=site.secure(request),
        httponly=True,
        samesite="lax",
    )


def _name(site: Site, request: HTTPConnection) -> str:
    return SECURE_COOKIE if site.secure(request) else COOKIE
