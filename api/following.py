"""Follow a whole log: from any id ever sent, live, until there is a reason to stop."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

from api.dependencies import Context
from api.dialects import native
from api.ports import Ports
from api.sending import close
from domain.ports.conversations import ConversationKind
from domain.wire import WireEvent
from models.errors import BadRequestError, InvalidError, UnavailableError
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
    """Nothing runs and nothing is queued."""

    async def idle() -> bool:
        if await ports.turns.open_turn(context.scope, conversation_id) is not None:
            return False
        with suppress(UnavailableError):  # Postgres alone decides while Temporal is away
            return not await ports.engine.is_open(context.log(conversation_id), kind)
        return True

    return idle


async def frames(
    ports: Ports,
    context: Context,
    conversation_id: UUID,
    after: EventId,
    *,
    at_most: float,
    idle: Callable[[], Awaitable[bool]] | None = None,
) -> AsyncGenerator[bytes, None] | None:
    """The log as frames; None when `idle` is given and there is nothing more to come."""
    following = ports.feed.follow(
        context.log(conversation_id),
        after,
        idle=idle,
        at_most=at_most * random.uniform(1 - _SPREAD, 1),  # noqa: S311 - spread, not secrecy
    )
    first: asyncio.Task[WireEvent | None] | None = None
    if idle is not None and await idle():

        async def look() -> WireEvent | None:
            return await anext(aiter(following), None)

        first = asyncio.create_task(look())
        await asyncio.wait({first}, timeout=_PEEK)
        if first.done() and first.result() is None:
            await close(following)
            return None

    async def encoded() -> AsyncGenerator[bytes, None]:
        try:
            if first is not None:
                event = await first
                if event is None:
                    return
                yield native.encode(event)
            async for event in following:
                yield native.encode(event)
        finally:
            if first is not None and not first.done():
                first.cancel()
                with suppress(asyncio.CancelledError):
                    await first
            await close(following)

    return encoded()
