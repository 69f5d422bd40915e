"""The organisation's policy, and what is left to spend."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from models.payloads.policy import Policy
from models.payloads.safety import Safety
from models.payloads.scope import Scope


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    policy: Policy
    created_by: UUID | None
    created_at: datetime | None
    note: str = ""


class Policies(Protocol):
    async def get(self, scope: Scope) -> Policy:
        """The one in force; the shipped one where the organisation has none. May be 5 s old."""

    async def versions(self, scope: Scope) -> Sequence[PolicyVersion]:
        """The newest first."""

    async def put(
        self, scope: Scope, policy: Policy, *, expected: int | None, by: UUID, note: str = ""
    ) -> PolicyVersion:
        """As the next version; audited. ConflictError("policy_changed")."""

    async def safety(self, scope: Scope) -> Safety:
        """The space's; the shipped one where it has none. May be 5 s old."""

    async def put_safety(self, scope: Scope, safety: Safety, *, by: UUID) -> None: ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one budget leaves. `name`: space_month_cost, space_month_tokens, user_month_cost,
    user_month_tokens."""

    name: str
    limit: Decimal
    spent: Decimal

    @property
    def exhausted(self) -> bool:
        return self.spent >= self.limit


class Holder(StrEnum):
    """Whose a budget is."""

    SPACE = "space"
    USERS = "users"
    """Each of the space's users, who has none of their own."""
    USER = "user"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a calendar month in UTC may take; None is no limit."""

    holder: Holder
    user_id: UUID | None
    """Of `user` alone."""
    tokens: int | None
    cost: Decimal | None
    """US dollars."""


class Allowances(Protocol):
    """Budgets per user and per space, for the calendar month in UTC."""

    async def left(self, scope: Scope, user_id: UUID) -> Sequence[Allowance]:
        """Of those that are set: none is one query less. May be 10 s old, so a burst may overrun
        a budget by what it spends in that time."""

    async def all(self, scope: Scope) -> Sequence[Budget]:
        """The space's first, then that of its users, then single users'."""

    async def set(self, scope: Scope, budget: Budget, *, by: UUID) -> None:
        """Instead of what its holder had; without both limits it is lifted. Audited.
        LimitError("budgets_full")."""
