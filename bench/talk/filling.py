"""A space full of conversations."""

import random
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]  # has no stubs

from models.payloads.scope import Scope

VOCABULARY: Final = 30_000
WORDS: Final = (8, 110)
"""Of a message: a question has few, an answer many."""
MESSAGES: Final = 10
"""Of a conversation, all but the longest."""
_LETTERS: Final = "etaoinshrdlucmfwypvbgk"


class Filling:
    def __init__(self, superuser: str) -> None:
        self.scope = Scope(organisation_id=uuid4(), space_id=uuid4())
        self.longest = uuid4()
        self.user = uuid4()
        self._address = superuser
        self._chance = random.Random(7)  # noqa: S311 - the same texts each time
        self.vocabulary = ["".join(self._word()) for _ in range(VOCABULARY)]
        # Added up once: adding 30,000 up took longer than writing the message did.
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(VOCABULARY)))

    def _word(self) -> Iterator[str]:
        for _ in range(self._chance.randint(3, 9)):
            yield self._chance.choice(_LETTERS)

    def text(self, words: int) -> str:
        return " ".join(self._chance.choices(self.vocabulary, cum_weights=self._weights, k=words))

    async def fill(self, messages: int, long: int) -> None:
        """As the superuser, whom no policy binds; the trigger writes the words."""
        connection = await asyncpg.connect(self._address)
        try:
            await self._organise(connection)
            async with connection.transaction():
                await self._talk(connection, self.longest, long)
                for _ in range((messages - long) // MESSAGES):
                    await self._talk(connection, uuid4(), MESSAGES)
            # As autovacuum does in time.
            await connection.execute("VACUUM (ANALYZE)")
        finally:
            await connection.close()

    async def _organise(self, connection: Any) -> None:  # noqa: ANN401 - asyncpg has no types
        ids = self.scope.organisation_id, self.scope.space_id
        await connection.execute("INSERT INTO organisation (id) VALUES ($1)", ids[0])
        await connection.execute("INSERT INTO space (organisation_id, id) VALUES ($1, $2)", *ids)

    async def _talk(self, connection: Any, conversation: UUID, count: int) -> None:  # noqa: ANN401
        of = self.scope.space_id, self.scope.organisation_id
        turns: list[tuple[Any, ...]] = []
        rows: list[tuple[Any, ...]] = []
        parent: UUID | None = None
        for position in range(count):
            asks, message = position % 2 == 0, uuid4()
            if asks:
                number = position // 2 + 1
                turns.append((*of, conversation, uuid4(), number, self.user, message))
            text = self.text(WORDS[0] if asks else WORDS[1])
            role, step = ("user", None) if asks else ("assistant", 1)
            rows.append(
                (*of, conversation, message, parent, position, role, text, turns[-1][3], step)
            )
            parent = message
        title = self.text(5)
        await connection.execute(
            _CONVERSATION, *of, conversation, title, self.user, len(turns), parent
        )
        await connection.executemany(_TURN, turns)
        await connection.executemany(_MESSAGE, rows)


_CONVERSATION: Final = """
INSERT INTO conversation (space_id, organisation_id, id, title, agent, kind, state, created_by,
    turn_counter, active_leaf) VALUES ($1, $2, $3, $4, 'general', 'chat', 'active', $5, $6, $7)
"""
_TURN: Final = """
INSERT INTO turn (space_id, organisation_id, conversation_id, id, number, user_id, owner, agent,
    agent_version, user_message_id, request_id, steps, outcome, finish, started_at, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, 'bench', 'general', 1, $7, '', 1, 'completed', 'stop', now(), now())
"""
_MESSAGE: Final = """
INSERT INTO message (space_id, organisation_id, conversation_id, id, parent_id, position, role,
    content, turn_id, step) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
