"""A writer's calls of the script: who it is, what it knows, until when a call counts."""

import time

from adapters.events.connection import LogNames
from adapters.events.item import Item, words
from adapters.events.numbers import Numbers
from adapters.events.script import Answer, LogScript
from domain.ports.events import WriterKey
from models.errors import StaleAttemptError
from models.payloads.chat import Cursor

# The script refuses an append after so long: one that a stalled Redis carries out when its writer
# has given up would show an event twice.
VALID_MILLISECONDS = 900
# A turn opens with at most so many stored events. While there are no more, its first activity runs,
# and its first attempt may number from there although Redis does not know the turn.
OPENING = 3
NEVER = 2**53


class Calls:
    """All raise what redis-py raises, and StaleAttemptError."""

    def __init__(self, script: LogScript, key: WriterKey) -> None:
        self.numbers = Numbers(key)
        self.names = LogNames(key.log)
        self._script, self._key = script, key
        self._who = (key.number, str(key.turn_id), key.step, key.activity, key.attempt)
        self._number = 0
        self._clock = 0
        """Redis's clock less ours, in milliseconds."""

    async def open(self) -> Answer:
        """Raise the fence. The rest of the answer: sequence of the first text, cursor."""
        floor = self._key.floor
        fresh = self._key.attempt == 1 and floor <= OPENING
        return await self._call("open", floor, int(fresh))

    async def restore(self) -> Answer:
        """Raise the fence in a Redis that forgot."""
        return await self._call("restore", self.numbers.fresh())

    async def look(self) -> Answer:
        return await self._call("look")

    async def append(self, items: list[Item], cursor: Cursor | None) -> Answer:
        """The rest of the answer: the events' sequences."""
        self._number += 1
        return await self._call(
            "append",
            self._number,
            self.numbers.told,
            self.numbers.given,
            self._clock + _now() + VALID_MILLISECONDS if self._clock else NEVER,
            cursor.model_dump_json() if cursor else "",
            *words(items),
        )

    async def _call(self, operation: str, *arguments: str | bytes | int) -> Answer:
        answer = await self._script.call(operation, self.names, *self._who, *arguments)
        if answer.status == "stale":
            raise StaleAttemptError("a newer attempt writes this step")
        if answer.now:
            self._clock = answer.now - _now()
        self.numbers.hear(answer.sequence)
        return answer


def _now() -> int:
    return time.monotonic_ns() // 1_000_000
