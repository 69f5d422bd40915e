"""The marks of what a turn finds while it runs."""

from collections.abc import Sequence
from typing import Protocol

from domain.ports.transcript import Passage
from models.payloads.scope import TurnKey


class Citings(Protocol):
    async def keep(self, turn: TurnKey, passages: Sequence[Passage]) -> Sequence[Passage]:
        """Keep them with what the turn retrieved, and give each its mark: its own one when the
        turn has it already, also from an attempt that died, else the next. Mark 0, and not kept,
        beyond 500 marks. StaleAttemptError when the turn has ended."""

    async def of(self, turn: TurnKey) -> Sequence[Passage]:
        """What the turn has, retrieved or found, in mark order."""
