"""Stop what runs: a flag that is felt at once, and Temporal's cancellation, which is durable."""

import asyncio
from typing import Final
from uuid import UUID

import structlog

from api.dependencies import Context
from api.ports import Ports
from api.schemas.conversations import Stopping
from domain.ports.conversations import ConversationKind
from models.errors import AppError, UnavailableError
from models.payloads.scope import LogKey

# A turn begins some tens of milliseconds after its message was taken, where a worker is up.
_LOOKS: Final = 10
_PAUSE: Final = 0.05

log = structlog.get_logger(__name__)


async def stopping(
    the: Ports, context: Context, log_id: UUID, kind: ConversationKind, only: UUID | None
) -> Stopping:
    """Stop the turn that runs, or the one that is about to; `only` when it is that one."""
    log_key, before = context.log(log_id), 0
    running = await the.turns.open_turn(context.scope, log_id)
    if running is None and only is None:
        before = (await the.feed.newest(log_key)).turn
        running = await the.turns.open_turn(context.scope, log_id)
    if only is not None and running is not None and only != running:
        return Stopping(turn_id=None)
    wanted = only or running
    if wanted is not None:
        await stop_named(the, log_key, kind, wanted)
        return Stopping(turn_id=wanted)
    await the.engine.stop(log_key, kind, None)
    begun = await _begun(the, log_key, kind, before + 1)
    if begun is not None:
        await _raise_flag(the, log_key, begun)
    return Stopping(turn_id=begun)


async def stop_named(the: Ports, log_key: LogKey, kind: ConversationKind, turn_id: UUID) -> None:
    """Stop the turn, which has not ended: one that waits behind another ends before it begins."""
    await _raise_flag(the, log_key, turn_id)
    await the.engine.stop(log_key, kind, turn_id)


async def _begun(the: Ports, log_key: LogKey, kind: ConversationKind, number: int) -> UUID | None:
    """The turn that was on its way when the stop came, once it has begun: known by its number,
    since a later one is not meant."""
    for _ in range(_LOOKS):
        turn_id = await the.turns.open_turn(log_key.scope, log_key.conversation_id)
        if turn_id is not None:
            turn = await the.turns.view(log_key.scope, log_key.conversation_id, turn_id)
            return turn_id if turn is not None and turn.number == number else None
        try:
            if not await the.engine.is_open(log_key, kind):
                return None
        except UnavailableError:  # the stop has reached it before
            return None
        await asyncio.sleep(_PAUSE)
    return None


async def _raise_flag(the: Ports, log_key: LogKey, turn_id: UUID) -> None:
    try:
        await the.flags.stop(log_key, turn_id)
    except AppError as error:
        # Only the fast path: Temporal's cancellation stops the turn without it.
        log.warning("stop.slow", code=error.code, turn_id=str(turn_id))
