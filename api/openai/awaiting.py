"""What a turn's events come to, for clients that get answers whole."""

import asyncio
from collections.abc import Collection
from typing import Final
from uuid import UUID

import orjson

from api.dependencies import Context, Edge
from api.openai.answer import Answer
from api.watching import close, watch
from domain.wire import WireEvent
from models.payloads.events import TRANSIENT, EventId

# The official clients wait so many seconds for an answer.
PATIENCE: Final = 590.0


async def answered(
    edge: Edge,
    context: Context,
    conversation_id: UUID,
    turn_id: UUID,
    after: EventId,
    *,
    patient: bool = False,
    settled: Collection[str] = (),
) -> Answer:
    """The turn's answer once it has ended, or takes too long; or, unless its reader is patient,
    waits for a person, with other calls than those that are settled."""
    answer = Answer()
    events = watch(edge, context, conversation_id, turn_id, after)
    try:
        async with asyncio.timeout(PATIENCE):
            async for event in events:
                _take(answer, event)
                if answer.ending is not None or (answer.waits.difference(settled) and not patient):
                    break
    except TimeoutError:
        pass
    finally:
        await events.aclose()
    return answer


async def standing(
    edge: Edge, context: Context, conversation_id: UUID, turn_id: UUID, number: int
) -> Answer:
    """How it stands now."""
    answer, wanted = Answer(), str(turn_id)

    async def idle() -> bool:
        return True

    following = edge.ports.feed.follow(
        context.log(conversation_id), EventId(number, 0), turn_id=turn_id, idle=idle
    )
    try:
        async for event in following:
            if event.id.turn > number:
                break
            if event.turn_id == wanted:
                _take(answer, event)
    finally:
        await close(following)
    return answer


def _take(answer: Answer, event: WireEvent) -> None:
    if event.kind not in TRANSIENT:
        answer.take(event.kind, orjson.loads(event.data))
