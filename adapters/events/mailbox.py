"""What waits for one reader: bounded, woken without a timer of its own."""

import asyncio
from collections import deque
from typing import NamedTuple

from domain.wire import WireEvent

# A reader this far behind is cut off and resumes from its cursor: the log keeps what it misses.
MESSAGES = 256
BYTES = 1_000_000


class Message(NamedTuple):
    """One append, parsed once for all readers of its channel."""

    events: tuple[WireEvent, ...]
    size: int


class Mailbox:
    """A reader's queue. `again`: read the log again; `hinted`: look in the store too."""

    __slots__ = ("_due", "_waiter", "again", "dropped", "hinted", "messages", "size")

    def __init__(self) -> None:
        self.messages: deque[Message] = deque()
        self.size = 0
        self.again = self.hinted = self.dropped = False
        self._due = 0.0
        self._waiter: asyncio.Future[None] | None = None

    def put(self, message: Message) -> None:
        if self.dropped:
            return
        self.messages.append(message)
        self.size += message.size
        if len(self.messages) > MESSAGES or self.size > BYTES:
            self.dropped = True
            self.clear()
        self.wake()

    def take(self) -> Message | None:
        if not self.messages:
            return None
        message = self.messages.popleft()
        self.size -= message.size
        return message

    def clear(self) -> None:
        self.messages.clear()
        self.size = 0

    def wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def remind(self, now: float) -> None:
        """Wake the reader when its time has come."""
        if now >= self._due:
            self.wake()

    async def wait(self, until: float) -> None:
        """Return when there is something, or soon after `until` (by the loop's clock)."""
        if self.messages or self.again or self.hinted or self.dropped:
            return
        self._due = until
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
