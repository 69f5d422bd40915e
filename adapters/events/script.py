"""Calls of the Lua script, and what it answers."""

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from adapters.events.connection import AWAY, LogNames, command
from adapters.events.item import Item, words

_LOG = structlog.get_logger(__name__)

_SOURCE = Path(__file__).with_name("log.lua").read_bytes()
_SHA = hashlib.sha1(_SOURCE, usedforsecurity=False).hexdigest()


class Answer(NamedTuple):
    """`status` is ok, stale (a newer attempt, step or turn writes), lost (Redis does not know
    this writer any more) or late (too old to be carried out, or repeated out of order)."""

    status: str
    now: int = 0
    """Milliseconds by Redis's clock."""
    stopped: int = 0
    sequence: int = 0
    """The highest number taken in this turn."""
    rest: tuple[Any, ...] = ()


class LogScript:
    """Runs the script; `ttl` in milliseconds, `limit` in entries of a stream."""

    def __init__(self, redis: Redis, *, ttl: int, limit: int) -> None:
        self._redis = redis
        self._fixed = (str(ttl), str(limit))

    async def load(self) -> None:
        """Let Redis know the script before its first call. Raises what redis-py raises."""
        await command(self._redis, "SCRIPT", "LOAD", _SOURCE)

    async def call(self, operation: str, names: LogNames, *arguments: str | bytes | int) -> Answer:
        """Run one operation. Raises what redis-py raises."""
        call = (3, *names.keys, operation, names.channel, *self._fixed, *arguments)
        try:
            reply = await command(self._redis, "EVALSHA", _SHA, *call)
        except NoScriptError:
            reply = await command(self._redis, "EVAL", _SOURCE, *call)
        status, *numbers = reply[:4]
        return Answer(status.decode(), *numbers)._replace(rest=tuple(reply[4:]))

    async def number(self, names: LogNames, key: str) -> int | None:
        """Under which number of the newest turn an event was appended with this key. Raises what
        redis-py raises."""
        found = await command(self._redis, "HGET", names.meta, f"k:{key}")
        return None if found is None else int(found)

    async def announce(self, names: LogNames, events: Iterable[Item]) -> None:
        """Append committed events, whoever writes now; without Redis, readers find them stored."""
        try:
            await self.call("announce", names, *words(events))
        except AWAY as error:
            _LOG.warning("event_log.announcement_missed", reason=str(error)[:200])
            with contextlib.suppress(*AWAY):
                await self.hint(names)

    async def hint(self, names: LogNames) -> None:
        """Tell readers that there may be news where events are stored. Raises as `call` does."""
        await command(self._redis, "PUBLISH", names.channel, b"")
