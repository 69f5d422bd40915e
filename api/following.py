"""Follow a whole log: from any id ever sent, live, until there is a reason to stop."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

from api.dependencies import Context
from api.dialects import native
from api.ports import Ports
from api.watching import close
from domain.ports.conversations import ConversationKind
from domain.wire import WireEvent
from models.errors import BadRequestError, InvalidError, NotFoundError, UnavailableError
from models.payloads.events import START, EventId

# `0.0` is 3; the largest id that we write is 33.
CURSOR_CHARACTERS: Final = 33
# Nothing runs, so whatever is left to read is at hand; a turn that starts meanwhile may be quiet.
_PEEK: Final = 1.0
# Streams that began together end apart.
_SPREAD: Final = 0.1


def cursor(after: str | None, last_event_id: str | None) -> EventId:
    """Where to go on. The header is newer than the address, which a browser cannot change.

    InvalidError (422) for the parameter; BadRequestError (400) for the header, at which browsers
    stop to reconnect. Both have the code cursor_invalid. An id of the future is no error: it
    gets nothing until the log has passed it.
    """
    given = last_event_id or after
    if not given:
        return START
    try:
        return EventId.parse(given[: CURSOR_CHARACTERS + 1])
    except ValueError:
        text = "is no event's id: it is written <turn>.<sequence>."
        if given is last_event_id:
            raise BadRequestError(f"Last-Event-ID {text}", code="cursor_invalid") from None
        raise InvalidError(f"`after` {text}", code="cursor_invalid") from None


def idling(
    ports: Ports, context: Context, conversation_id: UUID, kind: ConversationKind
) -> Callable[[], Awaitable[bool]]:
    """Nothing runs, nothing is queued, and no summary is being written."""

    async def idle() -> bool:
        try:
            if await ports.turns.at_work(context.scope, conversation_id):
                return False
        except NotFoundError:
            return True  # erased under its reader: nothing more will come
        with suppress(UnavailableError):  # Postgres alone decides while Temporal is away
            return not await ports.engine.is_open(context.log(conversation_id), kind)
        return True

    return idle


class Frames:
    """The log as frames, of which the first may be on its way already: a generator that nobody
    has begun would not let go of it."""

    def __init__(
        self,
        following: AsyncIterator[WireEvent],
        first: asyncio.Task[WireEvent | None] | None = None,
    ) -> None:
        self._following = following
        self._first = first

    def __aiter__(self) -> "Frames":
        return self

    async def __anext__(self) -> bytes:
        if self._first is None:
            event = await anext(self._following, None)
        else:
            event = await self._first
            self._first = None
        if event is None:
            raise StopAsyncIteration
        return native.encode(event)

    async def aclose(self) -> None:
        """Give the reader's place back, whether or not anything was read."""
        if self._first is not None:
            self._first.cancel()
            await asyncio.wait({self._first})
            if not self._first.cancelled():
                self._first.exception()  # asyncio logs one that nobody looked at
        await close(self._following)


async def frames(
    ports: Ports,
    context: Context,
    conversation_id: UUID,
    after: EventId,
    *,
    at_most: float,
    idle: Callable[[], Awaitable[bool]] | None = None,
) -> Frames | None:
    """The log as frames; None when `idle` is given and there is nothing more to come."""
    following = ports.feed.follow(
        context.log(conversation_id),
        after,
        idle=idle,
        at_most=at_most * random.uniform(1 - _SPREAD, 1),  # noqa: S311 - spread, not secrecy
    )
    if idle is None or not await idle():
        return Frames(following)
    first = asyncio.create_task(_next(following))
    found = Frames(following, first)
    try:
        await asyncio.wait({first}, timeout=_PEEK)
        if not first.done() or first.result() is not None:
            return found
    except BaseException:
        await found.aclose()
        raise
    await found.aclose()
    return None


async def _next(following: AsyncIterator[WireEvent]) -> WireEvent | None:
    return await anext(following, None)
