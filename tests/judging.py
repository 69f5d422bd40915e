"""Verdicts, as a person with the right to give them does."""

from typing import Any
from uuid import UUID

from domain.ports.approvals import Decision, Judgement, Via
from models.states import Role


def a_judgement(
    decision: Decision,
    by: UUID,
    note: str = "",
    *,
    role: Role = Role.APPROVER,
    via: Via = Via.API,
    arguments: dict[str, Any] | None = None,
) -> Judgement:
    return Judgement(
        decision=decision, decided_by=by, role=role, via=via, note=note, arguments=arguments
    )
