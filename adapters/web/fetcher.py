"""Fetch a page that someone named: any address may be meant to harm us, and any answer."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpcore2
import httpx2

from adapters.web.answer import check_status, read
from adapters.web.guard import Guard, Rule
from adapters.web.naming import media_type, name_of
from adapters.web.resolver import Resolver
from adapters.web.robots import LARGEST, Robots
from adapters.web.transport import GuardedTransport
from adapters.web.url import page_url
from domain.ports.web import Fetched
from models.errors import AppError, InvalidError, UnavailableError

# Who comes, for the owner's log and robots.txt; the settings add whom to ask.
ROBOT = "HoldfastBot"
AGENT = f"{ROBOT}/0.1"
# RFC 9309 asks for five with robots.txt, and browsers' users meet no more with pages.
MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT = (
    "text/html,application/xhtml+xml,application/pdf;q=0.9,text/markdown;q=0.9,"
    "text/plain;q=0.8,*/*;q=0.5"
)
# Each holds a connection and up to a document's bytes; more of them wait for their turn.
AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. A fetch as a whole has the caller's limit."""

    connect: float = 5.0
    silence: float = 8.0
    robots: float = 5.0
    """For a site's robots.txt: a page must have time left."""


class HttpFetcher:
    """Implements `domain.ports.web.Fetcher`."""

    def __init__(
        self,
        resolver: Resolver,
        rule: Rule | None = None,
        *,
        contact: str = "",
        certificates: ssl.SSLContext | None = None,
        patience: Patience | None = None,
        robots: Robots | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._rule = rule or Rule()
        self._guard = Guard(resolver, self._rule)
        self._patience = patience or Patience()
        self._robots = robots or Robots(ROBOT)
        self._certificates = certificates or httpcore2.default_ssl_context()
        self._places = asyncio.Semaphore(at_once)
        self._headers = {
            "User-Agent": f"{AGENT} ({contact})" if contact else AGENT,
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip",
        }

    async def fetch(self, url: str, *, most_bytes: int, within: timedelta) -> Fetched:
        page = page_url(url, ports=self._rule.all_ports)
        seconds = within.total_seconds()
        try:
            async with asyncio.timeout(seconds), self._places:
                with _translated():
                    async with GuardedTransport(self._guard, self._certificates) as transport:
                        visit = _Visit(transport, self._headers, self._patience, self._rule)
                        return await self._find(visit, page, most_bytes, seconds / 2)
        except TimeoutError:
            raise InvalidError(
                f"The page did not come within {seconds:g} s.", code="url_timeout"
            ) from None

    async def _find(
        self, visit: "_Visit", url: httpx2.URL, most_bytes: int, patience: float
    ) -> Fetched:
        for _ in range(MOST_REDIRECTS + 1):
            await self._robots.permit(url, visit.robots_file, patience=patience)
            async with visit.asked(url) as response:
                if response.status_code in _REDIRECTS:
                    url = visit.onwards(url, response)
                    continue
                check_status(response)
                data = await read(response, most_bytes)
                name = name_of(response, url, data)
                return Fetched(str(url), media_type(response), name, data)
        raise _lost("The page is redirected too often.")


class _Visit:
    """The requests of one fetch."""

    def __init__(
        self,
        transport: GuardedTransport,
        headers: dict[str, str],
        patience: Patience,
        rule: Rule,
    ) -> None:
        self._transport = transport
        self._headers = headers
        self._patience = patience
        self._rule = rule

    @asynccontextmanager
    async def asked(self, url: httpx2.URL) -> AsyncIterator[httpx2.Response]:
        limits = httpx2.Timeout(self._patience.silence, connect=self._patience.connect)
        request = httpx2.Request(
            "GET", url, headers=self._headers, extensions={"timeout": limits.as_dict()}
        )
        response = await self._transport.send(request)
        try:
            yield response
        finally:
            await response.aclose()

    def onwards(self, url: httpx2.URL, response: httpx2.Response) -> httpx2.URL:
        """Where a redirect leads, checked as the first address was."""
        try:
            target = url.join(response.headers.get("location", ""))
        except (httpx2.InvalidURL, ValueError):
            raise _lost("The page is redirected to no address.") from None
        found = page_url(str(target), ports=self._rule.all_ports)
        if found == url:
            raise _lost("The page is redirected to itself.")
        if url.scheme == "https" and found.scheme == "http":
            raise _lost("The page is redirected from https to http.")
        return found

    async def robots_file(self, url: httpx2.URL) -> str:
        """UnavailableError when the site cannot say: 5xx, 429, no answer. What leads inside is
        refused; what else cannot be had (4xx, too many redirects) forbids nothing: RFC 9309."""
        try:
            async with asyncio.timeout(self._patience.robots):
                with _translated():
                    return await self._robots_text(url)
        except TimeoutError:
            raise UnavailableError("It takes too long.", code="url_unavailable") from None
        except InvalidError as error:
            if error.code == "url_timeout":
                raise UnavailableError(error.detail, code="url_unavailable") from None
            if error.code == "url_forbidden":
                raise
            return ""

    async def _robots_text(self, url: httpx2.URL) -> str:
        for _ in range(MOST_REDIRECTS + 1):
            async with self.asked(url) as response:
                if response.status_code in _REDIRECTS:
                    url = self.onwards(url, response)
                    continue
                # An error's text is read to its end as well: then the page can have the connection.
                text = await read(response, LARGEST, cut=True)
                check_status(response)
                return text.decode("utf-8", "replace")
        raise _lost("The robots file is redirected too often.")


def _lost(detail: str) -> AppError:
    return InvalidError(detail, code="url_redirects")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the client library raises into our errors; its texts may name the inside."""
    try:
        yield
    except (httpcore2.ReadTimeout, httpcore2.WriteTimeout):
        raise InvalidError("The page's server went quiet.", code="url_timeout") from None
    except httpcore2.ConnectError as error:
        raise _unreached(error) from None
    except (httpcore2.LocalProtocolError, httpcore2.UnsupportedProtocol):
        raise InvalidError("This is no address of a page.", code="url_invalid") from None
    except (
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
        httpcore2.TimeoutException,
        httpx2.HTTPError,
        httpx2.StreamError,
        OSError,
    ) as error:
        raise UnavailableError(
            f"The connection to the page's server broke ({type(error).__name__}).",
            code="url_unavailable",
        ) from None


def _unreached(error: httpcore2.ConnectError) -> AppError:
    # httpcore2 keeps what happened as the error's argument, and drops it as its cause.
    if any(isinstance(why, ssl.SSLCertVerificationError) for why in error.args):
        return UnavailableError(
            "The server's certificate is not to be trusted.",
            code="url_unavailable",
            retryable=False,
        )
    return UnavailableError("The page's server cannot be reached.", code="url_unavailable")
