"""The issuer's keys, from a file or an address; the last good ones are kept through a failure."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import httpx2
import structlog

from adapters.identity.signature import Keys, keys_of

log = structlog.get_logger(__name__)

# A key that was taken away is refused after this, at most.
FILE_LOOK: Final = 1.0
# Tokens with invented key ids must not turn us into a load on the issuer.
FETCH_PAUSE: Final = 10.0
FETCH_SECONDS: Final = 2.0
# A key that was taken away at an address is refused after this, at most.
FETCH_AGE: Final = 300.0
LARGEST: Final = 256 * 1024

Clock = Callable[[], float]


class KeySource(Protocol):
    async def current(self) -> Keys:
        """The keys as of a moment ago; empty when there were none to be had so far."""

    async def renewed(self) -> Keys:
        """The same for a key id that `current` does not have: look again, if it is allowed."""


class FileKeys:
    """Read again when the file's time changes. It is looked at once a second, and for each
    unknown key: a look costs microseconds, and a rotated key's first token must not be refused."""

    def __init__(self, path: Path, *, clock: Clock = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._looked = float("-inf")
        self._read_at = 0
        self._keys: Keys = {}

    async def current(self) -> Keys:
        if self._clock() - self._looked >= FILE_LOOK:
            self._look()
        return self._keys

    async def renewed(self) -> Keys:
        self._look()
        return self._keys

    def _look(self) -> None:
        # Small, local and rare: not worth a thread.
        self._looked = self._clock()
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._read_at:
                # Before it is read: a broken file is not read for each request until it changes.
                self._read_at = changed
                self._keys = keys_of(json.loads(self._path.read_text()))
        except (OSError, ValueError, RecursionError) as error:
            log.warning("keys.unreadable", error=type(error).__name__)


class UrlKeys:
    """Fetched at first use, when old, and for an unknown key: at most every 10 s."""

    def __init__(
        self, url: str, client: httpx2.AsyncClient, *, clock: Clock = time.monotonic
    ) -> None:
        self._url = url
        self._client = client
        self._clock = clock
        self._asked = float("-inf")
        self._keys: Keys = {}
        self._alone = asyncio.Lock()

    async def current(self) -> Keys:
        if self._clock() - self._asked >= (FETCH_AGE if self._keys else FETCH_PAUSE):
            await self._fetch()
        return self._keys

    async def renewed(self) -> Keys:
        await self._fetch()
        return self._keys

    async def _fetch(self) -> None:
        async with self._alone:
            if self._clock() - self._asked < FETCH_PAUSE:
                return
            self._asked = self._clock()
            try:
                async with asyncio.timeout(FETCH_SECONDS):
                    self._keys = await self._read()
            except (TimeoutError, httpx2.HTTPError, ValueError, RecursionError) as error:
                log.warning("keys.unreachable", error=type(error).__name__)

    async def _read(self) -> Keys:
        async with self._client.stream("GET", self._url, timeout=FETCH_SECONDS) as answer:
            answer.raise_for_status()
            read = bytearray()
            async for chunk in answer.aiter_bytes():
                read += chunk
                if len(read) > LARGEST:
                    raise ValueError("larger than any JWKS")
        return keys_of(json.loads(bytes(read)))
