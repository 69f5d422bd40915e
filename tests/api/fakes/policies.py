"""Policies and budgets in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from domain.policy import SHIPPED
from domain.ports.policies import Allowance, Budget, PolicyVersion
from models.errors import ConflictError
from models.payloads.policy import Policy
from models.payloads.safety import Safety
from models.payloads.scope import Scope

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class MemoryPolicies:
    def __init__(self) -> None:
        self.kept: dict[UUID, list[PolicyVersion]] = {}
        self.safeties: dict[UUID, Safety] = {}

    async def get(self, scope: Scope) -> Policy:
        return (await self.versions(scope))[0].policy

    async def versions(self, scope: Scope) -> Sequence[PolicyVersion]:
        kept = self.kept.get(scope.organisation_id, [])
        return [*kept[::-1], PolicyVersion(SHIPPED, None, None)]

    async def put(
        self, scope: Scope, policy: Policy, *, expected: int | None, by: UUID, note: str = ""
    ) -> PolicyVersion:
        current = (await self.get(scope)).version
        if expected not in (None, current):
            raise ConflictError("It has changed.", code="policy_changed")
        made = policy.model_copy(update={"version": current + 1})
        version = PolicyVersion(made, by, NOW, note)
        self.kept.setdefault(scope.organisation_id, []).append(version)
        return version

    async def safety(self, scope: Scope) -> Safety:
        return self.safeties.get(scope.space_id, Safety())

    async def put_safety(self, scope: Scope, safety: Safety, *, by: UUID) -> None:
        self.safeties[scope.space_id] = safety


class MemoryAllowances:
    """Everybody has spent a dollar."""

    def __init__(self) -> None:
        self.budgets: dict[tuple[UUID, str, UUID | None], Budget] = {}

    async def left(self, scope: Scope, user_id: UUID) -> Sequence[Allowance]:
        return [
            Allowance(f"{one.holder.value}_month_cost", one.cost, Decimal(1))
            for one in await self.all(scope)
            if one.cost is not None and one.user_id in (None, user_id)
        ]

    async def all(self, scope: Scope) -> Sequence[Budget]:
        return [one for (space, _, _), one in self.budgets.items() if space == scope.space_id]

    async def set(self, scope: Scope, budget: Budget, *, by: UUID) -> None:
        key = scope.space_id, budget.holder.value, budget.user_id
        self.budgets.pop(key, None)
        if budget.tokens is not None or budget.cost is not None:
            self.budgets[key] = budget
