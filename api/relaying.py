"""Follow one turn in a dialect that has messages and not a log: until it ends, or waits."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from api.dependencies import Context, Edge
from api.dialects import sse
from api.watching import watch
from domain.wire import WireEvent, decode
from models.payloads.events import EventId, LoggedEvent

# Seconds without an event after which a turn that only a person can bring on counts as waiting:
# a replay has its next event at hand long before.
_QUIET: Final = 0.5
CUT: Final = "The stream was cut; the answer goes on. Load the conversation again."


Chunk = dict[str, Any]


class Encoder(Protocol):
    """Events of one turn, in order, as the dialect's own."""

    @property
    def ended(self) -> bool: ...

    @property
    def waiting(self) -> bool:
        """Nothing goes on before a person has decided."""

    def take(self, logged: LoggedEvent) -> Sequence[Chunk]: ...

    def pause(self) -> Sequence[Chunk]:
        """End the stream, since the turn waits."""

    def cut(self, reason: str) -> Sequence[Chunk]:
        """End the stream though the turn goes on."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A turn, and where in its conversation's log it is all ahead. `stays` says that the stream
    stays open while a person is asked; `settled` are approvals of it that were just decided: the
    log may not say so yet."""

    conversation_id: UUID
    turn_id: UUID
    after: EventId
    stays: bool = False
    settled: frozenset[UUID] = frozenset()


async def relay(
    edge: Edge,
    context: Context,
    turn: Followed,
    encoder: Encoder,
    *,
    first: Sequence[Chunk] = (),
    end: bytes = b"",
) -> AsyncGenerator[bytes, None]:
    """Give the turn's frames behind those of `first`, and always the dialect's own end."""
    for chunk in first:
        yield sse.unnamed(chunk)
    chunks = _chunks(edge, context, turn, encoder)
    try:
        async for chunk in chunks:
            yield sse.unnamed(chunk)
    finally:
        await chunks.aclose()
    if end:
        yield end


async def _chunks(
    edge: Edge, context: Context, turn: Followed, encoder: Encoder
) -> AsyncGenerator[Chunk, None]:
    events = watch(edge, context, turn.conversation_id, turn.turn_id, turn.after)
    try:
        while not encoder.ended:
            event = await _next(events, patient=turn.stays or not encoder.waiting)
            if event is None:
                break
            for chunk in encoder.take(decode(event.data)):
                yield chunk
    except TimeoutError:
        pass  # it waits for a person, which the encoder says below
    finally:
        await events.aclose()
    if not encoder.ended:
        for chunk in encoder.pause() if encoder.waiting else encoder.cut(CUT):
            yield chunk


async def _next(following: AsyncIterator[WireEvent], *, patient: bool) -> WireEvent | None:
    """None at the feed's end; TimeoutError when nothing comes and that tells something."""
    if patient:
        return await anext(following, None)
    coming = asyncio.ensure_future(anext(following, None))
    try:
        done, _ = await asyncio.wait({coming}, timeout=_QUIET)
        if not done:
            raise TimeoutError
        return coming.result()
    finally:
        if not coming.done():
            coming.cancel()
            with suppress(asyncio.CancelledError):
                await coming
