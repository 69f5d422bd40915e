"""What users ask for and use, counted over all edges and workers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.ports.identity import Caller


class Kind(StrEnum):
    WORK = "work"
    """It begins something: a turn, a run, a search, an upload."""
    READ = "read"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands after a request: of `limit` a minute, `remaining` are left, and all of
    them again in `reset` seconds. `wait`: it is one too many; so many seconds later it is not."""

    limit: int
    remaining: int
    reset: int
    wait: int = 0
    lacks: str = "requests"
    """Or tokens."""


class Rates(Protocol):
    async def ask(self, caller: Caller, kind: Kind) -> Standing | None:
        """Count one request by the caller's tier. None: the count is out of reach, and everybody
        is let through."""


class TokenRates(Protocol):
    def spent(self, organisation_id: UUID, user_id: UUID, tokens: int) -> None:
        """Count what a model's call used, after it. Never waits, never raises."""
