"""Follow one turn, over the feed's own cuts, until it ends or its reader has waited enough."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final
from uuid import UUID

from api.dependencies import Context, Edge
from domain.wire import WireEvent
from models.payloads.events import TURN_ENDS, EventId

# A client that knows no cursors takes a cut for the end: its stream goes on over the feed's own
# cuts, for so many seconds.
LONGEST: Final = 3_600.0
# Rounds in a row that brought nothing and ended at once: the feed is going away.
_FRUITLESS: Final = 3


async def watch(
    edge: Edge, context: Context, conversation_id: UUID, turn_id: UUID, after: EventId
) -> AsyncGenerator[WireEvent, None]:
    """The turn's events behind that one, to its end. What belongs to no turn, such as a title,
    stands between turns and is passed over."""
    until, wanted, fruitless = time.monotonic() + LONGEST, str(turn_id), 0
    while time.monotonic() < until and fruitless < _FRUITLESS:
        began, before = time.monotonic(), after
        following = edge.ports.feed.follow(
            context.log(conversation_id),
            after,
            turn_id=turn_id,
            at_most=edge.limits.longest_stream,
        )
        try:
            async for event in following:
                after = event.id
                if event.turn_id == wanted:
                    yield event
                    if event.kind in TURN_ENDS:
                        return
        finally:
            await close(following)
        quick = after == before and time.monotonic() - began < 1
        fruitless = fruitless + 1 if quick else 0


async def close(following: AsyncIterator[object]) -> None:
    """End a generator now: left to the collector it would hold its place among the readers."""
    if isinstance(following, AsyncGenerator):
        async with aclosing(following):
            pass
