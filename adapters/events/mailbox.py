"""What waits for one reader: bounded, woken without a timer of its own."""

import asyncio
from collections import deque
from typing import NamedTuple

from domain.wire import WireEvent

# What waits for a reader that is busy: two seconds of tokens, some 40 KB as objects. One further
# behind reads the log instead, a page at a time and at its own pace.
MESSAGES = 64
BYTES = 32_000


class Message(NamedTuple):
    """One append, parsed once for all readers of its channel."""

    events: tuple[WireEvent, ...]
    size: int


class Mailbox:
    """A reader's queue. `again`: read the log again; `hinted`: look in the store too; `ended`: the
    log was erased."""

    __slots__ = ("_due", "_messages", "_size", "_waiter", "again", "ended", "hinted")

    def __init__(self) -> None:
        self._messages: deque[Message] | None = None
        """None while nothing waits: an empty deque holds 600 bytes."""
        self._size = 0
        self.again = self.hinted = self.ended = False
        self._due = 0.0
        self._waiter: asyncio.Future[None] | None = None

    def put(self, message: Message) -> None:
        if self.again:
            return  # it is read from the log
        if self._messages is None:
            self._messages = deque()
        self._messages.append(message)
        self._size += message.size
        waiting = len(self._messages)
        # One alone is the channel's, whatever its size: all its readers share it.
        if waiting > MESSAGES or (waiting > 1 and self._size > BYTES):
            self.again = True
            self.clear()
        self.wake()

    def take(self) -> Message | None:
        if self._messages is None:
            return None
        message = self._messages.popleft()
        self._size -= message.size
        if not self._messages:
            self._messages = None
        return message

    def clear(self) -> None:
        self._messages = None
        self._size = 0

    def wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def remind(self, now: float) -> None:
        """Wake the reader when its time has come."""
        if now >= self._due:
            self.wake()

    async def wait(self, until: float) -> None:
        """Return when there is something, or soon after `until` (by the loop's clock)."""
        if self._messages or self.again or self.hinted or self.ended:
            return
        self._due = until
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
