"""The audit trail, and whether it holds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api.schemas.base import View


class AuditEntryView(View):
    id: UUID
    sequence: int = Field(description="In the space, from 1, without gaps")
    at: datetime
    user_id: UUID | None = Field(description="Null for what nobody did")
    action: str = Field(examples=["approval.approved"])
    subject_id: UUID
    details: dict[str, Any]
    seal: str = Field(description="SHA-256 over this entry and the seal of the one before it")


class BreakView(View):
    sequence: int
    why: str


class AuditCheck(View):
    sound: bool
    breaks: list[BreakView] = Field(description="Where the chain does not hold; 100 at most")
