"""One answer being written: paced events into a log that any number of readers follow."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Protocol

import structlog

from local.model.ledger import Entry
from local.model.plan import Plan
from local.model.stream import EventLog

# With no gap asked for, readers and other answers get a turn after so many tokens.
TOKENS_PER_TURN = 8

log = structlog.get_logger(__name__)


class Encoder(Protocol):
    """A dialect's events. None comes before each token, so that a stamp is taken after the wait."""

    tokens: int
    status: str

    def events(self) -> Iterator[bytes | None]: ...


class Generation:
    def __init__(self, encoder: Encoder, plan: Plan, entry: Entry) -> None:
        self.log = EventLog()
        self._encoder = encoder
        self._plan = plan
        self._entry = entry
        self._on_end: Callable[[], None] | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, on_end: Callable[[], None] | None = None) -> None:
        self._on_end = on_end
        self._entry.status = self._encoder.status
        self._task = asyncio.create_task(self._write())
        self._task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """Stop writing. The status is known at once, the log closes on the loop's next turn."""
        if self._task is not None and not self._task.done():
            self._encoder.status = "cancelled"
            self._task.cancel()

    def forget(self) -> None:
        """Let go of the events; readers that follow them keep the log that they have."""
        self.log = EventLog()
        self.log.close()

    async def finished(self) -> None:
        while not self.log.closed:
            await self.log.changed()

    async def _write(self) -> None:
        clock = asyncio.get_running_loop().time
        wait = self._plan.ttft
        due = clock()
        count = 0
        for event in self._encoder.events():
            if event is not None:
                self.log.append(event)
                continue
            if wait > 0:
                # By the clock, so that the waits' own lateness does not add up.
                due += wait
                await asyncio.sleep(max(0.0, due - clock()))
            elif count % TOKENS_PER_TURN == 0:
                await asyncio.sleep(0)
            wait = self._plan.gap
            count += 1

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._encoder.status = "failed"
            log.error("generation.broke", exc_info=error)
        self._entry.tokens = self._encoder.tokens
        self._entry.status = self._encoder.status
        self.log.close()
        if self._on_end is not None:
            self._on_end()
