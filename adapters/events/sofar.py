"""The text that an earlier attempt has shown, read back from the live log."""

from redis.asyncio import Redis

from adapters.events import stream
from adapters.events.connection import LogNames
from domain import wire
from domain.fold import Fold
from models.payloads.events import EventId


class TextReader:
    """Reads one step's text from the stream."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def read(self, names: LogNames, step: int, first: EventId, last: int) -> tuple[str, bool]:
        """Give the step's text from its first event on, and whether the log still has that event.
        `last` is a sequence of the same turn."""
        fold = Fold(last=EventId(first.turn, first.sequence - 1))
        complete = False
        while True:
            entries = await stream.page(self._redis, names, fold.last, EventId(first.turn, last))
            for data in entries:
                logged = wire.decode(data)
                complete = complete or logged.id == first
                fold.apply(logged)
            if len(entries) < stream.PAGE:
                return fold.texts.get((first.turn, step), ""), complete
