"""Where this edge's own pages are, as browsers see it; and which pages are its own."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import URL
from starlette.requests import HTTPConnection

_SECURE: Final = frozenset({"https", "wss"})
_LOCALHOST: Final = "localhost"


@dataclass(frozen=True, slots=True)
class Site:
    origins: tuple[str, ...] = ()
    """`https://agents.example.org`; empty: whatever host a request says that it was sent to, by
    the scheme that it came by."""
    folder: Path | None = None
    """Of the built app; None: this edge serves none."""

    def secure(self, request: HTTPConnection) -> bool:
        """People's browsers come by TLS, whatever ends it."""
        if self.origins:
            return all(urlsplit(origin).scheme == "https" for origin in self.origins)
        return request.scope["scheme"] in _SECURE

    def is_own(self, request: HTTPConnection, origin: str) -> bool:
        """That page was served by us."""
        if self.origins:
            return origin in self.origins
        return origin == f"{'https' if self.secure(request) else 'http'}://{_host(request)}"

    def is_reached_as_it_should(self, request: HTTPConnection) -> bool:
        """Where people sign in without proof, a stranger's name that was made to point here must
        not do: then its pages would be our own."""
        host = _host(request)
        if self.origins:
            return any(urlsplit(origin).netloc == host for origin in self.origins)
        return _loopback(URL(f"//{host}").hostname or "")


def own_request(site: Site, request: HTTPConnection) -> bool:
    """Not sent by another site's page, as far as the browser says who sent it. All browsers say
    so with what changes something; who says nothing is no browser."""
    origins = request.headers.getlist("origin")
    if origins:
        return len(origins) == 1 and site.is_own(request, origins[0])
    fetched = request.headers.get("sec-fetch-site")
    return fetched is None or fetched in {"same-origin", "none"}


def _host(request: HTTPConnection) -> str:
    given = request.headers.getlist("host")
    return given[0] if len(given) == 1 else ""


def _loopback(name: str) -> bool:
    if name == _LOCALHOST:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
