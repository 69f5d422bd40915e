"""What was used and what it cost, added up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from models.payloads.scope import Scope

LONGEST: Final = timedelta(days=366)
"""That one question may reach over."""
MOST_GROUPS: Final = 1_000
"""In one answer: those that cost the most."""


class By(StrEnum):
    DAY = "day"
    """In UTC."""
    AGENT = "agent"
    MODEL = "model"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Sum:
    turns: int
    requests: int
    """To providers."""
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: Decimal
    """Of what has a known price."""
    unpriced: int
    """Requests whose price is not known: `cost_usd` is without them."""


@dataclass(frozen=True, slots=True)
class Group:
    key: str | None
    """A day, an agent, a model, a person's id; None for what belongs to none."""
    sum: Sum


class Accounts(Protocol):
    async def of_conversation(self, scope: Scope, conversation_id: UUID) -> tuple[Sum, Sum]:
        """All that it cost, turns that are erased by now included; and the part of it that agents
        spent whom its turns called, while those turns are there."""

    async def grouped(
        self, scope: Scope, since: datetime, until: datetime, by: By
    ) -> Sequence[Group]:
        """Of `since <= time < until`. Days in their order, and others
        by what they cost, most first. UnavailableError("usage_timeout") for too many rows."""
