"""What a site's owner asks of robots, by RFC 9309."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx2
from protego import Protego

from adapters.web.url import port_of
from models.errors import InvalidError, UnavailableError

# RFC 9309 asks for at least 500 KiB; what stands beyond is not read.
LARGEST = 512 * 1024
# Owners expect a change to be seen within the day; a reader should not fetch it for each page.
KEPT = 3_600.0
# A site that could not say is asked again soon, but not by each of a hundred documents.
KEPT_AWAY = 10.0
# Sites remembered, and bytes of their files: no tenant can make a process grow by more.
MOST_SITES = 1_000
MOST_BYTES = 8 * 1024 * 1024
# Longer delays are meant for crawlers; we come for single pages that a person named.
LONGEST_DELAY = 5.0

Fetch = Callable[[httpx2.URL], Awaitable[str]]
"""Gives the text of a robots file, empty when there is none; UnavailableError when the site
cannot say."""
Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class _Site:
    text: str
    until: float
    away: UnavailableError | None = None
    """Why it could not say."""
    free_at: float = 0.0
    """When the next page may be asked for."""


class Robots:
    """Its sites are the process's, not a tenant's: everyone may read these files. Keeps texts
    and no rules, which may cost a hundred times as much memory."""

    def __init__(
        self, agent: str, *, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._agent = agent
        self._clock = clock
        self._sleep = sleep
        self._sites: OrderedDict[tuple[str, str, int], _Site] = OrderedDict()
        self._bytes = 0

    async def permit(self, url: httpx2.URL, fetch: Fetch, *, patience: float) -> None:
        """Return when the page may be asked for, waiting up to `patience` seconds for its turn.

        InvalidError url_robots; UnavailableError url_unavailable when the site cannot say.
        """
        site = await self._site(url, fetch)
        if site.away is not None:
            raise UnavailableError(
                f"The site's robots.txt: {site.away.detail}",
                code=site.away.code,
                retryable=site.away.retryable,
                retry_after=max(site.away.retry_after or 0.0, site.until - self._clock()),
            )
        if not site.text:
            return
        # A made-up file can keep the parser busy for a second: not in the loop.
        allowed, delay = await asyncio.to_thread(_judge, site.text, str(url), self._agent)
        if not allowed:
            raise InvalidError("The site asks robots not to read this page.", code="url_robots")
        await self._wait(site, min(delay, LONGEST_DELAY), patience)

    async def _wait(self, site: _Site, delay: float, patience: float) -> None:
        wait = max(0.0, site.free_at - self._clock())
        if wait > patience:
            raise UnavailableError(
                "The site asks robots to come one after the other.",
                code="url_unavailable",
                retry_after=wait,
            )
        site.free_at = self._clock() + wait + delay
        await self._sleep(wait)

    async def _site(self, url: httpx2.URL, fetch: Fetch) -> _Site:
        key = (url.scheme, url.host, port_of(url))
        known = self._sites.get(key)
        if known and self._clock() < known.until:
            self._sites.move_to_end(key)
            return known
        site = await self._asked(url.copy_with(raw_path=b"/robots.txt"), fetch)
        site.free_at = known.free_at if known else 0.0
        self._keep(key, site)
        return site

    async def _asked(self, url: httpx2.URL, fetch: Fetch) -> _Site:
        try:
            text = await fetch(url)
        except UnavailableError as error:
            return _Site("", self._clock() + KEPT_AWAY, away=error.with_traceback(None))
        return _Site(text, self._clock() + KEPT)

    def _keep(self, key: tuple[str, str, int], site: _Site) -> None:
        self._forget(key)
        self._sites[key] = site
        self._bytes += len(site.text)
        while len(self._sites) > MOST_SITES or self._bytes > MOST_BYTES:
            self._forget(next(iter(self._sites)))

    def _forget(self, key: tuple[str, str, int]) -> None:
        if (site := self._sites.pop(key, None)) is not None:
            self._bytes -= len(site.text)


def _judge(text: str, url: str, agent: str) -> tuple[bool, float]:
    """Whether the agent may fetch the page, and how many seconds should lie between two."""
    rules = Protego.parse(text)
    return rules.can_fetch(url, agent), max(0.0, rules.crawl_delay(agent) or 0.0)
