"""One clock for all streams of an edge, instead of a timer for each of them and of their writes."""

import asyncio
from typing import Final, Protocol

# How exactly silences and blocked writes are timed, in seconds; a tenth of them when that is less.
TICK: Final = 1.0
SHARE: Final = 0.1


class Timed(Protocol):
    """What is reminded of the time; `patience` is the shortest time that it measures."""

    patience: float

    def tick(self, now: float) -> None: ...


class Pulse:
    """Beats while there is anybody to hear it."""

    def __init__(self) -> None:
        self.now = 0.0
        """By the loop's clock, at the last beat or when somebody joined."""
        self._members: set[Timed] = set()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._members)

    def add(self, member: Timed) -> None:
        self.now = asyncio.get_running_loop().time()
        self._members.add(member)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._beat(), name="pulse of streams")

    def discard(self, member: Timed) -> None:
        self._members.discard(member)

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while self._members:
            shortest = min(member.patience for member in self._members)
            await asyncio.sleep(min(TICK, shortest * SHARE))
            self.now = loop.time()
            for member in tuple(self._members):
                member.tick(self.now)
