"""Which message a request was that its client sends again by itself."""

from typing import Final
from uuid import UUID

import structlog
from redis.asyncio import Redis

from adapters.events.connection import AWAY, command
from models.payloads.scope import Scope

# The official clients wait 10 minutes for an answer, and then try again twice.
SECONDS: Final = 3_600

log = structlog.get_logger(__name__)


class RedisRepeats:
    """A Repeats. `request` is a digest that stands for who asks and for what."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def begun(self, scope: Scope, request: str, message_id: UUID, *, again: bool) -> UUID:
        key = f"{scope.space_id}:request:{request}"
        try:
            if again and (kept := await command(self._redis, "GET", key)) is not None:
                return UUID(kept.decode())
            await command(self._redis, "SET", key, str(message_id), "EX", SECONDS)
        except AWAY as error:
            log.warning("request.unremembered", error=type(error).__name__)
        return message_id
