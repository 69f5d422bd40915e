"""Places for streams and rates, as a test sets them."""

from dataclasses import dataclass
from uuid import UUID

from domain.ports.identity import Caller
from domain.ports.rates import Kind, Standing
from models.errors import (
    LimitError,
)


class MemoryPlaces:
    """For streams; tests say how many there are."""

    def __init__(self) -> None:
        self.most = 50
        self.held: list[UUID] = []

    async def take(self, organisation_id: UUID, user_id: UUID) -> "HeldPlace":
        if self.held.count(user_id) >= self.most:
            raise LimitError("Too many streams.", code="too_many_streams")
        self.held.append(user_id)
        return HeldPlace(self.held, user_id)


class MemoryRates:
    """Says what a test wants it to; None is a count out of reach."""

    def __init__(self) -> None:
        self.standing: Standing | None = Standing(limit=10, remaining=9, reset=60)
        self.asked: list[tuple[UUID, Kind]] = []

    async def ask(self, caller: Caller, kind: Kind) -> Standing | None:
        self.asked.append((caller.user_id, kind))
        return self.standing


@dataclass
class HeldPlace:
    held: list[UUID]
    user_id: UUID

    async def give_back(self) -> None:
        self.held.remove(self.user_id)
