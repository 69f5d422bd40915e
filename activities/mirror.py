"""Show in one log what happens in another, until that turn ends."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from domain import nested
from domain.ports.events import EventReader, LogWriter, StopFlags
from domain.ports.transcript import ToolCalls
from domain.wire import WireEvent
from models.errors import StaleAttemptError, UnavailableError
from models.payloads.events import START, TURN_ENDS, AgentEvent, LoggedEvent
from models.payloads.scope import TurnKey
from models.payloads.turn import SettleRequest

# A run may wait for a person for days, and who watches it holds a worker's slot.
PATIENCE: Final = timedelta(seconds=5)
# A stopped turn stores what it has and ends; a worker that dies meanwhile costs some seconds more.
WIND_DOWN: Final = timedelta(seconds=15)
# What was shown is stored as soon as nothing more comes, or when it is this much.
MOST_UNSTORED: Final = 32
QUIET: Final = timedelta(milliseconds=100)


class Mirror:
    """Each event under a key of its own: whoever shows it again shows it once."""

    def __init__(
        self,
        feed: EventReader,
        calls: ToolCalls,
        flags: StopFlags,
        settle: SettleRequest,
        turn: TurnKey,
    ) -> None:
        """`turn` is the one to be shown, in the log and for the call of `settle`."""
        self._feed = feed
        self._calls = calls
        self._flags = flags
        self._settle = settle
        self._turn = turn
        self._stop = asyncio.Event()
        self._waiting = nested.Waiting()
        self._unstored: list[LoggedEvent] = []
        self._count = 0
        self._at = START

    def stop(self) -> None:
        self._stop.set()

    async def run(self, writer: LogWriter, shown: Sequence[LoggedEvent]) -> bool:
        """True at the end of the turn, or when it does not end in time after a stop; False while
        it waits for a person. `shown` is what an earlier attempt had stored."""
        if self._remember(shown):
            return True
        signs = [asyncio.create_task(self._stop.wait()), asyncio.create_task(writer.halted.wait())]
        reading = asyncio.create_task(self._read(writer))
        try:
            await asyncio.wait({reading, *signs}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                if writer.halted.is_set() and not writer.stopped:
                    raise StaleAttemptError("A newer attempt follows this run.")
                await self._hand_down()
                await asyncio.wait({reading}, timeout=WIND_DOWN.total_seconds())
            return reading.result() if reading.done() else True
        finally:
            for task in (reading, *signs):
                task.cancel()
            await asyncio.gather(reading, *signs, return_exceptions=True)
            await self._store()

    def _remember(self, shown: Sequence[LoggedEvent]) -> bool:
        """True when the turn's end is among it: it does not come again."""
        ended = False
        for document in nested.shown_so_far(shown, self._turn.conversation_id):
            self._at = max(self._at, nested.place_of(document))
            self._waiting.take(document)
            self._count += 1
            ended = ended or self._is_end(document["kind"], document["turn_id"])
        return ended

    async def _hand_down(self) -> None:
        """The stop's fast path. Without Redis the engine's is left."""
        with suppress(UnavailableError):
            await self._flags.stop(self._turn.log, self._turn.turn_id)

    async def _read(self, writer: LogWriter) -> bool:
        """Show all there is; True at the turn's end, False when a person is waited for."""
        events = self._events()
        coming = asyncio.ensure_future(anext(events))
        try:
            while True:
                pause = QUIET.total_seconds() if self._unstored else PATIENCE.total_seconds()
                done, _ = await asyncio.wait({coming}, timeout=pause)
                if done:
                    event = coming.result()
                    await self._take(writer, event)
                    if self._is_end(event.kind, event.turn_id):
                        return True
                    coming = asyncio.ensure_future(anext(events))
                elif self._unstored:
                    await self._store()
                elif self._waiting:
                    return False
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
            await events.aclose()

    async def _events(self) -> AsyncGenerator[WireEvent, None]:
        """The log from where we stand. A feed ends at its own limits as well: go on from there."""
        while True:
            async for event in self._feed.follow(
                self._turn.log, self._at, turn_id=self._turn.turn_id
            ):
                self._at = event.id
                yield event

    def _is_end(self, kind: str, turn_id: str | None) -> bool:
        return kind in TURN_ENDS and turn_id == str(self._turn.turn_id)

    async def _take(self, writer: LogWriter, event: WireEvent) -> None:
        if not nested.is_shown(event):
            return
        document = nested.read(event)
        self._waiting.take(document)
        self._count += 1
        if self._count > nested.MOST_EVENTS:
            return
        call, child = self._settle.call, self._settle.call.child
        mirrored = AgentEvent(
            step=self._settle.step,
            call_id=call.call_id,
            run_id=self._turn.conversation_id,
            agent=call.name if child is None else child.agent.name,
            event=nested.shown(document),
        )
        self._unstored.append(await writer.append(f"{call.call_id}:{event.id}", mirrored))
        if len(self._unstored) >= MOST_UNSTORED:
            await self._store()

    async def _store(self) -> None:
        if self._unstored:
            await self._calls.record(self._settle.turn, self._unstored)
            self._unstored.clear()
