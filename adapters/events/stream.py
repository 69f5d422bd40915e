"""Pages of a live log."""

from redis.asyncio import Redis

from adapters.events.connection import LogNames, command
from models.payloads.events import EventId

# Entries read at once: some 100 KB.
PAGE = 500


async def page(
    redis: Redis, names: LogNames, after: EventId, last: EventId | None = None, *, count: int = PAGE
) -> list[bytes]:
    """Give the JSON of up to `count` entries with `after < id <= last`."""
    end = "+" if last is None else f"{last.turn}-{last.sequence}"
    start = f"({after.turn}-{after.sequence}"
    reply = await command(redis, "XRANGE", names.stream, start, end, "COUNT", count)
    return [fields[b"d"] for _, fields in reply]
